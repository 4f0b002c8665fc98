//! The cheapest conversion tree between caps: pure functions, no I/O, no clock, no codec.
#![forbid(unsafe_code)]

mod rule;

pub use rule::{Cost, Rule};
