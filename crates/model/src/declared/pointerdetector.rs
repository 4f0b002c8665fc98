//! Module `pointerdetector`: a pointer of one colour that enters and leaves windows.

use super::KURENTO_VERSION;
use crate::Module;

pub(super) static MODULE: Module = Module {
    name: "pointerdetector",
    version: KURENTO_VERSION,
    doc: "A pointer of one colour that enters and leaves windows.",
    kurento_version: Some("^7.1.0"),
    imports: &[],
    packages: &[
        ("api.js.nodeName", "kurento-module-pointerdetector"),
        ("api.js.npmDescription", "A pointer that enters windows, for JavaScript"),
        ("api.js.npmGit", "https://github.com/Kurento/kurento-module-pointerdetector-js.git"),
    ],
    parts: &[&PART],
};

crate::declarations! {
    static PART in "pointerdetector";

    classes {
        /// Follows a pointer by its colour, and tells when it enters and leaves windows of the picture.
        class PointerDetectorFilter: Filter {
            /// Makes one that does not know the colour yet.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// Where the pointer is held for its colour to be learnt.
                calibrationRegion: WindowParam,
                /// The windows.
                windows?: [PointerDetectorWindowMediaParam] = [],
            }
            methods {
                /// Adds a window; one of the same id is replaced.
                addWindow(
                    /// The window.
                    window: PointerDetectorWindowMediaParam,
                ),
                /// Takes all windows away.
                clearWindows(),
                /// Learns the colour of what is in the calibration region now.
                trackColorFromCalibrationRegion(),
                /// Takes a window away.
                removeWindow(
                    /// The id of the window.
                    windowId: String,
                ),
            }
            events { WindowIn, WindowOut }
        }
    }

    registers {
        /// A rectangle of the picture, in pixels. Its corner is the upper left one, whatever the names of the fields say.
        WindowParam {
            /// The distance of its left edge from that of the picture.
            topRightCornerX: int,
            /// The distance of its upper edge from that of the picture.
            topRightCornerY: int,
            /// Its width.
            width: int,
            /// Its height.
            height: int,
        }
        /// A window that the pointer can enter, in pixels of the picture. Its corner is the upper left one, whatever the
        /// names of the fields say.
        PointerDetectorWindowMediaParam {
            /// An id of the application's choice.
            id: String,
            /// Its height.
            height: int,
            /// Its width.
            width: int,
            /// The distance of its left edge from that of the picture.
            upperRightX: int,
            /// The distance of its upper edge from that of the picture.
            upperRightY: int,
            /// An image that is shown while the pointer is inside, a file or URL.
            activeImage?: String,
            /// How much the picture shines through the images, from 0 to 1.
            imageTransparency?: float,
            /// An image that is shown while the pointer is outside, a file or URL.
            image?: String,
        }
    }

    events {
        /// The pointer leaves a window.
        WindowOut: Media {
            /// The id of the window.
            windowId: String,
        }
        /// The pointer enters a window.
        WindowIn: Media {
            /// The id of the window.
            windowId: String,
        }
    }
}
