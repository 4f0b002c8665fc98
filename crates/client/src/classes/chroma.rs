//! Module `chroma`. Another background in place of a colour.
//!
//! Made from the declarations of the remote classes: `trellis model rust chroma`.

use trellis_client::classes::core::{Filter, MediaPipeline};
use trellis_client::generated::*;

/// A rectangle of the picture, in pixels. Its corner is the upper left one, whatever the names of the fields say.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowParam {
    /// The distance of its left edge from that of the picture.
    pub top_right_corner_x: i32,
    /// The distance of its upper edge from that of the picture.
    pub top_right_corner_y: i32,
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
}

impl ToWire for WindowParam {
    fn to_wire(&self) -> Json {
        record("chroma", "WindowParam", vec![
            ("topRightCornerX", self.top_right_corner_x.to_wire()),
            ("topRightCornerY", self.top_right_corner_y.to_wire()),
            ("width", self.width.to_wire()),
            ("height", self.height.to_wire()),
        ])
    }
}

impl FromWire for WindowParam {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<WindowParam, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(WindowParam {
            top_right_corner_x: fields.get("topRightCornerX")?,
            top_right_corner_y: fields.get("topRightCornerY")?,
            width: fields.get("width")?,
            height: fields.get("height")?,
        })
    }
}

/// Replaces the colour that it finds in a window of the first pictures by an image, or by black.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChromaFilter(Filter);

impl Deref for ChromaFilter {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.0
    }
}

impl Class for ChromaFilter {
    const NAME: &'static str = "ChromaFilter";

    fn of(object: Object) -> ChromaFilter {
        ChromaFilter(Filter::of(object))
    }
}

impl ToWire for ChromaFilter {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for ChromaFilter {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<ChromaFilter, ClientError> {
        Object::from_wire(json, server).map(ChromaFilter::of)
    }
}

impl ChromaFilter {
    /// Makes one that learns the colour from the first pictures. What may be left out is set on the builder.
    ///
    /// - `media_pipeline`: The pipeline.
    /// - `window`: Where the first pictures show nothing but the colour.
    pub fn build(media_pipeline: &MediaPipeline, window: &WindowParam) -> ChromaFilterBuilder {
        let params = vec![("mediaPipeline", media_pipeline.to_wire()), ("window", window.to_wire())];
        ChromaFilterBuilder(Creation::new(media_pipeline.server(), "ChromaFilter", params))
    }

    /// Makes one that learns the colour from the first pictures. Nothing that may be left out is set.
    ///
    /// - `media_pipeline`: The pipeline.
    /// - `window`: Where the first pictures show nothing but the colour.
    pub async fn create(media_pipeline: &MediaPipeline, window: &WindowParam) -> Result<ChromaFilter, ClientError> {
        ChromaFilter::build(media_pipeline, window).create().await
    }

    /// Shows an image in place of the colour.
    ///
    /// - `uri`: The image, a file or URL.
    pub async fn set_background(&self, uri: &str) -> Result<(), ClientError> {
        Object::call(self, "setBackground", vec![("uri", uri.to_wire())]).await
    }

    /// Shows black in place of the colour.
    pub async fn unset_background(&self) -> Result<(), ClientError> {
        Object::call(self, "unsetBackground", vec![]).await
    }
}

/// What a `ChromaFilter` is made with; `create` makes it.
#[derive(Clone, Debug)]
#[must_use]
pub struct ChromaFilterBuilder(Creation);

impl ChromaFilterBuilder {
    /// The image, a file or URL; black when empty. Left out, it is `""`.
    pub fn background_image(self, background_image: &str) -> Self {
        ChromaFilterBuilder(self.0.with("backgroundImage", background_image.to_wire()))
    }

    /// Makes it.
    pub async fn create(self) -> Result<ChromaFilter, ClientError> {
        self.0.create().await
    }
}
