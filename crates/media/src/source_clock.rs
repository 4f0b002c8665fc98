//! The clock of a source, put onto the pipeline's.
//!
//! A source stamps what it gives with a clock of its own, which was set differently and drifts. What it gives arrives
//! after a delay that varies. The least delay of each second lies near the line's least delay at all, so the least
//! delays of half a minute show how the clocks run apart:
//!
//! ```text
//!   arrival - stamp │ .  :  . . '  :  .  '  .     jitter
//!                   │'.:.' .'.:. ' .':. '.:'.
//!                   │──────────────────────────   the least of each second, and the line through them
//!                   └──────────────────────────► stamp
//! ```
//!
//! Always holds: what was stamped together gets one time, whichever stream it is in; times grow with the stamps; they
//! move towards the estimate by less than they would have to for anybody to hear or see it, unless the clock was set.

use crate::MediaTime;
use std::collections::VecDeque;

/// The least delay is taken of this much time.
const WINDOW: MediaTime = MediaTime::from_secs(1);
/// Of so many windows.
const WINDOWS: usize = 32;
/// The times come to the estimate in this time, as far as the next constant lets them.
const CONVERGENCE: f64 = 8e9;
/// They move by no more than this part of the time that passes: two thousandths.
const MOST: f64 = 0.002;
/// A source whose stamps are this much too early to be true, or too late for a whole window, was set anew.
const JUMP: MediaTime = MediaTime::from_millis(500);
/// Nothing is this late on any line: its source was set anew.
const LATEST: MediaTime = MediaTime::from_secs(10);

/// Maps the stamps of one source onto the pipeline's clock. All streams of a source share one, so that they stay
/// together; RTP timestamps are put onto the source's clock by its sender reports first (RFC 3550 section 6.4.1).
#[derive(Clone, Debug, Default)]
pub struct SourceClock {
    /// The least delays, the oldest first; the last window is still open.
    windows: VecDeque<Least>,
    /// How stamps become times now.
    line: Option<Line>,
}

/// The item of the least delay in a window.
#[derive(Clone, Copy, Debug)]
struct Least {
    until: MediaTime,
    stamp: MediaTime,
    delay: MediaTime,
}

/// What is added to a stamp: `offset` at `stamp`, and `slope` more for each nanosecond since.
#[derive(Clone, Copy, Debug)]
struct Line {
    stamp: MediaTime,
    offset: MediaTime,
    slope: f64,
}

impl Line {
    fn at(&self, stamp: MediaTime) -> MediaTime {
        self.offset + MediaTime::from_nanos(((stamp - self.stamp).nanos() as f64 * self.slope) as i64)
    }
}

impl SourceClock {
    /// A source that nothing is known of.
    pub fn new() -> SourceClock {
        SourceClock::default()
    }

    /// Something that the source stamped `stamp` arrived at `arrival`.
    pub fn observe(&mut self, stamp: MediaTime, arrival: MediaTime) {
        let delay = arrival - stamp;
        let late = self.line.map(|line| delay - line.at(stamp));
        if late.is_none_or(|late| late > LATEST || late < MediaTime::ZERO - JUMP) {
            self.begin(stamp, delay);
        }
        match self.windows.back_mut().filter(|window| arrival < window.until) {
            Some(window) if delay < window.delay => (window.stamp, window.delay) = (stamp, delay),
            Some(_) => {}
            None => self.open_window(Least { until: arrival + WINDOW, stamp, delay }),
        }
    }

    /// Nothing is known but this.
    fn begin(&mut self, stamp: MediaTime, delay: MediaTime) {
        self.windows.clear();
        self.line = Some(Line { stamp, offset: delay, slope: 0.0 });
    }

    fn open_window(&mut self, least: Least) {
        let last = self.windows.back().copied();
        let late = last.zip(self.line).map(|(last, line)| last.delay - line.at(last.stamp));
        match late.is_some_and(|late| late > JUMP) {
            true => self.begin(least.stamp, least.delay),
            false => self.turn_towards_estimate(least.stamp),
        }
        self.windows.push_back(least);
        if self.windows.len() > WINDOWS {
            self.windows.pop_front();
        }
    }

    /// The time on the pipeline's clock of what is stamped `stamp`: when it was stamped, plus the least delay that the
    /// line has. `None` before anything was observed.
    pub fn time(&self, stamp: MediaTime) -> Option<MediaTime> {
        Some(stamp + self.line?.at(stamp))
    }

    /// By how many millionths the source's clock is too fast; zero while that is not known.
    pub fn drift_ppm(&self) -> f64 {
        self.estimate().map_or(0.0, |line| -line.slope * 1e6)
    }

    /// A window is over: from here the times go towards what the windows say, without a step.
    fn turn_towards_estimate(&mut self, stamp: MediaTime) {
        let (Some(line), Some(estimate)) = (self.line, self.estimate()) else { return };
        let offset = line.at(stamp);
        let apart = (estimate.at(stamp) - offset).nanos() as f64;
        let slope = (estimate.slope + apart / CONVERGENCE).clamp(-MOST, MOST);
        self.line = Some(Line { stamp, offset, slope });
    }

    /// The straight line through the least delays that leaves the least squares.
    fn estimate(&self) -> Option<Line> {
        let first = self.windows.front()?;
        let count = self.windows.len() as f64;
        let points = || {
            let point = |least: &Least| {
                ((least.stamp - first.stamp).nanos() as f64, (least.delay - first.delay).nanos() as f64)
            };
            self.windows.iter().map(point)
        };
        let (sum_x, sum_y) = points().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        let (mean_x, mean_y) = (sum_x / count, sum_y / count);
        let spread = points().map(|(x, _)| (x - mean_x).powi(2)).sum::<f64>();
        let common = points().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>();
        // A few windows say nothing of the slope yet: their jitter would.
        let known = self.windows.len() >= WINDOWS / 4 && spread > 0.0;
        let slope = if known { (common / spread).clamp(-MOST, MOST) } else { 0.0 };
        let at_first = mean_y - slope * mean_x;
        let offset = first.delay + MediaTime::from_nanos(at_first as i64);
        Some(Line { stamp: first.stamp, offset, slope })
    }
}
