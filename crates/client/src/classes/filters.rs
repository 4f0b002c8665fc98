//! Module `filters`. Filters that change or read pictures and sound.
//!
//! Made from the declarations of the remote classes: `trellis model rust filters`.

use trellis_client::classes::core::{Filter, FilterType, MediaObject, MediaPipeline, Tag};
use trellis_client::generated::*;

/// A code is in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeFound {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// The kind of code: `QR-Code`, `EAN-13`.
    pub code_type: String,
    /// What the code says.
    pub value: String,
}

impl Event for CodeFound {
    const NAME: &'static str = "CodeFound";

    fn of(fields: &Fields<'_>) -> Result<CodeFound, ClientError> {
        Ok(CodeFound {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            code_type: fields.get("codeType")?,
            value: fields.get("value")?,
        })
    }
}

/// Finds faces and lays an image over each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FaceOverlayFilter(Filter);

impl Deref for FaceOverlayFilter {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.0
    }
}

impl Class for FaceOverlayFilter {
    const NAME: &'static str = "FaceOverlayFilter";

    fn of(object: Object) -> FaceOverlayFilter {
        FaceOverlayFilter(Filter::of(object))
    }
}

impl ToWire for FaceOverlayFilter {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for FaceOverlayFilter {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<FaceOverlayFilter, ClientError> {
        Object::from_wire(json, server).map(FaceOverlayFilter::of)
    }
}

impl FaceOverlayFilter {
    /// Makes one that shows no image yet.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<FaceOverlayFilter, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "FaceOverlayFilter", params).create().await
    }

    /// Shows no image any more.
    pub async fn unset_overlayed_image(&self) -> Result<(), ClientError> {
        Object::call(self, "unsetOverlayedImage", vec![]).await
    }

    /// Sets the image, and where it lies. Places and sizes are parts of the face's: 0 and 1 are its edges. Error 40600
    /// for an image that cannot be had, 40107 for one that cannot be read.
    pub async fn set_overlayed_image(&self, params: &FaceOverlayFilterSetOverlayedImage) -> Result<(), ClientError> {
        Object::call(self, "setOverlayedImage", vec![
            ("uri", params.uri.to_wire()),
            ("offsetXPercent", params.offset_x_percent.to_wire()),
            ("offsetYPercent", params.offset_y_percent.to_wire()),
            ("widthPercent", params.width_percent.to_wire()),
            ("heightPercent", params.height_percent.to_wire()),
        ]).await
    }
}

/// What `FaceOverlayFilter::set_overlayed_image` is given.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceOverlayFilterSetOverlayedImage {
    /// The image, a file or URL: PNG or JPEG.
    pub uri: String,
    /// Its left edge, in widths of the face from the face's left edge.
    pub offset_x_percent: f64,
    /// Its upper edge, in heights of the face from the face's upper edge.
    pub offset_y_percent: f64,
    /// Its width, in widths of the face.
    pub width_percent: f64,
    /// Its height, in heights of the face.
    pub height_percent: f64,
}

/// Lays images over pictures at places that stay.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageOverlayFilter(Filter);

impl Deref for ImageOverlayFilter {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.0
    }
}

impl Class for ImageOverlayFilter {
    const NAME: &'static str = "ImageOverlayFilter";

    fn of(object: Object) -> ImageOverlayFilter {
        ImageOverlayFilter(Filter::of(object))
    }
}

impl ToWire for ImageOverlayFilter {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for ImageOverlayFilter {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<ImageOverlayFilter, ClientError> {
        Object::from_wire(json, server).map(ImageOverlayFilter::of)
    }
}

impl ImageOverlayFilter {
    /// Makes one without images.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<ImageOverlayFilter, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "ImageOverlayFilter", params).create().await
    }

    /// Takes an image away. An id that is not there is no error.
    ///
    /// - `id`: The id that it was added by.
    pub async fn remove_image(&self, id: &str) -> Result<(), ClientError> {
        Object::call(self, "removeImage", vec![("id", id.to_wire())]).await
    }

    /// Adds an image. Places and sizes are parts of the picture's, from 0 to 1. Error 40600 for an image that cannot be
    /// had, 40107 for one that cannot be read.
    pub async fn add_image(&self, params: &ImageOverlayFilterAddImage) -> Result<(), ClientError> {
        Object::call(self, "addImage", vec![
            ("id", params.id.to_wire()),
            ("uri", params.uri.to_wire()),
            ("offsetXPercent", params.offset_x_percent.to_wire()),
            ("offsetYPercent", params.offset_y_percent.to_wire()),
            ("widthPercent", params.width_percent.to_wire()),
            ("heightPercent", params.height_percent.to_wire()),
            ("keepAspectRatio", params.keep_aspect_ratio.to_wire()),
            ("center", params.center.to_wire()),
        ]).await
    }
}

