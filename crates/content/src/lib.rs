//! Content API, Open API, WHIP and WHEP: an application server on the Media API.
//!
//! An [`Application`] is made of handlers, each at a path of its HTTP port. A client asks for a content there, by the Open
//! API (JSON-RPC 2.0 over POST: `start`, `poll`, `execute`, `terminate`) or plainly; the handler of the path decides and
//! starts the [`Session`] with a file, an item of the [`Repository`] or an endpoint of its own, or refuses. Events,
//! commands and the end go over the same requests.
//!
//! ```text
//!  client ── POST {start} ──► door ── on_content_request ──► handler ── start ──► MediaServers
//!         ◄─ {url | sdp} ─────────                                                    │
//!         ── POST {poll} ───►       ◄── publish_event, terminate ──                   │
//!         ◄─────────────── media: redirected, or through the tunnel ─────────────────►┘
//! ```
//!
//! What always holds: a session ends once, with one reason; what it holds is released then; a handler that panics or hangs
//! ends its own session at the most.

#![forbid(unsafe_code)]

#[cfg(feature = "object-store")]
pub use object_store;

mod application;
mod door;
mod error;
mod fetch;
mod handler;
mod kind;
mod media;
mod protocol;
mod repository;
mod servers;
mod session;
mod settings;
pub mod whip;

pub use application::{Application, Running};
pub use error::{Code, ContentError, Row, TABLE};
pub use handler::{Command, ContentHandler};
pub use kind::{HttpPlayer, HttpRecorder, Kind, Rtp, WebRtc};
pub use media::Media;
pub use protocol::{Constraints, Direction};
pub use repository::{Attributes, Item, ItemState, Recording, Repository};
pub use servers::{Load, MediaServers};
pub use session::{Ended, Reason, Session, State};
pub use settings::{Access, Delivery, Origins, Protocol, Settings};
/// The guide's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/content.md")]
struct Guide;
