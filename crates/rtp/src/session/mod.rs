//! An RTP session with one remote (RFC 3550): its media sections, plain or protected by keys of the descriptions.
//!
//! ```text
//!   datagram ─► latch ─► SRTP opened ─► duplicates, time ─► SessionEvent::Media ─► the owner
//!   the owner ─► push ─► renumbered ─► SRTP sealed ─► take_waiting ─► the owner's socket
//!                          deadline ─► reports ───────────┘
//! ```
//!
//! The session owns no socket and no clock: its owner hands it datagrams with the time, sends what is
//! [waiting](Session::take_waiting), and comes back when something is [due](Session::due).
//!
//! What always holds: nothing that is not the remote's own, as far as that can be known, has an effect; all streams of
//! the remote stand on one line by its sender reports, and so do ours; what is kept has a bound.

mod config;
mod control;
mod inbound;
mod latch;
mod medium;
mod outbound;
mod protection;

pub use config::{FeedbackKinds, Keys, MediumConfig, Ntp, PayloadType, Remote, SessionConfig};
pub use inbound::{InboundStats, Received};
pub use outbound::OutboundStats;
pub use protection::{MasterKey, ProtectionError, Suite};

use medium::{Medium, Taken};
use std::net::SocketAddr;
use trellis_media::{Codec, Kind, MediaTime, RtpPacket, SourceClock};

/// Which of a section's two ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// Media.
    Rtp,
    /// Reports.
    Rtcp,
}

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// The section whose port it goes out from.
    pub kind: Kind,
    /// The port.
    pub component: Component,
    /// Where to.
    pub to: SocketAddr,
    /// What.
    pub bytes: Vec<u8>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum SessionEvent {
    /// A packet of media came, in order of arrival.
    Media(Kind, Received),
    /// The remote wants a key picture.
    KeyframeWanted,
    /// The most that the remote can take, in bits a second.
    Bandwidth(u64),
    /// Packets of the remote come now, media or reports, or have ceased: it said farewell, or was silent.
    Flowing {
        /// Of this kind.
        kind: Kind,
        /// Whether they come.
        flowing: bool,
    },
    /// A key of this section will soon have protected as many packets as it may.
    KeyEndsSoon(Kind),
    /// What comes is not protected by the key that the remote's description has.
    WrongKey(Kind),
}

/// See the module.
pub struct Session {
    media: Vec<Medium>,
    clock: SourceClock,
}

impl Session {
    /// A session of these sections, one of a kind at most.
    ///
    /// # Errors
    /// When there is no protection as it was agreed on.
    pub fn new(config: &SessionConfig, media: Vec<MediumConfig>) -> Result<Session, ProtectionError> {
        let media = media.into_iter().map(|medium| Medium::new(medium, config)).collect::<Result<_, _>>()?;
        Ok(Session { media, clock: SourceClock::new() })
    }

    fn medium(&mut self, kind: Kind) -> Option<&mut Medium> {
        self.media.iter_mut().find(|medium| medium.kind == kind)
    }

    /// A datagram came to a port.
    pub fn handle(
        &mut self,
        to: (Kind, Component),
        from: SocketAddr,
        datagram: &[u8],
        now: MediaTime,
    ) -> Vec<SessionEvent> {
        let mut events = Vec::new();
        let mut taken = Taken { events: &mut events, now, clock: &mut self.clock };
        if let Some(medium) = self.media.iter_mut().find(|medium| medium.kind == to.0) {
            medium.take(to.1, from, datagram, &mut taken);
        }
        events
    }

    /// A packet to be sent, with its time on our clock; whether it will be.
    pub fn push(&mut self, kind: Kind, codec: Codec, (packet, time): (&RtpPacket, MediaTime), now: MediaTime) -> bool {
        self.medium(kind).is_some_and(|medium| medium.push(codec, packet, time, now))
    }

    /// Asks the remote for a key picture.
    pub fn request_keyframe(&mut self, now: MediaTime) {
        if let Some(video) = self.medium(Kind::Video) {
            video.request_keyframe(now);
        }
    }

    /// Whether the remote sends this kind of media.
    pub fn receives(&self, kind: Kind) -> bool {
        self.media.iter().any(|medium| medium.kind == kind && medium.receives())
    }

    /// Whether the remote sends video and can be asked for key pictures.
    pub fn hears_requests(&self) -> bool {
        self.media.iter().any(Medium::hears_requests)
    }

    /// Tells the remote how much video it may send, in bits a second.
    pub fn limit_video(&mut self, bits: u64, now: MediaTime) {
        if let Some(video) = self.medium(Kind::Video) {
            video.limit(bits, now);
        }
    }

    /// When something is to be done next.
    pub fn due(&self) -> Option<MediaTime> {
        self.media.iter().filter_map(Medium::due).min()
    }

    /// Does what is due.
    pub fn tick(&mut self, now: MediaTime) -> Vec<SessionEvent> {
        let mut events = Vec::new();
        for medium in &mut self.media {
            medium.tick(now, &mut events);
        }
        events
    }

    /// Tells the remote that we are gone.
    pub fn farewell(&mut self, now: MediaTime) {
        for medium in &mut self.media {
            medium.farewell(now);
        }
    }

    /// Takes what is to be sent; the vector is emptied first, and its memory kept.
    pub fn take_waiting(&mut self, out: &mut Vec<Datagram>) {
        out.clear();
        for medium in &mut self.media {
            out.append(&mut medium.waiting);
        }
    }

    /// What has been counted of what came; with the key pictures that were asked for.
    pub fn received(&self) -> Vec<(Kind, InboundStats, u64)> {
        let of = |medium: &Medium| {
            let (kind, asked) = (medium.kind, medium.picture_losses);
            medium.inbound.stats().map(move |stats| (kind, stats, asked)).collect::<Vec<_>>()
        };
        self.media.iter().flat_map(of).collect()
    }

    /// What has been counted of what went out.
    pub fn sent(&self) -> Vec<(Kind, OutboundStats)> {
        self.media.iter().map(|medium| (medium.kind, medium.outbound.stats)).collect()
    }
}

#[cfg(test)]
mod tests;
