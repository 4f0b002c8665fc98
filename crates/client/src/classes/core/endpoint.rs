//! Module `core`, part `endpoint`.
//!
//! Made from the declarations of the remote classes: `trellis model rust core/endpoint`.

use super::{Endpoint, MediaObject, Tag};
use trellis_client::generated::*;

/// What an offer asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OfferOptions {
    /// Whether it has sound. Left out, it is `true`.
    pub offer_to_receive_audio: Option<bool>,
    /// Whether it has pictures. Left out, it is `true`.
    pub offer_to_receive_video: Option<bool>,
}

impl ToWire for OfferOptions {
    fn to_wire(&self) -> Json {
        record("kurento", "OfferOptions", vec![
            ("offerToReceiveAudio", self.offer_to_receive_audio.to_wire()),
            ("offerToReceiveVideo", self.offer_to_receive_video.to_wire()),
        ])
    }
}

impl FromWire for OfferOptions {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<OfferOptions, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(OfferOptions {
            offer_to_receive_audio: fields.get("offerToReceiveAudio")?,
            offer_to_receive_video: fields.get("offerToReceiveVideo")?,
        })
    }
}

/// A codec and how it is used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CodecConfiguration {
    /// The codec, as descriptions have it: `VP8/90000`.
    pub name: Option<String>,
    /// Parameters of the codec, by name.
    pub properties: Option<BTreeMap<String, String>>,
}

impl FromWire for CodecConfiguration {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<CodecConfiguration, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(CodecConfiguration {
            name: fields.get("name")?,
            properties: fields.get("properties")?,
        })
    }
}

/// Constants of an estimator of bandwidth. Only `rembOnConnect` has an effect: receivers' own estimates are used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RembParams {
    /// Packets that losses are counted over. Left out, it is `100`.
    pub packets_recv_interval_top: Option<i32>,
    /// How fast the estimate grows while nothing is lost, as a part of itself. Left out, it is `0.04`.
    pub exponential_factor: Option<f64>,
    /// The least growth near the threshold, in bits a second.
    pub lineal_factor_min: Option<i32>,
    /// Steps of growth between the threshold and the estimate. Left out, it is `30`.
    pub lineal_factor_grade: Option<f64>,
    /// What is left of the estimate when much is lost. Left out, it is `0.5`.
    pub decrement_factor: Option<f64>,
    /// What the threshold is of the bitrate when little is lost. Left out, it is `0.8`.
    pub threshold_factor: Option<f64>,
    /// Losses that are much, in 256ths. Left out, it is `12`.
    pub up_losses: Option<i32>,
    /// What the remote is taken to be able to receive until it says so itself, in bits a second. Left out, it is
    /// `300000`.
    pub remb_on_connect: Option<i32>,
}

impl ToWire for RembParams {
    fn to_wire(&self) -> Json {
        record("kurento", "RembParams", vec![
            ("packetsRecvIntervalTop", self.packets_recv_interval_top.to_wire()),
            ("exponentialFactor", self.exponential_factor.to_wire()),
            ("linealFactorMin", self.lineal_factor_min.to_wire()),
            ("linealFactorGrade", self.lineal_factor_grade.to_wire()),
            ("decrementFactor", self.decrement_factor.to_wire()),
            ("thresholdFactor", self.threshold_factor.to_wire()),
            ("upLosses", self.up_losses.to_wire()),
            ("rembOnConnect", self.remb_on_connect.to_wire()),
        ])
    }
}

impl FromWire for RembParams {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RembParams, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RembParams {
            packets_recv_interval_top: fields.get("packetsRecvIntervalTop")?,
            exponential_factor: fields.get("exponentialFactor")?,
            lineal_factor_min: fields.get("linealFactorMin")?,
            lineal_factor_grade: fields.get("linealFactorGrade")?,
            decrement_factor: fields.get("decrementFactor")?,
            threshold_factor: fields.get("thresholdFactor")?,
            up_losses: fields.get("upLosses")?,
            remb_on_connect: fields.get("rembOnConnect")?,
        })
    }
}

/// What an endpoint with a URI does: nothing yet or no more, run, or stand still.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UriEndpointState {
    /// `STOP`.
    Stop,
    /// `START`.
    Start,
    /// `PAUSE`.
    Pause,
    /// A value that is not declared here.
    Unknown(String),
}

impl UriEndpointState {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            UriEndpointState::Stop => "STOP",
            UriEndpointState::Start => "START",
            UriEndpointState::Pause => "PAUSE",
            UriEndpointState::Unknown(name) => name,
        }
    }
}

