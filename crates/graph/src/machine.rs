//! The machine under a pipeline: one sans-I/O state machine of nodes, links, inboxes and deadlines.
//!
//! ```text
//!   turn: emit / request / command ──► work queue ──► inline nodes (here and now)
//!                                           │  └────► inboxes of heavy nodes ──► ready jobs ──► pool
//!   deadlines ──► wake ─────────────────────┘                    finish_job ◄────────┘
//! ```
//!
//! Always holds: a node is in its slot unless a job runs it; work is done in the order in which it arose; nothing
//! here blocks, asks the time or calls the application. What must happen outside the lock is left in [`Effects`].

use crate::node::{Action, Command, Context, Flush, Node, NodeError, Notice, Request, Weight};
use crate::slot::{ElementId, Entry, Flow, Output, Role, Slot};
use crate::{Registry, overflow};
use slotmap::SlotMap;
use smallvec::SmallVec;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use trellis_media::{Carriage, Item, Kind, MediaTime};

/// No more than one keyframe request in this time reaches a source or an encoder; later ones wait.
const KEYFRAME_INTERVAL: MediaTime = MediaTime::from_millis(300);
/// A pad is said to have ceased to flow after this time without an item (Kurento's interval).
const FLOW_TIMEOUT: MediaTime = MediaTime::from_millis(2_000);
/// Entries that one job takes from an inbox.
const JOB_ENTRIES: usize = 4;

/// The state machine. [`crate::Pipeline`] drives it live, [`crate::Simulation`] under a virtual clock.
pub(crate) struct Machine {
    pub slots: SlotMap<ElementId, Slot>,
    pub registry: Arc<Registry>,
    pub work: VecDeque<Work>,
    pub now: MediaTime,
    timers: BinaryHeap<Reverse<(MediaTime, Timer)>>,
    flow_timer: bool,
    context: Context,
    pub effects: Effects,
}

/// One thing to be done in this turn.
pub(crate) enum Work {
    Deliver(ElementId, Entry),
    Remove(Box<dyn Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Wake(ElementId),
    Keyframe(ElementId, usize),
    Flow,
}

/// What is to happen after the lock has been released.
#[derive(Default)]
pub(crate) struct Effects {
    /// Heavy nodes with something to do, each with the time of what waits.
    pub jobs: SmallVec<[(MediaTime, ElementId); 4]>,
    pub notices: Vec<(ElementId, Notice)>,
    pub flushes: SmallVec<[Arc<dyn Flush>; 4]>,
    /// Nodes to drop: closing a codec or a file takes time.
    pub dropped: Vec<Box<dyn Node>>,
}

/// A heavy node on its way through the pool.
pub(crate) struct Job {
    key: ElementId,
    node: Box<dyn Node>,
    entries: SmallVec<[Entry; JOB_ENTRIES]>,
    context: Context,
    failure: Option<NodeError>,
}

impl Job {
    /// Runs the node on its entries. No lock is held.
    pub fn run(&mut self) {
        for entry in self.entries.drain(..) {
            if let Err(error) = call(self.node.as_mut(), entry, &mut self.context) {
                self.failure = Some(error);
                return;
            }
        }
    }
}

/// Calls a node; a panic is an error of that node.
fn call(node: &mut dyn Node, entry: Entry, context: &mut Context) -> Result<(), NodeError> {
    let result = catch_unwind(AssertUnwindSafe(|| match entry {
        Entry::Item(input, item) => node.process(input, item, context),
        Entry::Format(input, format) => node.format(input, format, context),
        Entry::End(input) => node.end(input, context),
        Entry::Request(output, request) => {
            node.request(output, request, context);
            Ok(())
        }
        Entry::Wake => node.wake(context),
        Entry::Command(command) => node.command(command, context),
    }));
    result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(NodeError::new(format_args!("internal error: {text}")))
    })
}

impl Machine {
    pub fn new(registry: Arc<Registry>) -> Self {
        Machine {
            slots: SlotMap::with_key(),
            registry,
            work: VecDeque::new(),
            now: MediaTime::ZERO,
            timers: BinaryHeap::new(),
            flow_timer: false,
            context: Context::new(MediaTime::ZERO),
            effects: Effects::default(),
        }
    }

    /// The earliest deadline, when there is one.
    pub fn next_deadline(&self) -> Option<MediaTime> {
        self.timers.peek().map(|Reverse((time, _))| *time)
    }

