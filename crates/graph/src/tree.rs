//! The adaptation trees between the elements.
//!
//! Invariant: the converters that are fed behind a source pad are the steps of the pad's plan, and those of the way
//! before it while that still feeds somebody. What runs stays while a new plan still holds it; what no plan holds any
//! more is kept for a short while, unfed, in case somebody comes back.

use crate::deadlines::Timer;
use crate::handover::Handover;
use crate::inbox::Entry;
use crate::links::Edge;
use crate::machine::Machine;
use crate::node::{NodeError, Notice};
use crate::slot::{ElementId, Input, LinkState, Output, Role};
use crate::topology::NewNode;
use smallvec::SmallVec;
use std::sync::Arc;
use trellis_media::{Caps, Format, MediaTime};
use trellis_negotiator::{Plan, Problem, Step, plan};

/// How long a converter is kept that nobody needs any more.
const HOLD: MediaTime = MediaTime::from_secs(1);
/// Converters of one tree that are kept so.
const MAX_IDLE: usize = 8;

/// The adaptation tree of a source pad.
#[derive(Default)]
pub(crate) struct Tree {
    pub format: Option<Format>,
    /// Whom the plan serves. A sink pad that has left for another source stays until that one feeds it.
    pub sinks: Vec<(ElementId, usize)>,
    pub plan: Option<Plan>,
    /// What `plan` was made for.
    planned: Option<Format>,
    /// The nodes of the plan's steps.
    nodes: Vec<ElementId>,
    /// All converters there are, parents before children.
    running: Vec<Running>,
    transcoding: Option<bool>,
}

/// A converter of a tree.
#[derive(Clone)]
struct Running {
    node: ElementId,
    /// `None`: the source pad itself.
    parent: Option<ElementId>,
    rule: usize,
    input: Format,
    output: Format,
    state: RunState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunState {
    /// A step of the plan.
    Wanted,
    /// No step any more, but the old way of a handover: still fed.
    Leaving,
    /// Fed no more, and told so: what it holds comes out.
    Emptying,
    /// Fed no more, and kept until then.
    Idle(MediaTime),
    /// To be taken out.
    Gone,
}

impl RunState {
    fn is_fed(self) -> bool {
        matches!(self, RunState::Wanted | RunState::Leaving)
    }
}

impl Running {
    fn is(&self, step: &Step, parent: Option<ElementId>) -> bool {
        (self.rule, self.input, self.output, self.parent) == (step.rule, step.input, step.output, parent)
    }
}

impl Machine {
    /// Plans a source pad's tree anew and changes what runs into it.
    pub fn replan(&mut self, key: ElementId, output: usize) {
        let Some(mut tree) = self.tree_mut(key, output).map(std::mem::take) else { return };
        let caps: Vec<Caps> =
            tree.sinks.iter().map(|(sink, input)| self.slots[*sink].inputs[*input].caps.clone()).collect();
        let new = tree.format.filter(|_| !caps.is_empty()).map(|source| {
            let rules = self.registry.rules();
            let mut plan = plan(&Problem { source, sinks: &caps, rules, running: tree.plan.as_ref() });
            plan.sinks.shrink_to_fit();
            plan
        });
        self.grow((key, output), &mut tree, new.as_ref());
        let left = self.relink((key, output), &tree, new.as_ref());
        tree.sinks.retain(|sink| !left.contains(sink));
        self.report_plan(key, output, &tree, &caps, new.as_ref());
        tree.transcoding = new.as_ref().map(|plan| plan.cost.generations > 0).or(tree.transcoding);
        tree.planned = tree.format;
        tree.plan = new;
        if let Some(place) = self.tree_mut(key, output) {
            *place = tree;
        }
        self.tidy(key, output);
        self.refresh_paths();
        if !left.is_empty() {
            self.replan(key, output);
        }
    }

    /// Finds the nodes of a new plan's steps: those that are there already where the step is the same, else new ones.
    fn grow(&mut self, source: (ElementId, usize), tree: &mut Tree, new: Option<&Plan>) {
        for running in tree.running.iter_mut().filter(|running| running.state == RunState::Wanted) {
            running.state = RunState::Leaving;
        }
        tree.nodes.clear();
        for step in new.map_or(&[][..], |plan| &plan.steps) {
            let parent = step.parent.map(|parent| tree.nodes[parent]);
            let there = tree.running.iter_mut().find(|running| {
                let usable = !matches!(running.state, RunState::Wanted | RunState::Emptying);
                usable && running.is(step, parent) && self.slots.get(running.node).is_some_and(|slot| !slot.dead)
            });
            let node = match there {
                Some(running) => {
                    running.state = RunState::Wanted;
                    running.node
                }
                None => {
                    let node = self.make(source, step);
                    let (rule, input, output) = (step.rule, step.input, step.output);
                    tree.running.push(Running { node, parent, rule, input, output, state: RunState::Wanted });
                    node
                }
            };
            tree.nodes.push(node);
        }
    }

