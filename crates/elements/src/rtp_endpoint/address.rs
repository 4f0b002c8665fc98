//! Where an endpoint listens, and where it says that it does.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// What is never sent to (RFC 5737, RFC 3849), to ask the system for its way out.
const ELSEWHERE_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const ELSEWHERE_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));

/// The version of the Internet protocol that an endpoint speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
}

impl Family {
    fn has(self, address: &IpAddr) -> bool {
        address.is_ipv6() == (self == Family::V6)
    }
}

/// The address to listen on, by the one that the server's media listens on: in the other family, one as public as it.
pub(crate) fn bind_address(listen: IpAddr, family: Family) -> IpAddr {
    match family {
        _ if family.has(&listen) => listen,
        Family::V4 if listen.is_loopback() => Ipv4Addr::LOCALHOST.into(),
        Family::V4 => Ipv4Addr::UNSPECIFIED.into(),
        Family::V6 if listen.is_loopback() => Ipv6Addr::LOCALHOST.into(),
        Family::V6 => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// The address that a description names: one from outside that is configured, the one that is listened on, or the one
/// from which the system would send to the remote.
pub(crate) fn announced(bound: IpAddr, external: &[IpAddr], remote: Option<SocketAddr>) -> IpAddr {
    let family = if bound.is_ipv6() { Family::V6 } else { Family::V4 };
    if let Some(external) = external.iter().find(|address| family.has(address)) {
        return *external;
    }
    if !bound.is_unspecified() {
        return bound;
    }
    let elsewhere = if bound.is_ipv6() { ELSEWHERE_V6 } else { ELSEWHERE_V4 };
    let remote = remote.filter(|remote| family.has(&remote.ip())).unwrap_or(SocketAddr::new(elsewhere, 9));
    way_out(bound, remote).unwrap_or_else(|| bind_address(IpAddr::V4(Ipv4Addr::LOCALHOST), family))
}

/// Connecting a datagram socket sends nothing; it has the system choose an address.
fn way_out(bound: IpAddr, remote: SocketAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind((bound, 0)).ok()?;
    socket.connect(remote).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|address| !address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn the_outer_address_goes_before_the_one_that_is_listened_on() {
        let external = [ip("2001:db8::9"), ip("203.0.113.9")];
        assert_eq!(announced(ip("10.0.0.1"), &external, None), ip("203.0.113.9"));
        assert_eq!(announced(ip("::"), &external, None), ip("2001:db8::9"));
        assert_eq!(announced(ip("10.0.0.1"), &[], None), ip("10.0.0.1"));
        let loopback = SocketAddr::new(ip("127.0.0.1"), 5_000);
        assert_eq!(announced(ip("0.0.0.0"), &[], Some(loopback)), ip("127.0.0.1"), "the way to the remote");
        assert!(!announced(ip("0.0.0.0"), &[], None).is_unspecified());
    }

    #[test]
    fn the_other_family_is_as_public() {
        assert_eq!(bind_address(ip("127.0.0.1"), Family::V6), ip("::1"));
        assert_eq!(bind_address(ip("0.0.0.0"), Family::V6), ip("::"));
        assert_eq!(bind_address(ip("192.0.2.7"), Family::V4), ip("192.0.2.7"));
    }
}
