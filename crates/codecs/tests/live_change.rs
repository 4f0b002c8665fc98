//! Changes in mid-stream with real codecs: frames that carry their number in their pixels, through encoders and
//! decoders that work for a while, come out once each and in order.

use std::sync::{Arc, Mutex};
use trellis_graph::world::Random;
use trellis_graph::{
    Context, Element, ElementId, Node, NodeError, Notice, PadSpec, Registry, Request, Simulation, Weight,
};
use trellis_media::{Caps, Format, Item, Kind, MediaTime, Payload, Picture};

/// Milliseconds from frame to frame.
const FRAME: i64 = 33;
/// A number is painted as so many squares, dark or light: more than what any codec blurs.
const BITS: usize = 10;

fn square(picture: &Picture) -> usize {
    picture.width() as usize / BITS
}

fn paint(number: u32, size: (u32, u32)) -> Picture {
    let mut picture = Picture::black(size.0, size.1).unwrap();
    let (plane, side) = (picture.planes()[0], square(&picture));
    let bytes = picture.make_mut();
    for bit in (0..BITS).filter(|bit| number >> bit & 1 == 1) {
        for row in 0..plane.height {
            let start = plane.offset + row * plane.stride + bit * side;
            bytes[start..start + side].fill(235);
        }
    }
    picture
}

fn read(picture: &Picture) -> u32 {
    let ((bytes, stride), side) = (picture.plane(0), square(picture));
    let middle = picture.height() as usize / 2 * stride;
    let light = |bit: &usize| bytes[middle + bit * side + side / 2] > 128;
    (0..BITS).filter(light).map(|bit| 1 << bit).sum()
}

/// A source that the test feeds.
struct Painter;

impl Node for Painter {
    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }
}

/// Passes everything on, and counts the keyframes that are asked for.
struct PassThrough(Arc<Mutex<u32>>);

impl Node for PassThrough {
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        cx.emit(input, item);
        Ok(())
    }
    fn request(&mut self, output: usize, request: Request, cx: &mut Context) {
        *self.0.lock().unwrap() += u32::from(request == Request::Keyframe);
        cx.request(output, request);
    }
}

/// Reads the numbers.
struct Eye(Arc<Mutex<Vec<u32>>>);

impl Node for Eye {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }
    fn process(&mut self, _input: usize, item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        if let Payload::Picture(picture) = &item.payload {
            self.0.lock().unwrap().push(read(picture));
        }
        Ok(())
    }
}

/// painter ─► camera (gives VP8) ─► switch (takes what the test says) ─► eye (sees pictures)
struct Stage {
    world: Simulation,
    random: Random,
    painter: ElementId,
    camera: ElementId,
    switch: ElementId,
    eye: ElementId,
    asked: Arc<Mutex<u32>>,
    seen: Arc<Mutex<Vec<u32>>>,
    size: (u32, u32),
    next: u32,
}

fn caps(text: &str) -> Caps {
    text.parse().unwrap()
}

impl Stage {
    fn new(seed: u64) -> Stage {
        let mut world = Simulation::new(Registry::new(trellis_codecs::converters()));
        world.work_takes(MediaTime::from_millis(25), seed);
        let (asked, seen): (Arc<Mutex<u32>>, Arc<Mutex<Vec<u32>>>) = Default::default();
        let [painter, camera, switch, eye] = world.turn(|turn| {
            let sources = vec![PadSpec::source(Kind::Video)];
            let node = Box::new(Painter);
            let painter = Element { name: "painter".into(), sinks: vec![], sources, live: true, node };
            let camera = Element::filter("camera", Kind::Video, caps("video/vp8"), PassThrough(Arc::clone(&asked)));
            let switch = Element::filter("switch", Kind::Video, caps("video/vp8"), PassThrough(Arc::default()));
            let sinks = vec![PadSpec::sink(Kind::Video, caps("video/raw I420"))];
            let node = Box::new(Eye(Arc::clone(&seen)));
            let eye = Element { name: "eye".into(), sinks, sources: vec![], live: false, node };
            let keys = [painter, camera, switch, eye].map(|element| turn.add(element));
            for pair in keys.windows(2) {
                turn.connect((pair[0], 0), (pair[1], 0)).unwrap();
            }
            turn.set_format(keys[0], 0, Format::raw_video());
            keys
        });
        let random = Random::new(seed);
        Stage { world, random, painter, camera, switch, eye, asked, seen, size: (320, 240), next: 0 }
    }

    fn run(&mut self, frames: u32) {
        for _ in 0..frames {
            let time = MediaTime::from_millis(i64::from(self.next) * FRAME);
            let item = Item { time, payload: Payload::Picture(paint(self.next, self.size)) };
            self.world.run_until(time);
            self.world.turn(|turn| turn.emit(self.painter, 0, item));
            self.next += 1;
        }
    }

    /// Every frame up to the last was seen, once and in order; decoders keep a few.
    fn assert_whole(&mut self, what: &str) {
        let now = self.world.now();
        self.world.run_until(now + MediaTime::from_secs(3));
        for (_, notice) in self.world.take_notices() {
            if let Notice::Error(error) | Notice::Warning(error) = notice {
                panic!("{what}: {error}");
            }
        }
        let seen = self.seen.lock().unwrap();
        let gap = seen.windows(2).find(|pair| pair[1] != pair[0] + 1);
        let ends = (seen.first().copied(), seen.last().copied());
        assert!(gap.is_none() && ends.0 == Some(0), "{what}: {gap:?} in {ends:?}");
        assert!(ends.1.is_some_and(|last| last + 8 > self.next), "{what}: {ends:?} of {}", self.next);
    }
}

#[test]
fn changes_of_codec_lose_and_repeat_no_frame_and_ask_for_one_keyframe_each() {
    for seed in 0..4 {
        let mut stage = Stage::new(seed);
        stage.run(30);
        for codec in ["video/h264", "video/vp8", "video/raw I420", "video/h264 class 2", "video/vp8", "video/h264"] {
            *stage.asked.lock().unwrap() = 0;
            stage.world.turn(|turn| turn.set_caps(stage.switch, 0, caps(codec)));
            let frames = 35 + stage.random.below(10) as u32;
            stage.run(frames);
            let asked = *stage.asked.lock().unwrap();
            assert!(asked <= 1, "seed {seed}, {codec}: {asked} keyframes asked for");
        }
        stage.assert_whole(&format!("seed {seed}"));
    }
}

#[test]
fn pictures_that_change_their_size_or_are_turned_go_on_frame_by_frame() {
    for seed in 0..4 {
        let mut stage = Stage::new(seed);
        stage.world.turn(|turn| turn.set_caps(stage.switch, 0, caps("video/h264")));
        for size in [(320, 240), (240, 320), (640, 480), (160, 120)] {
            stage.size = size;
            let frames = 25 + stage.random.below(10) as u32;
            stage.run(frames);
        }
        stage.assert_whole(&format!("seed {seed}"));
    }
}

#[test]
fn source_that_takes_another_codec_is_followed() {
    for seed in 0..4 {
        let mut stage = Stage::new(seed);
        stage.world.turn(|turn| turn.set_caps(stage.switch, 0, caps("video/h264")));
        stage.run(40);
        for codec in ["video/h264", "video/vp8"] {
            stage.world.turn(|turn| turn.set_caps(stage.camera, 0, caps(codec)));
            let frames = 40 + stage.random.below(10) as u32;
            stage.run(frames);
        }
        stage.assert_whole(&format!("seed {seed}"));
        assert!(stage.world.report().nodes.iter().any(|node| node.key == stage.eye && node.counters.items > 100));
    }
}
