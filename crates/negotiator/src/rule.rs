//! What a converter declares about itself: input caps, output caps, fields kept, fields it can choose, cost.

use std::borrow::Cow;
use std::ops::Add;
use trellis_media::{Alternative, FieldSet, Format};

/// A converter as the negotiator sees it.
///
/// From an input format that `input` accepts, it gives formats whose every field follows from this table (a value
/// must in any case be one that `output` allows):
///
/// | the field is | it leaves as |
/// | --- | --- |
/// | in `choose` | it came; where that is not allowed or something downstream asks for another value, that value |
/// | in `keep` only | it came |
/// | in neither | what `output` says; not stated where `output` says nothing |
///
/// A chosen field is changed only where a demand, or the input of a converter on the way to it, constrains that
/// field: nobody's picture is scaled to a size that nobody named.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Name, unique in a registry: `ffmpeg/h264-decode`, `vpx/vp8-encode`, `rtp/vp8-packetise`.
    pub name: Cow<'static, str>,
    /// What it takes.
    pub input: Alternative,
    /// What it gives, as far as the converter decides it.
    pub output: Alternative,
    /// Fields that leave as they came.
    pub keep: FieldSet,
    /// Fields that it can set to whatever a demand asks for (within `output`): a scaler's size, an encoder's rate class.
    pub choose: FieldSet,
    /// What one conversion costs. Must depend on nothing but its arguments.
    pub cost: fn(&Format, &Format) -> Cost,
}

/// What a conversion costs, or, in [`crate::Plan::cost`], what a whole tree does. Ordered: lossy generations first,
/// then CPU, then latency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cost {
    /// Lossy generations added to what flows: 1 for an encoder that loses, 0 for everything else.
    pub generations: u32,
    /// CPU, in microseconds a second of media on the calibration machine.
    pub cpu: u64,
    /// Delay added, in microseconds.
    pub latency: u32,
}

impl Add for Cost {
    type Output = Cost;
    fn add(self, other: Cost) -> Cost {
        Cost {
            generations: self.generations.saturating_add(other.generations),
            cpu: self.cpu.saturating_add(other.cpu),
            latency: self.latency.saturating_add(other.latency),
        }
    }
}
