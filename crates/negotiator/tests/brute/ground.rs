//! What can be made of the formats of one pad, and what its sinks may take.

use super::forest::{Arc, Arcs, Take};
use super::reading::{Mask, Named, could_give, fits, justified, mask, preference};
use std::collections::BTreeMap;
use trellis_media::{Alternative, Caps, Field, Format};
use trellis_negotiator::{Rule, Step, Work};

/// Everything that rules could make of formats, were everything asked for.
pub struct Reach {
    /// The given ones first.
    pub formats: Vec<Format>,
    pub sources: usize,
    places: BTreeMap<Format, usize>,
    arcs: Vec<(usize, usize, usize)>,
}

impl Reach {
    pub fn of(sources: &[Format], rules: &[Rule], named: &Named) -> Reach {
        let mut reach =
            Reach { formats: Vec::new(), sources: sources.len(), places: BTreeMap::new(), arcs: Vec::new() };
        for source in sources {
            reach.place(*source);
        }
        let mut next = 0;
        while let Some(input) = reach.formats.get(next).copied() {
            for (index, rule) in rules.iter().enumerate() {
                for output in could_give(rule, &input, named) {
                    let output = reach.place(output);
                    reach.arcs.push((index, next, output));
                }
            }
            next += 1;
        }
        reach
    }

    fn place(&mut self, format: Format) -> usize {
        let next = self.formats.len();
        let place = *self.places.entry(format).or_insert(next);
        if place == next {
            self.formats.push(format);
        }
        place
    }
}

/// For each format, the sets of fields that something behind it can ask for at once.
pub type Asked = Vec<Vec<Mask>>;

/// What is asked of every format, from what is asked of some.
pub fn spread(reach: &Reach, rules: &[Rule], mut asked: Asked) -> Asked {
    loop {
        let mut grown = false;
        for masks in &mut asked {
            for one in 0..masks.len() {
                for other in 0..one {
                    grown |= add(masks, masks[one] | masks[other]);
                }
            }
        }
        for (rule, input, output) in &reach.arcs {
            let rule = &rules[*rule];
            let passing =
                rule.keep.without(rule.choose).iter().fold(0, |mask, field| mask | super::reading::bit(field));
            for place in 0..asked[*output].len() {
                let said = (mask(&rule.output) | asked[*output][place]) & passing;
                grown |= add(&mut asked[*input], said | mask(&rule.input));
            }
        }
        if !grown {
            return asked;
        }
    }
}

pub fn add(masks: &mut Vec<Mask>, mask: Mask) -> bool {
    let new = !masks.contains(&mask);
    if new {
        masks.push(mask);
    }
    new
}

/// Adds what an alternative asks of the formats that fit it.
pub fn ask(reach: &Reach, alternative: &Alternative, asked: &mut Asked) {
    for (format, masks) in reach.formats.iter().zip(asked) {
        if fits(alternative, format) {
            add(masks, mask(alternative));
        }
    }
}

/// Lossy generations, and how far what one sees and hears was changed on the way.
pub type Lost = (u64, u64);

/// The conversions that are asked for, and with how little loss each format can be had.
pub struct Ground {
    pub formats: Vec<Format>,
    /// `None`: it cannot be had.
    pub least: Vec<Option<Lost>>,
    /// Those on a way of the least loss.
    pub arcs: Arcs,
}

impl Ground {
    pub fn of(reach: &Reach, rules: &[Rule], asked: &Asked) -> Ground {
        let mut arcs: Vec<Arc> = Vec::new();
        for (rule, from, to) in &reach.arcs {
            let (input, output) = (&reach.formats[*from], &reach.formats[*to]);
            if *to >= reach.sources && from != to && justified(&rules[*rule], input, output, &asked[*to]) {
                let cost = (rules[*rule].cost)(input, output);
                arcs.push(Arc {
                    rule: *rule,
                    from: *from,
                    to: *to,
                    generations: u64::from(cost.generations),
                    change: changed(input, output),
                    cpu: cost.cpu,
                    latency: u64::from(cost.latency),
                });
            }
        }
        let mut least: Vec<Option<Lost>> = vec![None; reach.formats.len()];
        let sources = &reach.formats[..reach.sources];
        for (source, least) in sources.iter().zip(&mut least) {
            *least = Some((0, lack(source, sources)));
        }
        loop {
            let mut better = false;
            for arc in &arcs {
                let Some((generations, change)) = least[arc.from] else { continue };
                let after = (generations + arc.generations, change + arc.change);
                if least[arc.to].is_none_or(|known| after < known) {
                    (least[arc.to], better) = (Some(after), true);
                }
            }
            if !better {
                break;
            }
        }
        let mut into = vec![Vec::new(); reach.formats.len()];
        for arc in arcs {
            let after =
                least[arc.from].map(|(generations, change)| (generations + arc.generations, change + arc.change));
            if after.is_some() && after == least[arc.to] {
                into[arc.to].push(arc);
            }
        }
        Ground { formats: reach.formats.clone(), least, arcs: Arcs { sources: reach.sources, into } }
    }

