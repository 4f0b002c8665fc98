//! Live change without loss: numbered frames through codecs that keep some for a while and work that takes time. After
//! a change every frame comes once and in order, and no more than one keyframe was asked of the source.

mod common;

use common::stage::*;
use common::*;
use trellis_graph::{Element, ElementId, Weight};
use trellis_media::{Codec, Format, Kind, MediaTime};

const SEEDS: u64 = 200;

/// Every frame up to the last, once and in order.
fn assert_whole(log: &Log, frames: u32, what: &str) {
    let got = numbers(log, what);
    let gap = got.windows(2).find(|pair| pair[1] != pair[0] + 1);
    assert_eq!(gap, None, "{what}: {got:?}");
    // Codecs keep their last frames.
    assert!(got.first() == Some(&0) && got.last().is_some_and(|last| last + 7 > frames), "{what}: {got:?}");
}

/// Runs a change of what one viewer accepts, with the given others beside, over many timings.
fn change(from: &str, to: &str, others: &[&str]) {
    for seed in 0..SEEDS {
        let mut stage = Stage::new(seed);
        let camera = stage.camera(vp8());
        let (viewer, log) = stage.viewer(camera, from);
        let others: Vec<(ElementId, Log)> = others.iter().map(|caps| stage.viewer(camera, caps)).collect();
        let before = 40 + stage.some(20);
        stage.run(before);
        stage.cameras[0].requests = 0;
        stage.set_caps(viewer, to);
        stage.run(60);
        stage.settle();
        let what = format!("{from} to {to}, seed {seed}");
        assert_whole(&log, before + 60, &what);
        for (_, other) in &others {
            assert_whole(other, before + 60, &what);
        }
        assert!(stage.cameras[0].requests <= 1, "{what}: {} keyframes asked for", stage.cameras[0].requests);
    }
}

#[test]
fn from_passing_through_to_transcoding_no_frame_is_lost() {
    change("video/vp8", "video/vp9", &[]);
}

#[test]
fn from_transcoding_to_passing_through_no_frame_is_lost() {
    change("video/vp9", "video/vp8", &[]);
}

#[test]
fn from_a_slow_encoder_to_a_fast_one_and_back_no_frame_is_lost() {
    change("video/vp9", "video/av1", &[]);
    change("video/av1", "video/vp9", &[]);
}

#[test]
fn going_over_to_an_encoder_that_works_for_others_loses_and_repeats_nothing() {
    change("video/av1", "video/vp9", &["video/vp9"]);
    change("video/vp9", "video/av1", &["video/av1", "video/vp9"]);
    change("video/vp8", "video/vp9", &["video/vp9", "video/vp8"]);
}

#[test]
fn another_size_of_raw_pictures_loses_nothing() {
    for seed in 0..SEEDS {
        let mut stage = Stage::new(seed);
        let camera = stage.camera(Format::raw_video().with_size(640, 480));
        let (viewer, log) = stage.viewer(camera, "video/raw I420 320x240");
        let (_, beside) = stage.viewer(camera, "video/raw I420 160x120");
        let before = 10 + stage.some(20);
        stage.run(before);
        for caps in ["video/raw I420 160x120", "video/raw I420 640x480", "video/raw I420 64x48"] {
            stage.set_caps(viewer, caps);
            stage.run(30);
        }
        stage.settle();
        assert_whole(&log, before + 90, &format!("seed {seed}"));
        assert_whole(&beside, before + 90, &format!("seed {seed}, beside"));
    }
}

#[test]
fn source_that_changes_its_codec_is_followed_frame_by_frame() {
    for seed in 0..SEEDS {
        let mut stage = Stage::new(seed);
        let camera = stage.camera(vp8());
        let logs = ["video/vp9", "video/av1", "video/vp8|video/h264"].map(|caps| stage.viewer(camera, caps).1);
        let before = 40 + stage.some(20);
        stage.run(before);
        stage.world.turn(|turn| turn.set_format(camera, 0, Format::encoded(Codec::H264)));
        // A sender begins anew in its new codec.
        stage.keyframe_next(0);
        stage.run(60);
        stage.settle();
        for log in &logs {
            assert_whole(log, before + 60, &format!("seed {seed}"));
        }
    }
}

