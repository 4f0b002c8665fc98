//! From a problem to its plan.

use crate::closure::{Bias, Closure, Conversion};
use crate::exact::{self, Goal, Tree};
use crate::{Attachment, Plan, Problem, Step, Unserved, approximate, unserved};
use std::collections::{HashMap, HashSet};
use trellis_media::Caps;

/// By how much cheaper a step counts while it runs, in percent of its CPU: a change of what runs must save more.
pub const STABILITY_PERCENT: u64 = 10;

/// The cheapest tree of converters that serves the sinks of a problem; see the crate's page for what that means.
///
/// Sinks that nothing can serve do not keep the others from being served: they are listed in [`Plan::unserved`].
pub fn plan(problem: &Problem) -> Plan {
    plan_without(problem, None)
}

/// The plan of a problem in which one conversion is not to be had.
pub(crate) fn plan_without(problem: &Problem, without: Option<Conversion>) -> Plan {
    let running: HashSet<Conversion> =
        problem.running.iter().flat_map(|plan| &plan.steps).map(|step| (step.rule, step.input, step.output)).collect();
    let cpu = |conversion: &Conversion, cpu: u64| {
        if running.contains(conversion) { cpu - (cpu / 100).saturating_mul(STABILITY_PERCENT) } else { cpu }
    };
    let demands = Demands::of(problem);
    if demands.converted.is_empty() {
        let fed = Attachment { step: None, format: problem.source };
        return Plan { sinks: vec![Some(fed); problem.sinks.len()], proven: true, ..Plan::default() };
    }
    let closure = Closure::new(problem, &demands.converted, Bias { without, cpu: &cpu });
    let mut goals: Vec<Goal> = Vec::new();
    // Demands that the same formats serve are one goal.
    let goal_of: Vec<Option<usize>> = demands
        .converted
        .iter()
        .zip(&demands.counts)
        .map(|(caps, sinks)| {
            let formats = closure.goals(caps);
            if formats.is_empty() {
                return None;
            }
            let goal = goals.iter().position(|goal| goal.formats == formats).unwrap_or_else(|| {
                goals.push(Goal { formats, sinks: 0 });
                goals.len() - 1
            });
            goals[goal].sinks = goals[goal].sinks.saturating_add(*sinks);
            Some(goal)
        })
        .collect();
    let exact = exact::tree(&closure, &goals);
    let proven = exact.is_some() && closure.complete;
    let tree = exact.unwrap_or_else(|| approximate::tree(&closure, &goals));
    finish(problem, &demands, &closure, &goal_of, &tree, proven)
}

/// The sinks of a problem, grouped.
struct Demands<'a> {
    /// The distinct caps of sinks that do not accept the source's format.
    converted: Vec<&'a Caps>,
    /// How many sinks have them.
    counts: Vec<u32>,
    /// For each sink its place in `converted`; `None` when the source feeds it.
    of_sink: Vec<Option<usize>>,
}

impl<'a> Demands<'a> {
    fn of(problem: &Problem<'a>) -> Demands<'a> {
        let mut demands = Demands { converted: Vec::new(), counts: Vec::new(), of_sink: Vec::new() };
        let mut known: HashMap<&Caps, Option<usize>> = HashMap::new();
        for caps in problem.sinks {
            let demand = *known.entry(caps).or_insert_with(|| {
                if caps.accepts(&problem.source) {
                    return None;
                }
                demands.converted.push(caps);
                demands.counts.push(0);
                Some(demands.converted.len() - 1)
            });
            if let Some(demand) = demand {
                demands.counts[demand] = demands.counts[demand].saturating_add(1);
            }
            demands.of_sink.push(demand);
        }
        demands
    }
}

/// A plan from the tree that serves the goals.
fn finish(
    problem: &Problem,
    demands: &Demands,
    closure: &Closure,
    goal_of: &[Option<usize>],
    tree: &Tree,
    proven: bool,
) -> Plan {
    let mut plan = Plan { proven, ..Plan::default() };
    for (parent, edge) in &tree.branches {
        let (input, output) = (closure.formats[edge.from], closure.formats[edge.to]);
        plan.steps.push(Step { parent: *parent, rule: edge.rule, input, output, cost: edge.cost });
    }
    let mut reasons: HashMap<usize, Unserved> = HashMap::new();
    for (sink, demand) in demands.of_sink.iter().enumerate() {
        let Some(demand) = *demand else {
            plan.sinks.push(Some(Attachment { step: None, format: problem.source }));
            continue;
        };
        let attachment = goal_of[demand].map(|goal| {
            let (step, format) = tree.served[goal];
            Attachment { step, format: closure.formats[format] }
        });
        if attachment.is_none() {
            let reason =
                reasons.entry(demand).or_insert_with(|| unserved::explain(problem, sink, demands.converted[demand]));
            plan.unserved.push(Unserved { sink, ..reason.clone() });
        }
        plan.sinks.push(attachment);
    }
    plan.cost = plan.total();
    plan
}
