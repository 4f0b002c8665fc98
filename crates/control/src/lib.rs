//! The control plane: live objects, sessions with their garbage collection, and JSON-RPC 2.0 as Kurento's clients
//! speak it.
//!
//! Sans-I/O: a [`Connection`] turns the text of a message into the text of an answer; the sockets are the server's.
//! Invariant: no live object is called while the state's lock is held.
#![forbid(unsafe_code)]

mod common;
mod connection;
mod control;
mod manager;
mod objects;
mod process;
mod rpc;
mod session;
mod transaction;

pub use connection::{Connection, MAX_MESSAGE};
pub use control::{Control, ControlSettings};
pub use session::Push;
