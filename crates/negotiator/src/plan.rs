//! The cheapest conversion tree from a source format to the caps of all its sinks.
//!
//! Exact for up to [`EXACT_DEMANDS`] distinct demands: the directed Steiner tree by dynamic programming over the sets
//! of demands (after Dreyfus and Wagner, "The Steiner problem in graphs", 1971). An edge that serves the sinks S costs
//! |S| times its lossy generations, so that nobody is re-encoded to save a neighbour's CPU. Beyond, each demand joins
//! the tree on its own shortest path, and the plan says that it is not proven.

use crate::closure::{Closure, Edge};
use crate::{Cost, Rule};
use std::fmt;
use trellis_media::{Caps, Field, Format};

/// Distinct demands up to which plans are exact.
pub const EXACT_DEMANDS: usize = 8;

/// What is to be planned.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// What the source gives.
    pub source: Format,
    /// What each sink accepts.
    pub sinks: &'a [Caps],
    /// The converters that there are.
    pub rules: &'a [Rule],
    /// What runs already; of two plans of the same cost the one that is more like it wins.
    pub running: Option<&'a Plan>,
}

/// A conversion tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The conversions, each after the one that feeds it.
    pub steps: Vec<Step>,
    /// For each sink what feeds it; `None` when nothing can.
    pub sinks: Vec<Option<Attachment>>,
    /// The sinks that cannot be served, and why.
    pub unserved: Vec<Unserved>,
    /// Lossy generations summed over the sinks, CPU of the tree, latency of the tree.
    pub cost: Cost,
    /// Whether it is proven that no plan is cheaper.
    pub proven: bool,
}

/// One conversion of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The step that feeds it; `None`: the source.
    pub parent: Option<usize>,
    /// Index of the converter's rule.
    pub rule: usize,
    /// What goes in.
    pub input: Format,
    /// What comes out.
    pub output: Format,
    /// What it costs by itself.
    pub cost: Cost,
}

/// What feeds a sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The step; `None`: the source itself, passed through.
    pub step: Option<usize>,
    /// What flows into the sink.
    pub format: Format,
}

/// A sink that no conversion leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unserved {
    /// Index of the sink.
    pub sink: usize,
    /// What it accepts.
    pub wanted: Caps,
    /// The reachable format that fails the fewest constraints, and the first field that fails.
    pub closest: Option<(Format, Field)>,
}

impl fmt::Display for Unserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing leads to {}", self.wanted)?;
        match self.closest {
            Some((format, field)) => write!(f, "; the closest that can be made is {format}, which fails in {field}"),
            None => Ok(()),
        }
    }
}

/// The cost of a partial tree while searching; the rank of preferred alternatives breaks ties.
type Price = (Cost, u32);

/// How a partial tree is made up, to be read back when the cheapest is known.
#[derive(Clone, Copy, Debug)]
enum Choice {
    Nothing,
    /// The demands' sink accepts this format.
    Here,
    /// Two subtrees from the same format: one serves this set, the other the rest.
    Split(usize),
    /// This edge, then the subtree behind it.
    Edge(usize),
}

/// Sinks that accept the same.
struct Demand<'a> {
    caps: &'a Caps,
    sinks: Vec<usize>,
}

/// Computes the cheapest conversion tree. Sinks that cannot be served are listed in the plan, the others planned.
pub fn plan(problem: &Problem<'_>) -> Plan {
    let demands = distinct(problem.sinks);
    let caps: Vec<&Caps> = demands.iter().map(|demand| demand.caps).collect();
    let mut plan = Plan {
        steps: Vec::new(),
        sinks: vec![None; problem.sinks.len()],
        unserved: Vec::new(),
        cost: Cost::default(),
        proven: true,
    };
    let mut rest = Vec::new();
    for demand in demands {
        if demand.caps.accepts(&problem.source) {
            attach(&mut plan, &demand, None, problem.source);
        } else {
            rest.push(demand);
        }
    }
    if rest.is_empty() {
        return plan;
    }
    let closure = Closure::of(problem.source, &caps, problem.rules);
    let (served, unserved): (Vec<Demand>, Vec<Demand>) =
        rest.into_iter().partition(|demand| closure.formats.iter().any(|format| demand.caps.accepts(format)));
    for demand in unserved {
        let closest = closest(&closure, demand.caps);
        let of = |sink: &usize| Unserved { sink: *sink, wanted: demand.caps.clone(), closest };
        plan.unserved.extend(demand.sinks.iter().map(of));
    }
    plan.unserved.sort_by_key(|unserved| unserved.sink);
    if served.is_empty() {
        return plan;
    }
    plan.proven = closure.complete && served.len() <= EXACT_DEMANDS;
    let mut builder = Builder { closure: &closure, plan, step_of: vec![None; closure.formats.len()] };
    if served.len() <= EXACT_DEMANDS {
        let search = Search::run(&closure, &served);
        builder.grow(&search, &served, (1 << served.len()) - 1, 0);
    } else {
        for demand in &served {
            let search = Search::run(&closure, std::slice::from_ref(demand));
            builder.grow(&search, std::slice::from_ref(demand), 1, 0);
        }
    }
    builder.finish()
}

fn distinct(sinks: &[Caps]) -> Vec<Demand<'_>> {
    let mut index = std::collections::HashMap::new();
    let mut demands: Vec<Demand<'_>> = Vec::new();
    for (sink, caps) in sinks.iter().enumerate() {
        let at = *index.entry(caps).or_insert_with(|| {
            demands.push(Demand { caps, sinks: Vec::new() });
            demands.len() - 1
        });
        demands[at].sinks.push(sink);
    }
    demands
}

