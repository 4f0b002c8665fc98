//! What an application remembers with a session.

use crate::error::{Code, ContentError};
use parking_lot::Mutex;
use serde_json::Value as Json;
use std::collections::HashMap;

/// Attributes of one session.
const MAX_ATTRIBUTES: usize = 256;
/// Bytes of the name of one.
const MAX_NAME: usize = 256;

#[derive(Default)]
pub(crate) struct Attributes(Mutex<HashMap<String, Json>>);

impl Attributes {
    pub fn get(&self, name: &str) -> Option<Json> {
        self.0.lock().get(name).cloned()
    }

    pub fn set(&self, name: &str, value: Json) -> Result<(), ContentError> {
        let mut all = self.0.lock();
        if name.len() > MAX_NAME || (all.len() >= MAX_ATTRIBUTES && !all.contains_key(name)) {
            return Err(Code(10014).into());
        }
        all.insert(name.to_owned(), value);
        Ok(())
    }

    pub fn remove(&self, name: &str) -> Option<Json> {
        self.0.lock().remove(name)
    }
}
