//! Puts RTP timestamps onto the network's clock.
//!
//! Each stream is anchored where its first packet arrived. Once sender reports (RFC 3550 section 6.4.1) tell when the
//! remote sampled, the streams of one peer share the remote's clock as [`SourceClock`] sees it: what was sampled
//! together gets the same time, and a remote whose clock runs too fast or too slow does not run away.

use trellis_media::{MediaTime, SourceClock};

/// Further than this from where it arrived, a timestamp has jumped and the stream is anchored again.
const JUMP: MediaTime = MediaTime::from_secs(3);
/// A stream moves towards where it should be by at most this for each timestamp, so that its times stay smooth.
const SLEW: MediaTime = MediaTime::from_micros(500);

/// One stream's times.
pub struct Timeline {
    rate: u32,
    /// Unwrapped timestamp of the last packet, and as it was on the wire.
    last: Option<(i64, u32)>,
    /// Time of the unwrapped timestamp 0.
    base: MediaTime,
    /// An unwrapped timestamp, and when it was sampled by the remote's clock: from the last sender report.
    sampled: Option<(i64, MediaTime)>,
    /// Latest time given.
    latest: MediaTime,
}

impl Timeline {
    /// A stream whose timestamps run at `rate` hertz.
    pub fn new(rate: u32) -> Timeline {
        Timeline { rate, last: None, base: MediaTime::ZERO, sampled: None, latest: MediaTime::ZERO }
    }

    /// The time of a packet that arrived at `arrival`. Packets of one timestamp get one time. `remote` is the clock
    /// of all streams of the peer.
    pub fn time(&mut self, timestamp: u32, arrival: MediaTime, remote: &mut SourceClock) -> MediaTime {
        let ticks = self.unwrap(timestamp);
        let newest = self.last.map(|(newest, _)| newest);
        if newest == Some(ticks) {
            return self.latest;
        }
        let mut time = self.base + MediaTime::from_ticks(ticks, self.rate);
        let jumped = (arrival - time).nanos().unsigned_abs() > JUMP.nanos().unsigned_abs();
        if newest.is_some_and(|newest| ticks < newest) && !jumped {
            return time.min(self.latest);
        }
        if newest.is_none() || jumped {
            self.base = arrival - MediaTime::from_ticks(ticks, self.rate);
            self.sampled = None;
            time = arrival;
        } else if let Some(wanted) = self.wanted(ticks, arrival, remote) {
            let step = (wanted - time).clamp(MediaTime::ZERO - SLEW, SLEW);
            self.base += step;
            time += step;
        }
        self.last = Some((ticks, timestamp));
        self.latest = time.max(self.latest);
        self.latest
    }

    /// The time of an unwrapped timestamp by the remote's clock, which learns from its arrival.
    fn wanted(&self, ticks: i64, arrival: MediaTime, remote: &mut SourceClock) -> Option<MediaTime> {
        let (reported, sampled) = self.sampled?;
        let stamp = sampled + MediaTime::from_ticks(ticks - reported, self.rate);
        remote.observe(stamp, arrival);
        remote.time(stamp)
    }

    /// A sender report: `timestamp` was sampled at `ntp` (32.32 bits) by the remote's clock.
    pub fn sender_report(&mut self, timestamp: u32, ntp: u64) {
        if self.last.is_some() {
            self.sampled = Some((self.unwrap(timestamp), ntp_time(ntp)));
        }
    }

    /// Which of the timestamps that look like `timestamp` is the nearest to the last one.
    fn unwrap(&self, timestamp: u32) -> i64 {
        match self.last {
            None => i64::from(timestamp),
            Some((ticks, wire)) => ticks + i64::from(timestamp.wrapping_sub(wire) as i32),
        }
    }
}

