//! A pipeline and why it runs as it does: one picture, one table.

use crate::Registry;
use crate::machine::Machine;
use crate::report::{NodeReport, Report};
use crate::slot::ElementId;
use crate::whole::Whole;
use std::collections::HashMap;
use std::fmt;
use std::fmt::Write;
use std::sync::Arc;
use trellis_negotiator::{Pad, Why, explain_network, why};

/// What runs in a pipeline, and what is needed to tell why. Taken in one turn; what the alternatives would cost is found
/// when it is asked for, without keeping the pipeline from its work.
pub struct Explanation {
    /// What runs.
    pub report: Report,
    registry: Arc<Registry>,
    whole: Whole,
    /// What the elements of `whole` are called: by their names, numbered where several have the same.
    names: Vec<String>,
    /// For each converter that is a step of a plan the pad and the step.
    steps: HashMap<ElementId, (Pad, usize)>,
}

impl Machine {
    pub fn explanation(&self) -> Explanation {
        let mut whole = self.whole();
        whole.reckon(self.registry.rules());
        let mut steps = HashMap::new();
        for (element, key) in whole.keys.iter().enumerate() {
            for (pad, output) in self.slots[*key].outputs.iter().enumerate() {
                let nodes = output.tree.as_deref().map_or(&[][..], |tree| &tree.nodes);
                steps.extend(nodes.iter().enumerate().map(|(step, node)| (*node, (Pad { element, pad }, step))));
            }
        }
        let names = numbered(whole.keys.iter().map(|key| Arc::clone(&self.slots[*key].name)).collect());
        Explanation { report: self.report(), registry: Arc::clone(&self.registry), whole, names, steps }
    }
}

/// Names, with a number where there are several of one.
fn numbered(names: Vec<Arc<str>>) -> Vec<String> {
    let mut counts: HashMap<Arc<str>, (usize, usize)> = HashMap::new();
    for name in &names {
        counts.entry(Arc::clone(name)).or_default().0 += 1;
    }
    let name = |name: Arc<str>| match counts.get_mut(&name) {
        Some((all, number)) if *all > 1 => {
            *number += 1;
            format!("{name} {number}")
        }
        _ => name.to_string(),
    };
    names.into_iter().map(name).collect()
}

impl Explanation {
    /// For each source pad that feeds anything a table of the converters behind it: what each costs, whom it serves and
    /// what the whole would cost without it; then for each sink why it is fed so, and what elements do themselves.
    pub fn text(&self) -> String {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        explain_network(&self.whole.network(self.registry.rules()), &self.whole.running, &names)
    }

    /// The pipeline as a graph in the DOT language: elements square, converters round, with what each has done, and for
    /// converters why they are there; what flows on the edges. A sink that is not served hangs on a dashed red edge.
    pub fn dot(&self) -> String {
        let mut dot = String::from("digraph pipeline {\n  rankdir=LR;\n  node [shape=box];\n");
        let nodes = self.report.nodes.iter().enumerate();
        let places: HashMap<ElementId, usize> = nodes.map(|(place, node)| (node.key, place)).collect();
        for (place, node) in self.report.nodes.iter().enumerate() {
            let style = if node.converter { ", style=rounded" } else { "" };
            let _ = writeln!(dot, "  n{place} [label=\"{}\"{style}];", self.label(node));
            for feed in &node.feeds {
                let Some(to) = places.get(&feed.node) else { continue };
                let format = feed.format.map(|format| escape(&format.to_string())).unwrap_or_default();
                let style = if feed.waits { ", style=dashed" } else { "" };
                let _ = writeln!(dot, "  n{place} -> n{to} [label=\"{format}\"{style}];");
            }
        }
        self.draw_unserved(&places, &mut dot);
        dot.push_str("}\n");
        dot
    }

    fn draw_unserved(&self, places: &HashMap<ElementId, usize>, dot: &mut String) {
        let place = |element: usize| self.whole.keys.get(element).and_then(|key| places.get(key));
        for pad in &self.whole.running.pads {
            for unserved in &pad.plan.unserved {
                let sink = pad.sinks.get(unserved.sink).and_then(|sink| place(sink.element));
                let Some((from, to)) = place(pad.pad.element).zip(sink) else { continue };
                let text = escape(&format!("not served: {unserved}"));
                let _ = writeln!(dot, "  n{from} -> n{to} [label=\"{text}\", style=dashed, color=red];");
            }
        }
    }

    /// Why a converter is there; `None` for one that is no step of a plan any more.
    fn why(&self, converter: ElementId) -> Option<Why> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        why(&self.whole.network(self.registry.rules()), &self.whole.running, &names, *self.steps.get(&converter)?)
    }

    fn label(&self, node: &NodeReport) -> String {
        let element = self.whole.keys.iter().position(|key| *key == node.key);
        let name = element.map_or_else(|| node.name.to_string(), |element| self.names[element].clone());
        let mut lines = vec![name, node.done()];
        if node.work.cpu > 0 {
            lines.push(format!("own work {:.1} ms/s", node.work.cpu as f64 / 1_000.0));
        }
        if node.converter {
            match self.why(node.key) {
                Some(why) => {
                    let without = format!("without it: {}", why.without);
                    lines.extend([why.cost, why.reason, without].into_iter().filter(|line| !line.is_empty()));
                }
                None => lines.push(String::from("in no plan any more: it ends, or waits for somebody to come back")),
            }
        }
        escape(&lines.join("\n"))
    }
}

impl NodeReport {
    /// Items that it took or gave, that it dropped, and that wait for it.
    fn done(&self) -> String {
        let mut text = format!("{} items", self.counters.items.max(self.counters.emitted));
        if self.counters.dropped() > 0 {
            let _ = write!(text, ", {} dropped", self.counters.dropped());
        }
        if self.queued > 0 {
            let _ = write!(text, ", {} waiting for {} ms", self.queued, self.queue_age.millis());
        }
        text
    }
}

/// Text as it stands between quotes in the DOT language.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The table.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}
