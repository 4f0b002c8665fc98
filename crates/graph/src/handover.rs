//! A sink pad that goes over from one way to another without losing or repeating an item: make before break.
//!
//! ```text
//!              ┌─► old way ─►┐
//!   branch ────┤             ├─► gate ─► sink pad
//!              └─► new way ─►┘
//! ```
//!
//! The old way feeds the pad until the new one begins with a keyframe. Where both ways begin, the *cut* is seen: the
//! time of the first item that the new way is given. Items of the old way from the cut on are held back at the gate,
//! in case the new way is slower; once it has come they are dropped, for it brings the same. Items of the old way
//! before the cut that are still under way when the new one comes are waited for.
//!
//! Always holds: what the pad gets is in order and each item once; the gate holds a bounded number of items for a
//! bounded time, after which it lets the sink have what there is.

use crate::deadlines::Timer;
use crate::inbox::Entry;
use crate::machine::{Hop, Machine, Work};
use crate::node::Request;
use crate::slot::{ElementId, LinkState, Target};
use std::collections::VecDeque;
use trellis_media::{Format, Item, MediaTime};

/// How long the gate of a live sink holds items of either way.
const HOLD: MediaTime = MediaTime::from_millis(500);

/// The way out of one feeder into another. The pad's own `feeder` is the old one until the end.
pub(crate) struct Handover {
    pub old: (ElementId, usize),
    /// The source pad whose tree the old way is in.
    pub old_tree: (ElementId, usize),
    /// `None` while the new source has no way to the pad.
    pub new: Option<(ElementId, usize)>,
    /// What comes by the new way.
    pub format: Option<Format>,
    /// Whether the new way must begin with a keyframe.
    pub keyframe_first: bool,
    pub phase: Phase,
    /// The old way is still fed: what it has not given yet may not even have come to where the ways part.
    pub fed: bool,
    /// The plan has changed while the old way empties itself: from the new way the pad goes on to another.
    pub again: bool,
    /// The first item of the new way is there.
    arrived: bool,
    /// The old way has ended, while the new one is still on its way.
    old_ended: bool,
    /// The new way has ended.
    ended: bool,
    /// When the gate has held something for long.
    due: MediaTime,
    /// The latest time that the old way has given to the sink, and that it has given at all.
    pub delivered: MediaTime,
    latest: MediaTime,
    held_old: VecDeque<Item>,
    held_new: VecDeque<Item>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The old way feeds the pad; the new one has been given nothing yet.
    Feeding,
    /// The new way was given its first item, of this time.
    Cut(MediaTime),
    /// The new way has come, or nothing more will come by the old one: its items before this time come first.
    Draining(MediaTime),
}

/// A sink pad.
type Pad = (ElementId, usize);

impl Handover {
    pub fn new(old: (ElementId, usize), old_tree: (ElementId, usize)) -> Handover {
        Handover {
            old,
            old_tree,
            new: None,
            format: None,
            keyframe_first: false,
            phase: Phase::Feeding,
            fed: true,
            again: false,
            arrived: false,
            old_ended: false,
            ended: false,
            due: MediaTime::MAX,
            delivered: MediaTime::from_nanos(i64::MIN),
            latest: MediaTime::from_nanos(i64::MIN),
            held_old: VecDeque::new(),
            held_new: VecDeque::new(),
        }
    }

    /// Whether the old way is still the pad's.
    pub fn needs_old(&self) -> bool {
        !matches!(self.phase, Phase::Draining(_))
    }

    /// Items that the gate holds.
    pub fn held(&self) -> usize {
        self.held_old.len().max(self.held_new.len())
    }

    /// The new way is given its first item, of this time; what it was given before was not the beginning.
    fn cut(&mut self, time: MediaTime) {
        match self.phase {
            Phase::Feeding if time > self.delivered => self.phase = Phase::Cut(time),
            Phase::Cut(before) => self.phase = Phase::Cut(time.max(before)),
            Phase::Feeding | Phase::Draining(_) => {}
        }
    }

    /// Whether the new way may begin at an item: where the cut is or later, and not with what the sink has had.
    fn may_begin_at(&self, time: MediaTime, starts_keyframe: bool, same_source: bool) -> bool {
        let begins = starts_keyframe || !self.keyframe_first;
        begins
            && match self.phase {
                Phase::Cut(cut) => time >= cut,
                Phase::Feeding => !same_source || time > self.delivered,
                Phase::Draining(_) => true,
            }
    }
}

impl Machine {
    fn handover(&mut self, pad: Pad) -> Option<&mut Handover> {
        self.slots.get_mut(pad.0)?.inputs.get_mut(pad.1)?.handover.as_deref_mut()
    }

