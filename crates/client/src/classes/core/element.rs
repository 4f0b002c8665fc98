//! Module `core`, part `element`.
//!
//! Made from the declarations of the remote classes: `trellis model rust core/element`.

use super::{GstreamerDotDetails, MediaObject, MediaPipeline, Stats, Tag};
use trellis_client::generated::*;

/// A number as a fraction.
#[derive(Clone, Debug, PartialEq)]
pub struct Fraction {
    /// What stands above the line.
    pub numerator: i32,
    /// What stands below the line; not 0.
    pub denominator: i32,
}

impl ToWire for Fraction {
    fn to_wire(&self) -> Json {
        record("kurento", "Fraction", vec![
            ("numerator", self.numerator.to_wire()),
            ("denominator", self.denominator.to_wire()),
        ])
    }
}

impl FromWire for Fraction {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Fraction, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(Fraction {
            numerator: fields.get("numerator")?,
            denominator: fields.get("denominator")?,
        })
    }
}

/// A format of sound.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioCaps {
    /// The codec.
    pub codec: AudioCodec,
    /// Bits a second.
    pub bitrate: i32,
}

impl ToWire for AudioCaps {
    fn to_wire(&self) -> Json {
        record("kurento", "AudioCaps", vec![("codec", self.codec.to_wire()), ("bitrate", self.bitrate.to_wire())])
    }
}

impl FromWire for AudioCaps {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<AudioCaps, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(AudioCaps {
            codec: fields.get("codec")?,
            bitrate: fields.get("bitrate")?,
        })
    }
}

/// A format of pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoCaps {
    /// The codec.
    pub codec: VideoCodec,
    /// Pictures a second.
    pub framerate: Fraction,
}

impl ToWire for VideoCaps {
    fn to_wire(&self) -> Json {
        record("kurento", "VideoCaps", vec![("codec", self.codec.to_wire()), ("framerate", self.framerate.to_wire())])
    }
}

impl FromWire for VideoCaps {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<VideoCaps, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(VideoCaps {
            codec: fields.get("codec")?,
            framerate: fields.get("framerate")?,
        })
    }
}

/// A connection of one kind of media.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementConnectionData {
    /// The element that gives.
    pub source: MediaElement,
    /// The element that is fed.
    pub sink: MediaElement,
    /// The kind of media.
    pub kind: MediaType,
    /// The source pad.
    pub source_description: String,
    /// The sink pad.
    pub sink_description: String,
}

impl FromWire for ElementConnectionData {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<ElementConnectionData, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(ElementConnectionData {
            source: fields.get("source")?,
            sink: fields.get("sink")?,
            kind: fields.get("type")?,
            source_description: fields.get("sourceDescription")?,
            sink_description: fields.get("sinkDescription")?,
        })
    }
}

/// A kind of media.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaType {
    /// `AUDIO`.
    Audio,
    /// `DATA`.
    Data,
    /// `VIDEO`.
    Video,
    /// A value that is not declared here.
    Unknown(String),
}

impl MediaType {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            MediaType::Audio => "AUDIO",
            MediaType::Data => "DATA",
            MediaType::Video => "VIDEO",
            MediaType::Unknown(name) => name,
        }
    }
}

impl ToWire for MediaType {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for MediaType {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<MediaType, ClientError> {
        Ok(match text(json)? {
            "AUDIO" => MediaType::Audio,
            "DATA" => MediaType::Data,
            "VIDEO" => MediaType::Video,
            other => MediaType::Unknown(other.to_owned()),
        })
    }
}

/// What kind of media a filter is for; `AUTODETECT` leaves that to the filter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FilterType {
    /// `AUDIO`.
    Audio,
    /// `AUTODETECT`.
    Autodetect,
    /// `VIDEO`.
    Video,
    /// A value that is not declared here.
    Unknown(String),
}

impl FilterType {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            FilterType::Audio => "AUDIO",
            FilterType::Autodetect => "AUTODETECT",
            FilterType::Video => "VIDEO",
            FilterType::Unknown(name) => name,
        }
    }
}

