//! Module `filters`: what changes or reads pictures on their way.

use super::KURENTO_VERSION;
use crate::Module;

pub(super) static MODULE: Module = Module {
    name: "filters",
    version: KURENTO_VERSION,
    doc: "Filters that change or read pictures and sound.",
    kurento_version: Some("^7.1.0"),
    imports: &[],
    packages: &[
        ("kmd.java.mavenGroupId", "org.kurento"),
        ("kmd.java.mavenArtifactId", "kms-api-filters"),
        ("api.java.packageName", "org.kurento.client"),
        ("api.java.mavenGroupId", "org.kurento"),
        ("api.java.mavenArtifactId", "kurento-client"),
        ("api.js.nodeName", "kurento-client-filters"),
        ("api.js.npmDescription", "Filters, for JavaScript"),
        ("api.js.npmGit", "https://github.com/Kurento/kurento-client-filters-js.git"),
        ("implementation.cppNamespace", "kurento"),
    ],
    parts: &[&PART],
};

crate::declarations! {
    static PART in "filters";

    classes {
        /// Finds faces and lays an image over each.
        class FaceOverlayFilter: Filter {
            /// Makes one that shows no image yet.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
            methods {
                /// Shows no image any more.
                unsetOverlayedImage(),
                /// Sets the image, and where it lies. Places and sizes are parts of the face's: 0 and 1 are its edges. Error
                /// 40600 for an image that cannot be had, 40107 for one that cannot be read.
                setOverlayedImage(
                    /// The image, a file or URL: PNG or JPEG.
                    uri: String,
                    /// Its left edge, in widths of the face from the face's left edge.
                    offsetXPercent: float,
                    /// Its upper edge, in heights of the face from the face's upper edge.
                    offsetYPercent: float,
                    /// Its width, in widths of the face.
                    widthPercent: float,
                    /// Its height, in heights of the face.
                    heightPercent: float,
                ),
            }
        }

        /// Lays images over pictures at places that stay.
        class ImageOverlayFilter: Filter {
            /// Makes one without images.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
            methods {
                /// Takes an image away. An id that is not there is no error.
                removeImage(
                    /// The id that it was added by.
                    id: String,
                ),
                /// Adds an image. Places and sizes are parts of the picture's, from 0 to 1. Error 40600 for an image that
                /// cannot be had, 40107 for one that cannot be read.
                addImage(
                    /// An id of the application's choice; an image of that id is replaced.
                    id: String,
                    /// The image, a file or URL: PNG or JPEG.
                    uri: String,
                    /// Its left edge.
                    offsetXPercent: float,
                    /// Its upper edge.
                    offsetYPercent: float,
                    /// The width of its place.
                    widthPercent: float,
                    /// The height of its place.
                    heightPercent: float,
                    /// Whether it is shown as large as fits its place undistorted, and not stretched over it.
                    keepAspectRatio: boolean,
                    /// Whether it stands in the middle of its place when it does not fill it.
                    center: boolean,
                ),
            }
        }

        /// Runs one processing element, written in GStreamer's notation for pipelines: a name and `property=value` words.
        class GStreamerFilter: Filter {
            /// Makes one. Error 40001 for a command that cannot be read or is not known here.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// The element and its properties.
                command: String,
                /// The kind of media that it is for.
                filterType?: FilterType = "AUTODETECT",
            }
            properties {
                /// The command that it was made with.
                readonly command: String,
            }
            methods {
                /// Sets a property of the element; error 40001 for a property or value that it does not know.
                setElementProperty(
                    /// The property.
                    propertyName: String,
                    /// The value, as text.
                    propertyValue: String,
                ),
            }
        }

        /// A filter of pictures that looks into them: the ground for modules with computer vision.
        abstract OpenCVFilter: Filter {}

        /// Finds bar codes and QR codes. The same code is told at most once a second.
        class ZBarFilter: Filter {
            /// Makes one.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
            events { CodeFound }
        }
    }

    events {
        /// A code is in the picture.
        CodeFound: Media {
            /// The kind of code: `QR-Code`, `EAN-13`.
            codeType: String,
            /// What the code says.
            value: String,
        }
    }
}
