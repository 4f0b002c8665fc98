//! The control plane: live objects, sessions with their garbage collection, JSON-RPC 2.0 as Kurento's clients
//! speak it, and the Thrift API of the Kurento of 2013 and 2014 ([`thrift`]).
//!
//! Sans-I/O: a [`Connection`] turns the text of a message into the text of an answer, and so does a [`Visit`] for who has
//! no socket; the sockets and the threads are the server's. Invariant: no live object is called while a lock is held.
#![forbid(unsafe_code)]

mod answers;
mod call;
mod clock;
mod common;
mod connection;
mod control;
mod lease;
mod mailbox;
mod manager;
mod methods;
mod objects;
mod process;
mod realm;
mod resources;
mod rpc;
mod screen;
mod session;
mod tenant;
pub mod thrift;
mod transaction;
mod visit;

pub use call::Call;
pub use clock::Clock;
pub use connection::{Begun, Connection};
pub use control::{Control, ControlSettings};
pub use screen::MessageLimits;
pub use session::Push;
pub use tenant::{Quotas, Tenant};
pub use visit::{Poll, Visit, Visited};
