//! Converters like those of a real registry, and plans written as small trees.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fmt::Write;
use trellis_media::{Alternative, Caps, Codec, Constraint, Field, FieldSet, Format, Profile};
use trellis_negotiator::{Cost, Plan, Problem, Rule, plan};

const PICTURE: FieldSet = FieldSet::of(&[Field::Width, Field::Height, Field::FrameRate]);
const SOUND: FieldSet = FieldSet::of(&[Field::SampleRate, Field::Channels]);
const STREAM: FieldSet = FieldSet::of(&[
    Field::Width,
    Field::Height,
    Field::FrameRate,
    Field::SampleRate,
    Field::Channels,
    Field::Profile,
    Field::Reordered,
    Field::RateClass,
]);

/// Pixels a second in millions; 1280x720@30 where a format does not say.
fn megapixels(format: &Format) -> u64 {
    let (width, height) = format.size().unwrap_or((1280, 720));
    let rate = format.stated(Field::FrameRate).unwrap_or(30_000);
    (u64::from(width) * u64::from(height) * u64::from(rate) / 1_000_000_000).max(1)
}

const fn cpu(cpu: u64) -> Cost {
    Cost { generations: 0, cpu, latency: 0 }
}

fn rule(name: impl Into<String>, input: Format, output: Format, cost: fn(&Format, &Format) -> Cost) -> Rule {
    Rule {
        name: name.into().into(),
        input: Alternative::like(&input),
        output: Alternative::like(&output),
        keep: FieldSet::NONE,
        choose: FieldSet::NONE,
        cost,
    }
}

pub fn decode(name: &str, codec: Codec, cost: fn(&Format, &Format) -> Cost) -> Rule {
    Rule { keep: PICTURE, ..rule(name, Format::encoded(codec), Format::raw_video(), cost) }
}

pub fn encode(name: &str, output: Format, cost: fn(&Format, &Format) -> Cost) -> Rule {
    Rule { keep: PICTURE, choose: FieldSet::of(&[Field::RateClass]), ..rule(name, Format::raw_video(), output, cost) }
}

fn scaler() -> Rule {
    let cost = |from: &Format, to: &Format| Cost {
        generations: 0,
        cpu: 300 * megapixels(from).max(megapixels(to)),
        latency: 0,
    };
    Rule {
        keep: FieldSet::of(&[Field::FrameRate]),
        choose: FieldSet::of(&[Field::Width, Field::Height]),
        ..rule("scale", Format::raw_video(), Format::raw_video(), cost)
    }
}

fn rate_changer() -> Rule {
    Rule {
        keep: FieldSet::of(&[Field::Width, Field::Height]),
        choose: FieldSet::of(&[Field::FrameRate]),
        ..rule("frame-rate", Format::raw_video(), Format::raw_video(), |_, _| Cost {
            generations: 0,
            cpu: 100,
            latency: 0,
        })
    }
}

fn video() -> Vec<Rule> {
    let baseline = Format::encoded(Codec::H264).with_profile(Profile::ConstrainedBaseline).with(Field::Reordered, 1);
    vec![
        decode("vp8-decode", Codec::Vp8, |from, _| cpu(1_000 * megapixels(from))),
        decode("vp9-decode", Codec::Vp9, |from, _| cpu(1_200 * megapixels(from))),
        decode("h264-decode", Codec::H264, |from, _| cpu(900 * megapixels(from))),
        decode("av1-decode", Codec::Av1, |from, _| cpu(1_500 * megapixels(from))),
        encode("vp8-encode", Format::encoded(Codec::Vp8), |from, _| Cost {
            generations: 1,
            cpu: 8_000 * megapixels(from),
            latency: 5_000,
        }),
        encode("vp9-encode", Format::encoded(Codec::Vp9), |from, _| Cost {
            generations: 1,
            cpu: 17_000 * megapixels(from),
            latency: 5_000,
        }),
        encode("h264-encode", baseline, |from, _| Cost {
            generations: 1,
            cpu: 7_000 * megapixels(from),
            latency: 5_000,
        }),
        scaler(),
        rate_changer(),
    ]
}

