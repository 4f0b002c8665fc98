//! What a peer counts, in the terms of the W3C's statistics (webrtc-stats).

use crate::SrtpProfile;
use std::time::Duration;
use trellis_media::{Codec, Kind};

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
}

/// A stream that we send: outbound-rtp, and the remote-inbound-rtp that belongs to it.
#[derive(Clone, Debug)]
pub struct SendStats {
    /// Audio or video.
    pub kind: Kind,
    /// Its synchronisation source.
    pub ssrc: u32,
    /// The codec of the last packet and its payload type; `None` before the first.
    pub codec: Option<(Codec, u8)>,
    /// Packets that were sent, each counted once.
    pub packets: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
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
    /// Its synchronisation source.
    pub ssrc: u32,
    /// Packets that came, each counted once.
    pub packets: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Packets that are missing of those that were sent, repaired ones not counted.
    pub packets_lost: i64,
    /// Packets that came a second time.
    pub duplicates: u64,
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

impl SendStats {
    /// A stream that has sent nothing.
    pub(crate) fn new(kind: Kind, ssrc: u32) -> SendStats {
        SendStats {
            kind,
            ssrc,
            codec: None,
            packets: 0,
            bytes: 0,
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
