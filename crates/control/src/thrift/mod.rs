//! The Thrift API, both generations of it: calls on objects that are named by numbers and tokens (Kurento 3.0), and
//! JSON-RPC in a tunnel (4.x). One service has the methods of both; `thrift/*.thrift` of this crate describes it.
//!
//! ```text
//!   frame ─► Connection ─► wire ─► methods ─┬─► house: a tenant's objects, their numbers and leases ─► Realm
//!                                           └─► tunnel: JSON-RPC ──────────────────────────────────────┘
//!   event ─► callback of the subscription ─► frame ─► Outside: the application's service
//! ```
//!
//! Sans-I/O like the rest of the crate: frames in, frames out. An object lives as long as somebody gives signs of life
//! for it (`keepAlive`), whatever connections come and go.

mod connection;
mod creation;
mod events;
mod filters;
mod front;
mod generated;
mod house;
mod methods;
mod names;
mod objects;
mod pads;
mod parameters;
mod tagged;
mod tunnel;
mod wire;

pub use connection::Connection;
pub use front::{Front, Outside};
pub use wire::{Unreadable, method_of};

use crate::rpc::RpcError;
use generated::types::KmsMediaServerException;
use trellis_model::RemoteError;

/// A call's failure, as the client is told it.
type Outcome<T> = Result<T, KmsMediaServerException>;

fn failure(code: i32, message: impl std::fmt::Display) -> KmsMediaServerException {
    KmsMediaServerException { description: Some(message.to_string()), error_code: Some(code) }
}

impl From<RemoteError> for KmsMediaServerException {
    fn from(error: RemoteError) -> Self {
        failure(error.code, error.message)
    }
}

impl From<RpcError> for KmsMediaServerException {
    fn from(error: RpcError) -> Self {
        failure(error.code, error.message)
    }
}
