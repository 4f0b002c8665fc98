//! Module `elements`, part `files`.
//!
//! Made from the declarations of the remote classes: `trellis model rust elements/files`.

use trellis_client::classes::core::{MediaObject, MediaPipeline, Tag, UriEndpoint};
use trellis_client::generated::*;

/// What is known of media that is played.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoInfo {
    /// Whether `position` can be set.
    pub is_seekable: bool,
    /// The first position that can be sought, in milliseconds.
    pub seekable_init: i64,
    /// The last position that can be sought, in milliseconds.
    pub seekable_end: i64,
    /// How long it is, in milliseconds; 0 when that is not known.
    pub duration: i64,
}

impl FromWire for VideoInfo {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<VideoInfo, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(VideoInfo {
            is_seekable: fields.get("isSeekable")?,
            seekable_init: fields.get("seekableInit")?,
            seekable_end: fields.get("seekableEnd")?,
            duration: fields.get("duration")?,
        })
    }
}

/// The container of a recording, and whether it has sound, pictures, or both. WebM holds VP8 and Opus; MP4, MKV and FLV
/// hold H.264 and AAC; JPEG_VIDEO_ONLY holds pictures by themselves; KURENTO_SPLIT_RECORDER holds whatever comes. A
/// recorder of a profile that is not made here is refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaProfileSpecType {
    /// `WEBM`.
    Webm,
    /// `MKV`.
    Mkv,
    /// `MP4`.
    Mp4,
    /// `WEBM_VIDEO_ONLY`.
    WebmVideoOnly,
    /// `WEBM_AUDIO_ONLY`.
    WebmAudioOnly,
    /// `MKV_VIDEO_ONLY`.
    MkvVideoOnly,
    /// `MKV_AUDIO_ONLY`.
    MkvAudioOnly,
    /// `MP4_VIDEO_ONLY`.
    Mp4VideoOnly,
    /// `MP4_AUDIO_ONLY`.
    Mp4AudioOnly,
    /// `JPEG_VIDEO_ONLY`.
    JpegVideoOnly,
    /// `KURENTO_SPLIT_RECORDER`.
    KurentoSplitRecorder,
    /// `FLV`.
    Flv,
    /// A value that is not declared here.
    Unknown(String),
}

impl MediaProfileSpecType {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            MediaProfileSpecType::Webm => "WEBM",
            MediaProfileSpecType::Mkv => "MKV",
            MediaProfileSpecType::Mp4 => "MP4",
            MediaProfileSpecType::WebmVideoOnly => "WEBM_VIDEO_ONLY",
            MediaProfileSpecType::WebmAudioOnly => "WEBM_AUDIO_ONLY",
            MediaProfileSpecType::MkvVideoOnly => "MKV_VIDEO_ONLY",
            MediaProfileSpecType::MkvAudioOnly => "MKV_AUDIO_ONLY",
            MediaProfileSpecType::Mp4VideoOnly => "MP4_VIDEO_ONLY",
            MediaProfileSpecType::Mp4AudioOnly => "MP4_AUDIO_ONLY",
            MediaProfileSpecType::JpegVideoOnly => "JPEG_VIDEO_ONLY",
            MediaProfileSpecType::KurentoSplitRecorder => "KURENTO_SPLIT_RECORDER",
            MediaProfileSpecType::Flv => "FLV",
            MediaProfileSpecType::Unknown(name) => name,
        }
    }
}

impl ToWire for MediaProfileSpecType {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for MediaProfileSpecType {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<MediaProfileSpecType, ClientError> {
        Ok(match text(json)? {
            "WEBM" => MediaProfileSpecType::Webm,
            "MKV" => MediaProfileSpecType::Mkv,
            "MP4" => MediaProfileSpecType::Mp4,
            "WEBM_VIDEO_ONLY" => MediaProfileSpecType::WebmVideoOnly,
            "WEBM_AUDIO_ONLY" => MediaProfileSpecType::WebmAudioOnly,
            "MKV_VIDEO_ONLY" => MediaProfileSpecType::MkvVideoOnly,
            "MKV_AUDIO_ONLY" => MediaProfileSpecType::MkvAudioOnly,
            "MP4_VIDEO_ONLY" => MediaProfileSpecType::Mp4VideoOnly,
            "MP4_AUDIO_ONLY" => MediaProfileSpecType::Mp4AudioOnly,
            "JPEG_VIDEO_ONLY" => MediaProfileSpecType::JpegVideoOnly,
            "KURENTO_SPLIT_RECORDER" => MediaProfileSpecType::KurentoSplitRecorder,
            "FLV" => MediaProfileSpecType::Flv,
            other => MediaProfileSpecType::Unknown(other.to_owned()),
        })
    }
}

/// What becomes of gaps in media that is recorded: they stay, timestamps are made anew, or they are filled while
/// transcoding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GapsFixMethod {
    /// `NONE`.
    None,
    /// `GENPTS`.
    Genpts,
    /// `FILL_IF_TRANSCODING`.
    FillIfTranscoding,
    /// A value that is not declared here.
    Unknown(String),
}

