//! Moves one session on: its timers, what it has to send, and what it has to tell.

use crate::feedback::Feedback;
use crate::network::Port;
use crate::observer::{CandidatePair, ConnectionState, IceState, MediaState, PeerObserver, PeerState, Received};
use crate::outbound::Outbound;
use crate::reports;
use crate::session::{STREAM, Session};
use rtc::data_channel::RTCDataChannelId;
use rtc::peer_connection::event::{RTCDataChannelEvent, RTCPeerConnectionEvent};
use rtc::peer_connection::message::RTCMessage;
use rtc::peer_connection::state::{RTCIceConnectionState, RTCPeerConnectionState};
use rtc::peer_connection::transport::{
    RTCDtlsTransport, RTCDtlsTransportState, RTCIceCandidatePair, RTCIceCandidateType,
};
use rtc::rtcp::source_description::{SdesType, SourceDescription, SourceDescriptionChunk, SourceDescriptionItem};
use rtc::sansio::Protocol;
use std::net::SocketAddr;
use std::time::Instant;
use trellis_media::{DataMessage, Kind};

/// Channels that the remote may have open at once.
const MOST_CHANNELS: usize = 256;

/// Addresses of the remote that a peer sends to.
const MOST_DESTINATIONS: usize = 64;

/// What the observer is told once the session is unlocked.
pub enum Report {
    Keyframe(Kind),
    Bandwidth(Kind, u64),
    State(PeerState),
    Pair(CandidatePair),
    Opened(u16, String),
    Closed(u16),
    Message(u16, DataMessage),
}

/// All that one turn has to tell.
#[derive(Default)]
pub struct Reports {
    audio: Vec<Received>,
    video: Vec<Received>,
    others: Vec<Report>,
}

impl Reports {
    fn media(&mut self, change: Option<MediaState>) {
        self.others.extend(change.map(|state| Report::State(PeerState::Media(state))));
    }

    /// Tells the observer. Nothing of the peer may be locked.
    pub fn deliver(self, observer: &dyn PeerObserver) {
        for report in self.others {
            match report {
                Report::Keyframe(kind) => observer.keyframe_requested(kind),
                Report::Bandwidth(kind, bits) => observer.bandwidth(kind, bits),
                Report::State(state) => observer.state(state),
                Report::Pair(pair) => observer.pair_selected(pair),
                Report::Opened(channel, label) => observer.data_opened(channel, &label),
                Report::Closed(channel) => observer.data_closed(channel),
                Report::Message(channel, message) => observer.data_message(channel, message),
            }
        }
        for (kind, packets) in [(Kind::Audio, self.audio), (Kind::Video, self.video)] {
            if !packets.is_empty() {
                observer.media(kind, &packets);
            }
        }
    }
}

impl Session {
    /// Sends what is waiting. The port learns the destinations, so that what they send back finds its way.
    pub fn transmit(&mut self, port: &Port) {
        let mut send = |bytes: &[u8], size, count, remote| port.send(bytes, size, count, remote);
        while let Some(out) = self.rtc.poll_write() {
            let remote = out.transport.peer_addr;
            if !self.destinations.contains(&remote) && self.destinations.len() < MOST_DESTINATIONS {
                self.destinations.push(remote);
                port.table.lock().expect(self.fragment(), remote);
            }
            match self.relayed.filter(|relayed| *relayed == out.transport.local_addr) {
                Some(relayed) => port.send_relayed(relayed, &out.message, out.message.len(), remote),
                None => self.run.add(&out.message, remote, &mut send),
            }
        }
        self.run.finish(&mut send);
    }

    /// Sends the packets that were pushed into one of our streams; how many were dropped, because there is no way.
    pub fn flush(&mut self, kind: Kind, port: &Port) -> usize {
        let Session { outbound, path, connected, .. } = self;
        let Some(outbound) = outbound[usize::from(kind == Kind::Video)].as_mut() else { return 0 };
        if !*connected || !path.is_open() {
            return outbound.discard();
        }
        let mut send = sending(port, path.relayed);
        outbound.flush(path, &mut send);
        0
    }

    /// Whether anything of a kind has been sent.
    pub fn has_sent(&self, kind: Kind) -> bool {
        self.outbound(kind).is_some_and(|outbound| outbound.stats.packets > 0)
    }

    /// Tells the remote when what we send was sampled, if that is due: when a stream begins, as RFC 3550 section 6.2
    /// allows between two parties, and then regularly.
    pub fn report(&mut self, now: Instant) {
        if !self.connected || self.next_report > now {
            return;
        }
        self.next_report = now + reports::INTERVAL;
        self.inbound.interval();
        let Session { rtc, outbound, anchor, clock, .. } = self;
        for outbound in outbound.iter_mut().flatten() {
            let Some(report) = outbound.report(anchor, clock, now) else { continue };
            let Some(mut sender) = rtc.rtp_sender(outbound.sender) else { continue };
            let names = description(report.ssrc);
            if let Err(error) = sender.write_rtcp(now, vec![Box::new(report), Box::new(names)]) {
                tracing::debug!(%error, "sender report not written");
            }
        }
    }

