//! Module `chroma`: another background in place of a colour.

use super::KURENTO_VERSION;
use crate::Module;

pub(super) static MODULE: Module = Module {
    name: "chroma",
    version: KURENTO_VERSION,
    doc: "Another background in place of a colour.",
    kurento_version: Some("^7.1.0"),
    imports: &[],
    packages: &[
        ("api.js.nodeName", "kurento-module-chroma"),
        ("api.js.npmDescription", "Another background, for JavaScript"),
        ("api.js.npmGit", "https://github.com/Kurento/kurento-module-chroma-js.git"),
    ],
    parts: &[&PART],
};

crate::declarations! {
    static PART in "chroma";

    classes {
        /// Replaces the colour that it finds in a window of the first pictures by an image, or by black.
        class ChromaFilter: Filter {
            /// Makes one that learns the colour from the first pictures.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// Where the first pictures show nothing but the colour.
                window: WindowParam,
                /// The image, a file or URL; black when empty.
                backgroundImage?: String = "",
            }
            methods {
                /// Shows an image in place of the colour.
                setBackground(
                    /// The image, a file or URL.
                    uri: String,
                ),
                /// Shows black in place of the colour.
                unsetBackground(),
            }
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
    }
}
