//! Heavy work: bounded inboxes, and the jobs that take from them to the pool.
//!
//! Always holds: a node has one job at the most; a node whose source can wait has no job while what it feeds lacks
//! room; a job's deadline is the time of its first item plus the latency that was promised up to its node.

use crate::clock::Stopwatch;
use crate::inbox::{Entry, Queued};
use crate::machine::Machine;
use crate::node::{Action, Context, Node, NodeError, Request, Weight};
use crate::overflow;
use crate::slot::{ElementId, LinkState};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use trellis_media::{Item, MediaTime};

/// Entries that one job takes from an inbox at the most.
const JOB_ENTRIES: usize = 16;
/// A job that has taken this long gives back the entries that are left, so that what it has made goes on.
const JOB_TIME: Duration = Duration::from_micros(500);
/// Nodes that the search for a full inbox looks at.
const LOOK_AHEAD: usize = 1_024;

/// A heavy node on its way through the pool.
pub(crate) struct Job {
    key: ElementId,
    node: Box<dyn Node>,
    buffers: JobBuffers,
    failure: Option<NodeError>,
    /// Items that the node has taken.
    done: usize,
}

/// The memory of a job.
pub(crate) struct JobBuffers {
    entries: VecDeque<Queued>,
    context: Context,
}

impl Default for JobBuffers {
    fn default() -> Self {
        JobBuffers { entries: VecDeque::new(), context: Context::new(MediaTime::ZERO) }
    }
}

impl Job {
    /// Runs the node on its entries; nanoseconds that it took. No lock is held.
    pub fn run(&mut self, stopwatch: Stopwatch) -> u64 {
        let started = stopwatch.start();
        let nanos = || started.as_ref().map_or(0, |started| started.nanos());
        let mut taken = 0;
        while let Some(queued) = self.buffers.entries.pop_front() {
            self.done += usize::from(matches!(queued.entry, Entry::Item(..)));
            let result = match queued.entry {
                Entry::Item(input, item) => call_process(self.node.as_mut(), input, item, &mut self.buffers.context),
                entry => call(self.node.as_mut(), entry, &mut self.buffers.context),
            };
            taken = nanos();
            if let Err(error) = result {
                self.failure = Some(error);
                break;
            }
            if u128::from(taken) > JOB_TIME.as_nanos() {
                break;
            }
        }
        taken
    }

    pub fn into_parts(self) -> (Box<dyn Node>, JobBuffers) {
        let mut buffers = self.buffers;
        buffers.entries.clear();
        buffers.context.actions.clear();
        (self.node, buffers)
    }
}

/// Gives a node an item; a panic is an error of that node.
#[inline]
pub(crate) fn call_process(
    node: &mut dyn Node,
    input: usize,
    item: Item,
    context: &mut Context,
) -> Result<(), NodeError> {
    catch_unwind(AssertUnwindSafe(|| node.process(input, item, context))).unwrap_or_else(panicked)
}

/// Gives a node anything; a panic is an error of that node.
pub(crate) fn call(node: &mut dyn Node, entry: Entry, context: &mut Context) -> Result<(), NodeError> {
    let result = catch_unwind(AssertUnwindSafe(|| match entry {
        Entry::Item(input, item) => node.process(input, item, context),
        Entry::Format(input, format) => {
            let result = node.format(input, format, context);
            context.actions.push(Action::Took(input, format));
            result
        }
        Entry::End(input) => node.end(input, context),
        Entry::Request(output, request) => {
            node.request(output, request, context);
            Ok(())
        }
        Entry::Wake => node.wake(context),
        Entry::Command(command) => node.command(command, context),
    }));
    result.unwrap_or_else(panicked)
}

#[cold]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Result<(), NodeError> {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Err(NodeError::new(format_args!("internal error: {text}")))
}

impl Machine {
    /// Puts an entry into the inbox of a heavy node, by the rules of what may be dropped.
    pub fn enqueue(&mut self, key: ElementId, entry: Entry) {
        let now = self.now;
        let Some(slot) = self.slots.get_mut(key) else { return };
        match overflow::admit(slot, &entry) {
            overflow::Verdict::Room => slot.inbox.push(entry, now),
            overflow::Verdict::Drop => return,
            overflow::Verdict::WaitForKeyframe(input) => return self.hold_back(key, input),
        }
        self.schedule(key);
    }

    /// Nothing more of this input until a keyframe, which is asked for.
    fn hold_back(&mut self, key: ElementId, input: usize) {
        let feeder = self.slots.get(key).and_then(|slot| slot.inputs.get(input)).and_then(|pad| pad.feeder);
        let Some((up, output)) = feeder else { return };
        if let Some(out) = self.slots.get_mut(up).and_then(|slot| slot.outputs.get_mut(output)) {
            out.hold_back(key, input);
        }
        self.request(up, output, Request::Keyframe);
    }

