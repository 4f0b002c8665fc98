//! Module `elements`, part `webrtc`.
//!
//! Made from the declarations of the remote classes: `trellis model rust elements/webrtc`.

use trellis_client::classes::core::{BaseRtpEndpoint, MediaObject, MediaPipeline, MediaType, Tag};
use trellis_client::generated::*;

/// A candidate, as browsers have it: an address where a peer may be reached.
#[derive(Clone, Debug, PartialEq)]
pub struct IceCandidate {
    /// The candidate, as a description has it behind `a=` (RFC 8839 section 5.1); empty for the end of candidates.
    pub candidate: String,
    /// The `mid` of the section that it is for.
    pub sdp_mid: String,
    /// The number of that section, from 0.
    pub sdp_m_line_index: i32,
}

impl ToWire for IceCandidate {
    fn to_wire(&self) -> Json {
        record("kurento", "IceCandidate", vec![
            ("candidate", self.candidate.to_wire()),
            ("sdpMid", self.sdp_mid.to_wire()),
            ("sdpMLineIndex", self.sdp_m_line_index.to_wire()),
        ])
    }
}

impl FromWire for IceCandidate {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<IceCandidate, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(IceCandidate {
            candidate: fields.get("candidate")?,
            sdp_mid: fields.get("sdpMid")?,
            sdp_m_line_index: fields.get("sdpMLineIndex")?,
        })
    }
}

/// A pair of candidates that is in use.
#[derive(Clone, Debug, PartialEq)]
pub struct IceCandidatePair {
    /// The ICE stream.
    pub stream_id: String,
    /// Its component: 1, for RTP.
    pub component_id: i32,
    /// Our candidate.
    pub local_candidate: String,
    /// The remote's candidate.
    pub remote_candidate: String,
}

impl FromWire for IceCandidatePair {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<IceCandidatePair, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(IceCandidatePair {
            stream_id: fields.get("streamId")?,
            component_id: fields.get("componentId")?,
            local_candidate: fields.get("localCandidate")?,
            remote_candidate: fields.get("remoteCandidate")?,
        })
    }
}

/// How far ICE is.
#[derive(Clone, Debug, PartialEq)]
pub struct IceConnection {
    /// The ICE stream.
    pub stream_id: String,
    /// Its component: 1, for RTP.
    pub component_id: i32,
    /// How far it is.
    pub state: IceComponentState,
}

impl FromWire for IceConnection {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<IceConnection, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(IceConnection {
            stream_id: fields.get("streamId")?,
            component_id: fields.get("componentId")?,
            state: fields.get("state")?,
        })
    }
}

/// How far DTLS is.
#[derive(Clone, Debug, PartialEq)]
pub struct DtlsConnection {
    /// The ICE stream that it goes over.
    pub stream_id: String,
    /// Its component: 1, for RTP.
    pub component_id: String,
    /// The id of the connection.
    pub connection_id: String,
    /// How far it is.
    pub state: DtlsConnectionState,
}

impl FromWire for DtlsConnection {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<DtlsConnection, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(DtlsConnection {
            stream_id: fields.get("streamId")?,
            component_id: fields.get("componentId")?,
            connection_id: fields.get("connectionId")?,
            state: fields.get("state")?,
        })
    }
}

/// How far ICE is: `CONNECTED` when a pair works, `READY` when it is final.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IceComponentState {
    /// `DISCONNECTED`.
    Disconnected,
    /// `GATHERING`.
    Gathering,
    /// `CONNECTING`.
    Connecting,
    /// `CONNECTED`.
    Connected,
    /// `READY`.
    Ready,
    /// `FAILED`.
    Failed,
    /// A value that is not declared here.
    Unknown(String),
}

impl IceComponentState {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            IceComponentState::Disconnected => "DISCONNECTED",
            IceComponentState::Gathering => "GATHERING",
            IceComponentState::Connecting => "CONNECTING",
            IceComponentState::Connected => "CONNECTED",
            IceComponentState::Ready => "READY",
            IceComponentState::Failed => "FAILED",
            IceComponentState::Unknown(name) => name,
        }
    }
}

