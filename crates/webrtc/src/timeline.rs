//! Puts RTP timestamps onto the network's clock.
//!
//! Each stream is anchored where its first packet arrived. Once sender reports (RFC 3550 section 6.4.1) tell when the
//! remote sampled, the streams of one peer are put onto one line: the delay between the remote's clock and ours is
//! taken once for the peer, so that what was sampled together gets the same time.

use trellis_media::MediaTime;

/// Further than this from where it arrived, a timestamp has jumped and the stream is anchored again.
const JUMP: MediaTime = MediaTime::from_secs(3);
/// A stream moves towards a new anchor by at most this for each packet, so that its times stay smooth.
const SLEW: MediaTime = MediaTime::from_micros(500);

/// The remote's clock against ours; one for each peer.
#[derive(Default)]
pub struct RemoteClock {
    /// Ours minus the remote's.
    offset: Option<MediaTime>,
}

/// One stream's times.
pub struct Timeline {
    rate: u32,
    /// Unwrapped timestamp of the last packet, and as it was on the wire.
    last: Option<(i64, u32)>,
    /// Time of the unwrapped timestamp 0.
    base: MediaTime,
    /// Where `base` should be by the sender reports.
    wanted: Option<MediaTime>,
    /// Latest time given.
    latest: MediaTime,
}

impl Timeline {
    /// A stream whose timestamps run at `rate` hertz.
    pub fn new(rate: u32) -> Timeline {
        Timeline { rate, last: None, base: MediaTime::ZERO, wanted: None, latest: MediaTime::ZERO }
    }

    /// The time of a packet that arrived at `arrival`. Packets of one timestamp get one time.
    pub fn time(&mut self, timestamp: u32, arrival: MediaTime) -> MediaTime {
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
            self.wanted = None;
            time = arrival;
        } else if let Some(wanted) = self.wanted {
            let step = (wanted - self.base).clamp(MediaTime::ZERO - SLEW, SLEW);
            self.base += step;
            time += step;
        }
        self.last = Some((ticks, timestamp));
        self.latest = time.max(self.latest);
        self.latest
    }

    /// A sender report: `timestamp` was sampled at `ntp` (32.32 bits) by the remote's clock. It arrived at `arrival`.
    pub fn sender_report(&mut self, timestamp: u32, ntp: u64, arrival: MediaTime, remote: &mut RemoteClock) {
        if self.last.is_none() {
            return;
        }
        let sampled = ntp_time(ntp);
        let here = self.base + MediaTime::from_ticks(self.unwrap(timestamp), self.rate);
        let offset = remote.agree(here - sampled, arrival - sampled);
        self.wanted = Some(self.base + (sampled + offset - here));
    }

    /// Which of the timestamps that look like `timestamp` is the nearest to the last one.
    fn unwrap(&self, timestamp: u32) -> i64 {
        match self.last {
            None => i64::from(timestamp),
            Some((ticks, wire)) => ticks + i64::from(timestamp.wrapping_sub(wire) as i32),
        }
    }
}

impl RemoteClock {
    /// The offset of the peer, close to `arrived`. The first stream that reports sets it, by where it was anchored;
    /// a remote whose clock was set anew sets it again.
    fn agree(&mut self, anchored: MediaTime, arrived: MediaTime) -> MediaTime {
        let near = |offset: &MediaTime| (*offset - arrived).nanos().unsigned_abs() < JUMP.nanos().unsigned_abs();
        let offset = self.offset.filter(near).unwrap_or(anchored);
        self.offset = Some(offset);
        offset
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
        let mut timeline = Timeline::new(90_000);
        let first = u32::MAX - 4_000;
        assert_eq!(timeline.time(first, millis(1_000)), millis(1_000));
        for frame in 1..200u32 {
            let late = i64::from(frame % 3) * 20;
            let time = timeline.time(first.wrapping_add(frame * 3_000), millis(1_000 + i64::from(frame) * 33 + late));
            let ideal = 1_000.0 + f64::from(frame) * 100.0 / 3.0;
            assert!((time.secs_f64() * 1e3 - ideal).abs() < 0.1, "frame {frame}: {time}");
        }
    }

    #[test]
    fn packets_of_one_frame_share_a_time_while_the_base_moves() {
        let (mut timeline, mut remote) = (Timeline::new(90_000), RemoteClock { offset: Some(millis(-9_900)) });
        timeline.time(0, millis(100));
        timeline.sender_report(0, 10 * ONE_SECOND_NTP, millis(110), &mut remote);
        let time = timeline.time(3_000, millis(133));
        assert_eq!(timeline.time(3_000, millis(140)), time);
    }

    #[test]
    fn sender_reports_bring_audio_and_video_onto_one_line() {
        let (mut audio, mut video) = (Timeline::new(48_000), Timeline::new(90_000));
        let mut remote = RemoteClock::default();
        // Both were sampled at the same moment; the picture was encoded for 150 ms.
        audio.time(0, millis(1_000));
        video.time(0, millis(1_150));
        audio.sender_report(0, 50 * ONE_SECOND_NTP, millis(1_160), &mut remote);
        video.sender_report(0, 50 * ONE_SECOND_NTP, millis(1_160), &mut remote);
        let mut apart = MediaTime::MAX;
        let mut before = MediaTime::ZERO;
        for frame in 1..=400i64 {
            let sound = audio.time((frame * 960) as u32, millis(1_000 + frame * 20));
            let picture = video.time((frame * 1_800) as u32, millis(1_150 + frame * 20));
            assert!(picture >= before);
            (before, apart) = (picture, picture - sound);
        }
        assert!(apart.nanos().abs() < 1_000_000, "{apart} apart");
    }

    #[test]
    fn jump_anchors_the_stream_again() {
        let mut timeline = Timeline::new(90_000);
        timeline.time(0, millis(0));
        assert_eq!(timeline.time(90_000 * 1_000, millis(40)), millis(40));
        assert_eq!(timeline.time(90_000 * 1_000 + 3_600, millis(90)), millis(80));
    }
}
