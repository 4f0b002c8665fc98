//! One stream that we send.

use crate::codecs::codec_of;
use crate::feedback::Reception;
use crate::history::{History, Sent};
use crate::path::{self, Identity, MOST_PACKETS, Path, Send};
use crate::reports::{Anchor, NtpClock};
use crate::stats::{RemoteReception, SendStats};
use rtc::peer_connection::RTCPeerConnection;
use rtc::rtcp::sender_report::SenderReport;
use rtc::rtp_transceiver::{RTCRtpSenderId, RTCRtpTransceiverId};
use std::time::{Duration, Instant};
use trellis_media::{Codec, Kind, MediaTime, RtpPacket};
use trellis_rtp::{Rewriter, Rewritten};
use uuid::Uuid;

/// Packets that can be asked for again: some two seconds of 5 Mbit/s. Sound is not asked for; its history only says
/// which numbers were used.
const VIDEO_HISTORY: usize = 1_024;
const AUDIO_HISTORY: usize = 128;
/// How long a packet is on its way when the receiver has not said it.
const ROUND_TRIP: Duration = Duration::from_millis(20);

/// The stream of one kind: its identity, its payload types, its numbering, and what the remote says of it.
pub struct Outbound {
    pub sender: RTCRtpSenderId,
    kind: Kind,
    pub ssrc: u32,
    /// Retransmissions are a stream of their own (RFC 4588 section 4).
    retransmission_ssrc: u32,
    retransmission_index: u64,
    /// In the order in which the remote prefers them. Empty when it does not receive.
    choices: Vec<Choice>,
    rewriter: Rewriter,
    history: History,
    /// Indices that were pushed and are to be sent.
    waiting: Vec<u64>,
    newest: Option<Newest>,
    pub stats: SendStats,
    /// When `stats.bitrate` was last taken, and the bytes then.
    measured: Option<(Instant, u64)>,
}

/// One codec that the remote takes.
struct Choice {
    codec: Codec,
    payload_type: u8,
    /// Payload type of retransmissions; without one, packets are sent again as they were.
    retransmission: Option<u8>,
}

/// The last packet that was pushed.
#[derive(Clone, Copy)]
struct Newest {
    timestamp: u32,
    time: MediaTime,
    rate: u32,
}

impl Outbound {
    pub fn new(sender: RTCRtpSenderId, kind: Kind, ssrc: u32, retransmission_ssrc: u32) -> Outbound {
        let random = Uuid::new_v4().as_u128();
        // Below 2^15, as RFC 3711 section 3.3.1 advises: the first packets may be lost before the wrap.
        let first = Rewritten { sequence: (random as u16) >> 1, timestamp: (random >> 64) as u32 };
        Outbound {
            sender,
            kind,
            ssrc,
            retransmission_ssrc,
            retransmission_index: u64::from((random >> 32) as u16 >> 1),
            choices: Vec::new(),
            rewriter: Rewriter::new(first),
            history: History::new(if kind == Kind::Video { VIDEO_HISTORY } else { AUDIO_HISTORY }),
            waiting: Vec::new(),
            newest: None,
            stats: SendStats::new(kind, ssrc),
            measured: None,
        }
    }

    /// Reads from the connection which codecs the remote takes.
    pub fn negotiated(&mut self, rtc: &mut RTCPeerConnection) {
        let sends = rtc
            .rtp_transceiver(RTCRtpTransceiverId::from(self.sender))
            .is_some_and(|transceiver| transceiver.mid().is_some() && transceiver.current_direction().has_send());
        let Some(mut sender) = rtc.rtp_sender(self.sender).filter(|_| sends) else { return };
        let codecs = &sender.get_parameters().rtp_parameters.codecs;
        for parameters in codecs {
            if let Some(codec) = codec_of(&parameters.rtp_codec.mime_type)
                && !self.choices.iter().any(|choice| choice.codec == codec)
            {
                let payload_type = parameters.payload_type;
                let apt = format!("apt={payload_type}");
                let retransmission = codecs.iter().find(|other| other.rtp_codec.sdp_fmtp_line == apt);
                let retransmission = retransmission.map(|other| other.payload_type);
                self.choices.push(Choice { codec, payload_type, retransmission });
            }
        }
    }

    /// Puts the codecs into the order of the remote's payload types.
    pub fn prefer(&mut self, order: &[u8]) {
        let place = |payload_type: u8| order.iter().position(|wanted| *wanted == payload_type).unwrap_or(order.len());
        self.choices.sort_by_key(|choice| place(choice.payload_type));
    }

    pub fn codecs(&self) -> Vec<Codec> {
        self.choices.iter().map(|choice| choice.codec).collect()
    }

