//! The streams that a remote sends in one media section.

use super::config::{Ntp, PayloadType};
use crate::{Duplicates, Timeline, starts_keyframe};
use rtc_rtcp::reception_report::ReceptionReport;
use trellis_media::{Codec, MediaTime, RtpPacket, SourceClock};

/// Streams that are told apart; a remote with more loses the oldest.
const MOST_STREAMS: usize = 4;

/// A packet of media that came.
#[derive(Clone, Debug)]
pub struct Received {
    /// What it is.
    pub codec: Codec,
    /// The packet, with the remote's numbers.
    pub packet: RtpPacket,
    /// Its time on our clock.
    pub time: MediaTime,
}

/// What has been counted of a stream that came.
#[derive(Clone, Copy, Debug)]
pub struct InboundStats {
    /// Its source.
    pub ssrc: u32,
    /// What its last packet was.
    pub payload_type: PayloadType,
    /// Packets that came, each counted once.
    pub packets: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Packets that are missing of those that were sent.
    pub lost: i64,
    /// Of 256 packets between the last two reports of ours, how many were missing (RFC 3550 section 6.4.1).
    pub fraction_lost: u8,
    /// Packets that came a second time.
    pub duplicates: u64,
    /// Variation of the packets' travelling time (RFC 3550 section 6.4.1).
    pub jitter: MediaTime,
}

/// All streams of one section.
#[derive(Default)]
pub struct Inbound {
    streams: Vec<Stream>,
}

struct Stream {
    stats: InboundStats,
    duplicates: Duplicates,
    timeline: Timeline,
    /// The first and the highest sequence number, with roll-overs.
    sequences: (i64, i64),
    /// Arrival less timestamp of the packet before.
    transit: Option<MediaTime>,
    /// What was expected and came up to the report before.
    reported: (i64, u64),
    /// The remote's last sender report: its NTP time, and when it came.
    sender_report: Option<(Ntp, MediaTime)>,
}

impl Inbound {
    /// What a packet is worth: `None` when it came before, or has nothing in it. `clock` is the remote's.
    pub fn packet(
        &mut self,
        mut packet: RtpPacket,
        payload_type: PayloadType,
        now: MediaTime,
        clock: &mut SourceClock,
    ) -> Option<Received> {
        let codec = payload_type.codec;
        let stream = self.stream(packet.ssrc, packet.sequence, payload_type);
        if !stream.duplicates.is_new(packet.sequence) {
            stream.stats.duplicates += 1;
            return None;
        }
        stream.count(&packet, now, codec.clock_rate());
        if packet.payload.is_empty() {
            return None;
        }
        let time = stream.timeline.time(packet.timestamp, now, clock);
        packet.starts_keyframe = starts_keyframe(codec, &packet.payload);
        Some(Received { codec, packet, time })
    }

    fn stream(&mut self, ssrc: u32, sequence: u16, payload_type: PayloadType) -> &mut Stream {
        let place = self.streams.iter().position(|stream| stream.stats.ssrc == ssrc).unwrap_or_else(|| {
            if self.streams.len() == MOST_STREAMS {
                self.streams.remove(0);
            }
            self.streams.push(Stream::new(ssrc, sequence, payload_type));
            self.streams.len() - 1
        });
        let stream = &mut self.streams[place];
        if stream.stats.payload_type.codec.clock_rate() != payload_type.codec.clock_rate() {
            stream.timeline = Timeline::new(payload_type.codec.clock_rate());
            stream.transit = None;
        }
        stream.stats.payload_type = payload_type;
        stream
    }

    /// A sender report of the remote came (RFC 3550 section 6.4.1).
    pub fn sender_report(&mut self, ssrc: u32, ntp: u64, timestamp: u32, now: MediaTime) {
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.stats.ssrc == ssrc) {
            stream.timeline.sender_report(timestamp, ntp);
            stream.sender_report = Some((Ntp(ntp), now));
        }
    }

    /// The remote has ended streams; those that are unknown are ignored.
    pub fn ended(&mut self, ssrcs: &[u32]) {
        self.streams.retain(|stream| !ssrcs.contains(&stream.stats.ssrc));
    }

    /// The source of the stream that began last.
    pub fn newest(&self) -> Option<u32> {
        self.streams.last().map(|stream| stream.stats.ssrc)
    }

    /// What we say of each stream in a report (RFC 3550 section 6.4.1).
    pub fn reports(&mut self, now: MediaTime) -> Vec<ReceptionReport> {
        self.streams.iter_mut().map(|stream| stream.report(now)).collect()
    }

    /// What has been counted of each stream.
    pub fn stats(&self) -> impl Iterator<Item = InboundStats> {
        self.streams.iter().map(|stream| InboundStats { lost: stream.lost(), ..stream.stats })
    }
}

