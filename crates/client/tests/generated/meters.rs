//! Module `meters`. Meters.
//!
//! Made from the declarations of the remote classes: `trellis model rust meters`.

use trellis_client::classes::core::{Filter, MediaObject, MediaPipeline, Tag};
use trellis_client::generated::*;

/// How it is measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeterScale {
    /// Whether the ear's sensitivity counts. Left out, it is `false`.
    pub weighted: Option<bool>,
}

impl ToWire for MeterScale {
    fn to_wire(&self) -> Json {
        record("meters", "MeterScale", vec![("weighted", self.weighted.to_wire())])
    }
}

impl FromWire for MeterScale {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<MeterScale, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(MeterScale {
            weighted: fields.get("weighted")?,
        })
    }
}

/// A level.
#[derive(Clone, Debug, PartialEq)]
pub struct MeterLevel {
    /// In decibels below full scale.
    pub peak: f64,
}

impl FromWire for MeterLevel {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<MeterLevel, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(MeterLevel {
            peak: fields.get("peak")?,
        })
    }
}

/// A period has passed.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelMeasured {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// By channel.
    pub levels: Vec<MeterLevel>,
}

impl Event for LevelMeasured {
    const NAME: &'static str = "LevelMeasured";

    fn of(fields: &Fields<'_>) -> Result<LevelMeasured, ClientError> {
        Ok(LevelMeasured {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            levels: fields.get("levels")?,
        })
    }
}

/// Measures how loud its input is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LevelMeter(Filter);

impl Deref for LevelMeter {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.0
    }
}

impl Class for LevelMeter {
    const NAME: &'static str = "LevelMeter";

    fn of(object: Object) -> LevelMeter {
        LevelMeter(Filter::of(object))
    }
}

impl ToWire for LevelMeter {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for LevelMeter {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<LevelMeter, ClientError> {
        Object::from_wire(json, server).map(LevelMeter::of)
    }
}

impl LevelMeter {
    /// Makes a meter. What may be left out is set on the builder.
    ///
    /// - `media_pipeline`: The pipeline.
    pub fn build(media_pipeline: &MediaPipeline) -> LevelMeterBuilder {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        LevelMeterBuilder(Creation::new(media_pipeline.server(), "LevelMeter", params))
    }

    /// Makes a meter. Nothing that may be left out is set.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<LevelMeter, ClientError> {
        LevelMeter::build(media_pipeline).create().await
    }

    /// Measures now.
    ///
    /// Gives: By channel.
    ///
    /// - `channel`: The channel.
    pub async fn measure(&self, channel: Option<i32>) -> Result<BTreeMap<String, MeterLevel>, ClientError> {
        Object::call(self, "measure", vec![("channel", channel.map(|it| it.to_wire()).into())]).await
    }
}

/// What a `LevelMeter` is made with; `create` makes it.
#[derive(Clone, Debug)]
#[must_use]
pub struct LevelMeterBuilder(Creation);

impl LevelMeterBuilder {
    /// What is measured. Left out, it is `{}`.
    pub fn scale(self, scale: &MeterScale) -> Self {
        LevelMeterBuilder(self.0.with("scale", scale.to_wire()))
    }

    /// Makes it.
    pub async fn create(self) -> Result<LevelMeter, ClientError> {
        self.0.create().await
    }
}
