//! Module `elements`, part `http`.
//!
//! Made from the declarations of the remote classes: `trellis model rust elements/http`.

use super::MediaProfileSpecType;
use trellis_client::classes::core::{MediaPipeline, SessionEndpoint};
use trellis_client::generated::*;

/// An endpoint with a URL of its own at the server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpEndpoint(SessionEndpoint);

impl Deref for HttpEndpoint {
    type Target = SessionEndpoint;

    fn deref(&self) -> &SessionEndpoint {
        &self.0
    }
}

impl Class for HttpEndpoint {
    const NAME: &'static str = "HttpEndpoint";

    fn of(object: Object) -> HttpEndpoint {
        HttpEndpoint(SessionEndpoint::of(object))
    }
}

impl ToWire for HttpEndpoint {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for HttpEndpoint {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<HttpEndpoint, ClientError> {
        Object::from_wire(json, server).map(HttpEndpoint::of)
    }
}

impl HttpEndpoint {
    /// Gives the URL.
    ///
    /// Gives: The URL. Whoever has it may use it, for as long as the endpoint lives.
    pub async fn get_url(&self) -> Result<String, ClientError> {
        Object::call(self, "getUrl", vec![]).await
    }
}

/// Streams what it is fed to whoever gets its URL, to many at once: each begins with a keyframe. Who reads too slowly
/// loses media up to the next keyframe. The session begins with the first client. It ends a while after the last has
/// gone, and then the URL is no longer served. Of an older line of Kurento: 7.x has no such class.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpGetEndpoint(HttpEndpoint);

impl Deref for HttpGetEndpoint {
    type Target = HttpEndpoint;

    fn deref(&self) -> &HttpEndpoint {
        &self.0
    }
}

impl Class for HttpGetEndpoint {
    const NAME: &'static str = "HttpGetEndpoint";

    fn of(object: Object) -> HttpGetEndpoint {
        HttpGetEndpoint(HttpEndpoint::of(object))
    }
}

impl ToWire for HttpGetEndpoint {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for HttpGetEndpoint {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<HttpGetEndpoint, ClientError> {
        Object::from_wire(json, server).map(HttpGetEndpoint::of)
    }
}

impl HttpGetEndpoint {
    /// Makes one and its URL. Error 40300 where nothing serves HTTP. What may be left out is set on the builder.
    ///
    /// - `media_pipeline`: The pipeline.
    pub fn build(media_pipeline: &MediaPipeline) -> HttpGetEndpointBuilder {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        HttpGetEndpointBuilder(Creation::new(media_pipeline.server(), "HttpGetEndpoint", params))
    }

    /// Makes one and its URL. Error 40300 where nothing serves HTTP. Nothing that may be left out is set.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<HttpGetEndpoint, ClientError> {
        HttpGetEndpoint::build(media_pipeline).create().await
    }
}

/// What a `HttpGetEndpoint` is made with; `create` makes it.
#[derive(Clone, Debug)]
#[must_use]
pub struct HttpGetEndpointBuilder(Creation);

impl HttpGetEndpointBuilder {
    /// Whether the session ends when the media does; else the stream waits for more. Left out, it is `false`.
    pub fn terminate_on_eos(self, terminate_on_eos: bool) -> Self {
        HttpGetEndpointBuilder(self.0.with("terminateOnEOS", terminate_on_eos.to_wire()))
    }

    /// The container, and the kinds of media in it. Codecs that the container does not hold are converted. Left out, it
    /// is `"WEBM"`.
    pub fn media_profile(self, media_profile: MediaProfileSpecType) -> Self {
        HttpGetEndpointBuilder(self.0.with("mediaProfile", media_profile.to_wire()))
    }

    /// How long the session waits for a client when none is there, in seconds. Left out, it is `2`.
    pub fn disconnection_timeout(self, disconnection_timeout: i32) -> Self {
        HttpGetEndpointBuilder(self.0.with("disconnectionTimeout", disconnection_timeout.to_wire()))
    }

    /// Makes it.
    pub async fn create(self) -> Result<HttpGetEndpoint, ClientError> {
        self.0.create().await
    }
}

/// Plays what a client uploads to its URL by POST or PUT, as it is or as the first file of a form, as it comes: in any
/// container that a player reads. (An MP4 whose index is at its end is kept until it is whole.) The client is answered
/// 415 when it is no media, 409 while another one is served, 410 when the session is over. The session begins with the
/// request. It ends when all is played, but not before the client has gone for a while. An upload that breaks off is
/// played as far as it came; an `Error` event says so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpPostEndpoint(HttpEndpoint);

impl Deref for HttpPostEndpoint {
    type Target = HttpEndpoint;

    fn deref(&self) -> &HttpEndpoint {
        &self.0
    }
}

impl Class for HttpPostEndpoint {
    const NAME: &'static str = "HttpPostEndpoint";

    fn of(object: Object) -> HttpPostEndpoint {
        HttpPostEndpoint(HttpEndpoint::of(object))
    }
}

impl ToWire for HttpPostEndpoint {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for HttpPostEndpoint {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<HttpPostEndpoint, ClientError> {
        Object::from_wire(json, server).map(HttpPostEndpoint::of)
    }
}

impl HttpPostEndpoint {
    /// Makes one and its URL. Error 40300 where nothing serves HTTP. What may be left out is set on the builder.
    ///
    /// - `media_pipeline`: The pipeline.
    pub fn build(media_pipeline: &MediaPipeline) -> HttpPostEndpointBuilder {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        HttpPostEndpointBuilder(Creation::new(media_pipeline.server(), "HttpPostEndpoint", params))
    }

    /// Makes one and its URL. Error 40300 where nothing serves HTTP. Nothing that may be left out is set.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<HttpPostEndpoint, ClientError> {
        HttpPostEndpoint::build(media_pipeline).create().await
    }
}

/// What a `HttpPostEndpoint` is made with; `create` makes it.
#[derive(Clone, Debug)]
#[must_use]
pub struct HttpPostEndpointBuilder(Creation);

impl HttpPostEndpointBuilder {
    /// How long the session lasts at the least when the client has gone, in seconds. Left out, it is `2`.
    pub fn disconnection_timeout(self, disconnection_timeout: i32) -> Self {
        HttpPostEndpointBuilder(self.0.with("disconnectionTimeout", disconnection_timeout.to_wire()))
    }

    /// Taken for compatibility: media is decoded only if a sink does not take it as it came. Left out, it is `false`.
    pub fn use_encoded_media(self, use_encoded_media: bool) -> Self {
        HttpPostEndpointBuilder(self.0.with("useEncodedMedia", use_encoded_media.to_wire()))
    }

    /// Makes it.
    pub async fn create(self) -> Result<HttpPostEndpoint, ClientError> {
        self.0.create().await
    }
}