    /// Makes a heavy node's job ready, unless one is already, or what it gives would find no room.
    pub fn schedule(&mut self, key: ElementId) {
        let Some(slot) = self.slots.get(key) else { return };
        if slot.scheduled || slot.dead || slot.inbox.queue.is_empty() {
            return;
        }
        if !slot.live && self.room(key) == 0 {
            if let Some(slot) = self.slots.get_mut(key).filter(|slot| !slot.blocked) {
                slot.blocked = true;
                self.blocked.push_back(key);
            }
            return;
        }
        let now = self.now;
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.scheduled = true;
        let deadline = slot.deadline(now);
        self.effects.jobs.push((deadline, key));
    }

    /// Nodes that waited for room downstream may have it now.
    pub fn retry_blocked(&mut self) {
        for _ in 0..self.blocked.len() {
            // Those that still wait put themselves back at the end.
            let Some(key) = self.blocked.pop_front() else { return };
            if let Some(slot) = self.slots.get_mut(key) {
                slot.blocked = false;
                self.schedule(key);
            }
        }
    }

    /// Items that a node may give before a source that can wait should: the least that any heavy node behind it has
    /// room for.
    fn room(&self, key: ElementId) -> usize {
        self.room_behind(key, &mut LOOK_AHEAD.clone())
    }

    fn room_behind(&self, key: ElementId, look_ahead: &mut usize) -> usize {
        let Some(slot) = self.slots.get(key) else { return usize::MAX };
        let mut least = usize::MAX;
        for target in slot.outputs.iter().flat_map(|output| &output.targets) {
            let Some(next) = self.slots.get(target.node).filter(|next| !next.dead) else { continue };
            if *look_ahead == 0 || least == 0 {
                break;
            }
            *look_ahead -= 1;
            if matches!(target.state, LinkState::Leaving | LinkState::Arriving) {
                least = least.min(self.room_at_gate((target.node, target.input)));
            }
            // What leaves a live source is not what comes into it.
            least = least.min(match next.weight {
                Weight::Heavy => next.room(),
                Weight::Inline if next.live_source => usize::MAX,
                Weight::Inline => self.room_behind(target.node, look_ahead),
            });
        }
        least
    }

    /// Takes a ready job out, to be run without the lock.
    pub fn take_job(&mut self, key: ElementId) -> Option<Job> {
        let room = self.room(key).max(1);
        let now = self.now;
        let slot = self.slots.get_mut(key)?;
        let node = slot.node.take()?;
        let mut buffers = self.spare.pop().unwrap_or_default();
        buffers.context.now = now;
        let limit = slot.job_limit(JOB_ENTRIES).min(room);
        let queue = &mut slot.inbox.queue;
        if queue.len() <= limit {
            std::mem::swap(queue, &mut buffers.entries);
        } else {
            buffers.entries.extend(queue.drain(..limit));
        }
        if let Some(first) = buffers.entries.front() {
            slot.counters.longest_wait = slot.counters.longest_wait.max(now - first.at);
        }
        slot.inbox.commands = slot.inbox.queue.iter().filter(|queued| queued.entry.is_command()).count();
        let on_items = buffers.entries.iter().any(|queued| matches!(queued.entry, Entry::Item(..)));
        self.job_begins(key, on_items);
        Some(Job { key, node, buffers, failure: None, done: 0 })
    }

    /// Puts a job's node back, carries out what it asked for, and lets go on whoever waited for room. Whether another
    /// thread stands in for the one that had it.
    pub fn finish_job(&mut self, job: Job, busy_nanos: u64) -> bool {
        let stood_in = self.job_ends(job.key);
        self.take_back(job, busy_nanos);
        stood_in
    }

    fn take_back(&mut self, mut job: Job, busy_nanos: u64) {
        let key = job.key;
        let Some(slot) = self.slots.get_mut(key) else { return self.drop_later(job) };
        slot.counters.busy_nanos += busy_nanos;
        slot.scheduled = false;
        slot.inbox.items = slot.inbox.items.saturating_sub(job.done);
        if slot.dead {
            return self.drop_later(job);
        }
        while let Some(left) = job.buffers.entries.pop_back() {
            slot.inbox.commands += usize::from(left.entry.is_command());
            slot.inbox.queue.push_front(left);
        }
        slot.node = Some(job.node);
        self.apply(key, &mut job.buffers.context.actions);
        self.put_away(job.buffers);
        if let Some(error) = job.failure {
            self.fail(key, error);
        }
        self.drain();
        self.schedule(key);
        if !self.blocked.is_empty() {
            self.retry_blocked();
        }
    }
}
