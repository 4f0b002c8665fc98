//! How long planning takes: demands, sinks, one more sink, whole pipelines.
//!
//! `cargo bench --bench plan`. The rival in the same run plans every sink on its own: no sharing, the shortest path of
//! each, with the same code.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use trellis::media::{Alternative, Caps, Codec, Field, FieldSet, Format, Profile};
use trellis::negotiator::{Cost, Element, Gives, Link, Network, Pad, Pads, Percent, Problem, Rule, plan, plan_network};

const PICTURE: [Field; 3] = [Field::Width, Field::Height, Field::FrameRate];
const CODECS: [Codec; 5] = [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::H265, Codec::Av1];

fn rule(name: String, from: Format, to: Format, cost: fn(&Format, &Format) -> Cost) -> Rule {
    let (input, output, keep) = (Alternative::like(&from), Alternative::like(&to), FieldSet::of(&PICTURE));
    Rule { name: name.into(), input, output, keep, choose: FieldSet::NONE, cost }
}

fn pixels(format: &Format) -> u64 {
    let (width, height) = format.size().unwrap_or((1_280, 720));
    u64::from(width) * u64::from(height) / 100
}

fn decode(from: &Format, _: &Format) -> Cost {
    Cost { generations: 0, cpu: pixels(from), latency: 0 }
}

fn encode(from: &Format, to: &Format) -> Cost {
    Cost { generations: 1, cpu: pixels(from) * (7 + to.codec().map_or(0, |codec| codec as u64)), latency: 5_000 }
}

/// Decoders of five codecs, encoders of three, a scaler, a changer of frame rates, and packetisers both ways.
fn rules() -> Vec<Rule> {
    let raw = Format::raw_video();
    let mut rules: Vec<Rule> =
        CODECS.iter().map(|codec| rule(format!("{codec}-decode"), Format::encoded(*codec), raw, decode)).collect();
    for codec in [Codec::Vp8, Codec::Vp9, Codec::H264] {
        let output = match codec {
            Codec::H264 => Format::encoded(codec).with_profile(Profile::ConstrainedBaseline),
            _ => Format::encoded(codec),
        };
        let encoder = rule(format!("{codec}-encode"), raw, output, encode);
        rules.push(Rule { choose: FieldSet::of(&[Field::RateClass]), ..encoder });
    }
    let scaler = rule(String::from("scale"), raw, raw, decode);
    rules.push(Rule { choose: FieldSet::of(&[Field::Width, Field::Height]), ..scaler });
    let slower = rule(String::from("frame-rate"), raw, raw, |_, _| Cost { generations: 0, cpu: 100, latency: 0 });
    rules.push(Rule { choose: FieldSet::of(&[Field::FrameRate]), ..slower });
    let kept = FieldSet::ALL.without(FieldSet::of(&[Field::Carriage]));
    for codec in CODECS {
        let (frames, packets) = (Format::encoded(codec), Format::rtp(codec));
        let light = |_: &Format, _: &Format| Cost { generations: 0, cpu: 200, latency: 0 };
        rules.push(Rule { keep: kept, ..rule(format!("{codec}-packetise"), frames, packets, light) });
        rules.push(Rule { keep: kept, ..rule(format!("{codec}-depacketise"), packets, frames, light) });
    }
    rules
}

fn source() -> Format {
    Format::rtp(Codec::H264).with_profile(Profile::High).with_size(1_920, 1_080).with(Field::FrameRate, 30_000)
}

/// Eight distinct demands: three codecs, eight sizes. The planner's closure of them has 65 formats.
fn eight_demands() -> Vec<Caps> {
    let demand = |step: u32| {
        let codec = [Codec::Vp8, Codec::Vp9, Codec::H264][step as usize % 3];
        Caps::like(&[Format::rtp(codec).with_size(160 * (step + 1), 90 * (step + 1))])
    };
    (0..8).map(demand).collect()
}

fn problem<'a>(sinks: &'a [Caps], rules: &'a [Rule]) -> Problem<'a> {
    Problem { source: source(), sinks, rules, running: None }
}

fn sinks(c: &mut Criterion) {
    let (rules, eight) = (rules(), eight_demands());
    let thousand: Vec<Caps> = (0..1_000).map(|sink| eight[sink % 8].clone()).collect();
    let mut group = c.benchmark_group("plan");
    group.bench_function("8 demands", |b| b.iter(|| plan(black_box(&problem(&eight, &rules)))));
    group.bench_function("rival: 8 sinks, each on its own", |b| {
        b.iter(|| {
            eight.iter().map(|sink| plan(&problem(std::slice::from_ref(sink), &rules)).steps.len()).sum::<usize>()
        });
    });
    group.bench_function("1,000 sinks of 8 kinds", |b| b.iter(|| plan(black_box(&problem(&thousand, &rules)))));
    group.bench_function("rival: 1,000 sinks, each on its own", |b| {
        let each = |sink| plan(&problem(std::slice::from_ref(sink), &rules)).steps.len();
        b.iter(|| thousand.iter().map(each).sum::<usize>());
    });
    let running = plan(&problem(&thousand, &rules));
    let rerun = Problem { running: Some(&running), ..problem(&thousand, &rules) };
    group.bench_function("1,000 sinks of 8 kinds, running", |b| b.iter(|| plan(black_box(&rerun))));
    group.finish();
}