impl ToWire for FilterType {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for FilterType {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<FilterType, ClientError> {
        Ok(match text(json)? {
            "AUDIO" => FilterType::Audio,
            "AUTODETECT" => FilterType::Autodetect,
            "VIDEO" => FilterType::Video,
            other => FilterType::Unknown(other.to_owned()),
        })
    }
}

/// A codec of pictures; `RAW` is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VideoCodec {
    /// `H265`.
    H265,
    /// `AV1`.
    Av1,
    /// `VP9`.
    Vp9,
    /// `VP8`.
    Vp8,
    /// `H264`.
    H264,
    /// `RAW`.
    Raw,
    /// A value that is not declared here.
    Unknown(String),
}

impl VideoCodec {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            VideoCodec::H265 => "H265",
            VideoCodec::Av1 => "AV1",
            VideoCodec::Vp9 => "VP9",
            VideoCodec::Vp8 => "VP8",
            VideoCodec::H264 => "H264",
            VideoCodec::Raw => "RAW",
            VideoCodec::Unknown(name) => name,
        }
    }
}

impl ToWire for VideoCodec {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for VideoCodec {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<VideoCodec, ClientError> {
        Ok(match text(json)? {
            "H265" => VideoCodec::H265,
            "AV1" => VideoCodec::Av1,
            "VP9" => VideoCodec::Vp9,
            "VP8" => VideoCodec::Vp8,
            "H264" => VideoCodec::H264,
            "RAW" => VideoCodec::Raw,
            other => VideoCodec::Unknown(other.to_owned()),
        })
    }
}

/// A codec of sound; `RAW` is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AudioCodec {
    /// `OPUS`.
    Opus,
    /// `PCMU`.
    Pcmu,
    /// `PCMA`.
    Pcma,
    /// `RAW`.
    Raw,
    /// A value that is not declared here.
    Unknown(String),
}

impl AudioCodec {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            AudioCodec::Opus => "OPUS",
            AudioCodec::Pcmu => "PCMU",
            AudioCodec::Pcma => "PCMA",
            AudioCodec::Raw => "RAW",
            AudioCodec::Unknown(name) => name,
        }
    }
}

impl ToWire for AudioCodec {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for AudioCodec {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<AudioCodec, ClientError> {
        Ok(match text(json)? {
            "OPUS" => AudioCodec::Opus,
            "PCMU" => AudioCodec::Pcmu,
            "PCMA" => AudioCodec::Pcma,
            "RAW" => AudioCodec::Raw,
            other => AudioCodec::Unknown(other.to_owned()),
        })
    }
}

/// Whether media flows through a pad: it does until two seconds pass without any.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaFlowState {
    /// `FLOWING`.
    Flowing,
    /// `NOT_FLOWING`.
    NotFlowing,
    /// A value that is not declared here.
    Unknown(String),
}

impl MediaFlowState {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            MediaFlowState::Flowing => "FLOWING",
            MediaFlowState::NotFlowing => "NOT_FLOWING",
            MediaFlowState::Unknown(name) => name,
        }
    }
}

impl ToWire for MediaFlowState {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for MediaFlowState {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<MediaFlowState, ClientError> {
        Ok(match text(json)? {
            "FLOWING" => MediaFlowState::Flowing,
            "NOT_FLOWING" => MediaFlowState::NotFlowing,
            other => MediaFlowState::Unknown(other.to_owned()),
        })
    }
}

/// Whether media is decoded and encoded anew on its way to a sink.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaTranscodingState {
    /// `TRANSCODING`.
    Transcoding,
    /// `NOT_TRANSCODING`.
    NotTranscoding,
    /// A value that is not declared here.
    Unknown(String),
}

impl MediaTranscodingState {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            MediaTranscodingState::Transcoding => "TRANSCODING",
            MediaTranscodingState::NotTranscoding => "NOT_TRANSCODING",
            MediaTranscodingState::Unknown(name) => name,
        }
    }
}

