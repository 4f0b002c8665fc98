//! Pipelines are planned as a whole: what a filter or a source had better give depends on what is wanted behind it.

mod common;

use common::*;
use trellis_graph::{Context, Element, ElementId, Node, NodeError, PadSpec, Simulation, Weight};
use trellis_media::{Caps, Codec, Format, Item, Kind};

struct PassItems;

impl Node for PassItems {
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        cx.emit(input, item);
        Ok(())
    }
}

fn filter() -> Element {
    Element::filter("filter", Kind::Video, Caps::any_of(Kind::Video), PassItems)
}

/// A camera of VP8, a viewer of VP9 beside a filter, and one behind it; what the converters did, and what was seen.
fn camera_with_a_viewer_beside_and_one_behind_a_filter(order: [usize; 3]) -> (Simulation, [Log; 2]) {
    let log = Log::default();
    let mut world = Simulation::new(converters(&log));
    let seen = [Log::default(), Log::default()];
    let camera = world.turn(|turn| {
        let elements = [
            turn.add(camera(&Log::default())),
            turn.add(filter()),
            turn.add(sink(&seen[0], Weight::Inline, "video/vp9")),
            turn.add(sink(&seen[1], Weight::Inline, "video/vp9")),
        ];
        turn.set_format(elements[0], 0, Format::encoded(Codec::Vp8));
        let links: [(ElementId, ElementId); 3] =
            [(elements[0], elements[2]), (elements[0], elements[1]), (elements[1], elements[3])];
        for link in order {
            turn.connect((links[link].0, 0), (links[link].1, 0)).unwrap();
        }
        elements[0]
    });
    for number in 0..100 {
        world.turn(|turn| turn.emit(camera, 0, frame(number, true)));
        world.run_until(trellis_media::MediaTime::from_millis(i64::from(number) * 30));
    }
    (world, seen)
}

#[test]
fn viewers_beside_and_behind_a_filter_share_an_encoder() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]] {
        let (world, seen) = camera_with_a_viewer_beside_and_one_behind_a_filter(order);
        let converters = world.report().converters;
        assert_eq!(converters.values().sum::<usize>(), 1, "{order:?}: {converters:?}");
        for seen in &seen {
            assert_eq!(seen.take(), (0..100).map(|number: u32| number.to_string()).collect::<Vec<_>>(), "{order:?}");
        }
    }
}

#[test]
fn converter_before_a_filter_goes_with_the_viewer_behind_it() {
    let log = Log::default();
    let mut world = Simulation::new(converters(&log));
    let (camera, viewers) = world.turn(|turn| {
        let (camera, filter) = (turn.add(camera(&Log::default())), turn.add(filter()));
        let viewers = [0, 1].map(|_| turn.add(sink(&Log::default(), Weight::Inline, "video/vp9")));
        turn.set_format(camera, 0, Format::encoded(Codec::Vp8));
        for (from, to) in [(camera, filter), (filter, viewers[0]), (camera, viewers[1])] {
            turn.connect((from, 0), (to, 0)).unwrap();
        }
        (camera, viewers)
    });
    for number in 0..200 {
        world.turn(|turn| turn.emit(camera, 0, frame(number, true)));
        world.run_until(trellis_media::MediaTime::from_millis(i64::from(number) * 30));
        match number {
            50 => world.turn(|turn| turn.remove(viewers[1])),
            100 => world.turn(|turn| turn.remove(viewers[0])),
            _ => {}
        }
    }
    assert_eq!(world.report().converters.values().sum::<usize>(), 0);
}

#[test]
fn source_had_better_give_what_is_wanted_behind_a_filter() {
    let mut world = Simulation::new(converters(&Log::default()));
    let mut better = |caps: &str| {
        world.turn(|turn| {
            let (camera, filter) = (turn.add(camera(&Log::default())), turn.add(filter()));
            let viewer = turn.add(sink(&Log::default(), Weight::Inline, caps));
            turn.connect((camera, 0), (filter, 0)).unwrap();
            turn.connect((filter, 0), (viewer, 0)).unwrap();
            turn.cheapest(camera, 0, &[Format::encoded(Codec::Vp8), Format::encoded(Codec::Vp9)])
        })
    };
    assert_eq!([better("video/vp9"), better("video/vp8"), better("video/vp8 | video/vp9")], [1, 0, 0]);
}

#[test]
fn a_filter_that_feeds_itself_is_planned_pad_by_pad() {
    let seen = Log::default();
    let mut world = Simulation::new(converters(&Log::default()));
    let camera = world.turn(|turn| {
        let pads = vec![PadSpec::sink(Kind::Video, Caps::any_of(Kind::Video)); 2];
        let sources = vec![PadSpec::source_like(Kind::Video, 0), PadSpec::source_like(Kind::Video, 1)];
        let node = Box::new(PassItems);
        let round = turn.add(Element { name: "round".into(), sinks: pads, sources, live: false, node });
        let (camera, viewer) = (turn.add(camera(&Log::default())), turn.add(sink(&seen, Weight::Inline, "video/vp9")));
        turn.connect((camera, 0), (round, 0)).unwrap();
        turn.connect((round, 1), (round, 1)).unwrap();
        turn.connect((round, 0), (viewer, 0)).unwrap();
        turn.set_format(camera, 0, Format::encoded(Codec::Vp8));
        camera
    });
    world.turn(|turn| turn.emit(camera, 0, frame(0, true)));
    assert_eq!(seen.take(), ["0"]);
}