    /// Items of either way that the gate of a pad may hold.
    fn gate_bound(&self, pad: Pad) -> usize {
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
            let same_source = source == Some(handover.old_tree);
            if !handover.may_begin_at(item.time, item.starts_keyframe(), same_source) {
                if let Some(slot) = self.slots.get_mut(pad.0) {
                    slot.counters.dropped_waiting += 1;
                }
                return self.ask_again(pad, item.starts_keyframe());
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

    /// A keyframe that is of no use, for the sink has had what it shows, is not the one that was asked for.
    fn ask_again(&mut self, pad: Pad, keyframe: bool) {
        let new = self.handover(pad).filter(|handover| keyframe && handover.keyframe_first).and_then(|it| it.new);
        if let Some((node, output)) = new {
            self.request(node, output, Request::Keyframe);
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
    fn hold(&mut self, pad: Pad) {
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

    /// The old way gives nothing more: the pad is the new one's, if that has begun or not.
    pub fn give_up_old(&mut self, pad: Pad) {
        let Some(handover) = self.handover(pad) else { return };
        let (needs_old, tree) = (handover.needs_old(), handover.old_tree);
        self.complete(pad);
        if needs_old {
            self.leave_tree(pad, tree);
        }
    }

    /// [`Machine::finish`], and what was planned since.
    fn complete(&mut self, pad: Pad) {
        let again = self.handover(pad).is_some_and(|handover| handover.again);
        self.finish(pad);
        let source = self.slots.get(pad.0).and_then(|slot| slot.inputs.get(pad.1)?.source);
        if let Some((key, output)) = source.filter(|_| again) {
            self.replan(key, output);
        }
    }

    /// Makes the new way the only one, and lets the sink have what was held for it.
    pub fn finish(&mut self, pad: Pad) {
        let Some(input) = self.slots.get_mut(pad.0).and_then(|slot| slot.inputs.get_mut(pad.1)) else { return };
        let Some(handover) = input.handover.take() else { return };
        input.feeder = handover.new;
        let changed = input.format != handover.format;
        input.format = handover.format;
        let item = |item: Item| into(pad, item);
        let format = handover.format.filter(|_| changed).map(|format| Work::Entry(pad.0, Entry::Format(pad.1, format)));
        let end = handover.ended.then_some(Work::Entry(pad.0, Entry::End(pad.1)));
        let old = handover.held_old.into_iter().map(item);
        let new = handover.held_new.into_iter().map(item);
        let works: Vec<Work> = old.chain(format).chain(new).chain(end).collect();
        self.first(works);
        self.unlink(handover.old, pad);
        if let Some(target) = handover.new.and_then(|new| self.target(new, pad)) {
            let waits = handover.keyframe_first && !handover.arrived;
            target.state = if waits { LinkState::WaitsForKeyframe } else { LinkState::Open };
        }
        // Else the way that has just become the pad's would be cut off before the next plan makes it the old one.
        if !handover.again {
            self.tidy(handover.old_tree.0, handover.old_tree.1);
            self.refresh_paths();
        }
    }

    /// Forgets the new way, for another one or for the old one itself: the sink has what was held back of the old.
    pub fn forget_new(&mut self, pad: Pad) {
        let Some(handover) = self.handover(pad) else { return };
        let held = std::mem::take(&mut handover.held_old);
        let dropped = std::mem::take(&mut handover.held_new).len() as u64;
        let new = handover.new.take();
        (handover.arrived, handover.ended, handover.delivered) = (false, false, handover.latest);
        if handover.needs_old() {
            handover.phase = Phase::Feeding;
        }
        self.first(held.into_iter().map(|item| into(pad, item)));
        self.replaced(pad, dropped);
        if let Some(new) = new {
            self.unlink(new, pad);
        }
    }

    /// The old way is fed no more: what it holds comes out of it, and is still before the new way's.
    pub fn drain_old(&mut self, pad: Pad) {
        let Some(handover) = self.handover(pad) else { return };
        handover.fed = false;
        if handover.needs_old() {
            handover.phase = Phase::Draining(MediaTime::MAX);
        }
        let held = std::mem::take(&mut handover.held_old);
        let (key, output) = handover.old_tree;
        self.first(held.into_iter().map(|item| into(pad, item)));
        self.hold(pad);
        self.tidy(key, output);
    }

    /// Takes a pad off the tree that it has left for another one's, or clears up after a way within the same.
    pub fn leave_tree(&mut self, pad: Pad, tree: (ElementId, usize)) {
        let source = self.slots.get(pad.0).and_then(|slot| slot.inputs.get(pad.1)?.source);
        if source == Some(tree) {
            return self.tidy(tree.0, tree.1);
        }
        if let Some(tree) = self.tree_mut(tree.0, tree.1) {
            tree.sinks.retain(|other| *other != pad);
        }
        self.replan(tree.0, tree.1);
    }

    fn replaced(&mut self, pad: Pad, items: u64) {
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
}

fn into(pad: Pad, item: Item) -> Work {
    Work::Item(Hop { node: pad.0, input: pad.1, item })
}