impl ToWire for MediaTranscodingState {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for MediaTranscodingState {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<MediaTranscodingState, ClientError> {
        Ok(match text(json)? {
            "TRANSCODING" => MediaTranscodingState::Transcoding,
            "NOT_TRANSCODING" => MediaTranscodingState::NotTranscoding,
            other => MediaTranscodingState::Unknown(other.to_owned()),
        })
    }
}

/// Media begins or ceases to leave an element.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaFlowOutStateChanged {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// Whether it flows now.
    pub state: MediaFlowState,
    /// The source pad.
    pub pad_name: String,
    /// The kind of media.
    pub media_type: MediaType,
}

impl Event for MediaFlowOutStateChanged {
    const NAME: &'static str = "MediaFlowOutStateChanged";

    fn of(fields: &Fields<'_>) -> Result<MediaFlowOutStateChanged, ClientError> {
        Ok(MediaFlowOutStateChanged {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            state: fields.get("state")?,
            pad_name: fields.get("padName")?,
            media_type: fields.get("mediaType")?,
        })
    }
}

/// Media begins or ceases to come into an element.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaFlowInStateChanged {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// Whether it flows now.
    pub state: MediaFlowState,
    /// The sink pad.
    pub pad_name: String,
    /// The kind of media.
    pub media_type: MediaType,
}

impl Event for MediaFlowInStateChanged {
    const NAME: &'static str = "MediaFlowInStateChanged";

    fn of(fields: &Fields<'_>) -> Result<MediaFlowInStateChanged, ClientError> {
        Ok(MediaFlowInStateChanged {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            state: fields.get("state")?,
            pad_name: fields.get("padName")?,
            media_type: fields.get("mediaType")?,
        })
    }
}

/// What an element gives begins or ceases to be decoded and encoded anew for any of its sinks. It is raised once when
/// media begins, whichever it is, and then at each change.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaTranscodingStateChanged {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// Whether it is done now.
    pub state: MediaTranscodingState,
    /// The source pad.
    pub bin_name: String,
    /// The kind of media.
    pub media_type: MediaType,
}

impl Event for MediaTranscodingStateChanged {
    const NAME: &'static str = "MediaTranscodingStateChanged";

    fn of(fields: &Fields<'_>) -> Result<MediaTranscodingStateChanged, ClientError> {
        Ok(MediaTranscodingStateChanged {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            state: fields.get("state")?,
            bin_name: fields.get("binName")?,
            media_type: fields.get("mediaType")?,
        })
    }
}

/// An element feeds another from now on; one event for each kind of media.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementConnected {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// The element that is fed.
    pub sink: MediaElement,
    /// The kind of media.
    pub media_type: MediaType,
    /// The source pad.
    pub source_media_description: String,
    /// The sink pad.
    pub sink_media_description: String,
}

impl Event for ElementConnected {
    const NAME: &'static str = "ElementConnected";

    fn of(fields: &Fields<'_>) -> Result<ElementConnected, ClientError> {
        Ok(ElementConnected {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            sink: fields.get("sink")?,
            media_type: fields.get("mediaType")?,
            source_media_description: fields.get("sourceMediaDescription")?,
            sink_media_description: fields.get("sinkMediaDescription")?,
        })
    }
}

/// An element feeds another no more; one event for each kind of media.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementDisconnected {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// The element that was fed.
    pub sink: MediaElement,
    /// The kind of media.
    pub media_type: MediaType,
    /// The source pad.
    pub source_media_description: String,
    /// The sink pad.
    pub sink_media_description: String,
}

impl Event for ElementDisconnected {
    const NAME: &'static str = "ElementDisconnected";

    fn of(fields: &Fields<'_>) -> Result<ElementDisconnected, ClientError> {
        Ok(ElementDisconnected {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            sink: fields.get("sink")?,
            media_type: fields.get("mediaType")?,
            source_media_description: fields.get("sourceMediaDescription")?,
            sink_media_description: fields.get("sinkMediaDescription")?,
        })
    }
}

