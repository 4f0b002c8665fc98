//! Module `core`. Objects, pipelines, elements and the endpoints' common ground.
//!
//! Made from the declarations of the remote classes: `trellis model rust core`.

mod element;
mod endpoint;
mod object;
mod server;
mod stats;

pub use element::*;
pub use endpoint::*;
pub use object::*;
pub use server::*;
pub use stats::*;
