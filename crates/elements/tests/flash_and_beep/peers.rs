//! What the remote peers of a call share.

use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use trellis_graph::{Clock, MonotonicClock};
use trellis_webrtc::{ConnectionState, Network, NetworkConfig, OfferOptions, Peer, PeerState};

/// A network of its own on a free port of loopback.
pub fn network() -> Network {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let clock = Arc::new(|| MonotonicClock.now());
    Network::bind(NetworkConfig { listen, external: Vec::new(), clock }).expect("a free port")
}

/// Opens when a peer is connected.
#[derive(Default)]
pub struct Gate(Mutex<bool>, Condvar);

impl Gate {
    pub fn heard(&self, state: PeerState) {
        if state == PeerState::Connection(ConnectionState::Connected) {
            *self.0.lock().expect("a lock") = true;
            self.1.notify_all();
        }
    }

    pub fn wait(&self) {
        let open = self.0.lock().expect("a lock");
        let (open, _) = self.1.wait_timeout_while(open, Duration::from_secs(15), |open| !*open).expect("a lock");
        assert!(*open, "never connected");
    }
}

/// A description whose candidates name another port than the one of whoever made it.
pub fn through(description: &str, own: u16, port: u16) -> String {
    description.replace(&format!(" {own} typ"), &format!(" {port} typ"))
}

/// A peer's offer, with candidates.
pub fn offer(peer: &Peer) -> String {
    peer.create_offer(OfferOptions { audio: true, video: true }).expect("an offer");
    peer.gather_candidates().expect("candidates");
    peer.local_description().expect("an offer")
}
