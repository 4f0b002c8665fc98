//! Counts one received stream.

use crate::{ReceiveStats, SenderClock};
use rtc::rtp::Header;
use std::time::Duration;
use trellis_media::{Codec, MediaTime};
use uuid::Uuid;

/// Counters of one stream.
pub struct Tally {
    id: Uuid,
    packets: u64,
    bytes: u64,
    marked: u64,
    /// Packets that came after they had been asked for.
    repaired: u64,
    payload_type: u8,
    /// The first and the highest sequence number, with roll-overs.
    sequences: Option<(i64, i64)>,
    /// The last packet's arrival less its timestamp, in nanoseconds.
    transit: Option<i64>,
    /// In nanoseconds.
    jitter: i64,
    duplicates: u64,
    duplicate_bytes: u64,
    pub picture_losses: u64,
    pub nacks: u64,
    pub reported: Option<SenderClock>,
    /// Packets expected, and packets that came of themselves, when the last interval ended.
    before: (i64, i64),
    fraction_lost: f64,
}

/// Whether a packet came of itself or because it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrived {
    Unasked,
    Repaired,
}

impl Tally {
    pub fn new() -> Tally {
        Tally {
            id: Uuid::new_v4(),
            packets: 0,
            bytes: 0,
            marked: 0,
            repaired: 0,
            payload_type: 0,
            sequences: None,
            transit: None,
            jitter: 0,
            duplicates: 0,
            duplicate_bytes: 0,
            picture_losses: 0,
            nacks: 0,
            reported: None,
            before: (0, 0),
            fraction_lost: 0.0,
        }
    }

    /// Counts a packet that came for the first time.
    pub fn packet(&mut self, header: &Header, length: usize, arrived: Arrived) {
        self.packets += 1;
        self.bytes += length as u64;
        self.marked += u64::from(header.marker);
        self.repaired += u64::from(arrived == Arrived::Repaired);
        self.payload_type = header.payload_type;
        let sequence = i64::from(header.sequence_number);
        self.sequences = Some(match self.sequences {
            None => (sequence, sequence),
            Some((first, highest)) => {
                let here = highest + i64::from(header.sequence_number.wrapping_sub(highest as u16) as i16);
                (first.min(here), highest.max(here))
            }
        });
    }

    /// Counts a packet that had come before.
    pub fn duplicate(&mut self, length: usize) {
        self.duplicates += 1;
        self.duplicate_bytes += length as u64;
    }

    /// Takes the time of a packet that came of itself (RFC 3550 appendix A.8). The wrap of the timestamp makes one
    /// wild value, which is left out.
    pub fn time(&mut self, header: &Header, arrival: MediaTime, rate: u32) {
        let transit = arrival.nanos() - MediaTime::from_ticks(i64::from(header.timestamp), rate).nanos();
        if let Some(before) = self.transit.replace(transit) {
            let variation = (transit - before).abs();
            if variation < 1_000_000_000 {
                self.jitter += (variation - self.jitter) / 16;
            }
        }
    }

    /// Packets that were sent as far as the numbers tell, and those of them that came of themselves.
    fn expected(&self) -> (i64, i64) {
        let expected = self.sequences.map_or(0, |(first, highest)| highest - first + 1);
        (expected, i64::try_from(self.packets - self.repaired).unwrap_or(i64::MAX))
    }

    /// A second or so has passed: its share of lost packets is known now (RFC 3550 appendix A.3).
    pub fn interval(&mut self) {
        let now = self.expected();
        let (expected, came) = (now.0 - self.before.0, now.1 - self.before.1);
        self.before = now;
        self.fraction_lost = if expected > 0 { (expected - came).max(0) as f64 / expected as f64 } else { 0.0 };
    }

    pub fn stats(&self, ssrc: u32, codec: Codec) -> ReceiveStats {
        let (expected, came) = self.expected();
        ReceiveStats {
            codec: (codec, self.payload_type),
            id: self.id.to_string(),
            ssrc,
            packets: self.packets,
            bytes: self.bytes,
            marked: self.marked,
            packets_lost: expected - came,
            repaired: self.repaired,
            fraction_lost: self.fraction_lost,
            duplicates: self.duplicates,
            duplicate_bytes: self.duplicate_bytes,
            jitter: Duration::from_nanos(self.jitter.unsigned_abs()),
            picture_losses: self.picture_losses,
            nacks: self.nacks,
            reported: self.reported,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn came(tally: &mut Tally, sequence_number: u16, arrived: Arrived) -> i64 {
        tally.packet(&Header { sequence_number, ..Header::default() }, 100, arrived);
        tally.stats(1, Codec::Vp8).packets_lost
    }

    #[test]
    fn holes_are_lost_until_late_packets_fill_them_across_the_roll_over() {
        let mut tally = Tally::new();
        let mut packet = |sequence| came(&mut tally, sequence, Arrived::Unasked);
        assert_eq!([65_534, 65_535, 1, 3, 0, 2].map(&mut packet), [0, 0, 1, 2, 1, 0]);
    }

    #[test]
    fn a_packet_that_was_asked_for_was_lost_all_the_same() {
        let mut tally = Tally::new();
        for sequence in [0, 1, 2, 4] {
            came(&mut tally, sequence, Arrived::Unasked);
        }
        assert_eq!(came(&mut tally, 3, Arrived::Repaired), 1);
        let stats = tally.stats(1, Codec::Vp8);
        assert_eq!((stats.packets, stats.repaired), (5, 1));
    }

    #[test]
    fn the_share_of_lost_packets_is_that_of_the_last_interval() {
        let mut tally = Tally::new();
        for sequence in [0, 1, 2, 4] {
            came(&mut tally, sequence, Arrived::Unasked);
        }
        tally.interval();
        assert_eq!(tally.stats(1, Codec::Vp8).fraction_lost, 0.2);
        came(&mut tally, 5, Arrived::Unasked);
        tally.interval();
        assert_eq!(tally.stats(1, Codec::Vp8).fraction_lost, 0.0);
        tally.interval();
        assert_eq!(tally.stats(1, Codec::Vp8).fraction_lost, 0.0, "nothing was expected");
    }

    #[test]
    fn jitter_is_how_unevenly_packets_travel() {
        let (mut even, mut uneven) = (Tally::new(), Tally::new());
        for frame in 0..500u32 {
            let header = Header { timestamp: frame * 3_000, ..Header::default() };
            let sent = MediaTime::from_ticks(i64::from(frame) * 3_000, 90_000);
            even.time(&header, sent + MediaTime::from_millis(5), 90_000);
            uneven.time(&header, sent + MediaTime::from_millis(i64::from(frame % 2) * 8), 90_000);
        }
        assert!(even.stats(1, Codec::Vp8).jitter < Duration::from_micros(10));
        let jitter = uneven.stats(1, Codec::Vp8).jitter;
        assert!(jitter > Duration::from_millis(7) && jitter < Duration::from_millis(9), "{jitter:?}");
    }
}
