//! The world that tests run in keeps its promises: the same seed gives the same outputs, and lines do what they say.

use std::collections::BTreeSet;
use trellis_graph::world::{Arrival, Camera, Collector, DriftingClock, Line, World};
use trellis_graph::{ElementId, Registry, Request};
use trellis_media::{Caps, Codec, Format, Kind, MediaTime};

fn millis(millis: i64) -> MediaTime {
    MediaTime::from_millis(millis)
}

fn viewer(world: &mut World, collector: &Collector, kind: Kind) -> ElementId {
    let element = collector.element("viewer", kind, Caps::any_of(kind));
    world.pipeline.turn(|turn| turn.add(element))
}

/// What comes over a line in ten seconds, and what was dropped before it.
fn over(line: Line, seed: u64) -> Vec<Arrival> {
    let mut world = World::new(Registry::default(), seed);
    let line = world.line(line);
    // No frame needs another one, so that only the line loses any.
    let camera = world.camera(Camera { keyframe_every: 1, ..Camera::video(Format::encoded(Codec::Vp8)) });
    let collector = Collector::default();
    let viewer = viewer(&mut world, &collector, Kind::Video);
    world.chain(&[camera, line, viewer]);
    world.run_for(millis(9_980));
    collector.take()
}

fn numbers(arrived: &[Arrival]) -> Vec<u64> {
    arrived.iter().map(|arrival| arrival.number.expect("a camera's frame")).collect()
}

const BAD: Line = Line {
    kind: Kind::Video,
    delay: MediaTime::from_millis(20),
    jitter: MediaTime::from_millis(40),
    loss: 0.05,
    duplicate: 0.02,
    reorder: 0.1,
    rate: Some(2_000_000),
    queue: 100,
};

#[test]
fn the_same_seed_gives_the_same_trace_and_another_seed_another() {
    let run = |seed: u64| {
        let mut world = World::new(Registry::default(), seed);
        world.work_takes(millis(20));
        let collector = Collector::default();
        let lines = [BAD, Line { kind: Kind::Audio, ..BAD }].map(|line| world.line(line));
        let cameras = [Camera::video(Format::encoded(Codec::Vp8)), Camera::sound(Format::encoded(Codec::Opus))];
        let cameras = cameras.map(|camera| world.camera(camera));
        for (place, kind) in [Kind::Video, Kind::Audio].into_iter().enumerate() {
            let viewer = viewer(&mut world, &collector, kind);
            world.chain(&[cameras[place], lines[place], viewer]);
        }
        world.run_for(millis(20_000));
        let counters: Vec<_> = world.pipeline.report().nodes.iter().map(|node| node.counters).collect();
        (collector.take(), counters, format!("{:?}", world.pipeline.take_notices()))
    };
    let first = run(1);
    assert!(first.0.len() > 1_000);
    assert_eq!(first, run(1));
    assert_ne!(first.0, run(2).0);
}

#[test]
fn line_without_faults_gives_every_frame_after_its_delay_and_in_order() {
    let arrived = over(Line { delay: millis(50), ..Line::default() }, 1);
    assert_eq!(numbers(&arrived), (0..298).collect::<Vec<_>>(), "two more are on their way");
    assert!(arrived.iter().all(|arrival| arrival.at - arrival.time == millis(50)));
}

#[test]
fn line_loses_doubles_and_reorders_as_often_as_it_says() {
    let line = Line { loss: 0.1, ..Line::default() };
    let lost: usize = (0..20).map(|seed| 299 - over(line, seed).len()).sum();
    assert!((450..750).contains(&lost), "{lost} of 5980 lost, where 598 are expected");
    let doubled = over(Line { duplicate: 0.1, ..Line::default() }, 3);
    let distinct: BTreeSet<u64> = numbers(&doubled).into_iter().collect();
    assert_eq!(distinct.len(), 299, "nothing is lost");
    assert!((315..345).contains(&doubled.len()), "{} came, where 329 are expected", doubled.len());
    let jitter = millis(100);
    let late = |line: Line| numbers(&over(line, 4)).windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert_eq!(late(Line { jitter, ..Line::default() }), 0, "jitter alone keeps the order");
    assert!(late(Line { jitter, reorder: 0.5, ..Line::default() }) > 20);
}

