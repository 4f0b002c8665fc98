//! The stream that we send in one media section.

use super::config::{Ntp, PayloadType};
use crate::{Duplicates, Rewriter, Rewritten, write_rtp};
use rtc_rtcp::reception_report::ReceptionReport;
use rtc_rtcp::sender_report::SenderReport;
use std::collections::VecDeque;
use trellis_media::{Codec, MediaTime, RtpPacket};

/// Packets that can be asked for again: a second of 5 Mbit/s.
const MOST_KEPT: usize = 512;
/// A packet is not sent again before this time has passed: it is on its way.
const PATIENCE: MediaTime = MediaTime::from_millis(10);

/// What has been counted of a stream that goes out, and what the remote says of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct OutboundStats {
    /// Its source.
    pub ssrc: u32,
    /// What its last packet was; `None` before the first.
    pub payload_type: Option<PayloadType>,
    /// Packets, each counted once.
    pub packets: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Bytes of the payloads of the last second or so, as bits a second.
    pub bitrate: u64,
    /// Packets that were sent again.
    pub retransmitted: u64,
    /// Of 256 packets since the report before, how many the remote missed.
    pub fraction_lost: u8,
    /// Packets that the remote missed in all.
    pub lost: i64,
    /// From us to the remote and back, when its reports tell.
    pub round_trip: Option<MediaTime>,
    /// Requests of the remote (RFC 4585 sections 6.2.1 and 6.3.1, RFC 5104 section 4.3.1).
    pub nacks: u64,
    /// Picture losses that it told.
    pub picture_losses: u64,
    /// Full intra requests.
    pub full_intras: u64,
}

/// The stream's identity and numbers.
pub struct Outbound {
    choices: Vec<PayloadType>,
    rewriter: Rewriter,
    used: Duplicates,
    newest: Option<Newest>,
    kept: VecDeque<Kept>,
    keeps: bool,
    /// When the bitrate was last taken, and the bytes then.
    measured: Option<(MediaTime, u64)>,
    /// What has been counted.
    pub stats: OutboundStats,
}

/// The last packet.
#[derive(Clone, Copy)]
struct Newest {
    timestamp: u32,
    time: MediaTime,
    rate: u32,
}

/// A packet as it went out.
struct Kept {
    sequence: u16,
    sent: MediaTime,
    bytes: Vec<u8>,
}

/// Whether packets are kept to be sent again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The remote asks for what it misses.
    Packets,
    /// Nobody will ask.
    Nothing,
}

impl Outbound {
    pub fn new(ssrc: u32, choices: Vec<PayloadType>, seed: u64, keep: Keep) -> Outbound {
        // Below 2^15, as RFC 3711 section 3.3.1 advises: the first packets may be lost before the wrap.
        let first = Rewritten { sequence: (seed as u16) >> 1, timestamp: (seed >> 32) as u32 };
        Outbound {
            choices,
            rewriter: Rewriter::new(first),
            used: Duplicates::default(),
            newest: None,
            kept: VecDeque::new(),
            keeps: keep == Keep::Packets,
            measured: None,
            stats: OutboundStats { ssrc, ..OutboundStats::default() },
        }
    }

    /// A packet as it goes out, unprotected; `None` when the remote does not take the codec, or the number has been
    /// used: under one key it must not be used twice (RFC 3711 section 9.1).
    pub fn packet(&mut self, codec: Codec, packet: &RtpPacket, time: MediaTime) -> Option<(u16, Vec<u8>)> {
        let choice = *self.choices.iter().find(|choice| choice.codec == codec)?;
        let numbers = self.rewriter.rewrite(codec, packet, time);
        if !self.used.is_new(numbers.sequence) {
            return None;
        }
        let rate = codec.clock_rate();
        if self.newest.is_none_or(|newest| newest.rate != rate || time >= newest.time) {
            self.newest = Some(Newest { timestamp: numbers.timestamp, time, rate });
        }
        self.stats.payload_type = Some(choice);
        self.stats.packets += 1;
        self.stats.bytes += packet.payload.len() as u64;
        let header = RtpPacket {
            payload_type: choice.number,
            ssrc: self.stats.ssrc,
            sequence: numbers.sequence,
            timestamp: numbers.timestamp,
            payload: packet.payload.clone(),
            ..*packet
        };
        let mut bytes = Vec::with_capacity(packet.payload.len() + 32);
        write_rtp(&header, &mut bytes);
        Some((numbers.sequence, bytes))
    }

    /// The packet went out as these bytes.
    pub fn sent(&mut self, sequence: u16, bytes: &[u8], now: MediaTime) {
        if self.keeps {
            if self.kept.len() == MOST_KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(Kept { sequence, sent: now, bytes: bytes.to_vec() });
        }
    }

    /// The very bytes of a packet that the remote misses, when it has not just been sent.
    pub fn again(&mut self, sequence: u16, now: MediaTime) -> Option<Vec<u8>> {
        let kept = self.kept.iter_mut().rev().find(|kept| kept.sequence == sequence)?;
        if now - kept.sent < PATIENCE {
            return None;
        }
        kept.sent = now;
        self.stats.retransmitted += 1;
        Some(kept.bytes.clone())
    }

