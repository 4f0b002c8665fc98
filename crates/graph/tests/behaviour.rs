//! What a pipeline does, under a virtual clock and on a single thread.

mod common;

use common::*;
use trellis_graph::{Notice, Registry, Request, Simulation, Weight};
use trellis_media::{Codec, Format, MediaTime};

fn millis(millis: i64) -> MediaTime {
    MediaTime::from_millis(millis)
}

#[test]
fn items_keep_their_order_through_inline_and_heavy_nodes() {
    let (asked, got) = (Log::default(), Log::default());
    let mut world = Simulation::new(Registry::default());
    world.turn(|turn| {
        let camera = turn.add(camera(&asked));
        let inline = turn.add(pass(Pass::default()));
        let heavy = turn.add(pass(Pass { weight: Some(Weight::Heavy), ..Pass::default() }));
        let sink = turn.add(sink(&got, Weight::Inline, "video/vp8"));
        turn.connect((camera, 0), (inline, 0)).unwrap();
        turn.connect((inline, 0), (heavy, 0)).unwrap();
        turn.connect((heavy, 0), (sink, 0)).unwrap();
        turn.set_format(camera, 0, Format::encoded(Codec::Vp8));
        for n in 0..5 {
            turn.emit(camera, 0, frame(n, n == 0));
        }
    });
    assert_eq!(got.take(), ["0", "1", "2", "3", "4"]);
}

#[test]
fn a_late_joiner_starts_at_a_keyframe_that_was_asked_for() {
    let (asked, first, late) = (Log::default(), Log::default(), Log::default());
    let mut world = Simulation::new(Registry::default());
    let (camera, _) = camera_to(&mut world, &asked, sink(&first, Weight::Inline, "video/vp8"));
    world.turn(|turn| (0..2).for_each(|number| turn.emit(camera, 0, frame(number, number == 0))));
    assert_eq!(asked.take(), ["Keyframe"]);
    world.run_until(millis(1_000));
    world.turn(|turn| {
        let sink = turn.add(sink(&late, Weight::Inline, "video/vp8"));
        turn.connect((camera, 0), (sink, 0)).unwrap();
        turn.emit(camera, 0, frame(2, false));
        turn.emit(camera, 0, frame(3, true));
        turn.emit(camera, 0, frame(4, false));
    });
    assert_eq!(asked.take(), ["Keyframe"]);
    assert_eq!(first.take(), ["0", "1", "2", "3", "4"]);
    assert_eq!(late.take(), ["3", "4"]);
}

#[test]
fn keyframe_requests_are_coalesced_and_the_last_is_not_forgotten() {
    let (asked, got) = (Log::default(), Log::default());
    let mut world = Simulation::new(Registry::default());
    let (camera, sink) = camera_to(&mut world, &asked, sink(&got, Weight::Inline, "video/vp8"));
    world.turn(|turn| turn.emit(camera, 0, frame(0, true)));
    world.run_until(millis(1_000));
    asked.take();
    for n in 0..50 {
        world.run_until(millis(1_000 + n));
        world.turn(|turn| turn.request(sink, 0, Request::Keyframe));
    }
    assert_eq!(asked.take(), ["Keyframe"], "fifty requests in 50 ms are one");
    world.take_notices();
    for n in 50..60 {
        world.turn(|turn| turn.emit(camera, 0, frame(n, false)));
    }
    assert!(world.take_notices().is_empty(), "that media flows has been told, whoever waits for a keyframe");
    world.run_until(millis(2_000));
    assert_eq!(asked.take(), ["Keyframe"], "and one more when the interval is over, for those who came late");
}

