//! Makes one continuous stream of whatever is pushed into a sending leg.
//!
//! Packets of one source keep their distances, holes included, so that the receiver asks for what is missing. When
//! the source or the codec changes, the new one goes on where the old one ended, as far in time as they lie apart.

use trellis_media::{Codec, MediaTime, RtpPacket};

/// A step of sequence numbers or of time that no loss explains: the source has begun anew.
const JUMP_PACKETS: u16 = 3_000;
const JUMP: MediaTime = MediaTime::from_secs(10);

/// Sequence number and timestamp as they go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// Sequence number (RFC 3550 section 5.1).
    pub sequence: u16,
    /// Timestamp, in ticks of the codec's clock.
    pub timestamp: u32,
}

/// The state of one outgoing stream.
pub struct Rewriter {
    /// What goes out next when nothing has gone out yet.
    first: Rewritten,
    source: Option<Source>,
}

struct Source {
    ssrc: u32,
    codec: Codec,
    sequence_offset: u16,
    timestamp_offset: u32,
    /// The newest packet that went out, and its time.
    newest: Rewritten,
    time: MediaTime,
}

impl Rewriter {
    /// A stream that begins with these numbers.
    pub fn new(first: Rewritten) -> Rewriter {
        Rewriter { first, source: None }
    }

    /// The numbers of the next packet.
    pub fn rewrite(&mut self, codec: Codec, packet: &RtpPacket, time: MediaTime) -> Rewritten {
        if !self.source.as_ref().is_some_and(|source| source.continues(codec, packet, time)) {
            self.source = Some(self.splice(codec, packet, time));
        }
        let Some(source) = &mut self.source else { return self.first };
        let out = Rewritten {
            sequence: packet.sequence.wrapping_add(source.sequence_offset),
            timestamp: packet.timestamp.wrapping_add(source.timestamp_offset),
        };
        if out.sequence.wrapping_sub(source.newest.sequence) < 1 << 15 {
            source.newest = out;
            source.time = time;
        }
        out
    }

    fn splice(&self, codec: Codec, packet: &RtpPacket, time: MediaTime) -> Source {
        let next = match &self.source {
            None => self.first,
            Some(old) => {
                let ticks = (time - old.time).ticks(codec.clock_rate()).max(1);
                Rewritten {
                    sequence: old.newest.sequence.wrapping_add(1),
                    timestamp: old.newest.timestamp.wrapping_add(ticks as u32),
                }
            }
        };
        Source {
            ssrc: packet.ssrc,
            codec,
            sequence_offset: next.sequence.wrapping_sub(packet.sequence),
            timestamp_offset: next.timestamp.wrapping_sub(packet.timestamp),
            newest: next,
            time,
        }
    }
}

impl Source {
    fn continues(&self, codec: Codec, packet: &RtpPacket, time: MediaTime) -> bool {
        let sequence = packet.sequence.wrapping_add(self.sequence_offset);
        let step = sequence.wrapping_sub(self.newest.sequence);
        let timestamp = packet.timestamp.wrapping_add(self.timestamp_offset);
        let ticks = i64::from(timestamp.wrapping_sub(self.newest.timestamp) as i32);
        // Behind in number and ahead in time: not overtaken, but of a packetiser that begins where another left off.
        let overtaken = step < 1 << 15 || time <= self.time;
        let drift = MediaTime::from_ticks(ticks, codec.clock_rate()) - (time - self.time);
        self.ssrc == packet.ssrc
            && self.codec == codec
            && overtaken
            && step.min(step.wrapping_neg()) < JUMP_PACKETS
            && drift.nanos().unsigned_abs() < JUMP.nanos().unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(ssrc: u32, sequence: u16, timestamp: u32) -> RtpPacket {
        let payload = Default::default();
        RtpPacket { payload_type: 96, marker: false, sequence, timestamp, ssrc, starts_keyframe: false, payload }
    }

    fn rewriter() -> Rewriter {
        Rewriter::new(Rewritten { sequence: 65_534, timestamp: 7 })
    }

    #[test]
    fn holes_and_disorder_pass_through() {
        let mut rewriter = rewriter();
        let sent = [10, 12, 11, 20]
            .map(|sequence| rewriter.rewrite(Codec::Vp8, &packet(1, sequence, 3_000), MediaTime::ZERO).sequence);
        assert_eq!(sent, [65_534, 0, 65_535, 8]);
    }

    #[test]
    fn new_source_goes_on_where_the_old_one_ended() {
        let mut rewriter = rewriter();
        rewriter.rewrite(Codec::Vp8, &packet(1, 10, 1_000), MediaTime::ZERO);
        let next = rewriter.rewrite(Codec::Vp8, &packet(2, 40_000, 99), MediaTime::from_millis(100));
        assert_eq!(next, Rewritten { sequence: 65_535, timestamp: 7 + 9_000 });
        let after = rewriter.rewrite(Codec::Vp8, &packet(2, 40_001, 3_099), MediaTime::from_millis(133));
        assert_eq!(after, Rewritten { sequence: 0, timestamp: 7 + 12_000 });
    }

    #[test]
    fn restarted_source_is_spliced() {
        let mut rewriter = rewriter();
        rewriter.rewrite(Codec::Opus, &packet(1, 10, 1_000), MediaTime::ZERO);
        let next = rewriter.rewrite(Codec::Opus, &packet(1, 30_000, 4_000_000_000), MediaTime::from_millis(20));
        assert_eq!(next, Rewritten { sequence: 65_535, timestamp: 7 + 960 });
    }

    #[test]
    fn fresh_packetiser_after_a_short_one_is_spliced_and_an_overtaken_packet_is_not() {
        let mut rewriter = rewriter();
        for sequence in 0..100u16 {
            let time = MediaTime::from_millis(i64::from(sequence) * 40);
            rewriter.rewrite(Codec::Vp8, &packet(0, sequence, u32::from(sequence) * 3_600), time);
        }
        let late = rewriter.rewrite(Codec::Vp8, &packet(0, 97, 97 * 3_600), MediaTime::from_millis(97 * 40));
        assert_eq!(late.sequence, 65_534u16.wrapping_add(97));
        let next = rewriter.rewrite(Codec::Vp8, &packet(0, 0, 100 * 3_600), MediaTime::from_millis(4_000));
        assert_eq!(next, Rewritten { sequence: 65_534u16.wrapping_add(100), timestamp: 7 + 100 * 3_600 });
    }
}