impl ToWire for IceComponentState {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for IceComponentState {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<IceComponentState, ClientError> {
        Ok(match text(json)? {
            "DISCONNECTED" => IceComponentState::Disconnected,
            "GATHERING" => IceComponentState::Gathering,
            "CONNECTING" => IceComponentState::Connecting,
            "CONNECTED" => IceComponentState::Connected,
            "READY" => IceComponentState::Ready,
            "FAILED" => IceComponentState::Failed,
            other => IceComponentState::Unknown(other.to_owned()),
        })
    }
}

/// How far DTLS is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DtlsConnectionState {
    /// `NEW`.
    New,
    /// `CLOSED`.
    Closed,
    /// `FAILED`.
    Failed,
    /// `CONNECTING`.
    Connecting,
    /// `CONNECTED`.
    Connected,
    /// A value that is not declared here.
    Unknown(String),
}

impl DtlsConnectionState {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            DtlsConnectionState::New => "NEW",
            DtlsConnectionState::Closed => "CLOSED",
            DtlsConnectionState::Failed => "FAILED",
            DtlsConnectionState::Connecting => "CONNECTING",
            DtlsConnectionState::Connected => "CONNECTED",
            DtlsConnectionState::Unknown(name) => name,
        }
    }
}

impl ToWire for DtlsConnectionState {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for DtlsConnectionState {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<DtlsConnectionState, ClientError> {
        Ok(match text(json)? {
            "NEW" => DtlsConnectionState::New,
            "CLOSED" => DtlsConnectionState::Closed,
            "FAILED" => DtlsConnectionState::Failed,
            "CONNECTING" => DtlsConnectionState::Connecting,
            "CONNECTED" => DtlsConnectionState::Connected,
            other => DtlsConnectionState::Unknown(other.to_owned()),
        })
    }
}

/// The kind of key in a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateKeyType {
    /// `RSA`.
    Rsa,
    /// `ECDSA`.
    Ecdsa,
    /// A value that is not declared here.
    Unknown(String),
}

impl CertificateKeyType {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            CertificateKeyType::Rsa => "RSA",
            CertificateKeyType::Ecdsa => "ECDSA",
            CertificateKeyType::Unknown(name) => name,
        }
    }
}

impl ToWire for CertificateKeyType {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for CertificateKeyType {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<CertificateKeyType, ClientError> {
        Ok(match text(json)? {
            "RSA" => CertificateKeyType::Rsa,
            "ECDSA" => CertificateKeyType::Ecdsa,
            other => CertificateKeyType::Unknown(other.to_owned()),
        })
    }
}

/// What packets say of their importance to routers (RFC 2474, RFC 8837, RFC 8622). `NO_VALUE` leaves it to the
/// configuration, `NO_DSCP` says nothing; the others are classes by their usual names, or by what they are for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DSCPValue {
    /// `NO_DSCP`.
    NoDscp,
    /// `NO_VALUE`.
    NoValue,
    /// `AUDIO_VERYLOW`.
    AudioVerylow,
    /// `AUDIO_LOW`.
    AudioLow,
    /// `AUDIO_MEDIUM`.
    AudioMedium,
    /// `AUDIO_HIGH`.
    AudioHigh,
    /// `VIDEO_VERYLOW`.
    VideoVerylow,
    /// `VIDEO_LOW`.
    VideoLow,
    /// `VIDEO_MEDIUM`.
    VideoMedium,
    /// `VIDEO_MEDIUM_THROUGHPUT`.
    VideoMediumThroughput,
    /// `VIDEO_HIGH`.
    VideoHigh,
    /// `VIDEO_HIGH_THROUGHPUT`.
    VideoHighThroughput,
    /// `DATA_VERYLOW`.
    DataVerylow,
    /// `DATA_LOW`.
    DataLow,
    /// `DATA_MEDIUM`.
    DataMedium,
    /// `DATA_HIGH`.
    DataHigh,
    /// `CHROME_HIGH`.
    ChromeHigh,
    /// `CHROME_MEDIUM`.
    ChromeMedium,
    /// `CHROME_LOW`.
    ChromeLow,
    /// `CHROME_VERYLOW`.
    ChromeVerylow,
    /// `CS0`.
    Cs0,
    /// `CS1`.
    Cs1,
    /// `CS2`.
    Cs2,
    /// `CS3`.
    Cs3,
    /// `CS4`.
    Cs4,
    /// `CS5`.
    Cs5,
    /// `CS6`.
    Cs6,
    /// `CS7`.
    Cs7,
    /// `AF11`.
    Af11,
    /// `AF12`.
    Af12,
    /// `AF13`.
    Af13,
    /// `AF21`.
    Af21,
    /// `AF22`.
    Af22,
    /// `AF23`.
    Af23,
    /// `AF31`.
    Af31,
    /// `AF32`.
    Af32,
    /// `AF33`.
    Af33,
    /// `AF41`.
    Af41,
    /// `AF42`.
    Af42,
    /// `AF43`.
    Af43,
    /// `EF`.
    Ef,
    /// `VOICEADMIT`.
    Voiceadmit,
    /// `LE`.
    Le,
    /// A value that is not declared here.
    Unknown(String),
}

