//! Module `elements`. Endpoints for browsers, RTP, files and HTTP, and hubs for many parties.
//!
//! Made from the declarations of the remote classes: `trellis model rust elements`.

mod files;
mod http;
mod hubs;
mod rtp;
mod webrtc;

pub use files::*;
pub use http::*;
pub use hubs::*;
pub use rtp::*;
pub use webrtc::*;