impl ToWire for UriEndpointState {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for UriEndpointState {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<UriEndpointState, ClientError> {
        Ok(match text(json)? {
            "STOP" => UriEndpointState::Stop,
            "START" => UriEndpointState::Start,
            "PAUSE" => UriEndpointState::Pause,
            other => UriEndpointState::Unknown(other.to_owned()),
        })
    }
}

/// Whether media comes from a remote.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaState {
    /// `DISCONNECTED`.
    Disconnected,
    /// `CONNECTED`.
    Connected,
    /// A value that is not declared here.
    Unknown(String),
}

impl MediaState {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            MediaState::Disconnected => "DISCONNECTED",
            MediaState::Connected => "CONNECTED",
            MediaState::Unknown(name) => name,
        }
    }
}

impl ToWire for MediaState {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for MediaState {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<MediaState, ClientError> {
        Ok(match text(json)? {
            "DISCONNECTED" => MediaState::Disconnected,
            "CONNECTED" => MediaState::Connected,
            other => MediaState::Unknown(other.to_owned()),
        })
    }
}

/// Whether there is a way to a remote and back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionState {
    /// `DISCONNECTED`.
    Disconnected,
    /// `CONNECTED`.
    Connected,
    /// A value that is not declared here.
    Unknown(String),
}

impl ConnectionState {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            ConnectionState::Disconnected => "DISCONNECTED",
            ConnectionState::Connected => "CONNECTED",
            ConnectionState::Unknown(name) => name,
        }
    }
}

impl ToWire for ConnectionState {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for ConnectionState {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<ConnectionState, ClientError> {
        Ok(match text(json)? {
            "DISCONNECTED" => ConnectionState::Disconnected,
            "CONNECTED" => ConnectionState::Connected,
            other => ConnectionState::Unknown(other.to_owned()),
        })
    }
}

/// An endpoint starts, pauses or stops.
#[derive(Clone, Debug, PartialEq)]
pub struct UriEndpointStateChanged {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// What it does now.
    pub state: UriEndpointState,
}

impl Event for UriEndpointStateChanged {
    const NAME: &'static str = "UriEndpointStateChanged";

    fn of(fields: &Fields<'_>) -> Result<UriEndpointStateChanged, ClientError> {
        Ok(UriEndpointStateChanged {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            state: fields.get("state")?,
        })
    }
}

/// A session has ended: the remote is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaSessionTerminated {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
}

impl Event for MediaSessionTerminated {
    const NAME: &'static str = "MediaSessionTerminated";

    fn of(fields: &Fields<'_>) -> Result<MediaSessionTerminated, ClientError> {
        Ok(MediaSessionTerminated {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
        })
    }
}

/// A session has begun: both sides have agreed.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaSessionStarted {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
}

impl Event for MediaSessionStarted {
    const NAME: &'static str = "MediaSessionStarted";

    fn of(fields: &Fields<'_>) -> Result<MediaSessionStarted, ClientError> {
        Ok(MediaSessionStarted {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
        })
    }
}

/// Media begins or ceases to come from the remote.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaStateChanged {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// Whether it came before.
    pub old_state: MediaState,
    /// Whether it comes now.
    pub new_state: MediaState,
}

impl Event for MediaStateChanged {
    const NAME: &'static str = "MediaStateChanged";

    fn of(fields: &Fields<'_>) -> Result<MediaStateChanged, ClientError> {
        Ok(MediaStateChanged {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            old_state: fields.get("oldState")?,
            new_state: fields.get("newState")?,
        })
    }
}

/// The way to the remote is found or lost.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionStateChanged {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// Whether there was one before.
    pub old_state: ConnectionState,
    /// Whether there is one now.
    pub new_state: ConnectionState,
}

impl Event for ConnectionStateChanged {
    const NAME: &'static str = "ConnectionStateChanged";

    fn of(fields: &Fields<'_>) -> Result<ConnectionStateChanged, ClientError> {
        Ok(ConnectionStateChanged {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            old_state: fields.get("oldState")?,
            new_state: fields.get("newState")?,
        })
    }
}

/// An endpoint whose media is in a file or behind a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UriEndpoint(Endpoint);

impl Deref for UriEndpoint {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.0
    }
}

impl Class for UriEndpoint {
    const NAME: &'static str = "UriEndpoint";

    fn of(object: Object) -> UriEndpoint {
        UriEndpoint(Endpoint::of(object))
    }
}

impl ToWire for UriEndpoint {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for UriEndpoint {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<UriEndpoint, ClientError> {
        Object::from_wire(json, server).map(UriEndpoint::of)
    }
}

impl UriEndpoint {
    /// Stands still until it is started again.
    pub async fn pause(&self) -> Result<(), ClientError> {
        Object::call(self, "pause", vec![]).await
    }

    /// Ends. The answer does not wait until that is done.
    pub async fn stop(&self) -> Result<(), ClientError> {
        Object::call(self, "stop", vec![]).await
    }

