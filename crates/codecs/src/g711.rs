//! G.711 encoding (ITU-T G.711): µ-law and A-law.

use bytes::Bytes;
use trellis_graph::{Context, Node, NodeError, Request};
use trellis_media::{Codec, EncodedFrame, Item, MediaTime, Payload};

/// Encodes 8 kHz mono sound.
pub(crate) struct G711Encoder(pub Codec);

impl Node for G711Encoder {
    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if let Payload::Sound(sound) = &item.payload {
            let encode = if self.0 == Codec::Pcma { alaw } else { ulaw };
            // 20 ms frames at the most, so that each fits a packet.
            for (index, block) in sound.samples.chunks(160).enumerate() {
                let time = item.time + MediaTime::from_ticks(index as i64 * 160, 8_000);
                let data: Bytes = block.iter().map(|sample| encode(*sample)).collect();
                let duration = MediaTime::from_ticks(block.len() as i64, 8_000);
                let frame = EncodedFrame { data, keyframe: true, decode_time: time, duration, config: None };
                cx.emit(0, Item { time, payload: Payload::Frame(frame) });
            }
        }
        Ok(())
    }

    fn request(&mut self, _output: usize, _request: Request, _cx: &mut Context) {}
}

/// µ-law: bias 132, eight segments, all bits inverted.
fn ulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(32_635) + 132;
    let segment = (31 - magnitude.leading_zeros()).saturating_sub(7).min(7);
    let mantissa = (magnitude >> (segment + 3)) & 0x0f;
    !(sign | (segment as u8) << 4 | mantissa as u8)
}

/// A-law: thirteen bits, eight segments, every other bit inverted.
fn alaw(sample: i16) -> u8 {
    let (sign, magnitude) = if sample < 0 { (0, i32::from(!sample) >> 3) } else { (0x80, i32::from(sample) >> 3) };
    let magnitude = magnitude.min(4_095);
    let segment = if magnitude < 32 { 0 } else { (31 - magnitude.leading_zeros()) - 4 };
    let mantissa = if segment < 2 { magnitude >> 1 } else { magnitude >> segment } & 0x0f;
    (sign | (segment as u8) << 4 | mantissa as u8) ^ 0x55
}
