//! What only shows with real threads: files wait and lose nothing, live sources drop by rule.

mod common;

use common::*;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use trellis_graph::{
    Clock, Context, ElementId, Executor, ManualClock, MonotonicClock, Node, NodeError, Notice, PadSpec, Pipeline,
    Registry, Report, Weight,
};
use trellis_media::{Codec, Format, Item, Kind, MediaTime};

/// A heavy sink that works through a gate which the test opens.
struct Slow {
    log: Log,
    gate: mpsc::Receiver<()>,
}

impl Node for Slow {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }
    fn process(&mut self, _input: usize, item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        let _ = self.gate.recv_timeout(Duration::from_secs(20));
        self.log.say(number(&item));
        Ok(())
    }
    fn end(&mut self, _input: usize, cx: &mut Context) -> Result<(), NodeError> {
        cx.notify(Notice::EndOfStream);
        Ok(())
    }
}

fn pipeline(registry: Registry, clock: Arc<dyn Clock>) -> (Pipeline, mpsc::Receiver<ElementId>) {
    let (ended, ends) = mpsc::channel();
    let observer = move |element: ElementId, notice: Notice| {
        if let Notice::EndOfStream = notice {
            let _ = ended.send(element);
        }
    };
    let executor = Executor::start(2).unwrap();
    (Pipeline::new(&executor, clock, Arc::new(registry), observer), ends)
}

#[test]
fn a_file_waits_for_a_slow_sink_and_loses_nothing() {
    let life = Log::default();
    let (pipeline, ends) = pipeline(converters(&life), Arc::new(MonotonicClock));
    let log = Log::default();
    let (open, gate) = mpsc::channel();
    let file = pipeline.add(element("file", vec![], 1, false, FileSource { count: 500, next: 0 }));
    let caps = "video/vp9".parse().unwrap();
    let slow = Slow { log: log.clone(), gate };
    let sink = pipeline.add(element("slow", vec![PadSpec::sink(Kind::Video, caps)], 0, false, slow));
    pipeline.connect((file, 0), (sink, 0)).unwrap();
    pipeline.command(file, "go");
    for _ in 0..500 {
        assert!(pipeline.report().nodes.iter().all(|node| node.queued <= 60), "an inbox grows beyond its bound");
        open.send(()).unwrap();
    }
    ends.recv_timeout(Duration::from_secs(20)).expect("the file comes to its end");
    let expected: Vec<String> = (0..500).map(|n| n.to_string()).collect();
    assert_eq!(log.take(), expected);
}

#[test]
fn a_file_whose_sink_changes_its_mind_while_threads_work_loses_and_repeats_nothing() {
    const FRAMES: u32 = 3_000;
    let (pipeline, ends) = pipeline(stage::codecs(), Arc::new(MonotonicClock));
    let log = Log::default();
    let (open, gate) = mpsc::channel();
    let file = pipeline.add(element("file", vec![], 1, false, FileSource { count: FRAMES, next: 0 }));
    let sinks = vec![PadSpec::sink(Kind::Video, "video/vp9".parse().unwrap())];
    let viewer = pipeline.add(element("viewer", sinks, 0, false, Slow { log: log.clone(), gate }));
    pipeline.connect((file, 0), (viewer, 0)).unwrap();
    pipeline.command(file, "go");
    let choices = ["video/av1", "video/vp8", "video/vp9 class 1", "video/vp9", "video/av1 class 2"];
    for (change, caps) in choices.iter().cycle().take(25).enumerate() {
        (0..100).for_each(|_| open.send(()).unwrap());
        let deadline = Instant::now() + Duration::from_secs(20);
        while log.len() < (change + 1) * 100 {
            assert!(Instant::now() < deadline, "stuck after {} frames", log.len());
            std::thread::yield_now();
        }
        // Everything on the way to the viewer is full of frames.
        pipeline.turn(|turn| turn.set_caps(viewer, 0, caps.parse().unwrap()));
    }
    (0..FRAMES).for_each(|_| open.send(()).unwrap());
    ends.recv_timeout(Duration::from_secs(20)).expect("the file comes to its end");
    let got: Vec<u32> = log.take().iter().map(|line| line.parse().unwrap()).collect();
    let gap = got.windows(2).find(|pair| pair[1] != pair[0] + 1);
    assert_eq!((gap, got.len()), (None, FRAMES as usize));
}

#[test]
fn a_live_sink_that_falls_behind_loses_up_to_a_keyframe_and_asks_for_one() {
    let clock = Arc::new(ManualClock::default());
    let (pipeline, _ends) = pipeline(Registry::default(), clock.clone());
    let (asked, log) = (Log::default(), Log::default());
    let (open, gate) = mpsc::channel();
    let source = pipeline.add(camera(&asked));
    let caps = "video/vp8".parse().unwrap();
    let slow = Slow { log: log.clone(), gate };
    let sink = pipeline.add(element("slow", vec![PadSpec::sink(Kind::Video, caps)], 0, false, slow));
    pipeline.turn(|turn| turn.set_format(source, 0, Format::encoded(Codec::Vp8)));
    pipeline.connect((source, 0), (sink, 0)).unwrap();
    // The request that the new link made is no longer coalesced with.
    clock.advance_to(MediaTime::from_millis(320));
    asked.take();
    for n in 0..150 {
        pipeline.turn(|turn| turn.emit(source, 0, frame(n, n == 0)));
    }
    let slow = |report: Report| report.nodes.into_iter().find(|node| &*node.name == "slow").unwrap();
    let full = slow(pipeline.report());
    assert_eq!(full.counters.dropped_late, 1, "one is dropped for the lack of room, the rest is held back");
    assert!(full.queued <= 60);
    assert_eq!(asked.take(), ["Keyframe"], "a keyframe is asked for, so that it can go on");
    for _ in 0..200 {
        open.send(()).unwrap();
    }
    while slow(pipeline.report()).queued > 0 {
        std::thread::yield_now();
    }
    for n in 150..160 {
        pipeline.turn(|turn| turn.emit(source, 0, frame(n, n == 155)));
    }
    let mut got: Vec<u32> = Vec::new();
    while got.last() != Some(&159) {
        got.extend(log.take().iter().map(|n| n.parse::<u32>().unwrap()));
        std::thread::yield_now();
    }
    assert!(got.windows(2).all(|pair| pair[1] == pair[0] + 1 || pair[1] == 155), "a gap that is no keyframe: {got:?}");
}
