//! The Open API as text: JSON-RPC 2.0 requests and answers, apart from sockets.

mod charset;
mod constraints;
mod request;

pub(crate) use charset::MediaType;
pub use constraints::{Constraints, Direction};
pub(crate) use request::{Call, Request, failure, success};
