//! WebRtcEndpoint.

mod channels;
mod direction;
mod ice;
mod report;
mod states;
mod stats;
mod watcher;

use super::bitrates::Bitrates;
use super::element::{ElementCore, ElementObject, kinds_of};
use super::limits::Limits;
use super::pipeline::PipelineObject;
use super::settings::Settings;
use crate::pads::pad;
use crate::webrtc_endpoint::{self, Negotiated, WantKeyframe};
use channels::Channels;
use direction::Direction;
use ice::Ice;
use parking_lot::Mutex;
use report::Report;
use states::States;
use stats::Counted;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use trellis_media::{Codec, Format, Kind};
use trellis_model::{Args, Class, NewObject, Remote, RemoteError, Value};
use trellis_webrtc::{IceCandidate, OfferOptions, Peer, PeerConfig, SdpError};
use watcher::Watcher;

/// An endpoint's object: a peer of the network, and the node that feeds it.
pub(crate) struct WebRtcObject {
    core: ElementCore,
    peer: Peer,
    shared: Arc<Shared>,
}

/// What the object and the watcher on the I/O thread both need.
struct Shared {
    /// Of what we offer.
    direction: Direction,
    offered: AtomicBool,
    limits: Limits,
    states: States,
    channels: Channels,
    settings: Mutex<Settings>,
    ice: Mutex<Ice>,
    /// Set once the object is made, which needs the peer, which needs the watcher.
    object: OnceLock<Weak<WebRtcObject>>,
}

impl WebRtcObject {
    pub fn new(pipeline: &Arc<PipelineObject>, args: &Args, new: NewObject) -> Result<Arc<WebRtcObject>, RemoteError> {
        let network = pipeline.media.open_network().map_err(RemoteError::not_enough_resources)?;
        let direction = Direction::of(args)?;
        if !matches!(&*args.text_or("qosDscp", "NO_VALUE")?, "NO_VALUE" | "NO_DSCP") {
            tracing::warn!(endpoint = %new.id, "qosDscp has no effect: all endpoints share one UDP port");
        }
        let (events, element) = (new.events.clone(), webrtc_endpoint::element("WebRtcEndpoint"));
        let core = ElementCore::add_accepting(pipeline, element, new, webrtc_endpoint::all_caps);
        let data_channels = args.bool_or("useDataChannels", false)?;
        let shared = Arc::new(Shared {
            direction,
            offered: AtomicBool::new(false),
            limits: Limits::default(),
            states: States::new(events.clone()),
            channels: Channels::new(data_channels, events.clone()),
            settings: Mutex::default(),
            ice: Mutex::new(Ice::new(&pipeline.media.settings.ice, &pipeline.media.settings.uris)),
            object: OnceLock::new(),
        });
        let pipeline = pipeline.graph().downgrade();
        let observer = Watcher { pipeline, key: core.key, events, shared: Arc::clone(&shared), told: Mutex::default() };
        let config = PeerConfig { data_channels, ..PeerConfig::default() };
        let peer = network.peer(config, Arc::new(observer)).map_err(|error| {
            core.close();
            RemoteError::not_enough_resources(error)
        })?;
        let object = Arc::new(WebRtcObject { core, peer, shared });
        let _ = object.shared.object.set(Arc::downgrade(&object));
        object.core.adopt(&object);
        Ok(object)
    }

    pub fn process_offer(&self, args: &Args) -> Result<Value, RemoteError> {
        let offer = args.text("offer")?;
        let answer = self.peer.process_offer_preferring(&offer, self.cheapest(&offer)).map_err(sdp_error)?;
        self.negotiated();
        Ok(self.described(&answer))
    }

    /// The codec of video that the remote had better send: of those that it offers, the one that makes what is
    /// connected already cheapest; its own first choice where that makes no difference.
    fn cheapest(&self, offer: &str) -> Option<Codec> {
        let codecs = self.peer.offered(offer, Kind::Video);
        let formats: Vec<Format> = codecs.iter().map(|codec| Format::rtp(*codec)).collect();
        let best = self.core.pipeline.graph().turn(|turn| turn.cheapest(self.core.key, pad(Kind::Video), &formats));
        codecs.get(best).copied()
    }

    pub fn generate_offer(&self, args: &Args) -> Result<Value, RemoteError> {
        let options = args.optional_record("options")?;
        let wants = |field: &str| options.as_ref().and_then(|options| options.bool(field)).unwrap_or(true);
        let options = OfferOptions { audio: wants("offerToReceiveAudio"), video: wants("offerToReceiveVideo") };
        let offer = self.peer.create_offer(options).map_err(sdp_error)?;
        self.shared.offered.store(true, Ordering::Release);
        Ok(self.described(&offer))
    }

    pub fn process_answer(&self, args: &Args) -> Result<Value, RemoteError> {
        let local = self.peer.process_answer(&args.text("answer")?).map_err(sdp_error)?;
        self.negotiated();
        Ok(self.described(&local))
    }

    /// A description of ours as the remote gets it.
    fn described(&self, description: &str) -> Value {
        let offered = self.shared.offered.load(Ordering::Acquire);
        let direction = if offered { self.shared.direction } else { Direction::Both };
        let description = direction.describe(description);
        let description = self.shared.ice.lock().describe(&description);
        self.shared.limits.describe(&description).into()
    }

