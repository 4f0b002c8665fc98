//! WebRtcEndpoint.

use super::element::{ElementCore, ElementObject};
use super::pipeline::{Listener, PipelineObject};
use crate::pads::pad;
use crate::webrtc_endpoint::{self, Negotiated};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use trellis_graph::{ElementId, Notice, Request, WeakPipeline};
use trellis_media::{DataMessage, Format, Item, Kind, Payload};
use trellis_model::{Args, Class, EventSink, NewObject, Remote, RemoteError, Value};
use trellis_webrtc::{
    CandidatePair, ConnectionState, IceCandidate, IceState, OfferOptions, Peer, PeerConfig, PeerObserver, PeerState,
    Received, SdpError,
};

/// An endpoint's object: a peer of the network, and the node that feeds it.
pub(crate) struct WebRtcObject {
    core: ElementCore,
    peer: Peer,
}

impl WebRtcObject {
    pub fn new(pipeline: &Arc<PipelineObject>, args: &Args, new: NewObject) -> Result<Arc<WebRtcObject>, RemoteError> {
        let network = pipeline.media.open_network().map_err(RemoteError::not_enough_resources)?;
        let key = pipeline.graph().add(webrtc_endpoint::element("WebRtcEndpoint"));
        let events = new.events.clone();
        let core = ElementCore::new(pipeline, key, new);
        let observer = Arc::new(Watcher {
            pipeline: pipeline.graph().downgrade(),
            key,
            events,
            connected: AtomicBool::new(false),
        });
        let data_channels = args.bool_or("useDataChannels", false)?;
        let config = PeerConfig { data_channels, ..PeerConfig::default() };
        let peer = network.peer(config, observer).map_err(RemoteError::unexpected)?;
        let object = Arc::new(WebRtcObject { core, peer });
        object.core.adopt(&object);
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
        self.peer
            .local_description()
            .map(Value::from)
            .ok_or_else(|| RemoteError::no_local_sdp("No local session descriptor yet"))
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
        self.peer.gather_candidates().map_err(RemoteError::gather_candidates)?;
        Ok(Value::Null)
    }

    pub fn request_keyframe(&self) -> Value {
        self.peer.request_keyframe();
        Value::Null
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
    connected: AtomicBool,
}

impl Watcher {
    fn connection(&self, connected: bool) {
        let before = self.connected.swap(connected, Ordering::AcqRel);
        if before == connected {
            return;
        }
        let name = |connected| Value::from(if connected { "CONNECTED" } else { "DISCONNECTED" });
        for event in ["ConnectionStateChanged", "MediaStateChanged"] {
            self.events.raise(event, [("oldState", name(before)), ("newState", name(connected))]);
        }
    }
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

    fn state(&self, state: PeerState) {
        match state {
            PeerState::Ice(state) => {
                let name = match state {
                    IceState::New | IceState::Disconnected | IceState::Closed => "DISCONNECTED",
                    IceState::Checking => "CONNECTING",
                    IceState::Connected => "CONNECTED",
                    IceState::Completed => "READY",
                    IceState::Failed => "FAILED",
                };
                let fields = [("streamId", Value::Int(1)), ("componentId", Value::Int(1)), ("state", name.into())];
                self.events.raise("IceComponentStateChanged", fields);
            }
            PeerState::Connection(state) => self.connection(state == ConnectionState::Connected),
        }
    }

    fn candidate(&self, candidate: IceCandidate) {
        let fields = [
            ("candidate", candidate.candidate.into()),
            ("sdpMid", candidate.sdp_mid.into()),
            ("sdpMLineIndex", Value::Int(candidate.sdp_m_line_index.into())),
        ];
        self.events.raise("IceCandidateFound", [("candidate", Value::record("IceCandidate", fields))]);
    }

    fn gathering_done(&self) {
        self.events.raise("IceGatheringDone", []);
    }

    fn pair_selected(&self, pair: CandidatePair) {
        let fields = [
            ("streamID", Value::Text("1".into())),
            ("componentID", Value::Int(1)),
            ("localCandidate", pair.local.into()),
            ("remoteCandidate", pair.remote.into()),
        ];
        let pair = Value::record("IceCandidatePair", fields);
        self.events.raise("NewCandidatePairSelected", [("candidatePair", pair)]);
    }

    fn data_opened(&self, channel: u16, _label: &str) {
        self.events.raise("DataChannelOpened", [("channelId", Value::Int(channel.into()))]);
    }

    fn data_closed(&self, channel: u16) {
        self.events.raise("DataChannelClosed", [("channelId", Value::Int(channel.into()))]);
    }

    fn data_message(&self, _channel: u16, message: DataMessage) {
        self.pipeline.turn(|turn| {
            turn.set_format(self.key, pad(Kind::Data), Format::data());
            let item = Item { time: turn.now(), payload: Payload::Data(message) };
            turn.emit(self.key, pad(Kind::Data), item);
        });
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
            "requestKeyframe" => Ok(self.request_keyframe()),
            _ => return self.core.invoke(operation, args),
        })
    }

    fn close(&self) {
        self.core.close();
        self.peer.close();
    }
}
