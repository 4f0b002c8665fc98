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
/// Splits that are looked at before the exact search is given up: 8 demands over 64 formats.
const MOST_SPLITS: usize = 3_usize.pow(MOST_DEMANDS as u32) * 64;

/// Distinct demands, by bit.
type Set = u16;

/// What a demand asks of the search.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    /// Formats that serve it, each with the alternative that accepts it.
    pub formats: Vec<(usize, usize)>,
    /// Sinks that have this demand.
    pub sinks: u32,
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
}

/// How `best[S][v]` is reached.
#[derive(Clone, Copy, Debug)]
enum Way {
    None,
    Leaf,
    Split(Set),
    Edge(Edge),
}

/// The cheapest tree that serves every goal, or `None` when the problem is too large.
pub(crate) fn tree(closure: &Closure, goals: &[Goal]) -> Option<Tree> {
    if goals.len() > MOST_DEMANDS {
        return None;
    }
    let table = Table::new(closure, goals);
    if 3_usize.pow(goals.len() as u32) * table.formats.len() > MOST_SPLITS {
        return None;
    }
    Some(table.fill(goals))
}

/// The formats that matter, and the tables over them.
struct Table {
    /// Formats, by their place in the closure.
    formats: Vec<usize>,
    /// For each of them, the demands that it can lead to with the fewest generations.
    leads_to: Vec<Set>,
    /// For each of them, the edges that end there: the row of their beginning, and the edge.
    into: Vec<Vec<(usize, Edge)>>,
    best: Vec<Vec<Weight>>,
    ways: Vec<Vec<Way>>,
}

impl Table {
    fn new(closure: &Closure, goals: &[Goal]) -> Table {
        let mut into = vec![Vec::new(); closure.formats.len()];
        for edge in &closure.edges {
            into[edge.to].push(*edge);
        }
        let mut leads_to: Vec<Set> = vec![0; closure.formats.len()];
        for (demand, goal) in goals.iter().enumerate() {
            let bit = 1 << demand;
            let mut frontier: Vec<usize> = goal.formats.iter().map(|(format, _)| *format).collect();
            while let Some(format) = frontier.pop() {
                if leads_to[format] & bit == 0 {
                    leads_to[format] |= bit;
                    frontier.extend(into[format].iter().map(|edge: &Edge| edge.from));
                }
            }
        }
        let formats: Vec<usize> = (0..closure.formats.len()).filter(|format| leads_to[*format] != 0).collect();
        let row = |format: &usize| formats.binary_search(format).ok();
        let into = formats
            .iter()
            .map(|format| into[*format].iter().filter_map(|edge| Some((row(&edge.from)?, *edge))).collect())
            .collect();
        let sets = 1 << goals.len();
        Table {
            leads_to: formats.iter().map(|format| leads_to[*format]).collect(),
            best: vec![vec![Weight::UNREACHED; formats.len()]; sets],
            ways: vec![vec![Way::None; formats.len()]; sets],
            into,
            formats,
        }
    }

    fn fill(mut self, goals: &[Goal]) -> Tree {
        let all: Set = ((1_u32 << goals.len()) - 1) as Set;
        for set in 1..=all {
            if set.count_ones() == 1 {
                self.leaves(set, &goals[set.trailing_zeros() as usize]);
            } else {
                self.splits(set);
            }
            self.edges(set, goals.iter().enumerate().filter(|(d, _)| set & (1 << d) != 0).map(|(_, g)| g.sinks).sum());
        }
        self.harvest(goals.len())
    }

    fn leaves(&mut self, set: Set, goal: &Goal) {
        for (format, alternative) in &goal.formats {
            if let Ok(row) = self.formats.binary_search(format) {
                self.best[set as usize][row] = Weight::preference(*alternative, goal.sinks);
                self.ways[set as usize][row] = Way::Leaf;
            }
        }
    }

    /// The best split of a set in two at every format that leads to all of it.
    fn splits(&mut self, set: Set) {
        let lowest = set & set.wrapping_neg();
        let (earlier, rest) = self.best.split_at_mut(set as usize);
        let (best, ways) = (&mut rest[0], &mut self.ways[set as usize]);
        let mut part = (set - 1) & set;
        while part != 0 {
            if part & lowest != 0 {
                let (one, other) = (&earlier[part as usize], &earlier[(set ^ part) as usize]);
                for row in 0..best.len() {
                    let sum = one[row].plus(other[row]);
                    if sum < best[row] {
                        best[row] = sum;
                        ways[row] = Way::Split(part);
                    }
                }
            }
            part = (part - 1) & set;
        }
    }

    /// Carries the weights of a set against the edges, cheapest first (Dijkstra).
    fn edges(&mut self, set: Set, sinks: u32) {
        let (best, ways) = (&mut self.best[set as usize], &mut self.ways[set as usize]);
        let mut heap: BinaryHeap<Reverse<(Weight, usize)>> =
            (0..best.len()).filter(|row| best[*row] < Weight::UNREACHED).map(|row| Reverse((best[row], row))).collect();
        while let Some(Reverse((weight, row))) = heap.pop() {
            if weight > best[row] {
                continue;
            }
            for (before, edge) in &self.into[row] {
                if self.leads_to[*before] & set != set {
                    continue;
                }
                let sum = weight.plus(Weight::step(edge.cpu, edge.cost.latency, sinks));
                if sum < best[*before] {
                    best[*before] = sum;
                    ways[*before] = Way::Edge(*edge);
                    heap.push(Reverse((sum, *before)));
                }
            }
        }
    }

    /// Reads the tree of all demands at the source out of the tables.
    fn harvest(&self, goals: usize) -> Tree {
        let mut tree = Tree { branches: Vec::new(), served: vec![(None, 0); goals] };
        let mut left = vec![(((1_u32 << goals) - 1) as Set, 0, None)];
        while let Some((set, format, branch)) = left.pop() {
            let Ok(row) = self.formats.binary_search(&format) else { continue };
            match self.ways[set as usize][row] {
                Way::Leaf => tree.served[set.trailing_zeros() as usize] = (branch, format),
                Way::Split(part) => left.extend([(set ^ part, format, branch), (part, format, branch)]),
                Way::Edge(edge) => left.push((set, edge.to, Some(tree.grow(branch, edge)))),
                Way::None => {}
            }
        }
        tree
    }
}
