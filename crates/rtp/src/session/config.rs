//! What two descriptions agreed on.

use super::protection::MasterKey;
use std::net::SocketAddr;
use trellis_media::{Codec, Kind, MediaTime};

/// What a session needs to know of the machine that it runs on.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// The name that ties our streams together (RFC 3550 section 6.5.1).
    pub cname: String,
    /// NTP time (RFC 3550 section 4) at zero of the clock by which the session is driven.
    pub ntp_at_zero: Ntp,
    /// Any number: sequence numbers and timestamps begin with it.
    pub seed: u64,
}

/// NTP time: seconds since 1900 in the upper 32 bits, fractions in the lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ntp(pub u64);

impl Ntp {
    /// The time that is this long after.
    pub fn after(self, time: MediaTime) -> Ntp {
        let ticks = (i128::from(time.nanos()) << 32) / 1_000_000_000;
        Ntp(self.0.wrapping_add(ticks as u64))
    }

    /// The middle 32 bits, as reports quote them: 1/65,536 s.
    pub fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

/// A payload type, 0 to 127, and what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadType {
    /// The number.
    pub number: u8,
    /// The codec.
    pub codec: Codec,
}

/// One media section, as both sides have it.
#[derive(Clone, Debug)]
pub struct MediumConfig {
    /// Audio or video.
    pub kind: Kind,
    /// The source of what we send.
    pub ssrc: u32,
    /// What the remote may send; empty when it does not.
    pub receive: Vec<PayloadType>,
    /// What we may send, what the remote likes best first; empty when we do not.
    pub send: Vec<PayloadType>,
    /// Feedback that both sides understand.
    pub feedback: FeedbackKinds,
    /// Where the remote is, by its description; `None` when only its packets tell.
    pub remote: Option<Remote>,
    /// RTCP shares the port of RTP (RFC 5761).
    pub muxed: bool,
    /// Our key and the remote's; `None` for plain RTP.
    pub keys: Option<Keys>,
}

/// Where the remote receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remote {
    /// RTP.
    pub rtp: SocketAddr,
    /// RTCP.
    pub rtcp: SocketAddr,
}

/// The keys of both directions.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Protects what we send.
    pub ours: MasterKey,
    /// Protects what we receive.
    pub theirs: MasterKey,
}

/// Kinds of feedback of a section (RFC 4585 section 4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedbackKinds {
    /// `nack`: packets are asked for again.
    pub nack: bool,
    /// `nack pli`: a decoder has lost its picture.
    pub picture_loss: bool,
    /// `ccm fir`: a key picture, please (RFC 5104 section 4.3.1).
    pub full_intra: bool,
    /// `goog-remb`: how much can be taken.
    pub bandwidth: bool,
}

impl FeedbackKinds {
    /// What this side understands.
    pub const OURS: FeedbackKinds = FeedbackKinds { nack: true, picture_loss: true, full_intra: true, bandwidth: true };

    /// What both understand.
    pub fn and(self, other: FeedbackKinds) -> FeedbackKinds {
        FeedbackKinds {
            nack: self.nack && other.nack,
            picture_loss: self.picture_loss && other.picture_loss,
            full_intra: self.full_intra && other.full_intra,
            bandwidth: self.bandwidth && other.bandwidth,
        }
    }
}
