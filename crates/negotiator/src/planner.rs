//! From a problem to its plan.

use crate::closure::{Closure, Conversion, Origin, Reach};
use crate::exact::Goal;
use crate::forest::{Demand, Forest};
use crate::hash::HashMap;
use crate::stability::{Bias, Percent};
use crate::want::{Wants, usable};
use crate::weight::Weight;
use crate::{Attachment, Plan, Problem, Unserved, unserved};
use trellis_media::{Caps, Format};

/// The cheapest tree of converters that serves the sinks of a problem; see the crate's page for what that means.
///
/// Sinks that nothing can serve do not keep the others from being served: they are listed in [`Plan::unserved`].
pub fn plan(problem: &Problem) -> Plan {
    plan_within(problem, Percent::default())
}

/// As [`plan`], with another threshold for what runs than [`crate::STABILITY_PERCENT`].
pub fn plan_within(problem: &Problem, threshold: Percent) -> Plan {
    plan_biased(problem, &Bias::new(problem.running, threshold))
}

/// As [`plan`], where some conversions are not to be had: they failed.
pub fn plan_without(problem: &Problem, without: &[Conversion]) -> Plan {
    plan_biased(problem, &Bias::new(problem.running, Percent::default()).without(without.iter().copied()))
}

fn plan_biased(problem: &Problem, bias: &Bias) -> Plan {
    let kinds = Kinds::of(problem);
    if kinds.converted.is_empty() {
        let fed = Attachment { step: None, format: problem.source };
        return Plan { sinks: vec![Some(fed); problem.sinks.len()], proven: true, ..Plan::default() };
    }
    let origin = Origin { sources: &[problem.source], rules: problem.rules, bias };
    let wanted = kinds.converted.iter().flat_map(|caps| caps.alternatives());
    let wants = Wants::new(wanted, problem.rules, &usable(origin.sources, problem.rules));
    let closure = Closure::new(origin, &wants, Reach::Met(&kinds.converted));
    let demands: Vec<Option<Demand>> =
        kinds.converted.iter().zip(&kinds.counts).map(|(caps, count)| demand(&closure, caps, *count)).collect();
    let forest = Forest::grow(&closure, &demands);
    finish(problem, &kinds, &closure, &forest)
}

/// What sinks with these caps ask; `None` when they cannot be served.
pub(crate) fn demand(closure: &Closure, caps: &Caps, count: u32) -> Option<Demand> {
    let goals = closure.goals(caps).into_iter();
    let formats: Vec<(usize, Weight)> =
        goals.map(|(format, one)| (format, preference(caps, one, &closure.formats[format]))).collect();
    (!formats.is_empty()).then_some(Demand { goal: Goal { formats, sinks: 1 }, count })
}

/// What it weighs that a format is not what a sink prefers most.
pub(crate) fn preference(caps: &Caps, alternative: usize, format: &Format) -> Weight {
    Weight::preference(alternative, caps.alternatives()[alternative].preference(format))
}

/// The sinks of a problem, grouped.
struct Kinds<'a> {
    /// The distinct caps of sinks that do not accept the source's format.
    converted: Vec<&'a Caps>,
    /// How many sinks have them.
    counts: Vec<u32>,
    /// For each sink its place in `converted`; `None` when the source feeds it.
    of_sink: Vec<Option<usize>>,
}

impl<'a> Kinds<'a> {
    fn of(problem: &Problem<'a>) -> Kinds<'a> {
        let mut kinds = Kinds { converted: Vec::new(), counts: Vec::new(), of_sink: Vec::new() };
        let mut known: HashMap<&Caps, Option<usize>> = HashMap::default();
        for caps in problem.sinks {
            let kind = *known.entry(caps).or_insert_with(|| {
                if caps.accepts(&problem.source) {
                    return None;
                }
                kinds.converted.push(caps);
                kinds.counts.push(0);
                Some(kinds.converted.len() - 1)
            });
            if let Some(kind) = kind {
                kinds.counts[kind] = kinds.counts[kind].saturating_add(1);
            }
            kinds.of_sink.push(kind);
        }
        kinds
    }
}

/// A plan from the trees that serve the sinks.
fn finish(problem: &Problem, kinds: &Kinds, closure: &Closure, forest: &Forest) -> Plan {
    let mut plan = Plan { proven: forest.proven, steps: forest.steps(closure), ..Plan::default() };
    let mut reasons: HashMap<usize, Unserved> = HashMap::default();
    for (sink, kind) in kinds.of_sink.iter().enumerate() {
        let Some(kind) = *kind else {
            plan.sinks.push(Some(Attachment { step: None, format: problem.source }));
            continue;
        };
        let attachment = forest.attachment(closure, kind);
        if attachment.is_none() {
            let caps = kinds.converted[kind];
            let reason =
                reasons.entry(kind).or_insert_with(|| unserved::explain(&[problem.source], problem.rules, sink, caps));
            plan.unserved.push(Unserved { sink, ..reason.clone() });
        }
        plan.sinks.push(attachment);
    }
    plan.cost = plan.total();
    plan
}