#[test]
fn line_counts_what_it_is_given_and_what_becomes_of_it() {
    let mut world = World::new(Registry::default(), 9);
    // As fast as the camera most of the time, with a queue that is too short for the rest.
    let line = world.line(Line { loss: 0.1, rate: Some(235_000), queue: 3, ..BAD });
    let camera = world.camera(Camera { keyframe_every: 1, ..Camera::video(Format::encoded(Codec::Vp8)) });
    let collector = Collector::default();
    let viewer = viewer(&mut world, &collector, Kind::Video);
    world.chain(&[camera, line, viewer]);
    world.run_for(millis(9_980));
    let (traffic, arrived) = (world.traffic(line), collector.take());
    assert_eq!((traffic.sent, traffic.delivered), (300, arrived.len() as u64));
    let different: BTreeSet<_> = numbers(&arrived).into_iter().collect();
    assert_eq!(arrived.len() as u64 - different.len() as u64, traffic.doubled);
    assert!(traffic.doubled > 0 && traffic.lost > 30, "more than by chance, for the queue is short: {traffic:?}");
    let on_its_way = traffic.sent + traffic.doubled - traffic.lost - traffic.delivered;
    assert!(on_its_way <= 3, "{traffic:?}");
    assert_eq!(world.traffic(viewer), Default::default());
}

#[test]
fn line_that_is_too_slow_delays_up_to_its_queue_and_loses_the_rest() {
    // A frame is 8000 bits and comes thirty times a second: 240 kbit/s over a line of 120.
    let arrived = over(Line { rate: Some(120_000), queue: 10, ..Line::default() }, 5);
    assert!((140..165).contains(&arrived.len()), "{} of 300 frames, where half fit", arrived.len());
    let oldest = arrived.iter().map(|arrival| arrival.at - arrival.time).max();
    assert!(oldest.is_some_and(|oldest| oldest > millis(500) && oldest < millis(800)), "ten frames wait: {oldest:?}");
}

#[test]
fn keyframe_request_takes_the_line_s_delay_back_and_its_answer_the_delay_forth() {
    let mut world = World::new(Registry::default(), 6);
    let line = world.line(Line { delay: millis(100), ..Line::default() });
    let camera = world.camera(Camera::video(Format::encoded(Codec::Vp8)));
    let collector = Collector::default();
    let viewer = viewer(&mut world, &collector, Kind::Video);
    world.chain(&[camera, line, viewer]);
    world.run_for(millis(2_000));
    collector.take();
    let asked = world.pipeline.now();
    world.pipeline.turn(|turn| turn.request(viewer, 0, Request::Keyframe));
    world.run_for(millis(1_000));
    let keyframe = collector.take().into_iter().find(|arrival| arrival.keyframe).expect("a keyframe");
    let took = keyframe.at - asked;
    assert!(took >= millis(200) && took <= millis(234), "{took}: there and back, and up to one frame");
}

#[test]
fn viewer_whose_first_keyframe_is_lost_asks_for_another() {
    for seed in 0..50 {
        let mut world = World::new(Registry::default(), seed);
        let line = world.line(Line { loss: 0.5, ..Line::default() });
        let camera = world.camera(Camera { keyframe_every: 100_000, ..Camera::video(Format::encoded(Codec::Vp8)) });
        let collector = Collector::default();
        let viewer = viewer(&mut world, &collector, Kind::Video);
        world.chain(&[camera, line, viewer]);
        // Every second another attempt, of which each second fails.
        world.run_for(MediaTime::from_secs(20));
        assert!(collector.take().first().is_some_and(|arrival| arrival.keyframe), "seed {seed}: nothing to see");
    }
}

#[test]
fn camera_with_a_wrong_clock_stamps_what_it_shows_and_drifts_away() {
    let mut world = World::new(Registry::default(), 7);
    let clock = DriftingClock { offset: MediaTime::from_secs(1_000), drift_ppm: 300.0 };
    let camera = world.camera(Camera { clock, ..Camera::video(Format::encoded(Codec::Vp8)) });
    let collector = Collector::default();
    let viewer = viewer(&mut world, &collector, Kind::Video);
    world.chain(&[camera, viewer]);
    world.run_for(MediaTime::from_secs(600));
    let arrived = collector.take();
    let apart = |arrival: &Arrival| (arrival.time - arrival.at - clock.offset).secs_f64();
    let (first, last) = (apart(&arrived[0]), apart(&arrived[arrived.len() - 1]));
    assert!(first.abs() < 1e-4 && (last - 0.18).abs() < 1e-3, "{first} s at first, {last} s after ten minutes");
    assert_eq!(arrived.len(), 18_006, "it gives six frames more in ten minutes than a clock that is right");
}
