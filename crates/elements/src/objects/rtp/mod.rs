//! RtpEndpoint.

mod crypto;
mod negotiation;
mod states;
mod stats;
mod watcher;

use super::bitrates::Bitrates;
use super::element::{ElementCore, ElementObject, kinds_of};
use super::limits::Limits;
use super::pipeline::PipelineObject;
use super::settings::Settings;
use crate::pads::pad;
use crate::rtp_endpoint::{self, Family, Negotiated, Transport, WantKeyframe, random};
use crate::webrtc_endpoint;
use negotiation::{Identity, Offer, Outcome};
use parking_lot::Mutex;
use states::States;
use std::sync::{Arc, OnceLock, Weak};
use trellis_graph::NodeError;
use trellis_media::{Codec, Kind};
use trellis_model::{Args, Class, EventSink, NewObject, Remote, RemoteError, Value};
use trellis_rtp::session::{Session, SessionConfig};
use watcher::Watcher;

/// An endpoint's object: a session once descriptions are exchanged, and the node that feeds it.
pub(crate) struct RtpObject {
    core: ElementCore,
    identity: Identity,
    stage: Mutex<Stage>,
    shared: Arc<Shared>,
}

/// What the object and the watcher on the RTP thread both need.
struct Shared {
    events: EventSink,
    states: States,
    limits: Limits,
    settings: Mutex<Settings>,
    /// Set once the object is made.
    object: OnceLock<Weak<RtpObject>>,
}

/// How far the negotiation has come.
#[derive(Default)]
struct Stage {
    /// Ours, which has no answer yet.
    offer: Option<Offer>,
    done: Option<Done>,
    closed: bool,
}

struct Done {
    transport: Arc<Transport>,
    local: String,
    remote: String,
}

impl RtpObject {
    pub fn new(pipeline: &Arc<PipelineObject>, args: &Args, new: NewObject) -> Result<Arc<RtpObject>, RemoteError> {
        let key = crypto::key_of(args)?;
        let family = if args.bool_or("useIpv6", false)? { Family::V6 } else { Family::V4 };
        let events = new.events.clone();
        let core =
            ElementCore::add_accepting(pipeline, rtp_endpoint::element("RtpEndpoint"), new, rtp_endpoint::all_caps);
        let shared = Arc::new(Shared {
            states: States::new(events.clone()),
            events,
            limits: Limits::default(),
            settings: Mutex::default(),
            object: OnceLock::new(),
        });
        let identity = Identity::new(key, family);
        let object = Arc::new(RtpObject { core, identity, stage: Mutex::default(), shared });
        let _ = object.shared.object.set(Arc::downgrade(&object));
        object.core.adopt(&object);
        Ok(object)
    }

    pub fn process_offer(&self, args: &Args) -> Result<Value, RemoteError> {
        let offer = args.text("offer")?;
        let mut stage = self.stage.lock();
        stage.check_new()?;
        let outcome = negotiation::answer(&self.core.pipeline.media, &self.identity, &offer)?;
        self.negotiated(&mut stage, outcome, offer)
    }

    pub fn generate_offer(&self, args: &Args) -> Result<Value, RemoteError> {
        let options = args.optional_record("options")?;
        let wants = |field: &str| options.as_ref().and_then(|options| options.bool(field)).unwrap_or(true);
        let kinds = negotiation::kinds(wants("offerToReceiveAudio"), wants("offerToReceiveVideo"));
        let mut stage = self.stage.lock();
        stage.check_new()?;
        let offer = negotiation::offer(&self.core.pipeline.media, &self.identity, &kinds)?;
        let text = self.shared.limits.describe(&offer.local.to_string());
        stage.offer = Some(offer);
        Ok(text.into())
    }

    pub fn process_answer(&self, args: &Args) -> Result<Value, RemoteError> {
        let answer = args.text("answer")?;
        let mut stage = self.stage.lock();
        if stage.done.is_some() {
            return Err(already_negotiated());
        }
        let outcome = negotiation::accept(&self.identity, &mut stage.offer, &answer)?;
        self.negotiated(&mut stage, outcome, answer)
    }

    /// Both descriptions are there: the session begins. Our own comes back.
    fn negotiated(&self, stage: &mut Stage, outcome: Outcome, remote: String) -> Result<Value, RemoteError> {
        let Outcome { local, ports, media, lines, awaited } = outcome;
        let sends: Vec<(Kind, Vec<Codec>)> = [Kind::Audio, Kind::Video]
            .map(|kind| {
                let medium = media.iter().find(|medium| medium.kind == kind);
                let codecs = medium.map(|medium| medium.send.iter().map(|number| number.codec).collect());
                (kind, codecs.unwrap_or_default())
            })
            .into();
        let plane = &self.core.pipeline.media;
        let ntp_at_zero = Transport::ntp_at_zero(&*plane.clock);
        let config = SessionConfig { cname: self.identity.cname.clone(), ntp_at_zero, seed: random() };
        let session = Session::new(&config, media).map_err(RemoteError::unexpected)?;
        let receiver = plane.open_receiver().map_err(RemoteError::not_enough_resources)?;
        let pipeline = self.core.pipeline.graph().downgrade();
        let watcher = Arc::new(Watcher { pipeline, key: self.core.key, lines, shared: Arc::clone(&self.shared) });
        self.shared.limits.learn(&remote);
        // Before the first packet can come, which may complete what is awaited.
        self.shared.states.negotiated(&awaited);
        let transport = Transport::start((ports, session), Arc::clone(&plane.clock), receiver, watcher)
            .map_err(RemoteError::not_enough_resources)?;
        let text = self.shared.limits.describe(&local.to_string());
        stage.done = Some(Done { transport: Arc::clone(&transport), local: text.clone(), remote });
        self.begin(transport, sends);
        Ok(text.into())
    }

