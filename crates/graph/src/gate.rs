//! The gate before a sink pad that is being handed over: what passes, what is held and what is dropped of either way.
//! See [`crate::handover`] for why.

use crate::deadlines::Timer;
use crate::handover::{Handover, Pad, Phase};
use crate::inbox::Entry;
use crate::machine::{Hop, Machine, Work};
use crate::node::Request;
use crate::slot::{ElementId, LinkState, Role, Target};
use smallvec::SmallVec;
use std::collections::VecDeque;
use trellis_media::{Item, MediaTime};

/// How long the gate of a live sink holds items of either way.
const HOLD: MediaTime = MediaTime::from_millis(500);

impl Machine {
    /// Items of either way that the gate of a pad may hold.
    pub fn gate_bound(&self, pad: Pad) -> usize {
        self.slots.get(pad.0).map_or(0, |slot| 2 * slot.capacity(pad.1))
    }

    /// Room at the gate of a pad, for a source that can wait; any amount where nothing is handed over.
    pub fn room_at_gate(&self, pad: Pad) -> usize {
        let input = self.slots.get(pad.0).and_then(|slot| slot.inputs.get(pad.1));
        let held = input.and_then(|input| input.handover.as_ref()).map(|handover| handover.held());
        held.map_or(usize::MAX, |held| self.gate_bound(pad).saturating_sub(held))
    }

    /// A link that is new, or that leads to a node which was asked for a keyframe, is about to pass an item: where the
    /// ways part, this is the cut.
    #[cold]
    pub fn announce(&mut self, target: Target, item: &Item) {
        let to = (target.node, target.input);
        if target.state == LinkState::Arriving {
            if let Some(handover) = self.handover(to)
                && (item.starts_keyframe() || !handover.keyframe_first)
                && handover.phase == Phase::Feeding
            {
                handover.cut(item.time);
            }
            return;
        }
        for pad in self.fed_through(target.node) {
            if let Some(handover) = self.handover(pad) {
                handover.cut(item.time);
            }
        }
    }

    /// An item of a pad that is being handed over, or was a moment ago, has come out of `from`.
    pub fn gate(&mut self, from: (ElementId, usize), hop: Hop) {
        let pad = (hop.node, hop.input);
        let Some(input) = self.slots.get(pad.0).and_then(|slot| slot.inputs.get(pad.1)) else { return };
        let later = |handover: &Handover| handover.later.iter().rposition(|way| way.from == from);
        if let Some(place) = input.handover.as_deref().and_then(later) {
            return self.gate_later(pad, place, hop.item);
        }
        match &input.handover {
            Some(handover) if handover.old == from => self.gate_old(pad, hop.item),
            Some(handover) if handover.new == Some(from) => self.gate_new(pad, hop.item),
            None if input.feeder == Some(from) => self.first([Work::Item(hop)]),
            _ => self.replaced(pad, 1),
        }
    }

    fn gate_old(&mut self, pad: Pad, item: Item) {
        let bound = self.gate_bound(pad);
        let Some(handover) = self.handover(pad) else { return };
        handover.latest = handover.latest.max(item.time);
        match handover.phase {
            Phase::Cut(cut) if item.time >= cut => {
                handover.held_old.push_back(item);
                match handover.held_old.len() {
                    1 => self.hold(pad),
                    held if held >= bound => self.stop_holding(pad),
                    _ => {}
                }
            }
            Phase::Draining(until) if item.time >= until => {
                self.replaced(pad, 1);
                self.complete(pad);
            }
            Phase::Feeding | Phase::Cut(_) | Phase::Draining(_) => {
                handover.delivered = handover.delivered.max(item.time);
                // The cut may have moved since something was held.
                let held = std::mem::take(&mut handover.held_old);
                self.first(held.into_iter().chain([item]).map(|item| into(pad, item)));
            }
        }
    }

    fn gate_new(&mut self, pad: Pad, item: Item) {
        let bound = self.gate_bound(pad);
        let source = self.slots.get(pad.0).and_then(|slot| slot.inputs.get(pad.1)?.source);
        let Some(handover) = self.handover(pad) else { return };
        if !handover.arrived {
            if !handover.may_begin_at(&item, source) {
                if let Some(slot) = self.slots.get_mut(pad.0) {
                    slot.counters.dropped_waiting += 1;
                }
                return self.ask_again(pad, &item);
            }
            handover.arrived = true;
            handover.held_new.push_back(item);
            return self.arrive(pad);
        }
        handover.held_new.push_back(item);
        if handover.held_new.len() >= bound {
            self.complete(pad);
        }
    }

    /// The new way cannot begin yet. A keyframe that shows what the sink has had is not the one that was asked for.
    fn ask_again(&mut self, pad: Pad, item: &Item) {
        let new = self.handover(pad).filter(|handover| handover.keyframe_first).and_then(|handover| handover.new);
        match new {
            Some((node, output)) if item.starts_keyframe() => self.request(node, output, Request::Keyframe),
            Some((node, output)) => self.keep_asking(node, output),
            None => {}
        }
    }

