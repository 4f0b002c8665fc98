//! What a repository keeps of an item besides its media: a small file of JSON.

use crate::error::ContentError;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is known of an item, in the application's words.
pub type Attributes = BTreeMap<String, String>;

/// Attributes of one item.
const MAX_ATTRIBUTES: usize = 64;
/// Bytes of their names and values.
const MAX_BYTES: usize = 16 * 1024;

/// Whether an item has its media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// It was never recorded.
    Empty,
    /// It is being recorded.
    Recording,
    /// It has all of it.
    Complete {
        /// How much.
        bytes: u64,
    },
    /// The recording stopped before its end.
    Incomplete {
        /// How much there is.
        bytes: u64,
    },
}

/// The same as it is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kept {
    Empty,
    Recording,
    Complete,
    Incomplete,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub attributes: Attributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    pub kept: Kept,
}

impl Head {
    pub fn read(bytes: &[u8]) -> Option<Head> {
        serde_json::from_slice(bytes).ok()
    }

    pub fn to_bytes(&self) -> Bytes {
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

pub(super) fn check(attributes: &Attributes) -> Result<(), ContentError> {
    let bytes: usize = attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
    if attributes.len() > MAX_ATTRIBUTES || bytes > MAX_BYTES {
        return Err(ContentError::about(10014, "of an item"));
    }
    Ok(())
}
