//! The one time type: nanoseconds on the clock of a pipeline.

use std::fmt;
use std::time::Duration;

/// A moment on a pipeline's clock, or a distance between two, in nanoseconds.
///
/// Arithmetic saturates: a time that came from outside cannot overflow into a wrong one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaTime(i64);

impl MediaTime {
    /// The start of a pipeline's clock.
    pub const ZERO: MediaTime = MediaTime(0);
    /// Later than every real time.
    pub const MAX: MediaTime = MediaTime(i64::MAX);

    /// From nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        MediaTime(nanos)
    }

    /// From microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        MediaTime(micros.saturating_mul(1_000))
    }

    /// From milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        MediaTime(millis.saturating_mul(1_000_000))
    }

    /// From whole seconds.
    pub const fn from_secs(secs: i64) -> Self {
        MediaTime(secs.saturating_mul(1_000_000_000))
    }

    /// `ticks` of a clock that runs at `rate` ticks a second; zero when the rate is zero.
    pub fn from_ticks(ticks: i64, rate: u32) -> Self {
        if rate == 0 {
            return MediaTime::ZERO;
        }
        let nanos = i128::from(ticks) * 1_000_000_000 / i128::from(rate);
        MediaTime(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }))
    }

    /// This time in ticks of a clock that runs at `rate` ticks a second, rounded down.
    pub fn ticks(self, rate: u32) -> i64 {
        let ticks = (i128::from(self.0) * i128::from(rate)).div_euclid(1_000_000_000);
        i64::try_from(ticks).unwrap_or(if ticks < 0 { i64::MIN } else { i64::MAX })
    }

    /// Nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whole milliseconds, rounded towards zero.
    pub const fn millis(self) -> i64 {
        self.0 / 1_000_000
    }

    /// Seconds as a float, for people and for figures.
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// This time as a duration; negative times give zero.
    pub fn to_duration(self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0).unwrap_or(0))
    }
}

impl std::ops::Add for MediaTime {
    type Output = MediaTime;
    fn add(self, other: MediaTime) -> MediaTime {
        MediaTime(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for MediaTime {
    type Output = MediaTime;
    fn sub(self, other: MediaTime) -> MediaTime {
        MediaTime(self.0.saturating_sub(other.0))
    }
}

impl std::ops::AddAssign for MediaTime {
    fn add_assign(&mut self, other: MediaTime) {
        *self = *self + other;
    }
}

impl From<Duration> for MediaTime {
    fn from(duration: Duration) -> Self {
        MediaTime(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for MediaTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} s", self.secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_survive_the_round_trip_at_video_and_audio_rates() {
        for rate in [8_000, 44_100, 48_000, 90_000] {
            for ticks in [0, 1, 959, 3_003, 90_000 * 3_600 * 24] {
                let time = MediaTime::from_ticks(ticks, rate);
                assert!((time.ticks(rate) - ticks).abs() <= 1, "{ticks} at {rate}");
            }
        }
    }

    #[test]
    fn arithmetic_saturates_instead_of_wrapping() {
        assert_eq!(MediaTime::MAX + MediaTime::from_secs(1), MediaTime::MAX);
        assert_eq!(MediaTime::from_secs(i64::MAX), MediaTime::MAX);
        assert_eq!(MediaTime::from_ticks(i64::MAX, 1), MediaTime::MAX);
    }
}
