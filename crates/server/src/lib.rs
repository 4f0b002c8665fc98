//! The server as a library: what the `trellis` binary is made of, and a server of one's own with remote classes and
//! routes of one's own. The example `custom` adds a module: a declaration, an element, and a server of a few lines; the
//! example `mounted` adds a route.
#![forbid(unsafe_code)]

mod access;
mod cli;
mod config;
mod cors;
mod desk;
mod front;
mod http;
mod inspect;
mod kurento;
mod media;
mod model;
mod outbox;
mod output;
mod pace;
mod plan;
mod rpc;
mod run;
mod serve;
mod socket;
mod threads;
mod thrift;
mod whip;

pub use config::Config;
pub use serve::{Mounting, Server};
pub use trellis_control::Control;
