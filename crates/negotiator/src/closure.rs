//! The closure: the formats that the rules reach from the source towards a want, and the conversions between them.
//!
//! It is built in rising order of [`Loss`] and ends when every demand is met, because quality comes first and is every
//! sink's own: sharing cannot better it, so in the best tree every sink has what it could have alone. For the same
//! reason an edge that is not *tight* (one that reaches its end with more loss than another path does) is in no best
//! tree, and is left out here.

use crate::hash::HashMap;
use crate::loss::{Loss, lack};
use crate::stability::Bias;
use crate::want::Wants;
use crate::{Cost, Rule};
use std::collections::BTreeMap;
use trellis_media::{Caps, Format};

/// More formats than this are not looked at, and the plan is not called proven.
const MOST_FORMATS: usize = 512;

/// A conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub rule: usize,
    /// Formats, by their place in [`Closure::formats`].
    pub from: usize,
    pub to: usize,
    pub cost: Cost,
    /// [`Cost::cpu`] as the search counts it, see [`Bias::cpu`].
    pub cpu: u64,
}

/// One conversion, told apart from all others of a problem: the rule, what goes in and what comes out.
pub type Conversion = (usize, Format, Format);

/// A source pad: what it gives at the same time, the best first, and the converters there are. Never without a format.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub sources: &'a [Format],
    pub rules: &'a [Rule],
    pub bias: &'a Bias,
}

/// How far a closure reaches.
#[derive(Clone, Copy)]
pub(crate) enum Reach<'a> {
    /// Until each of these is met, with as many generations as that takes.
    Met(&'a [&'a Caps]),
    /// Everything that the wants steer to.
    End,
}

/// See the module.
pub(crate) struct Closure {
    /// What can be reached; the sources first.
    pub formats: Vec<Format>,
    /// How many of them are sources.
    pub sources: usize,
    /// The least loss with which each format is reached.
    pub losses: Vec<Loss>,
    /// Tight edges, at most one between two formats, sorted by `from`.
    pub edges: Vec<Edge>,
    /// Whether everything that could be in the best tree is here.
    pub complete: bool,
}

impl Closure {
    /// The closure of a pad's sources towards what is wanted.
    pub fn new(origin: Origin, wants: &Wants, reach: Reach) -> Closure {
        let mut search = Search {
            formats: origin.sources.to_vec(),
            places: origin.sources.iter().enumerate().map(|(place, format)| (*format, place)).collect(),
            sources: origin.sources.len(),
            losses: origin.sources.iter().map(|source| lack(source, origin.sources)).collect(),
            edges: Vec::new(),
            complete: wants.complete,
        };
        search.run(origin, wants, reach);
        search.finish()
    }

    /// The edges that leave a format.
    pub fn edges_from(&self, format: usize) -> &[Edge] {
        let start = self.edges.partition_point(|edge| edge.from < format);
        let end = self.edges.partition_point(|edge| edge.from <= format);
        &self.edges[start..end]
    }

    /// The formats that caps accept, each with the alternative that accepts it.
    pub fn accepted(&self, caps: &Caps) -> Vec<(usize, usize)> {
        let accepted = |format: usize| Some((format, caps.preference(&self.formats[format])?));
        (0..self.formats.len()).filter_map(accepted).collect()
    }

    /// The formats that a sink with these caps may be given, each with the alternative that accepts it: those with the
    /// least loss. Empty when there is none.
    pub fn goals(&self, caps: &Caps) -> Vec<(usize, usize)> {
        let mut goals = self.accepted(caps);
        let least = goals.iter().map(|(format, _)| self.losses[*format]).min();
        goals.retain(|(format, _)| Some(self.losses[*format]) == least);
        goals
    }
}

struct Search {
    formats: Vec<Format>,
    places: HashMap<Format, usize>,
    sources: usize,
    losses: Vec<Loss>,
    edges: Vec<Edge>,
    complete: bool,
}

impl Search {
    fn run(&mut self, origin: Origin, wants: &Wants, reach: Reach) {
        let (mut unmet, to_the_end) = match reach {
            Reach::Met(demands) => (demands.to_vec(), false),
            Reach::End => (Vec::new(), true),
        };
        let mut done = Vec::new();
        let mut levels: BTreeMap<Loss, Vec<usize>> = BTreeMap::new();
        for (source, loss) in self.losses.iter().enumerate() {
            levels.entry(*loss).or_default().push(source);
        }
        let mut outputs = Vec::new();
        let mut met_at = None;
        while let Some((level, mut frontier)) = levels.pop_first() {
            // Another alternative of a demand may still come with as many generations.
            if met_at.is_some_and(|generations| level.generations > generations) {
                return;
            }
            while let Some(format) = frontier.pop() {
                done.resize(self.formats.len(), false);
                if std::mem::replace(&mut done[format], true) {
                    continue;
                }
                let input = self.formats[format];
                unmet.retain(|caps| !caps.accepts(&input));
                for (index, rule) in origin.rules.iter().enumerate() {
                    wants.outputs(index, rule, &input, &mut outputs);
                    for output in &outputs {
                        let conversion = (index, input, *output);
                        if !origin.bias.allows(&conversion) {
                            continue;
                        }
                        let cost = (rule.cost)(&input, output);
                        let reached = level.after(cost.generations, &input, output);
                        let Some(to) = self.place(output, reached) else { continue };
                        let cpu = origin.bias.cpu(&conversion, cost.cpu);
                        self.edges.push(Edge { rule: index, from: format, to, cost, cpu });
                        if self.losses[to] == reached {
                            let next =
                                if reached == level { &mut frontier } else { levels.entry(reached).or_default() };
                            next.push(to);
                        }
                    }
                }
            }
            if !to_the_end && unmet.is_empty() && met_at.is_none() {
                met_at = Some(level.generations);
            }
        }
    }

    /// The place of a format that is reached with so much loss; `None` when there is no room for it, or when it is one
    /// of the sources, which nobody makes.
    fn place(&mut self, format: &Format, loss: Loss) -> Option<usize> {
        if let Some(place) = self.places.get(format) {
            if *place < self.sources {
                return None;
            }
            self.losses[*place] = self.losses[*place].min(loss);
            return Some(*place);
        }
        if self.formats.len() >= MOST_FORMATS {
            self.complete = false;
            return None;
        }
        self.places.insert(*format, self.formats.len());
        self.formats.push(*format);
        self.losses.push(loss);
        Some(self.formats.len() - 1)
    }

    fn finish(mut self) -> Closure {
        let (formats, losses, sources) = (self.formats, self.losses, self.sources);
        let tight = |edge: &Edge| {
            let reached = losses[edge.from].after(edge.cost.generations, &formats[edge.from], &formats[edge.to]);
            reached == losses[edge.to]
        };
        self.edges.retain(tight);
        self.edges.sort_unstable_by_key(|edge| (edge.from, edge.to, edge.cpu, edge.cost.latency, edge.rule));
        self.edges.dedup_by_key(|edge| (edge.from, edge.to));
        Closure { formats, sources, losses, edges: self.edges, complete: self.complete }
    }
}
