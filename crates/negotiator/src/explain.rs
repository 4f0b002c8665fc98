//! Plans in words and as a graph.

use crate::{Attachment, Plan, Problem, Step};
use std::fmt::Write;
use trellis_media::Format;

/// The plan as a table: each conversion, what it costs and whom it serves; then each sink and why it is fed so.
pub fn explain(problem: &Problem<'_>, plan: &Plan) -> String {
    let mut text = format!("source  {}\n", problem.source);
    if plan.steps.is_empty() {
        text.push_str("no conversion: the source is passed through\n");
    } else {
        let _ = writeln!(
            text,
            "{:<4} {:<5} {:<26} {:<44} {:>10} {:>6}",
            "step", "after", "converter", "gives", "cpu us/s", "lossy"
        );
    }
    for (index, step) in plan.steps.iter().enumerate() {
        let after = step.parent.map_or("src".to_owned(), |parent| parent.to_string());
        let name = problem.rules.get(step.rule).map_or("?", |rule| rule.name.as_ref());
        let output = step.output.to_string();
        let _ = writeln!(
            text,
            "{index:<4} {after:<5} {name:<26} {output:<44} {:>10} {:>6}",
            step.cost.cpu, step.cost.generations
        );
    }
    for (index, attachment) in plan.sinks.iter().enumerate() {
        let _ = match attachment {
            Some(Attachment { step: None, format }) => {
                writeln!(text, "sink {index} takes the source as it is: {format}")
            }
            Some(Attachment { step: Some(step), format }) => {
                let why = why_not_the_source(problem, index);
                writeln!(text, "sink {index} is fed by step {step}: {format}; {why}")
            }
            None => Ok(()),
        };
    }
    for unserved in &plan.unserved {
        let _ = writeln!(text, "sink {} cannot be served: {unserved}", unserved.sink);
    }
    let proven = if plan.proven { "no plan is cheaper" } else { "not proven cheapest" };
    let cost = plan.cost;
    let _ = writeln!(
        text,
        "cost: {} lossy generations over all sinks, {} us of CPU a second, {} us of delay; {proven}",
        cost.generations, cost.cpu, cost.latency
    );
    text
}

fn why_not_the_source(problem: &Problem<'_>, sink: usize) -> String {
    let Some(preferred) = problem.sinks.get(sink).and_then(|caps| caps.alternatives().first()) else {
        return String::new();
    };
    match preferred.failing(&problem.source) {
        Some(field) => format!("the source fails in {field} (it wants {preferred})"),
        None => "the source would do".to_owned(),
    }
}

/// The plan as a DOT graph.
pub fn dot(problem: &Problem<'_>, plan: &Plan) -> String {
    let mut dot = String::from("digraph plan {\n  rankdir=LR;\n  node [shape=box];\n");
    let _ = writeln!(dot, "  source [label=\"{}\"];", problem.source);
    let name = |step: Option<usize>| step.map_or("source".to_owned(), |step| format!("step{step}"));
    for (index, Step { parent, rule, output, .. }) in plan.steps.iter().enumerate() {
        let rule = problem.rules.get(*rule).map_or("?", |rule| rule.name.as_ref());
        let _ = writeln!(dot, "  step{index} [label=\"{rule}\\n{output}\", style=rounded];");
        let _ = writeln!(dot, "  {} -> step{index};", name(*parent));
    }
    for (index, attachment) in plan.sinks.iter().enumerate() {
        let format = |format: &Format| format.to_string();
        if let Some(attachment) = attachment {
            let _ = writeln!(dot, "  sink{index} [shape=ellipse];");
            let _ =
                writeln!(dot, "  {} -> sink{index} [label=\"{}\"];", name(attachment.step), format(&attachment.format));
        }
    }
    dot.push_str("}\n");
    dot
}
