//! The union of every demand's own cheapest path, for problems that are too large for the exact search. All paths
//! come from one shortest-path tree, so what two demands need alike they share.

use crate::closure::{Closure, Edge};
use crate::exact::{Goal, Tree};
use crate::weight::Weight;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The union of the cheapest paths to all goals.
pub(crate) fn tree(closure: &Closure, goals: &[Goal]) -> Tree {
    let (weights, before) = paths(closure);
    let mut tree = Tree::default();
    for goal in goals {
        let cheapest = goal.formats.iter().min_by_key(|(format, taken)| (weights[*format].plus(*taken), *format));
        let Some((format, _)) = cheapest else { continue };
        let mut path = Vec::new();
        let mut at = *format;
        while let Some(edge) = before[at] {
            path.push(edge);
            at = edge.from;
        }
        let branch = path.into_iter().rev().fold(None, |branch, edge| Some(tree.grow(branch, edge)));
        tree.served.push((branch, *format));
    }
    tree
}

/// The weight of the cheapest path to every format, and its last edge.
fn paths(closure: &Closure) -> (Vec<Weight>, Vec<Option<Edge>>) {
    let mut weights = vec![Weight::UNREACHED; closure.formats.len()];
    let mut before = vec![None; closure.formats.len()];
    weights[..closure.sources].fill(Weight::ZERO);
    let mut heap: BinaryHeap<_> = (0..closure.sources).map(|source| Reverse((Weight::ZERO, source))).collect();
    while let Some(Reverse((weight, format))) = heap.pop() {
        if weight > weights[format] {
            continue;
        }
        for edge in closure.edges_from(format) {
            let sum = weight.plus(Weight::step(edge.cpu, edge.cost.latency, 1));
            if sum < weights[edge.to] {
                weights[edge.to] = sum;
                before[edge.to] = Some(*edge);
                heap.push(Reverse((sum, edge.to)));
            }
        }
    }
    (weights, before)
}
