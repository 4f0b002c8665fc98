//! The adaptation trees between the elements.
//!
//! Invariant: the converters that run behind a source pad are exactly the steps of the pad's plan, and what runs
//! stays while a new plan still holds it.

use crate::inbox::Entry;
use crate::machine::Machine;
use crate::node::{NodeError, Notice, Request};
use crate::slot::{ElementId, Input, LinkState, Output, Role, Target};
use crate::topology::NewNode;
use std::sync::Arc;
use trellis_media::{Caps, Format, MediaTime};
use trellis_negotiator::{Plan, Problem, plan};

/// The adaptation tree of a source pad.
#[derive(Default)]
pub(crate) struct Tree {
    pub format: Option<Format>,
    pub sinks: Vec<(ElementId, usize)>,
    pub plan: Option<Plan>,
    /// The nodes of the plan's steps.
    pub nodes: Vec<ElementId>,
    pub transcoding: Option<bool>,
}

/// A link in a tree: from a node's output to a node's input, and what flows.
struct Edge {
    from: (ElementId, usize),
    to: (ElementId, usize),
    format: Format,
}

impl Machine {
    /// Plans a source pad's tree anew and changes what runs into it.
    pub fn replan(&mut self, key: ElementId, output: usize) {
        let Some(old) = self.tree_mut(key, output).map(std::mem::take) else { return };
        let caps: Vec<Caps> =
            old.sinks.iter().map(|(sink, input)| self.slots[*sink].inputs[*input].caps.clone()).collect();
        let new = old.format.filter(|_| !caps.is_empty()).map(|source| {
            let rules = self.registry.rules();
            let mut plan = plan(&Problem { source, sinks: &caps, rules, running: old.plan.as_ref() });
            plan.sinks.shrink_to_fit();
            plan
        });
        let nodes = self.grow(key, output, &old, new.as_ref());
        let edges = self.edges(key, output, &old.sinks, &nodes, new.as_ref());
        self.relink(key, output, &old, &nodes, edges);
        for node in old.nodes.iter().filter(|node| !nodes.contains(node)) {
            self.take_out(*node);
        }
        self.report_plan(key, output, &old, &caps, new.as_ref());
        let transcoding = new.as_ref().map(|plan| plan.cost.generations > 0).or(old.transcoding);
        let tree = Tree { format: old.format, sinks: old.sinks, plan: new, nodes, transcoding };
        if let Some(place) = self.slots.get_mut(key).and_then(|slot| slot.outputs.get_mut(output)) {
            place.tree = Some(Box::new(tree));
        }
        self.refresh_paths();
    }

    /// The nodes of a new plan's steps: those that run already where the step is the same, else new ones.
    fn grow(&mut self, key: ElementId, output: usize, old: &Tree, new: Option<&Plan>) -> Vec<ElementId> {
        let mut nodes: Vec<ElementId> = Vec::new();
        let Some(new) = new else { return nodes };
        let kind = self.slots[key].outputs[output].kind;
        for step in &new.steps {
            let parent = step.parent.map(|parent| nodes[parent]);
            let running = old.plan.as_ref().and_then(|plan| {
                plan.steps.iter().zip(&old.nodes).find_map(|(run, node)| {
                    let same = run.rule == step.rule && run.input == step.input && run.output == step.output;
                    let alive = self.slots.get(*node).is_some_and(|slot| !slot.dead);
                    (same && alive && run.parent.map(|parent| old.nodes[parent]) == parent && !nodes.contains(node))
                        .then_some(*node)
                })
            });
            let node = running.unwrap_or_else(|| {
                let registry = Arc::clone(&self.registry);
                let converter = &registry.converters()[step.rule];
                let node = (converter.make)(&step.input, &step.output);
                let mut input = Input::new(kind, Caps::none());
                input.format = Some(step.input);
                let key = self.insert(NewNode {
                    name: Arc::from(converter.rule.name.as_ref()),
                    role: Role::Converter { owner: key },
                    node,
                    inputs: Box::new([input]),
                    outputs: Box::new([Output::new(kind, None)]),
                    live: false,
                });
                let planned = MediaTime::from_micros(i64::from(step.cost.latency));
                self.slots[key].latency = self.slots[key].latency.max(planned);
                key
            });
            nodes.push(node);
        }
        nodes
    }