fn sound() -> Vec<Rule> {
    let lossy = |_: &Format, _: &Format| Cost { generations: 1, cpu: 12_000, latency: 20_000 };
    let light = |_: &Format, _: &Format| cpu(2_000);
    let g711 = |_: &Format, _: &Format| Cost { generations: 1, cpu: 50, latency: 0 };
    let raw = |rate| Format::raw_audio(rate, 0);
    let mut opus = rule("opus-encode", raw(48_000), Format::encoded(Codec::Opus), lossy);
    opus.input = opus.input.with(Field::Channels, Constraint::Range(1, 2));
    let mut aac = rule("aac-encode", raw(0), Format::encoded(Codec::Aac), lossy);
    aac.input = aac
        .input
        .with(Field::SampleRate, Constraint::Some([48_000, 44_100].into_iter().collect()))
        .with(Field::Channels, Constraint::Range(1, 2));
    let resample = Rule {
        choose: SOUND,
        ..rule("resample", raw(0), raw(0), |_, _| Cost { generations: 0, cpu: 1_500, latency: 1_000 })
    };
    vec![
        Rule { keep: SOUND, ..rule("opus-decode", Format::encoded(Codec::Opus), raw(0), light) },
        Rule { keep: SOUND, ..rule("aac-decode", Format::encoded(Codec::Aac), raw(0), light) },
        Rule { keep: SOUND, ..rule("vorbis-decode", Format::encoded(Codec::Vorbis), raw(0), light) },
        rule("pcmu-decode", Format::encoded(Codec::Pcmu), Format::raw_audio(8_000, 1), |_, _| cpu(50)),
        rule("pcma-decode", Format::encoded(Codec::Pcma), Format::raw_audio(8_000, 1), |_, _| cpu(50)),
        Rule { keep: SOUND, ..opus },
        Rule { keep: SOUND, ..aac },
        Rule { keep: SOUND, ..rule("pcmu-encode", Format::raw_audio(8_000, 1), Format::encoded(Codec::Pcmu), g711) },
        Rule { keep: SOUND, ..rule("pcma-encode", Format::raw_audio(8_000, 1), Format::encoded(Codec::Pcma), g711) },
        resample,
    ]
}

/// Decoders, encoders, scalers, resamplers and packetisers as a server has them.
pub fn rules() -> Vec<Rule> {
    let mut rules = video();
    rules.extend(sound());
    for codec in [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1, Codec::Opus, Codec::Pcmu, Codec::Pcma] {
        let (frames, packets) = (Format::encoded(codec), Format::rtp(codec));
        let cost = |_: &Format, _: &Format| cpu(200);
        rules.push(Rule { keep: STREAM, ..rule(format!("{codec}-depacketise"), packets, frames, cost) });
        rules.push(Rule { keep: STREAM, ..rule(format!("{codec}-packetise"), frames, packets, cost) });
    }
    rules
}

pub fn caps(text: &str) -> Caps {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub fn format(text: &str) -> Format {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The plan of a problem as a tree: what each step makes, `<-` which sinks take it.
pub fn sketch(problem: &Problem) -> String {
    let plan = plan(problem);
    let mut text = format!("{}{}\n", problem.source, takers(&plan, None));
    branch(problem, &plan, None, 1, &mut text);
    for unserved in &plan.unserved {
        let _ = writeln!(text, "sink {}: {unserved}", unserved.sink);
    }
    let Cost { generations, cpu, latency } = plan.cost;
    let _ = write!(text, "{generations} lossy, {cpu} us/s, {latency} us late");
    text.push_str(if plan.proven { "\n" } else { ", not proven\n" });
    text
}

fn branch(problem: &Problem, plan: &Plan, parent: Option<usize>, depth: usize, text: &mut String) {
    for (index, step) in plan.steps.iter().enumerate().filter(|(_, step)| step.parent == parent) {
        let name = &problem.rules[step.rule].name;
        let _ = writeln!(text, "{}{name}: {}{}", "  ".repeat(depth), step.output, takers(plan, Some(index)));
        branch(problem, plan, Some(index), depth + 1, text);
    }
}

fn takers(plan: &Plan, step: Option<usize>) -> String {
    let takers: Vec<usize> = (0..plan.sinks.len())
        .filter(|sink| plan.sinks[*sink].is_some_and(|attachment| attachment.step == step))
        .collect();
    match takers.as_slice() {
        [] => String::new(),
        [first, .., last] if takers.len() > 5 => format!(" <- {first} to {last} ({})", takers.len()),
        some => format!(" <- {}", some.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")),
    }
}