#[test]
fn filter_between_is_followed_through_a_change_of_codec() {
    for seed in 0..SEEDS {
        for accepted in ["video/raw I420", "video/vp8|video/h264"] {
            let mut stage = Stage::new(seed);
            let camera = stage.camera(vp8());
            let filter = stage.world.turn(|turn| {
                let node = PassAll(Weight::Heavy);
                let filter = turn.add(Element::filter("filter", Kind::Video, accepted.parse().unwrap(), node));
                turn.connect((camera, 0), (filter, 0)).unwrap();
                filter
            });
            let (_, log) = stage.viewer(filter, "video/vp9");
            let (_, beside) = stage.viewer(camera, "video/vp9");
            let before = 40 + stage.some(20);
            stage.run(before);
            stage.world.turn(|turn| turn.set_format(camera, 0, Format::encoded(Codec::H264)));
            stage.keyframe_next(0);
            stage.run(60);
            stage.settle();
            assert_whole(&log, before + 58, &format!("{accepted}, seed {seed}"));
            assert_whole(&beside, before + 60, &format!("{accepted}, seed {seed}, beside"));
        }
    }
}

#[test]
fn change_before_a_filter_goes_through_it_and_asks_for_one_keyframe() {
    for seed in 0..SEEDS {
        let mut stage = Stage::new(seed);
        let camera = stage.camera(vp8());
        let filter = stage.world.turn(|turn| {
            let caps = "video/raw I420".parse().unwrap();
            let filter = turn.add(Element::filter("filter", Kind::Video, caps, PassAll(Weight::Inline)));
            turn.connect((camera, 0), (filter, 0)).unwrap();
            filter
        });
        let (_, log) = stage.viewer(filter, "video/vp9");
        let before = 40 + stage.some(20);
        stage.run(before);
        stage.cameras[0].requests = 0;
        stage.set_caps(filter, "video/vp8");
        stage.run(60);
        stage.settle();
        assert_whole(&log, before + 60, &format!("seed {seed}"));
        assert_eq!(stage.cameras[0].requests, 1, "seed {seed}");
    }
}

#[test]
fn another_source_takes_over_at_its_keyframe_and_the_first_goes_on_until_then() {
    for seed in 0..SEEDS {
        for caps in ["video/vp8", "video/vp9"] {
            let mut stage = Stage::new(seed);
            let (first, second) = (stage.camera(vp8()), stage.camera(vp8()));
            let (viewer, log) = stage.viewer(first, caps);
            let before = 40 + stage.some(20);
            stage.run(before);
            stage.cameras.iter_mut().for_each(|camera| camera.requests = 0);
            stage.world.turn(|turn| turn.connect((second, 0), (viewer, 0))).unwrap();
            stage.run(60);
            stage.settle();
            let got = numbers(&log, "the viewer");
            let switch = got.iter().position(|number| *number >= 1_000).expect("the second source takes over");
            let (of_first, of_second) = got.split_at(switch);
            let (last, begun) = (of_first[switch - 1], of_second[0] - 1_000);
            let what = format!("{caps}, seed {seed}: {last} then {begun}: {got:?}");
            assert_eq!(of_first, (0..=last).collect::<Vec<_>>(), "{what}");
            assert_eq!(of_second, (1_000 + begun..=got[got.len() - 1]).collect::<Vec<_>>(), "{what}");
            assert!(
                last >= before - 1 && last + 1 >= begun,
                "the first source stopped before the second began: {what}"
            );
            assert_eq!([stage.cameras[0].requests, stage.cameras[1].requests], [0, 1], "{what}");
            assert!(stage.world.report().converters.len() <= 2, "the first source's converters have gone");
        }
    }
}