/// A part of a pipeline that takes media, gives media, or both, for sound, pictures and data apart. A source feeds any
/// number of sinks; a sink is fed by one source for each kind of media. Whatever a sink does not take as it is, is
/// converted on the way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaElement(MediaObject);

impl Deref for MediaElement {
    type Target = MediaObject;

    fn deref(&self) -> &MediaObject {
        &self.0
    }
}

impl Class for MediaElement {
    const NAME: &'static str = "MediaElement";

    fn of(object: Object) -> MediaElement {
        MediaElement(MediaObject::of(object))
    }
}

impl ToWire for MediaElement {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for MediaElement {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<MediaElement, ClientError> {
        Object::from_wire(json, server).map(MediaElement::of)
    }
}

impl MediaElement {
    /// Tells who feeds this element.
    ///
    /// Gives: One record a connection.
    pub async fn get_source_connections_with(
        &self,
        options: &MediaElementGetSourceConnectionsOptions,
    ) -> Result<Vec<ElementConnectionData>, ClientError> {
        Object::call(self, "getSourceConnections", vec![
            ("mediaType", options.media_type.to_wire()),
            ("description", options.description.to_wire()),
        ]).await
    }

    /// Tells who feeds this element.
    ///
    /// Gives: One record a connection.
    ///
    /// - `media_type`: The kind of media; all kinds when left out.
    pub async fn get_source_connections(
        &self,
        media_type: Option<MediaType>,
    ) -> Result<Vec<ElementConnectionData>, ClientError> {
        Object::call(self, "getSourceConnections", vec![("mediaType", media_type.map(|it| it.to_wire()).into())]).await
    }

    /// Tells whom this element feeds.
    ///
    /// Gives: One record a connection.
    pub async fn get_sink_connections_with(
        &self,
        options: &MediaElementGetSinkConnectionsOptions,
    ) -> Result<Vec<ElementConnectionData>, ClientError> {
        Object::call(self, "getSinkConnections", vec![
            ("mediaType", options.media_type.to_wire()),
            ("description", options.description.to_wire()),
        ]).await
    }

    /// Tells whom this element feeds.
    ///
    /// Gives: One record a connection.
    ///
    /// - `media_type`: The kind of media; all kinds when left out.
    pub async fn get_sink_connections(
        &self,
        media_type: Option<MediaType>,
    ) -> Result<Vec<ElementConnectionData>, ClientError> {
        Object::call(self, "getSinkConnections", vec![("mediaType", media_type.map(|it| it.to_wire()).into())]).await
    }

    /// Feeds another element of the same pipeline from this one. What fed it before feeds it no more. Both may be
    /// connected before they have media. Error 40004 for elements of different pipelines, and for pads that there are
    /// not.
    ///
    /// - `sink`: The element to feed.
    pub async fn connect_with(
        &self,
        sink: &MediaElement,
        options: &MediaElementConnectOptions,
    ) -> Result<(), ClientError> {
        Object::call(self, "connect", vec![
            ("sink", sink.to_wire()),
            ("mediaType", options.media_type.to_wire()),
            ("sourceMediaDescription", options.source_media_description.to_wire()),
            ("sinkMediaDescription", options.sink_media_description.to_wire()),
        ]).await
    }

    /// Feeds another element of the same pipeline from this one. What fed it before feeds it no more. Both may be
    /// connected before they have media. Error 40004 for elements of different pipelines, and for pads that there are
    /// not.
    ///
    /// - `sink`: The element to feed.
    /// - `media_type`: The kind of media; sound, pictures and data when left out.
    pub async fn connect(&self, sink: &MediaElement, media_type: Option<MediaType>) -> Result<(), ClientError> {
        Object::call(self, "connect", vec![
            ("sink", sink.to_wire()),
            ("mediaType", media_type.map(|it| it.to_wire()).into()),
        ]).await
    }