    fn make(&mut self, source: (ElementId, usize), step: &Step) -> ElementId {
        let registry = Arc::clone(&self.registry);
        let converter = &registry.converters()[step.rule];
        let kind = self.slots[source.0].outputs[source.1].kind;
        let mut input = Input::new(kind, Caps::none());
        input.format = Some(step.input);
        let node = self.insert(NewNode {
            name: Arc::from(converter.rule.name.as_ref()),
            role: Role::Converter { owner: source.0 },
            node: (converter.make)(&step.input, &step.output),
            inputs: Box::new([input]),
            outputs: Box::new([Output::new(kind, None)]),
            live: false,
        });
        let planned = MediaTime::from_micros(i64::from(step.cost.latency));
        self.slots[node].latency = self.slots[node].latency.max(planned);
        node
    }

    /// Makes the links what the plan says. The sink pads that have left the tree by this.
    fn relink(&mut self, source: (ElementId, usize), tree: &Tree, new: Option<&Plan>) -> Vec<(ElementId, usize)> {
        let feeder = |step: Option<usize>| step.map_or(source, |step| (tree.nodes[step], 0));
        if let Some(plan) = new {
            for (step, node) in plan.steps.iter().zip(&tree.nodes) {
                self.feed(&Edge { from: feeder(step.parent), to: (*node, 0), format: step.input }, None);
            }
        }
        let mut left = Vec::new();
        for (place, sink) in tree.sinks.iter().enumerate() {
            let attachment = new.and_then(|plan| plan.sinks.get(place).copied().flatten());
            let edge = attachment.map(|attachment| Edge {
                from: feeder(attachment.step),
                to: *sink,
                format: attachment.format,
            });
            let pad = &self.slots[sink.0].inputs[sink.1];
            if pad.source != Some(source) {
                let old = pad.handover.as_ref().map(|handover| handover.old);
                if edge.is_none_or(|edge| Some(edge.from) != old) {
                    self.finish(*sink);
                    left.push(*sink);
                }
                continue;
            }
            match edge {
                Some(edge) => self.hand_over(edge, source, tree.planned.is_some() && tree.planned != tree.format),
                // A source that says nothing yet may still become the pad's.
                None if new.is_none() => {}
                None => {
                    let old = pad.handover.as_ref().map(|handover| handover.old_tree);
                    self.starve(*sink);
                    if let Some(old) = old.filter(|old| *old != source) {
                        self.leave_tree(*sink, old);
                    }
                }
            }
        }
        left
    }

    /// Has a sink pad fed by an edge: at once, or when the new way has begun.
    fn hand_over(&mut self, edge: Edge, source: (ElementId, usize), other_format: bool) {
        let pad = edge.to;
        let Some(input) = self.slots.get_mut(pad.0).and_then(|slot| slot.inputs.get_mut(pad.1)) else { return };
        let Some(handover) = input.handover.as_deref_mut() else { return self.begin(edge, source, other_format) };
        let (within, straight) = (handover.old_tree == source, handover.old == source);
        if other_format && (straight || !handover.needs_old()) {
            // The pad is the new way's already, which must make place for another one itself.
            self.finish(pad);
            return self.begin(edge, source, other_format);
        }
        handover.again = !handover.needs_old() && handover.new.is_some_and(|new| new != edge.from);
        if handover.again {
            return;
        }
        if handover.new == Some(edge.from) {
            handover.format = Some(edge.format);
        }
        let goes_on = handover.new == Some(edge.from);
        if other_format && within {
            self.drain_old(pad);
        }
        if goes_on {
            return;
        }
        let Some(handover) = self.slots[pad.0].inputs[pad.1].handover.as_deref_mut() else { return };
        let back = within && handover.needs_old() && handover.old == edge.from;
        self.forget_new(pad);
        if !back {
            return self.add_new_way(edge);
        }
        self.slots[pad.0].inputs[pad.1].handover = None;
        if let Some(target) = self.target(edge.from, pad) {
            target.state = LinkState::Open;
        }
        self.feed(&edge, None);
    }

