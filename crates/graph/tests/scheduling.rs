//! Who works when: earliest deadline first, bounded inboxes, and nobody's media waits for what is not live.

mod common;

use common::*;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use trellis_graph::{
    Command, Context, Element, ElementId, Executor, ManualClock, Node, NodeError, Notice, PadSpec, Pipeline, Registry,
    Request, Simulation, Weight,
};
use trellis_media::{Caps, Codec, Format, Item, Kind, MediaTime};

/// Keeps the only worker busy until the test lets it go, then logs its name for each item.
struct Worker {
    name: &'static str,
    log: Log,
    gate: Option<mpsc::Receiver<()>>,
    latency: MediaTime,
}

impl Node for Worker {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }
    fn latency(&self) -> MediaTime {
        self.latency
    }
    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        if let Some(gate) = self.gate.take() {
            let _ = gate.recv_timeout(Duration::from_secs(20));
        }
        self.log.say(self.name);
        Ok(())
    }
    fn format(&mut self, _input: usize, _format: Format, _cx: &mut Context) -> Result<(), NodeError> {
        self.log.say("format");
        Ok(())
    }
}

fn worker(name: &'static str, log: &Log, gate: Option<mpsc::Receiver<()>>, latency: MediaTime) -> Element {
    let any = PadSpec::sink(Kind::Video, Caps::any_of(Kind::Video));
    element(name, vec![any], 0, false, Worker { name, log: log.clone(), gate, latency })
}

fn wait_for(log: &Log, count: usize) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while log.len() < count {
        assert!(Instant::now() < deadline, "{} of {count} came", log.len());
        std::thread::yield_now();
    }
}

#[test]
fn earliest_deadline_goes_first_and_the_deadline_counts_the_promised_latency() {
    let executor = Executor::start(1).unwrap();
    let nobody = |_: ElementId, _: Notice| {};
    let clock = Arc::new(ManualClock::default());
    let pipeline = Pipeline::new(&executor, clock, Arc::new(Registry::default()), nobody);
    let log = Log::default();
    let (open, gate) = mpsc::channel();
    let millis = MediaTime::from_millis;
    let feed = |name, gate, live: bool, latency| {
        let source = pipeline.add(Element { live, ..camera(&Log::default()) });
        pipeline.turn(|turn| turn.set_format(source, 0, vp8()));
        let worker = pipeline.add(worker(name, &log, gate, latency));
        pipeline.connect((source, 0), (worker, 0)).unwrap();
        source
    };
    let first = feed("first", Some(gate), true, MediaTime::ZERO);
    let patient = feed("time 10 ms, promised 500 ms", None, true, millis(500));
    let late = feed("time 300 ms", None, true, MediaTime::ZERO);
    let early = feed("time 200 ms", None, true, MediaTime::ZERO);
    let overdue = feed("time 20 ms", None, true, MediaTime::ZERO);
    wait_for(&log, 5);
    assert_eq!(log.take(), ["format"; 5]);
    pipeline.turn(|turn| turn.emit(first, 0, frame(0, true)));
    for (source, number) in [(patient, 1), (late, 30), (early, 20), (overdue, 2)] {
        pipeline.turn(|turn| turn.emit(source, 0, frame(number, true)));
    }
    open.send(()).unwrap();
    wait_for(&log, 5);
    let order = ["first", "time 20 ms", "time 200 ms", "time 300 ms", "time 10 ms, promised 500 ms"];
    assert_eq!(log.take(), order);
}

/// Counts what is said to it.
struct Listener(Log);

impl Node for Listener {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }
    fn process(&mut self, _input: usize, _item: Item, cx: &mut Context) -> Result<(), NodeError> {
        cx.wake_at(cx.now());
        Ok(())
    }
    fn request(&mut self, _output: usize, request: Request, _cx: &mut Context) {
        self.0.say(format!("{request:?}"));
    }
    fn command(&mut self, _command: Command, _cx: &mut Context) -> Result<(), NodeError> {
        self.0.say("command");
        Ok(())
    }
    fn format(&mut self, _input: usize, format: Format, _cx: &mut Context) -> Result<(), NodeError> {
        self.0.say(format);
        Ok(())
    }
}

