//! Module `platedetector`: number plates of vehicles.

use super::KURENTO_VERSION;
use crate::Module;

pub(super) static MODULE: Module = Module {
    name: "platedetector",
    version: KURENTO_VERSION,
    doc: "Number plates of vehicles.",
    kurento_version: Some("^7.1.0"),
    imports: &[],
    packages: &[
        ("api.js.nodeName", "kurento-module-platedetector"),
        ("api.js.npmDescription", "Number plates, for JavaScript"),
        ("api.js.npmGit", "https://github.com/Kurento/kurento-module-platedetector-js.git"),
    ],
    parts: &[&PART],
};

crate::declarations! {
    static PART in "platedetector";

    classes {
        /// Reads number plates of vehicles.
        class PlateDetectorFilter: Filter {
            /// Makes one.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
            methods {
                /// Says how wide plates are.
                setPlateWidthPercentage(
                    /// The width of a plate, as a part of the picture's, from 0 to 1.
                    plateWidthPercentage: float,
                ),
            }
            events { PlateDetected }
        }
    }

    events {
        /// A number plate is in the picture.
        PlateDetected: Media {
            /// What it says.
            plate: String,
        }
    }
}
