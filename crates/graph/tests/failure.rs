//! A node that fails or panics takes itself down and nothing else, and the application hears of it at once.

mod common;

use common::*;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use trellis_graph::{
    Context, Converter, ElementId, Executor, MonotonicClock, Node, NodeError, Notice, PadSpec, Pipeline, Registry,
    Weight,
};
use trellis_media::{Alternative, Caps, Codec, FieldSet, Format, Item, Kind};
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
    let (lost, fine, direct, late) = (Log::default(), Log::default(), Log::default(), Log::default());
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
    assert_eq!(lost.take(), ["0"], "who hung on the converter gets no more of it");
    // The next plan does not build on what has failed.
    let viewer = pipeline.add(sink(&late, Weight::Inline, "video/vp9"));
    pipeline.connect((source, 0), (viewer, 0)).unwrap();
    pipeline.turn(|turn| turn.emit(source, 0, frame(3, true)));
    wait_for(&late, 1);
    wait_for(&lost, 1);
}