    /// Moves the time on, firing what is due, and does all work.
    pub fn advance(&mut self, now: MediaTime) {
        self.now = self.now.max(now);
        while let Some(Reverse((time, timer))) = self.timers.peek().copied() {
            if time > self.now {
                break;
            }
            self.timers.pop();
            match timer {
                Timer::Wake(key) => {
                    let due =
                        self.slots.get_mut(key).is_some_and(|slot| slot.wake.take_if(|wake| *wake <= time).is_some());
                    if due {
                        self.work.push_back(Work::Deliver(key, Entry::Wake));
                    }
                }
                Timer::Keyframe(key, output) => self.fire_pending_keyframe(key, output),
                Timer::Flow => self.check_flow(),
            }
            self.drain();
        }
        self.drain();
    }

    /// Does all work of this turn.
    pub fn drain(&mut self) {
        while let Some(work) = self.work.pop_front() {
            match work {
                Work::Deliver(key, entry) => self.deliver(key, entry),
                Work::Remove(node) => self.effects.dropped.push(node),
            }
        }
    }

    fn deliver(&mut self, key: ElementId, entry: Entry) {
        let Some(slot) = self.slots.get_mut(key).filter(|slot| !slot.dead) else { return };
        if let Entry::Item(input, _) = &entry {
            slot.counters.items += 1;
            let input = *input;
            if let Some(kind) = note_flow(slot.inputs.get_mut(input).map(|pad| (&mut pad.flow, pad.kind)), self.now) {
                self.flow_started(key, kind, true);
            }
        }
        let slot = &mut self.slots[key];
        if slot.weight == Weight::Heavy {
            return self.enqueue(key, entry);
        }
        let Some(node) = slot.node.as_mut() else { return };
        self.context.now = self.now;
        let result = call(node.as_mut(), entry, &mut self.context);
        let mut actions = std::mem::take(&mut self.context.actions);
        self.apply(key, &mut actions);
        self.context.actions = actions;
        if let Err(error) = result {
            self.fail(key, error);
        }
    }

    /// Puts an entry into the inbox of a heavy node, by the rules of what may be dropped.
    fn enqueue(&mut self, key: ElementId, entry: Entry) {
        let slot = &mut self.slots[key];
        if let Entry::Item(input, _) = &entry {
            let input = *input;
            if slot.live && slot.queued >= slot.capacity(input) {
                match overflow::make_room(slot, input) {
                    overflow::Verdict::Room => {}
                    overflow::Verdict::WaitForKeyframe => return self.hold_back(key, input),
                }
            }
            self.slots[key].queued += 1;
        }
        self.slots[key].inbox.push_back(entry);
        self.schedule(key);
    }

    /// Nothing more of this input until a keyframe, which is asked for.
    fn hold_back(&mut self, key: ElementId, input: usize) {
        let Some((up, output)) = self.slots[key].inputs.get(input).and_then(|pad| pad.feeder) else { return };
        if let Some(out) = self.slots.get_mut(up).and_then(|slot| slot.outputs.get_mut(output)) {
            for target in out.targets.iter_mut().filter(|target| target.node == key && target.input == input) {
                target.waits_for_keyframe = true;
            }
        }
        self.request(up, output, Request::Keyframe);
    }

    /// Makes a heavy node's job ready, unless one is already, or what it gives would find no room.
    fn schedule(&mut self, key: ElementId) {
        let slot = &self.slots[key];
        if slot.scheduled || slot.dead || slot.inbox.is_empty() || (!slot.live && self.downstream_is_full(key, 0)) {
            return;
        }
        let slot = &mut self.slots[key];
        slot.scheduled = true;
        let time = slot.inbox.iter().find_map(|entry| match entry {
            Entry::Item(_, item) => Some(item.time),
            _ => None,
        });
        self.effects.jobs.push((time.unwrap_or(self.now), key));
    }

    /// Whether any heavy node that this one feeds has an inbox that should not grow.
    fn downstream_is_full(&self, key: ElementId, depth: usize) -> bool {
        let Some(slot) = self.slots.get(key).filter(|_| depth < 32) else { return false };
        slot.outputs.iter().flat_map(|output| &output.targets).any(|target| {
            self.slots.get(target.node).is_some_and(|next| {
                if next.weight == Weight::Heavy {
                    next.is_full()
                } else {
                    self.downstream_is_full(target.node, depth + 1)
                }
            })
        })
    }

