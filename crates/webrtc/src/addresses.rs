//! The addresses that candidates name, and those that the socket sees.

use rtc::peer_connection::transport::{CandidateConfig, CandidateHostConfig, RTCIceCandidate, RTCIceCandidateInit};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The addresses of a network's port.
pub struct Addresses {
    bound: SocketAddr,
    /// What candidates name: the external addresses if there are any, else the local ones.
    offered: Vec<SocketAddr>,
}

impl Addresses {
    /// Of a socket that is bound to `bound`.
    pub fn new(bound: SocketAddr, external: &[IpAddr]) -> Addresses {
        let addresses = match (external.is_empty(), bound.ip().is_unspecified()) {
            (false, _) => external.to_vec(),
            (true, true) => local_addresses(bound.ip()),
            (true, false) => vec![bound.ip()],
        };
        Addresses { bound, offered: addresses.into_iter().map(|ip| SocketAddr::new(ip, bound.port())).collect() }
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

    /// The host candidates of a peer.
    pub fn candidates(&self) -> Result<Vec<RTCIceCandidateInit>, rtc::shared::error::Error> {
        let candidate = |address: &SocketAddr| {
            let base_config = CandidateConfig {
                network: "udp".to_owned(),
                address: address.ip().to_string(),
                port: address.port(),
                component: 1,
                ..CandidateConfig::default()
            };
            let host = CandidateHostConfig { base_config, ..CandidateHostConfig::default() }.new_candidate_host()?;
            RTCIceCandidate::from(&host).to_json()
        };
        self.offered.iter().map(candidate).collect()
    }
}

/// The remote's address without the mapping of an IPv6 socket.
pub fn canonical(remote: SocketAddr) -> SocketAddr {
    SocketAddr::new(remote.ip().to_canonical(), remote.port())
}

/// The addresses from which this machine reaches others, and loopback. Nothing is sent: connecting a UDP socket only
/// looks the route up. The destinations are for documentation (RFC 5737, RFC 3849).
fn local_addresses(unspecified: IpAddr) -> Vec<IpAddr> {
    let probe = |from: IpAddr, to: IpAddr| {
        let socket = UdpSocket::bind((from, 0)).ok()?;
        socket.connect((to, 9)).ok()?;
        socket.local_addr().ok().map(|address| address.ip())
    };
    let four = probe(Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::new(192, 0, 2, 1).into());
    let six = probe(Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into());
    let mut addresses: Vec<IpAddr> = four.into_iter().collect();
    if unspecified.is_ipv6() {
        addresses.extend(six);
    }
    addresses.retain(|ip| !ip.is_loopback());
    addresses.push(Ipv4Addr::LOCALHOST.into());
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
        let candidates = addresses.candidates().expect("candidates");
        assert_eq!(candidates.len(), 1);
        assert!(candidates[0].candidate.contains("203.0.113.9 5000 typ host"), "{}", candidates[0].candidate);
    }

    #[test]
    fn loopback_remote_came_to_loopback() {
        let addresses = Addresses::new(address("0.0.0.0:5000"), &[]);
        assert_eq!(addresses.towards(address("127.0.0.1:1")), address("127.0.0.1:5000"));
    }

    #[test]
    fn ipv6_socket_takes_mapped_addresses() {
        let addresses = Addresses::new(address("[::]:5000"), &[]);
        let mapped = addresses.on_wire(address("192.0.2.7:9"));
        assert!(mapped.is_ipv6());
        assert_eq!(canonical(mapped), address("192.0.2.7:9"));
    }
}