impl DSCPValue {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            DSCPValue::NoDscp => "NO_DSCP",
            DSCPValue::NoValue => "NO_VALUE",
            DSCPValue::AudioVerylow => "AUDIO_VERYLOW",
            DSCPValue::AudioLow => "AUDIO_LOW",
            DSCPValue::AudioMedium => "AUDIO_MEDIUM",
            DSCPValue::AudioHigh => "AUDIO_HIGH",
            DSCPValue::VideoVerylow => "VIDEO_VERYLOW",
            DSCPValue::VideoLow => "VIDEO_LOW",
            DSCPValue::VideoMedium => "VIDEO_MEDIUM",
            DSCPValue::VideoMediumThroughput => "VIDEO_MEDIUM_THROUGHPUT",
            DSCPValue::VideoHigh => "VIDEO_HIGH",
            DSCPValue::VideoHighThroughput => "VIDEO_HIGH_THROUGHPUT",
            DSCPValue::DataVerylow => "DATA_VERYLOW",
            DSCPValue::DataLow => "DATA_LOW",
            DSCPValue::DataMedium => "DATA_MEDIUM",
            DSCPValue::DataHigh => "DATA_HIGH",
            DSCPValue::ChromeHigh => "CHROME_HIGH",
            DSCPValue::ChromeMedium => "CHROME_MEDIUM",
            DSCPValue::ChromeLow => "CHROME_LOW",
            DSCPValue::ChromeVerylow => "CHROME_VERYLOW",
            DSCPValue::Cs0 => "CS0",
            DSCPValue::Cs1 => "CS1",
            DSCPValue::Cs2 => "CS2",
            DSCPValue::Cs3 => "CS3",
            DSCPValue::Cs4 => "CS4",
            DSCPValue::Cs5 => "CS5",
            DSCPValue::Cs6 => "CS6",
            DSCPValue::Cs7 => "CS7",
            DSCPValue::Af11 => "AF11",
            DSCPValue::Af12 => "AF12",
            DSCPValue::Af13 => "AF13",
            DSCPValue::Af21 => "AF21",
            DSCPValue::Af22 => "AF22",
            DSCPValue::Af23 => "AF23",
            DSCPValue::Af31 => "AF31",
            DSCPValue::Af32 => "AF32",
            DSCPValue::Af33 => "AF33",
            DSCPValue::Af41 => "AF41",
            DSCPValue::Af42 => "AF42",
            DSCPValue::Af43 => "AF43",
            DSCPValue::Ef => "EF",
            DSCPValue::Voiceadmit => "VOICEADMIT",
            DSCPValue::Le => "LE",
            DSCPValue::Unknown(name) => name,
        }
    }
}

