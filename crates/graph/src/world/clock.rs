//! Clocks that run a little wrong.

use trellis_media::MediaTime;

/// A clock somewhere else: it was set differently, and runs faster or slower than the pipeline's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DriftingClock {
    /// What it shows when the pipeline's clock shows zero.
    pub offset: MediaTime,
    /// By how many millionths it is too fast; negative when it is too slow.
    pub drift_ppm: f64,
}

impl DriftingClock {
    /// What it shows at a time on the pipeline's clock.
    pub fn shows(&self, time: MediaTime) -> MediaTime {
        self.offset + time + scaled(time, self.drift_ppm / 1e6)
    }

    /// When on the pipeline's clock it shows this.
    pub fn when(&self, shown: MediaTime) -> MediaTime {
        let since = shown - self.offset;
        let rate = self.drift_ppm / 1e6;
        since - scaled(since, rate / (1.0 + rate))
    }
}

/// Only the small part is a float: a day in nanoseconds keeps its last digit.
fn scaled(time: MediaTime, by: f64) -> MediaTime {
    MediaTime::from_nanos((time.nanos() as f64 * by).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_when_it_is_shown() {
        for drift_ppm in [-300.0, 0.0, 300.0] {
            let clock = DriftingClock { offset: MediaTime::from_secs(-7), drift_ppm };
            let day = MediaTime::from_secs(86_400);
            assert!((clock.when(clock.shows(day)) - day).nanos().abs() <= 2);
            let wrong = (clock.shows(day) - clock.shows(MediaTime::ZERO) - day).secs_f64();
            assert!((wrong - 86_400.0 * drift_ppm / 1e6).abs() < 1e-6, "{wrong} s");
        }
    }
}
