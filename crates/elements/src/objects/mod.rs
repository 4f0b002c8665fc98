//! Live objects: what an application creates, calls and hears, bound to the nodes that do the work.

mod element;
mod filters;
mod pipeline;
mod player;
mod recorder;
mod webrtc;

pub use pipeline::PipelineObject;
