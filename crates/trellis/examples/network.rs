//! A test over a simulated network: `cargo run --example network`.
//!
//! ```text
//!   camera ─ frames ─► [packetiser] ─► network ─ packets ─► [depacketiser] ─► viewer
//! ```
//!
//! The network loses and delays packets. Time is virtual and chance is seeded, so a run takes milliseconds and can be
//! repeated. What must hold whatever is lost: no frame comes damaged, none out of order, and after each loss a key
//! frame is asked for and comes.

use std::error::Error;
use std::sync::{Arc, Mutex};
use trellis::elements::{catalogue, program};
use trellis::graph::world::{Line, World};
use trellis::graph::{Context, Element, Node, NodeError, PadSpec, Request};
use trellis::media::{Caps, Codec, EncodedFrame, Format, Item, Kind, MediaTime, Payload};

/// Frames of 30 a second, each of several packets, with its number in every byte.
#[derive(Default)]
struct Camera {
    number: u32,
    keyframe: bool,
}

/// When the next frame is due.
fn due(number: u32) -> MediaTime {
    MediaTime::from_ticks(number.into(), 30)
}

impl Node for Camera {
    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }

    fn command(&mut self, _start: trellis::graph::Command, cx: &mut Context) -> Result<(), NodeError> {
        cx.set_format(0, Format::encoded(Codec::Vp8));
        cx.wake_at(due(0));
        Ok(())
    }

    fn request(&mut self, _output: usize, request: Request, _cx: &mut Context) {
        self.keyframe |= request == Request::Keyframe;
    }

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        let keyframe = std::mem::take(&mut self.keyframe) || self.number == 0;
        let mut data = vec![self.number as u8; 5_000];
        // The first bit of a VP8 frame says whether it is no key frame (RFC 6386, section 9.1).
        data[0] = u8::from(!keyframe);
        let frame = EncodedFrame {
            data: data.into(),
            keyframe,
            decode_time: cx.now(),
            duration: MediaTime::ZERO,
            config: None,
        };
        cx.emit(0, Item { time: cx.now(), payload: Payload::Frame(frame) });
        self.number += 1;
        cx.wake_at(due(self.number));
        Ok(())
    }
}

/// What a run was like.
#[derive(Debug, PartialEq, Eq)]
struct Trace {
    /// When each frame came, and its number.
    came: Vec<(MediaTime, u8)>,
    damaged: usize,
}

/// Eight seconds of virtual time.
fn simulate(seed: u64, loss: f64) -> Result<Trace, Box<dyn Error>> {
    let mut world = World::new(catalogue::converters(), seed);
    let camera = Element {
        name: "camera".into(),
        sinks: Vec::new(),
        sources: vec![PadSpec::source(Kind::Video)],
        live: true,
        node: Box::new(Camera::default()),
    };
    let frames = Arc::new(Mutex::new(Vec::new()));
    let taken = Arc::clone(&frames);
    let caps = Caps::like(&[Format::encoded(Codec::Vp8)]);
    let viewer = program::sink("viewer", Kind::Video, caps, move |item| {
        if let (Payload::Frame(frame), Ok(mut taken)) = (item.payload, taken.lock()) {
            taken.push(frame.data);
        }
    });
    // Some packets are lost, and the others are under way for 20 to 40 ms, so that some overtake others.
    let (delay, jitter) = (MediaTime::from_millis(20), MediaTime::from_millis(20));
    let line = Line { loss, delay, jitter, reorder: 1.0, ..Line::default() }.element(world.random.split());
    // A network carries packets: the graph packs the camera's frames into them, and unpacks them for the viewer.
    let line = Element { sinks: vec![PadSpec::sink(Kind::Video, Caps::like(&[Format::rtp(Codec::Vp8)]))], ..line };
    let (camera, line, viewer) = world.pipeline.turn(|turn| (turn.add(camera), turn.add(line), turn.add(viewer)));
    world.chain(&[camera, line, viewer]);
    world.pipeline.turn(|turn| turn.command(camera, Box::new(())));
    let (mut came, mut damaged) = (Vec::new(), 0);
    for _ in 0..8_000 {
        world.run_for(MediaTime::from_millis(1));
        for data in frames.lock().map_err(|_| "the viewer failed")?.drain(..) {
            came.push((world.pipeline.now(), data[1]));
            damaged += usize::from(data.len() != 5_000 || data[1..].iter().any(|byte| *byte != data[1]));
        }
    }
    Ok(Trace { came, damaged })
}

/// Runs the example.
pub fn run() -> Result<(), Box<dyn Error>> {
    let clean = simulate(1, 0.0)?;
    let (lossy, again, other) = (simulate(1, 0.005)?, simulate(1, 0.005)?, simulate(2, 0.005)?);
    for (name, trace) in [("no loss", &clean), ("0.5 % loss", &lossy), ("another seed", &other)] {
        println!("{name}: {} of 240 frames came, {} damaged", trace.came.len(), trace.damaged);
    }
    let in_order = |trace: &Trace| trace.came.windows(2).all(|pair| pair[0].1 < pair[1].1);
    let longest = lossy.came.windows(2).map(|pair| pair[1].0 - pair[0].0).max().unwrap_or_default();
    println!("longest time without a frame: {} ms", longest.millis());
    // The first frame may be lost: its first packet is overtaken, and who has just come cannot know of it.
    if clean.came.len() < 220 {
        return Err("frames went missing without any loss".into());
    }
    if lossy.came.len() >= clean.came.len() || longest > MediaTime::from_secs(1) {
        return Err("the loss was not survived, or there was none".into());
    }
    if ![&clean, &lossy, &other].into_iter().all(|trace| trace.damaged == 0 && in_order(trace)) {
        return Err("a frame came damaged or out of order".into());
    }
    if lossy != again || lossy == other {
        return Err("a seed does not say what happens".into());
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run()
}