#[test]
fn source_that_is_removed_when_it_has_been_replaced_holds_nobody_up() {
    for seed in 0..SEEDS {
        let mut stage = Stage::new(seed);
        let (first, second) = (stage.camera(vp8()), stage.camera(vp8()));
        let (viewer, log) = stage.viewer(first, "video/vp9");
        stage.run(40);
        stage.world.turn(|turn| turn.connect((second, 0), (viewer, 0))).unwrap();
        let frames = stage.some(12);
        stage.run(frames);
        stage.world.turn(|turn| turn.remove(first));
        stage.cameras.remove(0);
        // Seven until the keyframe, and what the codecs keep and work takes.
        stage.run(20);
        let got = numbers(&log, "the viewer");
        let last = got[got.len() - 1];
        assert!(last >= 1_000 + stage.next - 8, "seed {seed}: {last} is the last at {}", stage.next);
        let gaps = got.windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
        assert_eq!(gaps, 1, "seed {seed}: {got:?}");
    }
}

#[test]
fn viewers_who_change_their_minds_at_random_get_every_frame_once() {
    let choices = ["video/vp8", "video/vp9", "video/av1", "video/vp9 class 2", "video/av1 class 1"];
    for seed in 0..SEEDS {
        let mut stage = Stage::new(seed);
        let camera = stage.camera(vp8());
        let viewers: Vec<(ElementId, Log)> = choices[..3].iter().map(|caps| stage.viewer(camera, caps)).collect();
        stage.run(30);
        for _ in 0..12 {
            let (viewer, choice) = (stage.some(3) as usize, stage.some(5) as usize);
            stage.set_caps(viewers[viewer].0, choices[choice]);
            let frames = stage.some(25);
            stage.run(frames);
        }
        stage.run(40);
        stage.settle();
        let frames = stage.next;
        for (_, log) in &viewers {
            assert_whole(log, frames, &format!("seed {seed}"));
        }
    }
}

#[test]
fn file_whose_sink_changes_its_mind_loses_nothing_and_does_not_hang() {
    for seed in 0..SEEDS {
        let mut stage = Stage::new(seed);
        let log = Log::default();
        let (file, viewer) = stage.world.turn(|turn| {
            let file = turn.add(element("file", vec![], 1, false, FileSource { count: 400, next: 0 }));
            let viewer = turn.add(sink(&log, Weight::Heavy, "video/vp9"));
            turn.connect((file, 0), (viewer, 0)).unwrap();
            turn.command(file, Box::new("go"));
            (file, viewer)
        });
        let mut time = MediaTime::ZERO;
        for caps in ["video/av1", "video/vp8", "video/vp9 class 1"] {
            time += MediaTime::from_millis(100) + stage.random.time(MediaTime::from_millis(300));
            stage.world.run_until(time);
            stage.set_caps(viewer, caps);
        }
        stage.world.run_until(time + MediaTime::from_secs(60));
        stage.settle();
        let mut got = log.take();
        assert_eq!(got.pop().as_deref(), Some("end"), "seed {seed}: {file:?} came to its end");
        let got: Vec<u32> = got.iter().map(|line| line.parse().unwrap()).collect();
        let gap = got.windows(2).find(|pair| pair[1] != pair[0] + 1);
        assert_eq!((gap, got.len()), (None, 400), "seed {seed}");
    }
}

#[test]
fn way_that_never_begins_leaves_the_viewer_with_the_one_before() {
    for seed in 0..SEEDS {
        let mut stage = Stage::new(seed);
        let camera = stage.camera(vp8());
        let (viewer, log) = stage.viewer(camera, "video/vp9");
        stage.run(30);
        stage.set_caps(viewer, "video/h265");
        for _ in 0..10 {
            stage.run(10);
            // Half a second, and what is under way.
            assert!(log.len() + 15 + 7 > stage.next as usize, "seed {seed}: {} of {}", log.len(), stage.next);
        }
        stage.settle();
        assert_whole(&log, stage.next, &format!("seed {seed}"));
    }
}

