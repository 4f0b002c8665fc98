//! Resampling and remixing of sound, by FFmpeg's swresample.

use crate::ffmpeg;
use crate::joining::TOLERANCE;
use ff::ChannelLayout;
use ff::format::Sample;
use ff::format::sample::Type::Packed;
use ff::software::resampling::Context as Resampler;
use ffmpeg_next as ff;
use std::sync::Arc;
use trellis_graph::{Context, Node, NodeError, Request, Weight};
use trellis_media::{Format, Item, MediaTime, Payload, Sound};

/// Brings sound to the rate and channels that its output format states.
pub(crate) struct ResampleNode {
    target: Option<(u32, u16)>,
    open: Option<((u32, u16), Resampler)>,
    /// Where the next sample given out is in time.
    next: Option<MediaTime>,
}

impl ResampleNode {
    pub fn new(output: &Format) -> ResampleNode {
        ResampleNode { target: output.sampling(), open: None, next: None }
    }

    fn convert(
        &mut self,
        time: MediaTime,
        sound: &Sound,
        target: (u32, u16),
        cx: &mut Context,
    ) -> Result<(), NodeError> {
        ffmpeg::init();
        let from = (sound.rate, sound.channels);
        if self.open.as_ref().is_none_or(|(open, _)| *open != from) {
            let layout = |channels: u16| ChannelLayout::default(i32::from(channels));
            let format = Sample::I16(Packed);
            let resampler = Resampler::get(format, layout(from.1), from.0, format, layout(target.1), target.0);
            self.open = Some((from, resampler.map_err(NodeError::new)?));
            self.next = None;
        }
        let Some((_, resampler)) = self.open.as_mut() else { return Ok(()) };
        let mut input =
            ff::frame::Audio::new(Sample::I16(Packed), sound.frames(), ChannelLayout::default(i32::from(from.1)));
        input.set_rate(from.0);
        for (to, sample) in input.data_mut(0).chunks_exact_mut(2).zip(sound.samples.iter()) {
            to.copy_from_slice(&sample.to_ne_bytes());
        }
        // A fresh frame each time, with room for all that may come: a short one leaves samples behind in the resampler.
        let held = MediaTime::from_ticks(resampler.delay().map_or(0, |delay| delay.output), target.0);
        let most = sound.frames() as u64 * u64::from(target.0) / u64::from(from.0.max(1)) + 64;
        let layout = ChannelLayout::default(i32::from(target.1));
        let mut output = ff::frame::Audio::new(Sample::I16(Packed), most as usize, layout);
        resampler.run(&input, &mut output).map_err(NodeError::new)?;
        // What it held back of the blocks before comes out first.
        self.give(time - held, &output, target, cx);
        Ok(())
    }

    fn give(&mut self, time: MediaTime, frame: &ff::frame::Audio, (rate, channels): (u32, u16), cx: &mut Context) {
        let count = frame.samples() * usize::from(channels);
        if count == 0 {
            return;
        }
        let bytes = frame.data(0).chunks_exact(2).take(count);
        let samples: Arc<[i16]> = bytes.map(|sample| i16::from_ne_bytes([sample[0], sample[1]])).collect();
        // Times run on from block to block, and are set anew when the input's have gone elsewhere.
        let run_on = self.next.filter(|next| (*next - time).nanos().abs() < TOLERANCE.nanos());
        let time = run_on.unwrap_or(time);
        let sound = Sound { rate, channels, samples };
        self.next = Some(time + sound.duration());
        cx.emit(0, Item { time, payload: Payload::Sound(sound) });
    }
}

impl Node for ResampleNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        match (&item.payload, self.target) {
            (Payload::Sound(sound), Some(target)) if (sound.rate, sound.channels) != target => {
                self.convert(item.time, sound, target, cx)
            }
            _ => {
                cx.emit(0, item);
                Ok(())
            }
        }
    }

    fn request(&mut self, _output: usize, _request: Request, _cx: &mut Context) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten seconds in blocks of 20 ms of which one in ten is lost; a clock that is 1000 ppm fast stamps them.
    #[test]
    fn a_click_stays_where_it_was_though_blocks_are_lost_and_the_clock_drifts() {
        let mut node = ResampleNode::new(&Format::raw_audio(8_000, 1));
        let mut cx = Context::new(MediaTime::ZERO);
        let time = |block: i64| MediaTime::from_micros(block * 20_020);
        for block in (0..500).filter(|block| block % 10 != 3) {
            let mut samples = vec![0; 960 * 2];
            if block % 10 == 7 {
                samples[..96].fill(20_000);
            }
            let sound = Sound { rate: 48_000, channels: 2, samples: samples.into() };
            node.process(0, Item { time: time(block), payload: Payload::Sound(sound) }, &mut cx).unwrap();
        }
        let mut clicks = Vec::new();
        for (_, item) in cx.take_items() {
            let Payload::Sound(sound) = &item.payload else { panic!("not sound") };
            let loud = sound.samples.iter().position(|sample| *sample > 10_000);
            clicks.extend(loud.map(|at| item.time + MediaTime::from_ticks(at as i64, 8_000)));
        }
        assert_eq!(clicks.len(), 50);
        for (index, click) in (0..).zip(clicks) {
            let late = (click - time(index * 10 + 7)).secs_f64() * 1e3;
            assert!(late.abs() < 5.5, "click {index} is {late:.1} ms late");
        }
    }
}
