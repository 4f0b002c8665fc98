//! The plan of a network as a DOT graph.

use super::explain::Teller;
use super::{Network, NetworkPlan, PadPlan};
use crate::dot::escape;
use std::fmt::Write;

/// The elements and the converters between them as a graph in the DOT language, with the formats that flow. A sink that
/// is not served is linked by a dashed line.
///
/// Elements are called by these names, or by their numbers where there is none.
pub fn dot_network(network: &Network, plan: &NetworkPlan, names: &[&str]) -> String {
    let teller = Teller { network: *network, plan, names };
    let mut text = String::from("digraph network {\n  rankdir=LR;\n  node [shape=box];\n");
    for (element, spec) in network.elements.iter().enumerate() {
        let option = plan.choices.get(element).filter(|_| spec.options.len() > 1);
        let option = option.map_or_else(String::new, |option| format!("\\noption {option}"));
        let _ = writeln!(text, "  e{element} [label=\"{}{option}\", shape=ellipse];", escape(&teller.name(element)));
    }
    for pad in &plan.pads {
        write_pad(network, pad, &mut text);
    }
    text.push_str("}\n");
    text
}

fn write_pad(network: &Network, pad: &PadPlan, text: &mut String) {
    let prefix = format!("p{}_{}", pad.pad.element, pad.pad.pad);
    let feeder = |step: Option<usize>| match step {
        Some(step) => format!("{prefix}_s{step}"),
        None => format!("e{}", pad.pad.element),
    };
    for (index, step) in pad.plan.steps.iter().enumerate() {
        let name = network.rules.get(step.rule).map_or("?", |rule| &rule.name);
        let label = format!("{}\\n{} us/s", escape(name), step.cost.cpu);
        let _ = writeln!(text, "  {prefix}_s{index} [label=\"{label}\", style=rounded];");
        let _ = writeln!(text, "  {} -> {prefix}_s{index} [label=\"{}\"];", feeder(step.parent), step.input);
    }
    for (sink, attachment) in pad.sinks.iter().zip(&pad.plan.sinks) {
        let (from, style) = match attachment {
            Some(attachment) => (feeder(attachment.step), format!("label=\"{}\"", attachment.format)),
            None => (feeder(None), String::from("label=\"not served\", style=dashed")),
        };
        let _ = writeln!(text, "  {from} -> e{} [{style}];", sink.element);
    }
}
