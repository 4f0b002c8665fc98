//! Clocks: where the time of a pipeline comes from. The only place in the engine that asks the machine.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;
use trellis_media::MediaTime;

/// A clock that never runs backwards.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> MediaTime;
}

/// The machine's monotonic clock, counted from the first use in this process, so that the clocks of all pipelines and
/// of the network agree.
#[derive(Clone, Copy, Debug, Default)]
pub struct MonotonicClock;

impl Clock for MonotonicClock {
    fn now(&self) -> MediaTime {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed().into()
    }
}

/// A clock that a test turns by hand.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Turns the clock forward to `time`; turning back is ignored.
    pub fn advance_to(&self, time: MediaTime) {
        self.0.fetch_max(time.nanos(), Ordering::AcqRel);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> MediaTime {
        MediaTime::from_nanos(self.0.load(Ordering::Acquire))
    }
}

/// Measures how long nodes take, where that is wanted: a simulation does not ask the machine for the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopwatch {
    /// Measures.
    Runs,
    /// Everything takes no time.
    Stands,
}

/// A moment from which a [`Stopwatch`] measures.
pub(crate) struct Started(Instant);

impl Stopwatch {
    pub fn start(self) -> Option<Started> {
        (self == Stopwatch::Runs).then(|| Started(Instant::now()))
    }
}

impl Started {
    pub fn nanos(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}
