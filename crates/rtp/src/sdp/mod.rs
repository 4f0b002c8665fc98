//! Session descriptions (RFC 8866) of plain and protected RTP, and what two of them agree on (RFC 3264).
//!
//! ```text
//!   text ─► Description ─► RemoteSection ─┐
//!                          Abilities ─────┴─► agree ─► Agreed ─► MediumConfig, LocalSection ─► text
//! ```
//!
//! The reader is our own: the parser of webrtc-rs refuses whole descriptions for what other servers read over.

mod agree;
mod codecs;
mod crypto;
mod description;
mod local;
mod remote;

pub use agree::{Abilities, Agreed, agree};
pub use codecs::{CodecLine, offered_codecs};
pub use crypto::CryptoLine;
pub use description::{Attribute, Description, Fault, Section, has_section, payload_types};
pub use local::{LocalDescription, LocalMedia, LocalSection};
pub use remote::{Direction, Protocol, RemoteMedia, RemoteSection};
