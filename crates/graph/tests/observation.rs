//! What a pipeline tells about itself: drops by cause, queues, ages, latencies, and the picture of it.

mod common;

use common::stage::*;
use common::*;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trellis_graph::world::{Camera as Source, Collector, Line, World};
use trellis_graph::{
    Context, Counters, Element, ElementId, Executor, MonotonicClock, Node, NodeError, NodeReport, Notice, PadSpec,
    Pipeline, Registry, Simulation, Weight,
};
use trellis_media::{Caps, Format, Item, Kind, MediaTime};

fn node(report: trellis_graph::Report, key: ElementId) -> NodeReport {
    report.nodes.into_iter().find(|node| node.key == key).expect("the node is there")
}

fn counters(world: &Simulation, key: ElementId) -> Counters {
    node(world.report(), key).counters
}

#[test]
fn every_dropped_item_has_its_cause() {
    let (asked, got) = (Log::default(), Log::default());
    let mut world = Simulation::new(Registry::default());
    let (source, culprit, slow) = world.turn(|turn| {
        let source = turn.add(camera(&asked));
        turn.set_format(source, 0, vp8());
        turn.emit(source, 0, frame(0, true));
        let culprit = turn.add(pass(Pass { fails_at: Some(3), ..Pass::default() }));
        let slow = turn.add(sink(&got, Weight::Heavy, "video/vp8"));
        turn.connect((source, 0), (culprit, 0)).unwrap();
        turn.connect((source, 0), (slow, 0)).unwrap();
        (source, culprit, slow)
    });
    assert_eq!(counters(&world, source).dropped_unconnected, 1);
    world.turn(|turn| (1..6).for_each(|number| turn.emit(source, 0, frame(number, number >= 3))));
    assert_eq!(counters(&world, source).dropped_waiting, 4, "frames 1 and 2, for two sinks");
    assert_eq!(counters(&world, culprit).dropped_failed, 2, "frames 4 and 5");
    world.turn(|turn| (6..100).for_each(|number| turn.emit(source, 0, frame(number, false))));
    assert_eq!(counters(&world, slow).dropped_late, 1, "one is too many, what follows waits for a keyframe");
    assert_eq!(counters(&world, slow).dropped(), 1);
}

#[test]
fn what_comes_by_both_ways_of_a_change_is_counted_as_replaced() {
    let mut stage = Stage::new(1);
    let camera = stage.camera(vp8());
    let (viewer, _log) = stage.viewer(camera, "video/vp8");
    stage.run(30);
    stage.set_caps(viewer, "video/vp9");
    stage.run(30);
    stage.settle();
    assert!(counters(&stage.world, viewer).dropped_replaced > 0, "passing through is faster than an encoder");
}

#[test]
fn queue_tells_how_long_its_oldest_item_waits_and_ever_waited() {
    let (asked, got) = (Log::default(), Log::default());
    let mut world = Simulation::new(Registry::default());
    world.work_takes(MediaTime::from_secs(2), 1);
    let (source, slow) = world.turn(|turn| {
        let source = turn.add(camera(&asked));
        turn.set_format(source, 0, vp8());
        let slow = turn.add(sink(&got, Weight::Heavy, "video/vp8"));
        turn.connect((source, 0), (slow, 0)).unwrap();
        (source, slow)
    });
    // The node is at work on its format, for long; the items wait.
    for number in 0..5 {
        world.run_until(MediaTime::from_millis(10 * i64::from(number)));
        world.turn(|turn| turn.emit(source, 0, frame(number, true)));
    }
    world.run_until(MediaTime::from_millis(100));
    let slow_now = node(world.report(), slow);
    assert_eq!(slow_now.queue_age, MediaTime::from_millis(100), "the first came at 0 ms");
    world.run_until(MediaTime::from_secs(10));
    let slow_then = node(world.report(), slow);
    assert_eq!((slow_then.queued, slow_then.queue_age), (0, MediaTime::ZERO));
    assert!(slow_then.counters.longest_wait >= MediaTime::from_millis(100));
}

#[test]
fn sink_knows_how_old_items_are_when_they_come() {
    let mut world = World::new(Registry::default(), 1);
    let line = world.line(Line { delay: MediaTime::from_millis(50), ..Line::default() });
    let camera = world.camera(Source::video(vp8()));
    let viewer = Collector::default().element("viewer", Kind::Video, Caps::any_of(Kind::Video));
    let viewer = world.pipeline.turn(|turn| turn.add(viewer));
    world.chain(&[camera, line, viewer]);
    world.run_for(MediaTime::from_secs(2));
    let ages = node(world.pipeline.report(), viewer).ages;
    let delay = MediaTime::from_millis(50);
    assert!(ages[0].items > 50);
    assert_eq!((ages[0].min, ages[0].average(), ages[0].max), (delay, delay, delay));
}

/// Passes on, and says that it keeps items for 40 ms.
struct Keeps;

