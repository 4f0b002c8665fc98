//! Where a network listens, and what its candidates say of it.

mod support;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Instant;
use support::{Heard, Side, vp8};
use trellis_media::{Codec, Kind, MediaTime};
use trellis_webrtc::{Network, NetworkConfig, OfferOptions, PeerConfig};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const ANY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
const LOOPBACK_SIX: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
const ANY_SIX: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

fn side(listen: IpAddr, external: &[IpAddr]) -> Side {
    let start = Instant::now();
    let clock = Arc::new(move || MediaTime::from(start.elapsed()));
    let config = NetworkConfig { listen: SocketAddr::new(listen, 0), external: external.to_vec(), clock };
    Side::new(Network::bind(config).expect("a free port"), PeerConfig::default())
}

/// The addresses that the candidates of a peer name, each with the port of its network.
fn named(side: &Side) -> Vec<IpAddr> {
    let port = side.network.local_addr().expect("an address").port();
    let address = |candidate: &str| {
        let words: Vec<&str> = candidate.split(' ').collect();
        assert_eq!((words[2], words[5], words[7]), ("udp", port.to_string().as_str(), "host"), "{candidate}");
        words[4].parse().expect("an address")
    };
    side.gather().iter().map(|candidate| address(&candidate.candidate)).collect()
}

fn assert_media_flows(from: &Side, to: &Side) {
    from.gather();
    to.gather();
    let offer = from.peer.create_offer(OfferOptions { audio: false, video: true }).expect("an offer");
    let answer = to.peer.process_offer(&offer).expect("an answer");
    from.peer.process_answer(&answer).expect("the answer is taken");
    from.wait_connected();
    to.wait_connected();
    let leg = from.peer.leg(Kind::Video).expect("a leg");
    leg.push(Codec::Vp8, &vp8(1), MediaTime::ZERO);
    leg.flush();
    to.wait("media", |heard| matches!(heard, Heard::Media(..)).then_some(()));
}

fn has_six() -> bool {
    let six = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    if !six {
        println!("skipped: no IPv6");
    }
    six
}

#[test]
fn peers_connect_over_ipv6() {
    if has_six() {
        let (from, to) = (side(LOOPBACK_SIX, &[]), side(LOOPBACK_SIX, &[]));
        assert_eq!(named(&from), [LOOPBACK_SIX]);
        assert_media_flows(&from, &to);
    }
}

/// A socket for both families sees the addresses of IPv4 mapped.
#[test]
fn ipv4_remote_reaches_a_socket_for_both_families() {
    if has_six() {
        assert_media_flows(&side(LOOPBACK, &[]), &side(ANY_SIX, &[LOOPBACK]));
        assert_media_flows(&side(ANY_SIX, &[LOOPBACK]), &side(LOOPBACK, &[]));
    }
}

#[test]
fn external_addresses_are_named_instead_of_local_ones() {
    let outside: IpAddr = "203.0.113.9".parse().expect("an address");
    assert_eq!(named(&side(LOOPBACK, &[outside])), [outside]);
    assert_media_flows(&side(ANY, &[LOOPBACK]), &side(ANY, &[LOOPBACK]));
}

/// The addresses are those that the system itself names: the one towards the default route is among them.
#[test]
fn unspecified_address_offers_those_of_the_interfaces() {
    let named = named(&side(ANY, &[]));
    assert!(!named.is_empty() && named.iter().all(IpAddr::is_ipv4), "{named:?}");
    let only_loopback = named == [LOOPBACK];
    assert!(only_loopback || named.iter().all(|ip| !ip.is_loopback()), "{named:?}");
    let probe = UdpSocket::bind((ANY, 0)).expect("a socket");
    // Looks the route up; nothing is sent (RFC 5737).
    if probe.connect("192.0.2.77:9").is_ok() {
        let towards = probe.local_addr().expect("an address").ip();
        assert!(named.contains(&towards), "{towards} is not among {named:?}");
    }
    assert_media_flows(&side(ANY, &[]), &side(ANY, &[]));
}
