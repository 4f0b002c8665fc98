//! Remote classes: their declarations as data, typed values, and what live objects implement.
//!
//! Dispatch, `describe`, the checks of parameters, descriptors for other people's client generators, reference pages and
//! TypeScript types come from the declarations. This crate knows no session, no JSON-RPC and no media.
//!
//! Kurento's modules are built in; a program adds its own with [`declare`].
#![forbid(unsafe_code)]

mod class;
mod declarations;
mod declared;
mod error;
pub mod json;
mod kmd;
pub mod legacy;
mod module;
pub mod reference;
mod registry;
mod remote;
mod value;
mod verify;

pub use class::{Class, ComplexType, Event, Member, Method, Operation, Param, Property};
pub use declared::KURENTO_VERSION;
pub use error::RemoteError;
pub use kmd::kmd;
pub use module::{Module, Part};
pub use registry::{MAX_MODULES, classes, declare, events, modules, types};
pub use remote::{EventSink, Factory, NewObject, Remote};
pub use value::{Args, ObjectRef, Record, Value};
pub use verify::DeclareError;
