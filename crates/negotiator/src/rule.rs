//! What a converter declares about itself: input caps, output caps, fields kept, cost.

use std::borrow::Cow;
use std::ops::Add;
use trellis_media::{Alternative, FieldSet, Format};

/// A converter as the negotiator sees it.
///
/// From an input format that `input` accepts, it can give every format that has the `keep` fields of the input, and
/// whose other fields `output` allows. An output field that is [`trellis_media::Constraint::Any`] and not kept is not
/// stated, or takes any value that a demand names (a scaler's width, say) when it is in `choose`.
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
    /// What one conversion costs.
    pub cost: fn(&Format, &Format) -> Cost,
}

/// What a conversion costs. Ordered: lossy generations first, then CPU, then latency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cost {
    /// Lossy generations added to what flows.
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
