//! The frame-graph engine: nodes, pads, pipelines, the scheduler and the shared pipeline clock.
//!
//! ```text
//!   Element ──source pad──► adaptation tree of converters ──sink pad──► Element
//!      │                        planned by the negotiator                  │
//!      └──────────────── one Pipeline, one clock, one lock ────────────────┘
//!                        driven live, or as a Simulation in virtual time
//! ```
//!
//! An [`Element`] is a [`Node`] with pads. Between a source pad and the sink pads connected to it the graph runs the
//! converters that the negotiator planned: the pad's *adaptation tree*. A [`Pipeline`] is one state machine under one
//! lock, driven live; a [`Simulation`] is the same machine under a virtual clock, and [`world`] what tests need around
//! it. A filter is a few lines:
//!
//! ```
//! use trellis_graph::{Context, Element, Node, NodeError};
//! use trellis_media::{Caps, Item, Kind};
//!
//! struct PassThrough;
//!
//! impl Node for PassThrough {
//!     fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
//!         cx.emit(input, item);
//!         Ok(())
//!     }
//! }
//!
//! let filter = Element::filter("pass through", Kind::Video, Caps::any_of(Kind::Video), PassThrough);
//! # let _ = filter;
//! ```
//!
//! Invariants: a node is never entered twice at once; items of a link keep their order; a live source never waits and
//! a file never loses; a sink whose way changes gets every item once; a node's error or panic stops its element only;
//! nothing is allocated for an item; this crate knows no codec and no protocol.
#![forbid(unsafe_code)]

mod allowance;
mod clock;
mod converter;
mod deadlines;
mod executor;
mod explain;
mod failures;
mod former;
mod gate;
mod handover;
mod inbox;
mod job;
mod links;
mod machine;
mod node;
mod overdue;
mod overflow;
mod paths;
mod pipeline;
mod report;
mod requests;
mod simulation;
mod slot;
mod topology;
mod tree;
mod ways;
mod whole;
pub mod world;

pub use allowance::EncoderAllowance;
pub use clock::{Clock, ManualClock, MonotonicClock};
pub use converter::{Converter, MakeNode, Registry};
pub use executor::Executor;
pub use explain::Explanation;
pub use node::{Command, Context, Flush, Node, NodeError, Notice, PadSpec, Request, Weight};
pub use pipeline::{Observer, Pipeline, Turn, WeakPipeline};
pub use report::{Feed, NodeReport, PlanReport, Report, SinkReport, StepReport};
pub use simulation::Simulation;
pub use slot::{Counters, ElementId, Latency};
pub use topology::{Element, LinkError};
pub use trellis_negotiator::{Cost, Follows, Work};
