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
//!
//! An item that is all that follows from an inline node's call goes to the next node at once ([`Machine::run`]),
//! without the queue: when the queue is empty that is the same order. Buffers are kept, so that nothing is allocated
//! for an item.

use crate::Registry;
use crate::allowance::Encoders;
use crate::clock::Stopwatch;
use crate::deadlines::Deadlines;
use crate::former::HOLD;
use crate::inbox::Entry;
use crate::job::{Job, JobBuffers, call, call_process};
use crate::node::{Action, Command, Context, Flush, Node, NodeError, Notice, Request, Weight};
use crate::overdue::Underway;
use crate::slot::{ElementId, LinkState, Role, Slot, Target};
use slotmap::SlotMap;
use std::collections::VecDeque;
use std::sync::Arc;
use trellis_media::{Item, MediaTime};

/// Of so many items of an inline node one is timed.
const TIMED: u64 = 64;

/// The state machine. [`crate::Pipeline`] drives it live, [`crate::Simulation`] under a virtual clock.
pub(crate) struct Machine {
    /// Boxed, so that those which are not taken take no room.
    pub slots: SlotMap<ElementId, Box<Slot>>,
    pub registry: Arc<Registry>,
    pub now: MediaTime,
    pub deadlines: Deadlines,
    pub effects: Effects,
    /// Heavy nodes that would run if what they feed had room. Each is here once at the most.
    pub blocked: VecDeque<ElementId>,
    /// Memory of jobs that are done; as many as ran at once.
    pub spare: Vec<JobBuffers>,
    pub stopwatch: Stopwatch,
    pub underway: Underway,
    /// How long a converter is kept that nobody needs any more.
    pub hold: MediaTime,
    /// How often trees were planned as one, and of how many source pads altogether.
    pub solved: u64,
    pub planned: u64,
    /// Its encoders, where they count.
    pub encoders: Option<Box<Encoders>>,
    work: VecDeque<Work>,
    /// What the node that is called collects; empty between calls.
    context: Context,
    /// The number of this turn, so that a node's first flush in it shows.
    turn: u32,
}

/// One thing to be done in this turn.
pub(crate) enum Work {
    Item(Hop),
    Entry(ElementId, Entry),
    /// An item by either way into a pad that is being handed over, and the output that it came from.
    Gate((ElementId, usize), Hop),
    GateEnd((ElementId, usize), (ElementId, usize)),
}

/// An item on its way into a node.
pub(crate) struct Hop {
    pub node: ElementId,
    pub input: usize,
    pub item: Item,
}

/// What is to happen after the lock has been released.
#[derive(Default)]
pub(crate) struct Effects {
    /// Heavy nodes with something to do, each with its deadline.
    pub jobs: Vec<(MediaTime, ElementId)>,
    /// Threads that are lost to jobs that take too long.
    pub stand_ins: usize,
    pub outside: Outside,
}

/// Calls out of the machine.
#[derive(Default)]
pub(crate) struct Outside {
    pub notices: Vec<(ElementId, Notice)>,
    pub flushes: Vec<Arc<dyn Flush>>,
    /// Nodes to drop: closing a codec or a file takes time.
    pub dropped: Vec<Box<dyn Node>>,
}

impl Outside {
    pub fn is_empty(&self) -> bool {
        self.notices.is_empty() && self.flushes.is_empty() && self.dropped.is_empty()
    }
}

impl Machine {
    pub fn new(registry: Arc<Registry>, stopwatch: Stopwatch) -> Self {
        Machine {
            slots: SlotMap::with_key(),
            registry,
            now: MediaTime::ZERO,
            deadlines: Deadlines::default(),
            effects: Effects::default(),
            blocked: VecDeque::new(),
            spare: Vec::new(),
            stopwatch,
            underway: Underway::default(),
            hold: HOLD,
            solved: 0,
            planned: 0,
            encoders: None,
            work: VecDeque::new(),
            context: Context::new(MediaTime::ZERO),
            turn: 0,
        }
    }

    /// A turn has ended: what was flushed in it may be flushed again in the next.
    pub fn end_turn(&mut self) {
        self.turn = self.turn.wrapping_add(1);
    }

    /// Gives an item out of a node, and does all that follows.
    pub fn give(&mut self, key: ElementId, output: usize, item: Item) {
        self.drain();
        if let Some(hop) = self.route(key, output, item) {
            self.run(hop);
        }
        self.drain();
    }

    /// Does all work of this turn.
    pub fn drain(&mut self) {
        while let Some(work) = self.work.pop_front() {
            match work {
                Work::Item(hop) => self.run(hop),
                Work::Entry(key, entry) => self.enter(key, entry),
                Work::Gate(from, hop) => self.gate(from, hop),
                Work::GateEnd(from, pad) => self.gate_end(from, pad),
            }
        }
    }

    /// Has something done in this turn, after what arose before it.
    pub fn later(&mut self, key: ElementId, entry: Entry) {
        self.work.push_back(match entry {
            Entry::Item(input, item) => Work::Item(Hop { node: key, input, item }),
            entry => Work::Entry(key, entry),
        });
    }

