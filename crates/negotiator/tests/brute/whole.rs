//! Whole networks: every combination of options, every format into every filter.

use super::Total;
use super::forest::{Take, Wish, best_forest};
use super::ground::{Asked, Ground, Reach, add, ask, changed_on_the_way, spread};
use super::reading::{Mask, Named, bit, fits, follow, mask, preference};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use trellis_media::{Caps, Format};
use trellis_negotiator::{Cost, Follows, Gives, Network, Pad, Work};

/// More trials than this for one network are not made.
const BUDGET: u64 = 30_000;

/// A filter, with every format that it could be given.
struct Filter {
    ends: u64,
    inputs: Vec<Input>,
}

struct Input {
    format: usize,
    preference: u64,
    /// What is lost before the filter, and everything behind it.
    causes: Total,
}

/// A network under one combination of options.
pub struct World<'n> {
    pub network: &'n Network<'n>,
    pub named: Rc<Named>,
    pub choices: Vec<usize>,
    budget: u64,
    reaches: BTreeMap<Vec<Format>, Rc<Reach>>,
    solved: BTreeMap<(Pad, Vec<Format>), Option<Total>>,
}

/// What the oracle found.
#[derive(Clone, Debug)]
pub struct Found {
    pub total: Total,
    pub choices: Vec<usize>,
    /// How many formats could be made of what the sources give.
    pub formats: usize,
}

/// The best total over all combinations of options; `None` when that is too much to try.
pub fn best(network: &Network) -> Option<Found> {
    let mut choices = vec![0; network.elements.len()];
    let mut best: Option<(Total, Vec<usize>)> = None;
    let mut world = World::new(network, choices.clone());
    loop {
        world.choices.clone_from(&choices);
        world.solved.clear();
        let total = world.total()?;
        if best.as_ref().is_none_or(|(known, _)| total < *known) {
            best = Some((total, choices.clone()));
        }
        let next =
            (0..choices.len()).rev().find(|element| choices[*element] + 1 < network.elements[*element].options.len());
        let Some(next) = next else { break };
        choices[next] += 1;
        choices[next + 1..].fill(0);
    }
    let formats: BTreeSet<Format> = world.reaches.values().flat_map(|reach| reach.formats.iter().copied()).collect();
    best.map(|(total, choices)| Found { total, choices, formats: formats.len() })
}