    /// Takes a ready job out, to be run without the lock.
    pub fn take_job(&mut self, key: ElementId) -> Option<Job> {
        let slot = self.slots.get_mut(key)?;
        let node = slot.node.take()?;
        let count = slot.inbox.len().min(JOB_ENTRIES);
        let entries: SmallVec<[Entry; JOB_ENTRIES]> = slot.inbox.drain(..count).collect();
        slot.queued -= entries.iter().filter(|entry| matches!(entry, Entry::Item(..))).count();
        Some(Job { key, node, entries, context: Context::new(self.now), failure: None })
    }

    /// Puts a job's node back, carries out what it asked for, and lets go on whoever waited for room.
    pub fn finish_job(&mut self, mut job: Job, busy_nanos: u64) {
        let key = job.key;
        let Some(slot) = self.slots.get_mut(key) else {
            self.effects.dropped.push(job.node);
            return;
        };
        slot.counters.busy_nanos += busy_nanos;
        slot.scheduled = false;
        slot.node = Some(job.node);
        let live = slot.live;
        self.apply(key, &mut job.context.actions);
        if let Some(error) = job.failure {
            self.fail(key, error);
        }
        self.drain();
        if self.slots.contains_key(key) {
            self.schedule(key);
        }
        if !live {
            self.schedule_waiting();
        }
    }

    /// Nodes that waited for room downstream may have it now.
    fn schedule_waiting(&mut self) {
        let waiting: SmallVec<[ElementId; 8]> = self
            .slots
            .iter()
            .filter(|(_, slot)| slot.weight == Weight::Heavy && !slot.scheduled && !slot.inbox.is_empty())
            .map(|(key, _)| key)
            .collect();
        for key in waiting {
            self.schedule(key);
        }
    }

    fn apply(&mut self, key: ElementId, actions: &mut SmallVec<[Action; 4]>) {
        for action in actions.drain(..) {
            match action {
                Action::Emit(output, item) => self.emit(key, output, item),
                Action::End(output) => self.end(key, output),
                Action::Request(input, request) => self.request_upstream(key, input, request),
                Action::Wake(time) => self.wake_at(key, time),
                Action::Format(output, format) => self.set_format(key, output, format),
                Action::Caps(input, caps) => self.set_caps(key, input, caps),
                Action::Notice(notice) => self.effects.notices.push((key, notice)),
                Action::Flush(batch) => {
                    if !self.effects.flushes.iter().any(|other| Arc::ptr_eq(other, &batch)) {
                        self.effects.flushes.push(batch);
                    }
                }
            }
        }
    }

