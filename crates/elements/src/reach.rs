//! Which hosts may be reached: addresses by what they are for, whatever notation hides them.

use ipnet::IpNet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Anywhere on the internet.
    Public,
    /// Within an organisation: RFC 1918, RFC 4193, and what carriers use (RFC 6598).
    Private,
    /// This link, and the metadata services of clouds: RFC 3927, `fe80::/10`.
    LinkLocal,
    /// This machine, by `0.0.0.0` and `::` too.
    Loopback,
    /// Nothing that serves files: multicast, broadcast, documentation, benchmarks. Never reached.
    Reserved,
}

impl Scope {
    /// What an address is for. An IPv4 address within an IPv6 one (mapped, translated, tunnelled) counts as itself.
    pub fn of(address: IpAddr) -> Scope {
        match address {
            IpAddr::V4(address) => Scope::of_v4(address),
            IpAddr::V6(address) => embedded(address).map_or_else(|| Scope::of_v6(address), Scope::of_v4),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Scope {
        match address.octets() {
            [0 | 127, ..] => Scope::Loopback,
            [169, 254, ..] => Scope::LinkLocal,
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Scope::Private,
            [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => {
                Scope::Reserved
            }
            [224..=255, ..] => Scope::Reserved,
            _ => Scope::Public,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Scope {
        match address.segments() {
            [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Scope::Loopback,
            [0xfe80..=0xfebf, ..] => Scope::LinkLocal,
            [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Scope::Private,
            // Of what is left, only 2000::/3 has been given out; the special blocks are in 2001::/23 and 2001:db8::/32.
            [0x2001, 0..=0x1ff | 0xdb8, ..] => Scope::Reserved,
            [0x2000..=0x3fff, ..] => Scope::Public,
            _ => Scope::Reserved,
        }
    }
}

/// The IPv4 address within an IPv6 one: mapped and compatible (RFC 4291 §2.5.5), NAT64 (RFC 6052), 6to4 (RFC 3056).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0 | 0xffff, 0, high, low] | [0, 0, 0, 0, 0, 0xffff, high, low] => Some(v4(high, low)),
        [0x64, 0xff9b, 0 | 1, _, _, _, high, low] => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scope::Public => "public",
            Scope::Private => "private",
            Scope::LinkLocal => "link-local",
            Scope::Loopback => "loopback",
            Scope::Reserved => "reserved",
        })
    }
}

/// Some of the hosts that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// All whose addresses are for something.
    Scope(Scope),
    /// A block of addresses.
    Block(IpNet),
}

impl Hosts {
    /// Whether an address is one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        match self {
            Hosts::Scope(scope) => *scope == Scope::of(address),
            Hosts::Block(block) => block.contains(&address),
        }
    }
}

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hosts::Scope(scope) => scope.fmt(f),
            Hosts::Block(block) => block.fmt(f),
        }
    }
}

/// A text that names no hosts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not \"public\", \"private\", \"link-local\", \"loopback\" or a block like \"10.1.0.0/16\"")]
pub struct NotHosts(String);

impl FromStr for Hosts {
    type Err = NotHosts;

    fn from_str(text: &str) -> Result<Hosts, NotHosts> {
        let scopes = [Scope::Public, Scope::Private, Scope::LinkLocal, Scope::Loopback];
        match scopes.into_iter().find(|scope| scope.to_string() == text) {
            Some(scope) => Ok(Hosts::Scope(scope)),
            None => text.parse().map(Hosts::Block).map_err(|_| NotHosts(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_in_every_disguise() {
        for (addresses, scope) in [
            (
                &["127.0.0.1", "127.255.0.9", "0.0.0.0", "::", "::1", "::ffff:127.0.0.1", "::127.0.0.1"][..],
                Scope::Loopback,
            ),
            (&["64:ff9b::7f00:1", "64:ff9b:1::127.0.0.1", "2002:7f00:1::", "::ffff:0:127.0.0.1"], Scope::Loopback),
            (
                &["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "febf::1", "2002:a9fe:a9fe::1"],
                Scope::LinkLocal,
            ),
            (&["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.100.100.200"], Scope::Private),
            (&["fd00:ec2::254", "fc00::1", "fec0::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"], Scope::Private),
            (&["224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "203.0.113.9", "ff02::1"], Scope::Reserved),
            (&["2001:db8::1", "2001::1", "100::1", "4000::1"], Scope::Reserved),
            (&["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808"], Scope::Public),
        ] {
            for address in addresses {
                assert_eq!(Scope::of(address.parse().unwrap()), scope, "{address}");
            }
        }
    }

    #[test]
    fn hosts_are_named_by_scope_or_block() {
        let hosts: Hosts = "10.1.0.0/16".parse().unwrap();
        assert!(hosts.contain("10.1.2.3".parse().unwrap()) && !hosts.contain("10.2.0.0".parse().unwrap()));
        assert_eq!("link-local".parse(), Ok(Hosts::Scope(Scope::LinkLocal)));
        for text in ["reserved", "10.1.0.0/33", "", "example.org"] {
            assert!(text.parse::<Hosts>().unwrap_err().to_string().contains(text), "{text}");
        }
    }
}
