//! WebRTC transport on the sans-I/O core of webrtc-rs.
//!
//! A [`Network`] is one UDP port and one thread. A [`Peer`] is one connection through it. The thread reads datagrams,
//! finds their peer, and drives it:
//!
//! ```text
//! socket -> demux -> session (SDP, ICE, DTLS, SRTP, SCTP) -> receive (duplicates, time) -> PeerObserver
//! socket <- path (own SRTP, one call a frame) <- outbound (numbers, history) <- SendLeg <- the owner
//! ```
//!
//! Between socket and demux `servers` hears the STUN and TURN servers that peers have had asked.
//!
//! What always holds: an observer is never called while a session is locked, so its owner may lock first and then
//! call a peer; the tables and queues are bounded.
#![forbid(unsafe_code)]

mod addresses;
mod agenda;
mod codecs;
mod config;
mod counters;
mod demux;
mod dialect;
mod drive;
mod error;
mod feedback;
mod formats;
mod hearing;
mod history;
mod hub;
mod inbound;
mod inside;
mod keys;
mod link;
mod missing;
mod network;
mod normalise;
mod observer;
mod outbound;
mod path;
mod peer;
mod reflexive;
mod relay;
mod reports;
mod run;
mod sealer;
mod servers;
mod session;
mod snapshot;
mod socket;
mod stats;
mod table;
mod tally;
mod transport;
mod waker;

pub use codecs::mime_type;
pub use config::{
    DataChannelOptions, GatherOptions, IceCandidate, NegotiatedMedia, NetworkConfig, OfferOptions, PeerConfig,
    SrtpProfile, TurnServer, TurnServerError,
};
pub use counters::NetworkCounters;
pub use demux::{Datagram, classify};
pub use error::{NetworkError, PeerError, SdpError};
pub use network::Network;
pub use observer::{CandidatePair, ConnectionState, IceState, MediaState, PeerObserver, PeerState, Received};
pub use peer::{Peer, SendLeg};
pub use stats::{
    CandidateStats, ChannelState, ChannelStats, PathStats, PeerStats, ReceiveStats, RemoteReception, SendStats,
    SenderClock,
};
