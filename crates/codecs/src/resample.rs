//! Resampling and remixing of sound, by FFmpeg's swresample.

use crate::ffmpeg;
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
        let most = sound.frames() as u64 * u64::from(target.0) / u64::from(from.0.max(1)) + 64;
        let layout = ChannelLayout::default(i32::from(target.1));
        let mut output = ff::frame::Audio::new(Sample::I16(Packed), most as usize, layout);
        resampler.run(&input, &mut output).map_err(NodeError::new)?;
        self.give(time, &output, target, cx);
        Ok(())
    }

    fn give(&mut self, time: MediaTime, frame: &ff::frame::Audio, (rate, channels): (u32, u16), cx: &mut Context) {
        let count = frame.samples() * usize::from(channels);
        if count == 0 {
            return;
        }
        let bytes = frame.data(0).chunks_exact(2).take(count);
        let samples: Arc<[i16]> = bytes.map(|sample| i16::from_ne_bytes([sample[0], sample[1]])).collect();
        // Times run on from block to block, and are set anew when the input's jump.
        let run_on = self.next.filter(|next| (*next - time).nanos().abs() < 40_000_000);
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