    /// [`Machine::hand_over`] of a pad that one way feeds, or none.
    fn begin(&mut self, edge: Edge, source: (ElementId, usize), other_format: bool) {
        let pad = edge.to;
        let feeder = self.slots[pad.0].inputs[pad.1].feeder;
        let Some(old) = feeder.filter(|feeder| *feeder != edge.from) else { return self.feed(&edge, None) };
        let target = self.target(old, pad).copied();
        let alive = self.slots.get(old.0).is_some_and(|slot| !slot.dead);
        // Straight from a source nothing is under way.
        if !self.has_begun(old, pad) || !alive || (other_format && old == source) {
            self.unlink(old, pad);
            return self.feed(&edge, target.and_then(|target| target.bitrate));
        }
        self.begin_handover(pad, Handover::new(old, source));
        self.add_new_way(edge);
        if other_format {
            self.drain_old(pad);
        }
    }

    /// From now on the pad goes over from what feeds it.
    pub fn begin_handover(&mut self, pad: (ElementId, usize), mut handover: Handover) {
        handover.delivered = self.last_given(pad);
        if let Some(target) = self.target(handover.old, pad) {
            target.state = LinkState::Leaving;
        }
        if let Some(input) = self.slots.get_mut(pad.0).and_then(|slot| slot.inputs.get_mut(pad.1)) {
            input.handover = Some(Box::new(handover));
        }
    }

    /// The way that a pad goes over to.
    fn add_new_way(&mut self, edge: Edge) {
        let pad = edge.to;
        let old = self.slots[pad.0].inputs[pad.1].handover.as_ref().map(|handover| handover.old);
        let bitrate = old.and_then(|old| self.target(old, pad)).and_then(|target| target.bitrate);
        let keyframe_first = self.link(&edge, Some(LinkState::Arriving), bitrate);
        if let Some(handover) = self.slots[pad.0].inputs[pad.1].handover.as_deref_mut() {
            handover.new = Some(edge.from);
            (handover.format, handover.keyframe_first) = (Some(edge.format), keyframe_first);
        }
        if !keyframe_first {
            self.mark_way(edge.from.0);
        }
    }

    /// Nothing feeds a sink pad any more.
    pub fn starve(&mut self, pad: (ElementId, usize)) {
        let Some(input) = self.slots.get_mut(pad.0).and_then(|slot| slot.inputs.get_mut(pad.1)) else { return };
        let feeder = input.feeder.take();
        input.format = None;
        let handover = input.handover.take();
        for from in feeder.into_iter().chain(handover.iter().flat_map(|handover| handover.new)) {
            self.unlink(from, pad);
        }
        if let Some(handover) = handover {
            self.unlink(handover.old, pad);
            self.slots[pad.0].counters.dropped_replaced += handover.held() as u64;
        }
    }

    /// Settles what becomes of the converters that are no steps of the plan.
    pub fn tidy(&mut self, key: ElementId, output: usize) {
        let Some(mut running) = self.tree_mut(key, output).map(|tree| std::mem::take(&mut tree.running)) else {
            return;
        };
        if running.iter().all(|running| running.state == RunState::Wanted) {
            return self.put_back(key, output, running);
        }
        let (feeding, draining) = self.old_ways(&running);
        let until = self.now + HOLD;
        let mut idle = 0;
        for place in (0..running.len()).rev() {
            let Running { node, state, .. } = running[place];
            running[place].state = match state {
                RunState::Wanted => state,
                _ if feeding.contains(&node) => RunState::Leaving,
                _ if draining.contains(&node) => RunState::Emptying,
                RunState::Emptying | RunState::Gone => RunState::Gone,
                RunState::Idle(until) if until <= self.now || idle == MAX_IDLE => RunState::Gone,
                RunState::Idle(_) => state,
                RunState::Leaving => RunState::Idle(until),
            };
            idle += usize::from(matches!(running[place].state, RunState::Idle(_)));
            if running[place].state != state && running[place].state == RunState::Idle(until) {
                self.deadlines.set(until, Timer::Idle(key, output));
            }
        }
        self.cut_off((key, output), &running);
        running.retain(|running| running.state != RunState::Gone);
        self.put_back(key, output, running);
    }

    fn put_back(&mut self, key: ElementId, output: usize, running: Vec<Running>) {
        if let Some(tree) = self.tree_mut(key, output) {
            tree.running = running;
        }
    }

