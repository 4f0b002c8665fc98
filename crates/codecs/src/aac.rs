//! AAC encoding by FFmpeg's own encoder: raw access units, with the AudioSpecificConfig beside them.
#![allow(unsafe_code)]

use crate::ffmpeg;
use crate::joining::join;
use bytes::Bytes;
use ff::ChannelLayout;
use ff::format::Sample;
use ff::format::sample::Type::Planar;
use ffmpeg_next as ff;
use std::sync::Arc;
use trellis_graph::{Context, Node, NodeError, Request, Weight};
use trellis_media::{EncodedFrame, Item, MediaTime, Payload, Sound};

/// Samples of an AAC-LC frame, for each channel (ISO/IEC 14496-3).
const FRAME: usize = 1_024;
/// Bits a second for each channel.
const BITRATE: usize = 64_000;

/// Encodes sound of one or two channels, in blocks of any length.
#[derive(Default)]
pub(crate) struct AacEncoder {
    open: Option<Open>,
    waiting: Vec<i16>,
    /// Time of the first waiting sample.
    time: MediaTime,
}

struct Open {
    sampling: (u32, u16),
    encoder: ff::encoder::Audio,
    config: Arc<[u8]>,
    /// Frames given to the encoder, in samples: its own line of times.
    given: i64,
    /// Time of the encoder's zero.
    zero: MediaTime,
}

impl Open {
    fn new(sampling: (u32, u16), zero: MediaTime) -> Result<Open, NodeError> {
        ffmpeg::init();
        let (rate, channels) = sampling;
        let codec =
            ff::encoder::find(ff::codec::Id::AAC).ok_or_else(|| NodeError::new("this FFmpeg has no AAC encoder"))?;
        let mut encoder = ff::codec::Context::new_with_codec(codec).encoder().audio().map_err(NodeError::new)?;
        encoder.set_rate(i32::try_from(rate).unwrap_or(48_000));
        encoder.set_channel_layout(ChannelLayout::default(i32::from(channels)));
        encoder.set_format(Sample::F32(Planar));
        encoder.set_bit_rate(BITRATE * usize::from(channels));
        encoder.set_time_base((1, i32::try_from(rate).unwrap_or(48_000)));
        encoder.set_flags(ff::codec::Flags::GLOBAL_HEADER);
        let encoder = encoder.open_as(codec).map_err(NodeError::new)?;
        // SAFETY: the encoder is open; with GLOBAL_HEADER its extradata holds extradata_size bytes until it is closed.
        let config: Arc<[u8]> = unsafe {
            let raw = encoder.as_ptr();
            match usize::try_from((*raw).extradata_size) {
                Ok(size) if !(*raw).extradata.is_null() => {
                    Arc::from(std::slice::from_raw_parts((*raw).extradata, size))
                }
                _ => return Err(NodeError::new("the AAC encoder gave no configuration")),
            }
        };
        Ok(Open { sampling, encoder, config, given: 0, zero })
    }

    fn encode(&mut self, samples: &[i16], cx: &mut Context) -> Result<(), NodeError> {
        let channels = usize::from(self.sampling.1);
        let layout = ChannelLayout::default(i32::from(self.sampling.1));
        let mut frame = ff::frame::Audio::new(Sample::F32(Planar), FRAME, layout);
        frame.set_rate(self.sampling.0);
        frame.set_pts(Some(self.given));
        for channel in 0..channels {
            let plane = frame.plane_mut::<f32>(channel);
            for (to, from) in plane.iter_mut().zip(samples.iter().skip(channel).step_by(channels)) {
                *to = f32::from(*from) / 32_768.0;
            }
        }
        self.given += FRAME as i64;
        self.encoder.send_frame(&frame).map_err(NodeError::new)?;
        self.give(cx);
        Ok(())
    }

    fn give(&mut self, cx: &mut Context) {
        let mut packet = ff::Packet::empty();
        while self.encoder.receive_packet(&mut packet).is_ok() {
            let Some(data) = packet.data().map(Bytes::copy_from_slice) else { continue };
            let ticks = packet.pts().unwrap_or(0);
            // What the encoder puts before the first sample is no sound of the source. With it, a recording would begin
            // a frame too early, and everything in it be a frame late; without it the first frame is faded in.
            if ticks + FRAME as i64 <= 0 {
                continue;
            }
            let rate = self.sampling.0;
            let time = self.zero + MediaTime::from_ticks(ticks, rate);
            let duration = MediaTime::from_ticks(FRAME as i64, rate);
            let config = Some(Arc::clone(&self.config));
            let frame = EncodedFrame { data, keyframe: true, decode_time: time, duration, config };
            cx.emit(0, Item { time, payload: Payload::Frame(frame) });
        }
    }
}

impl AacEncoder {
    fn take(&mut self, time: MediaTime, sound: &Sound, cx: &mut Context) -> Result<(), NodeError> {
        let sampling = (sound.rate, sound.channels);
        if !(1..=2).contains(&sound.channels) {
            return Err(NodeError::new(format_args!("AAC takes 1 or 2 channels here, not {}", sound.channels)));
        }
        let waiting = MediaTime::from_ticks((self.waiting.len() / usize::from(sound.channels)) as i64, sound.rate);
        let goes_on = self.open.as_ref().is_some_and(|open| open.sampling == sampling);
        if !goes_on || !join(&mut self.waiting, self.time + waiting, time, sound) {
            self.finish(cx)?;
            self.time = time;
            self.open = Some(Open::new(sampling, time)?);
            self.waiting.extend_from_slice(&sound.samples);
        }
        let size = FRAME * usize::from(sound.channels);
        let Some(open) = self.open.as_mut() else { return Ok(()) };
        let whole = self.waiting.len() / size * size;
        for block in self.waiting[..whole].chunks_exact(size) {
            open.encode(block, cx)?;
            self.time += MediaTime::from_ticks(FRAME as i64, sound.rate);
        }
        self.waiting.drain(..whole);
        Ok(())
    }

    /// Gives out what is left, made up to a whole frame with silence.
    fn finish(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        if let Some(mut open) = self.open.take() {
            if !self.waiting.is_empty() {
                self.waiting.resize(FRAME * usize::from(open.sampling.1), 0);
                open.encode(&self.waiting, cx)?;
            }
            if open.encoder.send_eof().is_ok() {
                open.give(cx);
            }
        }
        self.waiting.clear();
        Ok(())
    }
}

impl Node for AacEncoder {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        match &item.payload {
            Payload::Sound(sound) => self.take(item.time, sound, cx),
            _ => Ok(()),
        }
    }

    fn end(&mut self, _input: usize, cx: &mut Context) -> Result<(), NodeError> {
        self.finish(cx)?;
        cx.end(0);
        Ok(())
    }

    fn request(&mut self, _output: usize, _request: Request, _cx: &mut Context) {}
}
