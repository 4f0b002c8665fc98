//! The question and the answer.

use crate::{Cost, Rule, Unserved};
use trellis_media::{Caps, Format};

/// A source pad, everything that is connected to it, and the converters there are.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// What the source gives.
    pub source: Format,
    /// What each sink accepts. Equal caps count as one demand, so a thousand alike cost hardly more than one.
    pub sinks: &'a [Caps],
    /// The converters.
    pub rules: &'a [Rule],
    /// The plan that runs now, if any. Its steps count as cheaper than others, so what runs stays until something else
    /// saves more than [`crate::STABILITY_PERCENT`], or than what [`crate::plan_within`] is told.
    pub running: Option<&'a Plan>,
}

/// A tree of converters that serves the sinks of a problem.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The converters, each after its parent. Empty when everything passes through.
    pub steps: Vec<Step>,
    /// What feeds each sink, in the order of the problem's sinks; `None` for one that cannot be served.
    pub sinks: Vec<Option<Attachment>>,
    /// The sinks that cannot be served, and why.
    pub unserved: Vec<Unserved>,
    /// Lossy generations summed over the sinks, CPU summed over the steps, latency summed over the sinks.
    pub cost: Cost,
    /// Whether no tree is cheaper; false when the problem was too large for the exact search.
    pub proven: bool,
}

/// One converter of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The step that feeds it, by its place in [`Plan::steps`]; `None` for the source.
    pub parent: Option<usize>,
    /// The converter, by its place in [`Problem::rules`].
    pub rule: usize,
    /// What goes in.
    pub input: Format,
    /// What comes out.
    pub output: Format,
    /// What the step costs, counted once.
    pub cost: Cost,
}

/// What feeds a sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The step whose output it takes; `None` for the source itself.
    pub step: Option<usize>,
    /// What it gets.
    pub format: Format,
}

impl Plan {
    /// The steps from the source to a sink, the first one first; `None` for a sink that is not served.
    pub fn path(&self, sink: usize) -> Option<Vec<usize>> {
        let mut at = self.sinks.get(sink)?.as_ref()?.step;
        let mut path = Vec::new();
        while let Some(step) = at {
            path.push(step);
            at = self.steps.get(step)?.parent;
        }
        path.reverse();
        Some(path)
    }

    /// How many sinks each step serves, directly or through other steps.
    pub fn served(&self) -> Vec<usize> {
        let mut served = vec![0; self.steps.len()];
        for step in self.sinks.iter().flatten().filter_map(|attachment| attachment.step) {
            served[step] += 1;
        }
        for step in (0..self.steps.len()).rev() {
            if let Some(parent) = self.steps[step].parent {
                served[parent] += served[step];
            }
        }
        served
    }

    /// The cost of the whole tree, as [`Plan::cost`] defines it.
    pub(crate) fn total(&self) -> Cost {
        self.steps.iter().zip(self.served()).fold(Cost::default(), |sum, (step, served)| {
            let served = u32::try_from(served).unwrap_or(u32::MAX);
            sum + Cost {
                generations: step.cost.generations.saturating_mul(served),
                cpu: step.cost.cpu,
                latency: step.cost.latency.saturating_mul(served),
            }
        })
    }
}
