//! Frame rates.

use std::fmt;

/// Frames a second, in thousandths: 29.97 is `FrameRate(29_970)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameRate(pub u32);

impl FrameRate {
    /// From a fraction; `None` when it is not a rate or too large to be one.
    pub fn from_fraction(numerator: u32, denominator: u32) -> Option<Self> {
        if numerator == 0 || denominator == 0 {
            return None;
        }
        let thousandths = (u64::from(numerator) * 1_000).div_ceil(u64::from(denominator));
        u32::try_from(thousandths).ok().map(FrameRate)
    }

    /// Frames a second as a float.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_f64())
    }
}
