//! Counts one received stream.

use crate::{ReceiveStats, SenderClock};
use rtc::rtp::Header;
use std::time::Duration;
use trellis_media::{Codec, MediaTime};

/// Counters of one stream.
#[derive(Default)]
pub struct Tally {
    packets: u64,
    bytes: u64,
    payload_type: u8,
    /// The first and the highest sequence number, with roll-overs.
    sequences: Option<(i64, i64)>,
    /// The last packet's arrival less its timestamp, in nanoseconds.
    transit: Option<i64>,
    /// In nanoseconds.
    jitter: i64,
    pub duplicates: u64,
    pub picture_losses: u64,
    pub nacks: u64,
    pub reported: Option<SenderClock>,
}

impl Tally {
    /// Counts a packet that came for the first time.
    pub fn packet(&mut self, header: &Header, length: usize, arrival: MediaTime, rate: u32) {
        self.packets += 1;
        self.bytes += length as u64;
        self.payload_type = header.payload_type;
        let sequence = i64::from(header.sequence_number);
        self.sequences = Some(match self.sequences {
            None => (sequence, sequence),
            Some((first, highest)) => {
                let here = highest + i64::from(header.sequence_number.wrapping_sub(highest as u16) as i16);
                (first.min(here), highest.max(here))
            }
        });
        // RFC 3550 appendix A.8; the wrap of the timestamp makes one wild value, which is left out.
        let transit = arrival.nanos() - MediaTime::from_ticks(i64::from(header.timestamp), rate).nanos();
        if let Some(before) = self.transit.replace(transit) {
            let variation = (transit - before).abs();
            if variation < 1_000_000_000 {
                self.jitter += (variation - self.jitter) / 16;
            }
        }
    }

    pub fn stats(&self, ssrc: u32, codec: Codec) -> ReceiveStats {
        let expected = self.sequences.map_or(0, |(first, highest)| highest - first + 1);
        ReceiveStats {
            codec: (codec, self.payload_type),
            ssrc,
            packets: self.packets,
            bytes: self.bytes,
            packets_lost: expected - i64::try_from(self.packets).unwrap_or(i64::MAX),
            duplicates: self.duplicates,
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

    #[test]
    fn holes_are_lost_until_they_are_filled_across_the_roll_over() {
        let mut tally = Tally::default();
        let mut packet = |sequence_number| {
            let header = Header { sequence_number, ..Header::default() };
            tally.packet(&header, 100, MediaTime::ZERO, 90_000);
            tally.stats(1, Codec::Vp8).packets_lost
        };
        assert_eq!([65_534, 65_535, 1, 3, 0, 2].map(&mut packet), [0, 0, 1, 2, 1, 0]);
    }

    #[test]
    fn jitter_is_how_unevenly_packets_travel() {
        let (mut even, mut uneven) = (Tally::default(), Tally::default());
        for frame in 0..500u32 {
            let header = Header { timestamp: frame * 3_000, sequence_number: frame as u16, ..Header::default() };
            let sent = MediaTime::from_ticks(i64::from(frame) * 3_000, 90_000);
            even.packet(&header, 1, sent + MediaTime::from_millis(5), 90_000);
            uneven.packet(&header, 1, sent + MediaTime::from_millis(i64::from(frame % 2) * 8), 90_000);
        }
        assert!(even.stats(1, Codec::Vp8).jitter < Duration::from_micros(10));
        let jitter = uneven.stats(1, Codec::Vp8).jitter;
        assert!(jitter > Duration::from_millis(7) && jitter < Duration::from_millis(9), "{jitter:?}");
    }
}