    /// The file or URL. Without a scheme it is a file, below the folder that the server is configured with.
    pub async fn get_uri(&self) -> Result<String, ClientError> {
        Object::call(self, "getUri", vec![]).await
    }

    /// Whether it runs, stands or waits. At first it is `STOP`.
    pub async fn get_state(&self) -> Result<UriEndpointState, ClientError> {
        Object::call(self, "getState", vec![]).await
    }
}

/// An endpoint with a session that a remote begins and ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionEndpoint(Endpoint);

impl Deref for SessionEndpoint {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.0
    }
}

impl Class for SessionEndpoint {
    const NAME: &'static str = "SessionEndpoint";

    fn of(object: Object) -> SessionEndpoint {
        SessionEndpoint(Endpoint::of(object))
    }
}

impl ToWire for SessionEndpoint {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for SessionEndpoint {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<SessionEndpoint, ClientError> {
        Object::from_wire(json, server).map(SessionEndpoint::of)
    }
}

/// An endpoint that agrees with its remote by session descriptions (SDP), once in its life. Errors: 40201 for a
/// description that cannot be read, 40208 for a second negotiation, 40209 for an answer without an offer, 40202 and
/// 40203 for a description that is asked for and not there yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SdpEndpoint(SessionEndpoint);

impl Deref for SdpEndpoint {
    type Target = SessionEndpoint;

    fn deref(&self) -> &SessionEndpoint {
        &self.0
    }
}

impl Class for SdpEndpoint {
    const NAME: &'static str = "SdpEndpoint";

    fn of(object: Object) -> SdpEndpoint {
        SdpEndpoint(SessionEndpoint::of(object))
    }
}

impl ToWire for SdpEndpoint {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for SdpEndpoint {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<SdpEndpoint, ClientError> {
        Object::from_wire(json, server).map(SdpEndpoint::of)
    }
}

impl SdpEndpoint {
    /// Makes an offer for the remote.
    ///
    /// Gives: The offer.
    ///
    /// - `options`: What to ask for; sound and pictures when left out.
    pub async fn generate_offer(&self, options: Option<&OfferOptions>) -> Result<String, ClientError> {
        Object::call(self, "generateOffer", vec![("options", options.map(|it| it.to_wire()).into())]).await
    }

    /// Takes the remote's offer, and begins the session.
    ///
    /// Gives: The answer for the remote.
    ///
    /// - `offer`: The offer.
    pub async fn process_offer(&self, offer: &str) -> Result<String, ClientError> {
        Object::call(self, "processOffer", vec![("offer", offer.to_wire())]).await
    }

    /// Takes the remote's answer to our offer, and begins the session.
    ///
    /// Gives: Our description, as it is now.
    ///
    /// - `answer`: The answer.
    pub async fn process_answer(&self, answer: &str) -> Result<String, ClientError> {
        Object::call(self, "processAnswer", vec![("answer", answer.to_wire())]).await
    }

    /// Gives our description; error 40202 while there is none.
    ///
    /// Gives: The description.
    pub async fn get_local_session_descriptor(&self) -> Result<String, ClientError> {
        Object::call(self, "getLocalSessionDescriptor", vec![]).await
    }

    /// Gives the remote's description; error 40203 while there is none.
    ///
    /// Gives: The description.
    pub async fn get_remote_session_descriptor(&self) -> Result<String, ClientError> {
        Object::call(self, "getRemoteSessionDescriptor", vec![]).await
    }

    /// The most sound that the remote is asked to send, in kbit/s; 0 is no limit. It stands in the description, so it
    /// is set before there is one.
    pub async fn get_max_audio_recv_bandwidth(&self) -> Result<i32, ClientError> {
        Object::call(self, "getMaxAudioRecvBandwidth", vec![]).await
    }

    /// The most video that the remote is asked to send, in kbit/s; 0 is no limit. It stands in the description; what is
    /// set later is told over RTCP.
    pub async fn get_max_video_recv_bandwidth(&self) -> Result<i32, ClientError> {
        Object::call(self, "getMaxVideoRecvBandwidth", vec![]).await
    }

    /// The most sound that the remote is asked to send, in kbit/s; 0 is no limit. It stands in the description, so it
    /// is set before there is one.
    pub async fn set_max_audio_recv_bandwidth(&self, max_audio_recv_bandwidth: i32) -> Result<(), ClientError> {
        Object::call(self, "setMaxAudioRecvBandwidth", vec![
            ("maxAudioRecvBandwidth", max_audio_recv_bandwidth.to_wire()),
        ]).await
    }