    /// The converters that old ways of handovers go through: where they must be fed, and where they must be emptied.
    fn old_ways(&self, running: &[Running]) -> (Vec<ElementId>, Vec<ElementId>) {
        let (mut feeding, mut draining) = (Vec::new(), Vec::new());
        for run in running {
            let targets = self.slots.get(run.node).into_iter().flat_map(|slot| &slot.outputs[0].targets);
            let gated = |state| matches!(state, LinkState::Leaving | LinkState::Arriving);
            for target in targets.filter(|target| gated(target.state)) {
                let pad = self.slots.get(target.node).and_then(|slot| slot.inputs.get(target.input));
                let Some(handover) = pad.and_then(|pad| pad.handover.as_deref()) else { continue };
                let fed = handover.fed || target.state == LinkState::Arriving;
                let way = if fed { &mut feeding } else { &mut draining };
                let mut at = Some(run.node);
                while let Some(node) = at {
                    way.push(node);
                    at = running.iter().find(|run| run.node == node).and_then(|run| run.parent);
                }
            }
        }
        (feeding, draining)
    }

    /// Takes what is no longer fed off what is, and out what is gone.
    fn cut_off(&mut self, source: (ElementId, usize), running: &[Running]) {
        for run in running.iter().filter(|run| !run.state.is_fed()) {
            let parent = running.iter().find(|parent| Some(parent.node) == run.parent);
            let fed = parent.is_none_or(|parent| parent.state.is_fed());
            let from = run.parent.map_or(source, |parent| (parent, 0));
            if run.state == RunState::Gone {
                self.unlink(from, (run.node, 0));
                self.take_out(run.node);
            } else if fed && self.target(from, (run.node, 0)).is_some() {
                self.unlink(from, (run.node, 0));
                if run.state == RunState::Emptying {
                    self.later(run.node, Entry::End(0));
                }
            }
        }
    }

    /// Takes every converter of a source pad out.
    pub fn fell(&mut self, key: ElementId, output: usize) {
        let running = self.tree_mut(key, output).map(|tree| std::mem::take(&mut tree.running)).unwrap_or_default();
        for run in running {
            self.take_out(run.node);
        }
    }

    /// The sink pads that go over to a way through a converter.
    pub fn fed_through(&self, node: ElementId) -> SmallVec<[(ElementId, usize); 4]> {
        let Some(Role::Converter { owner }) = self.slots.get(node).map(|slot| slot.role) else {
            return SmallVec::new();
        };
        let outputs = self.slots.get(owner).map_or(&[][..], |slot| &slot.outputs);
        let sinks = outputs.iter().filter_map(|output| output.tree.as_deref()).flat_map(|tree| &tree.sinks);
        sinks.copied().filter(|pad| self.comes_through(*pad, node)).collect()
    }

    fn comes_through(&self, pad: (ElementId, usize), node: ElementId) -> bool {
        let input = self.slots.get(pad.0).and_then(|slot| slot.inputs.get(pad.1));
        let new = input.and_then(|input| input.handover.as_ref()).and_then(|handover| handover.new);
        let mut at = new.map(|(node, _)| node);
        while let Some(slot) = at.and_then(|at| self.slots.get(at)).filter(|slot| !slot.is_element()) {
            if at == Some(node) {
                return true;
            }
            at = slot.inputs.first().and_then(|input| input.feeder).map(|(node, _)| node);
        }
        false
    }

    fn report_plan(&mut self, key: ElementId, output: usize, tree: &Tree, caps: &[Caps], new: Option<&Plan>) {
        let Some(new) = new else { return };
        for unserved in &new.unserved {
            let waits_for_negotiation = caps[unserved.sink].is_none();
            let known = tree.plan.as_ref().is_some_and(|plan| plan.unserved.contains(unserved));
            if let Some((sink, _)) = tree.sinks.get(unserved.sink).filter(|_| !waits_for_negotiation && !known) {
                let text = NodeError::new(format_args!("no conversion leads to this element: {unserved}"));
                self.effects.outside.notices.push((*sink, Notice::Warning(text)));
            }
        }
        let transcoding = new.cost.generations > 0;
        let served = new.sinks.iter().any(Option::is_some);
        if served && tree.transcoding != Some(transcoding) {
            let kind = self.slots[key].outputs[output].kind;
            self.effects.outside.notices.push((key, Notice::Transcoding { kind, transcoding }));
        }
    }
}
