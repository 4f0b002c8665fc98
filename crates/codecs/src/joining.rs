//! How blocks of sound are put one after another, so that where a sample lies in time stays what the blocks said.
//!
//! Blocks do not quite meet: containers round their times, a remote's clock drifts, packets are lost. Encoders and
//! resamplers want samples without a gap. What is not accounted for adds up, until sound and pictures part.

use trellis_media::{MediaTime, Sound};

/// Blocks that are this near to meeting run on. More than containers round by; far less than anybody hears or sees.
pub(crate) const TOLERANCE: MediaTime = MediaTime::from_millis(5);
/// A longer gap is not filled: a new line of times begins after it. Three packets of a call may be lost in a row.
const LONGEST_GAP: MediaTime = MediaTime::from_millis(60);

/// Adds a block to samples that end at `end`: what is missing between them is silence, what overlaps is left out. False,
/// and nothing is added, when the block is so far away that a new line of times should begin.
pub(crate) fn join(samples: &mut Vec<i16>, end: MediaTime, time: MediaTime, block: &Sound) -> bool {
    let apart = time - end;
    if apart.nanos().abs() > LONGEST_GAP.nanos() {
        return false;
    }
    let missing = if apart.nanos().abs() < TOLERANCE.nanos() { 0 } else { apart.ticks(block.rate) };
    let count = usize::try_from(missing.unsigned_abs()).unwrap_or(0) * usize::from(block.channels);
    if missing > 0 {
        samples.resize(samples.len() + count, 0);
        samples.extend_from_slice(&block.samples);
    } else {
        samples.extend_from_slice(block.samples.get(count..).unwrap_or_default());
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(apart: i64) -> Option<Vec<i16>> {
        let block = Sound { rate: 8_000, channels: 1, samples: vec![7; 160].into() };
        let (mut samples, end) = (vec![1; 80], MediaTime::from_millis(500));
        join(&mut samples, end, end + MediaTime::from_millis(apart), &block).then_some(samples)
    }

    #[test]
    fn blocks_that_nearly_meet_run_on() {
        for apart in [-4, 0, 4] {
            assert_eq!(joined(apart), Some([vec![1; 80], vec![7; 160]].concat()), "{apart} ms");
        }
    }

    #[test]
    fn a_gap_is_silence_and_an_overlap_is_heard_once() {
        assert_eq!(joined(20), Some([vec![1; 80], vec![0; 160], vec![7; 160]].concat()));
        assert_eq!(joined(-10), Some([vec![1; 80], vec![7; 80]].concat()));
        assert_eq!(joined(-50), Some(vec![1; 80]));
    }

    #[test]
    fn what_is_far_away_is_not_joined() {
        assert_eq!((joined(70), joined(-70)), (None, None));
    }
}