    /// The most video that the remote is asked to send, in kbit/s; 0 is no limit. It stands in the description; what is
    /// set later is told over RTCP.
    pub async fn set_max_video_recv_bandwidth(&self, max_video_recv_bandwidth: i32) -> Result<(), ClientError> {
        Object::call(self, "setMaxVideoRecvBandwidth", vec![
            ("maxVideoRecvBandwidth", max_video_recv_bandwidth.to_wire()),
        ]).await
    }
}

/// An endpoint that sends and receives RTP.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseRtpEndpoint(SdpEndpoint);

impl Deref for BaseRtpEndpoint {
    type Target = SdpEndpoint;

    fn deref(&self) -> &SdpEndpoint {
        &self.0
    }
}

impl Class for BaseRtpEndpoint {
    const NAME: &'static str = "BaseRtpEndpoint";

    fn of(object: Object) -> BaseRtpEndpoint {
        BaseRtpEndpoint(SdpEndpoint::of(object))
    }
}

impl ToWire for BaseRtpEndpoint {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for BaseRtpEndpoint {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<BaseRtpEndpoint, ClientError> {
        Object::from_wire(json, server).map(BaseRtpEndpoint::of)
    }
}

impl BaseRtpEndpoint {
    /// Asks the remote for a keyframe; error 40111 when no video is received.
    pub async fn request_keyframe(&self) -> Result<(), ClientError> {
        Object::call(self, "requestKeyframe", vec![]).await
    }

    /// What the limit of received video is never below, in kbit/s.
    pub async fn get_min_video_recv_bandwidth(&self) -> Result<i32, ClientError> {
        Object::call(self, "getMinVideoRecvBandwidth", vec![]).await
    }

    /// What video is sent with at least, in kbit/s, however little the remote says it can take; 0 is no limit.
    pub async fn get_min_video_send_bandwidth(&self) -> Result<i32, ClientError> {
        Object::call(self, "getMinVideoSendBandwidth", vec![]).await
    }

    /// The most video that is sent, in kbit/s; 0 is no limit. A lower limit of the remote counts.
    pub async fn get_max_video_send_bandwidth(&self) -> Result<i32, ClientError> {
        Object::call(self, "getMaxVideoSendBandwidth", vec![]).await
    }

    /// Whether media comes from the remote.
    pub async fn get_media_state(&self) -> Result<MediaState, ClientError> {
        Object::call(self, "getMediaState", vec![]).await
    }

    /// Whether there is a way to the remote and back.
    pub async fn get_connection_state(&self) -> Result<ConnectionState, ClientError> {
        Object::call(self, "getConnectionState", vec![]).await
    }

    /// The largest RTP packet, in bytes; at first 1200. What is made here has never more than that, and what others
    /// made is not cut. Error 40107 outside 1 to 65507.
    pub async fn get_mtu(&self) -> Result<i32, ClientError> {
        Object::call(self, "getMtu", vec![]).await
    }

    /// How the remote's bandwidth is estimated.
    pub async fn get_remb_params(&self) -> Result<RembParams, ClientError> {
        Object::call(self, "getRembParams", vec![]).await
    }

    /// What the limit of received video is never below, in kbit/s.
    pub async fn set_min_video_recv_bandwidth(&self, min_video_recv_bandwidth: i32) -> Result<(), ClientError> {
        Object::call(self, "setMinVideoRecvBandwidth", vec![
            ("minVideoRecvBandwidth", min_video_recv_bandwidth.to_wire()),
        ]).await
    }

    /// What video is sent with at least, in kbit/s, however little the remote says it can take; 0 is no limit.
    pub async fn set_min_video_send_bandwidth(&self, min_video_send_bandwidth: i32) -> Result<(), ClientError> {
        Object::call(self, "setMinVideoSendBandwidth", vec![
            ("minVideoSendBandwidth", min_video_send_bandwidth.to_wire()),
        ]).await
    }

    /// The most video that is sent, in kbit/s; 0 is no limit. A lower limit of the remote counts.
    pub async fn set_max_video_send_bandwidth(&self, max_video_send_bandwidth: i32) -> Result<(), ClientError> {
        Object::call(self, "setMaxVideoSendBandwidth", vec![
            ("maxVideoSendBandwidth", max_video_send_bandwidth.to_wire()),
        ]).await
    }

    /// The largest RTP packet, in bytes; at first 1200. What is made here has never more than that, and what others
    /// made is not cut. Error 40107 outside 1 to 65507.
    pub async fn set_mtu(&self, mtu: i32) -> Result<(), ClientError> {
        Object::call(self, "setMtu", vec![("mtu", mtu.to_wire())]).await
    }

    /// How the remote's bandwidth is estimated.
    pub async fn set_remb_params(&self, remb_params: &RembParams) -> Result<(), ClientError> {
        Object::call(self, "setRembParams", vec![("rembParams", remb_params.to_wire())]).await
    }
}
