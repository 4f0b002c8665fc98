//! A peer in its owner's hands.

use crate::counters::{add, count};
use crate::link::Link;
use crate::network::Network;
use crate::session::Session;
use crate::{
    DataChannelOptions, GatherOptions, IceCandidate, NegotiatedMedia, OfferOptions, PeerError, PeerStats, SdpError,
};
use bytes::BytesMut;
use rtc::data_channel::{RTCDataChannelId, RTCDataChannelInit};
use std::sync::Arc;
use std::time::Instant;
use trellis_media::{Codec, DataMessage, Kind, MediaTime, RtpPacket};

/// Bytes that may wait in a data channel before messages are dropped.
const CHANNEL_BACKLOG: usize = 4 * 1024 * 1024;

/// One WebRTC connection. A clone is another handle; when the last one goes, the connection is closed.
#[derive(Clone)]
pub struct Peer(Arc<Owned>);

struct Owned {
    link: Arc<Link>,
    /// The port stays open as long as it has a peer.
    _network: Network,
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.link.close();
    }
}

impl Peer {
    pub(crate) fn new(link: Arc<Link>, network: Network) -> Peer {
        Peer(Arc::new(Owned { link, _network: network }))
    }

    /// Answers an offer. A peer negotiates once.
    pub fn process_offer(&self, sdp: &str) -> Result<String, SdpError> {
        self.process_offer_preferring(sdp, None)
    }

    /// Answers an offer so that the remote sends this codec, when it offers it: it sends what the answer lists first
    /// (RFC 3264 section 7).
    pub fn process_offer_preferring(&self, sdp: &str, codec: Option<Codec>) -> Result<String, SdpError> {
        self.0.link.lock().answer(sdp, codec, Instant::now())
    }

    /// The codecs of a kind that an offer has and this peer takes, in the order of the remote's preference.
    pub fn offered(&self, sdp: &str, kind: Kind) -> Vec<Codec> {
        self.0.link.lock_quietly().offered(sdp, kind)
    }

    /// Makes an offer.
    pub fn create_offer(&self, options: OfferOptions) -> Result<String, SdpError> {
        self.0.link.lock().offer(options, Instant::now())
    }

    /// Takes the answer to the offer; the local description comes back.
    pub fn process_answer(&self, sdp: &str) -> Result<String, SdpError> {
        self.0.link.lock().accept(sdp, Instant::now())
    }

    /// Our description with the candidates that have been gathered.
    pub fn local_description(&self) -> Option<String> {
        self.0.link.lock_quietly().local_description()
    }

    /// The remote's description.
    pub fn remote_description(&self) -> Option<String> {
        self.0.link.lock_quietly().remote_description()
    }

    /// A candidate of the remote. One that comes before its description is kept.
    pub fn add_candidate(&self, candidate: IceCandidate) -> Result<(), PeerError> {
        let mut session = self.0.link.lock();
        if session.closed {
            return Err(PeerError::Closed);
        }
        session.candidate(candidate).map_err(|error| PeerError::Candidate(error.to_string()))
    }

    /// Takes our candidates and tells the observer each of them, and that there are no more, before it returns.
    pub fn gather_candidates(&self) -> Result<(), PeerError> {
        self.gather_candidates_with(&GatherOptions::default())
    }

    /// The same, as the options wish. Where servers are asked, the observer hears of their answers and of the end of
    /// gathering later, on the thread `webrtc-io`; within 3.5 s, when they say nothing.
    pub fn gather_candidates_with(&self, options: &GatherOptions) -> Result<(), PeerError> {
        let link = &self.0.link;
        let setup = |error: rtc::shared::error::Error| PeerError::Setup(error.to_string());
        let candidates = link.port.addresses.candidates(&options.interfaces).map_err(setup)?;
        if candidates.is_empty() {
            let names = options.interfaces.join(", ");
            return Err(PeerError::Setup(format!("no address for peers on the network interfaces {names}")));
        }
        let own = {
            let mut session = link.lock();
            if session.closed {
                return Err(PeerError::Closed);
            }
            session.asked = usize::from(options.stun_server.is_some()) + usize::from(options.turn_server.is_some());
            session.gather(&candidates).map_err(setup)?
        };
        for candidate in own {
            link.observer().candidate(candidate);
        }
        if options.stun_server.is_none() && options.turn_server.is_none() {
            link.observer().gathering_done();
        }
        if options.stun_server.is_some_and(|server| !link.port.ask_seen(server)) {
            link.gathered(None);
        }
        if options.turn_server.as_ref().is_some_and(|server| !link.port.ask_relayed(server)) {
            link.gathered(None);
        }
        Ok(())
    }

    /// What was negotiated for audio or video; `None` before, and for what is not there.
    pub fn media(&self, kind: Kind) -> Option<NegotiatedMedia> {
        self.0.link.lock_quietly().media(kind)
    }

    /// Where media for the remote is pushed; `None` when the remote takes none of this kind.
    pub fn leg(&self, kind: Kind) -> Option<SendLeg> {
        let link = &self.0.link;
        let sends = link.lock_quietly().media(kind).is_some_and(|media| !media.send_codecs.is_empty());
        sends.then(|| SendLeg { link: Arc::clone(link), kind })
    }

