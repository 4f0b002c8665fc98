//! Module `platedetector`. Number plates of vehicles.
//!
//! Made from the declarations of the remote classes: `trellis model rust platedetector`.

use trellis_client::classes::core::{Filter, MediaObject, MediaPipeline, Tag};
use trellis_client::generated::*;

/// A number plate is in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct PlateDetected {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// What it says.
    pub plate: String,
}

impl Event for PlateDetected {
    const NAME: &'static str = "PlateDetected";

    fn of(fields: &Fields<'_>) -> Result<PlateDetected, ClientError> {
        Ok(PlateDetected {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            plate: fields.get("plate")?,
        })
    }
}

/// Reads number plates of vehicles.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlateDetectorFilter(Filter);

impl Deref for PlateDetectorFilter {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.0
    }
}

impl Class for PlateDetectorFilter {
    const NAME: &'static str = "PlateDetectorFilter";

    fn of(object: Object) -> PlateDetectorFilter {
        PlateDetectorFilter(Filter::of(object))
    }
}

impl ToWire for PlateDetectorFilter {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for PlateDetectorFilter {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<PlateDetectorFilter, ClientError> {
        Object::from_wire(json, server).map(PlateDetectorFilter::of)
    }
}

impl PlateDetectorFilter {
    /// Makes one.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<PlateDetectorFilter, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "PlateDetectorFilter", params).create().await
    }

    /// Says how wide plates are.
    ///
    /// - `plate_width_percentage`: The width of a plate, as a part of the picture's, from 0 to 1.
    pub async fn set_plate_width_percentage(&self, plate_width_percentage: f64) -> Result<(), ClientError> {
        Object::call(self, "setPlateWidthPercentage", vec![
            ("plateWidthPercentage", plate_width_percentage.to_wire()),
        ]).await
    }
}
