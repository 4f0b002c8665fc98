//! The structs of the interface, as `cargo xtask thrift` makes them. A test holds them against the compiler.
#![allow(missing_docs, dead_code, unused_mut, unused_variables, deprecated, clippy::all)]

#[rustfmt::skip]
pub mod filters;
#[rustfmt::skip]
pub mod parameters;
#[rustfmt::skip]
pub mod types;