impl GapsFixMethod {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            GapsFixMethod::None => "NONE",
            GapsFixMethod::Genpts => "GENPTS",
            GapsFixMethod::FillIfTranscoding => "FILL_IF_TRANSCODING",
            GapsFixMethod::Unknown(name) => name,
        }
    }
}

impl ToWire for GapsFixMethod {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for GapsFixMethod {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<GapsFixMethod, ClientError> {
        Ok(match text(json)? {
            "NONE" => GapsFixMethod::None,
            "GENPTS" => GapsFixMethod::Genpts,
            "FILL_IF_TRANSCODING" => GapsFixMethod::FillIfTranscoding,
            other => GapsFixMethod::Unknown(other.to_owned()),
        })
    }
}

/// The media has come to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct EndOfStream {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
}

impl Event for EndOfStream {
    const NAME: &'static str = "EndOfStream";

    fn of(fields: &Fields<'_>) -> Result<EndOfStream, ClientError> {
        Ok(EndOfStream {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
        })
    }
}

/// The first media of a recording is written, or the first after a pause.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
}

impl Event for Recording {
    const NAME: &'static str = "Recording";

    fn of(fields: &Fields<'_>) -> Result<Recording, ClientError> {
        Ok(Recording {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
        })
    }
}

/// A recording stands still.
#[derive(Clone, Debug, PartialEq)]
pub struct Paused {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
}

impl Event for Paused {
    const NAME: &'static str = "Paused";

    fn of(fields: &Fields<'_>) -> Result<Paused, ClientError> {
        Ok(Paused {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
        })
    }
}

/// A recording is whole and its file closed.
#[derive(Clone, Debug, PartialEq)]
pub struct Stopped {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
}

impl Event for Stopped {
    const NAME: &'static str = "Stopped";

    fn of(fields: &Fields<'_>) -> Result<Stopped, ClientError> {
        Ok(Stopped {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
        })
    }
}

/// Plays a file, or what an HTTP server has, into its pipeline, at the pace at which it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlayerEndpoint(UriEndpoint);

impl Deref for PlayerEndpoint {
    type Target = UriEndpoint;

    fn deref(&self) -> &UriEndpoint {
        &self.0
    }
}

impl Class for PlayerEndpoint {
    const NAME: &'static str = "PlayerEndpoint";

    fn of(object: Object) -> PlayerEndpoint {
        PlayerEndpoint(UriEndpoint::of(object))
    }
}

impl ToWire for PlayerEndpoint {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for PlayerEndpoint {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<PlayerEndpoint, ClientError> {
        Object::from_wire(json, server).map(PlayerEndpoint::of)
    }
}

impl PlayerEndpoint {
    /// Makes a player. What it plays is opened by `play`; what cannot be opened is an `Error` event. What may be left
    /// out is set on the builder.
    ///
    /// - `media_pipeline`: The pipeline.
    /// - `uri`: What it plays: a file, as a path or a `file:` URI, or an `http:` or `https:` URI. Without a scheme it
    ///   lies below the folder that the server is configured with.
    pub fn build(media_pipeline: &MediaPipeline, uri: &str) -> PlayerEndpointBuilder {
        let params = vec![("mediaPipeline", media_pipeline.to_wire()), ("uri", uri.to_wire())];
        PlayerEndpointBuilder(Creation::new(media_pipeline.server(), "PlayerEndpoint", params))
    }

    /// Makes a player. What it plays is opened by `play`; what cannot be opened is an `Error` event. Nothing that may
    /// be left out is set.
    ///
    /// - `media_pipeline`: The pipeline.
    /// - `uri`: What it plays: a file, as a path or a `file:` URI, or an `http:` or `https:` URI. Without a scheme it
    ///   lies below the folder that the server is configured with.
    pub async fn create(media_pipeline: &MediaPipeline, uri: &str) -> Result<PlayerEndpoint, ClientError> {
        PlayerEndpoint::build(media_pipeline, uri).create().await
    }

    /// Plays on from where it is; after the end, from the beginning. The answer does not wait for media.
    pub async fn play(&self) -> Result<(), ClientError> {
        Object::call(self, "play", vec![]).await
    }

    /// How long the media is and where it can be sought in. All 0 and `false` until it is opened.
    pub async fn get_video_info(&self) -> Result<VideoInfo, ClientError> {
        Object::call(self, "getVideoInfo", vec![]).await
    }

    /// A drawing of the pipeline's graph in the DOT language.
    pub async fn get_element_gstreamer_dot(&self) -> Result<String, ClientError> {
        Object::call(self, "getElementGstreamerDot", vec![]).await
    }

    /// Where it plays, in milliseconds from the beginning. Setting it seeks; what cannot be sought in is an `Error`
    /// event of type PLAYER_SEEK_FAIL.
    pub async fn get_position(&self) -> Result<i64, ClientError> {
        Object::call(self, "getPosition", vec![]).await
    }

