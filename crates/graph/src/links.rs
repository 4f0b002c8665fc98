//! The links between nodes, one by one.

use crate::inbox::Entry;
use crate::machine::Machine;
use crate::node::Request;
use crate::slot::{ElementId, LinkState, Target};
use trellis_media::Format;

/// A link in a tree: from a node's output to a node's input, and what flows.
pub(crate) struct Edge {
    pub from: (ElementId, usize),
    pub to: (ElementId, usize),
    pub format: Format,
    pub beginning: Beginning,
}

/// How a link that must begin with a keyframe comes by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// It is asked for.
    Asked,
    /// The source begins anew, with another format. It is asked only when it does not begin with one.
    ByItself,
}

impl Machine {
    /// The link from an output to an input, if there is one.
    pub fn target(&mut self, from: (ElementId, usize), to: (ElementId, usize)) -> Option<&mut Target> {
        let targets = &mut self.slots.get_mut(from.0)?.outputs.get_mut(from.1)?.targets;
        targets.iter_mut().find(|target| (target.node, target.input) == to)
    }

    /// Makes a link that must begin as its format demands, and asks for that. True when it must be a keyframe.
    pub fn link(&mut self, edge: &Edge, state: Option<LinkState>, bitrate: Option<u64>) -> bool {
        let Some(out) = self.slots.get_mut(edge.from.0).and_then(|slot| slot.outputs.get_mut(edge.from.1)) else {
            return false;
        };
        let keyframe = out.begins_with_keyframe(edge.format.carriage());
        let beginning = if keyframe { LinkState::WaitsForKeyframe } else { LinkState::First };
        let state = state.unwrap_or(beginning);
        out.targets.push(Target { node: edge.to.0, input: edge.to.1, state, bitrate });
        // A converter that has had nothing yet begins by itself.
        let begun = self.slots.get(edge.from.0).is_some_and(|slot| slot.is_element() || slot.counters.items > 0);
        if keyframe && begun && edge.beginning == Beginning::Asked {
            self.request(edge.from.0, edge.from.1, Request::Keyframe);
        }
        if let Some(bits) = bitrate {
            self.request_from(edge.from.0, edge.from.1, Request::Bitrate(bits), Some(edge.to));
        }
        keyframe
    }

    /// Makes a link the one that feeds its input, at once.
    pub fn feed(&mut self, edge: &Edge, bitrate: Option<u64>) {
        if self.target(edge.from, edge.to).is_none() {
            self.link(edge, None, bitrate);
        }
        let Some(pad) = self.slots.get_mut(edge.to.0).and_then(|slot| slot.inputs.get_mut(edge.to.1)) else { return };
        let fed_anew = pad.feeder.replace(edge.from) != Some(edge.from);
        if pad.format.replace(edge.format) != Some(edge.format) || fed_anew {
            self.later(edge.to.0, Entry::Format(edge.to.1, edge.format));
        }
    }

    /// Whether a link has passed something, or will pass the first that its way was given: that is still under way.
    pub fn has_begun(&mut self, from: (ElementId, usize), to: (ElementId, usize)) -> bool {
        let Some(target) = self.target(from, to) else { return false };
        if target.state == LinkState::Open {
            return true;
        }
        let mut at = Some(from.0);
        while let Some(slot) = at.and_then(|at| self.slots.get(at)) {
            // What an element, or a converter that serves others, has given was not for this link.
            if slot.is_element() || slot.counters.emitted > 0 {
                return false;
            }
            if slot.counters.items > 0 {
                return true;
            }
            at = slot.inputs.first().and_then(|input| input.feeder).map(|(node, _)| node);
        }
        false
    }

    /// Takes a link away. Whoever fed the input feeds it no more.
    pub fn unlink(&mut self, from: (ElementId, usize), to: (ElementId, usize)) {
        if let Some(out) = self.slots.get_mut(from.0).and_then(|slot| slot.outputs.get_mut(from.1)) {
            out.targets.retain(|target| (target.node, target.input) != to);
        }
        if let Some(pad) = self.slots.get_mut(to.0).and_then(|slot| slot.inputs.get_mut(to.1)) {
            pad.feeder = pad.feeder.filter(|feeder| *feeder != from);
        }
    }

    /// A converter was asked for a keyframe: what it is given next may become one, see [`Machine::announce`].
    pub fn mark(&mut self, key: ElementId) {
        let Some(slot) = self.slots.get(key).filter(|slot| !slot.is_element()) else { return };
        let Some(feeder) = slot.inputs.first().and_then(|input| input.feeder) else { return };
        if let Some(target) = self.target(feeder, (key, 0)).filter(|target| target.state == LinkState::Open) {
            target.state = LinkState::First;
        }
    }

    /// Another sink takes what a converter gives, from any item on: the next that comes all the way to it will do.
    pub fn mark_way(&mut self, key: ElementId) {
        let mut at = Some(key);
        while let Some(slot) = at.and_then(|at| self.slots.get(at)).filter(|slot| !slot.is_element()) {
            let feeder = slot.inputs.first().and_then(|input| input.feeder).map(|(node, _)| node);
            at.into_iter().for_each(|node| self.mark(node));
            at = feeder;
        }
    }
}
