//! Module `markerdetector`. Printed markers that carry a number.
//!
//! Made from the declarations of the remote classes: `trellis model rust markerdetector`.

use trellis_client::classes::core::{MediaObject, MediaPipeline, Tag};
use trellis_client::classes::filters::OpenCVFilter;
use trellis_client::generated::*;

/// There are more or fewer markers of one number than before.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkerCount {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// The number on the markers.
    pub marker_id: i32,
    /// How many there are.
    pub marker_count: i32,
    /// How many more there are than before; below 0 for fewer.
    pub marker_count_diff: i32,
}

impl Event for MarkerCount {
    const NAME: &'static str = "MarkerCount";

    fn of(fields: &Fields<'_>) -> Result<MarkerCount, ClientError> {
        Ok(MarkerCount {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            marker_id: fields.get("markerId")?,
            marker_count: fields.get("markerCount")?,
            marker_count_diff: fields.get("markerCountDiff")?,
        })
    }
}

/// Finds printed markers, tells their numbers, and draws over them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArMarkerdetector(OpenCVFilter);

impl Deref for ArMarkerdetector {
    type Target = OpenCVFilter;

    fn deref(&self) -> &OpenCVFilter {
        &self.0
    }
}

impl Class for ArMarkerdetector {
    const NAME: &'static str = "ArMarkerdetector";

    fn of(object: Object) -> ArMarkerdetector {
        ArMarkerdetector(OpenCVFilter::of(object))
    }
}

impl ToWire for ArMarkerdetector {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for ArMarkerdetector {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<ArMarkerdetector, ClientError> {
        Object::from_wire(json, server).map(ArMarkerdetector::of)
    }
}

impl ArMarkerdetector {
    /// Makes one that draws nothing.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<ArMarkerdetector, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "ArMarkerdetector", params).create().await
    }

    /// Says how much of how markers are found is drawn.
    ///
    /// - `show_debug_level`: 0 is nothing.
    pub async fn set_show_debug_level(&self, show_debug_level: i32) -> Result<(), ClientError> {
        Object::call(self, "setShowDebugLevel", vec![("showDebugLevel", show_debug_level.to_wire())]).await
    }

    /// Tells how much of that is drawn.
    ///
    /// Gives: 0 is nothing.
    pub async fn get_show_debug_level(&self) -> Result<i32, ClientError> {
        Object::call(self, "getShowDebugLevel", vec![]).await
    }

    /// Draws an image over each marker.
    ///
    /// - `overlay_image`: The image, a file or URL; none when empty.
    pub async fn set_overlay_image(&self, overlay_image: &str) -> Result<(), ClientError> {
        Object::call(self, "setOverlayImage", vec![("overlayImage", overlay_image.to_wire())]).await
    }

    /// Tells what image is drawn.
    ///
    /// Gives: The image, a file or URL; none when empty.
    pub async fn get_overlay_image(&self) -> Result<String, ClientError> {
        Object::call(self, "getOverlayImage", vec![]).await
    }

    /// Writes a text at each marker.
    ///
    /// - `overlay_text`: The text; none when empty.
    pub async fn set_overlay_text(&self, overlay_text: &str) -> Result<(), ClientError> {
        Object::call(self, "setOverlayText", vec![("overlayText", overlay_text.to_wire())]).await
    }

    /// Tells what text is written.
    ///
    /// Gives: The text; none when empty.
    pub async fn get_overlay_text(&self) -> Result<String, ClientError> {
        Object::call(self, "getOverlayText", vec![]).await
    }

    /// Says how large the image is drawn.
    ///
    /// - `overlay_scale`: Its size, in sizes of the marker.
    pub async fn set_overlay_scale(&self, overlay_scale: f64) -> Result<(), ClientError> {
        Object::call(self, "setOverlayScale", vec![("overlayScale", overlay_scale.to_wire())]).await
    }

    /// Tells how large the image is drawn.
    ///
    /// Gives: Its size, in sizes of the marker.
    pub async fn get_overlay_scale(&self) -> Result<f64, ClientError> {
        Object::call(self, "getOverlayScale", vec![]).await
    }
}