/// What `ImageOverlayFilter::add_image` is given.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageOverlayFilterAddImage {
    /// An id of the application's choice; an image of that id is replaced.
    pub id: String,
    /// The image, a file or URL: PNG or JPEG.
    pub uri: String,
    /// Its left edge.
    pub offset_x_percent: f64,
    /// Its upper edge.
    pub offset_y_percent: f64,
    /// The width of its place.
    pub width_percent: f64,
    /// The height of its place.
    pub height_percent: f64,
    /// Whether it is shown as large as fits its place undistorted, and not stretched over it.
    pub keep_aspect_ratio: bool,
    /// Whether it stands in the middle of its place when it does not fill it.
    pub center: bool,
}

/// Runs one processing element, written in GStreamer's notation for pipelines: a name and `property=value` words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GStreamerFilter(Filter);

impl Deref for GStreamerFilter {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.0
    }
}

impl Class for GStreamerFilter {
    const NAME: &'static str = "GStreamerFilter";

    fn of(object: Object) -> GStreamerFilter {
        GStreamerFilter(Filter::of(object))
    }
}

impl ToWire for GStreamerFilter {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for GStreamerFilter {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<GStreamerFilter, ClientError> {
        Object::from_wire(json, server).map(GStreamerFilter::of)
    }
}

impl GStreamerFilter {
    /// Makes one. Error 40001 for a command that cannot be read or is not known here. What may be left out is set on
    /// the builder.
    ///
    /// - `media_pipeline`: The pipeline.
    /// - `command`: The element and its properties.
    pub fn build(media_pipeline: &MediaPipeline, command: &str) -> GStreamerFilterBuilder {
        let params = vec![("mediaPipeline", media_pipeline.to_wire()), ("command", command.to_wire())];
        GStreamerFilterBuilder(Creation::new(media_pipeline.server(), "GStreamerFilter", params))
    }

    /// Makes one. Error 40001 for a command that cannot be read or is not known here. Nothing that may be left out is
    /// set.
    ///
    /// - `media_pipeline`: The pipeline.
    /// - `command`: The element and its properties.
    pub async fn create(media_pipeline: &MediaPipeline, command: &str) -> Result<GStreamerFilter, ClientError> {
        GStreamerFilter::build(media_pipeline, command).create().await
    }

    /// Sets a property of the element; error 40001 for a property or value that it does not know.
    ///
    /// - `property_name`: The property.
    /// - `property_value`: The value, as text.
    pub async fn set_element_property(&self, property_name: &str, property_value: &str) -> Result<(), ClientError> {
        Object::call(self, "setElementProperty", vec![
            ("propertyName", property_name.to_wire()),
            ("propertyValue", property_value.to_wire()),
        ]).await
    }

    /// The command that it was made with.
    pub async fn get_command(&self) -> Result<String, ClientError> {
        Object::call(self, "getCommand", vec![]).await
    }
}

/// What a `GStreamerFilter` is made with; `create` makes it.
#[derive(Clone, Debug)]
#[must_use]
pub struct GStreamerFilterBuilder(Creation);

impl GStreamerFilterBuilder {
    /// The kind of media that it is for. Left out, it is `"AUTODETECT"`.
    pub fn filter_type(self, filter_type: FilterType) -> Self {
        GStreamerFilterBuilder(self.0.with("filterType", filter_type.to_wire()))
    }

    /// Makes it.
    pub async fn create(self) -> Result<GStreamerFilter, ClientError> {
        self.0.create().await
    }
}

/// A filter of pictures that looks into them: the ground for modules with computer vision.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OpenCVFilter(Filter);

impl Deref for OpenCVFilter {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.0
    }
}

impl Class for OpenCVFilter {
    const NAME: &'static str = "OpenCVFilter";

    fn of(object: Object) -> OpenCVFilter {
        OpenCVFilter(Filter::of(object))
    }
}

impl ToWire for OpenCVFilter {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for OpenCVFilter {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<OpenCVFilter, ClientError> {
        Object::from_wire(json, server).map(OpenCVFilter::of)
    }
}

/// Finds bar codes and QR codes. The same code is told at most once a second.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ZBarFilter(Filter);

impl Deref for ZBarFilter {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.0
    }
}

impl Class for ZBarFilter {
    const NAME: &'static str = "ZBarFilter";

    fn of(object: Object) -> ZBarFilter {
        ZBarFilter(Filter::of(object))
    }
}

impl ToWire for ZBarFilter {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for ZBarFilter {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<ZBarFilter, ClientError> {
        Object::from_wire(json, server).map(ZBarFilter::of)
    }
}

impl ZBarFilter {
    /// Makes one.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<ZBarFilter, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "ZBarFilter", params).create().await
    }
}