fn attach(plan: &mut Plan, demand: &Demand<'_>, step: Option<usize>, format: Format) {
    for sink in &demand.sinks {
        plan.sinks[*sink] = Some(Attachment { step, format });
    }
}

fn closest(closure: &Closure, caps: &Caps) -> Option<(Format, Field)> {
    let pairs = closure.formats.iter().flat_map(|format| caps.alternatives().iter().map(move |caps| (format, caps)));
    let failing = |(format, caps): &(&Format, &trellis_media::Alternative)| {
        Field::ALL.iter().filter(|field| !caps.constraint(**field).allows(format.value(**field))).count()
    };
    let (format, caps) = pairs.min_by_key(failing)?;
    Some((*format, caps.failing(format)?))
}

/// The table of the dynamic programme: for each set of demands and each format the cheapest tree from there.
struct Search {
    formats: usize,
    table: Vec<Option<(Price, Choice)>>,
}

impl Search {
    fn run(closure: &Closure, demands: &[Demand<'_>]) -> Search {
        let formats = closure.formats.len();
        let sets = 1usize << demands.len();
        let mut search = Search { formats, table: vec![None; sets * formats] };
        for set in 1..sets {
            let weight: usize = demands
                .iter()
                .enumerate()
                .filter(|(bit, _)| set >> bit & 1 == 1)
                .map(|(_, demand)| demand.sinks.len())
                .sum();
            if set.is_power_of_two() {
                search.begin(closure, demands[set.trailing_zeros() as usize].caps, set);
            } else {
                search.join(set);
            }
            search.relax(closure, set, u32::try_from(weight).unwrap_or(u32::MAX));
        }
        search
    }

    fn get(&self, set: usize, format: usize) -> Option<(Price, Choice)> {
        self.table[set * self.formats + format]
    }

    fn begin(&mut self, closure: &Closure, caps: &Caps, set: usize) {
        for (index, format) in closure.formats.iter().enumerate() {
            if let Some(rank) = caps.preference(format) {
                let price = (Cost::default(), u32::try_from(rank).unwrap_or(u32::MAX));
                self.table[set * self.formats + index] = Some((price, Choice::Here));
            }
        }
    }

    fn join(&mut self, set: usize) {
        // Every split is met twice; the half that holds the lowest demand is enough.
        let lowest = set & set.wrapping_neg();
        let mut part = (set - 1) & set;
        while part > 0 {
            if part & lowest != 0 {
                for format in 0..self.formats {
                    if let (Some((one, _)), Some((other, _))) = (self.get(part, format), self.get(set ^ part, format)) {
                        self.offer(set, format, add(one, other), Choice::Split(part));
                    }
                }
            }
            part = (part - 1) & set;
        }
    }

    /// Bellman and Ford against the direction of the edges: closures are small and shallow.
    fn relax(&mut self, closure: &Closure, set: usize, weight: u32) {
        let mut changed = true;
        while changed {
            changed = false;
            for (index, edge) in closure.edges.iter().enumerate() {
                if let Some((price, _)) = self.get(set, edge.to) {
                    let cost = Cost { generations: edge.cost.generations.saturating_mul(weight), ..edge.cost };
                    changed |= self.offer(set, edge.from, add(price, (cost, 0)), Choice::Edge(index));
                }
            }
        }
    }

    fn offer(&mut self, set: usize, format: usize, price: Price, choice: Choice) -> bool {
        let place = &mut self.table[set * self.formats + format];
        let better = place.is_none_or(|(known, _)| price < known);
        if better {
            *place = Some((price, choice));
        }
        better
    }
}

fn add(one: Price, other: Price) -> Price {
    (one.0 + other.0, one.1.saturating_add(other.1))
}

/// Reads a tree back from the table into steps; a format that is there already is not made twice.
struct Builder<'a> {
    closure: &'a Closure,
    plan: Plan,
    step_of: Vec<Option<usize>>,
}

impl Builder<'_> {
    fn grow(&mut self, search: &Search, demands: &[Demand<'_>], set: usize, format: usize) {
        let choice = search.get(set, format).map_or(Choice::Nothing, |(_, choice)| choice);
        match choice {
            Choice::Nothing => {}
            Choice::Here => {
                let demand = &demands[set.trailing_zeros() as usize];
                attach(&mut self.plan, demand, self.step_of[format], self.closure.formats[format]);
            }
            Choice::Split(part) => {
                self.grow(search, demands, part, format);
                self.grow(search, demands, set ^ part, format);
            }
            Choice::Edge(edge) => {
                let edge = self.closure.edges[edge];
                self.step(edge);
                self.grow(search, demands, set, edge.to);
            }
        }
    }

    fn step(&mut self, edge: Edge) {
        if self.step_of[edge.to].is_some() {
            return;
        }
        let formats = &self.closure.formats;
        self.step_of[edge.to] = Some(self.plan.steps.len());
        self.plan.steps.push(Step {
            parent: self.step_of[edge.from],
            rule: edge.rule,
            input: formats[edge.from],
            output: formats[edge.to],
            cost: edge.cost,
        });
    }

    fn finish(self) -> Plan {
        let Builder { mut plan, .. } = self;
        let mut served = vec![0u32; plan.steps.len()];
        for attachment in plan.sinks.iter().flatten() {
            let mut step = attachment.step;
            while let Some(index) = step {
                served[index] += 1;
                step = plan.steps[index].parent;
            }
        }
        let weighted = plan
            .steps
            .iter()
            .zip(&served)
            .map(|(step, sinks)| Cost { generations: step.cost.generations.saturating_mul(*sinks), ..step.cost });
        plan.cost = weighted.fold(Cost::default(), |sum, cost| sum + cost);
        plan
    }
}
