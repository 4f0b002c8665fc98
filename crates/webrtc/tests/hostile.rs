//! What a remote, or a stranger, can do to a peer: nothing that lasts.

mod support;

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::{Heard, negotiated};
use support::{Side, connected, network, vp8};
use trellis_media::{Codec, Kind, MediaTime};
use trellis_webrtc::{OfferOptions, PeerConfig, SdpError};

/// Descriptions of browsers, servers and test suites of others.
fn descriptions() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media");
    let root = std::env::var_os("TRELLIS_MEDIA").map(PathBuf::from).unwrap_or(root);
    let (mut folders, mut found) = (vec![root.join("sdp")], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if let Ok(bytes) = std::fs::read(entry.path()) {
                found.push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    found
}

fn offer() -> String {
    let side = Side::new(network(), PeerConfig::default());
    side.peer.create_offer(OfferOptions { audio: true, video: true }).expect("an offer")
}

#[test]
fn collected_descriptions_are_answered_or_refused() {
    let descriptions = descriptions();
    if descriptions.is_empty() {
        println!("skipped: no media");
        return;
    }
    let network = network();
    let mut answered = 0;
    for sdp in &descriptions {
        let side = Side::new(network.clone(), PeerConfig::default());
        match side.peer.process_offer(sdp) {
            Ok(_) => answered += 1,
            Err(error) => println!("{error}"),
        }
    }
    println!("{answered} of {} answered", descriptions.len());
    assert!(answered > 0);
}

#[test]
fn damaged_offers_are_refused_and_the_peer_still_takes_a_sound_one() {
    let whole = offer();
    let network = network();
    let side = Side::new(network.clone(), PeerConfig::default());
    let mut random = 1u64;
    for _ in 0..300 {
        let mut bytes = whole.clone().into_bytes();
        for _ in 0..3 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let place = (random >> 33) as usize % bytes.len();
            match random % 3 {
                0 => bytes.truncate(place.max(1)),
                1 => bytes[place] = (random >> 20) as u8,
                _ => drop(bytes.drain(place..(place + 20).min(bytes.len()))),
            }
            if bytes.is_empty() {
                bytes.push(b'v');
            }
        }
        let one = Side::new(network.clone(), PeerConfig::default());
        let _ = one.peer.process_offer(&String::from_utf8_lossy(&bytes));
    }
    assert!(matches!(side.peer.process_offer("nonsense"), Err(SdpError::Refused(_))));
    assert!(matches!(side.peer.process_offer(""), Err(SdpError::Refused(_))));
    assert!(side.peer.process_offer(&whole).is_ok());
    assert!(matches!(side.peer.process_offer(&whole), Err(SdpError::AlreadyNegotiated)));
}

#[test]
fn answer_without_offer_is_refused() {
    let side = Side::new(network(), PeerConfig::default());
    assert!(matches!(side.peer.process_answer(&offer()), Err(SdpError::NoOffer)));
}

#[test]
fn garbage_on_the_port_is_counted_and_hurts_nobody() {
    let (offerer, answerer) = connected(&PeerConfig::default());
    let port = answerer.network.local_addr().expect("an address");
    let stranger = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    for round in 0..200u8 {
        for first in [0, 1, 22, 100, 128, 144, 255] {
            let mut datagram = vec![round; 60];
            datagram[0] = first;
            stranger.send_to(&datagram, port).expect("sent");
        }
    }
    let leg = offerer.peer.leg(Kind::Video).expect("a leg");
    leg.push(Codec::Vp8, &vp8(1), MediaTime::ZERO);
    leg.flush();
    answerer.wait("media after garbage", |heard| matches!(heard, Heard::Media(..)).then_some(()));
    let counters = answerer.network.counters();
    assert!(counters.garbage > 0 && counters.unknown > 0, "{counters:?}");
    assert_eq!(counters.peers, 1);
}

#[test]
fn closed_peers_leave_nothing_behind() {
    let (offerer, answerer) = negotiated(&PeerConfig::default(), &PeerConfig::default());
    offerer.wait_connected();
    let network = answerer.network.clone();
    drop(answerer);
    let deadline = Instant::now() + Duration::from_secs(5);
    while network.counters().peers > 0 {
        assert!(Instant::now() < deadline, "the peer is still there");
        std::thread::yield_now();
    }
    let leg = offerer.peer.leg(Kind::Video).expect("a leg");
    offerer.peer.close();
    let dropped = offerer.network.counters().media_dropped;
    leg.push(Codec::Vp8, &vp8(1), MediaTime::ZERO);
    assert_eq!(offerer.network.counters().media_dropped, dropped + 1);
    assert!(offerer.peer.gather_candidates().is_err());
}
