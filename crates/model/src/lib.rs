//! Remote classes: their declarations as data, typed values, and what live objects implement.
//!
//! Dispatch, `describe` and the checks of parameters come from the declarations. This crate knows no session, no
//! JSON-RPC and no media.
#![forbid(unsafe_code)]

mod class;
mod declared;
mod error;
pub mod json;
mod kmd;
pub mod legacy;
mod remote;
mod value;

pub use class::{Class, ComplexType, Event, Member, Method, Param, Property};
pub use declared::{classes, events, types};
pub use error::RemoteError;
pub use kmd::kmd;
pub use remote::{EventSink, Factory, NewObject, Remote};
pub use value::{Args, ObjectRef, Record, Value};
