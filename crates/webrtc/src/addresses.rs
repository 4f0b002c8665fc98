//! The addresses that candidates name, and those that the socket sees.

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use rtc::peer_connection::transport::{
    CandidateConfig, CandidateHostConfig, CandidateRelayConfig, CandidateServerReflexiveConfig, RTCIceCandidate,
    RTCIceCandidateInit,
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Candidates of a peer.
const MOST_ADDRESSES: usize = 16;

/// The addresses of a network's port.
pub struct Addresses {
    bound: SocketAddr,
    /// What candidates name: the external addresses if there are any, else the local ones.
    offered: Vec<SocketAddr>,
    /// Whether they are those of interfaces.
    local: bool,
}

impl Addresses {
    /// Of a socket that is bound to `bound`.
    pub fn new(bound: SocketAddr, external: &[IpAddr]) -> Addresses {
        let addresses = match (external.is_empty(), bound.ip().is_unspecified()) {
            (false, _) => external.to_vec(),
            (true, true) => suitable(interface_addresses(|_| true), bound.ip()),
            (true, false) => vec![bound.ip()],
        };
        let offered = addresses.into_iter().map(|ip| SocketAddr::new(ip, bound.port())).collect();
        Addresses { bound, offered, local: external.is_empty() }
    }

    /// The candidate that a datagram from `remote` to `local` came to.
    pub fn reached(&self, remote: SocketAddr, local: Option<IpAddr>) -> SocketAddr {
        let exact = |ip: IpAddr| self.offered.iter().find(|offered| offered.ip() == ip.to_canonical());
        local.and_then(exact).copied().unwrap_or_else(|| self.towards(remote))
    }

    /// One socket serves all candidates, so that it is enough that the choice is always the same for one remote.
    fn towards(&self, remote: SocketAddr) -> SocketAddr {
        let suits = |offered: &&SocketAddr| offered.is_ipv4() == remote.is_ipv4();
        let best = |offered: &&SocketAddr| offered.ip().is_loopback() == remote.ip().is_loopback();
        let candidates = || self.offered.iter().filter(suits);
        candidates().find(best).or_else(|| candidates().next()).or(self.offered.first()).copied().unwrap_or(self.bound)
    }

    /// Whether this is an address of the port itself.
    pub fn is_own(&self, remote: SocketAddr) -> bool {
        remote.port() == self.bound.port() && (self.offered.contains(&remote) || self.bound == remote)
    }

    /// The address in the form that the socket takes: an IPv6 socket takes IPv4 addresses mapped (RFC 4291 2.5.5.2).
    pub fn on_wire(&self, remote: SocketAddr) -> SocketAddr {
        match remote.ip() {
            IpAddr::V4(ip) if self.bound.is_ipv6() => SocketAddr::new(ip.to_ipv6_mapped().into(), remote.port()),
            _ => remote,
        }
    }

    /// The host candidates of a peer: of all addresses, or those of some interfaces.
    pub fn candidates(&self, interfaces: &[String]) -> Result<Vec<RTCIceCandidateInit>, rtc::shared::error::Error> {
        let only = (self.local && !interfaces.is_empty())
            .then(|| interface_addresses(|name| interfaces.iter().any(|wanted| wanted == name)));
        let wanted = |address: &&SocketAddr| only.as_ref().is_none_or(|only| only.contains(&address.ip()));
        let candidate = |address: &SocketAddr| {
            let base_config = base(*address);
            let host = CandidateHostConfig { base_config, ..CandidateHostConfig::default() }.new_candidate_host()?;
            RTCIceCandidate::from(&host).to_json()
        };
        self.offered.iter().filter(wanted).map(candidate).collect()
    }

    /// The candidate of the address under which `server` sees the port; `None` when that is a host candidate's
    /// (RFC 8445 section 5.1.3).
    pub fn reflexive(&self, seen: SocketAddr, server: SocketAddr) -> Option<RTCIceCandidateInit> {
        if self.offered.contains(&seen) || seen.port() == 0 || seen.ip().is_unspecified() {
            return None;
        }
        let of = self.towards(server);
        let (base_config, rel_addr, rel_port) = (base(seen), of.ip().to_string(), of.port());
        let config = CandidateServerReflexiveConfig { base_config, rel_addr, rel_port, url: None };
        let candidate = config.new_candidate_server_reflexive().ok()?;
        RTCIceCandidate::from(&candidate).to_json().ok()
    }

    /// The candidate of an address at a TURN server, `server`.
    pub fn relayed(&self, address: SocketAddr, server: SocketAddr) -> Option<RTCIceCandidateInit> {
        let of = self.towards(server);
        let (base_config, rel_addr, rel_port) = (base(address), of.ip().to_string(), of.port());
        let config = CandidateRelayConfig { base_config, rel_addr, rel_port, url: None };
        RTCIceCandidate::from(&config.new_candidate_relay().ok()?).to_json().ok()
    }
}

fn base(address: SocketAddr) -> CandidateConfig {
    CandidateConfig {
        network: "udp".to_owned(),
        address: address.ip().to_string(),
        port: address.port(),
        component: 1,
        ..CandidateConfig::default()
    }
}

/// The remote's address without the mapping of an IPv6 socket.
pub fn canonical(remote: SocketAddr) -> SocketAddr {
    SocketAddr::new(remote.ip().to_canonical(), remote.port())
}

/// The addresses of the interfaces that are up and have a wanted name.
fn interface_addresses(wanted: impl Fn(&str) -> bool) -> Vec<IpAddr> {
    let interfaces = match getifaddrs() {
        Ok(interfaces) => interfaces,
        Err(error) => {
            tracing::warn!(%error, "addresses of the interfaces");
            return Vec::new();
        }
    };
    let up = InterfaceFlags::IFF_UP | InterfaceFlags::IFF_RUNNING;
    let addresses = interfaces
        .filter(|interface| interface.flags.contains(up) && wanted(&interface.interface_name))
        .filter_map(|interface| {
            let address = interface.address?;
            let four = address.as_sockaddr_in().map(|four| IpAddr::V4(four.ip()));
            four.or_else(|| address.as_sockaddr_in6().map(|six| IpAddr::V6(six.ip())))
        });
    addresses.collect()
}

/// Those of a machine's addresses that a candidate can name: loopback when there is nothing else; none that means
/// something on one link only.
fn suitable(mut addresses: Vec<IpAddr>, socket: IpAddr) -> Vec<IpAddr> {
    addresses.retain(|ip| match ip {
        IpAddr::V4(ip) => !ip.is_link_local(),
        IpAddr::V6(ip) => socket.is_ipv6() && !ip.is_unicast_link_local(),
    });
    if addresses.iter().any(|ip| !ip.is_loopback()) {
        addresses.retain(|ip| !ip.is_loopback());
    }
    if addresses.is_empty() {
        addresses.push(Ipv4Addr::LOCALHOST.into());
    }
    addresses.truncate(MOST_ADDRESSES);
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn external_addresses_replace_local_ones() {
        let addresses = Addresses::new(address("0.0.0.0:5000"), &["203.0.113.9".parse().expect("an address")]);
        assert_eq!(addresses.towards(address("198.51.100.1:1")), address("203.0.113.9:5000"));
        let candidates = addresses.candidates(&["lo".to_owned()]).expect("candidates");
        assert_eq!(candidates.len(), 1);
        assert!(candidates[0].candidate.contains("203.0.113.9 5000 typ host"), "{}", candidates[0].candidate);
    }

    #[test]
    fn the_address_that_a_server_sees_is_a_candidate_unless_it_is_one_already() {
        let addresses = Addresses::new(address("127.0.0.1:5000"), &[]);
        let server = address("192.0.2.1:3478");
        let seen = addresses.reflexive(address("203.0.113.9:6000"), server).expect("a candidate").candidate;
        assert!(seen.contains("203.0.113.9 6000 typ srflx raddr 127.0.0.1 rport 5000"), "{seen}");
        for useless in ["127.0.0.1:5000", "0.0.0.0:9", "203.0.113.9:0"] {
            assert_eq!(addresses.reflexive(address(useless), server), None, "{useless}");
        }
    }

    #[test]
    fn only_addresses_of_the_interfaces_that_are_named_are_candidates() {
        let addresses = Addresses::new(address("127.0.0.1:5000"), &[]);
        let number = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            addresses.candidates(&names).expect("candidates").len()
        };
        assert_eq!([number(&[]), number(&["lo"]), number(&["nowhere0", "lo"]), number(&["nowhere0"])], [1, 1, 1, 0]);
    }

    fn suitable_of(addresses: &[&str], socket: &str) -> Vec<String> {
        let ip = |text: &&str| text.parse::<IpAddr>().expect("an address");
        let suitable = suitable(addresses.iter().map(ip).collect(), ip(&socket));
        suitable.iter().map(IpAddr::to_string).collect()
    }

    #[test]
    fn every_address_is_offered_and_loopback_only_when_there_is_no_other() {
        let all = ["127.0.0.1", "192.0.2.2", "::1", "203.0.113.7", "2001:db8::2", "fe80::1", "169.254.1.1"];
        assert_eq!(suitable_of(&all, "0.0.0.0"), ["192.0.2.2", "203.0.113.7"]);
        assert_eq!(suitable_of(&all, "::"), ["192.0.2.2", "203.0.113.7", "2001:db8::2"]);
        assert_eq!(suitable_of(&["127.0.0.1", "::1", "fe80::1"], "::"), ["127.0.0.1", "::1"]);
        assert_eq!(suitable_of(&[], "0.0.0.0"), ["127.0.0.1"]);
    }

    #[test]
    fn remote_is_answered_from_where_it_came_to() {
        let at = |offered: &[&str]| Addresses {
            bound: address("[::]:5000"),
            offered: offered.iter().map(|text| address(text)).collect(),
            local: true,
        };
        let addresses = at(&["192.0.2.2:5000", "203.0.113.7:5000", "[2001:db8::2]:5000"]);
        let reached = |remote: &str, local: Option<&str>| {
            addresses.reached(address(remote), local.map(|ip| ip.parse().expect("an address"))).to_string()
        };
        assert_eq!(reached("198.51.100.1:1", Some("203.0.113.7")), "203.0.113.7:5000");
        assert_eq!(reached("198.51.100.1:1", Some("::ffff:203.0.113.7")), "203.0.113.7:5000");
        assert_eq!(reached("198.51.100.1:1", None), "192.0.2.2:5000");
        assert_eq!(reached("[2001:db8::9]:1", None), "[2001:db8::2]:5000");
        assert_eq!(reached("127.0.0.1:1", Some("127.0.0.1")), "192.0.2.2:5000");
    }

    #[test]
    fn own_addresses_are_known() {
        let addresses = Addresses::new(address("127.0.0.1:5000"), &["203.0.113.9".parse().expect("an address")]);
        assert!(addresses.is_own(address("127.0.0.1:5000")) && addresses.is_own(address("203.0.113.9:5000")));
        assert!(!addresses.is_own(address("127.0.0.1:5001")) && !addresses.is_own(address("203.0.113.8:5000")));
    }

    #[test]
    fn ipv6_socket_takes_mapped_addresses() {
        let addresses = Addresses::new(address("[::]:5000"), &[]);
        let mapped = addresses.on_wire(address("192.0.2.7:9"));
        assert!(mapped.is_ipv6());
        assert_eq!(canonical(mapped), address("192.0.2.7:9"));
    }
}
