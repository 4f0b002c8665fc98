//! Tells a packet that has been seen already, by its sequence number.
//!
//! Retransmissions that double as bandwidth probes reach the receiver as packets that it has had long ago.

/// Sequence numbers that are remembered: half a second of a fast video, and a power of two.
const WINDOW: u16 = 1024;
const WORDS: usize = WINDOW as usize / 64;

/// The sequence numbers of one stream that have come lately.
#[derive(Default)]
pub struct Duplicates {
    highest: Option<u16>,
    seen: [u64; WORDS],
}

impl Duplicates {
    /// Whether `sequence` comes for the first time. What is older than the window counts as seen.
    pub fn is_new(&mut self, sequence: u16) -> bool {
        let Some(highest) = self.highest else {
            self.highest = Some(sequence);
            return self.mark(sequence);
        };
        let ahead = sequence.wrapping_sub(highest);
        if ahead == 0 {
            return false;
        }
        if ahead < 1 << 15 {
            for step in 1..=ahead.min(WINDOW) {
                self.clear(highest.wrapping_add(step));
            }
            if ahead > WINDOW {
                self.seen = [0; WORDS];
            }
            self.highest = Some(sequence);
            return self.mark(sequence);
        }
        ahead.wrapping_neg() < WINDOW && self.mark(sequence)
    }

    /// Marks it; whether it was not marked.
    fn mark(&mut self, sequence: u16) -> bool {
        let (word, bit) = place(sequence);
        let new = self.seen[word] & bit == 0;
        self.seen[word] |= bit;
        new
    }

    fn clear(&mut self, sequence: u16) {
        let (word, bit) = place(sequence);
        self.seen[word] &= !bit;
    }
}

fn place(sequence: u16) -> (usize, u64) {
    let index = usize::from(sequence % WINDOW);
    (index / 64, 1 << (index % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_new_once_in_any_order_and_over_the_wrap() {
        let mut duplicates = Duplicates::default();
        for round in 0..70u32 {
            for offset in [0, 3, 1, 2] {
                let sequence = (65_400 + round * 4 + offset) as u16;
                assert!(duplicates.is_new(sequence), "{sequence}");
                assert!(!duplicates.is_new(sequence), "{sequence} again");
            }
        }
    }

    #[test]
    fn jump_forgets_the_past() {
        let mut duplicates = Duplicates::default();
        assert!(duplicates.is_new(10));
        assert!(duplicates.is_new(10 + 5 * WINDOW));
        assert!(!duplicates.is_new(10));
        assert!(duplicates.is_new(9 + 5 * WINDOW));
    }
}
