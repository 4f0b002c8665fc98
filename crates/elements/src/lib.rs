//! Endpoints, hubs and filters: what applications create, each with its node and its live object.
//!
//! [`Media`] is the media plane of a process; [`catalogue`] lists what there is; [`launch`] reads pipelines written as
//! text. This crate knows no control protocol: objects implement `trellis_model::Remote`.
#![forbid(unsafe_code)]

pub mod catalogue;
mod fetch;
pub mod files;
pub mod filter;
pub mod http_endpoint;
pub mod hub_port;
mod latency;
pub mod launch;
mod media;
pub mod mixer;
pub mod objects;
pub mod pads;
mod pipe;
pub mod player;
pub mod policy;
pub mod program;
pub mod reach;
pub mod recorder;
mod resource;
pub mod rtp;
mod rtp_endpoint;
mod spacing;
pub mod studio;
mod threads;
pub mod webrtc_endpoint;
mod work;

pub use media::{CompositeSettings, IceSettings, Media, MediaError, MediaSettings};
pub use trellis_codecs::versions;
pub use trellis_webrtc::TurnServer;
