//! The packets that were sent, as far back as a receiver may ask for them.

use bytes::Bytes;
use std::time::{Duration, Instant};

/// One packet as it went out.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Sequence number with its roll-overs.
    pub index: u64,
    pub timestamp: u32,
    pub payload_type: u8,
    pub marker: bool,
    pub payload: Bytes,
    /// Bytes of padding that followed the payload (RFC 3550 section 5.1).
    pub padding: u8,
    /// When it was last sent again.
    pub resent: Option<Instant>,
}

/// The last packets of one stream, by their index.
///
/// It also answers whether an index may be used: each is sealed once only, since two packets under one index would
/// tell their difference to whoever listens (RFC 3711 section 9.1).
pub struct History {
    slots: Vec<Option<Sent>>,
    capacity: usize,
    newest: Option<u64>,
    /// Packets that may be sent again: as many as have been sent, so that a flood of requests at most doubles what
    /// goes out.
    credit: usize,
}

impl History {
    /// Keeps `capacity` packets, which is a power of two.
    pub fn new(capacity: usize) -> History {
        History { slots: Vec::new(), capacity, newest: None, credit: 0 }
    }

    /// The index of a packet with this sequence number: the one that is nearest to the newest.
    pub fn index(&self, sequence: u16) -> u64 {
        match self.newest {
            None => u64::from(sequence),
            Some(newest) => newest.wrapping_add_signed(i64::from(sequence.wrapping_sub(newest as u16) as i16)),
        }
    }

    /// Takes a packet; `false` when its index was used, or is so old that it may have been.
    pub fn add(&mut self, sent: Sent) -> bool {
        let index = sent.index;
        if index >> 48 != 0 {
            return false;
        }
        if let Some(newest) = self.newest
            && newest.saturating_sub(index) >= self.capacity as u64
        {
            return false;
        }
        let place = (index % self.capacity as u64) as usize;
        if self.slots.len() <= place {
            self.slots.resize(place + 1, None);
        }
        if self.slots[place].as_ref().is_some_and(|known| known.index >= index) {
            return false;
        }
        self.slots[place] = Some(sent);
        self.newest = self.newest.max(Some(index));
        self.credit = (self.credit + 1).min(self.capacity);
        true
    }

    /// A packet that was added just now.
    pub fn get_mut(&mut self, index: u64) -> Option<&mut Sent> {
        let place = (index % self.capacity as u64) as usize;
        self.slots.get_mut(place)?.as_mut().filter(|sent| sent.index == index)
    }

    /// A packet that is asked for; `None` when it is gone, was never sent, or was sent again less than `pause` ago.
    pub fn again(&mut self, sequence: u16, now: Instant, pause: Duration) -> Option<Sent> {
        let index = self.index(sequence);
        let credit = self.credit.checked_sub(1)?;
        let sent = self.get_mut(index)?;
        if sent.resent.is_some_and(|resent| now.saturating_duration_since(resent) < pause) {
            return None;
        }
        sent.resent = Some(now);
        let sent = sent.clone();
        self.credit = credit;
        Some(sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_millis(10);

    fn sent(history: &History, sequence: u16) -> Sent {
        let payload = Bytes::copy_from_slice(&sequence.to_be_bytes());
        let index = history.index(sequence);
        Sent { index, timestamp: 0, payload_type: 96, marker: false, payload, padding: 0, resent: None }
    }

    fn add(history: &mut History, sequence: u16) -> bool {
        let sent = sent(history, sequence);
        history.add(sent)
    }

    #[test]
    fn packets_are_found_across_the_roll_over_until_they_are_too_old() {
        let mut history = History::new(8);
        assert!([65_533, 65_535, 65_534, 0, 1].into_iter().all(|sequence| add(&mut history, sequence)));
        let now = Instant::now();
        assert_eq!(history.again(65_534, now, PAUSE).map(|sent| sent.index), Some(65_534));
        assert_eq!(history.again(1, now, PAUSE).map(|sent| sent.index), Some(65_537));
        assert!((2..6).all(|sequence| add(&mut history, sequence)));
        assert!(history.again(65_533, now, PAUSE).is_none());
        assert!(history.again(900, now, PAUSE).is_none());
    }

    #[test]
    fn no_index_is_taken_twice_and_none_that_may_have_been() {
        let mut history = History::new(8);
        assert!((100..120).filter(|sequence| *sequence != 115).all(|sequence| add(&mut history, sequence)));
        assert!(!add(&mut history, 117), "sent before");
        assert!(add(&mut history, 115), "late, and never sent");
        assert!(!add(&mut history, 115));
        assert!(!add(&mut history, 111), "too old to know");
    }

    #[test]
    fn packet_is_sent_again_once_in_a_while_and_a_flood_of_requests_ends() {
        let mut history = History::new(8);
        assert!((0..3).all(|sequence| add(&mut history, sequence)));
        let now = Instant::now();
        assert!(history.again(1, now, PAUSE).is_some());
        assert!(history.again(1, now + PAUSE / 2, PAUSE).is_none());
        assert!(history.again(1, now + PAUSE, PAUSE).is_some());
        assert!(history.again(1, now + PAUSE * 2, PAUSE).is_some());
        assert!(history.again(1, now + PAUSE * 3, PAUSE).is_none(), "three packets were sent");
    }
}
