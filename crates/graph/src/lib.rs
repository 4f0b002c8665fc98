//! The frame-graph engine: nodes, pads, pipelines, the scheduler and the shared pipeline clock.
#![forbid(unsafe_code)]

mod converter;
mod node;

pub use converter::{Converter, Registry};
pub use node::{Command, Context, Flush, Node, NodeError, Notice, PadSpec, Request, Weight};