    /// The latest time of what an input has been given, or is about to be.
    pub fn last_given(&self, pad: (ElementId, usize)) -> MediaTime {
        let input = self.slots.get(pad.0).and_then(|slot| slot.inputs.get(pad.1));
        let about = self.work.iter().filter_map(|work| match work {
            Work::Item(hop) if (hop.node, hop.input) == pad => Some(hop.item.time),
            _ => None,
        });
        input.map(|input| input.last).into_iter().chain(about).max().unwrap_or(MediaTime::ZERO)
    }

    /// Has something done before all that waits, in this order: it arose earlier.
    pub fn first(&mut self, works: impl IntoIterator<Item = Work, IntoIter: DoubleEndedIterator>) {
        for work in works.into_iter().rev() {
            self.work.push_front(work);
        }
    }

    /// Takes an item from node to node for as long as it is the only work there is.
    fn run(&mut self, mut hop: Hop) {
        while let Some(next) = self.step(hop) {
            hop = next;
        }
    }

    /// Gives an item to a node. What comes back is all that followed from it, and nothing else waits to be done.
    #[inline(always)]
    fn step(&mut self, hop: Hop) -> Option<Hop> {
        let Hop { node: key, input, item } = hop;
        let mut slot = self.slots.get_mut(key)?;
        if slot.dead {
            slot.counters.dropped_failed += 1;
            return None;
        }
        slot.counters.items += 1;
        if let Some(pad) = slot.inputs.get_mut(input) {
            pad.last = item.time;
            pad.latency.note(self.now - item.time);
            if pad.flow.note(self.now) {
                let kind = pad.kind;
                self.flow_started(key, input, kind, true);
                slot = self.slots.get_mut(key)?;
            }
        }
        if slot.weight == Weight::Heavy {
            self.enqueue(key, Entry::Item(input, item));
            return None;
        }
        let node = slot.node.as_mut()?;
        self.context.now = self.now;
        let timed = slot.counters.items % TIMED == 1;
        let started = if timed { self.stopwatch.start() } else { None };
        let result = call_process(node.as_mut(), input, item, &mut self.context);
        if let Some(started) = started {
            slot.counters.busy_nanos += TIMED * started.nanos();
        }
        if let (Ok(()), [Action::Emit(..)]) = (&result, &self.context.actions[..]) {
            let Some(Action::Emit(output, item)) = self.context.actions.pop() else { return None };
            return self.route(key, output, item);
        }
        self.carry_out(key, result);
        None
    }

    /// Gives a node anything but an item.
    fn enter(&mut self, key: ElementId, entry: Entry) {
        if let Entry::Request(_, Request::Keyframe) = entry {
            self.mark(key);
        }
        let Some(slot) = self.slots.get_mut(key).filter(|slot| !slot.dead) else { return };
        if slot.weight == Weight::Heavy {
            return self.enqueue(key, entry);
        }
        let Some(node) = slot.node.as_mut() else { return };
        self.context.now = self.now;
        let result = call(node.as_mut(), entry, &mut self.context);
        self.carry_out(key, result);
    }

    /// Carries out what an inline node asked for, in its order.
    fn carry_out(&mut self, key: ElementId, result: Result<(), NodeError>) {
        let mut actions = std::mem::take(&mut self.context.actions);
        self.apply(key, &mut actions);
        self.context.actions = actions;
        if let Err(error) = result {
            self.fail(key, error);
        }
    }

    /// Carries out what a node asked for.
    pub fn apply(&mut self, key: ElementId, actions: &mut Vec<Action>) {
        for action in actions.drain(..) {
            match action {
                Action::Emit(output, item) => {
                    if let Some(hop) = self.route(key, output, item) {
                        self.work.push_back(Work::Item(hop));
                    }
                }
                Action::End(output) => self.end(key, output),
                Action::Request(input, request) => self.request_upstream(key, input, request),
                Action::Wake(time) => self.wake_at(key, time),
                Action::Format(output, format) => self.set_format(key, output, format),
                Action::Took(input, format) => self.follow(key, input, format),
                Action::Caps(input, caps) => self.set_caps(key, input, caps),
                Action::Notice(notice) => self.effects.outside.notices.push((key, notice)),
                Action::Flush(batch) => self.flush(key, batch),
            }
        }
    }

    fn flush(&mut self, key: ElementId, batch: Arc<dyn Flush>) {
        let flushes = &mut self.effects.outside.flushes;
        let Some(slot) = self.slots.get_mut(key) else { return };
        let first = slot.flushed.replace(self.turn) != Some(self.turn);
        if first || !flushes.iter().any(|other| Arc::ptr_eq(other, &batch)) {
            flushes.push(batch);
        }
    }

