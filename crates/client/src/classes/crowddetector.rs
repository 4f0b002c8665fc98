//! Module `crowddetector`. How many people are in places, and where they go.
//!
//! Made from the declarations of the remote classes: `trellis model rust crowddetector`.

use trellis_client::classes::core::{Filter, MediaObject, MediaPipeline, Tag};
use trellis_client::generated::*;

/// A point of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct RelativePoint {
    /// Its distance from the left edge, as a part of the width.
    pub x: f64,
    /// Its distance from the upper edge, as a part of the height.
    pub y: f64,
}

impl ToWire for RelativePoint {
    fn to_wire(&self) -> Json {
        record("crowddetector", "RelativePoint", vec![("x", self.x.to_wire()), ("y", self.y.to_wire())])
    }
}

impl FromWire for RelativePoint {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RelativePoint, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RelativePoint {
            x: fields.get("x")?,
            y: fields.get("y")?,
        })
    }
}

/// What is told of a region. Levels are percent; an event is raised once its level has lasted for as many pictures as
/// are set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegionOfInterestConfig {
    /// Where occupancy of level 1 begins. Left out, it is `10`.
    pub occupancy_level_min: Option<i32>,
    /// Where occupancy of level 2 begins. Left out, it is `35`.
    pub occupancy_level_med: Option<i32>,
    /// Where occupancy of level 3 begins. Left out, it is `65`.
    pub occupancy_level_max: Option<i32>,
    /// Pictures that a level of occupancy lasts before it is told. Left out, it is `5`.
    pub occupancy_num_frames_to_event: Option<i32>,
    /// Where fluidity of level 1 begins. Left out, it is `10`.
    pub fluidity_level_min: Option<i32>,
    /// Where fluidity of level 2 begins. Left out, it is `35`.
    pub fluidity_level_med: Option<i32>,
    /// Where fluidity of level 3 begins. Left out, it is `65`.
    pub fluidity_level_max: Option<i32>,
    /// Pictures that a level of fluidity lasts before it is told. Left out, it is `5`.
    pub fluidity_num_frames_to_event: Option<i32>,
    /// Whether the direction is told. Left out, it is `false`.
    pub send_optical_flow_event: Option<bool>,
    /// Pictures that a direction lasts before it is told. Left out, it is `3`.
    pub optical_flow_num_frames_to_event: Option<i32>,
    /// Pictures without movement after which the direction is forgotten. Left out, it is `3`.
    pub optical_flow_num_frames_to_reset: Option<i32>,
    /// What is added to directions, in degrees. Left out, it is `0`.
    pub optical_flow_angle_offset: Option<i32>,
}

impl ToWire for RegionOfInterestConfig {
    fn to_wire(&self) -> Json {
        record("crowddetector", "RegionOfInterestConfig", vec![
            ("occupancyLevelMin", self.occupancy_level_min.to_wire()),
            ("occupancyLevelMed", self.occupancy_level_med.to_wire()),
            ("occupancyLevelMax", self.occupancy_level_max.to_wire()),
            ("occupancyNumFramesToEvent", self.occupancy_num_frames_to_event.to_wire()),
            ("fluidityLevelMin", self.fluidity_level_min.to_wire()),
            ("fluidityLevelMed", self.fluidity_level_med.to_wire()),
            ("fluidityLevelMax", self.fluidity_level_max.to_wire()),
            ("fluidityNumFramesToEvent", self.fluidity_num_frames_to_event.to_wire()),
            ("sendOpticalFlowEvent", self.send_optical_flow_event.to_wire()),
            ("opticalFlowNumFramesToEvent", self.optical_flow_num_frames_to_event.to_wire()),
            ("opticalFlowNumFramesToReset", self.optical_flow_num_frames_to_reset.to_wire()),
            ("opticalFlowAngleOffset", self.optical_flow_angle_offset.to_wire()),
        ])
    }
}

impl FromWire for RegionOfInterestConfig {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RegionOfInterestConfig, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RegionOfInterestConfig {
            occupancy_level_min: fields.get("occupancyLevelMin")?,
            occupancy_level_med: fields.get("occupancyLevelMed")?,
            occupancy_level_max: fields.get("occupancyLevelMax")?,
            occupancy_num_frames_to_event: fields.get("occupancyNumFramesToEvent")?,
            fluidity_level_min: fields.get("fluidityLevelMin")?,
            fluidity_level_med: fields.get("fluidityLevelMed")?,
            fluidity_level_max: fields.get("fluidityLevelMax")?,
            fluidity_num_frames_to_event: fields.get("fluidityNumFramesToEvent")?,
            send_optical_flow_event: fields.get("sendOpticalFlowEvent")?,
            optical_flow_num_frames_to_event: fields.get("opticalFlowNumFramesToEvent")?,
            optical_flow_num_frames_to_reset: fields.get("opticalFlowNumFramesToReset")?,
            optical_flow_angle_offset: fields.get("opticalFlowAngleOffset")?,
        })
    }
}