    /// Feeds another element no more. What is not connected stays as it is.
    ///
    /// - `sink`: The element that was fed.
    pub async fn disconnect_with(
        &self,
        sink: &MediaElement,
        options: &MediaElementDisconnectOptions,
    ) -> Result<(), ClientError> {
        Object::call(self, "disconnect", vec![
            ("sink", sink.to_wire()),
            ("mediaType", options.media_type.to_wire()),
            ("sourceMediaDescription", options.source_media_description.to_wire()),
            ("sinkMediaDescription", options.sink_media_description.to_wire()),
        ]).await
    }

    /// Feeds another element no more. What is not connected stays as it is.
    ///
    /// - `sink`: The element that was fed.
    /// - `media_type`: The kind of media; sound, pictures and data when left out.
    pub async fn disconnect(&self, sink: &MediaElement, media_type: Option<MediaType>) -> Result<(), ClientError> {
        Object::call(self, "disconnect", vec![
            ("sink", sink.to_wire()),
            ("mediaType", media_type.map(|it| it.to_wire()).into()),
        ]).await
    }

    /// Says what sound this element is to be given.
    ///
    /// - `caps`: The format.
    pub async fn set_audio_format(&self, caps: &AudioCaps) -> Result<(), ClientError> {
        Object::call(self, "setAudioFormat", vec![("caps", caps.to_wire())]).await
    }

    /// Says what pictures this element is to be given.
    ///
    /// - `caps`: The format.
    pub async fn set_video_format(&self, caps: &VideoCaps) -> Result<(), ClientError> {
        Object::call(self, "setVideoFormat", vec![("caps", caps.to_wire())]).await
    }

    /// Writes the drawing that `getGstreamerDot` gives into the folder that the server's environment variable
    /// GST_DEBUG_DUMP_DOT_DIR names; without the variable, nothing is written.
    ///
    /// - `details`: Taken for compatibility: the drawing always has every detail.
    pub async fn dump_gstreamer_dot(&self, details: Option<GstreamerDotDetails>) -> Result<(), ClientError> {
        Object::call(self, "dumpGstreamerDot", vec![("details", details.map(|it| it.to_wire()).into())]).await
    }

    /// Draws the graph around this element as it runs.
    ///
    /// Gives: A graph in the DOT language.
    ///
    /// - `details`: Taken for compatibility: the drawing always has every detail.
    pub async fn get_gstreamer_dot(&self, details: Option<GstreamerDotDetails>) -> Result<String, ClientError> {
        Object::call(self, "getGstreamerDot", vec![("details", details.map(|it| it.to_wire()).into())]).await
    }

    /// Counts what has passed so far.
    ///
    /// Gives: Records by their ids; a record keeps its id as long as what it is about lives.
    ///
    /// - `media_type`: The kind of media; all kinds when left out.
    pub async fn get_stats(
        &self,
        media_type: Option<MediaType>,
    ) -> Result<BTreeMap<String, Extended<Stats>>, ClientError> {
        Object::call(self, "getStats", vec![("mediaType", media_type.map(|it| it.to_wire()).into())]).await
    }

    /// Whether media has come in within the last two seconds. Error 40107 for DATA.
    ///
    /// Gives: Whether it flows.
    ///
    /// - `media_type`: The kind of media.
    /// - `sink_media_description`: The sink pad. One that there is not is `false`. Left out, it is `"default"`.
    pub async fn is_media_flowing_in(
        &self,
        media_type: MediaType,
        sink_media_description: Option<&str>,
    ) -> Result<bool, ClientError> {
        Object::call(self, "isMediaFlowingIn", vec![
            ("mediaType", media_type.to_wire()),
            ("sinkMediaDescription", sink_media_description.map(|it| it.to_wire()).into()),
        ]).await
    }

    /// Whether media has gone out within the last two seconds. Error 40107 for DATA.
    ///
    /// Gives: Whether it flows.
    ///
    /// - `media_type`: The kind of media.
    /// - `source_media_description`: The source pad. One that there is not is `false`. Left out, it is `"default"`.
    pub async fn is_media_flowing_out(
        &self,
        media_type: MediaType,
        source_media_description: Option<&str>,
    ) -> Result<bool, ClientError> {
        Object::call(self, "isMediaFlowingOut", vec![
            ("mediaType", media_type.to_wire()),
            ("sourceMediaDescription", source_media_description.map(|it| it.to_wire()).into()),
        ]).await
    }

