//! A WebRTC peer of the program: it sends pictures and looks at what comes back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use trellis_media::{Codec, Kind, MediaTime, RtpPacket};
use trellis_webrtc::{IceCandidate, Network, NetworkConfig, OfferOptions, PeerConfig, PeerObserver, Received};

/// Longer than anything that is waited for takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pictures that must come back.
const ENOUGH: usize = 10;

enum Heard {
    Picture(RtpPacket),
    Candidate(IceCandidate),
    GatheringDone,
}

struct Ear(Sender<Heard>);

impl PeerObserver for Ear {
    fn media(&self, _: Kind, packets: &[Received]) {
        for received in packets {
            let _ = self.0.send(Heard::Picture(received.packet.clone()));
        }
    }

    fn keyframe_requested(&self, _: Kind) {}

    fn bandwidth(&self, _: Kind, _: u64) {}

    fn candidate(&self, candidate: IceCandidate) {
        let _ = self.0.send(Heard::Candidate(candidate));
    }

    fn gathering_done(&self) {
        let _ = self.0.send(Heard::GatheringDone);
    }
}

pub struct Peer {
    _network: Network,
    peer: trellis_webrtc::Peer,
    heard: Receiver<Heard>,
}

impl Peer {
    pub fn new() -> Peer {
        let start = Instant::now();
        let clock = Arc::new(move || MediaTime::from(start.elapsed()));
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let network = Network::bind(NetworkConfig { listen, external: Vec::new(), clock }).expect("a free port");
        let (ear, heard) = channel();
        let config = PeerConfig { video: vec![Codec::Vp8], ..PeerConfig::default() };
        let peer = network.peer(config, Arc::new(Ear(ear))).expect("a peer");
        Peer { _network: network, peer, heard }
    }

    pub fn offer(&self) -> String {
        self.peer.create_offer(OfferOptions { audio: false, video: true }).expect("an offer")
    }

    pub fn answered(&self, answer: &str) {
        self.peer.process_answer(answer).expect("the answer is taken");
    }

    pub fn add_candidate(&self, candidate: String, sdp_mid: String, index: i32) {
        let candidate = IceCandidate { candidate, sdp_mid, sdp_m_line_index: index.try_into().expect("an index") };
        self.peer.add_candidate(candidate).expect("a candidate");
    }

    /// Its own candidates, in the fields' order.
    pub fn candidates(&self) -> Vec<(String, String, i32)> {
        self.peer.gather_candidates().expect("candidates");
        let mut candidates = Vec::new();
        loop {
            match self.heard.recv_timeout(PATIENCE).expect("the end of gathering") {
                Heard::Candidate(IceCandidate { candidate, sdp_mid, sdp_m_line_index }) => {
                    candidates.push((candidate, sdp_mid, sdp_m_line_index.into()));
                }
                Heard::GatheringDone => return candidates,
                Heard::Picture(_) => {}
            }
        }
    }

    /// Sends pictures, thirty a second, until enough came back; whether each is one of those, unchanged.
    pub fn sees_itself(&self) -> bool {
        let leg = self.peer.leg(Kind::Video).expect("a leg");
        let begun = Instant::now();
        let (mut sent, mut came) = (0, Vec::new());
        while came.len() < ENOUGH {
            assert!(begun.elapsed() < PATIENCE, "only {} pictures came back", came.len());
            leg.push(Codec::Vp8, &picture(sent), MediaTime::from_millis(i64::from(sent) * 33));
            leg.flush();
            sent += 1;
            match self.heard.recv_timeout(Duration::from_millis(33)) {
                Ok(Heard::Picture(packet)) => came.push(packet.payload),
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        came.iter().all(|payload| (0..sent).any(|number| picture(number).payload == *payload))
    }
}

/// A VP8 packet: a key picture's first (RFC 7741 section 4.2), its number in the payload.
fn picture(sequence: u16) -> RtpPacket {
    let mut payload = vec![0x10, 0x00, 0x00, 0x00, 0x9d, 0x01, 0x2a];
    payload.extend(sequence.to_be_bytes());
    payload.resize(900, 7);
    RtpPacket {
        payload_type: 0,
        marker: true,
        sequence,
        timestamp: u32::from(sequence) * 3_000,
        ssrc: 0x1111,
        starts_keyframe: true,
        payload: payload.into(),
    }
}
