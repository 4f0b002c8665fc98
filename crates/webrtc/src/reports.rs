//! The clocks of sender reports (RFC 3550 section 6.4.1).

use std::time::{Duration, Instant, SystemTime};
use trellis_media::MediaTime;

/// Between two sender reports of a stream.
pub const INTERVAL: Duration = Duration::from_secs(1);
/// Seconds from 1900, where NTP begins, to 1970.
const NTP_EPOCH: u64 = 2_208_988_800;
/// A source whose times jump by more has begun anew.
const JUMP: MediaTime = MediaTime::from_secs(10);

/// The time of day, read once: it does not jump when the system's clock is set.
pub struct NtpClock {
    start: Instant,
    since_1900: Duration,
}

impl NtpClock {
    /// A clock that is at `now` at the time of day.
    pub fn new(now: Instant) -> NtpClock {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        NtpClock { start: now, since_1900: since_1970 + Duration::from_secs(NTP_EPOCH) }
    }

    /// 32.32 bits.
    pub fn ntp(&self, now: Instant) -> u64 {
        let time = self.since_1900 + now.saturating_duration_since(self.start);
        (time.as_secs() << 32) | ((u64::from(time.subsec_nanos()) << 32) / 1_000_000_000)
    }

    /// The round trip by a receiver's report: the middle of our last report's NTP time, and how long the remote held
    /// it, both in 1/65,536 s (RFC 3550 section 6.4.1). `None` when it has none of our reports, or makes no sense.
    pub fn round_trip(&self, last_report: u32, delay: u32, now: Instant) -> Option<Duration> {
        if last_report == 0 {
            return None;
        }
        let passed = ((self.ntp(now) >> 16) as u32).wrapping_sub(last_report).wrapping_sub(delay) as i32;
        // A receiver counts its delay coarsely; less than nothing is next to nothing.
        let passed = if (-656..0).contains(&passed) { 0 } else { passed };
        u64::try_from(passed).ok().map(|ticks| Duration::from_nanos(ticks * 1_000_000_000 / 65_536))
    }
}

/// Where media time stands against the clock; one for all streams of a peer, so that they are played in step.
#[derive(Default)]
pub struct Anchor(Option<(Instant, MediaTime)>);

impl Anchor {
    /// The media time of `now`, close to `newest`, which was sent last.
    pub fn time(&mut self, now: Instant, newest: MediaTime) -> MediaTime {
        if let Some((instant, time)) = self.0 {
            let here = time + MediaTime::from(now.saturating_duration_since(instant));
            if (here - newest).nanos().unsigned_abs() < JUMP.nanos().unsigned_abs() {
                return here;
            }
        }
        self.0 = Some((now, newest));
        newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_is_what_the_remote_did_not_hold() {
        let start = Instant::now();
        let clock = NtpClock::new(start);
        let last = (clock.ntp(start) >> 16) as u32;
        let now = start + Duration::from_millis(300);
        let trip = clock.round_trip(last, 65_536 / 4, now).expect("a round trip");
        assert!(trip.abs_diff(Duration::from_millis(50)) < Duration::from_millis(1), "{trip:?}");
        assert_eq!(clock.round_trip(0, 0, now), None);
        assert_eq!(clock.round_trip(last, 65_536, now), None, "held longer than there was time");
    }

    #[test]
    fn all_streams_stand_on_one_line_until_a_source_begins_anew() {
        let (start, mut anchor) = (Instant::now(), Anchor::default());
        let after = |millis| start + Duration::from_millis(millis);
        assert_eq!(anchor.time(start, MediaTime::from_millis(900)), MediaTime::from_millis(900));
        assert_eq!(anchor.time(after(20), MediaTime::from_millis(750)), MediaTime::from_millis(920));
        assert_eq!(anchor.time(after(40), MediaTime::from_secs(100)), MediaTime::from_secs(100));
    }
}