    /// Takes a packet to be sent by `flush`; whether it was taken.
    pub fn push(&mut self, codec: Codec, packet: &RtpPacket, time: MediaTime) -> bool {
        let Some(choice) = self.choices.iter().find(|choice| choice.codec == codec) else { return false };
        let numbers = self.rewriter.rewrite(codec, packet, time);
        let index = self.history.index(numbers.sequence);
        let sent = Sent {
            index,
            timestamp: numbers.timestamp,
            payload_type: choice.payload_type,
            marker: packet.marker,
            payload: packet.payload.clone(),
            padding: 0,
            resent: None,
        };
        if !self.history.add(sent) {
            return false;
        }
        self.waiting.push(index);
        self.newest = Some(Newest { timestamp: numbers.timestamp, time, rate: codec.clock_rate() });
        self.stats.codec = Some((codec, choice.payload_type));
        true
    }

    /// Whether no more can wait.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= MOST_PACKETS
    }

    /// Seals and sends what was pushed.
    pub fn flush(&mut self, path: &mut Path, send: Send<'_>) {
        let Outbound { waiting, history, stats, ssrc, .. } = self;
        let mut left = waiting.as_slice();
        while !left.is_empty() {
            let lengths = left.iter().map(|index| history.get_mut(*index).map_or(0, |sent| sent.payload.len()));
            let (count, size) = path::run(lengths);
            let (run, rest) = left.split_at(count);
            for (place, index) in run.iter().enumerate() {
                let Some(sent) = history.get_mut(*index) else { continue };
                if place + 1 < count {
                    sent.padding = u8::try_from(size.saturating_sub(sent.payload.len())).unwrap_or_default();
                }
                stats.packets += 1;
                stats.bytes += sent.payload.len() as u64;
                stats.marked += u64::from(sent.marker);
                path.add(Identity { ssrc: *ssrc, index: *index, payload_type: sent.payload_type }, sent, None);
            }
            path.send(send);
            left = rest;
        }
        waiting.clear();
    }

    /// Forgets what was pushed and cannot be sent.
    pub fn discard(&mut self) -> usize {
        std::mem::take(&mut self.waiting).len()
    }

    /// The remote misses a packet and some of the sixteen after it, a bit for each (RFC 4585 section 6.2.1).
    pub fn lost(&mut self, first: u16, following: u16, now: Instant, path: &mut Path, send: Send<'_>) {
        let pause = self.round_trip();
        let bits = u32::from(following) << 1 | 1;
        for offset in (0..17u16).filter(|offset| bits >> offset & 1 == 1) {
            let sequence = first.wrapping_add(offset);
            // What waits has not been lost, and is not final: its padding comes with its run.
            if self.waiting.contains(&self.history.index(sequence)) {
                continue;
            }
            let Some(mut sent) = self.history.again(sequence, now, pause) else { continue };
            self.stats.retransmitted_packets += 1;
            self.stats.retransmitted_bytes += sent.payload.len() as u64;
            match self.choices.iter().find(|choice| choice.payload_type == sent.payload_type) {
                Some(Choice { retransmission: Some(payload_type), .. }) => {
                    let (ssrc, index) = (self.retransmission_ssrc, self.retransmission_index);
                    self.retransmission_index += 1;
                    sent.padding = 0;
                    path.add(Identity { ssrc, index, payload_type: *payload_type }, &sent, Some(sequence));
                }
                // The same bytes under the same index: nothing new is told to whoever listens.
                _ => {
                    let identity = Identity { ssrc: self.ssrc, index: sent.index, payload_type: sent.payload_type };
                    path.add(identity, &sent, None);
                }
            }
            path.send(send);
        }
    }

    fn round_trip(&self) -> Duration {
        let told = self.stats.remote.and_then(|remote| remote.round_trip);
        told.unwrap_or(ROUND_TRIP).clamp(Duration::from_millis(5), Duration::from_millis(500))
    }

    /// What the remote received.
    pub fn reception(&mut self, reception: Reception, clock: &NtpClock, now: Instant) {
        let Some(newest) = self.newest else { return };
        self.stats.remote = Some(RemoteReception {
            fraction_lost: f64::from(reception.fraction_lost) / 256.0,
            packets_lost: reception.packets_lost,
            jitter: Duration::from_secs_f64(f64::from(reception.jitter) / f64::from(newest.rate)),
            round_trip: clock
                .round_trip(reception.last_report, reception.delay, now)
                .or(self.stats.remote.and_then(|remote| remote.round_trip)),
        });
    }

    /// The report that is due; `None` before the first packet.
    pub fn report(&mut self, anchor: &mut Anchor, clock: &NtpClock, now: Instant) -> Option<SenderReport> {
        let newest = self.newest.filter(|_| self.stats.packets > 0)?;
        if let Some((since, bytes)) = self.measured.replace((now, self.stats.bytes)) {
            let seconds = now.saturating_duration_since(since).as_secs_f64().max(0.001);
            self.stats.bitrate = ((self.stats.bytes - bytes) as f64 * 8.0 / seconds) as u64;
        }
        let ticks = (anchor.time(now, newest.time) - newest.time).ticks(newest.rate);
        Some(SenderReport {
            ssrc: self.ssrc,
            ntp_time: clock.ntp(now),
            rtp_time: newest.timestamp.wrapping_add(ticks as u32),
            packet_count: self.stats.packets as u32,
            octet_count: self.stats.bytes as u32,
            ..SenderReport::default()
        })
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }
}
