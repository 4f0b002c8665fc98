//! What a peer tells its owner.

use crate::IceCandidate;
use trellis_media::{Codec, DataMessage, Kind, MediaTime, RtpPacket};

/// One received RTP packet.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its codec, by payload type.
    pub codec: Codec,
    /// The packet.
    pub packet: RtpPacket,
    /// When it was sampled, on the network's clock.
    pub time: MediaTime,
}

/// A change of state, in the terms of the W3C's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerState {
    /// State of the ICE agent.
    Ice(IceState),
    /// State of the whole connection: ICE and DTLS.
    Connection(ConnectionState),
    /// Whether the remote is heard.
    Media(MediaState),
}

/// Whether RTP or RTCP comes from the remote. It says so anew after each change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaState {
    /// Something that the remote sealed has come.
    Heard,
    /// Nothing has come for five seconds, the remote has ended its streams, or the connection is gone.
    Silent,
}

/// State of the ICE agent (RTCIceConnectionState).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IceState {
    /// Nothing has been checked yet.
    New,
    /// Pairs are being checked.
    Checking,
    /// A pair works.
    Connected,
    /// A pair has been chosen, and checking is over.
    Completed,
    /// The chosen pair has stopped answering.
    Disconnected,
    /// No pair works.
    Failed,
    /// Closed by us.
    Closed,
}

/// State of the whole connection (RTCPeerConnectionState).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Nothing has begun.
    New,
    /// ICE or DTLS is under way.
    Connecting,
    /// Media and data flow.
    Connected,
    /// The path is silent.
    Disconnected,
    /// The path, or the handshake, failed.
    Failed,
    /// Closed by us or by the remote.
    Closed,
}

/// The two candidates between which media flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandidatePair {
    /// `candidate:...` of ours.
    pub local: String,
    /// `candidate:...` of the remote.
    pub remote: String,
}

/// Hears a peer.
///
/// Called on the thread `webrtc-io`, except for `candidate` and `gathering_done`, which run in
/// [`Peer::gather_candidates`](crate::Peer::gather_candidates) as far as no server has to be asked; never under a lock
/// that a peer's methods take.
pub trait PeerObserver: Send + Sync {
    /// Media arrived: without duplicates and padding, in order of arrival.
    fn media(&self, kind: Kind, packets: &[Received]);
    /// The remote needs a key picture.
    fn keyframe_requested(&self, kind: Kind);
    /// The remote says how much it can take.
    fn bandwidth(&self, kind: Kind, bits_per_second: u64);
    /// The connection changed.
    fn state(&self, _state: PeerState) {}
    /// A candidate of ours, for the remote.
    fn candidate(&self, _candidate: IceCandidate) {}
    /// There are no more candidates of ours.
    fn gathering_done(&self) {}
    /// Media flows between these two now.
    fn pair_selected(&self, _pair: CandidatePair) {}
    /// A data channel is open, by its stream number (RFC 8832).
    fn data_opened(&self, _channel: u16, _label: &str) {}
    /// A data channel is closed.
    fn data_closed(&self, _channel: u16) {}
    /// A message came on a data channel.
    fn data_message(&self, _channel: u16, _message: DataMessage) {}
}
