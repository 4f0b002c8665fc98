//! Module `videosampler`: pictures taken out of a stream now and then.

use super::KURENTO_VERSION;
use crate::Module;

pub(super) static MODULE: Module = Module {
    name: "videosampler",
    version: KURENTO_VERSION,
    doc: "Pictures taken out of a stream now and then.",
    kurento_version: Some("^7.1.0"),
    imports: &[],
    packages: &[
        ("api.js.nodeName", "kurento-module-videosampler"),
        ("api.js.npmDescription", "Pictures taken out of a stream, for JavaScript"),
        ("api.js.npmGit", "https://github.com/Kurento/kurento-module-videosampler-js.git"),
    ],
    parts: &[&PART],
};

crate::declarations! {
    static PART in "videosampler";

    classes {
        /// Takes a picture out of the stream now and then, and delivers it as an image.
        class VideoSampler: MediaElement {
            /// Makes one that takes pictures from now on.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// The time between two pictures, in milliseconds.
                framePeriod: int,
                /// How images are delivered.
                imageDeliveryMethod?: ImageDelivery = "NONE",
                /// Height of an image, in pixels; 0 keeps the picture's.
                height?: int = 0,
                /// Width of an image, in pixels; 0 keeps the picture's.
                width?: int = 0,
                /// The format of an image.
                imageEncoding?: ImageEncoding = "PNG",
                /// Where images are delivered to; nowhere when empty.
                endpointUrl?: String = "",
                /// A text that goes with each image.
                metadata?: String = "",
            }
            events { SampleImageDelivered }
        }
    }

    enums {
        /// The format of an image.
        ImageEncoding { PNG, JPEG, BMP, PBM, PPM }
        /// How images are delivered: not at all, or by calls of gRPC.
        ImageDelivery { NONE, GRPC }
    }

    events {
        /// An image was delivered, or could not be.
        SampleImageDelivered: Media {
            /// Whether it was.
            delivered: boolean,
        }
    }
}
