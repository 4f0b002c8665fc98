//! Decoders, by FFmpeg: one node for video, one for sound.

use crate::ffmpeg::{Opening, Pixels, open_decoder};
use ffmpeg_next as ff;
use std::sync::Arc;
use trellis_graph::{Context, Node, NodeError, Request, Weight};
use trellis_media::{Codec, EncodedFrame, Format, Item, MediaTime, Payload, Sound};

/// Frames in a row that may fail before the decoder is made anew.
const MAX_FAILURES: u32 = 30;

/// Decodes one video stream into I420 pictures. Opened by a keyframe; before it nothing is decoded.
pub(crate) struct VideoDecoder {
    codec: Codec,
    open: Option<(ff::decoder::Video, Pixels)>,
    failures: u32,
    /// Whether something could not be decoded, or only with parts of it made up, since the decoder began.
    damaged: bool,
}

impl VideoDecoder {
    pub fn new(codec: Codec) -> VideoDecoder {
        VideoDecoder { codec, open: None, failures: 0, damaged: false }
    }

    fn decode(&mut self, time: MediaTime, frame: &EncodedFrame, cx: &mut Context) -> Result<(), NodeError> {
        if self.damaged && frame.keyframe {
            self.close(cx)?;
        }
        if self.open.is_none() {
            if !frame.keyframe {
                cx.request(0, Request::Keyframe);
                return Ok(());
            }
            let opening = Opening { codec: self.codec, config: frame.config.as_deref(), sampling: None };
            let decoder = open_decoder(&opening)?.video().map_err(NodeError::new)?;
            self.open = Some((decoder, Pixels::default()));
        }
        let Some((decoder, pixels)) = self.open.as_mut() else { return Ok(()) };
        let mut packet = ff::Packet::copy(&frame.data);
        packet.set_pts(Some(time.nanos()));
        packet.set_dts(Some(frame.decode_time.nanos()));
        let sent = decoder.send_packet(&packet);
        self.damaged |= give(decoder, pixels, cx)? || sent.is_err();
        match sent {
            Ok(()) => self.failures = 0,
            Err(_) => {
                self.failures += 1;
                cx.request(0, Request::Keyframe);
                if self.failures > MAX_FAILURES {
                    self.open = None;
                    self.failures = 0;
                }
            }
        }
        Ok(())
    }

    /// Gives out what the decoder still holds, and leaves it: what damage did to its state, a keyframe does not undo.
    fn close(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        (self.failures, self.damaged) = (0, false);
        if let Some((mut decoder, mut pixels)) = self.open.take()
            && decoder.send_eof().is_ok()
        {
            give(&mut decoder, &mut pixels, cx)?;
        }
        Ok(())
    }
}

/// Gives out every picture that is done. True when one of them is damaged.
fn give(decoder: &mut ff::decoder::Video, pixels: &mut Pixels, cx: &mut Context) -> Result<bool, NodeError> {
    let mut frame = ff::frame::Video::empty();
    let mut damaged = false;
    while decoder.receive_frame(&mut frame).is_ok() {
        let time = MediaTime::from_nanos(frame.timestamp().or(frame.pts()).unwrap_or(cx.now().nanos()));
        damaged |= is_damaged(&frame);
        cx.emit(0, Item { time, payload: Payload::Picture(pixels.picture(&frame)?) });
    }
    Ok(damaged)
}

/// Whether parts of a picture are made up, or were decoded from what was.
#[allow(unsafe_code)]
fn is_damaged(frame: &ff::frame::Video) -> bool {
    // SAFETY: the frame is allocated; its flags are plain numbers.
    frame.is_corrupt() || unsafe { (*frame.as_ptr()).decode_error_flags != 0 }
}

impl Node for VideoDecoder {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        match &item.payload {
            Payload::Frame(frame) => self.decode(item.time, frame, cx),
            _ => Ok(()),
        }
    }

    fn end(&mut self, _input: usize, cx: &mut Context) -> Result<(), NodeError> {
        self.close(cx)?;
        cx.end(0);
        Ok(())
    }

    /// A keyframe can come from the encoder only; how much it sends does not matter to a decoder's sinks.
    fn request(&mut self, _output: usize, request: Request, cx: &mut Context) {
        if request == Request::Keyframe {
            cx.request(0, request);
        }
    }
}