impl<'n> World<'n> {
    pub fn new(network: &'n Network<'n>, choices: Vec<usize>) -> World<'n> {
        let named = Rc::new(Named::of(network));
        World { network, named, choices, budget: BUDGET, reaches: BTreeMap::new(), solved: BTreeMap::new() }
    }

    pub fn gives(&self, pad: Pad) -> &'n Gives {
        &self.network.elements[pad.element].options[self.choices[pad.element]].sources[pad.pad]
    }

    pub fn caps(&self, sink: Pad) -> &'n Caps {
        &self.network.elements[sink.element].options[self.choices[sink.element]].sinks[sink.pad]
    }

    pub fn work(&self, sink: Pad) -> Work {
        self.network.elements[sink.element].options[self.choices[sink.element]].work(sink.pad)
    }

    pub fn fed_by(&self, source: Pad) -> Vec<Pad> {
        self.network.links.iter().filter(|link| link.source == source).map(|link| link.sink).collect()
    }

    /// The source pads that follow from a sink pad and feed anything.
    pub fn behind(&self, sink: Pad) -> Vec<(Pad, &'n Follows)> {
        let pads = 0..self.network.elements[sink.element].options[0].sources.len();
        let pads = pads.map(|pad| Pad { element: sink.element, pad });
        pads.filter_map(|pad| match self.gives(pad) {
            Gives::Follows(follows) if follows.sink == sink.pad && !self.fed_by(pad).is_empty() => {
                Some((pad, &**follows))
            }
            _ => None,
        })
        .collect()
    }

    /// Sinks that are served through a sink, itself included, and ends.
    pub fn sinks_and_ends(&self, sink: Pad) -> (u64, u64) {
        let behind = self.behind(sink);
        if behind.is_empty() {
            return (1, 1);
        }
        let all = behind.iter().flat_map(|(pad, _)| self.fed_by(*pad)).map(|sink| self.sinks_and_ends(sink));
        all.fold((1, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    /// What the whole network costs under these options.
    pub fn total(&mut self) -> Option<Total> {
        let mut sum = Total::default();
        for (element, spec) in self.network.elements.iter().enumerate() {
            for pad in (0..spec.options[0].sources.len()).map(|pad| Pad { element, pad }) {
                let formats = match self.gives(pad) {
                    Gives::All(formats) => formats.clone(),
                    Gives::Follows(follows) => {
                        let followed = Pad { element, pad: follows.sink };
                        if self.network.links.iter().any(|link| link.sink == followed) {
                            continue;
                        }
                        Vec::new()
                    }
                    Gives::Nothing => Vec::new(),
                };
                sum = sum.plus(self.solve(pad, &formats)?);
            }
        }
        Some(sum)
    }

    pub fn reach(&mut self, formats: &[Format]) -> Rc<Reach> {
        let (network, named) = (self.network, Rc::clone(&self.named));
        let known = self.reaches.entry(formats.to_vec());
        Rc::clone(known.or_insert_with(|| Rc::new(Reach::of(formats, network.rules, &named))))
    }

    /// What everything behind a pad costs that gives these formats.
    pub fn solve(&mut self, pad: Pad, formats: &[Format]) -> Option<Total> {
        let sinks = self.fed_by(pad);
        if sinks.is_empty() {
            return Some(Total::default());
        }
        if formats.is_empty() {
            let unserved = sinks.iter().map(|sink| self.sinks_and_ends(*sink).0).sum();
            return Some(Total { unserved, ..Total::default() });
        }
        if let Some(known) = self.solved.get(&(pad, formats.to_vec())) {
            return *known;
        }
        let ground = self.ground(pad, formats);
        let mut fixed = Total::default();
        let mut wishes: Vec<Wish> = Vec::new();
        let mut filters: Vec<Filter> = Vec::new();
        for sink in &sinks {
            let (all, ends) = self.sinks_and_ends(*sink);
            if self.behind(*sink).is_empty() {
                match ground.takes(self.caps(*sink), self.work(*sink)) {
                    None => fixed.unserved += 1,
                    Some((takes, (generations, change))) => {
                        fixed = fixed.plus(Total { generations, change, ..Total::default() });
                        match wishes.iter_mut().find(|wish| wish.takes == takes) {
                            Some(wish) => wish.count += 1,
                            None => wishes.push(Wish { takes, ends: 1, count: 1 }),
                        }
                    }
                }
                continue;
            }
            let inputs = self.inputs(&ground, *sink, ends)?;
            if inputs.is_empty() {
                fixed.unserved += all;
            } else {
                filters.push(Filter { ends, inputs });
            }
        }
        let total = self.try_inputs(&ground, fixed, wishes, &filters);
        self.solved.insert((pad, formats.to_vec()), total);
        total
    }

    /// Every format that a filter could be given.
    fn inputs(&mut self, ground: &Ground, sink: Pad, ends: u64) -> Option<Vec<Input>> {
        let mut inputs = Vec::new();
        for (place, format) in ground.formats.iter().enumerate() {
            let first = preference(self.caps(sink), format);
            let (Some((_, preference)), Some((generations, change))) = (first, ground.least[place]) else { continue };
            let work = self.work(sink).cost(format);
            let (cpu, latency) = (work.cpu, u64::from(work.latency) * ends);
            let mut sum =
                Total { generations: generations * ends, change: change * ends, cpu, latency, ..Total::default() };
            for (pad, follows) in self.behind(sink) {
                sum = sum.plus(self.solve(pad, follow(follows, format).as_slice())?);
            }
            inputs.push(Input { format: place, preference, causes: sum });
        }
        Some(inputs)
    }

    /// Tries every combination of formats into filters.
    fn try_inputs(
        &mut self,
        ground: &Ground,
        fixed: Total,
        mut wishes: Vec<Wish>,
        filters: &[Filter],
    ) -> Option<Total> {
        let direct = wishes.len();
        let mut counters = vec![0; filters.len()];
        let mut best: Option<Total> = None;
        loop {
            let mut sum = fixed;
            wishes.truncate(direct);
            for (filter, counter) in filters.iter().zip(&counters) {
                let input = &filter.inputs[*counter];
                sum = sum.plus(input.causes);
                let take = Take { format: input.format, preference: input.preference, ..Take::default() };
                wishes.push(Wish { takes: vec![take], ends: filter.ends, count: 1 });
            }
            // What leads the comparison is known before the forest is.
            let worse = |best: Total| {
                (best.unserved, best.generations, best.change) < (sum.unserved, sum.generations, sum.change)
            };
            if !best.is_some_and(worse) {
                let (cpu, latency, steps, preference) = best_forest(&ground.arcs, &wishes, &mut self.budget)?;
                sum = sum.plus(Total { cpu, latency, steps, preference, ..Total::default() });
                best = Some(best.map_or(sum, |best| best.min(sum)));
            }
            let next = (0..counters.len()).rev().find(|place| counters[*place] + 1 < filters[*place].inputs.len());
            let Some(next) = next else { return best };
            counters[next] += 1;
            counters[next + 1..].fill(0);
        }
    }

    /// The conversions behind a pad that gives these formats.
    pub fn ground(&mut self, pad: Pad, formats: &[Format]) -> Ground {
        let reach = self.reach(formats);
        // Who takes what comes as it is, asks for nothing.
        let sinks = self.fed_by(pad).into_iter().filter(|sink| !self.passes(*sink, &reach)).collect();
        let asked = self.asked(sinks, &reach);
        Ground::of(&reach, self.network.rules, &asked)
    }

    /// Whether a sink takes one of the given formats for certain: an end that accepts one; a filter that accepts one most
    /// of all, if nothing is to be done in it and behind it.
    fn passes(&mut self, sink: Pad, reach: &Reach) -> bool {
        let sources = &reach.formats[..reach.sources];
        let first = |source: &Format| preference(self.caps(sink), source);
        let behind = self.behind(sink);
        if behind.is_empty() {
            return sources.iter().any(|source| first(source).is_some());
        }
        let best: Vec<Format> = sources
            .iter()
            .filter(|source| first(source) == Some((0, 0)) && changed_on_the_way(&[**source], sources) == 0)
            .filter(|source| self.work(sink).cost(source) == Cost::default())
            .copied()
            .collect();
        best.into_iter().any(|format| {
            behind
                .iter()
                .all(|(pad, follows)| self.solve(*pad, follow(follows, &format).as_slice()) == Some(Total::default()))
        })
    }

    /// What these sinks ask of every format that is in reach.
    fn asked(&mut self, sinks: Vec<Pad>, reach: &Reach) -> Asked {
        let mut asked: Asked = vec![Vec::new(); reach.formats.len()];
        for sink in sinks {
            for alternative in self.caps(sink).alternatives() {
                ask(reach, alternative, &mut asked);
            }
            for (pad, follows) in self.behind(sink) {
                self.ask_through(sink, pad, follows, reach, &mut asked);
            }
        }
        spread(reach, self.network.rules, asked)
    }

    /// What those behind a filter ask of what goes into it.
    fn ask_through(&mut self, sink: Pad, pad: Pad, follows: &Follows, reach: &Reach, asked: &mut Asked) {
        let caps = self.caps(sink);
        let accepted: Vec<bool> =
            reach.formats.iter().map(|format| caps.alternatives().iter().any(|one| fits(one, format))).collect();
        let through = |place: usize| accepted[place].then(|| follow(follows, &reach.formats[place])).flatten();
        let outputs: Vec<Option<Format>> = (0..reach.formats.len()).map(through).collect();
        let mut given: Vec<Format> = outputs.iter().flatten().copied().collect();
        given.sort_unstable();
        given.dedup();
        if given.is_empty() {
            return;
        }
        let behind = self.reach(&given);
        let wanted = self.asked(self.fed_by(pad), &behind);
        let kept = follows.keep.iter().fold(0, |kept, field| kept | bit(field));
        for (place, output) in outputs.iter().enumerate() {
            let Some(output) = output else { continue };
            let Some(at) = behind.formats.iter().position(|format| format == output) else { continue };
            for mask_behind in &wanted[at] {
                let said: Mask = (mask(&follows.output) | mask_behind) & kept;
                for alternative in caps.alternatives().iter().filter(|one| fits(one, &reach.formats[place])) {
                    add(&mut asked[place], said | mask(alternative));
                }
            }
        }
    }
}
