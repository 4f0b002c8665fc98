//! The node that turns RTP packets into whole frames.
//!
//! Rules of time: a missing packet is awaited for [`VIDEO_WAIT`] or [`AUDIO_WAIT`] after the first packet behind it
//! came, so that a retransmission can fill the gap; with a whole key picture behind the gap only for
//! [`REORDERING_WAIT`]. What is then still missing is lost: video pauses until the next key picture, which is asked
//! for unless it is here; audio goes on.

use crate::payload::{Assemble, PayloadError};
use crate::reorder::{Arrived, Insertion, ReorderBuffer};
use crate::starts_keyframe;
use bytes::Bytes;
use trellis_graph::{Context, Node, NodeError, Request};
use trellis_media::{Codec, EncodedFrame, Item, Kind, MediaTime, Payload};

/// How long a missing video packet is awaited: a NACK and its answer on a path of 150 ms fit in.
const VIDEO_WAIT: MediaTime = MediaTime::from_millis(200);
/// How long a missing audio packet is awaited: browsers do not retransmit audio, so this is for reordering only.
const AUDIO_WAIT: MediaTime = MediaTime::from_millis(60);
/// How long a missing packet is awaited when a whole key picture is behind the gap: for reordering only.
const REORDERING_WAIT: MediaTime = MediaTime::from_millis(40);
/// Keyframes are asked for at most this often while one is awaited.
const REQUEST_INTERVAL: MediaTime = MediaTime::from_millis(500);
/// A frame larger than this, in bytes or in packets, is not put together.
const LARGEST_FRAME: usize = 8 << 20;
const MOST_PACKETS: usize = 8_192;

/// See the module.
pub(crate) struct Depacketiser {
    codec: Codec,
    assembler: Box<dyn Assemble>,
    buffer: ReorderBuffer,
    frame: Frame,
    /// Whether the packet that comes next is known to begin a frame or to continue `frame`.
    aligned: bool,
    /// Timestamp of the packet before, as long as nothing was lost since.
    previous_timestamp: Option<u32>,
    /// Nothing can be decoded before the next key picture.
    awaits_keyframe: bool,
    requested: Option<MediaTime>,
}

/// The frame that is being collected.
#[derive(Default)]
struct Frame {
    time: MediaTime,
    timestamp: u32,
    payloads: Vec<Bytes>,
    size: usize,
}

impl Depacketiser {
    pub fn new(codec: Codec, assembler: Box<dyn Assemble>) -> Self {
        Depacketiser {
            codec,
            assembler,
            buffer: ReorderBuffer::default(),
            frame: Frame::default(),
            aligned: false,
            previous_timestamp: None,
            awaits_keyframe: codec.kind() == Kind::Video,
            requested: None,
        }
    }

    fn is_video(&self) -> bool {
        self.codec.kind() == Kind::Video
    }

    /// Hands on what is in order, and gives up what is overdue.
    fn drain(&mut self, cx: &mut Context) {
        loop {
            while let Some(arrived) = self.buffer.pop() {
                self.take(arrived, cx);
            }
            let has_key_picture = self.holds_key_picture();
            let wait = match self.codec.kind() {
                Kind::Video if has_key_picture => REORDERING_WAIT,
                Kind::Video => VIDEO_WAIT,
                Kind::Audio | Kind::Data => AUDIO_WAIT,
            };
            let Some(deadline) = self.buffer.deadline(wait) else { return };
            if deadline > cx.now() {
                cx.wake_at(deadline);
                return;
            }
            self.give_up();
            if !has_key_picture {
                self.request_keyframe(cx);
            }
        }
    }

    /// Gives up the packets that are missing before those that are here.
    fn give_up(&mut self) {
        self.buffer.skip_gap();
        self.forget_frame();
    }

    /// Whether a whole key picture waits behind the gap.
    fn holds_key_picture(&self) -> bool {
        let mut open = None;
        self.is_video()
            && self.buffer.slots().any(|slot| {
                open = slot.and_then(|packet| match open {
                    Some(timestamp) if timestamp == packet.timestamp => Some(timestamp),
                    _ => starts_keyframe(self.codec, &packet.payload).then_some(packet.timestamp),
                });
                open.is_some() && slot.is_some_and(|packet| packet.marker)
            })
    }