    /// Asks for what is missing; whether there was any.
    pub fn ask(&mut self, now: Instant) -> bool {
        let remotes = self.outbound.iter().flatten().filter_map(|outbound| outbound.stats.remote);
        let round_trip = remotes.filter_map(|remote| remote.round_trip).max();
        self.inbound.ask(&mut self.rtc, now, round_trip)
    }

    /// ICE may have chosen another pair.
    pub fn choose_path(&mut self) {
        let pair = self.selected();
        self.path.remote = pair.as_ref().and_then(|pair| {
            let remote = pair.remote();
            Some(SocketAddr::new(remote.address.parse().ok()?, remote.port))
        });
        let through_server = pair.is_some_and(|pair| pair.local().typ == RTCIceCandidateType::Relay);
        self.path.relayed = self.relayed.filter(|_| through_server);
    }

    /// Collects everything that there is to tell.
    pub fn collect(&mut self, port: &Port, now: Instant, reports: &mut Reports) {
        let arrival = (port.clock)();
        while let Some(event) = self.rtc.poll_event() {
            self.event(event, reports);
        }
        for feedback in self.feedback.take() {
            self.hears(now, reports);
            self.feedback(feedback, port, now, reports);
        }
        while let Some(message) = self.rtc.poll_read() {
            match message.message {
                RTCMessage::RtpPacket(_, packet) => {
                    self.hears(now, reports);
                    if let Some(received) = self.inbound.packet(packet, arrival, now) {
                        let video = received.codec.kind() == Kind::Video;
                        if video { &mut reports.video } else { &mut reports.audio }.push(received);
                    }
                }
                RTCMessage::DataChannelMessage(id, message) => {
                    if let Some((_, channel)) = self.channels.iter().find(|(known, _)| *known == id) {
                        let message = DataMessage { text: message.is_string, data: message.data.freeze() };
                        reports.others.push(Report::Message(*channel, message));
                    }
                }
                _ => {}
            }
        }
        let change = if self.connected { self.hearing.passed(now) } else { self.hearing.ended() };
        reports.media(change);
    }

    /// RTP or RTCP has come.
    fn hears(&mut self, now: Instant, reports: &mut Reports) {
        if self.connected {
            reports.media(self.hearing.came(now));
        }
    }

    fn feedback(&mut self, feedback: Feedback, port: &Port, now: Instant, reports: &mut Reports) {
        let Session { outbound, path, clock, inbound, available, connected, hearing, .. } = self;
        match feedback {
            Feedback::PictureLoss { ssrc } => {
                if let Some(outbound) = ours(outbound, ssrc) {
                    outbound.stats.picture_losses += 1;
                    reports.others.push(Report::Keyframe(outbound.kind()));
                }
            }
            Feedback::FullIntra { ssrc } => {
                if let Some(outbound) = ours(outbound, ssrc) {
                    outbound.stats.full_intra_requests += 1;
                    reports.others.push(Report::Keyframe(outbound.kind()));
                }
            }
            Feedback::Lost { ssrc, first, following } => {
                if let Some(outbound) = ours(outbound, ssrc).filter(|_| *connected) {
                    outbound.stats.nacks += 1;
                    let mut send = sending(port, path.relayed);
                    outbound.lost(first, following, now, path, &mut send);
                }
            }
            Feedback::Reception(reception) => {
                if let Some(outbound) = ours(outbound, reception.ssrc) {
                    outbound.reception(reception, clock, now);
                }
            }
            Feedback::Bandwidth { bits } => {
                *available = Some(bits);
                reports.others.push(Report::Bandwidth(Kind::Video, bits));
            }
            Feedback::SenderReport { ssrc, clock } => inbound.sender_report(ssrc, clock),
            Feedback::Goodbye { ssrc } => {
                if inbound.goodbye(ssrc) {
                    reports.media(hearing.ended());
                }
            }
        }
    }

