//! What a machine does at a time: wakes nodes, repeats keyframe requests, notes that media has ceased to flow.

use crate::inbox::Entry;
use crate::machine::Machine;
use crate::node::{Notice, Request};
use crate::slot::ElementId;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use trellis_media::{Kind, MediaTime};

/// A pad is said to have ceased to flow after this time without an item (Kurento's interval).
const FLOW_TIMEOUT: MediaTime = MediaTime::from_millis(2_000);
/// How often that is looked at while media flows.
const FLOW_INTERVAL: MediaTime = MediaTime::from_millis(500);

/// What is due when. Bounded: a node has a timer in here for each time that it asked for and that was earlier than
/// all it had; an output has one for
/// keyframes, a pad that is handed over a few.
#[derive(Default)]
pub(crate) struct Deadlines {
    timers: BinaryHeap<Reverse<(MediaTime, Timer)>>,
    /// There is a timer for the flow.
    flow: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    Wake(ElementId),
    Keyframe(ElementId, usize),
    /// The gate of a sink pad has held something for long.
    Handover(ElementId, usize),
    /// Converters of a source pad have not been needed for long.
    Idle(ElementId, usize),
    /// Sinks of a source pad have had no encoder for a while.
    Denied(ElementId, usize),
    Flow,
    /// A job may have taken too long.
    Overdue,
}

impl Deadlines {
    /// The earliest, when there is one.
    pub fn next(&self) -> Option<MediaTime> {
        self.timers.peek().map(|Reverse((time, _))| *time)
    }

    pub fn set(&mut self, time: MediaTime, timer: Timer) {
        self.timers.push(Reverse((time, timer)));
    }

    fn due(&mut self, now: MediaTime) -> Option<Timer> {
        self.next().filter(|time| *time <= now)?;
        self.timers.pop().map(|Reverse((_, timer))| timer)
    }
}

impl Machine {
    /// Moves the time on, firing what is due, and does all work.
    pub fn advance(&mut self, now: MediaTime) {
        self.now = self.now.max(now);
        while let Some(timer) = self.deadlines.due(self.now) {
            match timer {
                Timer::Wake(key) => self.wake_due(key),
                Timer::Keyframe(key, output) => self.fire_pending_keyframe(key, output),
                Timer::Handover(key, input) => self.handover_due((key, input)),
                Timer::Idle(key, output) => self.tidy(key, output),
                Timer::Denied(key, output) => self.denied_due(key, output),
                Timer::Flow => self.check_flow(),
                Timer::Overdue => self.look_after_jobs(),
            }
            self.drain();
        }
        self.drain();
    }

    pub fn wake_at(&mut self, key: ElementId, time: MediaTime) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        if time <= self.now {
            slot.wake = None;
            return self.later(key, Entry::Wake);
        }
        slot.wake = Some(time);
        if slot.armed.is_none_or(|armed| time < armed) {
            slot.armed = Some(time);
            self.deadlines.set(time, Timer::Wake(key));
        }
    }

    fn wake_due(&mut self, key: ElementId) {
        let now = self.now;
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.armed = slot.armed.filter(|armed| *armed > now);
        if slot.wake.take_if(|wake| *wake <= now).is_some() {
            return self.later(key, Entry::Wake);
        }
        if let Some(wake) = slot.wake.filter(|_| slot.armed.is_none()) {
            slot.armed = Some(wake);
            self.deadlines.set(wake, Timer::Wake(key));
        }
    }

    fn fire_pending_keyframe(&mut self, key: ElementId, output: usize) {
        let Some(out) = self.slots.get_mut(key).and_then(|slot| slot.outputs.get_mut(output)) else { return };
        if std::mem::take(&mut out.requests.pending) {
            out.requests.last = None;
            self.request(key, output, Request::Keyframe);
        }
    }

    /// Media has begun to flow through a pad.
    #[cold]
    pub fn flow_started(&mut self, key: ElementId, pad: usize, kind: Kind, sink: bool) {
        if self.slots.get(key).is_some_and(|slot| slot.is_element()) {
            self.effects.outside.notices.push((key, Notice::Flow { sink, kind, pad, flowing: true }));
            if !std::mem::replace(&mut self.deadlines.flow, true) {
                self.deadlines.set(self.now + FLOW_TIMEOUT, Timer::Flow);
            }
        }
    }

    fn check_flow(&mut self) {
        let now = self.now;
        let mut any = false;
        for (key, slot) in self.slots.iter_mut().filter(|(_, slot)| slot.is_element()) {
            let inputs = slot.inputs.iter_mut().map(|it| (it.kind, &mut it.flow)).enumerate();
            let outputs = slot.outputs.iter_mut().map(|it| (it.kind, &mut it.flow)).enumerate();
            let pads = inputs.map(|it| (true, it)).chain(outputs.map(|it| (false, it)));
            for (sink, (pad, (kind, flow))) in pads.filter(|(_, (_, (_, flow)))| flow.flowing) {
                flow.flowing = now - flow.last < FLOW_TIMEOUT;
                any |= flow.flowing;
                if !flow.flowing {
                    self.effects.outside.notices.push((key, Notice::Flow { sink, kind, pad, flowing: false }));
                }
            }
        }
        self.deadlines.flow = any;
        if any {
            self.deadlines.set(now + FLOW_INTERVAL, Timer::Flow);
        }
    }
}
