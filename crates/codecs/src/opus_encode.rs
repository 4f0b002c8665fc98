//! Opus encoding by libopus: 20 ms frames, in-band error correction on.

use crate::joining::join;
use bytes::Bytes;
use opus::{Application, Bitrate, Channels, Encoder};
use trellis_graph::{Context, Node, NodeError, Request, Weight};
use trellis_media::{EncodedFrame, Item, MediaTime, Payload, Sound};

const RATE: u32 = 48_000;
/// Samples of a frame, for each channel: 20 ms.
const FRAME: usize = 960;
/// The largest packet (RFC 6716 section 3.2.1 allows 1275 bytes a frame).
const MAX_PACKET: usize = 1_275;

/// Encodes 48 kHz sound of one or two channels, in blocks of any length.
#[derive(Default)]
pub(crate) struct OpusEncoder {
    open: Option<(u16, Encoder)>,
    waiting: Vec<i16>,
    /// Time of the first waiting sample.
    time: MediaTime,
}

impl OpusEncoder {
    fn encode(&mut self, time: MediaTime, sound: &Sound, cx: &mut Context) -> Result<(), NodeError> {
        if sound.rate != RATE || !(1..=2).contains(&sound.channels) {
            return Err(NodeError::new(format_args!(
                "opus takes 48000 Hz and 1 or 2 channels, not {} Hz and {}",
                sound.rate, sound.channels
            )));
        }
        let channels = sound.channels;
        if self.open.as_ref().is_none_or(|(open, _)| *open != channels) {
            let layout = if channels == 1 { Channels::Mono } else { Channels::Stereo };
            let mut encoder = Encoder::new(RATE, layout, Application::Audio).map_err(NodeError::new)?;
            encoder.set_inband_fec(true).map_err(NodeError::new)?;
            encoder.set_packet_loss_perc(5).map_err(NodeError::new)?;
            encoder.set_bitrate(Bitrate::Bits(32_000 * i32::from(channels))).map_err(NodeError::new)?;
            self.open = Some((channels, encoder));
            self.waiting.clear();
        }
        let waiting = MediaTime::from_ticks((self.waiting.len() / usize::from(channels)) as i64, RATE);
        // Between whole frames a gap is a frame that is not sent: a receiver conceals it better than silence does.
        if self.waiting.is_empty() || !join(&mut self.waiting, self.time + waiting, time, sound) {
            self.waiting.clear();
            self.waiting.extend_from_slice(&sound.samples);
            self.time = time;
        }
        self.give(cx)
    }

    fn give(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        let Some((channels, encoder)) = self.open.as_mut() else { return Ok(()) };
        let size = FRAME * usize::from(*channels);
        let mut taken = 0;
        let mut packet = [0; MAX_PACKET];
        while self.waiting.len() - taken >= size {
            let length = encoder.encode(&self.waiting[taken..taken + size], &mut packet).map_err(NodeError::new)?;
            taken += size;
            let data = Bytes::copy_from_slice(&packet[..length]);
            let duration = MediaTime::from_ticks(FRAME as i64, RATE);
            let frame = EncodedFrame { data, keyframe: true, decode_time: self.time, duration, config: None };
            cx.emit(0, Item { time: self.time, payload: Payload::Frame(frame) });
            self.time += duration;
        }
        self.waiting.drain(..taken);
        Ok(())
    }
}

impl Node for OpusEncoder {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        match &item.payload {
            Payload::Sound(sound) => self.encode(item.time, sound, cx),
            _ => Ok(()),
        }
    }

    /// The last samples are made up to a whole frame with silence.
    fn end(&mut self, _input: usize, cx: &mut Context) -> Result<(), NodeError> {
        if let Some((channels, _)) = &self.open
            && !self.waiting.is_empty()
        {
            let size = FRAME * usize::from(*channels);
            self.waiting.resize(self.waiting.len().next_multiple_of(size), 0);
            self.give(cx)?;
        }
        cx.end(0);
        Ok(())
    }

    fn request(&mut self, _output: usize, _request: Request, _cx: &mut Context) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A minute in blocks that are no whole frames, by clocks that are 1000 ppm fast and slow; one block in fifty is lost.
    #[test]
    fn times_follow_the_sound_though_its_clock_drifts_and_blocks_are_lost() {
        for micros in [19_980, 20_020] {
            let (mut node, mut cx) = (OpusEncoder::default(), Context::new(MediaTime::ZERO));
            let frames = |count: usize| MediaTime::from_ticks(count as i64, RATE);
            for block in 0..3_000 {
                // The first block leaves something over for good.
                let length = if block == 0 { FRAME / 2 } else { FRAME };
                if block % 50 == 30 {
                    continue;
                }
                let time = MediaTime::from_micros(block * micros) + frames(FRAME - length);
                let sound = Sound { rate: RATE, channels: 1, samples: vec![0; length].into() };
                node.process(0, Item { time, payload: Payload::Sound(sound.clone()) }, &mut cx).unwrap();
                let end = node.time + frames(node.waiting.len());
                let off = (end - time - sound.duration()).secs_f64() * 1e3;
                assert!(off.abs() < 5.1, "block {block} of {micros} µs ends {off:.1} ms late");
            }
            let times: Vec<MediaTime> = cx.take_items().into_iter().map(|(_, item)| item.time).collect();
            assert!(times.len() > 2_900 && times.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