    /// Whether what this element gives is decoded and encoded anew for any of its sinks. Error 40107 for DATA.
    ///
    /// Gives: Whether it is.
    ///
    /// - `media_type`: The kind of media.
    /// - `bin_name`: The source pad. One that there is not is `false`. Left out, it is `"default"`.
    pub async fn is_media_transcoding(
        &self,
        media_type: MediaType,
        bin_name: Option<&str>,
    ) -> Result<bool, ClientError> {
        Object::call(self, "isMediaTranscoding", vec![
            ("mediaType", media_type.to_wire()),
            ("binName", bin_name.map(|it| it.to_wire()).into()),
        ]).await
    }

    /// What encoders behind its output aim at, in bits a second, until a receiver says what it can take. 0 leaves it to
    /// the encoder.
    pub async fn get_encoder_bitrate(&self) -> Result<i32, ClientError> {
        Object::call(self, "getEncoderBitrate", vec![]).await
    }

    /// What encoders behind its output never go below, in bits a second.
    pub async fn get_min_encoder_bitrate(&self) -> Result<i32, ClientError> {
        Object::call(self, "getMinEncoderBitrate", vec![]).await
    }

    /// What encoders behind its output never exceed, in bits a second; 0 is no limit.
    pub async fn get_max_encoder_bitrate(&self) -> Result<i32, ClientError> {
        Object::call(self, "getMaxEncoderBitrate", vec![]).await
    }

    /// What encoders behind its output aim at, in bits a second, until a receiver says what it can take. 0 leaves it to
    /// the encoder.
    pub async fn set_encoder_bitrate(&self, encoder_bitrate: i32) -> Result<(), ClientError> {
        Object::call(self, "setEncoderBitrate", vec![("encoderBitrate", encoder_bitrate.to_wire())]).await
    }

    /// What encoders behind its output never go below, in bits a second.
    pub async fn set_min_encoder_bitrate(&self, min_encoder_bitrate: i32) -> Result<(), ClientError> {
        Object::call(self, "setMinEncoderBitrate", vec![("minEncoderBitrate", min_encoder_bitrate.to_wire())]).await
    }

    /// What encoders behind its output never exceed, in bits a second; 0 is no limit.
    pub async fn set_max_encoder_bitrate(&self, max_encoder_bitrate: i32) -> Result<(), ClientError> {
        Object::call(self, "setMaxEncoderBitrate", vec![("maxEncoderBitrate", max_encoder_bitrate.to_wire())]).await
    }
}

/// What `MediaElement::get_source_connections_with` may be given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MediaElementGetSourceConnectionsOptions {
    /// The kind of media; all kinds when left out.
    pub media_type: Option<MediaType>,
    /// Which pads; those called `default` when left out.
    pub description: Option<String>,
}

/// What `MediaElement::get_sink_connections_with` may be given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MediaElementGetSinkConnectionsOptions {
    /// The kind of media; all kinds when left out.
    pub media_type: Option<MediaType>,
    /// Which pads; those called `default` when left out.
    pub description: Option<String>,
}

/// What `MediaElement::connect_with` may be given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MediaElementConnectOptions {
    /// The kind of media; sound, pictures and data when left out.
    pub media_type: Option<MediaType>,
    /// The source pad; `default` when left out.
    pub source_media_description: Option<String>,
    /// The sink pad; `default` when left out.
    pub sink_media_description: Option<String>,
}

/// What `MediaElement::disconnect_with` may be given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MediaElementDisconnectOptions {
    /// The kind of media; sound, pictures and data when left out.
    pub media_type: Option<MediaType>,
    /// The source pad; `default` when left out.
    pub source_media_description: Option<String>,
    /// The sink pad; `default` when left out.
    pub sink_media_description: Option<String>,
}

/// An element that changes, watches or measures what passes through it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter(MediaElement);

impl Deref for Filter {
    type Target = MediaElement;

