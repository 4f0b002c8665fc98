//! One party's sound: a queue of samples that knows where in time it begins.

use crate::mixer::SAMPLING;
use std::collections::VecDeque;
use trellis_media::{MediaTime, Sound};

/// Samples of all channels at one moment.
const CHANNELS: usize = SAMPLING.1 as usize;
/// What is further than this from where the sound before it ended is put where its time says: 5 ms, in frames. Nearer,
/// it is joined to what was before: times are rounded, and a clock that drifts is caught up with now and then.
const APART: i64 = 240;

/// Sound of one party. Positions are frames (samples of every channel) of 48 kHz from zero of the pipeline's clock.
#[derive(Default)]
pub(super) struct Voice {
    samples: VecDeque<i16>,
    /// Position of the first sample in the queue.
    head: i64,
}

/// The position of a time, to the nearest.
pub(super) fn position(time: MediaTime) -> i64 {
    (time + MediaTime::from_micros(10)).ticks(SAMPLING.0)
}

impl Voice {
    /// Frames in the queue.
    pub fn len(&self) -> i64 {
        (self.samples.len() / CHANNELS) as i64
    }

    /// Position after the last sample.
    pub fn tail(&self) -> i64 {
        self.head + self.len()
    }

    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Position of the first sample.
    pub fn head(&self) -> Option<i64> {
        (!self.is_empty()).then_some(self.head)
    }

    /// Adds a block of sound. No more than `limit` frames are kept, the newest.
    pub fn push(&mut self, time: MediaTime, sound: &Sound, limit: i64) {
        let (start, block) = (position(time), &sound.samples[..]);
        let apart = start - self.tail();
        if self.is_empty() || apart > limit || apart < -limit {
            self.samples.clear();
            self.head = start;
        } else if apart > APART {
            self.samples.extend(std::iter::repeat_n(0, apart as usize * CHANNELS));
        }
        // What overlaps was heard already.
        let heard = if apart < -APART && !self.is_empty() { apart.unsigned_abs() as usize * CHANNELS } else { 0 };
        self.samples.extend(block.get(heard..).unwrap_or_default());
        let over = self.len() - limit;
        if over > 0 {
            self.skip(over);
        }
    }

    fn skip(&mut self, frames: i64) {
        let count = (frames.max(0) as usize * CHANNELS).min(self.samples.len());
        self.samples.drain(..count);
        self.head += frames;
    }

    /// Takes what lies from `start` on for as many frames as `block` has room for; silence where there is nothing.
    /// False when all of it was silence for want of samples. What lies before is forgotten.
    pub fn take(&mut self, start: i64, block: &mut [i16]) -> bool {
        block.fill(0);
        if self.head < start {
            self.skip((start - self.head).min(self.len()));
        }
        let frames = (block.len() / CHANNELS) as i64;
        let (from, to) = (self.head.max(start), self.tail().min(start + frames));
        if self.is_empty() || from >= to {
            return false;
        }
        let (first, count) = ((from - start) as usize * CHANNELS, (to - from) as usize * CHANNELS);
        for (to, sample) in block[first..first + count].iter_mut().zip(self.samples.drain(..count)) {
            *to = sample;
        }
        self.head += to - from;
        true
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.samples.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: i64 = 48_000;

    fn sound(frames: usize, value: i16) -> Sound {
        Sound { rate: 48_000, channels: 2, samples: vec![value; frames * CHANNELS].into() }
    }

    fn millis(millis: i64) -> MediaTime {
        MediaTime::from_millis(millis)
    }

    #[test]
    fn blocks_that_follow_each_other_join_though_their_times_are_rounded() {
        let mut voice = Voice::default();
        for (time, value) in [(0, 1), (21, 2), (43, 3)] {
            voice.push(millis(time), &sound(1_024, value), LIMIT);
        }
        assert_eq!(voice.tail(), 3 * 1_024);
        let mut block = [0; 2 * 2_048];
        assert!(voice.take(0, &mut block));
        assert_eq!((block[2_047], block[2_048]), (1, 2));
    }

    #[test]
    fn a_gap_is_silence_and_an_overlap_is_heard_once() {
        let mut voice = Voice::default();
        voice.push(millis(0), &sound(960, 1), LIMIT);
        voice.push(millis(60), &sound(960, 2), LIMIT);
        voice.push(millis(60), &sound(1_920, 3), LIMIT);
        assert_eq!(voice.tail(), 100 * 48);
        let mut block = [9; 100 * 96];
        assert!(voice.take(0, &mut block));
        let at = |millis: usize| block[millis * 96];
        assert_eq!([at(0), at(19), at(20), at(59), at(60), at(79), at(80)], [1, 1, 0, 0, 2, 2, 3]);
    }

    #[test]
    fn what_came_too_late_is_left_out_and_what_is_to_come_stays() {
        let mut voice = Voice::default();
        voice.push(millis(0), &sound(1_920, 7), LIMIT);
        let mut block = [0; 960 * CHANNELS];
        assert!(voice.take(960, &mut block) && block.iter().all(|sample| *sample == 7));
        assert!(!voice.take(1_920, &mut block) && block.iter().all(|sample| *sample == 0));
        voice.push(millis(100), &sound(960, 8), LIMIT);
        assert!(!voice.take(2_880, &mut block), "not yet");
        assert!(voice.take(4_800, &mut block) && block[0] == 8);
    }

    #[test]
    fn the_queue_has_a_bound_and_a_jump_in_time_begins_anew() {
        let mut voice = Voice::default();
        for block in 0..100 {
            voice.push(millis(block * 20), &sound(960, 1), LIMIT);
        }
        assert_eq!((voice.len(), voice.tail()), (LIMIT, 96_000));
        voice.push(MediaTime::from_secs(1_000), &sound(960, 2), LIMIT);
        assert_eq!((voice.head(), voice.len()), (Some(48_000_000), 960));
        voice.push(MediaTime::ZERO, &sound(960, 3), LIMIT);
        assert_eq!(voice.head(), Some(0));
    }
}
