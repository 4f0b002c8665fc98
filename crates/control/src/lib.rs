//! The control plane: live objects, sessions with their garbage collection, and JSON-RPC 2.0 as Kurento's clients
//! speak it.
//!
//! Sans-I/O: a [`Connection`] turns the text of a message into the text of an answer; the sockets are the server's.
//! Invariant: no live object is called while the state's lock is held.
#![forbid(unsafe_code)]

mod common;
mod control;
mod manager;
mod objects;
mod process;
mod rpc;
mod session;
mod transaction;

pub use control::{Connection, Control, ControlSettings, MAX_MESSAGE};
pub use session::Push;