    fn deref(&self) -> &MediaElement {
        &self.0
    }
}

impl Class for Filter {
    const NAME: &'static str = "Filter";

    fn of(object: Object) -> Filter {
        Filter(MediaElement::of(object))
    }
}

impl ToWire for Filter {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for Filter {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Filter, ClientError> {
        Object::from_wire(json, server).map(Filter::of)
    }
}

/// An element at the edge of its pipeline: a network, a file, HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint(MediaElement);

impl Deref for Endpoint {
    type Target = MediaElement;

    fn deref(&self) -> &MediaElement {
        &self.0
    }
}

impl Class for Endpoint {
    const NAME: &'static str = "Endpoint";

    fn of(object: Object) -> Endpoint {
        Endpoint(MediaElement::of(object))
    }
}

impl ToWire for Endpoint {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for Endpoint {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Endpoint, ClientError> {
        Object::from_wire(json, server).map(Endpoint::of)
    }
}

/// Gives what it gets, unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PassThrough(MediaElement);

impl Deref for PassThrough {
    type Target = MediaElement;

    fn deref(&self) -> &MediaElement {
        &self.0
    }
}

impl Class for PassThrough {
    const NAME: &'static str = "PassThrough";

    fn of(object: Object) -> PassThrough {
        PassThrough(MediaElement::of(object))
    }
}

impl ToWire for PassThrough {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for PassThrough {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<PassThrough, ClientError> {
        Object::from_wire(json, server).map(PassThrough::of)
    }
}

impl PassThrough {
    /// Makes one in a pipeline.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<PassThrough, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "PassThrough", params).create().await
    }
}

/// Mixes or switches the streams of many parties. Each party connects to a port of the hub.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hub(MediaObject);

impl Deref for Hub {
    type Target = MediaObject;

    fn deref(&self) -> &MediaObject {
        &self.0
    }
}

impl Class for Hub {
    const NAME: &'static str = "Hub";

    fn of(object: Object) -> Hub {
        Hub(MediaObject::of(object))
    }
}

impl ToWire for Hub {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for Hub {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Hub, ClientError> {
        Object::from_wire(json, server).map(Hub::of)
    }
}

impl Hub {
    /// Draws the graph around this hub as it runs.
    ///
    /// Gives: A graph in the DOT language.
    ///
    /// - `details`: Taken for compatibility: the drawing always has every detail.
    pub async fn get_gstreamer_dot(&self, details: Option<GstreamerDotDetails>) -> Result<String, ClientError> {
        Object::call(self, "getGstreamerDot", vec![("details", details.map(|it| it.to_wire()).into())]).await
    }

    /// Writes that drawing into the folder that the server's environment variable GST_DEBUG_DUMP_DOT_DIR names; without
    /// the variable, nothing is written.
    ///
    /// - `details`: Taken for compatibility: the drawing always has every detail.
    pub async fn dump_gstreamer_dot(&self, details: Option<GstreamerDotDetails>) -> Result<(), ClientError> {
        Object::call(self, "dumpGstreamerDot", vec![("details", details.map(|it| it.to_wire()).into())]).await
    }
}

/// One party's connection to a hub: what it is fed goes into the hub, and it gives what the hub has for that party.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HubPort(MediaElement);

impl Deref for HubPort {
    type Target = MediaElement;

    fn deref(&self) -> &MediaElement {
        &self.0
    }
}

impl Class for HubPort {
    const NAME: &'static str = "HubPort";

    fn of(object: Object) -> HubPort {
        HubPort(MediaElement::of(object))
    }
}

impl ToWire for HubPort {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for HubPort {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<HubPort, ClientError> {
        Object::from_wire(json, server).map(HubPort::of)
    }
}

impl HubPort {
    /// Opens a port of a hub.
    ///
    /// - `hub`: The hub; it is the parent of the port.
    pub async fn create(hub: &Hub) -> Result<HubPort, ClientError> {
        let params = vec![("hub", hub.to_wire())];
        Creation::new(hub.server(), "HubPort", params).create().await
    }
}
