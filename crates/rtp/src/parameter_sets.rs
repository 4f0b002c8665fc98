//! The parameter sets last seen, for key pictures that come without.

use crate::annexb::START_CODE;
use bytes::{BufMut, Bytes, BytesMut};
use std::collections::BTreeMap;

/// Larger sets are not real ones and are not kept.
const LARGEST: usize = 2_048;
/// Sets kept at most: more than any encoder uses.
const MOST: usize = 64;

/// Parameter sets by NAL unit type and id. The types of both standards grow in the order in which decoders need them.
#[derive(Debug, Default)]
pub(crate) struct ParameterSets {
    sets: BTreeMap<(u8, u32), Bytes>,
}

impl ParameterSets {
    /// Keeps a copy of a set in place of the one with its id.
    pub fn remember(&mut self, kind: u8, id: u32, unit: &[u8]) {
        let room = self.sets.len() < MOST || self.sets.contains_key(&(kind, id));
        if unit.len() > LARGEST || !room || self.sets.get(&(kind, id)).is_some_and(|known| known == unit) {
            return;
        }
        self.sets.insert((kind, id), Bytes::copy_from_slice(unit));
    }

    /// Whether there is a set of every one of these types.
    pub fn has_all(&self, kinds: &[u8]) -> bool {
        kinds.iter().all(|kind| self.sets.range((*kind, 0)..=(*kind, u32::MAX)).next().is_some())
    }

    /// All sets as a byte stream, then `rest`.
    pub fn before(&self, rest: &[u8]) -> BytesMut {
        let sets: usize = self.sets.values().map(|set| set.len() + START_CODE.len()).sum();
        let mut stream = BytesMut::with_capacity(sets + rest.len());
        for set in self.sets.values() {
            stream.put_slice(&START_CODE);
            stream.put_slice(set);
        }
        stream.put_slice(rest);
        stream
    }
}
