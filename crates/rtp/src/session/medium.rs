//! One media section of a session: its ports, its keys, its streams.

use super::config::{FeedbackKinds, MediumConfig, PayloadType, SessionConfig};
use super::control::{self, Feedback};
use super::inbound::{Inbound, Received};
use super::latch::{Latch, Proof};
use super::outbound::{Keep, Outbound};
use super::protection::{Opener, ProtectionError, Sealer};
use super::{Component, Datagram, SessionEvent};
use crate::{WireError, parse_rtcp, parse_rtp};
use rtc_rtcp::packet::Packet;
use std::net::SocketAddr;
use trellis_media::{Codec, Kind, MediaTime, RtpPacket, SourceClock};

/// Between two reports (RFC 3550 section 6.2, for few members).
const REPORT_INTERVAL: MediaTime = MediaTime::from_secs(1);
/// After so long without a packet the remote is gone.
const SILENCE: MediaTime = MediaTime::from_secs(5);
/// So many packets that are not authentic, and none that is: the keys do not fit.
const MISFITS: u32 = 50;
/// A remote that cannot ask for key pictures gets one this often: it may have come late, or lost something.
const REFRESH: MediaTime = MediaTime::from_secs(4);
/// Datagrams that wait to be sent; more are dropped.
const MOST_WAITING: usize = 1_024;

/// What has come, and what that means for the owner.
pub struct Taken<'a> {
    pub events: &'a mut Vec<SessionEvent>,
    pub now: MediaTime,
    /// The remote's clock, which all its streams share.
    pub clock: &'a mut SourceClock,
}

pub struct Medium {
    pub kind: Kind,
    receive: Vec<PayloadType>,
    feedback: FeedbackKinds,
    remote: Option<super::Remote>,
    muxed: bool,
    rtp: Latch,
    rtcp: Latch,
    security: Option<(Opener, Sealer)>,
    pub inbound: Inbound,
    pub outbound: Outbound,
    pub waiting: Vec<Datagram>,
    /// When the last packet came, while the remote is there.
    heard: Option<MediaTime>,
    misfits: u32,
    next_report: Option<MediaTime>,
    /// When a key picture is wanted though nobody asks.
    next_refresh: Option<MediaTime>,
    full_intra_number: u8,
    cname: String,
    ntp: super::Ntp,
    pub picture_losses: u64,
}

impl Medium {
    pub fn new(config: MediumConfig, session: &SessionConfig) -> Result<Medium, ProtectionError> {
        let keys = config.keys;
        let security = keys.map(|keys| Ok((Opener::new(keys.theirs)?, Sealer::new(&keys.ours)?))).transpose()?;
        let keep = if config.feedback.nack && config.kind == Kind::Video { Keep::Packets } else { Keep::Nothing };
        let seed = session.seed ^ (u64::from(config.ssrc) << 16 | u64::from(config.ssrc) >> 3);
        Ok(Medium {
            kind: config.kind,
            receive: config.receive,
            feedback: config.feedback,
            rtp: Latch::new(config.remote.map(|remote| remote.rtp.ip())),
            rtcp: Latch::new(config.remote.map(|remote| remote.rtcp.ip())),
            remote: config.remote,
            muxed: config.muxed,
            security,
            inbound: Inbound::default(),
            outbound: Outbound::new(config.ssrc, config.send, seed, keep),
            waiting: Vec::new(),
            heard: None,
            misfits: 0,
            next_report: None,
            next_refresh: None,
            full_intra_number: 0,
            cname: session.cname.clone(),
            ntp: session.ntp_at_zero,
            picture_losses: 0,
        })
    }

    /// Where our packets go: where the description says, or else where the remote's come from.
    fn destination(&self, component: Component) -> Option<SocketAddr> {
        let latched = || match component {
            Component::Rtp => self.rtp.address(),
            Component::Rtcp if self.muxed => self.rtp.address(),
            // Nothing of RTCP has come yet: it is on the port after that of RTP (RFC 3550 section 11).
            Component::Rtcp => self.rtcp.address().or_else(|| {
                let rtp = self.rtp.address()?;
                Some(SocketAddr::new(rtp.ip(), rtp.port().checked_add(1)?))
            }),
        };
        let described = |remote: super::Remote| match component {
            Component::Rtp => remote.rtp,
            Component::Rtcp => remote.rtcp,
        };
        self.remote.map(described).or_else(latched)
    }

    fn send(&mut self, component: Component, bytes: Vec<u8>) {
        if let Some(to) = self.destination(component).filter(|_| self.waiting.len() < MOST_WAITING) {
            let component = if self.muxed { Component::Rtp } else { component };
            self.waiting.push(Datagram { kind: self.kind, component, to, bytes });
        }
    }

