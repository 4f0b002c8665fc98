//! The cheapest conversion tree between caps: pure functions, no I/O, no clock, no codec.
//!
//! [`plan`] takes a source format, the caps of the sinks and the rules of the converters, and gives the tree of
//! conversions that serves them all at the least cost; [`explain`] says why in words.
#![forbid(unsafe_code)]

mod closure;
mod explain;
mod plan;
mod rule;

pub use explain::{dot, explain};
pub use plan::{Attachment, EXACT_DEMANDS, Plan, Problem, Step, Unserved, plan};
pub use rule::{Cost, Rule};
