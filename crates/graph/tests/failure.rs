//! A node that fails or panics takes itself down and nothing else, and the application hears of it at once.

mod common;

use common::*;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};
use trellis_graph::{
    Context, Converter, ElementId, Executor, MonotonicClock, Node, NodeError, Notice, PadSpec, Pipeline, Registry,
    Simulation, Weight,
};
use trellis_media::{Alternative, Caps, Codec, FieldSet, Format, Item, Kind, MediaTime};
use trellis_negotiator::{Cost, Rule};

/// Panics at the second item.
struct Bomb {
    weight: Weight,
    items: u32,
}

impl Node for Bomb {
    fn weight(&self) -> Weight {
        self.weight
    }
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        self.items += 1;
        if self.items == 2 {
            // A panic, without the hook that writes a backtrace: how long that takes is not the engine's doing.
            std::panic::resume_unwind(Box::new("boom"));
        }
        cx.emit(input, item);
        Ok(())
    }
    fn format(&mut self, input: usize, format: Format, cx: &mut Context) -> Result<(), NodeError> {
        cx.set_format(input, format);
        Ok(())
    }
}

type Errors = mpsc::Receiver<(ElementId, String)>;

fn pipeline(registry: Registry) -> (Pipeline, Errors) {
    let (tell, errors) = mpsc::channel();
    let observer = move |element: ElementId, notice: Notice| {
        if let Notice::Error(error) = notice {
            let _ = tell.send((element, error.to_string()));
        }
    };
    let executor = Executor::start(2).unwrap();
    (Pipeline::new(&executor, Arc::new(MonotonicClock), Arc::new(registry), observer), errors)
}

fn error_within_100_ms(pipeline: &Pipeline, source: ElementId, errors: &Errors) -> (ElementId, String) {
    pipeline.turn(|turn| turn.emit(source, 0, frame(0, true)));
    let started = Instant::now();
    pipeline.turn(|turn| turn.emit(source, 0, frame(1, true)));
    let error = errors.recv_timeout(Duration::from_secs(10)).expect("the error is told");
    assert!(started.elapsed() < Duration::from_millis(100), "told after {:?}", started.elapsed());
    error
}

fn wait_for(log: &Log, count: usize) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while log.len() < count {
        assert!(Instant::now() < deadline, "{} of {count} came", log.len());
        std::thread::yield_now();
    }
}

#[test]
fn panic_of_an_element_is_told_within_100_ms_and_its_neighbours_go_on() {
    for weight in [Weight::Inline, Weight::Heavy] {
        let (pipeline, errors) = pipeline(Registry::default());
        let beside = Log::default();
        let source = pipeline.add(camera(&Log::default()));
        let any = PadSpec::sink(Kind::Video, Caps::any_of(Kind::Video));
        let bomb = pipeline.add(element("bomb", vec![any], 1, false, Bomb { weight, items: 0 }));
        let witness = pipeline.add(sink(&beside, Weight::Heavy, "video/vp8"));
        pipeline.turn(|turn| turn.set_format(source, 0, Format::encoded(Codec::Vp8)));
        pipeline.connect((source, 0), (bomb, 0)).unwrap();
        pipeline.connect((source, 0), (witness, 0)).unwrap();
        let error = error_within_100_ms(&pipeline, source, &errors);
        assert_eq!(error, (bomb, "internal error: boom".to_owned()));
        pipeline.turn(|turn| turn.emit(source, 0, frame(2, true)));
        wait_for(&beside, 3);
        assert!(errors.try_recv().is_err(), "it is told once");
    }
}

/// From VP8 into another codec, by a converter that panics at the second item or by one that does not.
fn converter(name: &'static str, codec: Codec, bomb: bool) -> Converter {
    let rule = Rule {
        name: name.into(),
        input: Alternative::like(&Format::encoded(Codec::Vp8)),
        output: Alternative::like(&Format::encoded(codec)),
        keep: FieldSet::of(&[]),
        choose: FieldSet::of(&[]),
        cost: |_, _| Cost { generations: 1, cpu: 1, latency: 0 },
    };
    Converter::new(rule, move |_, _| match bomb {
        true => Box::new(Bomb { weight: Weight::Heavy, items: 0 }),
        false => Box::new(PassAll(Weight::Heavy)),
    })
}

#[test]
fn panic_of_a_converter_names_it_at_the_element_whose_media_it_converts() {
    let registry = Registry::new([converter("toy/bomb", Codec::Vp9, true), converter("toy/fine", Codec::Av1, false)]);
    let (pipeline, errors) = pipeline(registry);
    let (lost, fine, direct) = (Log::default(), Log::default(), Log::default());
    let source = pipeline.add(camera(&Log::default()));
    pipeline.turn(|turn| turn.set_format(source, 0, Format::encoded(Codec::Vp8)));
    for (log, caps) in [(&lost, "video/vp9"), (&fine, "video/av1"), (&direct, "video/vp8")] {
        let viewer = pipeline.add(sink(log, Weight::Inline, caps));
        pipeline.connect((source, 0), (viewer, 0)).unwrap();
    }
    let error = error_within_100_ms(&pipeline, source, &errors);
    assert_eq!(error, (source, "toy/bomb: internal error: boom".to_owned()));
    pipeline.turn(|turn| turn.emit(source, 0, frame(2, true)));
    wait_for(&fine, 3);
    wait_for(&direct, 3);
    wait_for(&lost, 2);
    assert_eq!(lost.take(), ["0", "2"], "who hung on the converter goes on with a fresh one");
}

