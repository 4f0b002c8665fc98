//! Computer vision and drawing on raw pictures: faces found and followed, codes read, images blended in.
//!
//! Everything works on planar YUV 4:2:0 as it is; nothing here knows the graph.
#![forbid(unsafe_code)]

mod area;
mod codes;
mod faces;
mod overlay;
mod tracker;

pub use area::{Area, Placement};
pub use codes::{Code, CodeReader, Symbology};
pub use faces::FaceDetector;
pub use overlay::{Overlay, OverlayError};
pub use tracker::FaceTracker;
