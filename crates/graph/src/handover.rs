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

use crate::gate::into;
use crate::inbox::Entry;
use crate::links::Edge;
use crate::machine::{Machine, Work};
use crate::node::Request;
use crate::slot::{ElementId, LinkState};
use crate::tree::Change;
use crate::ways::Way;
use std::collections::VecDeque;
use trellis_media::{Format, Item, MediaTime};

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
    pub arrived: bool,
    /// The old way has ended, while the new one is still on its way.
    pub old_ended: bool,
    /// The new way has ended.
    pub ended: bool,
    /// When the gate has held something for long.
    pub due: MediaTime,
    /// The latest time that the old way has given to the sink, and that it has given at all.
    pub delivered: MediaTime,
    pub latest: MediaTime,
    pub held_old: VecDeque<Item>,
    pub held_new: VecDeque<Item>,
    /// Ways behind the new one, see [`crate::ways`].
    pub later: VecDeque<Way>,
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
pub(crate) type Pad = (ElementId, usize);

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
            later: VecDeque::new(),
        }
    }

    /// Whether the old way is still the pad's.
    pub fn needs_old(&self) -> bool {
        !matches!(self.phase, Phase::Draining(_))
    }

    /// Items that the gate holds.
    pub fn held(&self) -> usize {
        self.held_old.len().max(self.held_new.len() + self.held_later())
    }

    /// The new way is given its first item, of this time; what it was given before was not the beginning.
    pub fn cut(&mut self, time: MediaTime) {
        match self.phase {
            Phase::Feeding if time > self.delivered => self.phase = Phase::Cut(time),
            Phase::Cut(before) => self.phase = Phase::Cut(time.max(before)),
            Phase::Feeding | Phase::Draining(_) => {}
        }
    }

    /// Whether the new way, of a pad's source, may begin at an item: where the cut is or later, and not with what the
    /// sink has had.
    pub fn may_begin_at(&self, item: &Item, source: Option<(ElementId, usize)>) -> bool {
        let begins = item.starts_keyframe() || !self.keyframe_first;
        begins
            && match self.phase {
                Phase::Cut(cut) => item.time >= cut,
                Phase::Feeding => source != Some(self.old_tree) || item.time > self.delivered,
                Phase::Draining(_) => true,
            }
    }
}

impl Machine {
    pub fn handover(&mut self, pad: Pad) -> Option<&mut Handover> {
        self.slots.get_mut(pad.0)?.inputs.get_mut(pad.1)?.handover.as_deref_mut()
    }