/// A registry of two converters from VP8 to VP9, the cheaper first; where `at` says so, the first fails at an item, the
/// first time that it comes or always.
fn two_ways(at: Vec<u32>, both: bool) -> Registry {
    let failing = Arc::new(Mutex::new(at));
    let rule = |name: &'static str, cost| Rule {
        name: name.into(),
        input: Alternative::like(&Format::encoded(Codec::Vp8)),
        output: Alternative::like(&Format::encoded(Codec::Vp9)),
        keep: FieldSet::of(&[]),
        choose: FieldSet::of(&[]),
        cost,
    };
    let cheap = rule("toy/cheap", |_, _| Cost { generations: 1, cpu: 1, latency: 0 });
    let dear = rule("toy/dear", |_, _| Cost { generations: 1, cpu: 9, latency: 0 });
    let cheap = Converter::new(cheap, move |_, _| Box::new(FailsOnce { at: Arc::clone(&failing) }));
    let dear = Converter::new(dear, |_, _| Box::new(PassAll(Weight::Heavy)));
    Registry::new([cheap].into_iter().chain(both.then_some(dear)))
}

/// Passes everything, but for items of these numbers, each of which it fails at once.
struct FailsOnce {
    at: Arc<Mutex<Vec<u32>>>,
}

impl Node for FailsOnce {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        let mut at = self.at.lock().unwrap();
        if let Some(place) = at.iter().position(|at| *at == number(&item)) {
            at.remove(place);
            return Err(NodeError::new("told to fail"));
        }
        cx.emit(input, item);
        Ok(())
    }
}

/// What a viewer of VP9 gets of 30 frames, and what is told.
fn run(registry: Registry) -> (Vec<String>, Vec<String>, Simulation) {
    let mut world = Simulation::new(registry);
    let got = Log::default();
    let (source, _) = camera_to(&mut world, &Log::default(), sink(&got, Weight::Inline, "video/vp9"));
    for number in 0..30 {
        world.turn(|turn| turn.emit(source, 0, frame(number, true)));
        world.run_until(MediaTime::from_millis(i64::from(number) * 30));
    }
    let told = told(&mut world).into_iter().map(|(_, text)| text).collect();
    (got.take(), told, world)
}

fn all_but(lost: &[u32]) -> Vec<String> {
    (0..30).filter(|number| !lost.contains(number)).map(|number| number.to_string()).collect()
}

#[test]
fn sinks_behind_a_converter_that_fails_on_its_tenth_item_go_on_through_a_fresh_one() {
    let (got, told, world) = run(two_ways(vec![9], false));
    assert_eq!(got, all_but(&[9]));
    assert_eq!(told, ["error: toy/cheap: told to fail"]);
    assert_eq!(world.report().converters, [("toy/cheap".to_owned(), 1)].into());
}

#[test]
fn where_a_converter_fails_twice_within_a_short_time_another_way_is_taken() {
    let (got, told, world) = run(two_ways(vec![9, 12, 15], true));
    assert_eq!(got, all_but(&[9, 12]));
    assert_eq!(
        told,
        ["error: toy/cheap: told to fail", "warning: toy/cheap: told to fail; it is not used any more"],
        "the error is told once"
    );
    assert_eq!(world.report().converters, [("toy/dear".to_owned(), 1)].into());
}

#[test]
fn where_there_is_no_other_way_the_sink_is_told_of_as_not_served_with_the_reason() {
    let (got, told, world) = run(two_ways((0..30).collect(), false));
    assert_eq!(got, Vec::<String>::new());
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[2].starts_with("warning: no conversion leads to this element: it accepts video/vp9"), "{told:?}");
    assert!(told[2].ends_with("; toy/cheap failed"), "{told:?}");
    assert!(!world.report().plans[0].sinks[0].served);
    assert_eq!(world.report().converters, [].into());
}

#[test]
fn a_converter_that_failed_is_tried_again_when_the_source_gives_another_format() {
    let (_, _, mut world) = run(two_ways(vec![9, 12], false));
    let source = world.report().nodes[0].key;
    let served = |world: &Simulation| world.report().plans[0].sinks[0].served;
    assert!(!served(&world));
    world.turn(|turn| turn.set_format(source, 0, Format::encoded(Codec::Vp8).with_size(640, 480)));
    assert!(served(&world));
}

/// A decoder that fails in the middle of a chain, over many timings.
#[test]
fn what_the_encoder_behind_a_failed_decoder_holds_comes_out_and_the_stream_goes_on() {
    for seed in 0..100 {
        let at = Arc::new(Mutex::new(vec![30]));
        let codecs = stage::codecs();
        let broken = codecs.converters().iter().cloned().map(|converter| {
            if converter.rule.name != "toy/vp8-decode" {
                return converter;
            }
            let at = Arc::clone(&at);
            Converter::new(converter.rule, move |_, _| Box::new(FailsOnce { at: Arc::clone(&at) }))
        });
        let mut stage = stage::Stage::with(seed, Registry::new(broken));
        let camera = stage.camera(Format::encoded(Codec::Vp8));
        let (_, log) = stage.viewer(camera, "video/vp9");
        stage.run(100);
        stage.world.take_notices();
        stage.settle();
        let got = stage::numbers(&log, &format!("seed {seed}: no end, no gap without a keyframe"));
        assert!(got.is_sorted_by(|one, next| one < next), "seed {seed}: {got:?}");
        // All that had been decoded before, and all from the keyframe on that was asked for.
        let lost: Vec<u32> = (0..95).filter(|number| !got.contains(number)).collect();
        assert!(lost.contains(&30) && lost.iter().all(|lost| (30..48).contains(lost)), "seed {seed}: lost {lost:?}");
    }
}
