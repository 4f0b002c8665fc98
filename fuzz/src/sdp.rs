//! Session descriptions, as a peer of a real network takes them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};
use trellis_media::{Kind, MediaTime};
use trellis_webrtc::{Network, NetworkConfig, OfferOptions, Peer, PeerConfig, PeerObserver, Received};

/// One network for all inputs: what an input leaves behind in it, the next one meets.
static NETWORK: LazyLock<Network> = LazyLock::new(|| {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let config = NetworkConfig { listen, external: Vec::new(), clock: Arc::new(|| MediaTime::ZERO) };
    Network::bind(config).expect("a UDP port on loopback")
});

struct Deaf;

impl PeerObserver for Deaf {
    fn media(&self, _: Kind, _: &[Received]) {}
    fn keyframe_requested(&self, _: Kind) {}
    fn bandwidth(&self, _: Kind, _: u64) {}
}

fn peer() -> Peer {
    NETWORK.peer(PeerConfig::default(), Arc::new(Deaf)).expect("peers of earlier inputs are gone")
}

/// A session description: as an offer, and as the answer to an offer of ours.
pub fn sdp(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let answering = peer();
    match answering.process_offer(&text) {
        Ok(answer) => assert!(answer.starts_with("v=0"), "an answer that is no description"),
        // A description that was refused must not stand in the way of the next one.
        Err(_) => drop(answering.create_offer(OfferOptions { audio: true, video: true }).expect("an offer")),
    }
    let offering = peer();
    offering.create_offer(OfferOptions { audio: true, video: true }).expect("an offer");
    let _ = offering.process_answer(&text);
    answering.close();
    offering.close();
}
