//! A plan as a DOT graph.

use crate::explain::{groups, numbers};
use crate::{Plan, Problem};
use std::fmt::Write;

/// The plan as a graph in the DOT language: the source, the steps, the sinks, and the formats between them. Sinks that
/// are alike and fed alike are drawn as one.
pub fn dot(problem: &Problem, plan: &Plan) -> String {
    let mut text = String::from("digraph plan {\n  rankdir=LR;\n  node [shape=box];\n");
    let _ = writeln!(text, "  source [label=\"source\\n{}\", shape=ellipse];", problem.source);
    for (index, step) in plan.steps.iter().enumerate() {
        let name = problem.rules.get(step.rule).map_or("?", |rule| &rule.name);
        let _ = writeln!(
            text,
            "  s{index} [label=\"{}\\n{} us/s\", style=rounded];\n  {} -> s{index} [label=\"{}\"];",
            escape(name),
            step.cost.cpu,
            feeder(step.parent),
            step.input
        );
    }
    for (index, sinks) in groups(problem.sinks.iter(), plan).iter().enumerate() {
        let caps = escape(&sinks.caps.to_string());
        let _ = writeln!(text, "  k{index} [label=\"{}\\n{caps}\", shape=ellipse];", numbers(&sinks.sinks));
        if let Some(attachment) = sinks.attachment {
            let _ = writeln!(text, "  {} -> k{index} [label=\"{}\"];", feeder(attachment.step), attachment.format);
        }
    }
    text.push_str("}\n");
    text
}

fn feeder(step: Option<usize>) -> String {
    step.map_or_else(|| String::from("source"), |step| format!("s{step}"))
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