    /// A packet of the pipeline; whether it will be sent.
    pub fn push(&mut self, codec: Codec, packet: &RtpPacket, time: MediaTime, now: MediaTime) -> bool {
        if self.destination(Component::Rtp).is_none() || self.waiting.len() >= MOST_WAITING {
            return false;
        }
        let Some((sequence, plain)) = self.outbound.packet(codec, packet, time) else { return false };
        let sealed = match &mut self.security {
            Some((_, sealer)) => sealer.rtp(&plain).map(Vec::from),
            None => Some(plain),
        };
        let Some(bytes) = sealed else { return false };
        self.outbound.sent(sequence, &bytes, now);
        self.send(Component::Rtp, bytes);
        // The first report goes out with the first packet, so that streams are put together from the start.
        self.next_report.get_or_insert(now);
        if self.kind == Kind::Video && !self.feedback.picture_loss && !self.feedback.full_intra {
            self.next_refresh.get_or_insert(now + REFRESH);
        }
        true
    }

    /// A datagram of the remote, or of somebody else.
    pub fn take(&mut self, component: Component, from: SocketAddr, datagram: &[u8], taken: &mut Taken<'_>) {
        // RFC 5761 section 4: the types of RTCP, wherever it comes.
        if matches!(datagram.get(1), Some(192..=223)) {
            let component = if self.muxed { Component::Rtp } else { component };
            self.take_rtcp(component, from, datagram, taken);
        } else if component == Component::Rtp {
            self.take_rtp(from, datagram, taken);
        }
    }

    fn take_rtp(&mut self, from: SocketAddr, datagram: &[u8], taken: &mut Taken<'_>) {
        let opened;
        let (plain, proof) = match &mut self.security {
            None => (datagram, Proof::None),
            Some((opener, _)) => match opener.rtp(datagram) {
                Some(packet) => {
                    opened = packet;
                    if opener.ends_soon() {
                        taken.events.push(SessionEvent::KeyEndsSoon(self.kind));
                    }
                    (&opened[..], Proof::Authentic)
                }
                None => return self.misfit(taken),
            },
        };
        let Some((packet, payload_type)) = self.known(parse_rtp(plain)) else { return };
        let unknown = self.destination(Component::Rtp).is_none();
        if !self.rtp.admits(from, taken.now, proof) {
            return;
        }
        if unknown && self.kind == Kind::Video {
            // From here on packets reach the remote: it needs something to begin with.
            taken.events.push(SessionEvent::KeyframeWanted);
        }
        self.misfits = 0;
        self.hear(taken);
        let received = self.inbound.packet(packet, payload_type, taken.now, taken.clock);
        taken.events.extend(received.map(|received: Received| SessionEvent::Media(self.kind, received)));
    }

    fn known(&self, packet: Result<RtpPacket, WireError>) -> Option<(RtpPacket, PayloadType)> {
        let packet = packet.ok()?;
        let payload_type = self.receive.iter().find(|known| known.number == packet.payload_type)?;
        Some((packet, *payload_type))
    }

    /// Counts a packet that is not authentic, while none has been.
    fn misfit(&mut self, taken: &mut Taken<'_>) {
        if self.rtp.address().is_none() && self.misfits < MISFITS {
            self.misfits += 1;
            if self.misfits == MISFITS {
                taken.events.push(SessionEvent::WrongKey(self.kind));
            }
        }
    }

    /// Media of the remote came, or its reports.
    fn hear(&mut self, taken: &mut Taken<'_>) {
        if self.heard.replace(taken.now).is_none() {
            taken.events.push(SessionEvent::Flowing { kind: self.kind, flowing: true });
        }
        self.next_report.get_or_insert(taken.now + REPORT_INTERVAL);
    }

    fn cease(&mut self, events: &mut Vec<SessionEvent>) {
        if self.heard.take().is_some() {
            events.push(SessionEvent::Flowing { kind: self.kind, flowing: false });
        }
    }

    fn take_rtcp(&mut self, component: Component, from: SocketAddr, datagram: &[u8], taken: &mut Taken<'_>) {
        let opened;
        let (plain, proof) = match &mut self.security {
            None => (datagram, Proof::None),
            Some((opener, _)) => match opener.rtcp(datagram) {
                Some(packet) => {
                    opened = packet;
                    (&opened[..], Proof::Authentic)
                }
                None => return,
            },
        };
        let Ok(blocks) = parse_rtcp(plain) else { return };
        // Reports come from where media comes from, once that is known.
        let stranger = self.rtp.address().is_some_and(|rtp| rtp.ip() != from.ip()) && proof == Proof::None;
        let latch = if component == Component::Rtp { &mut self.rtp } else { &mut self.rtcp };
        if stranger || !latch.admits(from, taken.now, proof) {
            return;
        }
        self.hear(taken);
        for block in &blocks {
            control::read(block.as_ref(), &mut |feedback| self.obey(feedback, taken));
        }
    }

