//! The ends of a test's pipeline: what gives numbered frames, and what collects them.

use super::DriftingClock;
use crate::{Command, Context, Element, Node, NodeError, PadSpec, Request};
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};
use trellis_media::{Caps, EncodedFrame, Format, Item, Kind, MediaTime, Payload};

/// A source of numbered frames, of the size that its `bytes` say, paced by a clock of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// What it gives. The frames hold numbers, whatever it is.
    pub format: Format,
    /// From frame to frame, on its own clock.
    pub interval: MediaTime,
    /// Every so many frames is a keyframe; those that are asked for come besides. 0: only those.
    pub keyframe_every: u64,
    /// The size of a frame, at least the eight bytes of its number.
    pub bytes: usize,
    /// Its clock. Frames are stamped with what it shows: an item's time is right only when the clock is.
    pub clock: DriftingClock,
}

impl Camera {
    /// Thirty frames a second, of 1000 bytes, with a keyframe every ten seconds, by a clock that is right.
    pub fn video(format: Format) -> Camera {
        let interval = MediaTime::from_nanos(33_333_333);
        Camera { format, interval, keyframe_every: 300, bytes: 1_000, clock: DriftingClock::default() }
    }

    /// Fifty frames a second, of 160 bytes, by a clock that is right.
    pub fn sound(format: Format) -> Camera {
        Camera { interval: MediaTime::from_millis(20), keyframe_every: 1, bytes: 160, ..Camera::video(format) }
    }

    /// The camera as a live element with one source pad; it begins right after it has been sent any command.
    pub fn element(self) -> Element {
        let kind = self.format.kind().unwrap_or(Kind::Video);
        let node = CameraNode { camera: self, number: 0, begun: MediaTime::ZERO, keyframe: true };
        let sources = vec![PadSpec::source(kind)];
        Element { name: "camera".into(), sinks: Vec::new(), sources, live: true, node: Box::new(node) }
    }
}

struct CameraNode {
    camera: Camera,
    number: u64,
    /// What its clock showed when it began.
    begun: MediaTime,
    keyframe: bool,
}

impl CameraNode {
    fn shown(&self) -> MediaTime {
        let frames = i64::try_from(self.number).unwrap_or(i64::MAX);
        self.begun + MediaTime::from_nanos(self.camera.interval.nanos().saturating_mul(frames))
    }

    fn frame(&mut self) -> Item {
        let mut data = self.number.to_be_bytes().to_vec();
        data.resize(self.camera.bytes.max(data.len()), 0);
        let periodic = self.number.is_multiple_of(self.camera.keyframe_every);
        let keyframe = std::mem::take(&mut self.keyframe) || periodic;
        let time = self.shown();
        let (data, duration) = (Bytes::from(data), self.camera.interval);
        let frame = EncodedFrame { data, keyframe, decode_time: time, duration, config: None };
        Item { time, payload: Payload::Frame(frame) }
    }
}

impl Node for CameraNode {
    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }

    fn command(&mut self, _begin: Command, cx: &mut Context) -> Result<(), NodeError> {
        // A moment later, so that it can still be connected.
        let first = cx.now() + MediaTime::from_nanos(1);
        self.begun = self.camera.clock.shows(first);
        cx.set_format(0, self.camera.format);
        cx.wake_at(first);
        Ok(())
    }

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        let frame = self.frame();
        cx.emit(0, frame);
        self.number += 1;
        // Later than now, however short the interval: time goes on.
        cx.wake_at(self.camera.clock.when(self.shown()).max(cx.now() + MediaTime::from_nanos(1)));
        Ok(())
    }

    fn request(&mut self, _output: usize, request: Request, _cx: &mut Context) {
        self.keyframe |= request == Request::Keyframe;
    }
}

/// The number in a camera's frame; `None` for items of anything else.
pub fn number(item: &Item) -> Option<u64> {
    match &item.payload {
        Payload::Frame(frame) => Some(u64::from_be_bytes(frame.data.get(..8)?.try_into().ok()?)),
        _ => None,
    }
}

/// Keeps what arrives at its elements. Clones are handles of the same collection.
#[derive(Clone, Debug, Default)]
pub struct Collector(Arc<Mutex<Vec<Arrival>>>);

/// One item that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it arrived.
    pub at: MediaTime,
    /// The item's own time.
    pub time: MediaTime,
    /// The number in it, when a [`Camera`] gave it.
    pub number: Option<u64>,
    /// Whether a decoder could start at it.
    pub keyframe: bool,
    /// Its size in bytes.
    pub size: usize,
}

impl Collector {
    /// An element with one sink pad, for media of a kind, that accepts `caps`.
    pub fn element(&self, name: &str, kind: Kind, caps: Caps) -> Element {
        let sinks = vec![PadSpec::sink(kind, caps)];
        Element { name: name.into(), sinks, sources: Vec::new(), live: false, node: Box::new(self.clone()) }
    }

    /// What has arrived since the last call, in the order in which it came.
    pub fn take(&self) -> Vec<Arrival> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Node for Collector {
    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        let arrival = Arrival {
            at: cx.now(),
            time: item.time,
            number: number(&item),
            keyframe: item.starts_keyframe(),
            size: item.size(),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(arrival);
        Ok(())
    }
}