/// NTP time as nanoseconds; only differences mean anything.
fn ntp_time(ntp: u64) -> MediaTime {
    let nanos = (i128::from(ntp) * 1_000_000_000) >> 32;
    MediaTime::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE_SECOND_NTP: u64 = 1 << 32;

    fn millis(count: i64) -> MediaTime {
        MediaTime::from_millis(count)
    }

    #[test]
    fn times_follow_timestamps_not_arrival_and_survive_the_wrap() {
        let (mut timeline, mut remote) = (Timeline::new(90_000), SourceClock::new());
        let first = u32::MAX - 4_000;
        assert_eq!(timeline.time(first, millis(1_000), &mut remote), millis(1_000));
        for frame in 1..200u32 {
            let arrival = millis(1_000 + i64::from(frame) * 33 + i64::from(frame % 3) * 20);
            let time = timeline.time(first.wrapping_add(frame * 3_000), arrival, &mut remote);
            let ideal = 1_000.0 + f64::from(frame) * 100.0 / 3.0;
            assert!((time.secs_f64() * 1e3 - ideal).abs() < 0.1, "frame {frame}: {time}");
        }
    }

    #[test]
    fn packets_of_one_frame_share_a_time_while_the_base_moves() {
        let (mut timeline, mut remote) = (Timeline::new(90_000), SourceClock::new());
        remote.observe(millis(10_000), millis(0));
        timeline.time(0, millis(100), &mut remote);
        timeline.sender_report(0, 10 * ONE_SECOND_NTP);
        let time = timeline.time(3_000, millis(133), &mut remote);
        assert_eq!(time, millis(133) + MediaTime::from_ticks(30, 90_000) - SLEW);
        assert_eq!(timeline.time(3_000, millis(140), &mut remote), time);
    }

    #[test]
    fn sender_reports_bring_audio_and_video_onto_one_line() {
        let (mut audio, mut video) = (Timeline::new(48_000), Timeline::new(90_000));
        let mut remote = SourceClock::new();
        // Both were sampled at the same moment; the picture was encoded for 150 ms.
        audio.time(0, millis(1_000), &mut remote);
        video.time(0, millis(1_150), &mut remote);
        audio.sender_report(0, 50 * ONE_SECOND_NTP);
        video.sender_report(0, 50 * ONE_SECOND_NTP);
        let mut apart = MediaTime::MAX;
        let mut before = MediaTime::ZERO;
        for frame in 1..=400i64 {
            let sound = audio.time((frame * 960) as u32, millis(1_000 + frame * 20), &mut remote);
            let picture = video.time((frame * 1_800) as u32, millis(1_150 + frame * 20), &mut remote);
            assert!(picture >= before);
            (before, apart) = (picture, picture - sound);
        }
        assert!(apart.nanos().abs() < 1_000_000, "{apart} apart");
    }

    /// Half an hour at 300 millionths too slow: half a second apart, if nobody looked after it.
    #[test]
    fn clock_that_runs_wrong_does_not_run_away() {
        let (mut audio, mut video, mut remote) = (Timeline::new(48_000), Timeline::new(90_000), SourceClock::new());
        let (seconds, slow) = (1_800, 1.000_3);
        for frame in 0..seconds * 50i64 {
            let taken = |of: i64| MediaTime::from_nanos((of as f64 * 20e6 * slow) as i64);
            // Arrivals vary by 30 ms.
            let arrival = taken(frame) + millis(20 + frame * 7919 % 31);
            let sound = audio.time((frame * 960) as u32, arrival, &mut remote);
            let picture = video.time((frame * 1_800) as u32, arrival + millis(10), &mut remote);
            if frame % 250 == 0 {
                let ntp = (1_000 + frame as u64 / 50) * ONE_SECOND_NTP;
                audio.sender_report((frame * 960) as u32, ntp);
                video.sender_report((frame * 1_800) as u32, ntp);
            }
            if frame > 60 * 50 {
                let late = (sound - taken(frame) - millis(20)).secs_f64();
                assert!(late.abs() < 0.02, "frame {frame}: {late} s from when it was taken");
                assert!((picture - sound).secs_f64().abs() < 0.02, "frame {frame}: {}", picture - sound);
            }
        }
    }

    #[test]
    fn jump_anchors_the_stream_again() {
        let (mut timeline, mut remote) = (Timeline::new(90_000), SourceClock::new());
        timeline.time(0, millis(0), &mut remote);
        assert_eq!(timeline.time(90_000 * 1_000, millis(40), &mut remote), millis(40));
        assert_eq!(timeline.time(90_000 * 1_000 + 3_600, millis(90), &mut remote), millis(80));
    }
}