    /// Where it plays, in milliseconds from the beginning. Setting it seeks; what cannot be sought in is an `Error`
    /// event of type PLAYER_SEEK_FAIL.
    pub async fn set_position(&self, position: i64) -> Result<(), ClientError> {
        Object::call(self, "setPosition", vec![("position", position.to_wire())]).await
    }
}

/// What a `PlayerEndpoint` is made with; `create` makes it.
#[derive(Clone, Debug)]
#[must_use]
pub struct PlayerEndpointBuilder(Creation);

impl PlayerEndpointBuilder {
    /// Taken for compatibility: media is decoded only if a sink does not take it as it comes. Left out, it is `false`.
    pub fn use_encoded_media(self, use_encoded_media: bool) -> Self {
        PlayerEndpointBuilder(self.0.with("useEncodedMedia", use_encoded_media.to_wire()))
    }

    /// How much of what comes over a network is there before it plays, and again when it has run out, in milliseconds
    /// of media; 60,000 at the most. Left out, it is `2000`.
    pub fn network_cache(self, network_cache: i32) -> Self {
        PlayerEndpointBuilder(self.0.with("networkCache", network_cache.to_wire()))
    }

    /// Makes it.
    pub async fn create(self) -> Result<PlayerEndpoint, ClientError> {
        self.0.create().await
    }
}

/// Records what it is fed into a file, or sends it to an HTTP server while it is made, by one PUT. Nothing is written
/// before every kind of media that it is connected to has come. It records once; a second recording needs a second
/// recorder.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecorderEndpoint(UriEndpoint);

impl Deref for RecorderEndpoint {
    type Target = UriEndpoint;

    fn deref(&self) -> &UriEndpoint {
        &self.0
    }
}

impl Class for RecorderEndpoint {
    const NAME: &'static str = "RecorderEndpoint";

    fn of(object: Object) -> RecorderEndpoint {
        RecorderEndpoint(UriEndpoint::of(object))
    }
}

impl ToWire for RecorderEndpoint {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for RecorderEndpoint {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RecorderEndpoint, ClientError> {
        Object::from_wire(json, server).map(RecorderEndpoint::of)
    }
}

impl RecorderEndpoint {
    /// Makes a recorder. Nothing is written until `record`. What may be left out is set on the builder.
    ///
    /// - `media_pipeline`: The pipeline.
    /// - `uri`: Where it goes: a file, as a path or a `file:` URI, or an `http:` or `https:` URI. Without a scheme it
    ///   lies below the folder that the server is configured with.
    pub fn build(media_pipeline: &MediaPipeline, uri: &str) -> RecorderEndpointBuilder {
        let params = vec![("mediaPipeline", media_pipeline.to_wire()), ("uri", uri.to_wire())];
        RecorderEndpointBuilder(Creation::new(media_pipeline.server(), "RecorderEndpoint", params))
    }

    /// Makes a recorder. Nothing is written until `record`. Nothing that may be left out is set.
    ///
    /// - `media_pipeline`: The pipeline.
    /// - `uri`: Where it goes: a file, as a path or a `file:` URI, or an `http:` or `https:` URI. Without a scheme it
    ///   lies below the folder that the server is configured with.
    pub async fn create(media_pipeline: &MediaPipeline, uri: &str) -> Result<RecorderEndpoint, ClientError> {
        RecorderEndpoint::build(media_pipeline, uri).create().await
    }

    /// Records from now on; after `pause`, without a gap in the file. Error 40003 once it was stopped.
    pub async fn record(&self) -> Result<(), ClientError> {
        Object::call(self, "record", vec![]).await
    }

    /// Stops, and answers when the file is closed, or the server has answered. Error 40003 if that takes too long.
    pub async fn stop_and_wait(&self) -> Result<(), ClientError> {
        Object::call(self, "stopAndWait", vec![]).await
    }
}

/// What a `RecorderEndpoint` is made with; `create` makes it.
#[derive(Clone, Debug)]
#[must_use]
pub struct RecorderEndpointBuilder(Creation);

impl RecorderEndpointBuilder {
    /// The container, and the kinds of media in it. Codecs that the container does not hold are converted. Left out, it
    /// is `"WEBM"`.
    pub fn media_profile(self, media_profile: MediaProfileSpecType) -> Self {
        RecorderEndpointBuilder(self.0.with("mediaProfile", media_profile.to_wire()))
    }

    /// Whether it stops by itself when all that it records has come to its end. Without, it waits for more until it is
    /// told to stop. Left out, it is `false`.
    pub fn stop_on_end_of_stream(self, stop_on_end_of_stream: bool) -> Self {
        RecorderEndpointBuilder(self.0.with("stopOnEndOfStream", stop_on_end_of_stream.to_wire()))
    }

    /// Makes it.
    pub async fn create(self) -> Result<RecorderEndpoint, ClientError> {
        self.0.create().await
    }
}
