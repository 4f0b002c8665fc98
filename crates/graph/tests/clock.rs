//! Flash and beep: what was seen and heard together comes out together, and in time, though packets are lost, arrive
//! when they like, and the source's clock runs wrong.

mod common;

use std::sync::{Arc, Mutex};
use trellis_graph::world::{Arrival, Camera, Collector, DriftingClock, Line, World};
use trellis_graph::{Context, Element, Node, NodeError, Registry};
use trellis_media::{Caps, Codec, Format, Item, Kind, MediaTime, SourceClock};

/// What stands behind the line: an endpoint that puts the source's stamps onto the pipeline's clock.
struct Endpoint(Arc<Mutex<SourceClock>>);

impl Node for Endpoint {
    fn process(&mut self, input: usize, mut item: Item, cx: &mut Context) -> Result<(), NodeError> {
        let mut clock = self.0.lock().unwrap();
        clock.observe(item.time, cx.now());
        item.time = clock.time(item.time).expect("something was observed");
        cx.emit(input, item);
        Ok(())
    }
}

fn millis(millis: i64) -> MediaTime {
    MediaTime::from_millis(millis)
}

/// Sound and pictures of one source over two bad lines; what arrives of each.
struct Call {
    world: World,
    clock: DriftingClock,
    arrived: [Collector; 2],
}

const INTERVALS: [i64; 2] = [20, 40];

impl Call {
    fn new(seed: u64, drift_ppm: f64) -> Call {
        let mut world = World::new(Registry::default(), seed);
        let clock = DriftingClock { offset: MediaTime::from_secs(12_345), drift_ppm };
        let shared = Arc::new(Mutex::new(SourceClock::new()));
        let arrived = [Collector::default(), Collector::default()];
        let formats = [Format::encoded(Codec::Opus), Format::encoded(Codec::Vp8)];
        for (place, kind) in [Kind::Audio, Kind::Video].into_iter().enumerate() {
            let source = Camera::sound(formats[place]);
            let source = world.camera(Camera { interval: millis(INTERVALS[place]), clock, ..source });
            let delay = millis([30, 45][place]);
            let line = world.line(Line { kind, delay, jitter: millis(40), loss: 0.05, ..Line::default() });
            let any = Caps::any_of(kind);
            let endpoint = Element::filter("endpoint", kind, any.clone(), Endpoint(Arc::clone(&shared)));
            let end = arrived[place].element("end", kind, any);
            let (endpoint, end) = world.pipeline.turn(|turn| (turn.add(endpoint), turn.add(end)));
            world.chain(&[source, line, endpoint, end]);
        }
        Call { world, clock, arrived }
    }

    /// When on the pipeline's clock the source took a frame.
    fn taken(&self, kind: usize, arrival: &Arrival) -> MediaTime {
        let number = i64::try_from(arrival.number.expect("a camera's frame")).unwrap();
        self.clock.when(self.clock.shows(MediaTime::from_nanos(1)) + millis(number * INTERVALS[kind]))
    }
}

/// Times of the flashes, or of the beeps, one each second of the source, by their second.
fn marks(kind: usize, arrived: &[Arrival]) -> Vec<(u64, MediaTime)> {
    let each_second = 1_000 / INTERVALS[kind] as u64;
    let marks = arrived.iter().filter_map(|arrival| Some((arrival.number?, arrival.time)));
    marks.filter(|(number, _)| number % each_second == 0).map(|(number, time)| (number / each_second, time)).collect()
}

#[test]
fn flash_and_beep_stay_within_20_ms_of_each_other_and_of_the_clock_for_half_an_hour() {
    for (seed, drift_ppm) in [(1, 300.0), (2, -300.0), (3, 0.0), (4, 100.0)] {
        let mut call = Call::new(seed, drift_ppm);
        // The clocks are got to know.
        call.world.run_for(MediaTime::from_secs(60));
        call.arrived.iter().for_each(|collector| drop(collector.take()));
        call.world.run_for(MediaTime::from_secs(1_800));
        let arrived = [0, 1].map(|kind| call.arrived[kind].take());
        let [beeps, flashes] = [0, 1].map(|kind| marks(kind, &arrived[kind]));
        let pairs = flashes.iter().filter_map(|(second, flash)| {
            let (_, beep) = beeps.iter().find(|(other, _)| other == second)?;
            Some((*flash - *beep).nanos().abs())
        });
        let apart: Vec<i64> = pairs.collect();
        assert!(apart.len() > 1_500, "{} pairs of 1800 were heard and seen", apart.len());
        let most = apart.into_iter().max().unwrap_or(0) / 1_000;
        assert!(most < 20_000, "seed {seed}, {drift_ppm} ppm: flash and beep are {most} us apart");
        for (kind, arrived) in arrived.iter().enumerate() {
            // The least delay of the faster line is 30 ms.
            let late = arrived.iter().map(|it| (it.time - call.taken(kind, it) - millis(30)).nanos() / 1_000);
            let (low, high) = late.fold((i64::MAX, i64::MIN), |(low, high), late| (low.min(late), high.max(late)));
            assert!(low > -20_000 && high < 20_000, "seed {seed}, {drift_ppm} ppm, {kind}: {low} to {high} us off");
            assert!(arrived.windows(2).all(|pair| pair[0].time < pair[1].time), "times grow");
        }
    }
}

#[test]
fn drift_is_found_within_thirty_parts_in_a_million() {
    for drift_ppm in [-300.0, 0.0, 50.0, 300.0] {
        let mut clock = SourceClock::new();
        let source = DriftingClock { offset: MediaTime::from_secs(-99), drift_ppm };
        let mut random = trellis_graph::world::Random::new(7);
        for number in 0..50 * 120 {
            let now = millis(number * 20);
            clock.observe(source.shows(now), now + millis(30) + random.time(millis(40)));
        }
        assert!((clock.drift_ppm() - drift_ppm).abs() < 30.0, "{} ppm for {drift_ppm}", clock.drift_ppm());
    }
}

#[test]
fn source_whose_clock_is_set_anew_is_followed_at_once() {
    let mut clock = SourceClock::new();
    assert_eq!(clock.time(millis(5)), None);
    for number in 0..1_000 {
        clock.observe(millis(number * 20), millis(number * 20 + 30));
    }
    assert_eq!(clock.time(millis(20_000)), Some(millis(20_030)));
    clock.observe(MediaTime::from_secs(7_200), millis(20_030));
    assert_eq!(clock.time(MediaTime::from_secs(7_200)), Some(millis(20_030)));
}

#[test]
fn packet_that_is_very_late_once_moves_nobody() {
    let mut clock = SourceClock::new();
    for number in 0..3_000 {
        let late = if number == 1_500 { 3_000 } else { 30 };
        clock.observe(millis(number * 20), millis(number * 20 + late));
        let time = clock.time(millis(number * 20)).expect("observed");
        assert!((time - millis(number * 20 + 30)).nanos().abs() < 1_000_000, "{number}: {time}");
    }
}

#[test]
fn line_that_has_become_longer_is_followed_after_two_seconds() {
    let mut clock = SourceClock::new();
    let delay = |number: i64| if number < 1_500 { 30 } else { 830 };
    for number in 0..1_600 {
        clock.observe(millis(number * 20), millis(number * 20 + delay(number)));
    }
    let time = clock.time(millis(32_000)).expect("observed");
    assert!((time - millis(32_830)).nanos().abs() < 1_000_000, "{time}");
}