    fn event(&mut self, event: RTCPeerConnectionEvent, reports: &mut Reports) {
        match event {
            RTCPeerConnectionEvent::OnIceConnectionStateChangeEvent(state) => {
                let Some(state) = ice_state(state) else { return };
                reports.others.push(Report::State(PeerState::Ice(state)));
                if state == IceState::Connected {
                    self.choose_path();
                    reports.others.extend(self.pair().map(Report::Pair));
                }
            }
            RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) => {
                let Some(state) = connection_state(state) else { return };
                self.connected = state == ConnectionState::Connected;
                if self.connected {
                    self.open_path();
                }
                reports.others.push(Report::State(PeerState::Connection(state)));
            }
            RTCPeerConnectionEvent::OnDataChannel(event) => self.channel(event, reports),
            _ => {}
        }
    }

    fn channel(&mut self, event: RTCDataChannelEvent, reports: &mut Reports) {
        match event {
            RTCDataChannelEvent::OnOpen(id) => self.channel_opened(id, reports),
            RTCDataChannelEvent::OnClose(id) => {
                if let Some(place) = self.channels.iter().position(|(known, _)| *known == id) {
                    let (_, channel) = self.channels.swap_remove(place);
                    reports.others.push(Report::Closed(channel));
                }
            }
            _ => {}
        }
    }

    fn channel_opened(&mut self, id: RTCDataChannelId, reports: &mut Reports) {
        let Some(channel) = self.rtc.data_channel(id) else { return };
        let (Some(stream), label) = (channel.stream_id(), channel.label().to_owned()) else { return };
        if self.channels.len() < MOST_CHANNELS && !self.channels.iter().any(|(known, _)| *known == id) {
            self.channels.push((id, stream));
            reports.others.push(Report::Opened(stream, label));
        }
    }

    /// The pair that ICE has chosen.
    pub fn selected(&mut self) -> Option<RTCIceCandidatePair> {
        self.with_transport(|transport| transport.ice_transport().get_selected_candidate_pair()).flatten()
    }

    /// Every sender has the same transport: all media is bundled.
    fn with_transport<T>(&mut self, read: impl FnOnce(RTCDtlsTransport<'_>) -> T) -> Option<T> {
        let sender = self.rtc.get_senders().next();
        match sender {
            Some(sender) => self.rtc.rtp_sender(sender)?.transport().map(read),
            None => self.rtc.sctp().map(|sctp| read(sctp.transport())),
        }
    }

    /// The remote may have closed the connection. In the W3C's terms it stays connected as long as ICE is, so that
    /// webrtc-rs tells nobody.
    pub fn hear_end(&mut self, reports: &mut Reports) {
        let state = self.with_transport(|transport| transport.state());
        if self.connected && state == Some(RTCDtlsTransportState::Closed) {
            self.connected = false;
            reports.others.push(Report::State(PeerState::Connection(ConnectionState::Closed)));
        }
    }

    fn pair(&mut self) -> Option<CandidatePair> {
        let pair = self.selected()?;
        let text = |candidate: &rtc::peer_connection::transport::RTCIceCandidate| candidate.to_json().ok();
        Some(CandidatePair { local: text(pair.local())?.candidate, remote: text(pair.remote())?.candidate })
    }

    /// When the session has to be driven again.
    pub fn due(&mut self) -> Option<Instant> {
        let report = self.connected.then_some(self.next_report);
        self.rtc.poll_timeout().into_iter().chain(report).chain(self.inbound.due()).min()
    }
}

/// Sends media from the port, or from our address at a TURN server.
fn sending(port: &Port, relayed: Option<SocketAddr>) -> impl FnMut(&[u8], usize, usize, SocketAddr) + '_ {
    move |bytes, size, count, remote| match relayed {
        Some(relayed) => port.send_relayed(relayed, bytes, size, remote),
        None => port.send(bytes, size, count, remote),
    }
}

/// The stream of ours that a remote speaks of.
fn ours(outbound: &mut [Option<Outbound>; 2], ssrc: u32) -> Option<&mut Outbound> {
    outbound.iter_mut().flatten().find(|outbound| outbound.ssrc == ssrc)
}

/// The name that all streams of a peer share (RFC 3550 section 6.5.1).
fn description(ssrc: u32) -> SourceDescription {
    let name = SourceDescriptionItem { sdes_type: SdesType::SdesCname, text: STREAM.into() };
    SourceDescription { chunks: vec![SourceDescriptionChunk { source: ssrc, items: vec![name] }] }
}

fn ice_state(state: RTCIceConnectionState) -> Option<IceState> {
    match state {
        RTCIceConnectionState::New => Some(IceState::New),
        RTCIceConnectionState::Checking => Some(IceState::Checking),
        RTCIceConnectionState::Connected => Some(IceState::Connected),
        RTCIceConnectionState::Completed => Some(IceState::Completed),
        RTCIceConnectionState::Disconnected => Some(IceState::Disconnected),
        RTCIceConnectionState::Failed => Some(IceState::Failed),
        RTCIceConnectionState::Closed => Some(IceState::Closed),
        _ => None,
    }
}

fn connection_state(state: RTCPeerConnectionState) -> Option<ConnectionState> {
    match state {
        RTCPeerConnectionState::New => Some(ConnectionState::New),
        RTCPeerConnectionState::Connecting => Some(ConnectionState::Connecting),
        RTCPeerConnectionState::Connected => Some(ConnectionState::Connected),
        RTCPeerConnectionState::Disconnected => Some(ConnectionState::Disconnected),
        RTCPeerConnectionState::Failed => Some(ConnectionState::Failed),
        RTCPeerConnectionState::Closed => Some(ConnectionState::Closed),
        _ => None,
    }
}