    /// Whether a step of a plan is one of the conversions.
    pub fn has(&self, step: &Step) -> bool {
        let of = |format: &Format| self.formats.iter().position(|known| known == format);
        let same = |arc: &Arc| arc.rule == step.rule && Some(arc.from) == of(&step.input);
        of(&step.output).is_some_and(|output| self.arcs.into[output].iter().any(same))
    }

    /// What a sink may take, and the least that is lost with any of it; nothing when it cannot be served. What comes as
    /// it is, is taken as it is.
    pub fn takes(&self, caps: &Caps, work: Work) -> Option<(Vec<Take>, Lost)> {
        let first = |format: usize| preference(caps, &self.formats[format]);
        let take = |format: usize, preference: u64| {
            let cost = work.cost(&self.formats[format]);
            Take { format, cpu: cost.cpu, latency: u64::from(cost.latency), preference }
        };
        let pass = (0..self.arcs.sources).filter_map(|source| {
            let (one, preference) = first(source)?;
            Some((one, self.least[source]?, take(source, preference)))
        });
        let key = |take: &Take| (take.cpu, take.latency, take.preference, take.format);
        if let Some((_, lost, take)) = pass.min_by_key(|(one, lost, take)| (*one, *lost, key(take))) {
            return Some((vec![take], lost));
        }
        let all = (0..self.formats.len()).filter_map(|format| {
            let (_, preference) = first(format)?;
            Some((take(format, preference), self.least[format]?))
        });
        let all: Vec<(Take, Lost)> = all.collect();
        let least = all.iter().map(|(_, lost)| *lost).min()?;
        Some((all.into_iter().filter(|(_, lost)| *lost == least).map(|(take, _)| take).collect(), least))
    }
}

const SEEN_AND_HEARD: [Field; 5] = [Field::Width, Field::Height, Field::FrameRate, Field::SampleRate, Field::Channels];

/// Thousandths of octaves, straight between powers of two.
fn octaves(value: u32) -> u64 {
    let whole = f64::from(value).log2().floor();
    let power = 2_f64.powf(whole);
    (whole * 1_000.0 + ((f64::from(value) - power) * 1_000.0 / power).floor()) as u64
}

/// Thousandths of octaves that are lost of all that one sees and hears; 1,000 where nothing was stated; one more for any
/// change.
fn changed(input: &Format, output: &Format) -> u64 {
    let of = |field: &Field| match (input.value(*field), output.value(*field)) {
        (_, 0) => 0,
        (0, _) => 1_000,
        (before, after) if after > before => 0,
        (before, after) => octaves(before) - octaves(after),
    };
    let same = |field: &Field| [0, input.value(*field)].contains(&output.value(*field));
    let any = if SEEN_AND_HEARD.iter().all(same) { 0 } else { 1 };
    SEEN_AND_HEARD.iter().map(of).sum::<u64>() + any
}

/// What one of several formats lacks of the best of each.
fn lack(format: &Format, all: &[Format]) -> u64 {
    let of = |field: &Field| {
        let best = all.iter().map(|other| other.value(*field)).max().unwrap_or(0);
        if format.value(*field) == 0 { 0 } else { octaves(best) - octaves(format.value(*field)) }
    };
    SEEN_AND_HEARD.iter().map(of).sum()
}

/// How far what one sees and hears was changed along a path from one of several formats that are given.
pub fn changed_on_the_way(path: &[Format], given: &[Format]) -> u64 {
    let steps: u64 = path.windows(2).map(|pair| changed(&pair[0], &pair[1])).sum();
    lack(&path[0], given) + steps
}
