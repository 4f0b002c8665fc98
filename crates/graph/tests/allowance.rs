//! Encoders are bounded over all pipelines of one allowance.

mod common;

use common::*;
use trellis_graph::{ElementId, EncoderAllowance, Simulation, Weight};
use trellis_media::MediaTime;

/// A pipeline of the allowance with a camera of VP8, and as many sinks of VP9, which take an encoder.
fn pipeline(allowance: &EncoderAllowance, log: &Log, sinks: usize) -> (Simulation, ElementId, Vec<ElementId>) {
    let mut world = Simulation::new(converters(&Log::default()));
    let (camera, sinks) = world.turn(|turn| {
        turn.set_encoder_allowance(allowance.clone());
        let camera = turn.add(camera(&Log::default()));
        turn.set_format(camera, 0, vp8());
        let sinks: Vec<_> = (0..sinks).map(|_| turn.add(sink(log, Weight::Inline, "video/vp9"))).collect();
        for sink in &sinks {
            turn.connect((camera, 0), (*sink, 0)).unwrap();
        }
        (camera, sinks)
    });
    (world, camera, sinks)
}

fn second(world: &mut Simulation) {
    world.run_until(world.now() + MediaTime::from_secs(1));
}

#[test]
fn sinks_that_share_an_encoder_take_one_place() {
    let (allowance, log) = (EncoderAllowance::new(1), Log::default());
    let (mut world, camera, _) = pipeline(&allowance, &log, 3);
    assert!(told(&mut world).is_empty());
    world.turn(|turn| turn.emit(camera, 0, frame(0, true)));
    assert_eq!((allowance.taken(), log.take()), (1, vec!["0".to_owned(); 3]));
    drop(world);
    assert_eq!(allowance.taken(), 0);
}

#[test]
fn a_sink_without_a_place_is_told_why_and_served_once_there_is_one() {
    let (allowance, [first, second_log]) = (EncoderAllowance::new(1), [(); 2].map(|()| Log::default()));
    let (mut one, camera, sinks) = pipeline(&allowance, &first, 1);
    let (mut other, late, _) = pipeline(&allowance, &second_log, 1);
    assert!(told(&mut one).is_empty());
    let warnings = told(&mut other);
    let [(_, warning)] = warnings.as_slice() else { panic!("one warning: {warnings:?}") };
    assert!(warning.starts_with("warning") && warning.ends_with("quota 'encoders' is reached: at most 1"), "{warning}");
    // It is thought of again, but told once.
    second(&mut other);
    second(&mut other);
    assert!(told(&mut other).is_empty());
    other.turn(|turn| turn.emit(late, 0, frame(0, true)));
    assert_eq!(second_log.len(), 0);
    // The encoder is kept for a second, and its place with it.
    one.turn(|turn| turn.disconnect(sinks[0], 0));
    one.turn(|turn| turn.emit(camera, 0, frame(1, true)));
    assert_eq!(allowance.taken(), 1);
    second(&mut one);
    assert_eq!(allowance.taken(), 0);
    second(&mut other);
    other.turn(|turn| turn.emit(late, 0, frame(1, true)));
    assert_eq!((allowance.taken(), second_log.take()), (1, vec!["1".to_owned()]));
}

#[test]
fn who_needs_no_encoder_is_served_where_there_is_no_place() {
    let (allowance, log) = (EncoderAllowance::new(0), Log::default());
    let (mut world, camera, sinks) = pipeline(&allowance, &log, 1);
    let plain = world.turn(|turn| {
        let plain = turn.add(sink(&log, Weight::Inline, "video/vp8"));
        turn.connect((camera, 0), (plain, 0)).unwrap();
        plain
    });
    let told = told(&mut world);
    assert!(told.len() == 1 && told[0].0 == sinks[0] && plain != sinks[0], "{told:?}");
    world.turn(|turn| turn.emit(camera, 0, frame(0, true)));
    assert_eq!(log.take(), ["0"]);
}
