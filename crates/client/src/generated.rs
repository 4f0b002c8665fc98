//! What generated classes are made of; nothing here is of use to anybody else.

pub use crate::error::ClientError;
pub use crate::events::Event;
pub use crate::object::{Class, Creation, Object};
pub use crate::server::MediaServer;
pub use crate::wire::{Extended, Fields, FromWire, Register, ToWire, record, text};
pub use serde_json::Value as Json;
pub use std::collections::BTreeMap;
pub use std::ops::Deref;