impl ToWire for DSCPValue {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for DSCPValue {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<DSCPValue, ClientError> {
        Ok(match text(json)? {
            "NO_DSCP" => DSCPValue::NoDscp,
            "NO_VALUE" => DSCPValue::NoValue,
            "AUDIO_VERYLOW" => DSCPValue::AudioVerylow,
            "AUDIO_LOW" => DSCPValue::AudioLow,
            "AUDIO_MEDIUM" => DSCPValue::AudioMedium,
            "AUDIO_HIGH" => DSCPValue::AudioHigh,
            "VIDEO_VERYLOW" => DSCPValue::VideoVerylow,
            "VIDEO_LOW" => DSCPValue::VideoLow,
            "VIDEO_MEDIUM" => DSCPValue::VideoMedium,
            "VIDEO_MEDIUM_THROUGHPUT" => DSCPValue::VideoMediumThroughput,
            "VIDEO_HIGH" => DSCPValue::VideoHigh,
            "VIDEO_HIGH_THROUGHPUT" => DSCPValue::VideoHighThroughput,
            "DATA_VERYLOW" => DSCPValue::DataVerylow,
            "DATA_LOW" => DSCPValue::DataLow,
            "DATA_MEDIUM" => DSCPValue::DataMedium,
            "DATA_HIGH" => DSCPValue::DataHigh,
            "CHROME_HIGH" => DSCPValue::ChromeHigh,
            "CHROME_MEDIUM" => DSCPValue::ChromeMedium,
            "CHROME_LOW" => DSCPValue::ChromeLow,
            "CHROME_VERYLOW" => DSCPValue::ChromeVerylow,
            "CS0" => DSCPValue::Cs0,
            "CS1" => DSCPValue::Cs1,
            "CS2" => DSCPValue::Cs2,
            "CS3" => DSCPValue::Cs3,
            "CS4" => DSCPValue::Cs4,
            "CS5" => DSCPValue::Cs5,
            "CS6" => DSCPValue::Cs6,
            "CS7" => DSCPValue::Cs7,
            "AF11" => DSCPValue::Af11,
            "AF12" => DSCPValue::Af12,
            "AF13" => DSCPValue::Af13,
            "AF21" => DSCPValue::Af21,
            "AF22" => DSCPValue::Af22,
            "AF23" => DSCPValue::Af23,
            "AF31" => DSCPValue::Af31,
            "AF32" => DSCPValue::Af32,
            "AF33" => DSCPValue::Af33,
            "AF41" => DSCPValue::Af41,
            "AF42" => DSCPValue::Af42,
            "AF43" => DSCPValue::Af43,
            "EF" => DSCPValue::Ef,
            "VOICEADMIT" => DSCPValue::Voiceadmit,
            "LE" => DSCPValue::Le,
            other => DSCPValue::Unknown(other.to_owned()),
        })
    }
}

/// A candidate of ours, for the application to send to the remote.
#[derive(Clone, Debug, PartialEq)]
pub struct IceCandidateFound {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// The candidate.
    pub candidate: IceCandidate,
}

impl Event for IceCandidateFound {
    const NAME: &'static str = "IceCandidateFound";

    fn of(fields: &Fields<'_>) -> Result<IceCandidateFound, ClientError> {
        Ok(IceCandidateFound {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            candidate: fields.get("candidate")?,
        })
    }
}

/// All our candidates have been told.
#[derive(Clone, Debug, PartialEq)]
pub struct IceGatheringDone {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
}

impl Event for IceGatheringDone {
    const NAME: &'static str = "IceGatheringDone";

    fn of(fields: &Fields<'_>) -> Result<IceGatheringDone, ClientError> {
        Ok(IceGatheringDone {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
        })
    }
}

/// ICE has come further or fallen back.
#[derive(Clone, Debug, PartialEq)]
pub struct IceComponentStateChanged {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// The ICE stream.
    pub stream_id: i32,
    /// Its component: 1, for RTP.
    pub component_id: i32,
    /// How far it is now.
    pub state: IceComponentState,
}

impl Event for IceComponentStateChanged {
    const NAME: &'static str = "IceComponentStateChanged";

    fn of(fields: &Fields<'_>) -> Result<IceComponentStateChanged, ClientError> {
        Ok(IceComponentStateChanged {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            stream_id: fields.get("streamId")?,
            component_id: fields.get("componentId")?,
            state: fields.get("state")?,
        })
    }
}

/// DTLS has come further or ended.
#[derive(Clone, Debug, PartialEq)]
pub struct DtlsConnectionStateChange {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// The ICE stream that it goes over.
    pub stream_id: String,
    /// Its component: 1, for RTP.
    pub component_id: String,
    /// The id of the connection.
    pub connection_id: String,
    /// How far it is now.
    pub state: DtlsConnectionState,
}

impl Event for DtlsConnectionStateChange {
    const NAME: &'static str = "DtlsConnectionStateChange";

    fn of(fields: &Fields<'_>) -> Result<DtlsConnectionStateChange, ClientError> {
        Ok(DtlsConnectionStateChange {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            stream_id: fields.get("streamId")?,
            component_id: fields.get("componentId")?,
            connection_id: fields.get("connectionId")?,
            state: fields.get("state")?,
        })
    }
}

/// A data channel is open, whoever opened it. It is told once for each channel.
#[derive(Clone, Debug, PartialEq)]
pub struct DataChannelOpened {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// Its number.
    pub channel_id: i32,
}

impl Event for DataChannelOpened {
    const NAME: &'static str = "DataChannelOpened";

