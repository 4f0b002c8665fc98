//! WebRtcEndpoint.

use super::element::{ElementCore, ElementObject};
use super::pipeline::{Listener, PipelineObject};
use crate::pads::pad;
use crate::webrtc_endpoint::{self, Negotiated};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
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
    shared: Arc<Shared>,
}

/// What the object and the watcher on the I/O thread both need.
#[derive(Default)]
struct Shared {
    connected: AtomicBool,
    /// Limits of what is sent as video, in kbit/s; 0 is none.
    min_send: AtomicI64,
    max_send: AtomicI64,
    /// Limit of what the peer is asked to send, in kbit/s; 0 is none.
    max_receive: AtomicI64,
}

impl Shared {
    /// What a receiver's estimate means for an encoder, in bits a second.
    fn within_limits(&self, bits_per_second: u64) -> u64 {
        let bits = |limit: &AtomicI64| u64::try_from(limit.load(Ordering::Relaxed)).unwrap_or(0).saturating_mul(1_000);
        let (low, high) = (bits(&self.min_send), bits(&self.max_send));
        let high = if high == 0 { u64::MAX } else { high };
        bits_per_second.max(low).min(high)
    }

    fn connection(&self) -> &'static str {
        if self.connected.load(Ordering::Acquire) { "CONNECTED" } else { "DISCONNECTED" }
    }
}

impl WebRtcObject {
    pub fn new(pipeline: &Arc<PipelineObject>, args: &Args, new: NewObject) -> Result<Arc<WebRtcObject>, RemoteError> {
        let network = pipeline.media.open_network().map_err(RemoteError::not_enough_resources)?;
        let key = pipeline.graph().add(webrtc_endpoint::element("WebRtcEndpoint"));
        let events = new.events.clone();
        let core = ElementCore::new(pipeline, key, new);
        let shared = Arc::new(Shared::default());
        let pipeline_handle = pipeline.graph().downgrade();
        let observer = Arc::new(Watcher { pipeline: pipeline_handle, key, events, shared: Arc::clone(&shared) });
        let data_channels = args.bool_or("useDataChannels", false)?;
        let config = PeerConfig { data_channels, ..PeerConfig::default() };
        let peer = network.peer(config, observer).map_err(RemoteError::unexpected)?;
        let object = Arc::new(WebRtcObject { core, peer, shared });
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

    /// Sets a limit in kbit/s. An encoder that runs obeys at once; the peer is asked to keep to what it may send.
    fn limit(&self, args: &Args, name: &str, limit: &AtomicI64) -> Result<Value, RemoteError> {
        let kilobits = args.int(name)?;
        if kilobits < 0 {
            return Err(RemoteError::illegal_param(format_args!("{name} is a number of kbit/s, 0 for no limit")));
        }
        limit.store(kilobits, Ordering::Relaxed);
        let max_send = self.shared.max_send.load(Ordering::Relaxed);
        if max_send > 0 {
            let request = Request::Bitrate(self.shared.within_limits(u64::MAX));
            self.core.pipeline.graph().turn(|turn| turn.request(self.core.key, pad(Kind::Video), request));
        }
        let max_receive = u64::try_from(self.shared.max_receive.load(Ordering::Relaxed)).unwrap_or(0);
        if max_receive > 0 {
            self.peer.limit_received(max_receive.saturating_mul(1_000));
        }
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
    shared: Arc<Shared>,
}

impl Watcher {
    fn connection(&self, connected: bool) {
        let before = self.shared.connected.swap(connected, Ordering::AcqRel);
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
        let bits_per_second = self.shared.within_limits(bits_per_second);
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
            "getConnectionState" | "getMediaState" => Ok(self.shared.connection().into()),
            "getMinVideoSendBandwidth" => Ok(Value::Int(self.shared.min_send.load(Ordering::Relaxed))),
            "getMaxVideoSendBandwidth" => Ok(Value::Int(self.shared.max_send.load(Ordering::Relaxed))),
            "getMaxVideoRecvBandwidth" => Ok(Value::Int(self.shared.max_receive.load(Ordering::Relaxed))),
            "setMinVideoSendBandwidth" => self.limit(args, "minVideoSendBandwidth", &self.shared.min_send),
            "setMaxVideoSendBandwidth" => self.limit(args, "maxVideoSendBandwidth", &self.shared.max_send),
            "setMaxVideoRecvBandwidth" => self.limit(args, "maxVideoRecvBandwidth", &self.shared.max_receive),
            _ => return self.core.invoke(operation, args),
        })
    }

    fn close(&self) {
        self.core.close();
        self.peer.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_kept_within_the_limits_that_were_set() {
        let shared = Shared::default();
        assert_eq!(shared.within_limits(123), 123, "no limits at first");
        shared.min_send.store(100, Ordering::Relaxed);
        shared.max_send.store(500, Ordering::Relaxed);
        assert_eq!([50_000, 300_000, 9_000_000].map(|bits| shared.within_limits(bits)), [100_000, 300_000, 500_000]);
    }
}
