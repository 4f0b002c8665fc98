//! What runs in a pipeline and what it has done; why it is there, [`crate::Explanation`] tells.

use crate::machine::Machine;
use crate::slot::{Counters, ElementId, Latency, LinkState, Role, Slot, Target};
use std::collections::BTreeMap;
use std::sync::Arc;
use trellis_media::{Format, MediaTime};
use trellis_negotiator::{Cost, Problem, Step, reasons};

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
    /// How often trees that hang together were planned as one, because a filter stands in the pipeline.
    pub solved: u64,
    /// Source pads in all of these plans.
    pub planned: u64,
    /// When the pipeline will next do something of its own accord; `None`: it idles.
    pub next_deadline: Option<MediaTime>,
}

/// A node in a [`Report`].
#[derive(Clone, Debug)]
pub struct NodeReport {
    /// The node itself.
    pub key: ElementId,
    /// The element, or the element behind whose source pad a converter runs.
    pub element: ElementId,
    /// Name of the element or converter.
    pub name: Arc<str>,
    /// Whether it is a converter.
    pub converter: bool,
    /// What it has done, and what it has dropped for which cause.
    pub counters: Counters,
    /// Items that wait for it now.
    pub queued: usize,
    /// How long the oldest of them has waited.
    pub queue_age: MediaTime,
    /// How old items were when they came, by sink pad: the latency of all paths to there.
    pub ages: Vec<Latency>,
    /// What an element's own work on what it is given is reckoned to cost.
    pub work: Cost,
    /// The latency that is expected up to the node and with it: the largest sum along a path.
    pub latency: MediaTime,
    /// What it feeds.
    pub feeds: Vec<Feed>,
}

/// A link in a [`Report`], from one node's output to another's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The number of the output.
    pub output: usize,
    /// Who is fed.
    pub node: ElementId,
    /// The number of the input.
    pub input: usize,
    /// What flows.
    pub format: Option<Format>,
    /// Whether nothing has passed yet, for want of a keyframe.
    pub waits: bool,
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
        let (solved, planned) = (self.solved, self.planned);
        let mut report = Report { latency, solved, planned, next_deadline, ..Report::default() };
        for (key, slot) in &self.slots {
            let element = match slot.role {
                Role::Element => key,
                Role::Converter { owner } => owner,
            };
            if let Role::Converter { .. } = slot.role {
                *report.converters.entry(slot.name.to_string()).or_default() += 1;
            }
            report.nodes.push(NodeReport {
                key,
                element,
                name: Arc::clone(&slot.name),
                converter: !slot.is_element(),
                counters: slot.counters,
                queued: slot.inbox.items,
                queue_age: slot.inbox.age(self.now),
                ages: slot.inputs.iter().map(|input| input.latency).collect(),
                work: slot.work(),
                latency: slot.promised,
                feeds: self.feeds(key, slot),
            });
            report.plans.extend((0..slot.outputs.len()).filter_map(|pad| self.plan_report(key, pad)));
        }
        report
    }

    fn feeds(&self, key: ElementId, slot: &Slot) -> Vec<Feed> {
        let outputs = slot.outputs.iter().enumerate();
        let links = outputs.flat_map(|(output, pad)| pad.targets.iter().map(move |target| (output, target)));
        let feed = |(output, target): (usize, &Target)| Feed {
            output,
            node: target.node,
            input: target.input,
            format: self.format_of((key, slot), output, target),
            waits: target.state == LinkState::WaitsForKeyframe,
        };
        links.map(feed).collect()
    }

    /// What flows along a link: while the input goes over to another way, that is not what the input gets now.
    fn format_of(&self, (key, slot): (ElementId, &Slot), output: usize, target: &Target) -> Option<Format> {
        let pad = self.slots.get(target.node)?.inputs.get(target.input)?;
        match (target.state, &pad.handover) {
            (LinkState::Arriving, Some(handover)) => {
                let later = handover.later.iter().rfind(|way| way.from == (key, output));
                later.map_or(handover.format, |way| Some(way.format))
            }
            _ => pad.format.or_else(|| slot.outputs.get(output)?.tree.as_deref()?.format),
        }
    }

    fn plan_report(&self, element: ElementId, pad: usize) -> Option<PlanReport> {
        let slot = self.slots.get(element)?;
        let tree = slot.outputs.get(pad)?.tree.as_deref()?;
        let (source, plan) = (tree.format?, tree.plan.as_ref()?);
        let caps: Vec<_> =
            tree.sinks.iter().map(|(sink, input)| self.slots[*sink].inputs[*input].caps.clone()).collect();
        let problem = Problem { source, sinks: &caps, rules: self.registry.rules(), running: None };
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
        })
    }
}
