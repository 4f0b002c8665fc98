//! A plan in words, like a database's query plan.

use crate::loss::change;
use crate::planner::plan_without;
use crate::table::{Outcome, write_table, written};
use crate::{Attachment, Plan, Problem, Rule, Step};
use std::fmt::Write;
use trellis_media::{Caps, Constraint, Field, Format};

/// A table of the plan's steps: what each turns into what, what it costs, how many sinks it serves, and what the whole
/// would cost more without it; then each group of like sinks: what feeds it, and why the source itself does not.
///
/// CPU is in milliseconds a second of media, latency in milliseconds.
pub fn explain(problem: &Problem, plan: &Plan) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "source {}", problem.source);
    let without = |step: &Step| {
        let fresh = Problem { running: None, ..*problem };
        let other = plan_without(&fresh, &[(step.rule, step.input, step.output)]);
        plan.outcome().against(&other.outcome())
    };
    let names = |sinks: &[usize]| numbers(sinks);
    let tree = Tree { sources: &[problem.source], rules: problem.rules, plan, without: &without, names: &names };
    tree.write(problem.sinks.iter().collect(), &mut text);
    let _ = writeln!(text, "total {}; {}", written(plan.cost), proof(plan.proven));
    text
}

/// For each sink, why it is fed as it is, in a few words for people: `takes it as it comes`, or what the source's
/// format lacks for it.
pub fn reasons(problem: &Problem, plan: &Plan) -> Vec<String> {
    let mut reasons = vec![String::new(); problem.sinks.len()];
    let sources = [problem.source];
    for group in groups(problem.sinks.iter(), plan) {
        let reason = match group.attachment {
            None => group.reason(&sources, plan),
            Some(Attachment { step: None, .. }) => String::from("takes it as it comes"),
            Some(_) => group.why_not_source(&sources).replacen("its", "the source's", 1),
        };
        for sink in &group.sinks {
            reasons[*sink].clone_from(&reason);
        }
    }
    reasons
}

pub(crate) fn proof(proven: bool) -> &'static str {
    if proven { "no plan is cheaper" } else { "a cheaper plan may exist: too large to prove" }
}

impl Plan {
    /// What this plan comes to.
    pub(crate) fn outcome(&self) -> Outcome {
        let changes = (0..self.sinks.len()).flat_map(|sink| self.path(sink).unwrap_or_default());
        let changes = changes.map(|step| u64::from(change(&self.steps[step].input, &self.steps[step].output)));
        Outcome { served: self.sinks.iter().flatten().count(), cost: self.cost, change: changes.sum() }
    }
}

/// What is told of the tree behind a source pad.
pub(crate) struct Tree<'a> {
    pub sources: &'a [Format],
    pub rules: &'a [Rule],
    pub plan: &'a Plan,
    /// What the whole would cost without a step.
    pub without: &'a dyn Fn(&Step) -> String,
    /// What sinks are called.
    pub names: &'a dyn Fn(&[usize]) -> String,
}

impl Tree<'_> {
    /// The table of the steps, and each group of like sinks.
    pub fn write(&self, sinks: Vec<&Caps>, text: &mut String) {
        if self.plan.steps.is_empty() && self.plan.sinks.iter().any(Option::is_some) {
            let _ = writeln!(text, "no conversion: passes through");
        }
        let served = self.plan.served();
        let rows: Vec<[String; 6]> = (0..self.plan.steps.len()).map(|step| self.row(step, served[step])).collect();
        write_table(text, ["step", "converter", "from -> to", "cost", "sinks", "without it"], &rows);
        for group in groups(sinks.into_iter(), self.plan) {
            let _ = writeln!(text, "{}: {}", (self.names)(&group.sinks), group.reason(self.sources, self.plan));
        }
    }

    fn row(&self, index: usize, served: usize) -> [String; 6] {
        let step = &self.plan.steps[index];
        let depth = std::iter::successors(step.parent, |parent| self.plan.steps[*parent].parent).count();
        let name = self.rules.get(step.rule).map_or("?", |rule: &Rule| &rule.name);
        [
            index.to_string(),
            format!("{}{name}", "  ".repeat(depth)),
            format!("{} -> {}", step.input, step.output),
            written(step.cost),
            served.to_string(),
            (self.without)(step),
        ]
    }
}

/// `sink 3`, or `sinks 0, 1, 2 and 97 more`.
pub(crate) fn numbers(sinks: &[usize]) -> String {
    let plural = if sinks.len() == 1 { "" } else { "s" };
    format!("sink{plural} {}", some_of(sinks.iter().map(usize::to_string)))
}

/// The first three of a list, and how many more there are.
pub(crate) fn some_of(all: impl ExactSizeIterator<Item = String>) -> String {
    const NAMED: usize = 3;
    let more = all.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", all.take(NAMED).collect::<Vec<String>>().join(", "))
}

/// Sinks with equal caps.
pub(crate) struct Group<'a> {
    pub caps: &'a Caps,
    pub sinks: Vec<usize>,
    pub attachment: Option<Attachment>,
}

/// The sinks of a plan, those with equal caps that are fed alike together, in the order of the first of each.
pub(crate) fn groups<'a>(sinks: impl Iterator<Item = &'a Caps>, plan: &Plan) -> Vec<Group<'a>> {
    let mut groups: Vec<Group> = Vec::new();
    for (sink, (caps, attachment)) in sinks.zip(&plan.sinks).enumerate() {
        match groups.iter_mut().find(|group| group.caps == caps && group.attachment == *attachment) {
            Some(group) => group.sinks.push(sink),
            None => groups.push(Group { caps, sinks: vec![sink], attachment: *attachment }),
        }
    }
    groups
}

impl Group<'_> {
    fn reason(&self, sources: &[Format], plan: &Plan) -> String {
        let Some(attachment) = self.attachment else {
            let reason = plan.unserved.iter().find(|unserved| unserved.sink == self.sinks[0]);
            return reason.map_or_else(|| String::from("not served"), |reason| format!("not served: {reason}"));
        };
        let Some(step) = attachment.step else { return format!("takes {} from the source", attachment.format) };
        format!("takes {} from step {step}; not from the source: {}", attachment.format, self.why_not_source(sources))
    }

    /// What is wrong with the source's format, against the alternative that it comes closest to.
    pub(crate) fn why_not_source(&self, sources: &[Format]) -> String {
        if sources.iter().any(|source| self.caps.accepts(source)) {
            return String::from("it could be, but this is cheaper with what comes after it");
        }
        let pairs = sources.iter().flat_map(|source| self.caps.alternatives().iter().map(move |one| (source, one)));
        let failing = pairs.filter_map(|(source, one)| Some((one.failing(source)?, source, one)));
        let Some((field, source, one)) = failing.max_by_key(|(field, _, _)| field.number()) else {
            return String::from("it accepts nothing");
        };
        let has = match source.stated(field) {
            Some(value) => field.value_name(value),
            None => String::from("not stated"),
        };
        format!("its {field} is {has}, not {}", wanted(field, one.constraint(field)))
    }
}

fn wanted(field: Field, constraint: &Constraint) -> String {
    match constraint {
        Constraint::Any => String::from("anything"),
        Constraint::One(value) => field.value_name(*value),
        Constraint::Some(values) => {
            let names: Vec<String> = values.iter().map(|value| field.value_name(*value)).collect();
            format!("one of {}", names.join(", "))
        }
        Constraint::Range(low, high) => format!("{} to {}", field.value_name(*low), field.value_name(*high)),
    }
}