    fn of(fields: &Fields<'_>) -> Result<DataChannelOpened, ClientError> {
        Ok(DataChannelOpened {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            channel_id: fields.get("channelId")?,
        })
    }
}

/// A data channel is closed, whoever closed it. It is told once for each channel.
#[derive(Clone, Debug, PartialEq)]
pub struct DataChannelClosed {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// Its number.
    pub channel_id: i32,
}

impl Event for DataChannelClosed {
    const NAME: &'static str = "DataChannelClosed";

    fn of(fields: &Fields<'_>) -> Result<DataChannelClosed, ClientError> {
        Ok(DataChannelClosed {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            channel_id: fields.get("channelId")?,
        })
    }
}

/// Another pair of candidates is in use.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCandidatePairSelected {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// The pair.
    pub candidate_pair: IceCandidatePair,
}

impl Event for NewCandidatePairSelected {
    const NAME: &'static str = "NewCandidatePairSelected";

    fn of(fields: &Fields<'_>) -> Result<NewCandidatePairSelected, ClientError> {
        Ok(NewCandidatePairSelected {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            candidate_pair: fields.get("candidatePair")?,
        })
    }
}

/// Sends media to a browser and receives from it: ICE, DTLS, SRTP and data channels over one port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebRtcEndpoint(BaseRtpEndpoint);

impl Deref for WebRtcEndpoint {
    type Target = BaseRtpEndpoint;

    fn deref(&self) -> &BaseRtpEndpoint {
        &self.0
    }
}

impl Class for WebRtcEndpoint {
    const NAME: &'static str = "WebRtcEndpoint";

    fn of(object: Object) -> WebRtcEndpoint {
        WebRtcEndpoint(BaseRtpEndpoint::of(object))
    }
}

impl ToWire for WebRtcEndpoint {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for WebRtcEndpoint {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<WebRtcEndpoint, ClientError> {
        Object::from_wire(json, server).map(WebRtcEndpoint::of)
    }
}

impl WebRtcEndpoint {
    /// Makes one that has not agreed on anything yet. What may be left out is set on the builder.
    ///
    /// - `media_pipeline`: The pipeline.
    pub fn build(media_pipeline: &MediaPipeline) -> WebRtcEndpointBuilder {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        WebRtcEndpointBuilder(Creation::new(media_pipeline.server(), "WebRtcEndpoint", params))
    }

    /// Makes one that has not agreed on anything yet. Nothing that may be left out is set.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<WebRtcEndpoint, ClientError> {
        WebRtcEndpoint::build(media_pipeline).create().await
    }

    /// Tells our candidates: an `IceCandidateFound` each, then `IceGatheringDone`. It comes after the offer, or after
    /// the remote's offer was processed; error 40400 when it cannot be done.
    pub async fn gather_candidates(&self) -> Result<(), ClientError> {
        Object::call(self, "gatherCandidates", vec![]).await
    }

    /// Takes a candidate of the remote; it may come before the description. An empty one says that there are no more.
    /// Error 40401 for what is no candidate.
    ///
    /// - `candidate`: The candidate.
    pub async fn add_ice_candidate(&self, candidate: &IceCandidate) -> Result<(), ClientError> {
        Object::call(self, "addIceCandidate", vec![("candidate", candidate.to_wire())]).await
    }

    /// Says what `getStats` says in today's terms of the W3C (webrtc-stats). It is our own.
    ///
    /// Gives: JSON as text: dictionaries by their ids.
    ///
    /// - `media_type`: The kind of media; all kinds when left out.
    pub async fn get_rtc_stats(&self, media_type: Option<MediaType>) -> Result<String, ClientError> {
        Object::call(self, "getRtcStats", vec![("mediaType", media_type.map(|it| it.to_wire()).into())]).await
    }