#[test]
fn viewer_that_leaves_in_the_middle_of_a_change_leaves_nothing_behind() {
    for seed in 0..SEEDS {
        let mut stage = Stage::new(seed);
        let (first, second) = (stage.camera(vp8()), stage.camera(vp8()));
        let (viewer, log) = stage.viewer(first, "video/vp9");
        stage.run(20);
        stage.set_caps(viewer, "video/av1");
        let frames = stage.some(4);
        stage.run(frames);
        if seed % 2 == 0 {
            stage.world.turn(|turn| turn.connect((second, 0), (viewer, 0))).unwrap();
            let frames = stage.some(4);
            stage.run(frames);
        }
        match seed % 3 {
            0 => stage.world.turn(|turn| turn.remove(viewer)),
            1 => stage.world.turn(|turn| turn.disconnect(viewer, 0)),
            _ => stage.world.turn(|turn| turn.remove(if seed % 2 == 0 { second } else { first })),
        }
        log.take();
        if seed % 3 == 2 {
            stage.cameras.remove(if seed % 2 == 0 { 1 } else { 0 });
        }
        stage.run(5);
        stage.settle();
        let report = stage.world.report();
        assert!(report.converters.is_empty(), "seed {seed}: {:?} still run", report.converters);
        assert!(report.nodes.iter().all(|node| node.feeds.is_empty()), "seed {seed}: a link is left");
    }
}

/// A source that changes its codec so many times within the half second that a gate holds.
fn changes_within_the_window(changes: usize) {
    for seed in 0..SEEDS {
        let mut stage = Stage::new(seed);
        let camera = stage.camera(vp8());
        let logs = ["video/vp9", "video/av1", "video/vp8|video/h264", "video/vp9 class 1"]
            .map(|caps| stage.viewer(camera, caps).1);
        let before = 40 + stage.some(20);
        stage.run(before);
        for change in 0..changes {
            let codec = if change % 2 == 0 { Codec::H264 } else { Codec::Vp8 };
            stage.world.turn(|turn| turn.set_format(camera, 0, Format::encoded(codec)));
            stage.keyframe_next(0);
            let frames = stage.some(14 / changes as u64);
            stage.run(frames);
        }
        stage.run(60);
        stage.settle();
        let frames = stage.next;
        for log in &logs {
            assert_whole(log, frames, &format!("{changes} changes, seed {seed}"));
        }
        stage.world.turn(|turn| turn.remove(camera));
        assert!(stage.world.report().converters.is_empty(), "seed {seed}");
    }
}

#[test]
fn two_changes_of_the_source_within_half_a_second_lose_nothing() {
    changes_within_the_window(2);
}

#[test]
fn three_and_four_changes_of_the_source_within_half_a_second_lose_nothing() {
    changes_within_the_window(3);
    changes_within_the_window(4);
}

#[test]
fn viewer_who_changes_his_mind_while_the_source_changes_twice_loses_nothing() {
    for seed in 0..SEEDS {
        let mut stage = Stage::new(seed);
        let camera = stage.camera(vp8());
        let (viewer, log) = stage.viewer(camera, "video/vp9");
        stage.run(40);
        let choices = ["video/vp8|video/h264", "video/av1", "video/vp9", "video/vp9 class 1"];
        for change in 0..3 {
            let codec = if change % 2 == 0 { Codec::H264 } else { Codec::Vp8 };
            stage.world.turn(|turn| turn.set_format(camera, 0, Format::encoded(codec)));
            stage.keyframe_next(0);
            let frames = stage.some(5);
            stage.run(frames);
            let choice = stage.some(4) as usize;
            stage.set_caps(viewer, choices[choice]);
            let frames = stage.some(5);
            stage.run(frames);
        }
        stage.run(60);
        stage.settle();
        let frames = stage.next;
        assert_whole(&log, frames, &format!("seed {seed}"));
    }
}
