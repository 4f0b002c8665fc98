//! Module `datachannelexample`: elements that make and show data.

use super::KURENTO_VERSION;
use crate::Module;

pub(super) static MODULE: Module = Module {
    name: "datachannelexample",
    version: KURENTO_VERSION,
    doc: "Elements that make and show data.",
    kurento_version: Some("^7.0.0"),
    imports: &[],
    packages: &[],
    parts: &[&PART],
};

crate::declarations! {
    static PART in "datachannelexample";

    classes {
        /// Writes the text that comes as data over the pictures.
        class KmsShowData: MediaElement {
            /// Makes one.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
        }

        /// Gives numbers that count up, as data.
        class KmsSendData: MediaElement {
            /// Makes one.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
        }

        /// Finds faces, and gives where they are as data beside the pictures.
        class KmsDetectFaces: Filter {
            /// Makes one.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
        }

        /// Draws rectangles where the data says that faces are.
        class KmsShowFaces: Filter {
            /// Makes one.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
        }
    }
}
