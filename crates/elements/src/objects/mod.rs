//! Live objects: what an application creates, calls and hears, bound to the nodes that do the work.

mod bitrates;
mod element;
mod factory;
mod filters;
mod formats;
mod http;
mod hubs;
mod limits;
mod links;
mod pipeline;
mod player;
mod recorder;
mod records;
mod rtp;
mod settings;
mod webrtc;

pub use bitrates::Bitrates;
pub use element::{ElementCore, ElementObject};
pub use factory::{ElementFactory, Making};
pub use pipeline::PipelineObject;

use trellis_model::Class;

/// A class that is declared: a test holds every name used here against the model.
fn class(name: &'static str) -> &'static Class {
    Class::find(name).unwrap_or_else(|| panic!("{name} is not declared"))
}
