//! What runs in a pipeline, what it has done and why it is there.

use crate::machine::Machine;
use crate::slot::{Counters, ElementId, Role};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use trellis_media::MediaTime;
use trellis_negotiator::{Problem, Step, explain, reasons};

/// A snapshot of a pipeline.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Every element and converter.
    pub nodes: Vec<NodeReport>,
    /// Converters that run, counted by name.
    pub converters: BTreeMap<String, usize>,
    /// For each source pad that feeds anything: which converters are behind it, and why.
    pub plans: Vec<PlanReport>,
    /// The largest sum of latencies along a path: what nodes declare, and what plans reckon for converters.
    pub latency: MediaTime,
    /// When the pipeline will next do something of its own accord; `None`: it idles.
    pub next_deadline: Option<MediaTime>,
}

/// A node in a [`Report`].
#[derive(Clone, Debug)]
pub struct NodeReport {
    /// The element, or the element behind whose source pad a converter runs.
    pub element: ElementId,
    /// Name of the element or converter.
    pub name: Arc<str>,
    /// Whether it is a converter.
    pub converter: bool,
    /// What it has done.
    pub counters: Counters,
    /// Items that wait for it now.
    pub queued: usize,
    /// How long the oldest of them has waited.
    pub queue_age: MediaTime,
    /// Names of the nodes that it feeds.
    pub feeds: Vec<Arc<str>>,
}

/// The plan of one source pad.
#[derive(Clone, Debug)]
pub struct PlanReport {
    /// The element.
    pub element: ElementId,
    /// Its name.
    pub name: Arc<str>,
    /// The source pad.
    pub pad: usize,
    /// The format that it gives.
    pub source: String,
    /// The converters behind it; a step follows the one that it takes from.
    pub steps: Vec<StepReport>,
    /// What it feeds.
    pub sinks: Vec<SinkReport>,
    /// The plan in words, as `trellis plan` prints it.
    pub text: String,
}

/// One converter of a [`PlanReport`].
#[derive(Clone, Debug)]
pub struct StepReport {
    /// Its name.
    pub converter: String,
    /// What it gives.
    pub format: String,
    /// What the plan reckons that it costs: milliseconds of CPU for each second of media.
    pub cpu: f64,
    /// The step that it takes from; `None`: the source.
    pub parent: Option<usize>,
}

/// One sink of a [`PlanReport`].
#[derive(Clone, Debug)]
pub struct SinkReport {
    /// Name of the element.
    pub name: Arc<str>,
    /// The step that feeds it; `None`: the source itself.
    pub step: Option<usize>,
    /// Whether there is a way to it at all.
    pub served: bool,
    /// Why it is fed so, in a few words.
    pub reason: String,
}

impl Machine {
    pub fn report(&self) -> Report {
        let (latency, next_deadline) = (self.latency(), self.deadlines.next());
        let mut report = Report { latency, next_deadline, ..Report::default() };
        for (key, slot) in &self.slots {
            let element = match slot.role {
                Role::Element => key,
                Role::Converter { owner } => owner,
            };
            if let Role::Converter { .. } = slot.role {
                *report.converters.entry(slot.name.to_string()).or_default() += 1;
            }
            let targets = slot.outputs.iter().flat_map(|output| &output.targets);
            report.nodes.push(NodeReport {
                element,
                name: Arc::clone(&slot.name),
                converter: !slot.is_element(),
                counters: slot.counters,
                queued: slot.inbox.items,
                queue_age: slot.inbox.age(self.now),
                feeds: targets.filter_map(|target| Some(Arc::clone(&self.slots.get(target.node)?.name))).collect(),
            });
            report.plans.extend((0..slot.outputs.len()).filter_map(|pad| self.plan_report(key, pad)));
        }
        report
    }

    fn plan_report(&self, element: ElementId, pad: usize) -> Option<PlanReport> {
        let slot = self.slots.get(element)?;
        let tree = slot.outputs.get(pad)?.tree.as_deref()?;
        let (source, plan) = (tree.format?, tree.plan.as_ref()?);
        let caps: Vec<_> =
            tree.sinks.iter().map(|(sink, input)| self.slots[*sink].inputs[*input].caps.clone()).collect();
        let problem = Problem { source, sinks: &caps, rules: self.registry.rules(), running: None };
        let mut text = String::new();
        for (index, (sink, _)) in tree.sinks.iter().enumerate() {
            let _ = writeln!(text, "sink {index}: {}", self.slots[*sink].name);
        }
        text.push_str(&explain(&problem, plan));
        let step = |step: &Step| StepReport {
            converter: self.registry.rules().get(step.rule).map_or_else(String::new, |rule| rule.name.to_string()),
            format: step.output.to_string(),
            cpu: step.cost.cpu as f64 / 1_000.0,
            parent: step.parent,
        };
        let sinks = tree.sinks.iter().zip(&plan.sinks).zip(reasons(&problem, plan));
        let sinks = sinks.map(|(((sink, _), attachment), reason)| SinkReport {
            name: Arc::clone(&self.slots[*sink].name),
            step: attachment.and_then(|attachment| attachment.step),
            served: attachment.is_some(),
            reason,
        });
        Some(PlanReport {
            element,
            name: Arc::clone(&slot.name),
            pad,
            source: source.to_string(),
            steps: plan.steps.iter().map(step).collect(),
            sinks: sinks.collect(),
            text,
        })
    }
}

impl Report {
    /// The pipeline as a DOT graph.
    pub fn dot(&self) -> String {
        let mut dot = String::from("digraph pipeline {\n  rankdir=LR;\n  node [shape=box];\n");
        for (index, node) in self.nodes.iter().enumerate() {
            let style = if node.converter { ", style=rounded" } else { "" };
            let _ =
                writeln!(dot, "  n{index} [label=\"{}\\n{} items\"{style}];", escape(&node.name), node.counters.items);
            for fed in &node.feeds {
                if let Some(to) = self.nodes.iter().position(|other| Arc::ptr_eq(&other.name, fed)) {
                    let _ = writeln!(dot, "  n{index} -> n{to};");
                }
            }
        }
        dot.push_str("}\n");
        dot
    }
}

fn escape(text: &str) -> String {
    text.chars().flat_map(char::escape_default).collect()
}
