//! WebRtcEndpoint.

use super::element::{ElementCore, ElementObject, kind_of};
use super::pipeline::{Listener, PipelineObject};
use crate::pads::pad;
use crate::webrtc_endpoint::{self, Negotiated};
use parking_lot::Mutex;
use std::sync::{Arc, OnceLock, Weak};
use trellis_graph::{ElementId, Notice, Request, WeakPipeline};
use trellis_media::{Codec, Item, Kind, MediaTime, Payload};
use trellis_model::{Args, EventSink, RemoteError, Value};
use trellis_webrtc::{IceCandidate, OfferOptions, Peer, PeerConfig, PeerObserver, Received, SdpError};

/// An endpoint's object: a peer of the network, and the node that feeds it.
pub(crate) struct WebRtcObject {
    core: ElementCore,
    peer: Peer,
}

impl WebRtcObject {
    pub fn new(pipeline: &Arc<PipelineObject>, args: &Args, events: EventSink) -> Result<Arc<WebRtcObject>, RemoteError> {
        let network = pipeline.media.open_network().map_err(|error| RemoteError::not_enough_resources(error))?;
        let key = pipeline.graph().add(webrtc_endpoint::element("WebRtcEndpoint"));
        let core = ElementCore::new(pipeline, key, events.clone());
        let observer = Arc::new(Watcher { pipeline: pipeline.graph().downgrade(), key, events });
        let mut config = PeerConfig::default();
        config.data_channels = args.bool_or("useDataChannels", false)?;
        let peer = network.peer(config, observer).map_err(|error| RemoteError::unexpected(error))?;
        let object = Arc::new(WebRtcObject { core, peer });
        let listener: Arc<dyn Listener> = object.clone();
        pipeline.listen(key, Arc::downgrade(&listener));
        Ok(object)
    }

    pub fn process_offer(&self, args: &Args) -> Result<Value, RemoteError> {
        let answer = self.peer.process_offer(&args.text("offer")?).map_err(sdp_error)?;
        self.negotiated();
        Ok(answer.into())
    }

    pub fn generate_offer(&self, args: &Args) -> Result<Value, RemoteError> {
        let options = args.optional_record("options")?;
        let wants = |field: &str| options.as_ref().and_then(|options| options.bool(field)).unwrap_or(true);
        let options = OfferOptions { audio: wants("offerToReceiveAudio"), video: wants("offerToReceiveVideo") };
        Ok(self.peer.create_offer(options).map_err(sdp_error)?.into())
    }

    pub fn process_answer(&self, args: &Args) -> Result<Value, RemoteError> {
        let local = self.peer.process_answer(&args.text("answer")?).map_err(sdp_error)?;
        self.negotiated();
        Ok(local.into())
    }
}

impl WebRtcObject {
    /// The description says what may be sent: the node gets its legs, and its pads their caps.
    fn negotiated(&self) {
        let (key, peer) = (self.core.key, self.peer.clone());
        self.core.pipeline.graph().turn(|turn| {
            turn.command(key, Box::new(Negotiated(peer.clone())));
            for kind in [Kind::Audio, Kind::Video] {
                let codecs = peer.media(kind).map(|media| media.send_codecs).unwrap_or_default();
                turn.set_caps(key, pad(kind), webrtc_endpoint::caps_of(&codecs));
            }
        });
    }

    pub fn local_description(&self) -> Result<Value, RemoteError> {
        self.peer.local_description().map(Value::from).ok_or_else(|| RemoteError::no_local_sdp())
    }

    pub fn remote_description(&self) -> Result<Value, RemoteError> {
        self.peer.remote_description().map(Value::from).ok_or_else(|| RemoteError::no_remote_sdp())
    }

    pub fn add_candidate(&self, args: &Args) -> Result<Value, RemoteError> {
        let record = args.record("candidate")?;
        let candidate = IceCandidate {
            candidate: record.text("candidate").unwrap_or_default(),
            sdp_mid: record.text("sdpMid").unwrap_or_default(),
            sdp_m_line_index: record.int("sdpMLineIndex").and_then(|index| u16::try_from(index).ok()).unwrap_or(0),
        };
        self.peer.add_candidate(candidate).map_err(|error| RemoteError::add_candidate(error))?;
        Ok(Value::Null)
    }

    pub fn gather(&self) -> Result<Value, RemoteError> {
        self.peer.gather_candidates().map_err(|error| RemoteError::gather_candidates(error))?;
        Ok(Value::Null)
    }

    pub fn request_keyframe(&self) -> Value {
        self.peer.request_keyframe();
        Value::Null
    }
}

fn sdp_error(error: SdpError) -> RemoteError {
    match error {
        SdpError::AlreadyNegotiated => RemoteError::already_negotiated(),
        other => RemoteError::sdp_parse(other),
    }
}

impl ElementObject for WebRtcObject {
    fn core(&self) -> &ElementCore {
        &self.core
    }
}

impl Listener for WebRtcObject {
    fn notice(&self, notice: Notice) {
        self.core.notice(notice);
    }
}

/// Hears the peer on the I/O thread: media goes into the pipeline, the rest to the application.
struct Watcher {
    pipeline: WeakPipeline,
    key: ElementId,
    events: EventSink,
}

impl PeerObserver for Watcher {
    fn media(&self, kind: Kind, packets: &[Received]) {
        let Some(last) = packets.last() else { return };
        let format = webrtc_endpoint::format_of(last.codec);
        self.pipeline.turn(|turn| {
            turn.set_format(self.key, pad(kind), format);
            for received in packets {
                let payload = Payload::Rtp(received.packet.clone());
                turn.emit(self.key, pad(kind), Item { time: received.time, payload });
            }
        });
    }

    fn keyframe_requested(&self, kind: Kind) {
        self.pipeline.turn(|turn| turn.request(self.key, pad(kind), Request::Keyframe));
    }

    fn bandwidth(&self, kind: Kind, bits_per_second: u64) {
        self.pipeline.turn(|turn| turn.request(self.key, pad(kind), Request::Bitrate(bits_per_second)));
    }
}