    /// The descriptions say what may be sent: the node gets its legs, and its pads their caps.
    fn negotiated(&self) {
        let (key, peer) = (self.core.key, self.peer.clone());
        if let Some(remote) = peer.remote_description() {
            self.shared.limits.learn(&remote);
        }
        let caps = [Kind::Audio, Kind::Video].map(|kind| {
            let media = peer.media(kind);
            let codecs = media.map(|media| media.send_codecs).unwrap_or_default();
            (kind, self.core.accept(kind, webrtc_endpoint::caps_of(&codecs)))
        });
        self.core.pipeline.graph().turn(|turn| {
            turn.command(key, Box::new(Negotiated(peer.clone())));
            for (kind, caps) in caps {
                turn.set_caps(key, pad(kind), caps);
            }
        });
        self.obey_limits();
        self.core.events.raise("MediaSessionStarted", []);
        self.shared.channels.negotiated(&self.peer);
    }

    pub fn local_description(&self) -> Result<Value, RemoteError> {
        let local = self.peer.local_description();
        let missing = || RemoteError::no_local_sdp("No local session descriptor yet");
        Ok(self.described(&local.ok_or_else(missing)?))
    }

    pub fn remote_description(&self) -> Result<Value, RemoteError> {
        self.peer
            .remote_description()
            .map(Value::from)
            .ok_or_else(|| RemoteError::no_remote_sdp("No remote session descriptor yet"))
    }

    pub fn add_candidate(&self, args: &Args) -> Result<Value, RemoteError> {
        let record = args.record("candidate")?;
        let candidate = IceCandidate {
            candidate: record.text("candidate").unwrap_or_default(),
            sdp_mid: record.text("sdpMid").unwrap_or_default(),
            sdp_m_line_index: record.int("sdpMLineIndex").and_then(|index| u16::try_from(index).ok()).unwrap_or(0),
        };
        self.peer.add_candidate(candidate).map_err(RemoteError::add_candidate)?;
        Ok(Value::Null)
    }

    pub fn gather(&self) -> Result<Value, RemoteError> {
        let options = self.shared.ice.lock().gathering();
        self.shared.states.gathering();
        self.peer.gather_candidates_with(&options).map_err(RemoteError::gather_candidates)?;
        Ok(Value::Null)
    }

    /// Reads or sets a limit. An encoder that runs obeys at once; the remote is told while media comes from it.
    fn limit(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        let done = self.shared.limits.invoke(operation, args)?;
        if done.is_ok() && operation.starts_with("set") {
            self.obey_limits();
        }
        Some(done)
    }

    fn obey_limits(&self) {
        self.core.ask_feeding_encoder(|source| self.video_bitrate(source));
    }

    fn counted(&self) -> Counted {
        Counted { peer: self.peer.stats(), channels: self.shared.channels.totals() }
    }

    fn stats(&self, args: &Args) -> Result<Value, RemoteError> {
        let mut records = self.counted().records(&kinds_of(args)?, &self.core.id);
        if let Value::Map(own) = self.core.endpoint_stats(args)? {
            records.extend(own);
        }
        Ok(Value::Map(records))
    }

    /// `getRtcStats`, which is our own: what `getStats` says, as the W3C has it today.
    fn rtc_stats(&self, args: &Args) -> Result<Value, RemoteError> {
        let report = Report::new(&self.counted(), &kinds_of(args)?, self.shared.states.progress());
        Ok(report.text().into())
    }

    /// `requestKeyframe`: of the peer, when it sends video.
    pub fn request_keyframe(&self) -> Result<Value, RemoteError> {
        if !self.peer.media(Kind::Video).is_some_and(|video| video.receives) {
            return Err(RemoteError::not_supported("there is no remote that sends video here"));
        }
        self.core.pipeline.graph().command(self.core.key, WantKeyframe);
        Ok(Value::Null)
    }
}

fn sdp_error(error: SdpError) -> RemoteError {
    match error {
        SdpError::AlreadyNegotiated => RemoteError::already_negotiated("Endpoint already negotiated"),
        SdpError::NoOffer => RemoteError::not_offer_generated("There is no offer to answer"),
        other => RemoteError::sdp_parse(other),
    }
}

impl ElementObject for WebRtcObject {
    fn core(&self) -> &ElementCore {
        &self.core
    }

    fn video_bitrate(&self, source: &Bitrates) -> Option<u64> {
        let estimate = self.shared.limits.estimate().or_else(|| self.shared.settings.lock().first_estimate());
        self.shared.limits.within(source.wanted(estimate))
    }
}

impl Remote for WebRtcObject {
    fn class(&self) -> &'static Class {
        super::class("WebRtcEndpoint")
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        Some(match operation {
            "processOffer" => self.process_offer(args),
            "generateOffer" => self.generate_offer(args),
            "processAnswer" => self.process_answer(args),
            "getLocalSessionDescriptor" => self.local_description(),
            "getRemoteSessionDescriptor" => self.remote_description(),
            "addIceCandidate" => self.add_candidate(args),
            "gatherCandidates" => self.gather(),
            "getStats" => self.stats(args),
            "getRtcStats" => self.rtc_stats(args),
            "requestKeyframe" => self.request_keyframe(),
            "createDataChannel" => self.shared.channels.create(args, &self.peer),
            "closeDataChannel" => self.shared.channels.close(args, &self.peer),
            _ => return self.property(operation, args).or_else(|| self.core.invoke(operation, args)),
        })
    }

    fn close(&self) {
        self.core.close();
        self.peer.close();
    }
}

impl WebRtcObject {
    /// Does a getter or setter of the endpoint's own.
    fn property(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        let state = self.shared.states.invoke(operation).map(Ok);
        let done = state.or_else(|| self.limit(operation, args));
        let done = done.or_else(|| self.shared.settings.lock().invoke(operation, args, &self.core.id));
        done.or_else(|| self.shared.ice.lock().invoke(operation, args, &self.core.id))
    }
}
