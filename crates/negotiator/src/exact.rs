//! The cheapest tree, exactly: a directed Steiner arborescence by dynamic programming over sets of demands.
//!
//! After S. E. Dreyfus and R. A. Wagner, "The Steiner problem in graphs" (Networks 1, 1971). `best[S][v]` is the
//! weight of the cheapest tree that hangs off format `v` and serves the demands in `S`. It either splits at `v` into
//! two trees that serve parts of `S`, or begins with one edge that serves all of `S`, or is a leaf: a sink takes `v`.
//! An edge weighs its CPU once and its latency once for each sink behind it.

use crate::closure::{Closure, Edge};
use crate::weight::Weight;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// More distinct demands than this are not solved exactly.
pub(crate) const MOST_DEMANDS: usize = 8;
/// States (a set of demands at a format) that are looked at before the exact search is given up: 8 demands over 128
/// formats that can be in a best tree.
const MOST_STATES: usize = (1 << MOST_DEMANDS) * 128;

/// Distinct demands, by bit.
type Set = u16;

/// What a demand asks of the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Goal {
    /// Formats that serve it, each with what taking it weighs: how little it is preferred, and what it causes behind
    /// an element whose output follows from it.
    pub formats: Vec<(usize, Weight)>,
    /// Sinks that are served by it, directly or behind such an element.
    pub sinks: u32,
}

impl Goal {
    /// What so many of these together ask.
    pub fn times(&self, count: u32) -> Goal {
        let formats = self.formats.iter().map(|(format, taken)| (*format, taken.times(count)));
        Goal { formats: formats.collect(), sinks: self.sinks.saturating_mul(count) }
    }
}

/// A tree as the searches find it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    /// Edges, each with the place of the branch before it (`None` at the source).
    pub branches: Vec<(Option<usize>, Edge)>,
    /// For each goal the branch and the format that serve it.
    pub served: Vec<(Option<usize>, usize)>,
}

impl Tree {
    /// The branch for an edge after a branch, made when it is not there.
    pub fn grow(&mut self, after: Option<usize>, edge: Edge) -> usize {
        let known = self.branches.iter().position(|branch| *branch == (after, edge));
        known.unwrap_or_else(|| {
            self.branches.push((after, edge));
            self.branches.len() - 1
        })
    }

    /// What it weighs when it serves these goals.
    pub fn weight(&self, goals: &[Goal]) -> Weight {
        let mut sinks = vec![0_u32; self.branches.len()];
        let mut sum = Weight::ZERO;
        for (goal, (branch, format)) in goals.iter().zip(&self.served) {
            let taken = goal.formats.iter().find(|(one, _)| one == format);
            sum = taken.map_or(sum, |(_, weight)| sum.plus(*weight));
            if let Some(branch) = branch {
                sinks[*branch] = sinks[*branch].saturating_add(goal.sinks);
            }
        }
        // A branch comes after the one before it.
        for (branch, (before, edge)) in self.branches.iter().enumerate().rev() {
            if let Some(before) = before {
                sinks[*before] = sinks[*before].saturating_add(sinks[branch]);
            }
            sum = sum.plus(Weight::step(edge.cpu, edge.cost.latency, sinks[branch]));
        }
        sum
    }
}

/// How `best[S][v]` is reached.
#[derive(Clone, Copy, Debug)]
enum Way {
    None,
    Leaf,
    Split(Set),
    /// By an edge, by its place in the closure.
    Edge(u32),
}

/// The cheapest tree that serves every goal, or `None` when the problem is too large.
pub(crate) fn tree(closure: &Closure, goals: &[Goal]) -> Option<Tree> {
    if goals.len() > MOST_DEMANDS {
        return None;
    }
    let mut table = Table::new(closure, goals);
    if table.sets() * table.formats.len() > MOST_STATES {
        return None;
    }
    table.fill(goals);
    Some(table.harvest())
}

/// The formats that matter, and the tables over them.
struct Table<'a> {
    closure: &'a Closure,
    goals: usize,
    /// Formats, by their place in the closure. A row of the tables is a place in here.
    formats: Vec<usize>,
    /// For each row, the demands that it can lead to with the fewest generations.
    leads_to: Vec<Set>,
    /// For each row, the edges that end there: the row where each begins, and its place in the closure.
    into: Vec<Vec<(usize, u32)>>,
    /// By set, then by row.
    best: Vec<Weight>,
    ways: Vec<Way>,
}

