//! Candidates of ours: those of the interfaces that are wanted, and the one that a STUN server sees.

mod support;

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;
use support::{Heard, Side, network};
use trellis_webrtc::{GatherOptions, OfferOptions, PeerConfig};

/// RFC 8489 section 5.
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
/// Documentation addresses (RFC 5737): nothing that is sent there comes anywhere.
const SEEN: ([u8; 4], u16) = ([203, 0, 113, 5], 40_000);

/// A STUN server that answers one request by saying that it came from `SEEN`.
fn stun_server() -> SocketAddr {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a socket");
    let address = socket.local_addr().expect("an address");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    std::thread::spawn(move || {
        let mut request = [0; 100];
        let (length, from) = socket.recv_from(&mut request).expect("a request");
        assert_eq!((&request[..4], &request[4..8], length), (&[0, 1, 0, 0][..], &COOKIE[..], 20), "a binding request");
        // Binding success with one attribute: XOR-MAPPED-ADDRESS (RFC 8489 section 14.2).
        let mut answer = vec![1, 1, 0, 12];
        answer.extend(&request[4..20]);
        answer.extend([0, 0x20, 0, 8, 0, 1]);
        answer.extend((SEEN.1 ^ 0x2112).to_be_bytes());
        answer.extend(SEEN.0.iter().zip(COOKIE).map(|(byte, mask)| byte ^ mask));
        socket.send_to(&answer, from).expect("sent");
    });
    address
}

fn asking(server: SocketAddr) -> GatherOptions {
    GatherOptions { stun_server: Some(server), ..GatherOptions::default() }
}

/// The candidates up to the end of gathering.
fn gathered(side: &Side, options: &GatherOptions) -> Vec<String> {
    side.peer.gather_candidates_with(options).expect("candidates");
    let mut candidates = Vec::new();
    side.wait("the end of gathering", |heard| match heard {
        Heard::Candidate(candidate) => {
            candidates.push(candidate.candidate);
            None
        }
        Heard::GatheringDone => Some(()),
        _ => None,
    });
    candidates
}

#[test]
fn what_a_stun_server_sees_is_a_candidate_and_the_peers_connect() {
    let sides = [(); 2].map(|()| Side::new(network(), PeerConfig::default()));
    for side in &sides {
        let candidates = gathered(side, &asking(stun_server()));
        let [host, reflexive] = candidates.as_slice() else { panic!("two candidates: {candidates:?}") };
        assert!(host.contains(" 127.0.0.1 ") && host.contains(" typ host"), "{host}");
        assert!(reflexive.contains(" 203.0.113.5 40000 typ srflx raddr 127.0.0.1 rport "), "{reflexive}");
    }
    let [offerer, answerer] = sides;
    let offer = offerer.peer.create_offer(OfferOptions { audio: true, video: true }).expect("an offer");
    assert!(offer.contains("typ srflx"), "{offer}");
    let answer = answerer.peer.process_offer(&offer).expect("an answer");
    assert!(answer.contains("typ srflx"), "{answer}");
    offerer.peer.process_answer(&answer).expect("the answer is taken");
    offerer.wait_connected();
    answerer.wait_connected();
    let path = offerer.peer.stats().path.expect("a path");
    assert_eq!((path.local.address.as_str(), path.remote.address.as_str()), ("127.0.0.1", "127.0.0.1"));
}

#[test]
fn a_server_that_is_silent_delays_the_end_of_gathering_only() {
    let silent = UdpSocket::bind(("127.0.0.1", 0)).expect("a socket");
    let side = Side::new(network(), PeerConfig::default());
    let candidates = gathered(&side, &asking(silent.local_addr().expect("an address")));
    assert_eq!(candidates.len(), 1, "{candidates:?}");
}

#[test]
fn interfaces_that_are_not_there_have_no_candidates() {
    let side = Side::new(network(), PeerConfig::default());
    let only = |name: &str| GatherOptions { interfaces: vec![name.to_owned()], ..GatherOptions::default() };
    assert!(side.peer.gather_candidates_with(&only("nowhere0")).is_err());
    assert_eq!(gathered(&side, &only("lo")).len(), 1);
}