    /// Sends an item to everybody behind an output.
    pub fn emit(&mut self, key: ElementId, output: usize, item: Item) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.counters.emitted += 1;
        let is_element = slot.is_element();
        let Some(out) = slot.outputs.get_mut(output) else { return };
        let starts = item.starts_keyframe();
        if starts {
            out.keyframes.pending = false;
        }
        let mut waiting = 0;
        for target in &mut out.targets {
            if target.waits_for_keyframe {
                if !starts {
                    waiting += 1;
                    continue;
                }
                target.waits_for_keyframe = false;
            }
            self.work.push_back(Work::Deliver(target.node, Entry::Item(target.input, item.clone())));
        }
        let started = is_element.then(|| note_flow(Some((&mut out.flow, out.kind)), self.now)).flatten();
        slot.counters.dropped_waiting += waiting;
        if let Some(kind) = started {
            self.flow_started(key, kind, false);
        }
    }

    fn end(&mut self, key: ElementId, output: usize) {
        let Some(out) = self.slots.get(key).and_then(|slot| slot.outputs.get(output)) else { return };
        for target in &out.targets {
            self.work.push_back(Work::Deliver(target.node, Entry::End(target.input)));
        }
    }

    /// Asks whoever feeds an input of an element.
    pub fn request_upstream(&mut self, key: ElementId, input: usize, request: Request) {
        if let Some((up, output)) =
            self.slots.get(key).and_then(|slot| slot.inputs.get(input)).and_then(|pad| pad.feeder)
        {
            self.request_from(up, output, request, Some((key, input)));
        }
    }

    /// Asks an output for something on behalf of all its targets.
    pub fn request(&mut self, key: ElementId, output: usize, request: Request) {
        self.request_from(key, output, request, None);
    }

    /// Keyframe requests are coalesced; of the bitrates of several targets the lowest counts.
    fn request_from(&mut self, key: ElementId, output: usize, request: Request, from: Option<(ElementId, usize)>) {
        let now = self.now;
        let Some(out) = self.slots.get_mut(key).and_then(|slot| slot.outputs.get_mut(output)) else { return };
        match request {
            Request::Keyframe => {
                if let Some(last) = out.keyframes.last.filter(|last| now - *last < KEYFRAME_INTERVAL) {
                    if !std::mem::replace(&mut out.keyframes.pending, true) {
                        self.timers.push(Reverse((last + KEYFRAME_INTERVAL, Timer::Keyframe(key, output))));
                    }
                    return;
                }
                out.keyframes.last = Some(now);
            }
            Request::Bitrate(bits) => {
                for target in out.targets.iter_mut().filter(|target| from == Some((target.node, target.input))) {
                    target.bitrate = Some(bits);
                }
                let lowest = out.targets.iter().filter_map(|target| target.bitrate).min().unwrap_or(bits);
                if out.bitrate.replace(lowest) == Some(lowest) {
                    return;
                }
                self.work.push_back(Work::Deliver(key, Entry::Request(output, Request::Bitrate(lowest))));
                return;
            }
        }
        self.work.push_back(Work::Deliver(key, Entry::Request(output, request)));
    }

    fn fire_pending_keyframe(&mut self, key: ElementId, output: usize) {
        let Some(out) = self.slots.get_mut(key).and_then(|slot| slot.outputs.get_mut(output)) else { return };
        if std::mem::take(&mut out.keyframes.pending) {
            out.keyframes.last = None;
            self.request(key, output, Request::Keyframe);
        }
    }

    fn wake_at(&mut self, key: ElementId, time: MediaTime) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        if time <= self.now {
            slot.wake = None;
            return self.work.push_back(Work::Deliver(key, Entry::Wake));
        }
        slot.wake = Some(time);
        self.timers.push(Reverse((time, Timer::Wake(key))));
    }

    /// A node could not go on: it gets nothing more, and its element is told of as failed.
    pub fn fail(&mut self, key: ElementId, error: NodeError) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.dead = true;
        slot.inbox.clear();
        slot.queued = 0;
        self.effects.dropped.extend(slot.node.take());
        let (element, error) = match slot.role {
            Role::Element => (key, error),
            Role::Converter { owner, .. } => (owner, NodeError::new(format_args!("{}: {error}", slot.name))),
        };
        self.effects.notices.push((element, Notice::Error(error)));
    }

    /// Sends a message to an element's node.
    pub fn command(&mut self, key: ElementId, command: Command) {
        self.work.push_back(Work::Deliver(key, Entry::Command(command)));
    }

    fn flow_started(&mut self, key: ElementId, kind: Kind, sink: bool) {
        if self.slots.get(key).is_some_and(|slot| slot.is_element()) {
            self.effects.notices.push((key, Notice::Flow { sink, kind, flowing: true }));
        }
        if !std::mem::replace(&mut self.flow_timer, true) {
            self.timers.push(Reverse((self.now + FLOW_TIMEOUT, Timer::Flow)));
        }
    }

    fn check_flow(&mut self) {
        let now = self.now;
        let mut any = false;
        for (key, slot) in &mut self.slots {
            let element = slot.role == Role::Element;
            let pads = slot.inputs.iter_mut().map(|pad| (true, pad.kind, &mut pad.flow));
            let pads = pads.chain(slot.outputs.iter_mut().map(|pad| (false, pad.kind, &mut pad.flow)));
            for (sink, kind, flow) in pads.filter(|(_, _, flow)| flow.flowing) {
                flow.flowing = now - flow.last < FLOW_TIMEOUT;
                any |= flow.flowing;
                if !flow.flowing && element {
                    self.effects.notices.push((key, Notice::Flow { sink, kind, flowing: false }));
                }
            }
        }
        self.flow_timer = any;
        if any {
            self.timers.push(Reverse((now + MediaTime::from_millis(500), Timer::Flow)));
        }
    }
}

/// Notes that an item passed a pad; the pad's kind when it had not been flowing.
fn note_flow(pad: Option<(&mut Flow, Kind)>, now: MediaTime) -> Option<Kind> {
    let (flow, kind) = pad?;
    flow.last = now;
    (!std::mem::replace(&mut flow.flowing, true)).then_some(kind)
}

/// Whether a link of this output must begin with a keyframe.
pub(crate) fn begins_with_keyframe(output: &Output, carriage: Option<Carriage>) -> bool {
    output.kind == Kind::Video && carriage != Some(Carriage::Raw)
}
