//! The frame-graph engine: nodes, pads, pipelines, the scheduler and the shared pipeline clock.
//!
//! An [`Element`] is a [`Node`] with pads. Between a source pad and the sink pads connected to it the graph runs the
//! converters that the negotiator planned: the pad's *adaptation tree*. A [`Pipeline`] is one state machine under one
//! lock, driven live; a [`Simulation`] is the same machine under a virtual clock.
//!
//! Invariants: a node is never entered twice at once; items of a link keep their order; a live source never waits and
//! a file never loses; a node's error or panic stops its element only; this crate knows no codec and no protocol.
#![forbid(unsafe_code)]

mod clock;
mod converter;
mod deadlines;
mod executor;
mod former;
mod gate;
mod handover;
mod inbox;
mod job;
mod links;
mod machine;
mod node;
mod overflow;
mod paths;
mod pipeline;
mod report;
mod requests;
mod simulation;
mod slot;
mod topology;
mod tree;
pub mod world;

pub use clock::{Clock, ManualClock, MonotonicClock};
pub use converter::{Converter, MakeNode, Registry};
pub use executor::Executor;
pub use node::{Command, Context, Flush, Follows, Node, NodeError, Notice, PadSpec, Request, Weight};
pub use pipeline::{Observer, Pipeline, Turn, WeakPipeline};
pub use report::{Feed, NodeReport, PlanReport, Report, SinkReport, StepReport};
pub use simulation::Simulation;
pub use slot::{Counters, ElementId, Latency};
pub use topology::{Element, LinkError};
