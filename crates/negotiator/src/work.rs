//! What an element does itself with what it is given.

use crate::Cost;
use std::fmt;
use std::hash::{Hash, Hasher};
use trellis_media::Format;

/// What it costs an element to take a format at a sink pad: drawing on pictures, mixing them. It never loses: what an
/// element does to what it takes, it does whatever way that came.
#[derive(Clone, Copy)]
pub struct Work(fn(&Format) -> Cost);

impl Work {
    /// Nothing worth counting: forwarding, storing.
    pub const NONE: Work = Work(nothing);

    /// Work that costs this for each format. Must depend on nothing but its argument; generations are not counted.
    pub const fn new(cost: fn(&Format) -> Cost) -> Work {
        Work(cost)
    }

    /// What it costs to take a format.
    pub fn cost(&self, format: &Format) -> Cost {
        Cost { generations: 0, ..(self.0)(format) }
    }
}

fn nothing(_: &Format) -> Cost {
    Cost::default()
}

impl Default for Work {
    fn default() -> Work {
        Work::NONE
    }
}

/// The same function. Two functions that are alike may count as different, which costs time and nothing else.
impl PartialEq for Work {
    fn eq(&self, other: &Work) -> bool {
        std::ptr::fn_addr_eq(self.0, other.0)
    }
}

impl Eq for Work {}

impl Hash for Work {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0 as usize).hash(state);
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Work::NONE { "Work::NONE" } else { "Work" })
    }
}
