//! The closure: the formats that the rules reach from the source towards a want, and the conversions between them.
//!
//! It is built in rising order of [`Loss`] and ends when every demand is met, because quality comes first and is every
//! sink's own: sharing cannot better it, so in the best tree every sink has what it could have alone. For the same
//! reason an edge that is not *tight* (one that reaches its end with more loss than another path does) is in no best
//! tree, and is left out here.

use crate::loss::Loss;
use crate::want::Wants;
use crate::{Cost, Problem};
use std::collections::{BTreeMap, HashMap};
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
    /// [`Cost::cpu`] as the search counts it: less when the step runs already.
    pub cpu: u64,
}

/// One conversion, told apart from all others of a problem.
pub(crate) type Conversion = (usize, Format, Format);

/// See the module.
pub(crate) struct Closure {
    /// What can be reached; the source first.
    pub formats: Vec<Format>,
    /// The least loss with which each format is reached.
    pub losses: Vec<Loss>,
    /// Tight edges, at most one between two formats, sorted by `from`.
    pub edges: Vec<Edge>,
    /// Whether everything that could be in the best tree is here.
    pub complete: bool,
}

/// What changes a search without being part of the problem.
#[derive(Clone, Copy)]
pub(crate) struct Bias<'a> {
    /// A conversion that may not be used.
    pub without: Option<Conversion>,
    /// What the search takes for the CPU of a conversion.
    pub cpu: &'a dyn Fn(&Conversion, u64) -> u64,
}

impl Closure {
    /// The closure of a problem's source towards the demands.
    pub fn new(problem: &Problem, demands: &[&Caps], bias: Bias) -> Closure {
        let wants = Wants::new(&problem.source, demands, problem.rules);
        let mut search = Search {
            formats: vec![problem.source],
            places: HashMap::from([(problem.source, 0)]),
            losses: vec![Loss::NONE],
            edges: Vec::new(),
            complete: wants.complete,
        };
        search.run(problem, demands, &wants, bias);
        search.finish()
    }

    /// The edges that leave a format.
    pub fn edges_from(&self, format: usize) -> &[Edge] {
        let start = self.edges.partition_point(|edge| edge.from < format);
        let end = self.edges.partition_point(|edge| edge.from <= format);
        &self.edges[start..end]
    }

    /// The formats that a sink with these caps may be given, each with the alternative that accepts it: those with the
    /// fewest generations and, of each alternative, those with the least loss. Empty when there is none.
    pub fn goals(&self, caps: &Caps) -> Vec<(usize, usize)> {
        let mut goals: Vec<(usize, usize)> = (0..self.formats.len())
            .filter_map(|format| Some((format, caps.preference(&self.formats[format])?)))
            .collect();
        let fewest = goals.iter().map(|(format, _)| self.losses[*format].generations).min();
        goals.retain(|(format, _)| Some(self.losses[*format].generations) == fewest);
        let mut least: Vec<Option<Loss>> = vec![None; caps.alternatives().len()];
        for (format, alternative) in &goals {
            let loss = self.losses[*format];
            least[*alternative] = Some(least[*alternative].map_or(loss, |least| least.min(loss)));
        }
        goals.retain(|(format, alternative)| least[*alternative] == Some(self.losses[*format]));
        goals
    }
}

struct Search {
    formats: Vec<Format>,
    places: HashMap<Format, usize>,
    losses: Vec<Loss>,
    edges: Vec<Edge>,
    complete: bool,
}

impl Search {
    fn run(&mut self, problem: &Problem, demands: &[&Caps], wants: &Wants, bias: Bias) {
        let mut unmet: Vec<&Caps> = demands.to_vec();
        let mut done = Vec::new();
        let mut levels: BTreeMap<Loss, Vec<usize>> = BTreeMap::from([(Loss::NONE, vec![0])]);
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
                for (index, rule) in problem.rules.iter().enumerate() {
                    wants.outputs(index, rule, &input, &mut outputs);
                    for output in &outputs {
                        let conversion = (index, input, *output);
                        if bias.without == Some(conversion) {
                            continue;
                        }
                        let cost = (rule.cost)(&input, output);
                        let reached = level.after(cost.generations, &input, output);
                        let Some(to) = self.place(output, reached) else { continue };
                        let cpu = (bias.cpu)(&conversion, cost.cpu);
                        self.edges.push(Edge { rule: index, from: format, to, cost, cpu });
                        if self.losses[to] == reached {
                            let next =
                                if reached == level { &mut frontier } else { levels.entry(reached).or_default() };
                            next.push(to);
                        }
                    }
                }
            }
            if unmet.is_empty() && met_at.is_none() {
                met_at = Some(level.generations);
            }
        }
    }

    /// The place of a format that is reached with so much loss; `None` when there is no room for it.
    fn place(&mut self, format: &Format, loss: Loss) -> Option<usize> {
        if let Some(place) = self.places.get(format) {
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
        let (formats, losses) = (self.formats, self.losses);
        let tight = |edge: &Edge| {
            let reached = losses[edge.from].after(edge.cost.generations, &formats[edge.from], &formats[edge.to]);
            reached == losses[edge.to] && edge.to != 0
        };
        self.edges.retain(tight);
        self.edges.sort_unstable_by_key(|edge| (edge.from, edge.to, edge.cpu, edge.cost.latency, edge.rule));
        self.edges.dedup_by_key(|edge| (edge.from, edge.to));
        Closure { formats, losses, edges: self.edges, complete: self.complete }
    }
}