    /// The node gets its session, and its pads their caps.
    fn begin(&self, transport: Arc<Transport>, sends: Vec<(Kind, Vec<Codec>)>) {
        let caps: Vec<_> = sends
            .into_iter()
            .map(|(kind, codecs)| (kind, self.core.accept(kind, webrtc_endpoint::caps_of(&codecs))))
            .collect();
        self.core.pipeline.graph().turn(|turn| {
            turn.command(self.core.key, Box::new(Negotiated(transport)));
            for (kind, caps) in caps {
                turn.set_caps(self.core.key, pad(kind), caps);
            }
        });
        self.obey_limits();
        self.core.events.raise("MediaSessionStarted", []);
    }

    pub fn local_description(&self) -> Result<Value, RemoteError> {
        let stage = self.stage.lock();
        let offered = || stage.offer.as_ref().map(|offer| self.shared.limits.describe(&offer.local.to_string()));
        let local = stage.done.as_ref().map(|done| done.local.clone()).or_else(offered);
        local.map(Value::from).ok_or_else(|| RemoteError::no_local_sdp("No local session descriptor yet"))
    }

    pub fn remote_description(&self) -> Result<Value, RemoteError> {
        let stage = self.stage.lock();
        let remote = stage.done.as_ref().map(|done| done.remote.as_str().into());
        remote.ok_or_else(|| RemoteError::no_remote_sdp("No remote session descriptor yet"))
    }

    fn transport(&self) -> Option<Arc<Transport>> {
        self.stage.lock().done.as_ref().map(|done| Arc::clone(&done.transport))
    }

    /// `requestKeyframe`: of the remote, when it sends video and can be asked.
    pub fn request_keyframe(&self) -> Result<Value, RemoteError> {
        let transport = self.transport();
        let sends =
            |wanted: fn(&Session) -> bool| transport.as_ref().is_some_and(|way| way.with(|session| wanted(session)));
        if !sends(|session| session.receives(Kind::Video)) {
            return Err(RemoteError::not_supported("there is no remote that sends video here"));
        }
        if !sends(Session::hears_requests) {
            return Err(RemoteError::not_supported("the remote's description has no feedback by which to ask it"));
        }
        self.core.pipeline.graph().command(self.core.key, WantKeyframe);
        Ok(Value::Null)
    }

    fn stats(&self, args: &Args) -> Result<Value, RemoteError> {
        let kinds = kinds_of(args)?;
        let streams = self.transport().map(|way| way.with(|session| stats::streams(session, &kinds, &self.core.id)));
        let mut records = streams.unwrap_or_default();
        if let Value::Map(own) = self.core.endpoint_stats(args)? {
            records.extend(own);
        }
        Ok(Value::Map(records))
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

    /// Tells the remote how much video it may send, in bits a second.
    fn tell_limit(&self, bits: u64) {
        if let Some(transport) = self.transport() {
            transport.with(|session| session.limit_video(bits, self.core.pipeline.graph().now()));
        }
    }

    fn wrong_key(&self, kind: Kind) {
        let text = format_args!("the {kind} that comes is not protected by the key of the remote's description");
        self.core.error("SRTP_KEY_ERROR", &NodeError::new(text));
    }
}

fn already_negotiated() -> RemoteError {
    RemoteError::already_negotiated("Endpoint already negotiated")
}

impl Stage {
    fn check_new(&self) -> Result<(), RemoteError> {
        if self.offer.is_some() || self.done.is_some() || self.closed { Err(already_negotiated()) } else { Ok(()) }
    }
}

impl ElementObject for RtpObject {
    fn core(&self) -> &ElementCore {
        &self.core
    }

    fn video_bitrate(&self, source: &Bitrates) -> Option<u64> {
        let estimate = self.shared.limits.estimate().or_else(|| self.shared.settings.lock().first_estimate());
        self.shared.limits.within(source.wanted(estimate))
    }
}

impl Remote for RtpObject {
    fn class(&self) -> &'static Class {
        super::class("RtpEndpoint")
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        Some(match operation {
            "processOffer" => self.process_offer(args),
            "generateOffer" => self.generate_offer(args),
            "processAnswer" => self.process_answer(args),
            "getLocalSessionDescriptor" => self.local_description(),
            "getRemoteSessionDescriptor" => self.remote_description(),
            "getStats" => self.stats(args),
            "requestKeyframe" => self.request_keyframe(),
            _ => return self.property(operation, args).or_else(|| self.core.invoke(operation, args)),
        })
    }

    fn close(&self) {
        self.core.close();
        let done = {
            let mut stage = self.stage.lock();
            stage.closed = true;
            stage.offer = None;
            stage.done.take()
        };
        if let Some(done) = done {
            done.transport.close();
        }
    }
}

impl RtpObject {
    /// Does a getter or setter of the endpoint's own.
    fn property(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        let state = self.shared.states.invoke(operation).map(Ok);
        let done = state.or_else(|| self.limit(operation, args));
        done.or_else(|| self.shared.settings.lock().invoke(operation, args, &self.core.id))
    }
}