/// A region of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionOfInterest {
    /// Its corners, in order.
    pub points: Vec<RelativePoint>,
    /// What is told of it.
    pub region_of_interest_config: RegionOfInterestConfig,
    /// An id of the application's choice.
    pub id: String,
}

impl ToWire for RegionOfInterest {
    fn to_wire(&self) -> Json {
        record("crowddetector", "RegionOfInterest", vec![
            ("points", self.points.to_wire()),
            ("regionOfInterestConfig", self.region_of_interest_config.to_wire()),
            ("id", self.id.to_wire()),
        ])
    }
}

impl FromWire for RegionOfInterest {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RegionOfInterest, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RegionOfInterest {
            points: fields.get("points")?,
            region_of_interest_config: fields.get("regionOfInterestConfig")?,
            id: fields.get("id")?,
        })
    }
}

/// People in a region move more or less fluently than before.
#[derive(Clone, Debug, PartialEq)]
pub struct CrowdDetectorFluidity {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// How fluently, in percent.
    pub fluidity_percentage: f64,
    /// The level, from 0 to 3.
    pub fluidity_level: i32,
    /// The id of the region.
    pub roi_id: String,
}

impl Event for CrowdDetectorFluidity {
    const NAME: &'static str = "CrowdDetectorFluidity";

    fn of(fields: &Fields<'_>) -> Result<CrowdDetectorFluidity, ClientError> {
        Ok(CrowdDetectorFluidity {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            fluidity_percentage: fields.get("fluidityPercentage")?,
            fluidity_level: fields.get("fluidityLevel")?,
            roi_id: fields.get("roiId")?,
        })
    }
}

/// A region is more or less full than before.
#[derive(Clone, Debug, PartialEq)]
pub struct CrowdDetectorOccupancy {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// How full, in percent.
    pub occupancy_percentage: f64,
    /// The level, from 0 to 3.
    pub occupancy_level: i32,
    /// The id of the region.
    pub roi_id: String,
}

impl Event for CrowdDetectorOccupancy {
    const NAME: &'static str = "CrowdDetectorOccupancy";

    fn of(fields: &Fields<'_>) -> Result<CrowdDetectorOccupancy, ClientError> {
        Ok(CrowdDetectorOccupancy {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            occupancy_percentage: fields.get("occupancyPercentage")?,
            occupancy_level: fields.get("occupancyLevel")?,
            roi_id: fields.get("roiId")?,
        })
    }
}

/// People in a region move into another direction than before.
#[derive(Clone, Debug, PartialEq)]
pub struct CrowdDetectorDirection {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// The direction, in degrees: 0 is left, 90 up, 180 right, 270 down.
    pub direction_angle: f64,
    /// The id of the region.
    pub roi_id: String,
}

impl Event for CrowdDetectorDirection {
    const NAME: &'static str = "CrowdDetectorDirection";

    fn of(fields: &Fields<'_>) -> Result<CrowdDetectorDirection, ClientError> {
        Ok(CrowdDetectorDirection {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            direction_angle: fields.get("directionAngle")?,
            roi_id: fields.get("roiId")?,
        })
    }
}

/// Watches regions of the picture: how full of people they are, how fluently and in which direction these move.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CrowdDetectorFilter(Filter);

impl Deref for CrowdDetectorFilter {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.0
    }
}

impl Class for CrowdDetectorFilter {
    const NAME: &'static str = "CrowdDetectorFilter";

    fn of(object: Object) -> CrowdDetectorFilter {
        CrowdDetectorFilter(Filter::of(object))
    }
}

impl ToWire for CrowdDetectorFilter {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for CrowdDetectorFilter {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<CrowdDetectorFilter, ClientError> {
        Object::from_wire(json, server).map(CrowdDetectorFilter::of)
    }
}

impl CrowdDetectorFilter {
    /// Makes one that watches some regions.
    ///
    /// - `media_pipeline`: The pipeline.
    /// - `rois`: The regions.
    pub async fn create(
        media_pipeline: &MediaPipeline,
        rois: &[RegionOfInterest],
    ) -> Result<CrowdDetectorFilter, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire()), ("rois", rois.to_wire())];
        Creation::new(media_pipeline.server(), "CrowdDetectorFilter", params).create().await
    }

    /// The width that pictures are scaled to before they are looked at, in pixels.
    pub async fn get_processing_width(&self) -> Result<i32, ClientError> {
        Object::call(self, "getProcessingWidth", vec![]).await
    }

    /// The width that pictures are scaled to before they are looked at, in pixels.
    pub async fn set_processing_width(&self, processing_width: i32) -> Result<(), ClientError> {
        Object::call(self, "setProcessingWidth", vec![("processingWidth", processing_width.to_wire())]).await
    }
}
