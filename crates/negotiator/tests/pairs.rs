//! Every codec that the project knows, to every codec: served when it is the same, or when there is a decoder for the
//! one and an encoder for the other; else refused for the right reason.

use trellis_media::{Alternative, Caps, Codec, Constraint, Field, FieldSet, Format, Kind};
use trellis_negotiator::{Cost, Plan, Problem, Rule, plan};

/// Codecs with an encoder, as in the project's registry. There is a decoder for every codec.
const ENCODED: [Codec; 7] = [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Opus, Codec::Aac, Codec::Pcmu, Codec::Pcma];
/// Codecs with an RTP payload format, as in the project's registry.
const PACKETISED: [Codec; 9] =
    [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::H265, Codec::Av1, Codec::Opus, Codec::Pcmu, Codec::Pcma, Codec::G722];

const MEDIA: [Field; 5] = [Field::Width, Field::Height, Field::FrameRate, Field::SampleRate, Field::Channels];

fn rule(name: String, from: Format, to: Format, cost: fn(&Format, &Format) -> Cost) -> Rule {
    let (input, output) = (Alternative::like(&from), Alternative::like(&to));
    Rule { name: name.into(), input, output, keep: FieldSet::of(&MEDIA), choose: FieldSet::NONE, cost }
}

fn raw(codec: Codec) -> Format {
    if codec.kind() == Kind::Video { Format::raw_video() } else { Format::raw_audio(0, 0) }
}

fn clean(_: &Format, _: &Format) -> Cost {
    Cost { generations: 0, cpu: 100, latency: 0 }
}

fn lossy(_: &Format, _: &Format) -> Cost {
    Cost { generations: 1, cpu: 1_000, latency: 0 }
}

fn rules() -> Vec<Rule> {
    let mut rules: Vec<Rule> = Codec::ALL
        .iter()
        .map(|codec| rule(format!("{codec}-decode"), Format::encoded(*codec), raw(*codec), clean))
        .collect();
    for codec in ENCODED {
        let mut encode = rule(format!("{codec}-encode"), raw(codec), Format::encoded(codec), lossy);
        let rates: Option<&[u32]> = match codec {
            Codec::Opus => Some(&[48_000]),
            Codec::Aac => Some(&[48_000, 44_100]),
            Codec::Pcmu | Codec::Pcma => Some(&[8_000]),
            _ => None,
        };
        if let Some(rates) = rates.and_then(|rates| Constraint::some(rates.iter().copied())) {
            encode.input = encode.input.with(Field::SampleRate, rates);
        }
        rules.push(encode);
    }
    for codec in PACKETISED {
        rules.push(rule(format!("{codec}-packetise"), Format::encoded(codec), Format::rtp(codec), clean));
        rules.push(rule(format!("{codec}-depacketise"), Format::rtp(codec), Format::encoded(codec), clean));
    }
    let resample = rule(String::from("resample"), Format::raw_audio(0, 0), Format::raw_audio(0, 0), clean);
    rules.push(Rule { choose: FieldSet::of(&[Field::SampleRate, Field::Channels]), ..resample });
    rules
}

fn planned(rules: &[Rule], source: Format, sink: &Format) -> Plan {
    plan(&Problem { source, sinks: &[Caps::like(&[*sink])], rules, running: None })
}

fn names(rules: &[Rule], plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| rules[step.rule].name.to_string()).collect()
}

/// The steps from one codec to another, as frames, without a resampler.
fn expected(from: Codec, to: Codec) -> Option<Vec<String>> {
    if from == to {
        return Some(Vec::new());
    }
    let can = from.kind() == to.kind() && ENCODED.contains(&to);
    can.then(|| vec![format!("{from}-decode"), format!("{to}-encode")])
}

#[test]
fn frames_of_every_codec_become_frames_of_every_codec_that_has_an_encoder() {
    let rules = rules();
    let (mut served, mut refused) = (0, 0);
    for from in Codec::ALL.iter().copied() {
        for to in Codec::ALL.iter().copied() {
            let plan = planned(&rules, Format::encoded(from), &Format::encoded(to));
            let steps: Vec<String> = names(&rules, &plan).into_iter().filter(|name| name != "resample").collect();
            let Some(expected) = expected(from, to) else {
                let failing: Vec<Field> =
                    plan.unserved[0].closest.iter().flat_map(|closest| closest.failing.iter().copied()).collect();
                let wrong = if from.kind() == to.kind() { Field::Codec } else { Field::Kind };
                assert!(failing.contains(&wrong), "{from} to {to}: {}", plan.unserved[0]);
                refused += 1;
                continue;
            };
            assert!(plan.proven && plan.unserved.is_empty(), "{from} to {to}");
            assert_eq!((steps, plan.cost.generations), (expected, u32::from(from != to)), "{from} to {to}");
            served += 1;
        }
    }
    // Each to itself, and each to the encoders of its kind: 11 codecs of pictures and 3 encoders, 14 of sound and 4.
    assert_eq!((served, refused), (25 + 3 * 10 + 4 * 13, 25 * 25 - 25 - 3 * 10 - 4 * 13));
}

#[test]
fn packets_of_every_codec_become_packets_of_every_codec_that_has_encoder_and_packetiser() {
    let rules = rules();
    for from in PACKETISED {
        for to in PACKETISED {
            let plan = planned(&rules, Format::rtp(from), &Format::rtp(to));
            let steps: Vec<String> = names(&rules, &plan).into_iter().filter(|name| name != "resample").collect();
            let ends = |middle: Vec<String>| {
                [vec![format!("{from}-depacketise")], middle, vec![format!("{to}-packetise")]].concat()
            };
            let expected = if from == to { Some(Vec::new()) } else { expected(from, to).map(ends) };
            assert_eq!(plan.sinks[0].is_some(), expected.is_some(), "{from} to {to}");
            assert_eq!(steps, expected.unwrap_or_default(), "{from} to {to}");
        }
    }
}

#[test]
fn every_codec_is_decoded_for_who_takes_raw_media() {
    let rules = rules();
    for codec in Codec::ALL.iter().copied() {
        let plan = planned(&rules, Format::encoded(codec), &raw(codec));
        assert_eq!(names(&rules, &plan), [format!("{codec}-decode")]);
        assert_eq!(plan.cost.generations, 0);
    }
}

#[test]
fn sound_is_resampled_only_for_encoders_that_want_another_rate() {
    let rules = rules();
    for from in Codec::ALL.iter().copied().filter(|codec| codec.kind() == Kind::Audio) {
        for to in [Codec::Opus, Codec::Aac, Codec::Pcmu, Codec::Pcma].into_iter().filter(|to| *to != from) {
            for rate in [8_000, 44_100, 48_000] {
                let source = Format::encoded(from).with_sampling(rate, 1);
                let plan = planned(&rules, source, &Format::encoded(to));
                let takes: &[u32] = match to {
                    Codec::Opus => &[48_000],
                    Codec::Aac => &[48_000, 44_100],
                    _ => &[8_000],
                };
                let resampled = names(&rules, &plan).contains(&String::from("resample"));
                assert_eq!(resampled, !takes.contains(&rate), "{from} at {rate} to {to}");
            }
        }
    }
}