impl Stream {
    fn new(ssrc: u32, sequence: u16, payload_type: PayloadType) -> Stream {
        let stats = InboundStats {
            ssrc,
            payload_type,
            packets: 0,
            bytes: 0,
            lost: 0,
            fraction_lost: 0,
            duplicates: 0,
            jitter: MediaTime::ZERO,
        };
        let first = i64::from(sequence);
        Stream {
            stats,
            duplicates: Duplicates::default(),
            timeline: Timeline::new(payload_type.codec.clock_rate()),
            sequences: (first, first),
            transit: None,
            reported: (0, 0),
            sender_report: None,
        }
    }

    fn count(&mut self, packet: &RtpPacket, now: MediaTime, rate: u32) {
        self.stats.packets += 1;
        self.stats.bytes += packet.payload.len() as u64;
        let (first, highest) = self.sequences;
        let here = highest + i64::from(packet.sequence.wrapping_sub(highest as u16) as i16);
        self.sequences = (first.min(here), highest.max(here));
        // RFC 3550 appendix A.8; the wrap of the timestamp makes one wild value, which is left out.
        let transit = now - MediaTime::from_ticks(packet.timestamp.into(), rate);
        if let Some(before) = self.transit.replace(transit) {
            let variation = (transit - before).nanos().saturating_abs();
            if variation < 1_000_000_000 {
                let jitter = self.stats.jitter.nanos();
                self.stats.jitter = MediaTime::from_nanos(jitter + (variation - jitter) / 16);
            }
        }
    }

    fn expected(&self) -> i64 {
        self.sequences.1 - self.sequences.0 + 1
    }

    fn lost(&self) -> i64 {
        self.expected() - i64::try_from(self.stats.packets).unwrap_or(i64::MAX)
    }

    fn report(&mut self, now: MediaTime) -> ReceptionReport {
        let before = self.reported;
        self.reported = (self.expected(), self.stats.packets);
        let (expected, came) = (self.expected() - before.0, (self.stats.packets - before.1) as i64);
        let missing = (expected - came).max(0);
        let fraction_lost = (missing * 256).checked_div(expected).unwrap_or(0).clamp(0, 255) as u8;
        self.stats.fraction_lost = fraction_lost;
        let ticks = self.stats.jitter.ticks(self.stats.payload_type.codec.clock_rate());
        let (last, delay) = self.sender_report.map_or((0, 0), |(ntp, came)| (ntp.middle(), (now - came).ticks(65_536)));
        ReceptionReport {
            ssrc: self.stats.ssrc,
            fraction_lost,
            // 24 bits.
            total_lost: self.lost().clamp(0, 0x7f_ffff) as u32,
            last_sequence_number: self.sequences.1 as u32,
            jitter: u32::try_from(ticks).unwrap_or(u32::MAX),
            last_sender_report: last,
            delay: u32::try_from(delay).unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const VP8: PayloadType = PayloadType { number: 96, codec: Codec::Vp8 };

    fn packet(sequence: u16) -> RtpPacket {
        RtpPacket {
            payload_type: 96,
            marker: true,
            sequence,
            timestamp: u32::from(sequence) * 3_000,
            ssrc: 5,
            starts_keyframe: false,
            payload: Bytes::from_static(&[0x10, 0]),
        }
    }

    #[test]
    fn reports_say_what_was_lost_since_the_last_and_in_all() {
        let (mut inbound, mut clock) = (Inbound::default(), SourceClock::new());
        let mut take = |inbound: &mut Inbound, numbers: &[u16]| {
            for number in numbers {
                inbound.packet(packet(*number), VP8, MediaTime::ZERO, &mut clock);
            }
        };
        take(&mut inbound, &[65_534, 65_535, 1, 1]);
        let report = inbound.reports(MediaTime::ZERO)[0].clone();
        assert_eq!((report.fraction_lost, report.total_lost, report.last_sequence_number), (64, 1, 65_537));
        let fraction = |inbound: &Inbound| inbound.stats().next().map(|stats| stats.fraction_lost);
        assert_eq!(fraction(&inbound), Some(64));
        inbound.sender_report(5, 0x1234_5678_9abc_def0, 0, MediaTime::ZERO);
        take(&mut inbound, &[2, 3]);
        let report = inbound.reports(MediaTime::from_millis(500))[0].clone();
        assert_eq!((report.fraction_lost, report.total_lost), (0, 1));
        assert_eq!(fraction(&inbound), Some(0), "of the last interval, not of the whole life");
        assert_eq!((report.last_sender_report, report.delay), (0x5678_9abc, 32_768));
        assert!(inbound.stats().all(|stats| (stats.packets, stats.duplicates) == (5, 1)));
    }

    #[test]
    fn streams_are_bounded_and_a_farewell_ends_one() {
        let (mut inbound, mut clock) = (Inbound::default(), SourceClock::new());
        for ssrc in 0..100 {
            inbound.packet(RtpPacket { ssrc, ..packet(1) }, VP8, MediaTime::ZERO, &mut clock);
        }
        assert_eq!(inbound.stats().count(), MOST_STREAMS);
        inbound.ended(&[99, 5]);
        assert_eq!((inbound.stats().count(), inbound.newest()), (MOST_STREAMS - 1, Some(98)));
    }
}
