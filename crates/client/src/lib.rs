//! Media API: the remote classes as typed Rust, embedded or over the network.
//!
//! ```text
//!   classes (made from the declarations) ──► Object ──► MediaServer ──► a transport
//!                                              ▲                          ├─ remote: a WebSocket that comes back
//!            Events ◄── Switchboard ───────────┴──── events ◄─────────────┴─ embedded: calls within the process
//! ```
//!
//! A program says once which server it means, and is the same otherwise:
//!
//! ```no_run
//! use trellis_client::{EndOfStream, MediaPipeline, MediaServer, PlayerEndpoint, RecorderEndpoint};
//!
//! # async fn run() -> Result<(), trellis_client::ClientError> {
//! let server = MediaServer::connect("ws://127.0.0.1:8888/kurento").await?;
//! let pipeline = MediaPipeline::create(&server).await?;
//! let player = PlayerEndpoint::create(&pipeline, "file:///clip.webm").await?;
//! let recorder = RecorderEndpoint::create(&pipeline, "file:///copy.webm").await?;
//! player.connect(&recorder, None).await?;
//! let mut ends = player.on::<EndOfStream>().await?;
//! recorder.record().await?;
//! player.play().await?;
//! ends.next().await;
//! recorder.stop_and_wait().await?;
//! server.close().await
//! # }
//! ```
//!
//! Handles of objects are cheap to clone and release nothing when they are dropped: an object lives until it is released,
//! or until its session ends, which [`MediaServer::close`] does. Everything here runs within a tokio runtime.
//!
//! A program with remote classes of its own has them in Rust too: `model rust MODULE` of its server prints them.
#![forbid(unsafe_code)]

/// Every piece of code in it is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/client.md")]
struct Guide;

// What is generated names this crate, so that it stands in others as it does here.
extern crate self as trellis_client;

pub mod classes;
#[cfg(feature = "embedded")]
mod embedded;
mod error;
mod events;
pub mod generated;
mod object;
mod remote;
mod server;
mod transaction;
mod transport;
mod wire;

pub use classes::{core::*, elements::*, filters::*};
pub use error::ClientError;
pub use events::{Event, Events};
pub use object::{Class, Object};
pub use server::{MediaServer, Options};
pub use transaction::{Committed, Transaction};
pub use transport::Link;
pub use wire::{Extended, Fields, FromWire, Register, ToWire};
