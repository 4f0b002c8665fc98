//! What the search compares: CPU, latency, steps and preference in one number, most significant first.

/// Bits 80 to 127: CPU in hundredths of a microsecond a second; 40 to 79: latency summed over sinks; 28 to 39: steps;
/// 0 to 27: preference summed over sinks.
///
/// What one edge adds is clamped so that the sum over the largest tree that the search looks at (512 edges) does not
/// spill from one quantity into the next. Loss is not in it: the search only sees edges that are on a path of the
/// least loss (see [`crate::closure`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Weight(u128);

impl Weight {
    pub const ZERO: Weight = Weight(0);
    /// More than any tree weighs.
    pub const UNREACHED: Weight = Weight(u128::MAX);

    const CPU_SHIFT: u32 = 80;
    const LATENCY_SHIFT: u32 = 40;
    const STEP_SHIFT: u32 = 28;
    const CPU_LIMIT: u64 = (1 << 39) - 1;
    const LATENCY_LIMIT: u64 = (1 << 31) - 1;
    const PREFERENCE_BITS: u32 = 6;
    const SINKS_LIMIT: u32 = (1 << 15) - 1;

    /// One step that serves so many sinks.
    pub fn step(cpu: u64, latency: u32, sinks: u32) -> Weight {
        Weight(Self::work(cpu, latency, sinks).0 | 1 << Self::STEP_SHIFT)
    }

    /// What an element does itself for so many sinks.
    pub fn work(cpu: u64, latency: u32, sinks: u32) -> Weight {
        let latency = (u64::from(latency) * u64::from(sinks)).min(Self::LATENCY_LIMIT);
        Weight(u128::from(cpu.min(Self::CPU_LIMIT)) << Self::CPU_SHIFT | u128::from(latency) << Self::LATENCY_SHIFT)
    }

    /// A sink that takes its alternative with this number, and within it what is so far from the preferred.
    pub fn preference(alternative: usize, within: usize) -> Weight {
        let limited = |number: usize| (number as u128).min((1 << Self::PREFERENCE_BITS) - 1);
        Weight(limited(alternative) << Self::PREFERENCE_BITS | limited(within))
    }

    /// What so many sinks together weigh of which each weighs this.
    pub fn times(self, sinks: u32) -> Weight {
        Weight(self.0.saturating_mul(u128::from(sinks.min(Self::SINKS_LIMIT))))
    }

    pub fn plus(self, other: Weight) -> Weight {
        Weight(self.0.saturating_add(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_outweighs_latency_latency_outweighs_steps_and_steps_outweigh_preference() {
        let dear = Weight::step(2, 0, 1);
        let slow = Weight::step(1, u32::MAX, u32::MAX);
        assert!(dear > slow);
        let two_steps = Weight::step(1, 0, 1).plus(Weight::step(0, 0, 1));
        assert!(slow > two_steps);
        let disliked = Weight::step(1, 0, 1).plus(Weight::preference(usize::MAX, usize::MAX).times(u32::MAX));
        assert!(two_steps > disliked);
        assert!(disliked > Weight::step(1, 0, 1).plus(Weight::preference(3, 9).times(10)));
    }

    #[test]
    fn the_largest_tree_does_not_spill() {
        let largest = (0..512).fold(Weight::ZERO, |sum, _| sum.plus(Weight::step(0, u32::MAX, u32::MAX)));
        assert!(largest < Weight::step(1, 0, 1));
        let largest = (0..512).fold(Weight::ZERO, |sum, _| sum.plus(Weight::step(u64::MAX, u32::MAX, u32::MAX)));
        assert!(largest < Weight::UNREACHED);
    }
}