    /// Has a sink pad fed by an edge: at once, or when the new way has begun.
    pub fn hand_over(&mut self, edge: Edge, source: (ElementId, usize), change: Change) {
        let pad = edge.to;
        let Some(input) = self.slots.get_mut(pad.0).and_then(|slot| slot.inputs.get_mut(pad.1)) else { return };
        let Some(handover) = input.handover.as_deref_mut() else { return self.begin(edge, source, change) };
        let (within, straight) = (handover.old_tree == source, handover.old == source);
        if change == Change::Format && straight {
            // Straight from the source the pad has had all that the new way was given.
            self.forget_new(pad);
            self.slots[pad.0].inputs[pad.1].handover = None;
            return self.begin(edge, source, change);
        }
        if change == Change::Format && !handover.needs_old() {
            // The pad is the new way's already, which must make place for another one itself.
            if !self.queue(&edge, source) {
                self.finish_all(pad);
                self.begin(edge, source, change);
            }
            return;
        }
        handover.again = !handover.needs_old() && handover.last().is_some_and(|last| last != edge.from);
        if handover.again || !handover.later.is_empty() {
            return;
        }
        if handover.new == Some(edge.from) {
            handover.format = Some(edge.format);
        }
        let goes_on = handover.new == Some(edge.from);
        if change == Change::Format && within {
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
    fn begin(&mut self, edge: Edge, source: (ElementId, usize), change: Change) {
        let pad = edge.to;
        let feeder = self.slots[pad.0].inputs[pad.1].feeder;
        let Some(old) = feeder.filter(|feeder| *feeder != edge.from) else { return self.feed(&edge, None) };
        let target = self.target(old, pad).copied();
        let alive = self.slots.get(old.0).is_some_and(|slot| !slot.dead);
        // Straight from a source nothing is under way.
        if !self.has_begun(old, pad) || !alive || (change == Change::Format && old == source) {
            self.unlink(old, pad);
            return self.feed(&edge, target.and_then(|target| target.bitrate));
        }
        self.begin_handover(pad, Handover::new(old, source));
        self.add_new_way(edge);
        if change == Change::Format {
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
        for from in feeder.into_iter().chain(handover.iter().flat_map(|handover| handover.ways())) {
            self.unlink(from, pad);
        }
        if let Some(handover) = handover {
            self.unlink(handover.old, pad);
            let held = handover.held_old.len() + handover.held_new.len() + handover.held_later();
            self.replaced(pad, held as u64);
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
    pub fn complete(&mut self, pad: Pad) {
        let again = self.handover(pad).is_some_and(|handover| handover.again);
        self.finish(pad);
        let again = again && self.handover(pad).is_none();
        let source = self.slots.get(pad.0).and_then(|slot| slot.inputs.get(pad.1)?.source);
        if let Some((key, output)) = source.filter(|_| again) {
            self.replan(key, output);
        }
    }

    /// Makes the new way the pad's, and lets the sink have what was held for it.
    pub fn finish(&mut self, pad: Pad) {
        let works = self.step_over(pad);
        self.first(works);
    }

    /// Makes the new way the pad's. What is to be done first then: what was held for the sink.
    pub fn step_over(&mut self, pad: Pad) -> Vec<Work> {
        let Some(input) = self.slots.get_mut(pad.0).and_then(|slot| slot.inputs.get_mut(pad.1)) else {
            return Vec::new();
        };
        let Some(mut handover) = input.handover.take() else { return Vec::new() };
        let source = input.source;
        input.feeder = handover.new;
        let changed = input.format != handover.format;
        input.format = handover.format;
        let item = |item: Item| into(pad, item);
        let format = handover.format.filter(|_| changed).map(|format| Work::Entry(pad.0, Entry::Format(pad.1, format)));
        let end = match handover.new {
            Some(new) if !handover.later.is_empty() => Work::GateEnd(new, pad),
            _ => Work::Entry(pad.0, Entry::End(pad.1)),
        };
        let end = handover.ended.then_some(end);
        let old = std::mem::take(&mut handover.held_old).into_iter().map(item);
        let new = std::mem::take(&mut handover.held_new).into_iter().map(item);
        let works: Vec<Work> = old.chain(format).chain(new).chain(end).collect();
        let bitrate = self.target(handover.old, pad).and_then(|target| target.bitrate);
        if handover.ways().all(|way| way != handover.old) {
            self.unlink(handover.old, pad);
        }
        if let (Some((node, output)), Some(bits)) = (handover.new, bitrate) {
            self.request_from(node, output, Request::Bitrate(bits), Some(pad));
        }
        if let Some(target) = handover.new.and_then(|new| self.target(new, pad)) {
            let waits = handover.keyframe_first && !handover.arrived;
            target.state = if waits { LinkState::WaitsForKeyframe } else { LinkState::Open };
        }
        let (tree, again) = (handover.old_tree, handover.again);
        let next = source.and_then(|source| handover.next(source));
        let goes_on = next.is_some();
        if let Some(next) = next {
            self.begin_handover(pad, next);
            self.hold(pad);
        }
        // Else the way that has just become the pad's would be cut off before the next plan makes it the old one.
        if goes_on || !again {
            self.tidy(tree.0, tree.1);
            self.refresh_paths();
        }
        works
    }

    /// Forgets the new way, for another one or for the old one itself: the sink has what was held back of the old.
    pub fn forget_new(&mut self, pad: Pad) {
        let Some(handover) = self.handover(pad) else { return };
        let held = std::mem::take(&mut handover.held_old);
        let dropped = (handover.held_new.len() + handover.held_later()) as u64;
        handover.held_new.clear();
        let new: Vec<_> = handover.ways().collect();
        handover.new = None;
        handover.later.clear();
        (handover.arrived, handover.ended, handover.delivered) = (false, false, handover.latest);
        if handover.needs_old() {
            handover.phase = Phase::Feeding;
        }
        self.first(held.into_iter().map(|item| into(pad, item)));
        self.replaced(pad, dropped);
        for new in new {
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
}