    /// Every link of a plan.
    fn edges(
        &self,
        key: ElementId,
        output: usize,
        sinks: &[(ElementId, usize)],
        nodes: &[ElementId],
        new: Option<&Plan>,
    ) -> Vec<Edge> {
        let Some(new) = new else { return Vec::new() };
        let feeder = |step: Option<usize>| step.map_or((key, output), |step| (nodes[step], 0));
        let inner = new.steps.iter().zip(nodes);
        let mut edges: Vec<Edge> =
            inner.map(|(step, node)| Edge { from: feeder(step.parent), to: (*node, 0), format: step.input }).collect();
        for (attachment, sink) in new.sinks.iter().zip(sinks) {
            if let Some(attachment) = attachment {
                edges.push(Edge { from: feeder(attachment.step), to: *sink, format: attachment.format });
            }
        }
        edges
    }

    /// Makes the links of the pad's tree what the edges say; a link that stays keeps its state.
    fn relink(&mut self, key: ElementId, output: usize, old: &Tree, nodes: &[ElementId], edges: Vec<Edge>) {
        let mut running: Vec<((ElementId, usize), Target)> = Vec::new();
        let feeders = std::iter::once((key, output));
        for from in feeders.chain(old.nodes.iter().chain(nodes).map(|node| (*node, 0))) {
            if let Some(out) = self.slots.get_mut(from.0).and_then(|slot| slot.outputs.get_mut(from.1)) {
                running.extend(out.targets.drain(..).map(|target| (from, target)));
            }
        }
        for (sink, input) in &old.sinks {
            if let Some(pad) = self.slots.get_mut(*sink).and_then(|slot| slot.inputs.get_mut(*input)) {
                pad.feeder = None;
            }
        }
        let mut wants_keyframe = Vec::new();
        for Edge { from, to, format } in edges {
            let stays = running.iter().find(|(feeder, target)| *feeder == from && (target.node, target.input) == to);
            let out = &mut self.slots[from.0].outputs[from.1];
            let target = stays.map(|(_, target)| *target).unwrap_or_else(|| {
                let waits_for_keyframe = out.begins_with_keyframe(format.carriage());
                if waits_for_keyframe {
                    wants_keyframe.push(from);
                }
                let state = if waits_for_keyframe { LinkState::WaitsForKeyframe } else { LinkState::Open };
                Target { node: to.0, input: to.1, state, bitrate: None }
            });
            out.targets.push(target);
            let pad = &mut self.slots[to.0].inputs[to.1];
            pad.feeder = Some(from);
            if pad.format.replace(format) != Some(format) || stays.is_none() {
                self.later(to.0, Entry::Format(to.1, format));
            }
        }
        for (from, output) in wants_keyframe {
            self.request(from, output, Request::Keyframe);
        }
    }

    /// Tells the application of sinks that cannot be served and of the beginning and end of transcoding.
    fn report_plan(&mut self, key: ElementId, output: usize, old: &Tree, caps: &[Caps], new: Option<&Plan>) {
        let Some(new) = new else { return };
        for unserved in &new.unserved {
            let waits_for_negotiation = caps[unserved.sink].is_none();
            let known = old.plan.as_ref().is_some_and(|plan| plan.unserved.contains(unserved));
            if let Some((sink, _)) = old.sinks.get(unserved.sink).filter(|_| !waits_for_negotiation && !known) {
                let text = NodeError::new(format_args!("no conversion leads to this element: {unserved}"));
                self.effects.outside.notices.push((*sink, Notice::Warning(text)));
            }
        }
        let transcoding = new.cost.generations > 0;
        let served = new.sinks.iter().any(Option::is_some);
        if served && old.transcoding != Some(transcoding) {
            let kind = self.slots[key].outputs[output].kind;
            self.effects.outside.notices.push((key, Notice::Transcoding { kind, transcoding }));
        }
    }
}
