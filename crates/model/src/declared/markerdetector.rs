//! Module `markerdetector`: printed markers that carry a number.

use super::KURENTO_VERSION;
use crate::Module;

pub(super) static MODULE: Module = Module {
    name: "markerdetector",
    version: KURENTO_VERSION,
    doc: "Printed markers that carry a number.",
    kurento_version: Some("^7.1.0"),
    imports: &[],
    packages: &[
        ("api.js.nodeName", "kurento-module-markerdetector"),
        ("api.js.npmDescription", "Printed markers, for JavaScript"),
        ("api.js.npmGit", "https://github.com/Kurento/kurento-module-markerdetector-js.git"),
    ],
    parts: &[&PART],
};

crate::declarations! {
    static PART in "markerdetector";

    classes {
        /// Finds printed markers, tells their numbers, and draws over them.
        class ArMarkerdetector: OpenCVFilter {
            /// Makes one that draws nothing.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
            methods {
                /// Says how much of how markers are found is drawn.
                setShowDebugLevel(
                    /// 0 is nothing.
                    showDebugLevel: int,
                ),
                /// Tells how much of that is drawn.
                getShowDebugLevel() -> {
                    /// 0 is nothing.
                    int
                },
                /// Draws an image over each marker.
                setOverlayImage(
                    /// The image, a file or URL; none when empty.
                    overlayImage: String,
                ),
                /// Tells what image is drawn.
                getOverlayImage() -> {
                    /// The image, a file or URL; none when empty.
                    String
                },
                /// Writes a text at each marker.
                setOverlayText(
                    /// The text; none when empty.
                    overlayText: String,
                ),
                /// Tells what text is written.
                getOverlayText() -> {
                    /// The text; none when empty.
                    String
                },
                /// Says how large the image is drawn.
                setOverlayScale(
                    /// Its size, in sizes of the marker.
                    overlayScale: float,
                ),
                /// Tells how large the image is drawn.
                getOverlayScale() -> {
                    /// Its size, in sizes of the marker.
                    float
                },
            }
            events { MarkerCount }
        }
    }

    events {
        /// There are more or fewer markers of one number than before.
        MarkerCount: Media {
            /// The number on the markers.
            markerId: int,
            /// How many there are.
            markerCount: int,
            /// How many more there are than before; below 0 for fewer.
            markerCountDiff: int,
        }
    }
}