    /// Opens a data channel; before the descriptions are there, it is opened as soon as they are. Error 40111 without
    /// `useDataChannels` or when the remote has no data channels, 40107 for both limits at once, 40009 for more than
    /// 256 channels.
    pub async fn create_data_channel_with(
        &self,
        options: &WebRtcEndpointCreateDataChannelOptions,
    ) -> Result<(), ClientError> {
        Object::call(self, "createDataChannel", vec![
            ("label", options.label.to_wire()),
            ("ordered", options.ordered.to_wire()),
            ("maxPacketLifeTime", options.max_packet_life_time.to_wire()),
            ("maxRetransmits", options.max_retransmits.to_wire()),
            ("protocol", options.protocol.to_wire()),
        ]).await
    }

    /// Opens a data channel; before the descriptions are there, it is opened as soon as they are. Error 40111 without
    /// `useDataChannels` or when the remote has no data channels, 40107 for both limits at once, 40009 for more than
    /// 256 channels.
    ///
    /// - `label`: A name for people. Left out, it is `""`.
    pub async fn create_data_channel(&self, label: Option<&str>) -> Result<(), ClientError> {
        Object::call(self, "createDataChannel", vec![("label", label.map(|it| it.to_wire()).into())]).await
    }

    /// Closes a data channel; error 40107 when there is none of that number.
    ///
    /// - `channel_id`: The number that `DataChannelOpened` told.
    pub async fn close_data_channel(&self, channel_id: i32) -> Result<(), ClientError> {
        Object::call(self, "closeDataChannel", vec![("channelId", channel_id.to_wire())]).await
    }

    /// Names of the network interfaces whose addresses are candidates, between commas; empty for all.
    pub async fn get_network_interfaces(&self) -> Result<String, ClientError> {
        Object::call(self, "getNetworkInterfaces", vec![]).await
    }

    /// Kept and given back, without effect: there are no candidates for TCP.
    pub async fn get_ice_tcp(&self) -> Result<bool, ClientError> {
        Object::call(self, "getIceTcp", vec![]).await
    }

    /// IP address of the STUN server that is asked how it sees the server's port; empty for none. What is no IP address
    /// is kept and given back, without effect.
    pub async fn get_stun_server_address(&self) -> Result<String, ClientError> {
        Object::call(self, "getStunServerAddress", vec![]).await
    }

    /// Port of that STUN server; at first 3478. Error 40107 for what is no port.
    pub async fn get_stun_server_port(&self) -> Result<i32, ClientError> {
        Object::call(self, "getStunServerPort", vec![]).await
    }

    /// The TURN server that is asked to relay, over UDP: `user:password@address:port`; empty for none. What is not of
    /// that form is kept and given back, without effect.
    pub async fn get_turn_url(&self) -> Result<String, ClientError> {
        Object::call(self, "getTurnUrl", vec![]).await
    }

    /// The address that stands in candidates instead of a local one of IPv4; empty for none. Error 40107 for what is no
    /// address.
    pub async fn get_external_ipv4(&self) -> Result<String, ClientError> {
        Object::call(self, "getExternalIPv4", vec![]).await
    }

    /// The address that stands in candidates instead of a local one of IPv6; empty for none. Error 40107 for what is no
    /// address.
    pub async fn get_external_ipv6(&self) -> Result<String, ClientError> {
        Object::call(self, "getExternalIPv6", vec![]).await
    }

    /// The pairs of candidates that are in use.
    pub async fn get_ice_candidate_pairs(&self) -> Result<Vec<IceCandidatePair>, ClientError> {
        Object::call(self, "getICECandidatePairs", vec![]).await
    }

    /// How far ICE is, for each component.
    pub async fn get_ice_connection_state(&self) -> Result<Vec<IceConnection>, ClientError> {
        Object::call(self, "getIceConnectionState", vec![]).await
    }

    /// How far DTLS is, for each component.
    pub async fn get_dtls_connection_state(&self) -> Result<Vec<DtlsConnection>, ClientError> {
        Object::call(self, "getDtlsConnectionState", vec![]).await
    }

    /// Names of the network interfaces whose addresses are candidates, between commas; empty for all.
    pub async fn set_network_interfaces(&self, network_interfaces: &str) -> Result<(), ClientError> {
        Object::call(self, "setNetworkInterfaces", vec![("networkInterfaces", network_interfaces.to_wire())]).await
    }

    /// Kept and given back, without effect: there are no candidates for TCP.
    pub async fn set_ice_tcp(&self, ice_tcp: bool) -> Result<(), ClientError> {
        Object::call(self, "setIceTcp", vec![("iceTcp", ice_tcp.to_wire())]).await
    }