#[test]
fn three_viewers_share_one_encoder_which_goes_soon_after_the_last() {
    let (asked, life) = (Log::default(), Log::default());
    let mut world = Simulation::new(converters(&life));
    let logs = [Log::default(), Log::default(), Log::default()];
    let (camera, viewers) = world.turn(|turn| {
        let camera = turn.add(camera(&asked));
        turn.set_format(camera, 0, Format::encoded(Codec::Vp8));
        let viewers: Vec<_> = logs.iter().map(|log| turn.add(sink(log, Weight::Inline, "video/vp9"))).collect();
        for viewer in &viewers {
            turn.connect((camera, 0), (*viewer, 0)).unwrap();
        }
        (camera, viewers)
    });
    assert_eq!(life.take().iter().filter(|line| *line == "made").count(), 1);
    world.turn(|turn| turn.emit(camera, 0, frame(0, true)));
    assert!(logs.iter().all(|log| log.take() == ["0"]));
    assert_eq!(world.report().converters.get("toy/vp8-to-vp9"), Some(&1));
    for viewer in viewers {
        world.turn(|turn| turn.remove(viewer));
    }
    world.run_until(millis(900));
    assert!(life.take().is_empty(), "somebody may come back");
    world.run_until(millis(1_000));
    assert_eq!(life.take(), ["gone"]);
    assert!(world.report().converters.is_empty());
}

#[test]
fn a_viewer_who_comes_back_soon_finds_the_encoder_which_begins_with_a_keyframe() {
    let (asked, life, got) = (Log::default(), Log::default(), Log::default());
    let mut world = Simulation::new(converters(&life));
    let (camera, viewer) = world.turn(|turn| {
        let camera = turn.add(camera(&asked));
        turn.set_format(camera, 0, Format::encoded(Codec::Vp8));
        let viewer = turn.add(sink(&got, Weight::Inline, "video/vp9"));
        turn.connect((camera, 0), (viewer, 0)).unwrap();
        turn.emit(camera, 0, frame(0, true));
        (camera, viewer)
    });
    world.turn(|turn| {
        turn.disconnect(viewer, 0);
        turn.emit(camera, 0, frame(1, false));
    });
    world.run_until(millis(500));
    world.turn(|turn| {
        turn.connect((camera, 0), (viewer, 0)).unwrap();
        turn.emit(camera, 0, frame(2, false));
        turn.emit(camera, 0, frame(3, true));
    });
    assert_eq!(got.take(), ["0", "3"], "what it missed is not decodable");
    assert_eq!(life.take(), ["made", "encoder Keyframe"]);
    world.run_until(millis(5_000));
    assert!(life.take().is_empty(), "it is needed again");
}

#[test]
fn of_several_viewers_bitrates_the_lowest_counts() {
    let (asked, life) = (Log::default(), Log::default());
    let mut world = Simulation::new(converters(&life));
    let got = Log::default();
    let viewers = world.turn(|turn| {
        let camera = turn.add(camera(&asked));
        turn.set_format(camera, 0, Format::encoded(Codec::Vp8));
        let viewers: Vec<_> = (0..2).map(|_| turn.add(sink(&got, Weight::Inline, "video/vp9"))).collect();
        for viewer in &viewers {
            turn.connect((camera, 0), (*viewer, 0)).unwrap();
        }
        viewers
    });
    life.take();
    for (viewer, bits) in [(0, 900), (1, 500), (0, 400), (1, 800)] {
        world.turn(|turn| turn.request(viewers[viewer], 0, Request::Bitrate(bits)));
    }
    assert_eq!(
        life.take(),
        ["encoder Bitrate(900)", "encoder Bitrate(500)", "encoder Bitrate(400)"],
        "800 of the second viewer changes nothing while the first has 400"
    );
}

#[test]
fn what_a_viewer_can_take_is_told_to_its_next_encoder() {
    let (asked, life, got) = (Log::default(), Log::default(), Log::default());
    let mut world = Simulation::new(converters(&life));
    let (camera, viewer) = world.turn(|turn| {
        let camera = turn.add(camera(&asked));
        turn.set_format(camera, 0, Format::encoded(Codec::Vp8));
        let viewer = turn.add(sink(&got, Weight::Inline, "video/vp9"));
        turn.connect((camera, 0), (viewer, 0)).unwrap();
        turn.emit(camera, 0, frame(0, true));
        (camera, viewer)
    });
    world.turn(|turn| turn.request(viewer, 0, Request::Bitrate(500)));
    world.turn(|turn| turn.set_caps(viewer, 0, "video/vp9 class 2".parse().unwrap()));
    assert_eq!(life.take(), ["made", "encoder Bitrate(500)", "made", "encoder Bitrate(500)"]);
    // While the first encoder still feeds it, it can take more.
    world.turn(|turn| turn.request(viewer, 0, Request::Bitrate(900)));
    world.turn(|turn| turn.emit(camera, 0, frame(1, true)));
    assert_eq!(got.take(), ["0", "1"]);
    assert_eq!(life.take(), ["encoder Bitrate(900)", "encoder Bitrate(900)"]);
}

