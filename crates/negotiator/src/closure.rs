//! The closure: the formats that the rules reach from the source towards a want, and the conversions between them.
//!
//! It is built in rising order of lossy generations and ends as soon as every demand is met, because generations come
//! first in the order of costs and are summed over the sinks: sharing cannot lower them, so in the best tree every
//! sink has the fewest that it could have alone. For the same reason an edge that is not *tight* (one that reaches
//! its end with more generations than another path does) is in no best tree, and is left out here.

use crate::want::Wants;
use crate::{Cost, Problem};
use std::collections::{BTreeMap, HashMap};
use trellis_media::{Caps, Field, Format};

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
    /// The fewest lossy generations with which each format is reached.
    pub generations: Vec<u32>,
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
            generations: vec![0],
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
    /// fewest generations and, among those of one alternative, the ones that look and sound most like the source.
    /// Empty when there is none.
    pub fn goals(&self, caps: &Caps) -> Vec<(usize, usize)> {
        let mut goals: Vec<(usize, usize)> = (0..self.formats.len())
            .filter_map(|format| Some((format, caps.preference(&self.formats[format])?)))
            .collect();
        let fewest = goals.iter().map(|(format, _)| self.generations[*format]).min();
        goals.retain(|(format, _)| Some(self.generations[*format]) == fewest);
        let departures: Vec<u64> =
            goals.iter().map(|(format, _)| departure(&self.formats[0], &self.formats[*format])).collect();
        let mut least = vec![u64::MAX; caps.alternatives().len()];
        for ((_, alternative), departure) in goals.iter().zip(&departures) {
            least[*alternative] = least[*alternative].min(*departure);
        }
        let keep =
            goals.iter().zip(departures).filter(|((_, alternative), departure)| *departure == least[*alternative]);
        keep.map(|(goal, _)| *goal).collect()
    }
}

/// How far a format is from the source in what one sees and hears: the sum of the relative changes of what both state,
/// in thousandths. It keeps a neighbour's small picture, or a neighbour's mono, from being given to somebody who did
/// not ask for it but has to be transcoded anyway.
fn departure(source: &Format, format: &Format) -> u64 {
    const SEEN_AND_HEARD: [Field; 5] =
        [Field::Width, Field::Height, Field::FrameRate, Field::SampleRate, Field::Channels];
    let change = |field| {
        let (before, after) = (u64::from(source.stated(field)?), u64::from(format.stated(field)?));
        Some(before.abs_diff(after) * 1_000 / before)
    };
    SEEN_AND_HEARD.into_iter().filter_map(change).sum()
}

struct Search {
    formats: Vec<Format>,
    places: HashMap<Format, usize>,
    generations: Vec<u32>,
    edges: Vec<Edge>,
    complete: bool,
}

impl Search {
    fn run(&mut self, problem: &Problem, demands: &[&Caps], wants: &Wants, bias: Bias) {
        let mut unmet: Vec<&Caps> = demands.to_vec();
        let mut done = Vec::new();
        let mut levels: BTreeMap<u32, Vec<usize>> = BTreeMap::from([(0, vec![0])]);
        let mut outputs = Vec::new();
        while let Some((level, mut frontier)) = levels.pop_first() {
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
                        let reached = level.saturating_add(cost.generations);
                        let Some(to) = self.place(output, reached) else { continue };
                        let cpu = (bias.cpu)(&conversion, cost.cpu);
                        self.edges.push(Edge { rule: index, from: format, to, cost, cpu });
                        if self.generations[to] == reached {
                            let next =
                                if reached == level { &mut frontier } else { levels.entry(reached).or_default() };
                            next.push(to);
                        }
                    }
                }
            }
            if unmet.is_empty() {
                return;
            }
        }
    }

    /// The place of a format that is reached with so many generations; `None` when there is no room for it.
    fn place(&mut self, format: &Format, generations: u32) -> Option<usize> {
        if let Some(place) = self.places.get(format) {
            self.generations[*place] = self.generations[*place].min(generations);
            return Some(*place);
        }
        if self.formats.len() >= MOST_FORMATS {
            self.complete = false;
            return None;
        }
        self.places.insert(*format, self.formats.len());
        self.formats.push(*format);
        self.generations.push(generations);
        Some(self.formats.len() - 1)
    }

    fn finish(mut self) -> Closure {
        let generations = self.generations;
        let tight = |edge: &Edge| {
            generations[edge.from].saturating_add(edge.cost.generations) == generations[edge.to] && edge.to != 0
        };
        self.edges.retain(tight);
        self.edges.sort_unstable_by_key(|edge| (edge.from, edge.to, edge.cpu, edge.cost.latency, edge.rule));
        self.edges.dedup_by_key(|edge| (edge.from, edge.to));
        Closure { formats: self.formats, generations, edges: self.edges, complete: self.complete }
    }
}
