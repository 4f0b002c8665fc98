//! Opus encoding by libopus: 20 ms frames, in-band error correction on.

use bytes::Bytes;
use opus::{Application, Bitrate, Channels, Encoder};
use trellis_graph::{Context, Node, NodeError, Request, Weight};
use trellis_media::{EncodedFrame, Item, MediaTime, Payload, Sound};

const RATE: u32 = 48_000;
/// Samples of a frame, for each channel: 20 ms.
const FRAME: usize = 960;
/// A gap in the times of the sound from which on the encoder starts a new line of times.
const MAX_GAP: MediaTime = MediaTime::from_millis(40);
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
        let expected = self.time + waiting;
        let drift = time - expected;
        if self.waiting.is_empty() || drift > MAX_GAP || expected - time > MAX_GAP {
            self.waiting.clear();
            self.time = time;
        }
        self.waiting.extend_from_slice(&sound.samples);
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
