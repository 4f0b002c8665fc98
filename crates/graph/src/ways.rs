//! A source that changes its format again while a sink pad still goes over from the way before: the ways queue up.
//!
//! ```text
//!   old way ─►┐
//!   new way ─►┼─► gate ─► sink pad      one after the other, each until it has given all that it was given
//!   later  ──►┘
//! ```
//!
//! Only the last way is fed. The others are told that nothing more comes, so each ends when it is empty, and the gate
//! goes on to the next. What comes by a later way meanwhile is held, as what comes by the new one is.

use crate::handover::{Handover, Pad, Phase};
use crate::links::Edge;
use crate::machine::{Machine, Work};
use crate::slot::{ElementId, LinkState};
use std::collections::VecDeque;
use trellis_media::{Format, Item, MediaTime};

/// Ways that queue up behind the new one. A source that changes more often within half a second loses what is under
/// way in the first of them.
const MOST_LATER: usize = 4;

/// A way behind the new one.
pub(crate) struct Way {
    pub from: (ElementId, usize),
    pub format: Format,
    keyframe_first: bool,
    arrived: bool,
    ended: bool,
    held: VecDeque<Item>,
}

impl Handover {
    /// Where what is given to the pad from now on comes from.
    pub fn last(&self) -> Option<(ElementId, usize)> {
        self.later.back().map(|way| way.from).or(self.new)
    }

    /// The ways behind the old one.
    pub fn ways(&self) -> impl Iterator<Item = (ElementId, usize)> {
        self.new.into_iter().chain(self.later.iter().map(|way| way.from))
    }

    /// Items that the gate holds of later ways.
    pub fn held_later(&self) -> usize {
        self.later.iter().map(|way| way.held.len()).sum()
    }

    /// Nothing more is given to the last way, and nothing that was is under way in it: it comes straight from a source.
    fn end_last(&mut self) {
        match self.later.back_mut() {
            Some(way) => way.ended = true,
            None => self.ended = true,
        }
    }

    /// The handover from the way that has become the pad's to the next.
    pub fn next(mut self, source: (ElementId, usize)) -> Option<Handover> {
        let (old, way) = (self.new?, self.later.pop_front()?);
        let next = Handover {
            new: Some(way.from),
            format: Some(way.format),
            keyframe_first: way.keyframe_first,
            phase: Phase::Draining(MediaTime::MAX),
            fed: false,
            again: self.again,
            arrived: way.arrived,
            ended: way.ended,
            held_new: way.held,
            later: self.later,
            ..Handover::new(old, source)
        };
        Some(next)
    }
}

impl Machine {
    /// The source of a pad that goes over to another way already gives another format: that way is not the last.
    pub fn queue(&mut self, edge: &Edge, source: (ElementId, usize)) -> bool {
        let pad = edge.to;
        let Some(handover) = self.handover(pad).filter(|it| it.new.is_some() && it.later.len() < MOST_LATER) else {
            return false;
        };
        handover.again = false;
        handover.fed &= handover.old_tree != source;
        let old = handover.old;
        if handover.last() == Some(source) {
            handover.end_last();
            self.unlink_way(source, pad);
        }
        let bitrate = self.target(old, pad).and_then(|target| target.bitrate);
        let keyframe_first = self.link(edge, Some(LinkState::Arriving), bitrate);
        let (from, format) = (edge.from, edge.format);
        if let Some(handover) = self.handover(pad) {
            let (arrived, ended, held) = (false, false, VecDeque::new());
            handover.later.push_back(Way { from, format, keyframe_first, arrived, ended, held });
        }
        self.hold(pad);
        true
    }

    /// Takes the link of a way behind the old one away, which still feeds the pad.
    fn unlink_way(&mut self, from: (ElementId, usize), pad: Pad) {
        if let Some(out) = self.slots.get_mut(from.0).and_then(|slot| slot.outputs.get_mut(from.1)) {
            out.targets.retain(|target| (target.node, target.input) != pad);
        }
    }

    /// An item of a later way, by its place in the queue.
    pub fn gate_later(&mut self, pad: Pad, place: usize, item: Item) {
        let bound = self.gate_bound(pad);
        let Some(handover) = self.handover(pad) else { return };
        let Some(way) = handover.later.get_mut(place) else { return };
        if !way.arrived && way.keyframe_first && !item.starts_keyframe() {
            let (node, output) = way.from;
            if let Some(slot) = self.slots.get_mut(pad.0) {
                slot.counters.dropped_waiting += 1;
            }
            return self.keep_asking(node, output);
        }
        way.arrived = true;
        way.held.push_back(item);
        if handover.held_later() >= bound {
            self.complete(pad);
        }
    }

    /// A later way has given everything.
    pub fn gate_end_later(&mut self, pad: Pad, place: usize) {
        if let Some(way) = self.handover(pad).and_then(|handover| handover.later.get_mut(place)) {
            way.ended = true;
        }
    }

    /// Makes the last way the only one, and lets the sink have what was held for it of all.
    pub fn finish_all(&mut self, pad: Pad) {
        let mut works: Vec<Work> = Vec::new();
        while self.handover(pad).is_some() {
            works.extend(self.step_over(pad).into_iter().filter(|work| !matches!(work, Work::GateEnd(..))));
        }
        self.first(works);
    }
}
