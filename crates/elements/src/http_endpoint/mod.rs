//! HttpGetEndpoint and HttpPostEndpoint: what lies between a pipeline and whoever serves HTTP.
//!
//! ```text
//!  pipeline ──► GetNode ──► Broadcast ──► Reader, Reader, ...      one for each client
//!  one client ──► Upload ──► Inlet ──► a thread that demuxes ──► FedNode ──► pipeline
//! ```
//!
//! Nothing here knows HTTP: bytes go in and out, bounded, by polls with a waker. [`Urls`] is where a server finds the
//! door that a URL belongs to.

mod broadcast;
mod get;
mod inlet;
mod reader;
mod session;
pub(crate) mod spool;
mod urls;

pub(crate) use broadcast::{Attendance, Broadcast};
pub(crate) use get::{GetCommand, GetSettings, element};
pub(crate) use inlet::Inlet;
pub use inlet::Upload;
pub use reader::{Reader, Refusal};
pub(crate) use session::{Session, SessionEvent};
pub use urls::{Door, GetDoor, PostDoor, Urls};