    fn obey(&mut self, feedback: Feedback<'_>, taken: &mut Taken<'_>) {
        let ours = self.outbound.stats.ssrc;
        match feedback {
            Feedback::SenderReport { ssrc, ntp, timestamp } => {
                self.inbound.sender_report(ssrc, ntp, timestamp, taken.now);
            }
            Feedback::Reception(report) => self.outbound.heard(report, taken.now, self.ntp),
            // Some senders leave the source open.
            Feedback::PictureLoss(ssrc) if self.kind == Kind::Video && (ssrc == ours || ssrc == 0) => {
                self.outbound.stats.picture_losses += 1;
                taken.events.push(SessionEvent::KeyframeWanted);
            }
            Feedback::FullIntra(ssrc) if self.kind == Kind::Video && (ssrc == ours || ssrc == 0) => {
                self.outbound.stats.full_intras += 1;
                taken.events.push(SessionEvent::KeyframeWanted);
            }
            Feedback::PictureLoss(_) | Feedback::FullIntra(_) => {}
            Feedback::Bandwidth(bits) => taken.events.push(SessionEvent::Bandwidth(bits)),
            Feedback::Lost { ssrc, first, following } if ssrc == ours => {
                self.outbound.stats.nacks += 1;
                self.send_again(first, following, taken.now);
            }
            Feedback::Lost { .. } => {}
            Feedback::Farewell(ssrcs) => {
                self.inbound.ended(ssrcs);
                if self.inbound.newest().is_none() {
                    self.cease(taken.events);
                }
            }
        }
    }

    /// RFC 4585 section 6.2.1: a packet, and a bit for each of the sixteen after it.
    fn send_again(&mut self, first: u16, following: u16, now: MediaTime) {
        let bits = u32::from(following) << 1 | 1;
        for offset in (0..17u16).filter(|offset| bits >> offset & 1 == 1) {
            if let Some(bytes) = self.outbound.again(first.wrapping_add(offset), now) {
                self.send(Component::Rtp, bytes);
            }
        }
    }

    /// Whether the remote can be asked for key pictures.
    pub fn hears_requests(&self) -> bool {
        self.kind == Kind::Video && !self.receive.is_empty() && (self.feedback.picture_loss || self.feedback.full_intra)
    }

    /// Whether the remote sends in this section.
    pub fn receives(&self) -> bool {
        !self.receive.is_empty()
    }

    /// Asks the remote for a key picture: by PLI, or by FIR where only that was agreed on.
    pub fn request_keyframe(&mut self, now: MediaTime) {
        let Some(theirs) = self.inbound.newest().filter(|_| self.hears_requests()) else { return };
        let ours = self.outbound.stats.ssrc;
        let request = if self.feedback.picture_loss {
            control::picture_loss(ours, theirs)
        } else {
            self.full_intra_number = self.full_intra_number.wrapping_add(1);
            control::full_intra(ours, theirs, self.full_intra_number)
        };
        self.picture_losses += 1;
        self.send_rtcp(now, vec![request]);
    }

    /// Tells the remote how much it may send, where that was agreed on.
    pub fn limit(&mut self, bits: u64, now: MediaTime) {
        if let Some(theirs) = self.inbound.newest().filter(|_| self.feedback.bandwidth) {
            let limit = control::bandwidth(self.outbound.stats.ssrc, theirs, bits);
            self.send_rtcp(now, vec![limit]);
        }
    }

    /// When something is to be done next.
    pub fn due(&self) -> Option<MediaTime> {
        let silence = self.heard.map(|heard| heard + SILENCE);
        self.next_report.into_iter().chain(self.next_refresh).chain(silence).min()
    }

    /// Does what is due.
    pub fn tick(&mut self, now: MediaTime, events: &mut Vec<SessionEvent>) {
        if self.heard.is_some_and(|heard| now - heard >= SILENCE) {
            self.cease(events);
        }
        if self.next_refresh.is_some_and(|due| due <= now) {
            // The next packet sets the next time.
            self.next_refresh = None;
            events.push(SessionEvent::KeyframeWanted);
        }
        if self.next_report.is_some_and(|due| due <= now) {
            self.next_report = Some(now + REPORT_INTERVAL);
            self.outbound.measure(now);
            self.send_rtcp(now, Vec::new());
        }
        if let Some((_, sealer)) = &mut self.security
            && sealer.ends_soon()
        {
            events.push(SessionEvent::KeyEndsSoon(self.kind));
        }
    }

    /// Says that we are gone (RFC 3550 section 6.6).
    pub fn farewell(&mut self, now: MediaTime) {
        if self.next_report.is_some() {
            self.send_rtcp(now, vec![control::farewell(self.outbound.stats.ssrc)]);
        }
    }

    /// A compound packet: a report and our name, as RFC 3550 section 6.1 wants them first, and what else is to be said.
    fn send_rtcp(&mut self, now: MediaTime, rest: Vec<Box<dyn Packet>>) {
        let reports = self.inbound.reports(now);
        let ssrc = self.outbound.stats.ssrc;
        let report = control::report(ssrc, self.outbound.report(now, self.ntp), reports);
        let Some(plain) = control::write(report, ssrc, &self.cname, rest) else { return };
        let sealed = match &mut self.security {
            Some((_, sealer)) => sealer.rtcp(&plain).map(Vec::from),
            None => Some(plain),
        };
        if let Some(bytes) = sealed {
            self.send(Component::Rtcp, bytes);
        }
    }
}
