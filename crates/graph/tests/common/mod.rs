//! Nodes and converters for the tests of the engine: they number what passes, so that a loss shows.

#![allow(dead_code)]

pub mod dot;
pub mod stage;

use bytes::Bytes;
use std::sync::{Arc, Mutex};
use trellis_graph::{
    Command, Context, Converter, Element, ElementId, Node, NodeError, Notice, PadSpec, Registry, Request, Simulation,
    Weight,
};
use trellis_media::{Alternative, Caps, Codec, EncodedFrame, Field, FieldSet, Format, Item, Kind, MediaTime, Payload};
use trellis_negotiator::{Cost, Rule};

/// What a test sees of a node.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn say(&self, line: impl ToString) {
        self.0.lock().unwrap().push(line.to_string());
    }
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
    pub fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// Frame number `number`, a keyframe or not, at 10 ms a frame.
pub fn frame(number: u32, keyframe: bool) -> Item {
    let time = MediaTime::from_millis(i64::from(number) * 10);
    let data = Bytes::copy_from_slice(&number.to_be_bytes());
    let frame = EncodedFrame { data, keyframe, decode_time: time, duration: MediaTime::ZERO, config: None };
    Item { time, payload: Payload::Frame(frame) }
}

pub fn number(item: &Item) -> u32 {
    match &item.payload {
        Payload::Frame(frame) => u32::from_be_bytes(frame.data[..4].try_into().unwrap()),
        _ => panic!("not a frame"),
    }
}

/// Logs what it gets.
pub struct Sink(pub Log, pub Weight);

impl Node for Sink {
    fn weight(&self) -> Weight {
        self.1
    }
    fn process(&mut self, _input: usize, item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        self.0.say(number(&item));
        Ok(())
    }
    fn end(&mut self, _input: usize, _cx: &mut Context) -> Result<(), NodeError> {
        self.0.say("end");
        Ok(())
    }
}

/// A source that the test feeds; logs what is asked of it.
pub struct Camera(pub Log);

impl Node for Camera {
    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }
    fn request(&mut self, _output: usize, request: Request, _cx: &mut Context) {
        self.0.say(format!("{request:?}"));
    }
}

/// Passes everything; panics or fails at a frame, if told so.
#[derive(Default)]
pub struct Pass {
    pub panics_at: Option<u32>,
    pub fails_at: Option<u32>,
    pub weight: Option<Weight>,
}

impl Node for Pass {
    fn weight(&self) -> Weight {
        self.weight.unwrap_or(Weight::Inline)
    }
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        assert!(self.panics_at != Some(number(&item)), "told to panic");
        if self.fails_at == Some(number(&item)) {
            return Err(NodeError::new("told to fail"));
        }
        cx.emit(input, item);
        Ok(())
    }
    fn format(&mut self, input: usize, format: Format, cx: &mut Context) -> Result<(), NodeError> {
        cx.set_format(input, format);
        Ok(())
    }
}

/// Passes everything on, whatever it is.
pub struct PassAll(pub Weight);

impl Node for PassAll {
    fn weight(&self) -> Weight {
        self.0
    }
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        cx.emit(input, item);
        Ok(())
    }
    fn format(&mut self, input: usize, format: Format, cx: &mut Context) -> Result<(), NodeError> {
        cx.set_format(input, format);
        Ok(())
    }
}

/// Gives `count` frames as fast as it may, on the command "go".
pub struct FileSource {
    pub count: u32,
    pub next: u32,
}

impl Node for FileSource {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }
    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }
    fn command(&mut self, _command: Command, cx: &mut Context) -> Result<(), NodeError> {
        cx.set_format(0, Format::encoded(Codec::Vp8));
        self.wake(cx)
    }
    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        for _ in 0..5 {
            if self.next == self.count {
                cx.end(0);
                return Ok(());
            }
            cx.emit(0, frame(self.next, self.next.is_multiple_of(50)));
            self.next += 1;
        }
        cx.wake_at(cx.now());
        Ok(())
    }
}

pub fn element(name: &str, sinks: Vec<PadSpec>, sources: usize, live: bool, node: impl Node + 'static) -> Element {
    let sources = (0..sources).map(|_| PadSpec::source(Kind::Video)).collect();
    Element { name: name.into(), sinks, sources, live, node: Box::new(node) }
}

pub fn camera(log: &Log) -> Element {
    element("camera", vec![], 1, true, Camera(log.clone()))
}

pub fn sink(log: &Log, weight: Weight, format: &str) -> Element {
    let caps: Caps = format.parse().unwrap();
    element("sink", vec![PadSpec::sink(Kind::Video, caps)], 0, false, Sink(log.clone(), weight))
}

pub fn vp8() -> Format {
    Format::encoded(Codec::Vp8)
}

/// A camera of VP8 that feeds one sink.
pub fn camera_to(world: &mut Simulation, asked: &Log, sink: Element) -> (ElementId, ElementId) {
    world.turn(|turn| {
        let (camera, sink) = (turn.add(camera(asked)), turn.add(sink));
        turn.set_format(camera, 0, vp8());
        turn.connect((camera, 0), (sink, 0)).unwrap();
        (camera, sink)
    })
}

/// The errors and warnings that were told since the last call, with who told them.
pub fn told(world: &mut Simulation) -> Vec<(ElementId, String)> {
    let told = world.take_notices().into_iter().filter_map(|(element, notice)| match notice {
        Notice::Error(error) => Some((element, format!("error: {error}"))),
        Notice::Warning(error) => Some((element, format!("warning: {error}"))),
        _ => None,
    });
    told.collect()
}

pub fn pass(node: Pass) -> Element {
    element("pass", vec![PadSpec::sink(Kind::Video, Caps::any_of(Kind::Video))], 1, false, node)
}

/// A toy converter from one encoded format into another, logging its life.
pub fn converters(log: &Log) -> Registry {
    let log = log.clone();
    let rule = Rule {
        name: "toy/vp8-to-vp9".into(),
        input: Alternative::like(&Format::encoded(Codec::Vp8)),
        output: Alternative::like(&Format::encoded(Codec::Vp9)),
        keep: FieldSet::of(&[Field::Width, Field::Height, Field::FrameRate]),
        choose: FieldSet::of(&[Field::RateClass]),
        cost: |_, _| Cost { generations: 1, cpu: 1_000, latency: 0 },
    };
    Registry::new([Converter::new(rule, move |_, _| {
        log.say("made");
        Box::new(Toy { log: log.clone(), keyframe: true })
    })])
}

struct Toy {
    log: Log,
    keyframe: bool,
}

impl Node for Toy {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }
    fn process(&mut self, _input: usize, mut item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if let Payload::Frame(frame) = &mut item.payload {
            frame.keyframe = std::mem::take(&mut self.keyframe);
        }
        cx.emit(0, item);
        Ok(())
    }
    fn request(&mut self, _output: usize, request: Request, _cx: &mut Context) {
        self.log.say(format!("encoder {request:?}"));
        self.keyframe |= request == Request::Keyframe;
    }
}

impl Drop for Toy {
    fn drop(&mut self) {
        self.log.say("gone");
    }
}
