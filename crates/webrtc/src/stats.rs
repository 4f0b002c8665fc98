//! What a peer counts, in the terms of the W3C's statistics (webrtc-stats).

use crate::SrtpProfile;
use std::time::Duration;
use trellis_media::{Codec, Kind};
use uuid::Uuid;

/// Everything that a peer counts, at one moment.
#[derive(Clone, Debug, Default)]
pub struct PeerStats {
    /// Streams that we send.
    pub sent: Vec<SendStats>,
    /// Streams that we receive.
    pub received: Vec<ReceiveStats>,
    /// How our streams are protected; `None` before DTLS is done.
    pub srtp: Option<SrtpProfile>,
    /// The most that the remote says it can take, in bits a second.
    pub available_outgoing: Option<u64>,
    /// The most that we last told the remote to send as video, in bits a second.
    pub available_incoming: Option<u64>,
    /// Where everything flows; `None` before ICE has found a way.
    pub path: Option<PathStats>,
    /// The data channels that are there or have been.
    pub channels: Vec<ChannelStats>,
}

/// A stream that we send: outbound-rtp, and the remote-inbound-rtp that belongs to it.
#[derive(Clone, Debug)]
pub struct SendStats {
    /// Audio or video.
    pub kind: Kind,
    /// A name that no other stream has.
    pub id: String,
    /// Its synchronisation source.
    pub ssrc: u32,
    /// The codec of the last packet and its payload type; `None` before the first.
    pub codec: Option<(Codec, u8)>,
    /// Packets that were sent, each counted once.
    pub packets: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Packets that end a picture or a stretch of speech (RFC 3551 sections 4.1 and 5).
    pub marked: u64,
    /// What was sent in the last second or so, in bits a second, headers and retransmissions not counted.
    pub bitrate: u64,
    /// Packets that were sent again.
    pub retransmitted_packets: u64,
    /// Bytes of their payloads.
    pub retransmitted_bytes: u64,
    /// Negative acknowledgements that came (RFC 4585 section 6.2.1).
    pub nacks: u64,
    /// Picture loss indications that came (RFC 4585 section 6.3.1).
    pub picture_losses: u64,
    /// Full intra requests that came (RFC 5104 section 4.3.1).
    pub full_intra_requests: u64,
    /// What the remote last said of this stream.
    pub remote: Option<RemoteReception>,
}

/// The last reception report of a remote (RFC 3550 section 6.4.1).
#[derive(Clone, Copy, Debug)]
pub struct RemoteReception {
    /// Share of the packets since the report before that were lost, 0 to 1.
    pub fraction_lost: f64,
    /// Packets lost since the beginning; negative when more came than were sent.
    pub packets_lost: i64,
    /// Variation of the packets' travelling time.
    pub jitter: Duration,
    /// From us to the remote and back.
    pub round_trip: Option<Duration>,
}

/// A stream that we receive: inbound-rtp.
#[derive(Clone, Debug)]
pub struct ReceiveStats {
    /// The codec of the last packet and its payload type.
    pub codec: (Codec, u8),
    /// A name that no other stream has.
    pub id: String,
    /// Its synchronisation source.
    pub ssrc: u32,
    /// Packets that came, each counted once.
    pub packets: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Packets that end a picture or a stretch of speech (RFC 3551 sections 4.1 and 5).
    pub marked: u64,
    /// Packets that did not come of themselves, as our reports tell the remote (RFC 3550 section 6.4.1).
    pub packets_lost: i64,
    /// Of these: came after we had asked for them. They are among `packets`.
    pub repaired: u64,
    /// Share of the packets of the last second or so that were lost, 0 to 1.
    pub fraction_lost: f64,
    /// Packets that came a second time: Chromium probes the way with what it has sent before.
    pub duplicates: u64,
    /// Bytes of their payloads.
    pub duplicate_bytes: u64,
    /// Variation of the packets' travelling time (RFC 3550 section 6.4.1).
    pub jitter: Duration,
    /// Picture loss indications that we sent.
    pub picture_losses: u64,
    /// Negative acknowledgements that we sent.
    pub nacks: u64,
    /// The remote's last sender report of this stream; `None` before the first.
    pub reported: Option<SenderClock>,
}

/// The clocks of a sender at one moment, as its report tells them (RFC 3550 section 6.4.1): what puts the streams of a
/// sender together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderClock {
    /// NTP time, 32.32 bits.
    pub ntp: u64,
    /// RTP timestamp of the same moment.
    pub timestamp: u32,
}

/// The pair of candidates that ICE has chosen, and what has gone between them: transport, candidate-pair and the two
/// candidates. Bytes are those of UDP payloads, checks of ICE not counted.
#[derive(Clone, Debug)]
pub struct PathStats {
    /// Ours.
    pub local: CandidateStats,
    /// The remote's.
    pub remote: CandidateStats,
    /// Datagrams that were sent.
    pub packets_sent: u64,
    /// Their bytes.
    pub bytes_sent: u64,
    /// Datagrams that came.
    pub packets_received: u64,
    /// Their bytes.
    pub bytes_received: u64,
    /// From us to the remote and back, by the last check of ICE; `None` before the first answer.
    pub round_trip: Option<Duration>,
    /// The sum of all that were measured.
    pub total_round_trip: Duration,
    /// Checks that the remote answered.
    pub responses: u64,
}

/// One end of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandidateStats {
    /// Its IP address.
    pub address: String,
    /// Its UDP port.
    pub port: u16,
    /// `host`, `srflx`, `prflx` or `relay` (RFC 8839 section 5.1).
    pub kind: String,
    /// Its priority (RFC 8445 section 5.1.2).
    pub priority: u32,
}

/// A data channel.
#[derive(Clone, Debug)]
pub struct ChannelStats {
    /// Its stream number (RFC 8831).
    pub channel: u16,
    /// Its label.
    pub label: String,
    /// The protocol that the application speaks in it.
    pub protocol: String,
    /// How far it has come.
    pub state: ChannelState,
    /// Messages that were sent.
    pub messages_sent: u64,
    /// Their bytes.
    pub bytes_sent: u64,
    /// Messages that came.
    pub messages_received: u64,
    /// Their bytes.
    pub bytes_received: u64,
}

/// How far a data channel has come (RTCDataChannelState).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// On its way.
    Connecting,
    /// Messages can be sent.
    Open,
    /// One side has closed it.
    Closing,
    /// It is closed.
    Closed,
}

impl SendStats {
    /// A stream that has sent nothing.
    pub(crate) fn new(kind: Kind, ssrc: u32) -> SendStats {
        SendStats {
            kind,
            id: Uuid::new_v4().to_string(),
            ssrc,
            codec: None,
            packets: 0,
            bytes: 0,
            marked: 0,
            bitrate: 0,
            retransmitted_packets: 0,
            retransmitted_bytes: 0,
            nacks: 0,
            picture_losses: 0,
            full_intra_requests: 0,
            remote: None,
        }
    }
}
