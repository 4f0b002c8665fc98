//! Two networks on loopback, and an observer that passes on what it hears.
#![allow(dead_code)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use trellis_media::{Codec, DataMessage, Kind, MediaTime, RtpPacket};
use trellis_webrtc::{
    ConnectionState, GatherOptions, IceCandidate, Network, NetworkConfig, OfferOptions, Peer, PeerConfig, PeerObserver,
    PeerState, Received,
};

/// What an observer heard.
#[derive(Debug)]
pub enum Heard {
    Media(Kind, Vec<Received>),
    Keyframe(Kind),
    Bandwidth(u64),
    State(PeerState),
    Candidate(IceCandidate),
    GatheringDone,
    Pair,
    Opened(u16, String),
    ChannelClosed(u16),
    Message(u16, DataMessage),
}

struct Ear(Sender<Heard>);

impl Ear {
    fn say(&self, heard: Heard) {
        let _ = self.0.send(heard);
    }
}

impl PeerObserver for Ear {
    fn media(&self, kind: Kind, packets: &[Received]) {
        self.say(Heard::Media(kind, packets.to_vec()));
    }
    fn keyframe_requested(&self, kind: Kind) {
        self.say(Heard::Keyframe(kind));
    }
    fn bandwidth(&self, _kind: Kind, bits_per_second: u64) {
        self.say(Heard::Bandwidth(bits_per_second));
    }
    fn state(&self, state: PeerState) {
        self.say(Heard::State(state));
    }
    fn candidate(&self, candidate: IceCandidate) {
        self.say(Heard::Candidate(candidate));
    }
    fn gathering_done(&self) {
        self.say(Heard::GatheringDone);
    }
    fn pair_selected(&self, _pair: trellis_webrtc::CandidatePair) {
        self.say(Heard::Pair);
    }
    fn data_opened(&self, channel: u16, label: &str) {
        self.say(Heard::Opened(channel, label.to_owned()));
    }
    fn data_closed(&self, channel: u16) {
        self.say(Heard::ChannelClosed(channel));
    }
    fn data_message(&self, channel: u16, message: DataMessage) {
        self.say(Heard::Message(channel, message));
    }
}

/// A network of its own on a free port of loopback.
pub fn network() -> Network {
    let start = Instant::now();
    let clock = Arc::new(move || MediaTime::from(start.elapsed()));
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    Network::bind(NetworkConfig { listen, external: Vec::new(), clock }).expect("a free port")
}

/// One side of a connection.
pub struct Side {
    pub network: Network,
    pub peer: Peer,
    heard: Receiver<Heard>,
}

impl Side {
    pub fn new(network: Network, config: PeerConfig) -> Side {
        let (ear, heard) = channel();
        let peer = network.peer(config, Arc::new(Ear(ear))).expect("a peer");
        Side { network, peer, heard }
    }

    /// The first thing heard of which `pick` makes something.
    pub fn wait<T>(&self, what: &str, mut pick: impl FnMut(Heard) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(heard) = self.heard.recv_timeout(left) else { panic!("never heard: {what}") };
            if let Some(found) = pick(heard) {
                return found;
            }
        }
    }

    pub fn wait_connected(&self) {
        let connected = PeerState::Connection(ConnectionState::Connected);
        self.wait("connected", |heard| matches!(heard, Heard::State(state) if state == connected).then_some(()));
    }

    /// All candidates, as `gather_candidates` tells them.
    pub fn gather(&self) -> Vec<IceCandidate> {
        self.gather_with(&GatherOptions::default())
    }

    /// All candidates up to the end of gathering.
    pub fn gather_with(&self, options: &GatherOptions) -> Vec<IceCandidate> {
        self.peer.gather_candidates_with(options).expect("candidates");
        let mut candidates = Vec::new();
        self.wait("the end of gathering", |heard| match heard {
            Heard::Candidate(candidate) => {
                candidates.push(candidate);
                None
            }
            Heard::GatheringDone => Some(()),
            _ => None,
        });
        candidates
    }
}

/// Sends so many pictures of a packet each, and waits until all have come.
pub fn send(from: &Side, to: &Side, packets: u16) {
    let leg = from.peer.leg(Kind::Video).expect("a leg");
    for sequence in 0..packets {
        leg.push(Codec::Vp8, &vp8(sequence), MediaTime::from_millis(i64::from(sequence) * 33));
        leg.flush();
    }
    let mut came = 0;
    to.wait("every packet", |heard| {
        if let Heard::Media(Kind::Video, packets) = heard {
            came += packets.len();
        }
        (came == usize::from(packets)).then_some(())
    });
}

/// Two peers that have negotiated and trickled, the first of which made the offer.
pub fn negotiated(offerer: &PeerConfig, answerer: &PeerConfig) -> (Side, Side) {
    let (offerer, answerer) = (Side::new(network(), offerer.clone()), Side::new(network(), answerer.clone()));
    let offer = offerer.peer.create_offer(OfferOptions { audio: true, video: true }).expect("an offer");
    let answer = answerer.peer.process_offer(&offer).expect("an answer");
    offerer.peer.process_answer(&answer).expect("the answer is taken");
    for candidate in offerer.gather() {
        answerer.peer.add_candidate(candidate).expect("a candidate");
    }
    for candidate in answerer.gather() {
        offerer.peer.add_candidate(candidate).expect("a candidate");
    }
    (offerer, answerer)
}

/// Two peers that are connected.
pub fn connected(config: &PeerConfig) -> (Side, Side) {
    connected_with(config, config)
}

/// Two peers that are connected, each with its own configuration.
pub fn connected_with(offerer: &PeerConfig, answerer: &PeerConfig) -> (Side, Side) {
    let (offerer, answerer) = negotiated(offerer, answerer);
    offerer.wait_connected();
    answerer.wait_connected();
    (offerer, answerer)
}

/// A VP8 packet: a key picture's first (RFC 7741 section 4.2), its number in the payload.
pub fn vp8(sequence: u16) -> RtpPacket {
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