#[test]
fn how_long_an_encoder_waits_for_somebody_to_come_back_is_the_pipelines_to_say() {
    for (hold, made) in [(5_000, 1), (2_000, 2), (0, 2)] {
        let life = Log::default();
        let mut world = Simulation::new(converters(&life));
        world.turn(|turn| turn.set_hold(millis(hold)));
        let viewer = sink(&Log::default(), Weight::Inline, "video/vp9");
        let (camera, viewer) = camera_to(&mut world, &Log::default(), viewer);
        world.turn(|turn| turn.emit(camera, 0, frame(0, true)));
        world.turn(|turn| turn.disconnect(viewer, 0));
        world.run_until(millis(3_000));
        world.turn(|turn| turn.connect((camera, 0), (viewer, 0)).unwrap());
        assert_eq!(life.take().iter().filter(|line| *line == "made").count(), made, "{hold} ms");
    }
}

#[test]
fn a_panic_stops_its_element_only_and_is_told() {
    let (asked, broken, whole) = (Log::default(), Log::default(), Log::default());
    let mut world = Simulation::new(Registry::default());
    let (camera, culprit) = world.turn(|turn| {
        let camera = turn.add(camera(&asked));
        let culprit = turn.add(pass(Pass { panics_at: Some(1), ..Pass::default() }));
        let behind = turn.add(sink(&broken, Weight::Inline, "video/vp8"));
        let beside = turn.add(sink(&whole, Weight::Inline, "video/vp8"));
        turn.set_format(camera, 0, Format::encoded(Codec::Vp8));
        turn.connect((camera, 0), (culprit, 0)).unwrap();
        turn.connect((culprit, 0), (behind, 0)).unwrap();
        turn.connect((camera, 0), (beside, 0)).unwrap();
        (camera, culprit)
    });
    world.take_notices();
    for n in 0..3 {
        world.turn(|turn| turn.emit(camera, 0, frame(n, true)));
    }
    assert_eq!(broken.take(), ["0"]);
    assert_eq!(whole.take(), ["0", "1", "2"]);
    assert_eq!(told(&mut world), [(culprit, "error: internal error: told to panic".to_owned())]);
}

#[test]
fn media_that_ceases_is_told_and_an_idle_pipeline_has_no_deadline() {
    let (asked, got) = (Log::default(), Log::default());
    let mut world = Simulation::new(Registry::default());
    let (camera, _) = camera_to(&mut world, &asked, sink(&got, Weight::Inline, "video/vp8"));
    world.turn(|turn| turn.emit(camera, 0, frame(0, true)));
    let flows = |world: &mut Simulation| {
        let notices = world.take_notices().into_iter();
        let flows = notices.filter_map(|(_, notice)| match notice {
            Notice::Flow { sink, flowing, .. } => Some((sink, flowing)),
            _ => None,
        });
        let mut flows: Vec<_> = flows.collect();
        flows.sort();
        flows
    };
    assert_eq!(flows(&mut world), [(false, true), (true, true)]);
    world.run_until(millis(10_000));
    assert_eq!(flows(&mut world), [(false, false), (true, false)]);
}

#[test]
fn the_same_inputs_give_the_same_outputs() {
    let run = || {
        let (asked, life, got) = (Log::default(), Log::default(), Log::default());
        let mut world = Simulation::new(converters(&life));
        let camera = world.turn(|turn| {
            let camera = turn.add(camera(&asked));
            turn.set_format(camera, 0, Format::encoded(Codec::Vp8));
            for format in ["video/vp8", "video/vp9", "video/vp9 class 2"] {
                let sink = turn.add(sink(&got, Weight::Heavy, format));
                turn.connect((camera, 0), (sink, 0)).unwrap();
            }
            camera
        });
        for n in 0..100 {
            world.run_until(millis(i64::from(n) * 7));
            world.turn(|turn| turn.emit(camera, 0, frame(n, n % 30 == 0)));
        }
        (asked.take(), life.take(), got.take())
    };
    let first = run();
    assert_eq!(first.2.len(), 300);
    assert_eq!(first, run());
}
