//! Elements and links of a machine, and the adaptation trees between them.
//!
//! Invariant: the converters that run behind a source pad are exactly the steps of the pad's plan, and what runs
//! stays while a new plan still holds it.

use crate::machine::{Machine, Work, begins_with_keyframe};
use crate::node::{Node, NodeError, Notice, PadSpec, Request, Weight};
use crate::slot::{Counters, ElementId, Entry, Input, Output, Role, Slot, Target, Tree};
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::sync::Arc;
use trellis_media::{Caps, Format};
use trellis_negotiator::{Plan, Problem, plan};

/// An element, ready to be put into a pipeline.
pub struct Element {
    /// What it is called in reports.
    pub name: Arc<str>,
    /// Sink pads.
    pub sinks: Vec<PadSpec>,
    /// Source pads.
    pub sources: Vec<PadSpec>,
    /// Whether its sources give media in real time by themselves (a network peer) and can therefore not wait.
    pub live: bool,
    /// The state machine.
    pub node: Box<dyn Node>,
}

/// Why two pads cannot be connected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// An element that is not in this pipeline (any more).
    #[error("the element is not in this pipeline")]
    NoElement,
    /// A pad that the element does not have.
    #[error("the element has no such pad")]
    NoPad,
    /// Pads of different kinds of media.
    #[error("the pads carry different kinds of media")]
    Kind,
}

/// A link in a tree: from a node's output to a node's input, and what flows.
struct Edge {
    from: (ElementId, usize),
    to: (ElementId, usize),
    format: Format,
}

impl Machine {
    pub fn add(&mut self, element: Element) -> ElementId {
        let inputs = element.sinks.into_iter().map(|pad| Input::new(pad.kind, pad.caps)).collect();
        let outputs = element.sources.into_iter().map(|pad| Output::new(pad.kind, Some(Tree::default()))).collect();
        let weight = element.node.weight();
        self.insert(element.name, Role::Element, element.node, weight, inputs, outputs, element.live)
    }

    #[allow(clippy::too_many_arguments)]
    fn insert(
        &mut self,
        name: Arc<str>,
        role: Role,
        node: Box<dyn Node>,
        weight: Weight,
        inputs: SmallVec<[Input; 2]>,
        outputs: SmallVec<[Output; 2]>,
        live: bool,
    ) -> ElementId {
        self.slots.insert(Slot {
            name,
            role,
            node: Some(node),
            weight,
            inputs,
            outputs,
            inbox: VecDeque::new(),
            queued: 0,
            scheduled: false,
            wake: None,
            live,
            live_source: live,
            dead: false,
            counters: Counters::default(),
        })
    }

    /// Takes an element out, with its links and its trees.
    pub fn remove(&mut self, key: ElementId) {
        let Some(slot) = self.slots.get(key).filter(|slot| slot.is_element()) else { return };
        let (inputs, outputs) = (slot.inputs.len(), slot.outputs.len());
        for input in 0..inputs {
            self.disconnect(key, input);
        }
        for output in 0..outputs {
            let sinks = self.tree_mut(key, output).map(|tree| std::mem::take(&mut tree.sinks)).unwrap_or_default();
            for (sink, input) in sinks {
                self.unlink_input(sink, input);
            }
            self.replan(key, output);
        }
        if let Some(node) = self.slots.remove(key).and_then(|slot| slot.node) {
            self.work.push_back(Work::Remove(node));
        }
        self.refresh_liveness();
    }

    /// Connects a source pad to a sink pad; what fed the sink pad before feeds it no more.
    pub fn connect(&mut self, from: (ElementId, usize), to: (ElementId, usize)) -> Result<(), LinkError> {
        let source = self.slots.get(from.0).filter(|slot| slot.is_element()).ok_or(LinkError::NoElement)?;
        let sink = self.slots.get(to.0).filter(|slot| slot.is_element()).ok_or(LinkError::NoElement)?;
        let kind = source.outputs.get(from.1).ok_or(LinkError::NoPad)?.kind;
        let pad = sink.inputs.get(to.1).ok_or(LinkError::NoPad)?;
        if pad.kind != kind {
            return Err(LinkError::Kind);
        }
        if pad.source == Some(from) {
            return Ok(());
        }
        self.disconnect(to.0, to.1);
        self.slots[to.0].inputs[to.1].source = Some(from);
        if let Some(tree) = self.tree_mut(from.0, from.1) {
            tree.sinks.push(to);
        }
        self.replan(from.0, from.1);
        Ok(())
    }

    /// Disconnects a sink pad from whatever feeds it.
    pub fn disconnect(&mut self, sink: ElementId, input: usize) {
        let Some(source) = self.slots.get_mut(sink).and_then(|slot| slot.inputs.get_mut(input)?.source.take()) else {
            return;
        };
        self.unlink_input(sink, input);
        if let Some(tree) = self.tree_mut(source.0, source.1) {
            tree.sinks.retain(|other| *other != (sink, input));
        }
        self.replan(source.0, source.1);
    }

