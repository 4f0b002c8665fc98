//! The node around a video encoder, whichever it is.

use bytes::Bytes;
use trellis_graph::{Command, Context, Node, NodeError, Request, Weight};
use trellis_media::{EncodedFrame, Format, Item, MediaTime, Payload, Picture};

/// How a video encoder is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncoderSettings {
    /// Target, in bits a second.
    pub bitrate: u64,
    /// The target never goes below, whatever is asked for.
    pub min_bitrate: u64,
    /// The target never goes above.
    pub max_bitrate: u64,
    /// Threads of one encoder.
    pub threads: u32,
    /// libvpx's speed: higher is faster and worse.
    pub cpu_used: i32,
    /// Frames after which there is a keyframe though nobody asked.
    pub keyframe_interval: u32,
}

impl EncoderSettings {
    /// For pictures of a size: about 0.07 bits a pixel at 30 pictures a second.
    pub fn for_size(width: u32, height: u32) -> EncoderSettings {
        let pixels = u64::from(width) * u64::from(height);
        EncoderSettings {
            bitrate: (pixels * 21 / 10).clamp(150_000, 6_000_000),
            min_bitrate: 50_000,
            max_bitrate: 10_000_000,
            threads: 1,
            cpu_used: 8,
            keyframe_interval: 3_000,
        }
    }
}

/// Encoded pictures: bytes, and whether each is a keyframe.
pub(crate) type Output = Vec<(Bytes, bool)>;

/// An open encoder of pictures of one size.
pub(crate) trait VideoEncoder: Send {
    fn encode(
        &mut self,
        picture: &Picture,
        micros: i64,
        duration: u32,
        keyframe: bool,
        out: &mut Output,
    ) -> Result<(), NodeError>;
    fn set_bitrate(&mut self, bits_per_second: u64) -> Result<(), NodeError>;
}

/// Opens an encoder for the size of a picture.
pub(crate) type OpenEncoder = fn(&Picture, &EncoderSettings) -> Result<Box<dyn VideoEncoder>, NodeError>;

/// Encodes pictures. A new size opens a new encoder, which begins with a keyframe.
pub(crate) struct EncoderNode {
    open_encoder: OpenEncoder,
    open: Option<(u32, u32, Box<dyn VideoEncoder>)>,
    settings: Option<EncoderSettings>,
    wanted: Option<u64>,
    keyframe: bool,
    last: Option<MediaTime>,
    frame_micros: u32,
    out: Output,
}

impl EncoderNode {
    pub fn new(open_encoder: OpenEncoder, output: &Format) -> EncoderNode {
        let frame_micros = output.frame_rate().map_or(33_333, |rate| 1_000_000_000 / rate.0.max(1));
        EncoderNode {
            open_encoder,
            open: None,
            settings: None,
            wanted: None,
            keyframe: false,
            last: None,
            frame_micros,
            out: Vec::new(),
        }
    }

    fn encode(&mut self, time: MediaTime, picture: &Picture, cx: &mut Context) -> Result<(), NodeError> {
        let size = (picture.width(), picture.height());
        if self.open.as_ref().is_none_or(|(width, height, _)| (*width, *height) != size) {
            let mut settings = self.settings.unwrap_or_else(|| EncoderSettings::for_size(size.0, size.1));
            if let Some(wanted) = self.wanted {
                settings.bitrate = wanted.clamp(settings.min_bitrate, settings.max_bitrate);
            }
            self.open = None;
            self.open = Some((size.0, size.1, (self.open_encoder)(picture, &settings)?));
        }
        // Encoders want times that grow.
        let time = self.last.map_or(time, |last| time.max(last + MediaTime::from_micros(1)));
        self.last = Some(time);
        let Some((_, _, encoder)) = self.open.as_mut() else { return Ok(()) };
        let keyframe = std::mem::take(&mut self.keyframe);
        encoder.encode(picture, time.nanos() / 1_000, self.frame_micros, keyframe, &mut self.out)?;
        for (data, keyframe) in self.out.drain(..) {
            let duration = MediaTime::from_micros(i64::from(self.frame_micros));
            let frame = EncodedFrame { data, keyframe, decode_time: time, duration, config: None };
            cx.emit(0, Item { time, payload: Payload::Frame(frame) });
        }
        Ok(())
    }
}

impl Node for EncoderNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        match &item.payload {
            Payload::Picture(picture) => self.encode(item.time, picture, cx),
            _ => Ok(()),
        }
    }

    fn request(&mut self, _output: usize, request: Request, _cx: &mut Context) {
        match request {
            Request::Keyframe => self.keyframe = true,
            Request::Bitrate(bits) => {
                self.wanted = Some(bits);
                if let Some((width, height, encoder)) = self.open.as_mut() {
                    let limits = self.settings.unwrap_or_else(|| EncoderSettings::for_size(*width, *height));
                    let _ = encoder.set_bitrate(bits.clamp(limits.min_bitrate, limits.max_bitrate));
                }
            }
        }
    }

    fn command(&mut self, command: Command, _cx: &mut Context) -> Result<(), NodeError> {
        if let Some(settings) = command.downcast_ref::<EncoderSettings>() {
            self.settings = Some(*settings);
            self.open = None;
        }
        Ok(())
    }
}