#[test]
fn inbox_of_a_node_that_does_not_come_to_it_stays_bounded_whatever_is_said() {
    let heard = Log::default();
    let mut world = Simulation::new(Registry::default());
    world.work_takes(MediaTime::from_secs(100), 1);
    let any = PadSpec::sink(Kind::Video, Caps::any_of(Kind::Video));
    let (camera, listener, viewer) = world.turn(|turn| {
        let camera = turn.add(camera(&Log::default()));
        let listener = turn.add(element("listener", vec![any], 1, false, Listener(heard.clone())));
        let viewer = turn.add(sink(&Log::default(), Weight::Inline, "video/vp8"));
        turn.connect((camera, 0), (listener, 0)).unwrap();
        turn.connect((listener, 0), (viewer, 0)).unwrap();
        turn.set_format(camera, 0, vp8());
        turn.set_format(listener, 0, vp8());
        (camera, listener, viewer)
    });
    heard.take();
    // It is at its first work, for long.
    for bits in 0..10_000 {
        world.turn(|turn| {
            turn.request(viewer, 0, Request::Bitrate(1_000 + bits));
            turn.request(viewer, 0, Request::Keyframe);
            turn.set_format(camera, 0, if bits % 2 == 0 { vp8() } else { Format::encoded(Codec::Vp9) });
            turn.command(listener, Box::new(()));
        });
    }
    world.run_until(MediaTime::from_secs(20_000));
    let heard = heard.take();
    let count = |what: &str| heard.iter().filter(|line| line.starts_with(what)).count();
    assert!(count("Bitrate") <= 1 && count("Keyframe") <= 2 && count("video") <= 1, "{:?}", &heard[..10]);
    assert_eq!(heard.iter().find(|line| line.starts_with("Bitrate")).map(String::as_str), Some("Bitrate(10999)"));
    assert_eq!(count("command"), 1_024);
    let report = world.report();
    let listener = report.nodes.iter().find(|node| node.key == listener).expect("it is there");
    assert_eq!(listener.counters.dropped_late, 10_000 - 1_024, "those that are dropped are counted");
}

#[test]
fn raw_pictures_that_come_too_fast_for_a_live_node_lose_the_oldest() {
    let got = Log::default();
    let mut world = Simulation::new(Registry::default());
    let camera = world.turn(|turn| {
        let camera = turn.add(camera(&Log::default()));
        let slow = turn.add(sink(&got, Weight::Heavy, "video/raw I420"));
        turn.set_format(camera, 0, Format::raw_video());
        turn.connect((camera, 0), (slow, 0)).unwrap();
        camera
    });
    world.turn(|turn| (0..20).for_each(|number| turn.emit(camera, 0, frame(number, true))));
    assert_eq!(got.take(), ["14", "15", "16", "17", "18", "19"]);
}

#[test]
fn of_a_node_with_many_inputs_none_takes_the_room_of_another() {
    const INPUTS: usize = 8;
    let mut pipeline = Simulation::new(Registry::default());
    let log = Log::default();
    let raw = Format::raw_video();
    let sinks = (0..INPUTS).map(|_| PadSpec::sink(Kind::Video, Caps::like(&[raw]))).collect();
    let node = Worker { name: "came", log: log.clone(), gate: None, latency: MediaTime::ZERO };
    let sink = pipeline.turn(|turn| turn.add(element("mixer", sinks, 0, false, node)));
    let cameras: Vec<ElementId> =
        (0..INPUTS).map(|_| pipeline.turn(|turn| turn.add(camera(&Log::default())))).collect();
    // All in one turn, in which the node does not come to its work.
    pipeline.turn(|turn| {
        for (input, camera) in cameras.iter().enumerate() {
            turn.set_format(*camera, 0, raw);
            turn.connect((*camera, 0), (sink, input)).expect("connected");
            for time in 0..4 {
                turn.emit(*camera, 0, frame(time, true));
            }
        }
    });
    assert_eq!(log.take().iter().filter(|said| *said == "came").count(), 4 * INPUTS);
    pipeline.turn(|turn| (0..1_000).for_each(|time| turn.emit(cameras[0], 0, frame(10 + time, true))));
    let came = log.take().len();
    assert!(came < 20, "each has a bound: {came}");
}
