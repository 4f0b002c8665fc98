//! Module `crowddetector`: how many people are in places, and where they go.

use super::KURENTO_VERSION;
use crate::Module;

pub(super) static MODULE: Module = Module {
    name: "crowddetector",
    version: KURENTO_VERSION,
    doc: "How many people are in places, and where they go.",
    kurento_version: Some("^7.1.0"),
    imports: &[],
    packages: &[
        ("api.js.nodeName", "kurento-module-crowddetector"),
        ("api.js.npmDescription", "People in places, for JavaScript"),
        ("api.js.npmGit", "https://github.com/Kurento/kurento-module-crowddetector-js.git"),
    ],
    parts: &[&PART],
};

crate::declarations! {
    static PART in "crowddetector";

    classes {
        /// Watches regions of the picture: how full of people they are, how fluently and in which direction these move.
        class CrowdDetectorFilter: Filter {
            /// Makes one that watches some regions.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// The regions.
                rois: [RegionOfInterest],
            }
            properties {
                /// The width that pictures are scaled to before they are looked at, in pixels.
                property processingWidth: int = "320",
            }
            events { CrowdDetectorFluidity, CrowdDetectorOccupancy, CrowdDetectorDirection }
        }
    }

    registers {
        /// A point of the picture.
        RelativePoint {
            /// Its distance from the left edge, as a part of the width.
            x: float,
            /// Its distance from the upper edge, as a part of the height.
            y: float,
        }
        /// What is told of a region. Levels are percent; an event is raised once its level has lasted for as many pictures
        /// as are set.
        RegionOfInterestConfig {
            /// Where occupancy of level 1 begins.
            occupancyLevelMin?: int = 10,
            /// Where occupancy of level 2 begins.
            occupancyLevelMed?: int = 35,
            /// Where occupancy of level 3 begins.
            occupancyLevelMax?: int = 65,
            /// Pictures that a level of occupancy lasts before it is told.
            occupancyNumFramesToEvent?: int = 5,
            /// Where fluidity of level 1 begins.
            fluidityLevelMin?: int = 10,
            /// Where fluidity of level 2 begins.
            fluidityLevelMed?: int = 35,
            /// Where fluidity of level 3 begins.
            fluidityLevelMax?: int = 65,
            /// Pictures that a level of fluidity lasts before it is told.
            fluidityNumFramesToEvent?: int = 5,
            /// Whether the direction is told.
            sendOpticalFlowEvent?: boolean = false,
            /// Pictures that a direction lasts before it is told.
            opticalFlowNumFramesToEvent?: int = 3,
            /// Pictures without movement after which the direction is forgotten.
            opticalFlowNumFramesToReset?: int = 3,
            /// What is added to directions, in degrees.
            opticalFlowAngleOffset?: int = 0,
        }
        /// A region of the picture.
        RegionOfInterest {
            /// Its corners, in order.
            points: [RelativePoint],
            /// What is told of it.
            regionOfInterestConfig: RegionOfInterestConfig,
            /// An id of the application's choice.
            id: String,
        }
    }

    events {
        /// People in a region move more or less fluently than before.
        CrowdDetectorFluidity: Media {
            /// How fluently, in percent.
            fluidityPercentage: float,
            /// The level, from 0 to 3.
            fluidityLevel: int,
            /// The id of the region.
            roiId: String,
        }
        /// A region is more or less full than before.
        CrowdDetectorOccupancy: Media {
            /// How full, in percent.
            occupancyPercentage: float,
            /// The level, from 0 to 3.
            occupancyLevel: int,
            /// The id of the region.
            roiId: String,
        }
        /// People in a region move into another direction than before.
        CrowdDetectorDirection: Media {
            /// The direction, in degrees: 0 is left, 90 up, 180 right, 270 down.
            directionAngle: float,
            /// The id of the region.
            roiId: String,
        }
    }
}