fn one_more(c: &mut Criterion) {
    let (rules, eight) = (rules(), eight_demands());
    let mut group = c.benchmark_group("one more sink of a known kind");
    for count in [8_usize, 1_000] {
        // One has joined already, so that the list of sinks has room: it grows by doubling.
        let after = |more: usize| (0..count + more).map(|sink| eight[sink % 8].clone()).collect::<Vec<Caps>>();
        let (none, one, two) = (after(0), after(1), after(2));
        let running = plan(&problem(&none, &rules));
        let joined_by_one = || {
            let mut plan = running.clone();
            assert!(plan.join(&problem(&one, &rules)));
            plan
        };
        let problem = problem(&two, &rules);
        group.bench_function(format!("after {count} sinks"), |b| {
            b.iter_batched_ref(joined_by_one, |plan| assert!(plan.join(&problem)), BatchSize::SmallInput);
        });
    }
    group.finish();
}

fn like(format: Format) -> Caps {
    Caps::like(&[format])
}

/// Pictures of a camera in packets.
fn camera(codec: Codec) -> Format {
    Format::rtp(codec).with_size(1_280, 720).with(Field::FrameRate, 30_000)
}

/// Somebody who has not answered yet, and gives what he answers with.
fn guest() -> Element {
    let gives = |codec| vec![Gives::All(vec![camera(codec)])];
    let option = |codec| Pads { sources: gives(codec), ..Pads::sink(like(Format::rtp(codec))) };
    Element { options: vec![option(Codec::Vp8), option(Codec::H264)] }
}

fn links(pairs: impl IntoIterator<Item = (usize, usize)>) -> Vec<Link> {
    let pad = |element| Pad { element, pad: 0 };
    pairs.into_iter().map(|(source, sink)| Link { source: pad(source), sink: pad(sink) }).collect()
}

/// Ten elements: a camera in VP8, two filters in a row, three guests who have not answered, a recorder, a small
/// preview, a second camera and its detector.
fn conference() -> (Vec<Element>, Vec<Link>) {
    let filter = || Element::new(Pads::same(like(Format::raw_video())));
    let recorder = Caps::like(&[Format::encoded(Codec::Vp8), Format::encoded(Codec::Vp9)]);
    let elements = vec![
        Element::new(Pads::source([camera(Codec::Vp8)])),
        filter(),
        filter(),
        guest(),
        guest(),
        guest(),
        Element::new(Pads::sink(recorder)),
        Element::new(Pads::sink(like(Format::rtp(Codec::Vp8).with_size(640, 360)))),
        Element::new(Pads::source([Format::raw_video().with_size(1_280, 720)])),
        Element::new(Pads::sink(like(Format::raw_video()))),
    ];
    let pairs = [(0, 1), (1, 2), (2, 3), (2, 4), (2, 5), (3, 6), (1, 7), (8, 9)];
    (elements, links(pairs))
}

/// A camera with a thousand viewers of eight kinds, and two guests.
fn broadcast() -> (Vec<Element>, Vec<Link>) {
    let eight = eight_demands();
    let viewers = (0..1_000).map(|viewer| Element::new(Pads::sink(eight[viewer % 8].clone())));
    let first = std::iter::once(Element::new(Pads::source([source()])));
    let elements: Vec<Element> = first.chain(viewers).chain([guest(), guest()]).collect();
    let links = links((1..elements.len()).map(|sink| (0, sink)));
    (elements, links)
}

fn networks(c: &mut Criterion) {
    let rules = rules();
    let mut group = c.benchmark_group("network");
    for (name, (elements, links)) in [("10 elements", conference()), ("1,003 elements", broadcast())] {
        let fresh =
            Network { elements: &elements, links: &links, rules: &rules, running: None, threshold: Percent::default() };
        group.bench_function(name, |b| b.iter(|| plan_network(black_box(&fresh))));
        let running = plan_network(&fresh).expect("a network");
        let rerun = Network { running: Some(&running), ..fresh };
        group.bench_function(format!("{name}, running"), |b| b.iter(|| plan_network(black_box(&rerun))));
    }
    group.finish();
}

criterion_group!(benches, sinks, one_more, networks);
criterion_main!(benches);
