//! Module `elements`, part `http`.
//!
//! Made from the declarations of the remote classes: `trellis model rust elements/http`.

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
    /// Gives: The URL; it serves the first client that comes to it, and no other.
    pub async fn get_url(&self) -> Result<String, ClientError> {
        Object::call(self, "getUrl", vec![]).await
    }
}

/// Plays what a client uploads by POST, as it is or as a part of a form. The session begins with the first request.
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
    /// Makes one and its URL. What may be left out is set on the builder.
    ///
    /// - `media_pipeline`: The pipeline.
    pub fn build(media_pipeline: &MediaPipeline) -> HttpPostEndpointBuilder {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        HttpPostEndpointBuilder(Creation::new(media_pipeline.server(), "HttpPostEndpoint", params))
    }

    /// Makes one and its URL. Nothing that may be left out is set.
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
    /// How long the session waits for a client that is gone, in seconds. Left out, it is `2`.
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
