//! The trees behind one source pad, from its closure and what each demand may be given.

use crate::closure::Closure;
use crate::exact::{self, Goal, Tree};
use crate::weight::Weight;
use crate::{Attachment, Step, approximate};

/// What sinks that are alike ask of a pad.
pub(crate) struct Demand {
    /// What one of them asks.
    pub goal: Goal,
    /// How many there are.
    pub count: u32,
}

/// Trees that serve demands.
pub(crate) struct Forest {
    tree: Tree,
    /// For each demand the goal that stands for it; `None` when it cannot be served.
    goal_of: Vec<Option<usize>>,
    /// Whether no others weigh less.
    pub proven: bool,
    /// What they weigh, with everything that the demands cause behind them.
    pub weight: Weight,
}

impl Forest {
    /// The cheapest trees that serve the demands; `None` stands for one that cannot be served.
    pub fn grow(closure: &Closure, demands: &[Option<Demand>]) -> Forest {
        // Demands that the same formats serve equally well are one goal.
        let mut units: Vec<(&Goal, u32)> = Vec::new();
        let mut goal_of = Vec::with_capacity(demands.len());
        for demand in demands {
            goal_of.push(demand.as_ref().map(|demand| {
                let known = units.iter().position(|(unit, _)| **unit == demand.goal);
                let place = known.unwrap_or_else(|| {
                    units.push((&demand.goal, 0));
                    units.len() - 1
                });
                units[place].1 = units[place].1.saturating_add(demand.count);
                place
            }));
        }
        let goals: Vec<Goal> = units.iter().map(|(unit, count)| unit.times(*count)).collect();
        let exact = exact::tree(closure, &goals);
        let proven = exact.is_some() && closure.complete;
        let tree = exact.unwrap_or_else(|| approximate::tree(closure, &goals));
        Forest { weight: tree.weight(&goals), tree, goal_of, proven }
    }

    /// What serves a demand.
    pub fn attachment(&self, closure: &Closure, demand: usize) -> Option<Attachment> {
        let (step, format) = self.tree.served[self.goal_of[demand]?];
        Some(Attachment { step, format: closure.formats[format] })
    }

    /// The trees as steps of a plan.
    pub fn steps(&self, closure: &Closure) -> Vec<Step> {
        let step = |(parent, edge): &(Option<usize>, crate::closure::Edge)| Step {
            parent: *parent,
            rule: edge.rule,
            input: closure.formats[edge.from],
            output: closure.formats[edge.to],
            cost: edge.cost,
        };
        self.tree.branches.iter().map(step).collect()
    }
}
