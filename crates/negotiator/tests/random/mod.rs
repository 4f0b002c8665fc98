//! Random problems: few fields with few values, so that everything meets everything, and costs that tie often.
#![allow(dead_code, reason = "each test file uses a part of it")]

use trellis_media::{Alternative, Caps, Codec, Constraint, Field, FieldSet, Format};
use trellis_negotiator::{
    Cost, Element, Follows, Gives, Link, Network, NetworkPlan, Pad, Pads, Percent, Problem, Rule, Work,
};

/// The fields that vary, and their largest value: 36 formats. The first is there always; the others may be not stated.
pub const FIELDS: [(Field, u32); 3] = [(Field::Codec, 4), (Field::Width, 2), (Field::RateClass, 2)];

/// SplitMix64 (public domain, S. Vigna).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    pub fn below(&mut self, limit: u32) -> u32 {
        (self.next() % u64::from(limit)) as u32
    }

    pub fn one_in(&mut self, many: u32) -> bool {
        self.below(many) == 0
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A cost that depends on both formats in no way that one could guess, with few distinct values, so that ties happen.
fn cost(salt: u64, input: &Format, output: &Format, lossy: u64) -> Cost {
    let of = |format: &Format| FIELDS.iter().fold(0, |sum, (field, _)| sum * 7 + u64::from(format.value(*field)));
    let bits = mix(salt ^ of(input) << 32 ^ of(output));
    Cost { generations: u32::from(bits % 5 < lossy), cpu: 1 + bits / 8 % 4, latency: (bits / 64 % 3) as u32 }
}

const COSTS: [fn(&Format, &Format) -> Cost; 4] =
    [|a, b| cost(1, a, b, 0), |a, b| cost(2, a, b, 1), |a, b| cost(3, a, b, 5), |a, b| cost(4, a, b, 2)];

/// Half of the elements work on what they take.
fn work(random: &mut Random) -> Work {
    const WORKS: [fn(&Format) -> Cost; 2] = [|taken| cost(5, taken, taken, 0), |taken| cost(6, taken, taken, 0)];
    match random.below(4) {
        of @ 0..=1 => Work::new(WORKS[of as usize]),
        _ => Work::NONE,
    }
}

fn constraint(random: &mut Random, largest: u32) -> Constraint {
    match random.below(4) {
        0 | 1 => Constraint::Some((0..2).map(|_| 1 + random.below(largest)).collect()),
        _ => Constraint::One(1 + random.below(largest)),
    }
}

fn alternative(random: &mut Random, one_in: u32) -> Alternative {
    let mut alternative = Alternative::any();
    for (index, (field, largest)) in FIELDS.into_iter().enumerate() {
        if index == 0 || random.one_in(one_in) {
            alternative = alternative.with(field, constraint(random, largest));
        }
    }
    alternative
}

fn caps(random: &mut Random) -> Caps {
    (0..1 + random.below(2)).map(|_| alternative(random, 4)).collect()
}

fn format(random: &mut Random) -> Format {
    FIELDS.iter().fold(Format::encoded(Codec::Vp8), |format, (field, largest)| {
        let least = u32::from(*field == Field::Codec);
        format.with(*field, least + random.below(largest + 1 - least))
    })
}

fn rule(random: &mut Random, index: usize) -> Rule {
    let mut fields: [Vec<Field>; 2] = Default::default();
    for (field, _) in &FIELDS[1..] {
        match random.below(6) {
            0..=2 => fields[0].push(*field),
            3 => fields[1].push(*field),
            4 => fields.iter_mut().for_each(|fields| fields.push(*field)),
            _ => {}
        }
    }
    Rule {
        name: format!("r{index}").into(),
        input: alternative(random, 10),
        output: alternative(random, 8),
        keep: FieldSet::of(&[&[Field::Kind, Field::Carriage], fields[0].as_slice()].concat()),
        choose: FieldSet::of(&fields[1]),
        cost: COSTS[random.below(4) as usize],
    }
}

fn rules(random: &mut Random) -> Vec<Rule> {
    (0..3 + random.below(5) as usize).map(|index| rule(random, index)).collect()
}

/// One source pad with 3 to 6 sinks.
#[derive(Clone)]
pub struct Case {
    pub source: Format,
    pub sinks: Vec<Caps>,
    pub rules: Vec<Rule>,
}

impl Case {
    pub fn random(seed: u64) -> Case {
        let random = &mut Random(seed);
        let (source, rules) = (format(random), rules(random));
        let mut sinks: Vec<Caps> = Vec::new();
        for _ in 0..3 + random.below(4) {
            let again = sinks.len().checked_sub(1).filter(|_| random.one_in(4)).map(|last| sinks[last].clone());
            sinks.push(again.unwrap_or_else(|| caps(random)));
        }
        Case { source, sinks, rules }
    }

    pub fn problem(&self) -> Problem<'_> {
        Problem { source: self.source, sinks: &self.sinks, rules: &self.rules, running: None }
    }
}

