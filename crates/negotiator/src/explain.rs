//! A plan in words, like a database's query plan.

use crate::planner::plan_without;
use crate::{Attachment, Cost, Plan, Problem, Rule};
use std::fmt::Write;
use trellis_media::{Caps, Constraint, Field};

/// A table of the plan's steps: what each turns into what, what it costs, how many sinks it serves, and what the whole
/// would cost more without it; then each group of like sinks: what feeds it, and why the source itself does not.
///
/// CPU is in milliseconds a second of media, latency in milliseconds.
pub fn explain(problem: &Problem, plan: &Plan) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "source {}", problem.source);
    if plan.steps.is_empty() && plan.sinks.iter().any(Option::is_some) {
        let _ = writeln!(text, "no conversion: passes through");
    }
    let rows: Vec<[String; 6]> = (0..plan.steps.len()).map(|step| row(problem, plan, step)).collect();
    write_table(&mut text, &rows);
    for group in groups(problem, plan) {
        let _ = writeln!(text, "{}: {}", group.names(), group.reason(problem, plan));
    }
    let proof = if plan.proven { "no plan is cheaper" } else { "a cheaper plan may exist: too large to prove" };
    let _ = writeln!(text, "total {}; {proof}", written(plan.cost));
    text
}

/// For each sink, why it is fed as it is, in a few words for people: `takes it as it comes`, or what the source's
/// format lacks for it.
pub fn reasons(problem: &Problem, plan: &Plan) -> Vec<String> {
    let mut reasons = vec![String::new(); problem.sinks.len()];
    for group in groups(problem, plan) {
        let reason = match group.attachment {
            None => group.reason(problem, plan),
            Some(Attachment { step: None, .. }) => String::from("takes it as it comes"),
            Some(_) => group.why_not_source(problem).replacen("its", "the source's", 1),
        };
        for sink in &group.sinks {
            reasons[*sink].clone_from(&reason);
        }
    }
    reasons
}

/// The columns of [`row`].
const HEADINGS: [&str; 6] = ["step", "converter", "from -> to", "cost", "sinks", "without it"];

fn row(problem: &Problem, plan: &Plan, index: usize) -> [String; 6] {
    let step = &plan.steps[index];
    let depth = std::iter::successors(step.parent, |parent| plan.steps[*parent].parent).count();
    let name = problem.rules.get(step.rule).map_or("?", |rule: &Rule| &rule.name);
    [
        index.to_string(),
        format!("{}{name}", "  ".repeat(depth)),
        format!("{} -> {}", step.input, step.output),
        written(step.cost),
        plan.served()[index].to_string(),
        alternative(problem, plan, index),
    ]
}

/// What the whole would cost if a step could not be had.
fn alternative(problem: &Problem, plan: &Plan, index: usize) -> String {
    let step = &plan.steps[index];
    let fresh = Problem { running: None, ..*problem };
    let other = plan_without(&fresh, Some((step.rule, step.input, step.output)));
    let served = |plan: &Plan| plan.sinks.iter().flatten().count();
    let lost = served(plan).saturating_sub(served(&other));
    if lost > 0 {
        return if lost == 1 { String::from("1 sink unserved") } else { format!("{lost} sinks unserved") };
    }
    let more_generations = i64::from(other.cost.generations) - i64::from(plan.cost.generations);
    let more_cpu = i128::from(other.cost.cpu) - i128::from(plan.cost.cpu);
    let more_latency = i64::from(other.cost.latency) - i64::from(plan.cost.latency);
    let cpu = more_cpu as f64 / 1_000.0;
    match (more_generations, more_cpu) {
        (0, 0) => format!("{:+.1} ms late", more_latency as f64 / 1_000.0),
        (0, _) => format!("{cpu:+.1} ms/s"),
        _ => format!("{more_generations:+} lossy, {cpu:+.1} ms/s"),
    }
}

fn written(cost: Cost) -> String {
    let (cpu, latency) = (cost.cpu as f64 / 1_000.0, f64::from(cost.latency) / 1_000.0);
    format!("{} lossy, {cpu:.1} ms/s, {latency:.1} ms late", cost.generations)
}

fn write_table(text: &mut String, rows: &[[String; 6]]) {
    if rows.is_empty() {
        return;
    }
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([HEADINGS[column].len()]).max().unwrap_or(0)
    };
    let headings = HEADINGS.map(String::from);
    for row in std::iter::once(&headings).chain(rows) {
        let cells: Vec<String> =
            row.iter().enumerate().map(|(column, cell)| format!("{cell:<width$}", width = width(column))).collect();
        let _ = writeln!(text, "{}", cells.join(" | ").trim_end());
    }
}

/// Sinks with equal caps.
pub(crate) struct Group<'a> {
    pub caps: &'a Caps,
    pub sinks: Vec<usize>,
    pub attachment: Option<Attachment>,
}

/// The sinks of a problem, those with equal caps together, in the order of the first of each.
pub(crate) fn groups<'a>(problem: &Problem<'a>, plan: &Plan) -> Vec<Group<'a>> {
    let mut groups: Vec<Group> = Vec::new();
    for (sink, (caps, attachment)) in problem.sinks.iter().zip(&plan.sinks).enumerate() {
        match groups.iter_mut().find(|group| group.caps == caps) {
            Some(group) => group.sinks.push(sink),
            None => groups.push(Group { caps, sinks: vec![sink], attachment: *attachment }),
        }
    }
    groups
}

impl Group<'_> {
    /// `sink 3`, or `sinks 0, 1, 2 and 97 more`.
    pub fn names(&self) -> String {
        const NAMED: usize = 3;
        let named: Vec<String> = self.sinks.iter().take(NAMED).map(usize::to_string).collect();
        let more = self.sinks.len().saturating_sub(NAMED);
        let plural = if self.sinks.len() == 1 { "" } else { "s" };
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("sink{plural} {}{rest}", named.join(", "))
    }

    fn reason(&self, problem: &Problem, plan: &Plan) -> String {
        let Some(attachment) = self.attachment else {
            let reason = plan.unserved.iter().find(|unserved| unserved.sink == self.sinks[0]);
            return reason.map_or_else(|| String::from("not served"), |reason| format!("not served: {reason}"));
        };
        let Some(step) = attachment.step else { return format!("takes {} from the source", attachment.format) };
        format!("takes {} from step {step}; not from the source: {}", attachment.format, self.why_not_source(problem))
    }

    /// What is wrong with the source's format, against the alternative that it comes closest to.
    fn why_not_source(&self, problem: &Problem) -> String {
        let failing = self.caps.alternatives().iter().filter_map(|alternative| {
            let field = alternative.failing(&problem.source)?;
            Some((field, alternative.constraint(field)))
        });
        let Some((field, constraint)) = failing.max_by_key(|(field, _)| field.number()) else {
            return String::from("it accepts nothing");
        };
        let has = match problem.source.stated(field) {
            Some(value) => field.value_name(value),
            None => String::from("not stated"),
        };
        format!("its {field} is {has}, not {}", wanted(field, constraint))
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
