//! The reorder buffer: packets in any order in, packets in order out.
//!
//! ```text
//! next ──► [ 7 ][ 8 ][   ][10 ][11 ]     7 and 8 can go; 9 is awaited until `deadline`, then given up
//! ```

use crate::Sequence;
use std::collections::VecDeque;
use trellis_media::{MediaTime, RtpPacket};

/// Packets between the next one and the newest, at most: over a second of 8 Mbit/s.
const SPAN: i32 = 1_024;

/// A packet with the times that belong to it.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub packet: RtpPacket,
    /// Presentation time.
    pub time: MediaTime,
    /// When it came.
    pub at: MediaTime,
}

impl Arrived {
    fn sequence(&self) -> Sequence {
        Sequence(self.packet.sequence)
    }
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Insertion {
    /// It is in the buffer.
    Kept,
    /// It had come before, came too late, or is far from all others and alone in that.
    Dropped,
    /// The sender began anew: what was buffered is gone.
    Restarted,
}

/// See the module.
#[derive(Default)]
pub(crate) struct ReorderBuffer {
    /// The packet that is due; `None` before the first.
    next: Option<Sequence>,
    ssrc: u32,
    /// From `next` on; the last one is never `None`.
    slots: VecDeque<Option<Arrived>>,
    /// A packet far outside the span: the sender began anew when the one after it comes too (RFC 3550, appendix A.1).
    stray: Option<Arrived>,
}

impl ReorderBuffer {
    /// Takes a packet.
    pub fn insert(&mut self, arrived: Arrived) -> Insertion {
        let Some(next) = self.next else {
            self.start(arrived);
            return Insertion::Kept;
        };
        if arrived.packet.ssrc != self.ssrc {
            self.start(arrived);
            return Insertion::Restarted;
        }
        let distance = arrived.sequence().since(next);
        if distance.abs() >= SPAN {
            return self.insert_stray(arrived);
        }
        self.stray = None;
        // Before the next: late, or a duplicate.
        let Ok(index) = usize::try_from(distance) else { return Insertion::Dropped };
        if index >= self.slots.len() {
            self.slots.resize(index + 1, None);
        }
        match self.slots.get_mut(index) {
            Some(slot) if slot.is_none() => {
                *slot = Some(arrived);
                Insertion::Kept
            }
            _ => Insertion::Dropped,
        }
    }

    /// The packet that is due, when it is here.
    pub fn pop(&mut self) -> Option<Arrived> {
        let arrived = self.slots.front_mut()?.take()?;
        self.slots.pop_front();
        self.next = self.next.map(Sequence::next);
        Some(arrived)
    }

    /// When the awaited packet is given up: `wait` after the oldest behind it came. `None` when nothing is behind it.
    pub fn deadline(&self, wait: MediaTime) -> Option<MediaTime> {
        self.slots.iter().flatten().next().map(|arrived| arrived.at + wait)
    }

    /// Gives up what is awaited: the next packet is the first of those that are here.
    pub fn skip_gap(&mut self) {
        while matches!(self.slots.front(), Some(None)) {
            self.slots.pop_front();
            self.next = self.next.map(Sequence::next);
        }
    }

    /// The packets from the due one on; `None` stands for one that is missing.
    pub fn slots(&self) -> impl Iterator<Item = Option<&RtpPacket>> {
        self.slots.iter().map(|slot| slot.as_ref().map(|arrived| &arrived.packet))
    }

    fn start(&mut self, arrived: Arrived) {
        self.next = Some(arrived.sequence());
        self.ssrc = arrived.packet.ssrc;
        self.stray = None;
        self.slots.clear();
        self.slots.push_back(Some(arrived));
    }

    fn insert_stray(&mut self, arrived: Arrived) -> Insertion {
        match self.stray.take() {
            Some(first) if first.sequence().next() == arrived.sequence() => {
                self.start(first);
                self.slots.push_back(Some(arrived));
                Insertion::Restarted
            }
            _ => {
                self.stray = Some(arrived);
                Insertion::Dropped
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn arrived(sequence: u16) -> Arrived {
        let packet = RtpPacket {
            payload_type: 96,
            marker: false,
            sequence,
            timestamp: 0,
            ssrc: 1,
            starts_keyframe: false,
            payload: Bytes::new(),
        };
        Arrived { packet, time: MediaTime::ZERO, at: MediaTime::from_millis(i64::from(sequence)) }
    }

    fn drain(buffer: &mut ReorderBuffer) -> Vec<u16> {
        std::iter::from_fn(|| buffer.pop()).map(|arrived| arrived.packet.sequence).collect()
    }

    #[test]
    fn packets_leave_in_order_across_the_wrap_and_once() {
        let mut buffer = ReorderBuffer::default();
        for sequence in [65_534, 1, 0, 0, 65_534, 65_535] {
            buffer.insert(arrived(sequence));
        }
        assert_eq!(drain(&mut buffer), [65_534, 65_535, 0, 1]);
        assert_eq!(buffer.insert(arrived(0)), Insertion::Dropped);
    }

    #[test]
    fn a_gap_is_awaited_from_the_arrival_of_what_is_behind_it() {
        let mut buffer = ReorderBuffer::default();
        buffer.insert(arrived(10));
        drain(&mut buffer);
        assert_eq!(buffer.deadline(MediaTime::from_millis(200)), None);
        buffer.insert(arrived(13));
        buffer.insert(arrived(12));
        assert_eq!(buffer.deadline(MediaTime::from_millis(200)), Some(MediaTime::from_millis(212)));
        buffer.skip_gap();
        assert_eq!(drain(&mut buffer), [12, 13]);
        assert_eq!(buffer.insert(arrived(11)), Insertion::Dropped);
    }

    #[test]
    fn one_stray_packet_changes_nothing_and_two_in_a_row_restart() {
        let mut buffer = ReorderBuffer::default();
        buffer.insert(arrived(100));
        drain(&mut buffer);
        assert_eq!(buffer.insert(arrived(30_000)), Insertion::Dropped);
        assert_eq!(buffer.insert(arrived(101)), Insertion::Kept);
        assert_eq!(buffer.insert(arrived(30_001)), Insertion::Dropped);
        assert_eq!(buffer.insert(arrived(30_002)), Insertion::Restarted);
        assert_eq!(drain(&mut buffer), [30_001, 30_002]);
    }

    #[test]
    fn the_buffer_never_spans_more_than_its_bound() {
        let mut buffer = ReorderBuffer::default();
        buffer.insert(arrived(0));
        drain(&mut buffer);
        for sequence in (0..60_000).step_by(7) {
            buffer.insert(arrived(sequence));
            assert!(buffer.slots.len() <= SPAN as usize);
        }
    }
}
