//! The node that turns encoded frames into RTP packets.

use crate::Sequence;
use crate::payload::Packetise;
use bytes::Bytes;
use trellis_graph::{Context, Node, NodeError};
use trellis_media::{Codec, EncodedFrame, Item, Kind, MediaTime, Payload, RtpPacket};

/// Bytes of payload in a packet, at most. A datagram stays within 1200 bytes, which every path carries (the smallest
/// IPv6 MTU of 1280 less headers and tunnels), of which go: 12 for the RTP header, 30 for header extensions (section
/// id, absolute send time, transport-wide sequence number, orientation), 16 for the SRTP tag of AES-GCM and 2 for the
/// original sequence number of a retransmission (RFC 4588).
pub const PAYLOAD_LIMIT: usize = 1_200 - 12 - 30 - 16 - 2;

/// Numbers packets and stamps them; payload type and SSRC are the sending leg's.
pub(crate) struct Packetiser {
    codec: Codec,
    packetise: Packetise,
    next: Sequence,
    payloads: Vec<Bytes>,
}

impl Packetiser {
    pub fn new(codec: Codec, packetise: Packetise) -> Self {
        Packetiser { codec, packetise, next: Sequence::default(), payloads: Vec::new() }
    }

    fn emit(&mut self, time: MediaTime, frame: &EncodedFrame, cx: &mut Context) {
        let first_timestamp = timestamp(time, self.codec.clock_rate());
        let video = self.codec.kind() == Kind::Video;
        let last = self.payloads.len().saturating_sub(1);
        let mut sent = 0;
        for (index, payload) in self.payloads.drain(..).enumerate() {
            // The packets of a picture share its time; those of a long block of samples follow each other, a byte a
            // tick.
            let ticks = if video { 0 } else { sent };
            let timestamp = first_timestamp.wrapping_add(ticks);
            let time = time + MediaTime::from_ticks(ticks.into(), self.codec.clock_rate());
            sent = sent.wrapping_add(u32::try_from(payload.len()).unwrap_or(0));
            let packet = RtpPacket {
                payload_type: 0,
                marker: video && index == last,
                sequence: self.next.0,
                timestamp,
                ssrc: 0,
                starts_keyframe: frame.keyframe && (index == 0 || !video),
                payload,
            };
            self.next = self.next.next();
            cx.emit(0, Item { time, payload: Payload::Rtp(packet) });
        }
    }
}

/// A time in ticks, rounded to the nearest, modulo 2^32: times that came from ticks give the same ticks again.
fn timestamp(time: MediaTime, rate: u32) -> u32 {
    let half_tick = MediaTime::from_nanos(500_000_000 / i64::from(rate.max(1)));
    (time + half_tick).ticks(rate) as u32
}

impl Node for Packetiser {
    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        let Payload::Frame(frame) = item.payload else {
            return Err(NodeError::new(format_args!("a packetiser of {} takes encoded frames only", self.codec)));
        };
        self.payloads.clear();
        match (self.packetise)(&frame.data, PAYLOAD_LIMIT, &mut self.payloads) {
            Ok(()) => self.emit(item.time, &frame, cx),
            // A frame that is not what its codec says is of no use to a receiver either; the next may be.
            Err(error) => tracing::debug!(codec = %self.codec, %error, "frame not sent"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_made_from_ticks_come_back_exactly_and_wrap() {
        for rate in [8_000, 48_000, 90_000] {
            for ticks in (0..9_000_000_i64).step_by(3_003).chain([(1 << 32) + 17]) {
                assert_eq!(timestamp(MediaTime::from_ticks(ticks, rate), rate), ticks as u32);
            }
        }
    }
}
