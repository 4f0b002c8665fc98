//! Pipelines are planned as a whole: what a filter or a source had better give depends on what is wanted behind it.

mod common;

use common::*;
use trellis_graph::{Context, Cost, Element, ElementId, Node, NodeError, PadSpec, Simulation, Turn, Weight, Work};
use trellis_media::{Caps, Codec, Format, Item, Kind, MediaTime};

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

/// A camera of VP8, and two viewers of VP9: one behind a filter, one beside it.
fn camera_with_a_filtered_viewer_and_a_plain_one(turn: &mut Turn<'_>) -> (ElementId, [ElementId; 2]) {
    let (camera, filter) = (turn.add(camera(&Log::default())), turn.add(filter()));
    let viewers = [0, 1].map(|_| turn.add(sink(&Log::default(), Weight::Inline, "video/vp9")));
    turn.set_format(camera, 0, Format::encoded(Codec::Vp8));
    for (from, to) in [(camera, filter), (filter, viewers[0]), (camera, viewers[1])] {
        turn.connect((from, 0), (to, 0)).unwrap();
    }
    (camera, viewers)
}

#[test]
fn converter_before_a_filter_goes_with_the_viewer_behind_it() {
    let log = Log::default();
    let mut world = Simulation::new(converters(&log));
    let (camera, viewers) = world.turn(camera_with_a_filtered_viewer_and_a_plain_one);
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

/// Work that costs a millisecond a second for each 1,000 pixels, and takes 3 ms for a picture.
fn drawing() -> Work {
    Work::new(|taken| {
        let (width, height) = taken.size().unwrap_or_default();
        Cost { cpu: u64::from(width) * u64::from(height), latency: 3_000, ..Cost::default() }
    })
}

#[test]
fn a_filter_that_works_is_given_the_small_picture_that_is_wanted_behind_it() {
    let mut world = Simulation::new(stage::codecs());
    let raw: Caps = "video/raw".parse().unwrap();
    let (camera, hat) = world.turn(|turn| {
        let camera = turn.add(camera(&Log::default()));
        let mut hat = Element::filter("hat", Kind::Video, raw, PassItems);
        hat.sinks = hat.sinks.into_iter().map(|pad| pad.working(drawing())).collect();
        let hat = turn.add(hat);
        let viewer = turn.add(sink(&Log::default(), Weight::Inline, "video/raw 320x180"));
        turn.set_format(camera, 0, Format::raw_video().with_size(1_280, 720));
        turn.connect((hat, 0), (viewer, 0)).unwrap();
        turn.connect((camera, 0), (hat, 0)).unwrap();
        (camera, hat)
    });
    world.turn(|turn| turn.emit(camera, 0, frame(0, true)));
    let report = world.report();
    let hat = report.nodes.iter().find(|node| node.key == hat).unwrap();
    assert_eq!(hat.work, Cost { generations: 0, cpu: 320 * 180, latency: 3_000 });
    // The scaler before it, and its own work.
    assert_eq!(hat.latency, MediaTime::from_millis(1 + 3));
    assert_eq!(report.latency, hat.latency);
}

#[test]
fn what_is_promised_follows_the_format_that_an_element_works_on() {
    let work = Work::new(|taken| Cost { latency: taken.size().map_or(0, |size| size.0), ..Cost::default() });
    let mut world = Simulation::new(stage::codecs());
    let camera = world.turn(|turn| {
        let camera = turn.add(camera(&Log::default()));
        let pad = PadSpec::sink(Kind::Video, Caps::any_of(Kind::Video)).working(work);
        let mixer = turn.add(element("mixer", vec![pad], 0, false, PassItems));
        turn.connect((camera, 0), (mixer, 0)).unwrap();
        camera
    });
    let mut promised = |width| {
        world.turn(|turn| turn.set_format(camera, 0, Format::raw_video().with_size(width, 480)));
        world.report().latency
    };
    assert_eq!([640, 1_280].map(&mut promised), [640, 1_280].map(MediaTime::from_micros));
}

#[test]
fn a_detector_beside_a_filter_delays_nobody() {
    let takes = |millis: u32| match millis {
        2 => Work::new(|_| Cost { latency: 2_000, ..Cost::default() }),
        _ => Work::new(|_| Cost { latency: 50_000, ..Cost::default() }),
    };
    let pad = |work| PadSpec::sink(Kind::Video, Caps::any_of(Kind::Video)).working(work);
    let mut world = Simulation::new(stage::codecs());
    world.turn(|turn| {
        let detector = turn.add(element("detector", vec![pad(takes(50))], 1, false, PassAll(Weight::Inline)));
        let sinks = vec![pad(takes(2)), pad(Work::NONE)];
        let sources = vec![PadSpec::source_like(Kind::Video, 0); 2];
        let node = Box::new(PassItems);
        let filter = turn.add(Element { name: "filter".into(), sinks, sources, live: false, node });
        let (camera, viewer) =
            (turn.add(camera(&Log::default())), turn.add(sink(&Log::default(), Weight::Inline, "video/vp8")));
        for (from, to) in [((camera, 0), (filter, 0)), ((filter, 1), (detector, 0)), ((filter, 0), (viewer, 0))] {
            turn.connect(from, to).unwrap();
        }
        turn.connect((detector, 0), (filter, 1)).unwrap();
        turn.set_format(camera, 0, Format::encoded(Codec::Vp8));
    });
    let promised = |name: &str| {
        let report = world.report();
        report.nodes.iter().find(|node| &*node.name == name).map(|node| node.latency.millis())
    };
    assert_eq!([promised("filter"), promised("sink")], [Some(2), Some(2)]);
    assert_eq!(promised("detector"), Some(52));
}

#[test]
fn a_change_plans_the_whole_once_for_all_trees_that_change() {
    let mut world = Simulation::new(converters(&Log::default()));
    let (camera, viewers) = world.turn(camera_with_a_filtered_viewer_and_a_plain_one);
    world.turn(|turn| turn.emit(camera, 0, frame(0, true)));
    world.turn(|turn| turn.disconnect(viewers[1], 0));
    let before = world.report();
    assert_eq!(before.plans[0].steps.len(), 1, "the encoder stands before the filter");
    // The tree behind the filter changes, and the camera's with it.
    world.turn(|turn| turn.disconnect(viewers[0], 0));
    let after = world.report();
    assert_eq!(after.plans[0].steps.len(), 0);
    assert_eq!(after.solved - before.solved, 1);
}

/// A party of a room: a port leads its camera to the mixer, another one what is mixed to its viewer.
fn join(turn: &mut Turn<'_>, mixer: ElementId, place: usize) {
    let (camera, viewer) =
        (turn.add(camera(&Log::default())), turn.add(sink(&Log::default(), Weight::Inline, "video/vp9")));
    let ports = [turn.add(filter()), turn.add(filter())];
    turn.set_format(camera, 0, Format::encoded(Codec::Vp8));
    let links = [
        ((camera, 0), (ports[0], 0)),
        ((ports[0], 0), (mixer, place)),
        ((mixer, 0), (ports[1], 0)),
        ((ports[1], 0), (viewer, 0)),
    ];
    for (from, to) in links {
        turn.connect(from, to).unwrap();
    }
}

#[test]
fn who_joins_a_room_is_planned_with_those_alone_who_are_given_the_same() {
    const PARTIES: usize = 20;
    let mut world = Simulation::new(converters(&Log::default()));
    let mixer = world.turn(|turn| {
        let sinks = (0..PARTIES).map(|_| PadSpec::sink(Kind::Video, "video/vp9".parse().unwrap())).collect();
        let mixer = turn.add(element("mixer", sinks, 1, true, Camera(Log::default())));
        turn.set_format(mixer, 0, Format::encoded(Codec::Vp8));
        mixer
    });
    for place in 0..PARTIES {
        let before = world.report();
        world.turn(|turn| join(turn, mixer, place));
        let after = world.report();
        let (solved, planned) = (after.solved - before.solved, after.planned - before.planned);
        println!("party {place}: {solved} plans of {planned} source pads");
        assert!(solved <= 8, "party {place}: {solved} plans");
        // The way of its camera, and a few times the mixer with a port for each party.
        assert!(planned <= 16 + 4 * place as u64, "party {place}: {planned} source pads");
        world.turn(|turn| turn.emit(mixer, 0, frame(place as u32, true)));
    }
    world.run_until(MediaTime::from_secs(5));
    let converters = world.report().converters;
    assert_eq!(converters["toy/vp8-to-vp9"], PARTIES + 1, "each party's camera is converted, and once the mix");
}