/// A network with 3 to 6 sink pads, and at least one filter or one element with a choice.
#[derive(Clone)]
pub struct Pipeline {
    pub elements: Vec<Element>,
    pub links: Vec<Link>,
    pub rules: Vec<Rule>,
}

impl Pipeline {
    pub fn random(seed: u64) -> Pipeline {
        // Other problems than those of single pads.
        let random = &mut Random(seed ^ 0x0070_6970_656c_696e);
        let rules = rules(random);
        let mut pipeline = Pipeline { elements: vec![source(random)], links: Vec::new(), rules };
        let (filters, endpoints) = [(1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1)][random.below(6) as usize];
        for _ in 0..filters {
            pipeline.feed(random, filter);
        }
        for _ in 0..endpoints {
            pipeline.feed(random, endpoint);
        }
        let sinks = 3 + random.below(4) as usize;
        while pipeline.links.len() < sinks {
            pipeline.add_sink(random);
        }
        pipeline
    }

    /// Adds an element whose sink pad is fed by one of those before it.
    fn feed(&mut self, random: &mut Random, make: fn(&mut Random) -> Element) {
        let givers = self.elements.iter().enumerate().filter(|(_, element)| !element.options[0].sources.is_empty());
        let givers: Vec<usize> = givers.map(|(place, _)| place).collect();
        let source = Pad { element: givers[random.below(givers.len() as u32) as usize], pad: 0 };
        self.links.push(Link { source, sink: Pad { element: self.elements.len(), pad: 0 } });
        self.elements.push(make(random));
    }

    pub fn add_endpoint(&mut self, random: &mut Random) {
        self.feed(random, endpoint);
    }

    pub fn add_sink(&mut self, random: &mut Random) {
        self.feed(random, |random| Element::new(Pads::sink(caps(random)).working(work(random))));
    }

    /// Whether a source pad is that of a filter.
    pub fn follows(&self, source: Pad) -> bool {
        matches!(self.elements[source.element].options[0].sources[source.pad], Gives::Follows(_))
    }

    pub fn network(&self) -> Network<'_> {
        let (elements, links, rules) = (&self.elements, &self.links, &self.rules);
        Network { elements, links, rules, running: None, threshold: Percent::default() }
    }

    pub fn running<'a>(&'a self, running: &'a NetworkPlan, threshold: u32) -> Network<'a> {
        Network { running: Some(running), threshold: Percent(threshold), ..self.network() }
    }
}

/// One format, two at once, or one of two.
fn source(random: &mut Random) -> Element {
    match random.below(4) {
        0 => Element { options: (0..2).map(|_| Pads::source([format(random)])).collect() },
        1 => Element::new(Pads::source(two_formats(random))),
        _ => Element::new(Pads::source([format(random)])),
    }
}

fn two_formats(random: &mut Random) -> Vec<Format> {
    let mut formats = vec![format(random), format(random)];
    formats.dedup();
    formats
}

fn filter(random: &mut Random) -> Element {
    let fields = FIELDS.iter().filter(|_| !random.one_in(4)).map(|(field, _)| *field).collect::<Vec<Field>>();
    let keep = FieldSet::of(&[&[Field::Kind, Field::Carriage], fields.as_slice()].concat());
    let mut output = Alternative::any();
    if !keep.contains(Field::Codec) || random.one_in(4) {
        output = output.with(Field::Codec, constraint(random, 4));
    }
    if random.one_in(6) {
        output = output.with(Field::Width, constraint(random, 2));
    }
    let follows = Follows { sink: 0, output, keep };
    let sources = vec![Gives::Follows(Box::new(follows))];
    Element::new(Pads { sinks: vec![caps(random)], sources, work: vec![work(random)] })
}

/// Two or three answers, each with what it accepts and what it gives.
fn endpoint(random: &mut Random) -> Element {
    let pads = |random: &mut Random| {
        let gives = if random.one_in(8) { Gives::Nothing } else { Gives::All(vec![format(random)]) };
        Pads { sinks: vec![caps(random)], sources: vec![gives], work: vec![work(random)] }
    };
    Element { options: (0..2 + random.below(2)).map(|_| pads(random)).collect() }
}
