//! Module `videosampler`. Pictures taken out of a stream now and then.
//!
//! Made from the declarations of the remote classes: `trellis model rust videosampler`.

use trellis_client::classes::core::{MediaElement, MediaObject, MediaPipeline, Tag};
use trellis_client::generated::*;

/// The format of an image.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImageEncoding {
    /// `PNG`.
    Png,
    /// `JPEG`.
    Jpeg,
    /// `BMP`.
    Bmp,
    /// `PBM`.
    Pbm,
    /// `PPM`.
    Ppm,
    /// A value that is not declared here.
    Unknown(String),
}

impl ImageEncoding {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            ImageEncoding::Png => "PNG",
            ImageEncoding::Jpeg => "JPEG",
            ImageEncoding::Bmp => "BMP",
            ImageEncoding::Pbm => "PBM",
            ImageEncoding::Ppm => "PPM",
            ImageEncoding::Unknown(name) => name,
        }
    }
}

impl ToWire for ImageEncoding {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for ImageEncoding {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<ImageEncoding, ClientError> {
        Ok(match text(json)? {
            "PNG" => ImageEncoding::Png,
            "JPEG" => ImageEncoding::Jpeg,
            "BMP" => ImageEncoding::Bmp,
            "PBM" => ImageEncoding::Pbm,
            "PPM" => ImageEncoding::Ppm,
            other => ImageEncoding::Unknown(other.to_owned()),
        })
    }
}

/// How images are delivered: not at all, or by calls of gRPC.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImageDelivery {
    /// `NONE`.
    None,
    /// `GRPC`.
    Grpc,
    /// A value that is not declared here.
    Unknown(String),
}

impl ImageDelivery {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            ImageDelivery::None => "NONE",
            ImageDelivery::Grpc => "GRPC",
            ImageDelivery::Unknown(name) => name,
        }
    }
}

impl ToWire for ImageDelivery {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for ImageDelivery {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<ImageDelivery, ClientError> {
        Ok(match text(json)? {
            "NONE" => ImageDelivery::None,
            "GRPC" => ImageDelivery::Grpc,
            other => ImageDelivery::Unknown(other.to_owned()),
        })
    }
}

/// An image was delivered, or could not be.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleImageDelivered {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// Whether it was.
    pub delivered: bool,
}

impl Event for SampleImageDelivered {
    const NAME: &'static str = "SampleImageDelivered";

    fn of(fields: &Fields<'_>) -> Result<SampleImageDelivered, ClientError> {
        Ok(SampleImageDelivered {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            delivered: fields.get("delivered")?,
        })
    }
}

/// Takes a picture out of the stream now and then, and delivers it as an image.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VideoSampler(MediaElement);

impl Deref for VideoSampler {
    type Target = MediaElement;

    fn deref(&self) -> &MediaElement {
        &self.0
    }
}

impl Class for VideoSampler {
    const NAME: &'static str = "VideoSampler";

    fn of(object: Object) -> VideoSampler {
        VideoSampler(MediaElement::of(object))
    }
}

impl ToWire for VideoSampler {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for VideoSampler {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<VideoSampler, ClientError> {
        Object::from_wire(json, server).map(VideoSampler::of)
    }
}

impl VideoSampler {
    /// Makes one that takes pictures from now on. What may be left out is set on the builder.
    ///
    /// - `media_pipeline`: The pipeline.
    /// - `frame_period`: The time between two pictures, in milliseconds.
    pub fn build(media_pipeline: &MediaPipeline, frame_period: i32) -> VideoSamplerBuilder {
        let params = vec![("mediaPipeline", media_pipeline.to_wire()), ("framePeriod", frame_period.to_wire())];
        VideoSamplerBuilder(Creation::new(media_pipeline.server(), "VideoSampler", params))
    }

    /// Makes one that takes pictures from now on. Nothing that may be left out is set.
    ///
    /// - `media_pipeline`: The pipeline.
    /// - `frame_period`: The time between two pictures, in milliseconds.
    pub async fn create(media_pipeline: &MediaPipeline, frame_period: i32) -> Result<VideoSampler, ClientError> {
        VideoSampler::build(media_pipeline, frame_period).create().await
    }
}

/// What a `VideoSampler` is made with; `create` makes it.
#[derive(Clone, Debug)]
#[must_use]
pub struct VideoSamplerBuilder(Creation);

impl VideoSamplerBuilder {
    /// How images are delivered. Left out, it is `"NONE"`.
    pub fn image_delivery_method(self, image_delivery_method: ImageDelivery) -> Self {
        VideoSamplerBuilder(self.0.with("imageDeliveryMethod", image_delivery_method.to_wire()))
    }

    /// Height of an image, in pixels; 0 keeps the picture's. Left out, it is `0`.
    pub fn height(self, height: i32) -> Self {
        VideoSamplerBuilder(self.0.with("height", height.to_wire()))
    }

    /// Width of an image, in pixels; 0 keeps the picture's. Left out, it is `0`.
    pub fn width(self, width: i32) -> Self {
        VideoSamplerBuilder(self.0.with("width", width.to_wire()))
    }

    /// The format of an image. Left out, it is `"PNG"`.
    pub fn image_encoding(self, image_encoding: ImageEncoding) -> Self {
        VideoSamplerBuilder(self.0.with("imageEncoding", image_encoding.to_wire()))
    }

    /// Where images are delivered to; nowhere when empty. Left out, it is `""`.
    pub fn endpoint_url(self, endpoint_url: &str) -> Self {
        VideoSamplerBuilder(self.0.with("endpointUrl", endpoint_url.to_wire()))
    }

    /// A text that goes with each image. Left out, it is `""`.
    pub fn metadata(self, metadata: &str) -> Self {
        VideoSamplerBuilder(self.0.with("metadata", metadata.to_wire()))
    }

    /// Makes it.
    pub async fn create(self) -> Result<VideoSampler, ClientError> {
        self.0.create().await
    }
}
