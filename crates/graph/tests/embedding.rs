//! What a user writes to add a node of his own, and that it is little.

mod common;
#[path = "filters/negative.rs"]
mod negative;
#[path = "filters/pass_through.rs"]
mod pass_through;

use common::*;
use std::sync::{Arc, Mutex};
use trellis_graph::{
    Context, Element, ElementId, Follows, Node, NodeError, Notice, PadSpec, Registry, Simulation, Weight,
};
use trellis_media::{
    Alternative, Caps, Codec, Constraint, Field, FieldSet, Format, Item, Kind, MediaTime, Payload, Picture,
};

fn lines(source: &str) -> usize {
    source.lines().filter(|line| !line.trim().is_empty()).count()
}

#[test]
fn filters_are_short() {
    let (pass, negative) = (include_str!("filters/pass_through.rs"), include_str!("filters/negative.rs"));
    assert!(lines(pass) <= 15, "passing through takes {} lines", lines(pass));
    assert!(lines(negative) <= 40, "working on pictures takes {} lines", lines(negative));
}

#[test]
fn pass_through_filter_passes_items_and_formats_as_they_come() {
    let got = Log::default();
    let mut world = Simulation::new(Registry::default());
    let camera = world.turn(|turn| {
        let camera = turn.add(camera(&Log::default()));
        let filter = turn.add(pass_through::element());
        let sink = turn.add(sink(&got, Weight::Inline, "video/vp8|video/vp9"));
        turn.connect((filter, 0), (sink, 0)).unwrap();
        turn.connect((camera, 0), (filter, 0)).unwrap();
        camera
    });
    for (number, codec) in [Codec::Vp8, Codec::Vp9, Codec::H264].into_iter().enumerate() {
        world.turn(|turn| {
            turn.set_format(camera, 0, Format::encoded(codec));
            turn.emit(camera, 0, frame(number as u32, true));
        });
    }
    assert_eq!(got.take(), ["0", "1"], "H.264 is nothing that the sink accepts");
    let warned = world.take_notices().into_iter().any(|(_, notice)| matches!(notice, Notice::Warning(_)));
    assert!(warned, "and that is said");
}

/// Keeps pictures.
struct Album(Arc<Mutex<Vec<Picture>>>);

impl Node for Album {
    fn process(&mut self, _input: usize, item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        if let Payload::Picture(picture) = item.payload {
            self.0.lock().unwrap().push(picture);
        }
        Ok(())
    }
}

fn raw() -> Caps {
    Caps::like(&[Format::raw_video()])
}

#[test]
fn filter_on_raw_pictures_works_on_a_copy_of_its_own() {
    let (before, after) = (Arc::default(), Arc::default());
    let mut world = Simulation::new(Registry::default());
    world.turn(|turn| {
        let camera = turn.add(camera(&Log::default()));
        let filter = turn.add(negative::element());
        let pads = || vec![PadSpec::sink(Kind::Video, raw())];
        let beside = turn.add(element("before", pads(), 0, false, Album(Arc::clone(&before))));
        let behind = turn.add(element("after", pads(), 0, false, Album(Arc::clone(&after))));
        turn.connect((camera, 0), (filter, 0)).unwrap();
        turn.connect((camera, 0), (beside, 0)).unwrap();
        turn.connect((filter, 0), (behind, 0)).unwrap();
        turn.set_format(camera, 0, Format::raw_video());
        let picture = Picture::black(64, 48).unwrap();
        turn.emit(camera, 0, Item { time: MediaTime::ZERO, payload: Payload::Picture(picture) });
    });
    let luma = |album: &Mutex<Vec<Picture>>| album.lock().unwrap()[0].plane(0).0[0];
    assert_eq!((luma(&before), luma(&after)), (16, 239));
}

#[test]
fn source_pad_that_follows_a_sink_pad_may_set_fields_of_its_own() {
    let tell: Arc<Mutex<Vec<Format>>> = Arc::default();
    struct Learns(Arc<Mutex<Vec<Format>>>);
    impl Node for Learns {
        fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
            Ok(())
        }
        fn format(&mut self, _input: usize, format: Format, _cx: &mut Context) -> Result<(), NodeError> {
            self.0.lock().unwrap().push(format);
            Ok(())
        }
    }
    let mut world = Simulation::new(Registry::default());
    let half = Alternative::any().with(Field::Width, Constraint::One(320)).with(Field::Height, Constraint::One(240));
    let follows = Follows {
        sink: 0,
        keep: FieldSet::ALL.without(FieldSet::of(&[Field::Width, Field::Height, Field::FrameRate])),
        output: half,
    };
    let source = PadSpec { follows: Some(Box::new(follows)), ..PadSpec::source(Kind::Video) };
    world.turn(|turn| {
        let camera: ElementId = turn.add(camera(&Log::default()));
        let sinks = vec![PadSpec::sink(Kind::Video, raw())];
        let node = Box::new(PassAllItems);
        let scaler = turn.add(Element { name: "half".into(), sinks, sources: vec![source], live: false, node });
        let any = vec![PadSpec::sink(Kind::Video, raw())];
        let learns = turn.add(element("learns", any, 0, false, Learns(Arc::clone(&tell))));
        turn.connect((camera, 0), (scaler, 0)).unwrap();
        turn.connect((scaler, 0), (learns, 0)).unwrap();
        let format = Format::raw_video().with_size(640, 480).with(Field::FrameRate, 30_000);
        turn.set_format(camera, 0, format);
    });
    assert_eq!(*tell.lock().unwrap(), [Format::raw_video().with_size(320, 240)]);
}

struct PassAllItems;

impl Node for PassAllItems {
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        cx.emit(input, item);
        Ok(())
    }
}