impl<'a> Table<'a> {
    fn new(closure: &'a Closure, goals: &[Goal]) -> Table<'a> {
        let mut into = vec![Vec::new(); closure.formats.len()];
        for (edge, place) in closure.edges.iter().zip(0..) {
            into[edge.to].push((edge.from, place));
        }
        let mut leads_to: Vec<Set> = vec![0; closure.formats.len()];
        for (demand, goal) in goals.iter().enumerate() {
            let bit = 1 << demand;
            let mut frontier: Vec<usize> = goal.formats.iter().map(|(format, _)| *format).collect();
            while let Some(format) = frontier.pop() {
                if leads_to[format] & bit == 0 {
                    leads_to[format] |= bit;
                    frontier.extend(into[format].iter().map(|(from, _)| *from));
                }
            }
        }
        let formats: Vec<usize> = (0..closure.formats.len()).filter(|format| leads_to[*format] != 0).collect();
        let row = |format: &usize| formats.binary_search(format).ok();
        let rows_into = |format: &usize| into[*format].iter().filter_map(|(from, place)| Some((row(from)?, *place)));
        Table {
            closure,
            goals: goals.len(),
            leads_to: formats.iter().map(|format| leads_to[*format]).collect(),
            into: formats.iter().map(|format| rows_into(format).collect()).collect(),
            formats,
            best: Vec::new(),
            ways: Vec::new(),
        }
    }

    /// How many sets of demands there are, with the empty one.
    fn sets(&self) -> usize {
        1 << self.goals
    }

    fn all(&self) -> Set {
        ((1_u32 << self.goals) - 1) as Set
    }

    fn at(&self, set: Set, row: usize) -> usize {
        usize::from(set) * self.formats.len() + row
    }

    fn fill(&mut self, goals: &[Goal]) {
        self.best = vec![Weight::UNREACHED; self.sets() * self.formats.len()];
        self.ways = vec![Way::None; self.sets() * self.formats.len()];
        for set in 1..=self.all() {
            let rows: Vec<usize> = (0..self.formats.len()).filter(|row| self.leads_to[*row] & set == set).collect();
            if set.is_power_of_two() {
                self.leaves(set, &goals[set.trailing_zeros() as usize]);
            } else {
                self.splits(set, &rows);
            }
            let members = goals.iter().enumerate().filter(|(demand, _)| set & (1 << demand) != 0);
            self.edges(set, &rows, members.map(|(_, goal)| goal.sinks).sum());
        }
    }

    fn leaves(&mut self, set: Set, goal: &Goal) {
        for (format, taken) in &goal.formats {
            if let Ok(row) = self.formats.binary_search(format) {
                let at = self.at(set, row);
                self.best[at] = *taken;
                self.ways[at] = Way::Leaf;
            }
        }
    }

    /// The best split of a set in two, at every format that leads to all of it.
    fn splits(&mut self, set: Set, rows: &[usize]) {
        let lowest = set & set.wrapping_neg();
        for row in rows {
            let at = self.at(set, *row);
            let (mut best, mut way) = (Weight::UNREACHED, Way::None);
            // The parts of the set that hold its lowest demand, so that each split is looked at once.
            let mut part = (set - 1) & set;
            while part != 0 {
                if part & lowest != 0 {
                    let sum = self.best[self.at(part, *row)].plus(self.best[self.at(set ^ part, *row)]);
                    if sum < best {
                        (best, way) = (sum, Way::Split(part));
                    }
                }
                part = (part - 1) & set;
            }
            self.best[at] = best;
            self.ways[at] = way;
        }
    }

    /// Carries the weights of a set against the edges, cheapest first (Dijkstra).
    fn edges(&mut self, set: Set, rows: &[usize], sinks: u32) {
        let begin = rows.iter().map(|row| Reverse((self.best[self.at(set, *row)], *row)));
        let mut heap: BinaryHeap<_> = begin.filter(|Reverse((weight, _))| *weight < Weight::UNREACHED).collect();
        while let Some(Reverse((weight, row))) = heap.pop() {
            if weight > self.best[self.at(set, row)] {
                continue;
            }
            for (before, place) in &self.into[row] {
                if self.leads_to[*before] & set != set {
                    continue;
                }
                let edge = &self.closure.edges[*place as usize];
                let sum = weight.plus(Weight::step(edge.cpu, edge.cost.latency, sinks));
                let at = self.at(set, *before);
                if sum < self.best[at] {
                    self.best[at] = sum;
                    self.ways[at] = Way::Edge(*place);
                    heap.push(Reverse((sum, *before)));
                }
            }
        }
    }

    /// Reads the tree of all demands at the sources out of the tables.
    fn harvest(&self) -> Tree {
        let mut tree = Tree { branches: Vec::new(), served: vec![(None, 0); self.goals] };
        let mut left: Vec<(Set, usize, Option<usize>)> =
            self.shares().into_iter().map(|(set, source)| (set, source, None)).collect();
        while let Some((set, format, branch)) = left.pop() {
            let Ok(row) = self.formats.binary_search(&format) else { continue };
            match self.ways[self.at(set, row)] {
                Way::Leaf => tree.served[set.trailing_zeros() as usize] = (branch, format),
                Way::Split(part) => left.extend([(set ^ part, format, branch), (part, format, branch)]),
                Way::Edge(place) => {
                    let edge = self.closure.edges[place as usize];
                    left.push((set, edge.to, Some(tree.grow(branch, edge))));
                }
                Way::None => {}
            }
        }
        tree
    }

    /// The demands that each source serves in the best forest of all: like a split, once for each further source.
    fn shares(&self) -> Vec<(Set, usize)> {
        let sources: Vec<usize> = (0..self.closure.sources).filter(|source| self.formats.contains(source)).collect();
        let [first, others @ ..] = sources.as_slice() else { return Vec::new() };
        // Sources come first among the formats, so the rows of those that matter are the first rows.
        let of_row = |row: usize, set: Set| if set == 0 { Weight::ZERO } else { self.best[self.at(set, row)] };
        let mut best: Vec<Weight> = (0..=self.all()).map(|set| of_row(0, set)).collect();
        let mut given: Vec<Vec<Set>> = Vec::new();
        for row in 1..=others.len() {
            let (mut better, mut parts) = (best.clone(), vec![0; self.sets()]);
            for set in 1..=self.all() {
                let mut part = set;
                while part != 0 {
                    let sum = best[usize::from(set ^ part)].plus(of_row(row, part));
                    if sum < better[usize::from(set)] {
                        (better[usize::from(set)], parts[usize::from(set)]) = (sum, part);
                    }
                    part = (part - 1) & set;
                }
            }
            best = better;
            given.push(parts);
        }
        let (mut shares, mut set) = (Vec::new(), self.all());
        for (parts, source) in given.iter().zip(others).rev() {
            let part = parts[usize::from(set)];
            if part != 0 {
                shares.push((part, *source));
            }
            set ^= part;
        }
        if set != 0 {
            shares.push((set, *first));
        }
        shares
    }
}