    /// The new way's first item is there: what the old way still has before that comes first.
    fn arrive(&mut self, pad: Pad) {
        let Some(handover) = self.handover(pad) else { return };
        let Some(time) = handover.held_new.front().map(|item| item.time) else { return };
        let until = match handover.phase {
            // Everything that is under way.
            Phase::Draining(until) => until,
            Phase::Cut(cut) => cut.max(time),
            Phase::Feeding => time,
        };
        if handover.needs_old() {
            handover.phase = Phase::Draining(until);
            let (before, after): (VecDeque<Item>, VecDeque<Item>) =
                std::mem::take(&mut handover.held_old).into_iter().partition(|item| item.time < until);
            handover.held_old = before;
            let (old, tree) = (handover.old, handover.old_tree);
            let over = handover.old_ended || handover.latest >= until;
            self.replaced(pad, after.len() as u64);
            self.leave_tree(pad, tree);
            // Straight from the source there is nothing under way.
            if over || old == tree {
                return self.complete(pad);
            }
            let before = self.handover(pad).map(|handover| std::mem::take(&mut handover.held_old)).unwrap_or_default();
            self.first(before.into_iter().map(|item| into(pad, item)));
            self.hold(pad);
        }
    }

    /// A way into a pad that is being handed over has ended.
    pub fn gate_end(&mut self, from: (ElementId, usize), pad: Pad) {
        let Some(input) = self.slots.get_mut(pad.0).and_then(|slot| slot.inputs.get_mut(pad.1)) else { return };
        let source = input.source;
        match input.handover.as_deref_mut() {
            Some(handover) if handover.old == from => {
                // The new way ends too, and may still bring what the gate holds.
                handover.old_ended = handover.needs_old() && source == Some(handover.old_tree);
                match handover.old_ended && !handover.ended {
                    true => self.hold(pad),
                    false => self.give_up_old(pad),
                }
            }
            Some(handover) if handover.new == Some(from) => {
                handover.ended = true;
                if handover.old_ended {
                    self.complete(pad);
                }
            }
            Some(handover) if handover.ways().any(|way| way == from) => {
                let place = handover.later.iter().position(|way| way.from == from);
                self.gate_end_later(pad, place.unwrap_or(usize::MAX));
            }
            None if input.feeder == Some(from) => self.first([Work::Entry(pad.0, Entry::End(pad.1))]),
            _ => {}
        }
    }

    /// The gate has held items for long.
    pub fn handover_due(&mut self, pad: Pad) {
        let (live, now) = (self.slots.get(pad.0).is_some_and(|slot| slot.live), self.now);
        let Some(handover) = self.handover(pad) else { return };
        if handover.due > now {
            return;
        }
        let (phase, old, new, fed) = (handover.phase, handover.old, handover.new, handover.fed);
        let waited_for = if matches!(phase, Phase::Draining(_)) { Some(old) } else { new };
        // What can wait does, while that which it waits for works.
        if !live && waited_for.is_some_and(|(node, _)| self.is_busy(node)) {
            return self.hold(pad);
        }
        match phase {
            Phase::Draining(_) if fed => self.drain_old(pad),
            Phase::Draining(_) => self.complete(pad),
            Phase::Cut(_) => self.stop_holding(pad),
            Phase::Feeding => {}
        }
    }

    /// The gate begins to wait.
    pub fn hold(&mut self, pad: Pad) {
        let due = self.now + HOLD;
        let Some(handover) = self.handover(pad) else { return };
        handover.due = due;
        self.deadlines.set(due, Timer::Handover(pad.0, pad.1));
    }

    /// The new way does not come: the sink has what was held back, and the old way feeds it until there is another
    /// beginning, which is asked for.
    fn stop_holding(&mut self, pad: Pad) {
        let Some(handover) = self.handover(pad) else { return };
        handover.phase = Phase::Feeding;
        handover.delivered = handover.latest;
        let held = std::mem::take(&mut handover.held_old);
        let (new, keyframe) = (handover.new, handover.keyframe_first);
        self.first(held.into_iter().map(|item| into(pad, item)));
        if let Some((node, output)) = new.filter(|_| keyframe) {
            self.request(node, output, Request::Keyframe);
        }
    }

    pub fn replaced(&mut self, pad: Pad, items: u64) {
        if let Some(slot) = self.slots.get_mut(pad.0) {
            slot.counters.dropped_replaced += items;
        }
    }

    /// Whether a node, or one that feeds it in its tree, has something to do.
    fn is_busy(&self, node: ElementId) -> bool {
        let mut at = Some(node);
        while let Some(slot) = at.and_then(|at| self.slots.get(at)).filter(|slot| !slot.is_element()) {
            if !slot.dead && (slot.scheduled || slot.inbox.items > 0) {
                return true;
            }
            at = slot.inputs.first().and_then(|input| input.feeder).map(|(node, _)| node);
        }
        false
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
}

/// A held item goes on.
pub(crate) fn into(pad: Pad, item: Item) -> Work {
    Work::Item(Hop { node: pad.0, input: pad.1, item })
}