/// Decodes one audio stream into interleaved 16 bit samples.
pub(crate) struct AudioDecoder {
    codec: Codec,
    sampling: Option<(u32, u16)>,
    open: Option<ff::decoder::Audio>,
}

impl AudioDecoder {
    pub fn new(codec: Codec, input: &Format) -> AudioDecoder {
        AudioDecoder { codec, sampling: input.sampling(), open: None }
    }

    fn decode(&mut self, time: MediaTime, frame: &EncodedFrame, cx: &mut Context) -> Result<(), NodeError> {
        if self.open.is_none() {
            let opening = Opening { codec: self.codec, config: frame.config.as_deref(), sampling: self.sampling };
            self.open = Some(open_decoder(&opening)?.audio().map_err(NodeError::new)?);
        }
        let Some(decoder) = self.open.as_mut() else { return Ok(()) };
        let mut packet = ff::Packet::copy(&frame.data);
        packet.set_pts(Some(time.nanos()));
        // A frame that cannot be decoded is a gap in the sound; the next one goes on.
        let _ = decoder.send_packet(&packet);
        sound(decoder, cx);
        Ok(())
    }
}

fn sound(decoder: &mut ff::decoder::Audio, cx: &mut Context) {
    let mut frame = ff::frame::Audio::empty();
    while decoder.receive_frame(&mut frame).is_ok() {
        let time = MediaTime::from_nanos(frame.timestamp().or(frame.pts()).unwrap_or(cx.now().nanos()));
        let Some(samples) = interleaved(&frame) else { continue };
        let sound = Sound { rate: frame.rate(), channels: frame.channels(), samples };
        cx.emit(0, Item { time, payload: Payload::Sound(sound) });
    }
}

/// The samples of a frame in any of FFmpeg's layouts; `None` for layouts that no decoder here gives.
fn interleaved(frame: &ff::frame::Audio) -> Option<Arc<[i16]>> {
    use ff::format::Sample;
    use ff::format::sample::Type::{Packed, Planar};
    let (frames, channels) = (frame.samples(), usize::from(frame.channels()));
    let from_f32 = |value: f32| (value * 32_768.0).clamp(-32_768.0, 32_767.0) as i16;
    let from_i32 = |value: i32| (value >> 16) as i16;
    let bytes = frame.data(0);
    let packed16 = || bytes.chunks_exact(2).take(frames * channels).map(|b| i16::from_ne_bytes([b[0], b[1]]));
    let word = |b: &[u8]| [b[0], b[1], b[2], b[3]];
    Some(match frame.format() {
        Sample::I16(Packed) => packed16().collect(),
        Sample::F32(Packed) => {
            bytes.chunks_exact(4).take(frames * channels).map(|b| from_f32(f32::from_ne_bytes(word(b)))).collect()
        }
        Sample::I32(Packed) => {
            bytes.chunks_exact(4).take(frames * channels).map(|b| from_i32(i32::from_ne_bytes(word(b)))).collect()
        }
        Sample::I16(Planar) => weave(frames, channels, |at, channel| frame.plane::<i16>(channel)[at]),
        Sample::F32(Planar) => weave(frames, channels, |at, channel| from_f32(frame.plane::<f32>(channel)[at])),
        Sample::I32(Planar) => weave(frames, channels, |at, channel| from_i32(frame.plane::<i32>(channel)[at])),
        _ => return None,
    })
}

fn weave(frames: usize, channels: usize, sample: impl Fn(usize, usize) -> i16) -> Arc<[i16]> {
    (0..frames * channels).map(|index| sample(index / channels, index % channels)).collect()
}

impl Node for AudioDecoder {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        match &item.payload {
            Payload::Frame(frame) => self.decode(item.time, frame, cx),
            _ => Ok(()),
        }
    }

    fn end(&mut self, _input: usize, cx: &mut Context) -> Result<(), NodeError> {
        if let Some(mut decoder) = self.open.take()
            && decoder.send_eof().is_ok()
        {
            sound(&mut decoder, cx);
        }
        cx.end(0);
        Ok(())
    }

    fn request(&mut self, _output: usize, _request: Request, _cx: &mut Context) {}
}
