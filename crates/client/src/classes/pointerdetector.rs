//! Module `pointerdetector`. A pointer of one colour that enters and leaves windows.
//!
//! Made from the declarations of the remote classes: `trellis model rust pointerdetector`.

use trellis_client::classes::core::{Filter, MediaObject, MediaPipeline, Tag};
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
        record("pointerdetector", "WindowParam", vec![
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

/// A window that the pointer can enter, in pixels of the picture. Its corner is the upper left one, whatever the names
/// of the fields say.
#[derive(Clone, Debug, PartialEq)]
pub struct PointerDetectorWindowMediaParam {
    /// An id of the application's choice.
    pub id: String,
    /// Its height.
    pub height: i32,
    /// Its width.
    pub width: i32,
    /// The distance of its left edge from that of the picture.
    pub upper_right_x: i32,
    /// The distance of its upper edge from that of the picture.
    pub upper_right_y: i32,
    /// An image that is shown while the pointer is inside, a file or URL.
    pub active_image: Option<String>,
    /// How much the picture shines through the images, from 0 to 1.
    pub image_transparency: Option<f64>,
    /// An image that is shown while the pointer is outside, a file or URL.
    pub image: Option<String>,
}

impl ToWire for PointerDetectorWindowMediaParam {
    fn to_wire(&self) -> Json {
        record("pointerdetector", "PointerDetectorWindowMediaParam", vec![
            ("id", self.id.to_wire()),
            ("height", self.height.to_wire()),
            ("width", self.width.to_wire()),
            ("upperRightX", self.upper_right_x.to_wire()),
            ("upperRightY", self.upper_right_y.to_wire()),
            ("activeImage", self.active_image.to_wire()),
            ("imageTransparency", self.image_transparency.to_wire()),
            ("image", self.image.to_wire()),
        ])
    }
}

impl FromWire for PointerDetectorWindowMediaParam {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<PointerDetectorWindowMediaParam, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(PointerDetectorWindowMediaParam {
            id: fields.get("id")?,
            height: fields.get("height")?,
            width: fields.get("width")?,
            upper_right_x: fields.get("upperRightX")?,
            upper_right_y: fields.get("upperRightY")?,
            active_image: fields.get("activeImage")?,
            image_transparency: fields.get("imageTransparency")?,
            image: fields.get("image")?,
        })
    }
}

/// The pointer leaves a window.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowOut {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// The id of the window.
    pub window_id: String,
}

impl Event for WindowOut {
    const NAME: &'static str = "WindowOut";

    fn of(fields: &Fields<'_>) -> Result<WindowOut, ClientError> {
        Ok(WindowOut {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            window_id: fields.get("windowId")?,
        })
    }
}

/// The pointer enters a window.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowIn {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// The id of the window.
    pub window_id: String,
}

impl Event for WindowIn {
    const NAME: &'static str = "WindowIn";

    fn of(fields: &Fields<'_>) -> Result<WindowIn, ClientError> {
        Ok(WindowIn {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            window_id: fields.get("windowId")?,
        })
    }
}

/// Follows a pointer by its colour, and tells when it enters and leaves windows of the picture.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PointerDetectorFilter(Filter);

impl Deref for PointerDetectorFilter {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.0
    }
}

impl Class for PointerDetectorFilter {
    const NAME: &'static str = "PointerDetectorFilter";

    fn of(object: Object) -> PointerDetectorFilter {
        PointerDetectorFilter(Filter::of(object))
    }
}

impl ToWire for PointerDetectorFilter {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for PointerDetectorFilter {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<PointerDetectorFilter, ClientError> {
        Object::from_wire(json, server).map(PointerDetectorFilter::of)
    }
}

impl PointerDetectorFilter {
    /// Makes one that does not know the colour yet. What may be left out is set on the builder.
    ///
    /// - `media_pipeline`: The pipeline.
    /// - `calibration_region`: Where the pointer is held for its colour to be learnt.
    pub fn build(media_pipeline: &MediaPipeline, calibration_region: &WindowParam) -> PointerDetectorFilterBuilder {
        let params = vec![
            ("mediaPipeline", media_pipeline.to_wire()),
            ("calibrationRegion", calibration_region.to_wire()),
        ];
        PointerDetectorFilterBuilder(Creation::new(media_pipeline.server(), "PointerDetectorFilter", params))
    }

    /// Makes one that does not know the colour yet. Nothing that may be left out is set.
    ///
    /// - `media_pipeline`: The pipeline.
    /// - `calibration_region`: Where the pointer is held for its colour to be learnt.
    pub async fn create(
        media_pipeline: &MediaPipeline,
        calibration_region: &WindowParam,
    ) -> Result<PointerDetectorFilter, ClientError> {
        PointerDetectorFilter::build(media_pipeline, calibration_region).create().await
    }

    /// Adds a window; one of the same id is replaced.
    ///
    /// - `window`: The window.
    pub async fn add_window(&self, window: &PointerDetectorWindowMediaParam) -> Result<(), ClientError> {
        Object::call(self, "addWindow", vec![("window", window.to_wire())]).await
    }

    /// Takes all windows away.
    pub async fn clear_windows(&self) -> Result<(), ClientError> {
        Object::call(self, "clearWindows", vec![]).await
    }

    /// Learns the colour of what is in the calibration region now.
    pub async fn track_color_from_calibration_region(&self) -> Result<(), ClientError> {
        Object::call(self, "trackColorFromCalibrationRegion", vec![]).await
    }

    /// Takes a window away.
    ///
    /// - `window_id`: The id of the window.
    pub async fn remove_window(&self, window_id: &str) -> Result<(), ClientError> {
        Object::call(self, "removeWindow", vec![("windowId", window_id.to_wire())]).await
    }
}

/// What a `PointerDetectorFilter` is made with; `create` makes it.
#[derive(Clone, Debug)]
#[must_use]
pub struct PointerDetectorFilterBuilder(Creation);

impl PointerDetectorFilterBuilder {
    /// The windows. Left out, it is `[]`.
    pub fn windows(self, windows: &[PointerDetectorWindowMediaParam]) -> Self {
        PointerDetectorFilterBuilder(self.0.with("windows", windows.to_wire()))
    }

    /// Makes it.
    pub async fn create(self) -> Result<PointerDetectorFilter, ClientError> {
        self.0.create().await
    }
}