    /// Asks the remote for a key picture.
    pub fn request_keyframe(&self) {
        let mut session = self.0.link.lock();
        if session.connected {
            let session = &mut *session;
            session.inbound.request_keyframe(&mut session.rtc, Instant::now());
        }
    }

    /// Asks the remote to send no more video than this.
    pub fn limit_received(&self, bits_per_second: u64) {
        let mut session = self.0.link.lock();
        if session.connected {
            let session = &mut *session;
            session.inbound.tell_limit(&mut session.rtc, bits_per_second, Instant::now());
        }
    }

    /// Sends a message on every open data channel.
    pub fn broadcast_data(&self, message: &DataMessage) {
        let mut session = self.0.link.lock();
        let channels = session.channels.clone();
        for (id, _) in channels {
            self.send_on(&mut session, id, message);
        }
    }

    /// What has been counted.
    pub fn stats(&self) -> PeerStats {
        self.0.link.lock_quietly().stats(Instant::now())
    }

    /// Ends the connection.
    pub fn close(&self) {
        self.0.link.close();
    }
}

/// Data channels.
impl Peer {
    /// Opens a data channel; the observer hears when it is open. It is refused while nothing has been negotiated.
    pub fn create_data_channel(&self, options: &DataChannelOptions) -> Result<(), PeerError> {
        let mut session = self.0.link.lock();
        if session.closed {
            return Err(PeerError::Closed);
        }
        if session.remote_description().is_none() {
            return Err(PeerError::Setup("a data channel before the descriptions".to_owned()));
        }
        let init = RTCDataChannelInit {
            ordered: options.ordered,
            max_packet_life_time: options.max_packet_life_time,
            max_retransmits: options.max_retransmits,
            protocol: options.protocol.clone(),
            ..RTCDataChannelInit::default()
        };
        let made = session.rtc.create_data_channel(&options.label, Some(init));
        made.map(|_| ()).map_err(|error| PeerError::Setup(error.to_string()))
    }

    /// Closes an open data channel, by its stream number; whether there was one. The observer hears when it is closed.
    pub fn close_data_channel(&self, channel: u16) -> bool {
        let mut session = self.0.link.lock();
        let Some(id) = id_of(&session, channel) else { return false };
        session.rtc.data_channel(id).is_some_and(|mut channel| channel.close().is_ok())
    }

    /// Sends a message on one data channel; whether it was taken.
    pub fn send_data(&self, channel: u16, message: &DataMessage) -> bool {
        let mut session = self.0.link.lock();
        let id = id_of(&session, channel);
        id.is_some_and(|id| self.send_on(&mut session, id, message))
    }

    /// Bytes of an open data channel that the remote has not acknowledged yet.
    pub fn buffered_data(&self, channel: u16) -> Option<usize> {
        let mut session = self.0.link.lock_quietly();
        let id = id_of(&session, channel)?;
        Some(session.rtc.data_channel(id)?.outstanding_bytes())
    }

    /// A message that is not taken is counted.
    fn send_on(&self, session: &mut Session, id: RTCDataChannelId, message: &DataMessage) -> bool {
        let Some(mut channel) = session.rtc.data_channel(id) else { return false };
        let now = Instant::now();
        let sent = match std::str::from_utf8(&message.data) {
            _ if channel.outstanding_bytes() > CHANNEL_BACKLOG => false,
            Ok(text) if message.text => channel.send_text(now, text).is_ok(),
            _ => channel.send(now, BytesMut::from(&message.data[..])).is_ok(),
        };
        if !sent {
            count(&self.0.link.port.counters.data_dropped);
        }
        sent
    }
}

fn id_of(session: &Session, channel: u16) -> Option<RTCDataChannelId> {
    session.channels.iter().find(|(_, stream)| *stream == channel).map(|(id, _)| *id)
}

/// Where media for the remote is pushed. A clone pushes into the same stream.
#[derive(Clone)]
pub struct SendLeg {
    link: Arc<Link>,
    kind: Kind,
}

impl SendLeg {
    /// Adds a packet to the stream, which gets identity, payload type and numbers of its own. Dropped and counted
    /// while the peer is not connected, and when the codec was not negotiated.
    pub fn push(&self, codec: Codec, packet: &RtpPacket, time: MediaTime) {
        let mut session = self.link.lock_quietly();
        let session = &mut *session;
        let mut full = false;
        let outbound = session.outbound[usize::from(self.kind == Kind::Video)].as_mut().filter(|_| session.connected);
        let pushed = outbound.is_some_and(|outbound| {
            let pushed = outbound.push(codec, packet, time);
            full = outbound.is_full();
            pushed
        });
        if !pushed {
            count(&self.link.port.counters.media_dropped);
        }
        if full {
            session.flush(self.kind, &self.link.port);
        }
    }

    /// Sends what was pushed.
    pub fn flush(&self) {
        let (dropped, begins) = {
            let mut session = self.link.lock_quietly();
            let began = session.has_sent(self.kind);
            let dropped = session.flush(self.kind, &self.link.port);
            (dropped, !began && session.has_sent(self.kind))
        };
        add(&self.link.port.counters.media_dropped, dropped);
        if begins {
            // A receiver cannot put sound and pictures together before it has a report of both.
            self.link.lock().next_report = Instant::now();
        }
    }
}
