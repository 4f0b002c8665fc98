//! The adaptation trees between the elements.
//!
//! Invariant: the converters that are fed behind a source pad are the steps of the pad's plan, and those of the way
//! before it while that still feeds somebody. What runs stays while a new plan still holds it; what no plan holds any
//! more is kept for a short while, unfed, in case somebody comes back.

use crate::failures::Failures;
use crate::former::{RunState, Running};
use crate::links::{Beginning, Edge};
use crate::machine::Machine;
use crate::node::{NodeError, Notice};
use crate::slot::{ElementId, Input, Output, Role};
use crate::topology::NewNode;
use std::sync::Arc;
use trellis_media::{Caps, Format, MediaTime};
use trellis_negotiator::{Plan, Step};

/// The adaptation tree of a source pad.
#[derive(Default)]
pub(crate) struct Tree {
    pub format: Option<Format>,
    /// Whom the plan serves. A sink pad that has left for another source stays until that one feeds it.
    pub sinks: Vec<(ElementId, usize)>,
    pub plan: Option<Plan>,
    /// What `plan` was made for.
    pub planned: Option<Format>,
    /// The nodes of the plan's steps.
    pub nodes: Vec<ElementId>,
    /// All converters there are, parents before children.
    pub running: Vec<Running>,
    transcoding: Option<bool>,
    /// Its converters that failed.
    pub failures: Failures,
    /// Some of its sinks have no encoder, because there may be no more.
    pub denied: bool,
}

/// What a new plan comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Sinks have come, gone, or changed their minds.
    Sinks,
    /// The source gives another format from now on: what was given before needs the converters that were.
    Format,
}

impl Tree {
    /// What has changed since the plan was made.
    fn change(&self) -> Change {
        match self.planned.is_some() && self.planned != self.format {
            true => Change::Format,
            false => Change::Sinks,
        }
    }
}

impl Machine {
    /// Plans a source pad's tree anew and changes what runs into it, and so for other trees that had better change
    /// with it: by one plan of the whole.
    pub fn replan(&mut self, key: ElementId, output: usize) {
        if self.tree_mut(key, output).is_none() {
            return;
        }
        let solution = self.solution((key, output));
        let new = self.plan_for((key, output), solution.as_ref());
        let others = solution.as_ref().map(|solution| self.others(solution, (key, output))).unwrap_or_default();
        self.change_to(key, output, new);
        for other in others {
            // What follows from a change may have been planned already, with all that is known by then.
            if solution.as_ref().is_some_and(|solution| self.is_current(solution, other)) {
                let new = self.plan_for(other, solution.as_ref());
                self.change_to(other.0, other.1, new);
            }
        }
    }

    /// Changes what runs behind a source pad into a plan.
    fn change_to(&mut self, key: ElementId, output: usize, mut new: Option<Plan>) {
        let Some(mut tree) = self.tree_mut(key, output).map(std::mem::take) else { return };
        let caps: Vec<Caps> = tree.sinks.iter().map(|sink| self.caps_of(*sink).clone()).collect();
        (new, tree.denied) = self.affordable(&tree, new);
        if let Some(plan) = &mut new {
            plan.sinks.shrink_to_fit();
        }
        self.grow((key, output), &mut tree, new.as_ref());
        self.leave_encoders((key, output), tree.denied);
        let left = self.relink((key, output), &tree, new.as_ref());
        tree.sinks.retain(|sink| !left.contains(sink));
        self.report_unserved(&tree, &caps, new.as_ref());
        if tree.change() == Change::Format || tree.sinks.is_empty() {
            tree.failures.clear();
        }
        self.report_transcoding((key, output), &mut tree, new.as_ref());
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

    /// What a sink pad accepts.
    pub fn caps_of(&self, (key, input): (ElementId, usize)) -> &Caps {
        &self.slots[key].inputs[input].caps
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
        if step.cost.generations > 0 {
            self.note_encoder(node);
        }
        let planned = MediaTime::from_micros(i64::from(step.cost.latency));
        self.slots[node].latency = self.slots[node].latency.max(planned);
        node
    }

    /// Makes the links what the plan says. The sink pads that have left the tree by this.
    fn relink(&mut self, source: (ElementId, usize), tree: &Tree, new: Option<&Plan>) -> Vec<(ElementId, usize)> {
        let feeder = |step: Option<usize>| step.map_or(source, |step| (tree.nodes[step], 0));
        let beginning = match tree.change() {
            Change::Sinks => Beginning::Asked,
            Change::Format => Beginning::ByItself,
        };
        if tree.change() == Change::Format {
            // What was asked for before was asked of another stream.
            self.forget_requests(source);
        }
        if let Some(plan) = new {
            for (step, node) in plan.steps.iter().zip(&tree.nodes) {
                let (from, format) = (feeder(step.parent), step.input);
                self.feed(&Edge { from, to: (*node, 0), format, beginning }, None);
            }
        }
        let mut left = Vec::new();
        for (place, sink) in tree.sinks.iter().enumerate() {
            let attachment = new.and_then(|plan| plan.sinks.get(place).copied().flatten());
            let edge = attachment.map(|attachment| Edge {
                from: feeder(attachment.step),
                to: *sink,
                format: attachment.format,
                beginning,
            });
            let pad = &self.slots[sink.0].inputs[sink.1];
            if pad.source != Some(source) {
                let old = pad.handover.as_ref().map(|handover| handover.old);
                let stays = edge.is_some_and(|edge| Some(edge.from) == old) && tree.change() == Change::Sinks;
                if !stays {
                    self.finish(*sink);
                    left.push(*sink);
                }
                continue;
            }
            match edge {
                Some(edge) => self.hand_over(edge, source, tree.change()),
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

    fn report_unserved(&mut self, tree: &Tree, caps: &[Caps], new: Option<&Plan>) {
        let Some(new) = new else { return };
        for unserved in &new.unserved {
            let waits_for_negotiation = caps[unserved.sink].is_none();
            let known = tree.plan.as_ref().is_some_and(|plan| plan.unserved.contains(unserved));
            if let Some((sink, _)) = tree.sinks.get(unserved.sink).filter(|_| !waits_for_negotiation && !known) {
                let failed = self.named_failures(&tree.failures);
                let failed = if failed.is_empty() { failed } else { format!("; {failed} failed") };
                let denied = self.named_denial(tree);
                let text = format_args!("no conversion leads to this element: {unserved}{failed}{denied}");
                let text = NodeError::new(text);
                self.effects.outside.notices.push((*sink, Notice::Warning(text)));
            }
        }
    }

    /// Tells whether a source pad is transcoded for somebody, when that has changed. Where nobody is served any more
    /// transcoding is over; where nobody was yet there is nothing to tell.
    fn report_transcoding(&mut self, (key, pad): (ElementId, usize), tree: &mut Tree, new: Option<&Plan>) {
        let serving = new.filter(|plan| plan.sinks.iter().any(Option::is_some));
        let over = || (tree.transcoding == Some(true)).then_some(false);
        let Some(transcoding) = serving.map(|plan| plan.cost.generations > 0).or_else(over) else { return };
        if tree.transcoding.replace(transcoding) != Some(transcoding) {
            let kind = self.slots[key].outputs[pad].kind;
            self.effects.outside.notices.push((key, Notice::Transcoding { kind, pad, transcoding }));
        }
    }
}
