//! Elements of a machine and the links that the application made between them.

use crate::handover::Handover;
use crate::inbox::Inbox;
use crate::machine::Machine;
use crate::node::{Node, PadSpec};
use crate::slot::{Counters, ElementId, Input, Output, Role, Slot};
use crate::tree::Tree;
use std::sync::Arc;
use trellis_media::{Caps, Format, Kind, MediaTime};

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

impl Element {
    /// A filter: one pad of each direction, which gives what it takes in the format in which it came.
    pub fn filter(name: &str, kind: Kind, caps: Caps, node: impl Node + 'static) -> Element {
        let (sinks, sources) = (vec![PadSpec::sink(kind, caps)], vec![PadSpec::source_like(kind, 0)]);
        Element { name: name.into(), sinks, sources, live: false, node: Box::new(node) }
    }
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

/// What a slot is made from.
pub(crate) struct NewNode {
    pub name: Arc<str>,
    pub role: Role,
    pub node: Box<dyn Node>,
    pub inputs: Box<[Input]>,
    pub outputs: Box<[Output]>,
    pub live: bool,
}

impl Machine {
    pub fn add(&mut self, element: Element) -> ElementId {
        let input = |pad: PadSpec| Input { work: pad.work, ..Input::new(pad.kind, pad.caps) };
        let inputs = element.sinks.into_iter().map(input).collect();
        let output = |pad: PadSpec| Output { follows: pad.follows, ..Output::new(pad.kind, Some(Tree::default())) };
        let outputs = element.sources.into_iter().map(output).collect();
        let role = Role::Element;
        self.insert(NewNode { name: element.name, role, node: element.node, inputs, outputs, live: element.live })
    }

    pub fn insert(&mut self, new: NewNode) -> ElementId {
        self.slots.insert(Box::new(Slot {
            weight: new.node.weight(),
            latency: new.node.latency(),
            node: Some(new.node),
            dead: false,
            live: new.live,
            live_source: new.live,
            scheduled: false,
            blocked: false,
            flushed: None,
            counters: Counters::default(),
            inputs: new.inputs,
            outputs: new.outputs,
            inbox: Inbox::default(),
            wake: None,
            armed: None,
            promised: MediaTime::ZERO,
            role: new.role,
            name: new.name,
        }))
    }

    /// Takes a node out; what it holds is dropped outside the lock.
    pub fn take_out(&mut self, key: ElementId) {
        self.forget_encoder(key);
        self.effects.outside.dropped.extend(self.slots.remove(key).and_then(|slot| slot.node));
    }

    /// Takes an element out, with its links and its trees.
    pub fn remove(&mut self, key: ElementId) {
        let Some(slot) = self.slots.get(key).filter(|slot| slot.is_element()) else { return };
        let (inputs, outputs) = (slot.inputs.len(), slot.outputs.len());
        for input in 0..inputs {
            self.disconnect(key, input);
        }
        for output in 0..outputs {
            let sinks = self.tree_mut(key, output).map(|tree| tree.sinks.clone()).unwrap_or_default();
            for sink in sinks {
                match self.slots[sink.0].inputs[sink.1].source == Some((key, output)) {
                    true => self.disconnect(sink.0, sink.1),
                    // It goes over to another source, which must do without.
                    false => self.give_up_old(sink),
                }
            }
            self.fell(key, output);
            for pad in self.coming_from((key, output)) {
                self.complete(pad);
            }
        }
        self.take_out(key);
        self.refresh_paths();
    }

    /// Sink pads that another source feeds already, but which still wait for what this one has under way.
    fn coming_from(&self, source: (ElementId, usize)) -> Vec<(ElementId, usize)> {
        let pads = self.slots.iter().flat_map(|(key, slot)| slot.inputs.iter().enumerate().map(move |it| (key, it)));
        let coming = pads.filter(|(_, (_, input))| input.handover.as_ref().is_some_and(|it| it.old_tree == source));
        coming.map(|(key, (input, _))| (key, input)).collect()
    }

    /// Connects a source pad to a sink pad. What fed the sink pad before goes on until the new way has begun.
    pub fn connect(&mut self, from: (ElementId, usize), to: (ElementId, usize)) -> Result<(), LinkError> {
        let source = self.slots.get(from.0).filter(|slot| slot.is_element()).ok_or(LinkError::NoElement)?;
        let sink = self.slots.get(to.0).filter(|slot| slot.is_element()).ok_or(LinkError::NoElement)?;
        let kind = source.outputs.get(from.1).ok_or(LinkError::NoPad)?.kind;
        let pad = sink.inputs.get(to.1).ok_or(LinkError::NoPad)?;
        if pad.kind != kind {
            return Err(LinkError::Kind);
        }
        if pad.source != Some(from) {
            self.leave_source(to);
            self.slots[to.0].inputs[to.1].source = Some(from);
            if let Some(tree) = self.tree_mut(from.0, from.1).filter(|tree| !tree.sinks.contains(&to)) {
                tree.sinks.push(to);
            }
            self.replan(from.0, from.1);
        }
        Ok(())
    }

    /// Another source is about to become a sink pad's: what feeds the pad goes on for now.
    fn leave_source(&mut self, to: (ElementId, usize)) {
        let pad = &self.slots[to.0].inputs[to.1];
        let (source, feeder) = (pad.source, pad.feeder);
        match &pad.handover {
            // The way that it was going over to is not wanted any more.
            Some(handover) if handover.needs_old() => {
                let left = source.filter(|source| *source != handover.old_tree);
                self.forget_new(to);
                if let Some((key, output)) = left {
                    self.slots[to.0].inputs[to.1].source = None;
                    self.leave_tree(to, (key, output));
                }
            }
            Some(_) => {
                self.finish_all(to);
                self.leave_source(to);
            }
            None => {
                let open = feeder.filter(|feeder| self.has_begun(*feeder, to));
                match (source, open) {
                    (Some(source), Some(old)) => {
                        self.begin_handover(to, Handover::new(old, source));
                    }
                    _ => self.disconnect(to.0, to.1),
                }
            }
        }
    }

    /// Disconnects a sink pad from whatever feeds it.
    pub fn disconnect(&mut self, sink: ElementId, input: usize) {
        let Some(pad) = self.slots.get_mut(sink).and_then(|slot| slot.inputs.get_mut(input)) else { return };
        let old = pad.handover.as_ref().map(|handover| handover.old_tree);
        let source = pad.source.take();
        self.starve((sink, input));
        for tree in source.into_iter().chain(old.filter(|old| Some(*old) != source)) {
            self.leave_tree((sink, input), tree);
        }
    }

    pub fn set_format(&mut self, key: ElementId, output: usize, format: Format) {
        let Some(tree) = self.tree_mut(key, output) else { return };
        if tree.format.replace(format) != Some(format) {
            self.replan(key, output);
        }
    }

    /// An input has taken a format; the source pads that follow it give what comes of that.
    pub fn follow(&mut self, key: ElementId, input: usize, format: Format) {
        for output in 0..self.slots.get(key).map_or(0, |slot| slot.outputs.len()) {
            let follows = self.slots[key].outputs[output].follows.as_ref();
            if let Some(format) = follows.filter(|follows| follows.sink == input).and_then(|it| it.format(&format)) {
                self.set_format(key, output, format);
            }
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

    pub fn tree_mut(&mut self, key: ElementId, output: usize) -> Option<&mut Tree> {
        self.slots.get_mut(key)?.outputs.get_mut(output)?.tree.as_deref_mut()
    }
}