    /// Sends an item to everybody behind an output. The way to an only receiver is given back when nothing else waits
    /// to be done: the caller goes it.
    #[inline(always)]
    fn route(&mut self, key: ElementId, output: usize, item: Item) -> Option<Hop> {
        let mut slot = self.slots.get_mut(key)?;
        slot.counters.emitted += 1;
        let mut out = slot.outputs.get_mut(output)?;
        if out.requests.pending && item.starts_keyframe() {
            out.requests.pending = false;
        }
        if out.flow.note(self.now) {
            let kind = out.kind;
            self.flow_started(key, output, kind, false);
            slot = self.slots.get_mut(key)?;
            out = slot.outputs.get_mut(output)?;
        }
        match &out.targets[..] {
            [] => slot.counters.dropped_unconnected += 1,
            [target] if target.state == LinkState::Open => {
                let hop = Hop { node: target.node, input: target.input, item };
                if self.work.is_empty() {
                    return Some(hop);
                }
                self.work.push_back(Work::Item(hop));
            }
            _ => self.route_to_all(key, output, item),
        }
        None
    }

    #[inline(never)]
    fn route_to_all(&mut self, key: ElementId, output: usize, item: Item) {
        let starts = item.starts_keyframe();
        let Some(slot) = self.slots.get(key) else { return };
        if slot.outputs[output].targets.iter().any(|target| target.is_beginning(starts)) {
            self.announce_all(key, output, &item);
        }
        let Some(slot) = self.slots.get_mut(key) else { return };
        let before = slot.counters.dropped_waiting;
        let mut rest = slot.outputs[output].targets.iter_mut();
        let last = rest.next_back();
        for target in rest {
            let admitted = target.pass((key, output), starts, || item.clone());
            slot.counters.dropped_waiting += u64::from(admitted.is_none());
            self.work.extend(admitted);
        }
        if let Some(target) = last {
            let admitted = target.pass((key, output), starts, || item);
            slot.counters.dropped_waiting += u64::from(admitted.is_none());
            self.work.extend(admitted);
        }
        if slot.counters.dropped_waiting > before {
            self.keep_asking(key, output);
        }
    }

    /// Before anybody gets an item: where ways part, those who leave must know.
    #[cold]
    fn announce_all(&mut self, key: ElementId, output: usize, item: &Item) {
        let starts = item.starts_keyframe();
        let targets = self.slots.get(key).map(|slot| slot.outputs[output].targets.clone()).unwrap_or_default();
        for target in targets.into_iter().filter(|target| target.is_beginning(starts)) {
            self.announce(target, item);
        }
    }

    fn end(&mut self, key: ElementId, output: usize) {
        let Some(out) = self.slots.get(key).and_then(|slot| slot.outputs.get(output)) else { return };
        for target in &out.targets {
            self.work.push_back(match target.state {
                LinkState::Leaving | LinkState::Arriving => Work::GateEnd((key, output), (target.node, target.input)),
                _ => Work::Entry(target.node, Entry::End(target.input)),
            });
        }
    }

    /// A node could not go on: it gets nothing more, and its element is told of as failed. The tree of a converter is
    /// planned anew.
    pub fn fail(&mut self, key: ElementId, error: NodeError) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.dead = true;
        slot.inbox.clear();
        self.effects.outside.dropped.extend(slot.node.take());
        match slot.role {
            Role::Element => self.effects.outside.notices.push((key, Notice::Error(error))),
            Role::Converter { owner } => self.converter_failed(key, owner, &error),
        }
        self.retry_blocked();
    }

    /// Sends a message to an element's node.
    pub fn command(&mut self, key: ElementId, command: Command) {
        self.later(key, Entry::Command(command));
    }

    /// Asks whoever feeds an input of an element.
    pub fn request_upstream(&mut self, key: ElementId, input: usize, request: Request) {
        let feeder = self.slots.get(key).and_then(|slot| slot.inputs.get(input)).and_then(|pad| pad.feeder);
        if let Some((up, output)) = feeder {
            self.request_from(up, output, request, Some((key, input)));
        }
    }

    /// A job is done and its memory can be used again.
    pub fn put_away(&mut self, job: JobBuffers) {
        self.spare.push(job);
    }

    /// Lets a failed or removed job's node be dropped outside the lock.
    pub fn drop_later(&mut self, job: Job) {
        let (node, buffers) = job.into_parts();
        self.effects.outside.dropped.push(node);
        self.put_away(buffers);
    }
}

impl Target {
    /// What is to be done with an item that is given to this link; `None` when it waits for a keyframe.
    fn pass(&mut self, from: (ElementId, usize), starts: bool, item: impl FnOnce() -> Item) -> Option<Work> {
        let hop = |item| Hop { node: self.node, input: self.input, item };
        match self.state {
            LinkState::Open => Some(Work::Item(hop(item()))),
            LinkState::WaitsForKeyframe if !starts => None,
            LinkState::First | LinkState::WaitsForKeyframe => {
                let work = Work::Item(hop(item()));
                self.state = LinkState::Open;
                Some(work)
            }
            LinkState::Leaving | LinkState::Arriving => Some(Work::Gate(from, hop(item()))),
        }
    }
}