    /// The next packet in order.
    fn take(&mut self, arrived: Arrived, cx: &mut Context) {
        let Arrived { packet, time, .. } = arrived;
        if packet.payload.is_empty() {
            return; // Padding, sent to probe the path.
        }
        if !self.is_video() {
            self.frame = Frame { time, timestamp: packet.timestamp, size: 0, payloads: vec![packet.payload] };
            return self.finish_frame(cx);
        }
        if self.previous_timestamp.is_some_and(|previous| previous != packet.timestamp) {
            self.finish_frame(cx);
            self.aligned = true;
        }
        self.previous_timestamp = Some(packet.timestamp);
        self.aligned |= starts_keyframe(self.codec, &packet.payload);
        if self.aligned {
            if self.frame.payloads.is_empty() {
                self.frame = Frame { time, timestamp: packet.timestamp, ..std::mem::take(&mut self.frame) };
            }
            self.frame.size += packet.payload.len();
            self.frame.payloads.push(packet.payload);
            if self.frame.size > LARGEST_FRAME || self.frame.payloads.len() > MOST_PACKETS {
                return self.lost(cx);
            }
        }
        if packet.marker {
            self.finish_frame(cx);
            self.aligned = true;
        }
    }

    /// All packets of the frame are here.
    fn finish_frame(&mut self, cx: &mut Context) {
        if self.frame.payloads.is_empty() {
            return;
        }
        let result = self.assembler.assemble(&self.frame.payloads);
        self.frame.payloads.clear();
        self.frame.size = 0;
        match result {
            Ok(assembled) if assembled.data.is_empty() => {}
            Ok(assembled) if self.awaits_keyframe && !assembled.keyframe => self.request_keyframe(cx),
            Ok(assembled) => {
                self.awaits_keyframe = false;
                let time = self.frame.time;
                let frame = EncodedFrame {
                    data: assembled.data,
                    keyframe: assembled.keyframe,
                    decode_time: time,
                    duration: assembled.duration,
                    config: None,
                };
                cx.emit(0, Item { time, payload: Payload::Frame(frame) });
            }
            Err(error) => self.broken(error, cx),
        }
    }

    fn broken(&mut self, error: PayloadError, cx: &mut Context) {
        tracing::debug!(codec = %self.codec, timestamp = self.frame.timestamp, %error, "frame dropped");
        self.lost(cx);
    }

    /// Something is missing for good.
    fn lost(&mut self, cx: &mut Context) {
        self.forget_frame();
        self.request_keyframe(cx);
    }

    /// The frame that was being collected has a hole, or its beginning is not known.
    fn forget_frame(&mut self) {
        self.frame.payloads.clear();
        self.frame.size = 0;
        self.aligned = false;
        self.previous_timestamp = None;
        self.awaits_keyframe = self.is_video();
    }

    fn request_keyframe(&mut self, cx: &mut Context) {
        if self.is_video() && self.requested.is_none_or(|last| cx.now() - last >= REQUEST_INTERVAL) {
            self.requested = Some(cx.now());
            cx.request(0, Request::Keyframe);
        }
    }
}

impl Node for Depacketiser {
    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        let Payload::Rtp(packet) = item.payload else {
            return Err(NodeError::new(format_args!("a depacketiser of {} takes RTP packets only", self.codec)));
        };
        match self.buffer.insert(Arrived { packet, time: item.time, at: cx.now() }) {
            Insertion::Kept => {}
            Insertion::Dropped => return Ok(()),
            Insertion::Restarted => self.lost(cx),
        }
        self.drain(cx);
        Ok(())
    }

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        self.drain(cx);
        Ok(())
    }

    fn end(&mut self, _input: usize, cx: &mut Context) -> Result<(), NodeError> {
        self.drain(cx);
        while self.buffer.deadline(MediaTime::ZERO).is_some() {
            self.give_up();
            while let Some(arrived) = self.buffer.pop() {
                self.take(arrived, cx);
            }
        }
        cx.end(0);
        Ok(())
    }
}