    /// Takes the bitrate since the last call.
    pub fn measure(&mut self, now: MediaTime) {
        if let Some((then, bytes)) = self.measured.replace((now, self.stats.bytes)) {
            let passed = (now - then).nanos().max(1) as u128;
            let bits = u128::from(self.stats.bytes - bytes) * 8 * 1_000_000_000 / passed;
            self.stats.bitrate = u64::try_from(bits).unwrap_or(u64::MAX);
        }
    }

    /// The sender report of this moment (RFC 3550 section 6.4.1): the timestamps of all our streams stand on one
    /// clock. `None` before anything was sent.
    pub fn report(&self, now: MediaTime, ntp: Ntp) -> Option<SenderReport> {
        let newest = self.newest?;
        let ticks = (now - newest.time).ticks(newest.rate);
        Some(SenderReport {
            ssrc: self.stats.ssrc,
            ntp_time: ntp.after(now).0,
            rtp_time: newest.timestamp.wrapping_add(ticks as u32),
            packet_count: self.stats.packets as u32,
            octet_count: self.stats.bytes as u32,
            ..SenderReport::default()
        })
    }

    /// What the remote says of our stream.
    pub fn heard(&mut self, report: &ReceptionReport, now: MediaTime, ntp: Ntp) {
        if report.ssrc != self.stats.ssrc {
            return;
        }
        self.stats.fraction_lost = report.fraction_lost;
        // 24 bits and signed.
        self.stats.lost = i64::from((report.total_lost << 8) as i32 >> 8);
        if report.last_sender_report != 0 {
            let passed = ntp.after(now).middle().wrapping_sub(report.last_sender_report).wrapping_sub(report.delay);
            // A receiver counts its delay coarsely: a little less than nothing is nothing.
            let passed = i64::from(passed as i32);
            if passed > -656 {
                self.stats.round_trip = Some(MediaTime::from_ticks(passed.max(0), 65_536));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn packet(sequence: u16) -> RtpPacket {
        RtpPacket {
            payload_type: 0,
            marker: false,
            sequence,
            timestamp: u32::from(sequence) * 960,
            ssrc: 0,
            starts_keyframe: true,
            payload: Bytes::from_static(&[1, 2, 3]),
        }
    }

    fn outbound() -> Outbound {
        Outbound::new(7, vec![PayloadType { number: 111, codec: Codec::Opus }], 1 << 40, Keep::Packets)
    }

    #[test]
    fn a_number_is_used_once_and_an_unknown_codec_not_at_all() {
        let mut outbound = outbound();
        assert!(outbound.packet(Codec::Opus, &packet(1), MediaTime::ZERO).is_some());
        assert!(outbound.packet(Codec::Opus, &packet(1), MediaTime::ZERO).is_none());
        assert!(outbound.packet(Codec::Pcmu, &packet(2), MediaTime::ZERO).is_none());
    }

    #[test]
    fn reports_put_timestamps_onto_the_one_clock() {
        let mut outbound = outbound();
        let ntp = Ntp(100 << 32);
        assert!(outbound.report(MediaTime::ZERO, ntp).is_none());
        outbound.packet(Codec::Opus, &packet(1), MediaTime::from_secs(5));
        let report = outbound.report(MediaTime::from_millis(5_500), ntp).expect("a report");
        assert_eq!(report.ntp_time, (105 << 32) + (1 << 31));
        assert_eq!(report.rtp_time, (1 << 8) + 24_000);
        assert_eq!((report.ssrc, report.packet_count, report.octet_count), (7, 1, 3));
        let quoted = ReceptionReport {
            ssrc: 7,
            last_sender_report: (report.ntp_time >> 16) as u32,
            delay: 65_536 / 4,
            ..ReceptionReport::default()
        };
        outbound.heard(&quoted, MediaTime::from_millis(5_800), ntp);
        let trip = outbound.stats.round_trip.expect("a round trip");
        assert!((trip - MediaTime::from_millis(50)).nanos().abs() < 1_000_000, "{trip}");
    }

    #[test]
    fn what_is_missing_is_sent_again_as_it_was_but_not_at_once() {
        let mut outbound = outbound();
        let (sequence, bytes) = outbound.packet(Codec::Opus, &packet(1), MediaTime::ZERO).expect("a packet");
        outbound.sent(sequence, &bytes, MediaTime::ZERO);
        assert_eq!(outbound.again(sequence, MediaTime::ZERO), None);
        assert_eq!(outbound.again(sequence, MediaTime::from_millis(50)), Some(bytes));
        assert_eq!(outbound.again(sequence, MediaTime::from_millis(51)), None);
        assert_eq!(outbound.again(sequence.wrapping_add(1), MediaTime::from_secs(1)), None);
        for number in 2..2_000 {
            outbound.sent(number, &[], MediaTime::ZERO);
        }
        assert_eq!(outbound.kept.len(), MOST_KEPT);
    }
}