impl Node for Keeps {
    fn latency(&self) -> MediaTime {
        MediaTime::from_millis(40)
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

#[test]
fn pipeline_latency_is_the_largest_sum_along_a_path() {
    let mut stage = Stage::new(1);
    let camera = stage.camera(vp8());
    let (short, _) = stage.viewer(camera, "video/vp8");
    assert_eq!(stage.world.report().latency, MediaTime::ZERO);
    let any = PadSpec::sink(Kind::Video, Caps::any_of(Kind::Video));
    let keeps = stage.world.turn(|turn| {
        let keeps = turn.add(element("keeps", vec![any], 1, false, Keeps));
        turn.connect((camera, 0), (keeps, 0)).unwrap();
        keeps
    });
    let (long, _) = stage.viewer(keeps, "video/vp9");
    let report = stage.world.report();
    let of = |key| node(report.clone(), key).latency.millis();
    // 40 in the filter, 5 in the decoder, 20 in the encoder.
    assert_eq!((of(short), of(keeps), of(long), report.latency.millis()), (0, 40, 65, 65));
}

#[test]
fn picture_shows_every_link_even_of_elements_of_one_name() {
    let mut stage = Stage::new(1);
    let camera = stage.camera(vp8());
    stage.viewer(camera, "video/vp9");
    stage.viewer(camera, "video/vp8");
    stage.run(30);
    stage.settle();
    let drawing = dot::read(&stage.world.explain().dot());
    let (camera, decoder) = (drawing.node("camera\n30 items"), drawing.node("toy/vp8-decode\n30 items"));
    let encoder = drawing.node("toy/vp9-encode\n29 items");
    let (slow, fast) = (drawing.node("viewer 1\n27 items"), drawing.node("viewer 2\n30 items"));
    let edges = [
        (camera, decoder, "video/vp8"),
        (camera, fast, "video/vp8"),
        (decoder, encoder, "video/raw I420"),
        (encoder, slow, "video/vp9"),
    ];
    for (from, to, format) in edges {
        assert!(drawing.edges.contains(&(from.into(), to.into(), format.into())), "{from} to {to}: {drawing:#?}");
    }
    assert_eq!(drawing.edges.len(), 4, "{drawing:#?}");
}

#[test]
fn picture_and_table_tell_why_each_converter_is_there_and_what_the_whole_would_cost_without() {
    let mut stage = Stage::new(1);
    let camera = stage.camera(Format::raw_video().with_size(640, 480));
    let any = || Caps::any_of(Kind::Video);
    let filter = Element::filter("the \"hat\"", Kind::Video, any(), PassAll(Weight::Heavy));
    let filter = stage.world.turn(|turn| {
        let filter = turn.add(filter);
        turn.connect((camera, 0), (filter, 0)).unwrap();
        filter
    });
    stage.viewer(filter, "video/vp9 | video/av1 640x480");
    stage.viewer(filter, "video/h264");
    stage.run(10);
    let explanation = stage.world.explain();
    let drawing = dot::read(&explanation.dot());
    let encoder = &drawing.nodes[drawing.node("toy/")];
    let lines: Vec<&str> = encoder.lines().skip(2).collect();
    let [cost, reason, without] = lines.as_slice() else { panic!("{encoder}") };
    assert_eq!(*cost, "1 lossy, 10.0 ms/s, 20.0 ms late for viewer 1");
    assert!(reason.starts_with("the source's carriage is raw"), "{reason}");
    assert_eq!(*without, "without it: the same", "the other encoder costs as much");
    let (filter, viewer) = (drawing.node("the \"hat\""), "not served: it accepts video/h264");
    assert!(drawing.edges.iter().any(|(from, _, label)| from == filter && label.starts_with(viewer)), "{drawing:#?}");
    let text = explanation.text();
    assert!(text.contains("the \"hat\" gives video/raw I420 640x480\n"), "{text}");
    assert!(text.contains("viewer 2: not served: it accepts video/h264"), "{text}");
    assert!(text.contains("total 1 lossy, 10.0 ms/s, 20.0 ms late; "), "{text}");
}

/// Works for 20 microseconds an item.
struct Busy;

impl Node for Busy {
    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_micros(20) {}
        Ok(())
    }
}

#[test]
fn time_in_inline_nodes_is_measured_by_a_sample() {
    let executor = Executor::start(1).unwrap();
    let nobody = |_: ElementId, _: Notice| {};
    let pipeline = Pipeline::new(&executor, Arc::new(MonotonicClock), Arc::new(Registry::default()), nobody);
    let source = pipeline.add(camera(&Log::default()));
    let any = PadSpec::sink(Kind::Video, Caps::any_of(Kind::Video));
    let busy = pipeline.add(element("busy", vec![any], 0, false, Busy));
    pipeline.turn(|turn| turn.set_format(source, 0, vp8()));
    pipeline.connect((source, 0), (busy, 0)).unwrap();
    pipeline.turn(|turn| (0..640).for_each(|number| turn.emit(source, 0, frame(number, true))));
    let nanos = node(pipeline.report(), busy).counters.busy_nanos;
    assert!(nanos >= 640 * 20_000, "{nanos} ns for 640 times 20 us");
}