    fn unlink_input(&mut self, sink: ElementId, input: usize) {
        if let Some(pad) = self.slots.get_mut(sink).and_then(|slot| slot.inputs.get_mut(input)) {
            pad.source = None;
            pad.feeder = None;
            pad.format = None;
        }
    }

    pub fn set_format(&mut self, key: ElementId, output: usize, format: Format) {
        let Some(tree) = self.tree_mut(key, output) else { return };
        if tree.format.replace(format) != Some(format) {
            self.replan(key, output);
        }
    }

    pub fn set_caps(&mut self, key: ElementId, input: usize, caps: Caps) {
        let Some(pad) = self.slots.get_mut(key).and_then(|slot| slot.inputs.get_mut(input)) else { return };
        if pad.caps == caps {
            return;
        }
        pad.caps = caps;
        if let Some((up, output)) = pad.source {
            self.replan(up, output);
        }
    }

    fn tree_mut(&mut self, key: ElementId, output: usize) -> Option<&mut Tree> {
        self.slots.get_mut(key)?.outputs.get_mut(output)?.tree.as_mut()
    }

    /// Plans a source pad's tree anew and changes what runs into it.
    fn replan(&mut self, key: ElementId, output: usize) {
        let Some(old) = self.tree_mut(key, output).map(std::mem::take) else { return };
        let caps: Vec<Caps> =
            old.sinks.iter().map(|(sink, input)| self.slots[*sink].inputs[*input].caps.clone()).collect();
        let new = old.format.filter(|_| !caps.is_empty()).map(|source| {
            plan(&Problem { source, sinks: &caps, rules: self.registry.rules(), running: old.plan.as_ref() })
        });
        let nodes = self.grow(key, output, &old, new.as_ref());
        let edges = self.edges(key, output, &old.sinks, &nodes, new.as_ref());
        self.relink(key, output, &old, &nodes, edges);
        for node in old.nodes.iter().filter(|node| !nodes.contains(node)) {
            if let Some(node) = self.slots.remove(*node).and_then(|slot| slot.node) {
                self.work.push_back(Work::Remove(node));
            }
        }
        self.report_plan(key, output, &old, &caps, new.as_ref());
        let transcoding = new.as_ref().map(|plan| plan.cost.generations > 0).or(old.transcoding);
        let tree = Tree { format: old.format, sinks: old.sinks, plan: new, nodes, transcoding };
        if let Some(place) = self.slots.get_mut(key).and_then(|slot| slot.outputs.get_mut(output)) {
            place.tree = Some(tree);
        }
        self.refresh_liveness();
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
                let weight = node.weight();
                let mut input = Input::new(kind, Caps::none());
                input.format = Some(step.input);
                let role = Role::Converter { owner: key, rule: step.rule };
                let name = Arc::from(converter.rule.name.as_ref());
                let (inputs, outputs) = (SmallVec::from_iter([input]), SmallVec::from_iter([Output::new(kind, None)]));
                self.insert(name, role, node, weight, inputs, outputs, false)
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
                let waits_for_keyframe = begins_with_keyframe(out, format.carriage());
                if waits_for_keyframe {
                    wants_keyframe.push(from);
                }
                Target { node: to.0, input: to.1, waits_for_keyframe, bitrate: None }
            });
            out.targets.push(target);
            let pad = &mut self.slots[to.0].inputs[to.1];
            pad.feeder = Some(from);
            if pad.format.replace(format) != Some(format) || stays.is_none() {
                self.work.push_back(Work::Deliver(to.0, Entry::Format(to.1, format)));
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
                self.effects.notices.push((*sink, Notice::Warning(text)));
            }
        }
        let transcoding = new.cost.generations > 0;
        let served = new.sinks.iter().any(Option::is_some);
        if served && old.transcoding != Some(transcoding) {
            let kind = self.slots[key].outputs[output].kind;
            self.effects.notices.push((key, Notice::Transcoding { kind, transcoding }));
        }
    }

    /// Who is fed by a live source is live.
    fn refresh_liveness(&mut self) {
        for slot in self.slots.values_mut() {
            slot.live = slot.live_source;
        }
        let mut frontier: Vec<ElementId> =
            self.slots.iter().filter(|(_, slot)| slot.live).map(|(key, _)| key).collect();
        while let Some(key) = frontier.pop() {
            let Some(slot) = self.slots.get(key) else { continue };
            let next: SmallVec<[ElementId; 8]> =
                slot.outputs.iter().flat_map(|output| &output.targets).map(|target| target.node).collect();
            for key in next {
                if let Some(slot) = self.slots.get_mut(key).filter(|slot| !slot.live) {
                    slot.live = true;
                    frontier.push(key);
                }
            }
        }
    }
}
