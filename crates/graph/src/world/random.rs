//! Seeded randomness: the same seed gives the same numbers, on every machine.

use trellis_media::MediaTime;

/// A generator of numbers that look random (SplitMix64 of Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `bound`; 0 when the bound is.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The bias is below 2^-32 for bounds that fit 32 bits.
        self.number().checked_rem(bound).unwrap_or(0)
    }

    /// True so often: `0.0` never, `1.0` always.
    pub fn chance(&mut self, probability: f64) -> bool {
        ((self.number() >> 11) as f64) < probability * (1u64 << 53) as f64
    }

    /// A time from zero to `longest`.
    pub fn time(&mut self, longest: MediaTime) -> MediaTime {
        let nanos = u64::try_from(longest.nanos()).unwrap_or(0);
        MediaTime::from_nanos(i64::try_from(self.below(nanos.saturating_add(1))).unwrap_or(i64::MAX))
    }

    /// Another generator, whose numbers have nothing to do with what this one still gives.
    pub fn split(&mut self) -> Random {
        Random(self.number())
    }
}