    /// IP address of the STUN server that is asked how it sees the server's port; empty for none. What is no IP address
    /// is kept and given back, without effect.
    pub async fn set_stun_server_address(&self, stun_server_address: &str) -> Result<(), ClientError> {
        Object::call(self, "setStunServerAddress", vec![("stunServerAddress", stun_server_address.to_wire())]).await
    }

    /// Port of that STUN server; at first 3478. Error 40107 for what is no port.
    pub async fn set_stun_server_port(&self, stun_server_port: i32) -> Result<(), ClientError> {
        Object::call(self, "setStunServerPort", vec![("stunServerPort", stun_server_port.to_wire())]).await
    }

    /// The TURN server that is asked to relay, over UDP: `user:password@address:port`; empty for none. What is not of
    /// that form is kept and given back, without effect.
    pub async fn set_turn_url(&self, turn_url: &str) -> Result<(), ClientError> {
        Object::call(self, "setTurnUrl", vec![("turnUrl", turn_url.to_wire())]).await
    }

    /// The address that stands in candidates instead of a local one of IPv4; empty for none. Error 40107 for what is no
    /// address.
    pub async fn set_external_ipv4(&self, external_ipv4: &str) -> Result<(), ClientError> {
        Object::call(self, "setExternalIPv4", vec![("externalIPv4", external_ipv4.to_wire())]).await
    }

    /// The address that stands in candidates instead of a local one of IPv6; empty for none. Error 40107 for what is no
    /// address.
    pub async fn set_external_ipv6(&self, external_ipv6: &str) -> Result<(), ClientError> {
        Object::call(self, "setExternalIPv6", vec![("externalIPv6", external_ipv6.to_wire())]).await
    }
}

/// What a `WebRtcEndpoint` is made with; `create` makes it.
#[derive(Clone, Debug)]
#[must_use]
pub struct WebRtcEndpointBuilder(Creation);

impl WebRtcEndpointBuilder {
    /// Whether it only receives. Left out, it is `false`.
    pub fn recvonly(self, recvonly: bool) -> Self {
        WebRtcEndpointBuilder(self.0.with("recvonly", recvonly.to_wire()))
    }

    /// Whether it only sends. Left out, it is `false`.
    pub fn sendonly(self, sendonly: bool) -> Self {
        WebRtcEndpointBuilder(self.0.with("sendonly", sendonly.to_wire()))
    }

    /// Whether its descriptions have a section for data channels. Left out, it is `false`.
    pub fn use_data_channels(self, use_data_channels: bool) -> Self {
        WebRtcEndpointBuilder(self.0.with("useDataChannels", use_data_channels.to_wire()))
    }

    /// The kind of key in its certificate. Taken for compatibility, without effect. Left out, it is `"RSA"`.
    pub fn certificate_key_type(self, certificate_key_type: CertificateKeyType) -> Self {
        WebRtcEndpointBuilder(self.0.with("certificateKeyType", certificate_key_type.to_wire()))
    }

    /// What its packets say of their importance to routers (RFC 2474). Without effect: all endpoints share one UDP
    /// port. Left out, it is `"NO_VALUE"`.
    pub fn qos_dscp(self, qos_dscp: DSCPValue) -> Self {
        WebRtcEndpointBuilder(self.0.with("qosDscp", qos_dscp.to_wire()))
    }

    /// Makes it.
    pub async fn create(self) -> Result<WebRtcEndpoint, ClientError> {
        self.0.create().await
    }
}

/// What `WebRtcEndpoint::create_data_channel_with` may be given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WebRtcEndpointCreateDataChannelOptions {
    /// A name for people. Left out, it is `""`.
    pub label: Option<String>,
    /// Whether messages come in the order in which they were sent. Left out, it is `true`.
    pub ordered: Option<bool>,
    /// How long a message is sent again when it is lost, in milliseconds; -1 for ever. Left out, it is `-1`.
    pub max_packet_life_time: Option<i32>,
    /// How often a message is sent again when it is lost; -1 for ever. Left out, it is `-1`.
    pub max_retransmits: Option<i32>,
    /// The protocol that is spoken on it. Left out, it is `""`.
    pub protocol: Option<String>,
}
