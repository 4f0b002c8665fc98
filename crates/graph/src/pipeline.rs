//! A pipeline, driven live: the machine under its lock, the clock, the pool and the application's observer.

use crate::Registry;
use crate::allowance::EncoderAllowance;
use crate::clock::{Clock, Stopwatch};
use crate::executor::Executor;
use crate::explain::Explanation;
use crate::machine::{Machine, Outside};
use crate::node::{Command, Notice, Request};
use crate::report::Report;
use crate::slot::ElementId;
use crate::topology::{Element, LinkError};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use trellis_media::{Caps, Format, Item, MediaTime};

/// Hears what the elements of a pipeline tell. Called outside the pipeline's lock, on whatever thread did the work:
/// it must not block for long, and may call the pipeline.
pub trait Observer: Send + Sync {
    /// An element told something.
    fn notice(&self, element: ElementId, notice: Notice);
}

impl<F: Fn(ElementId, Notice) + Send + Sync> Observer for F {
    fn notice(&self, element: ElementId, notice: Notice) {
        self(element, notice);
    }
}

/// Elements that share one clock, one life and one error domain. Clones are handles of the same pipeline.
#[derive(Clone)]
pub struct Pipeline(Arc<Inner>);

/// A handle that does not keep the pipeline alive.
#[derive(Clone)]
pub struct WeakPipeline(std::sync::Weak<Inner>);

pub(crate) struct Inner {
    machine: Mutex<Machine>,
    clock: Arc<dyn Clock>,
    executor: Executor,
    observer: Box<dyn Observer>,
    /// The deadline that the executor was last told, in nanoseconds; `i64::MAX` when none.
    armed: AtomicI64,
    /// Memory for what is done outside the lock; as many as turns overlapped.
    spare: Mutex<Vec<Outside>>,
}

impl Pipeline {
    /// An empty pipeline.
    pub fn new(
        executor: &Executor,
        clock: Arc<dyn Clock>,
        registry: Arc<Registry>,
        observer: impl Observer + 'static,
    ) -> Pipeline {
        Pipeline(Arc::new(Inner {
            machine: Mutex::new(Machine::new(registry, Stopwatch::Runs)),
            clock,
            executor: executor.clone(),
            observer: Box::new(observer),
            armed: AtomicI64::new(i64::MAX),
            spare: Mutex::default(),
        }))
    }

    /// The time on the pipeline's clock.
    pub fn now(&self) -> MediaTime {
        self.0.now()
    }

    /// A handle that does not keep the pipeline alive: for observers of what feeds it.
    pub fn downgrade(&self) -> WeakPipeline {
        WeakPipeline(Arc::downgrade(&self.0))
    }

    /// Does several things under one lock, in order, and all the light work that follows from them.
    pub fn turn<R>(&self, work: impl FnOnce(&mut Turn<'_>) -> R) -> R {
        self.0.turn(work)
    }

    /// Puts an element in.
    pub fn add(&self, element: Element) -> ElementId {
        self.turn(|turn| turn.add(element))
    }

    /// Takes an element out, with its links.
    pub fn remove(&self, element: ElementId) {
        self.turn(|turn| turn.remove(element));
    }

    /// Connects source pad `from` to sink pad `to`; each is an element and the number of its pad.
    pub fn connect(&self, from: (ElementId, usize), to: (ElementId, usize)) -> Result<(), LinkError> {
        self.turn(|turn| turn.connect(from, to))
    }

    /// Disconnects a sink pad.
    pub fn disconnect(&self, sink: ElementId, pad: usize) {
        self.turn(|turn| turn.disconnect(sink, pad));
    }

    /// Sends an element's node a message.
    pub fn command(&self, element: ElementId, command: impl std::any::Any + Send) {
        self.turn(|turn| turn.command(element, Box::new(command)));
    }

    /// What runs, and what it has done.
    pub fn report(&self) -> Report {
        self.0.machine.lock().report()
    }

    /// What runs, and why.
    pub fn explain(&self) -> Explanation {
        self.0.machine.lock().explanation()
    }
}

impl WeakPipeline {
    /// The pipeline, while anybody holds it.
    pub fn upgrade(&self) -> Option<Pipeline> {
        self.0.upgrade().map(Pipeline)
    }

    /// [`Pipeline::turn`], when the pipeline still is.
    pub fn turn<R>(&self, work: impl FnOnce(&mut Turn<'_>) -> R) -> Option<R> {
        Some(self.0.upgrade()?.turn(work))
    }
}

/// A pipeline within one turn: see [`Pipeline::turn`].
pub struct Turn<'a>(pub(crate) &'a mut Machine);

impl Turn<'_> {
    /// The time of this turn on the pipeline's clock.
    pub fn now(&self) -> MediaTime {
        self.0.now
    }

    /// Puts an element in.
    pub fn add(&mut self, element: Element) -> ElementId {
        self.0.add(element)
    }

    /// Takes an element out, with its links.
    pub fn remove(&mut self, element: ElementId) {
        self.0.remove(element);
    }

    /// Connects source pad `from` to sink pad `to`.
    pub fn connect(&mut self, from: (ElementId, usize), to: (ElementId, usize)) -> Result<(), LinkError> {
        self.0.connect(from, to)
    }

    /// Disconnects a sink pad.
    pub fn disconnect(&mut self, sink: ElementId, pad: usize) {
        self.0.disconnect(sink, pad);
    }

    /// Gives an item out of an element's source pad: how drivers bring media in.
    pub fn emit(&mut self, element: ElementId, source: usize, item: Item) {
        self.0.give(element, source, item);
    }

    /// Says what a source pad gives from now on.
    pub fn set_format(&mut self, element: ElementId, source: usize, format: Format) {
        self.0.set_format(element, source, format);
    }

    /// Which of several formats a source pad had better give, by what that would cost the whole pipeline as it is
    /// connected now: its place in the list. How the codec of an answer is chosen.
    pub fn cheapest(&self, element: ElementId, source: usize, formats: &[Format]) -> usize {
        self.0.cheapest(element, source, formats)
    }

    /// Says what a sink pad accepts from now on.
    pub fn set_caps(&mut self, element: ElementId, sink: usize, caps: Caps) {
        self.0.set_caps(element, sink, caps);
    }

    /// Asks whoever feeds a sink pad of an element.
    pub fn request(&mut self, element: ElementId, sink: usize, request: Request) {
        self.0.request_upstream(element, sink, request);
    }

    /// Says for how long converters are kept that nobody needs any more, from the next that is not needed on: who comes
    /// back within this time finds them. A second if nobody says anything.
    pub fn set_hold(&mut self, hold: MediaTime) {
        self.0.hold = hold.max(MediaTime::ZERO);
    }

    /// Bounds the encoders of this pipeline, together with those of all others of the same allowance, from the next
    /// that is made on.
    pub fn set_encoder_allowance(&mut self, allowance: EncoderAllowance) {
        self.0.set_encoder_allowance(allowance);
    }

    /// How long a heavy node may be at work on what flows without returning, 2 s by itself, before the application hears
    /// of it in a warning. Of something live a converter is replaced then, as one that failed is. The call itself cannot
    /// be ended; another thread stands in for the one that it holds.
    pub fn set_patience(&mut self, patience: MediaTime) {
        self.0.underway.patience = patience.max(MediaTime::from_millis(1));
    }

    /// Sends an element's node a message.
    pub fn command(&mut self, element: ElementId, command: Command) {
        self.0.command(element, command);
    }
}

impl Inner {
    pub fn now(&self) -> MediaTime {
        self.clock.now()
    }

    fn turn<R>(self: &Arc<Self>, work: impl FnOnce(&mut Turn<'_>) -> R) -> R {
        let (result, jobs) = self.turn_quietly(work);
        self.executor.wake(jobs);
        result
    }

    /// A turn after which so many jobs are on the executor's list that none of its threads has been woken for.
    fn turn_quietly<R>(self: &Arc<Self>, work: impl FnOnce(&mut Turn<'_>) -> R) -> (R, usize) {
        let mut machine = self.machine.lock();
        machine.advance(self.clock.now());
        let result = work(&mut Turn(&mut machine));
        machine.drain();
        machine.end_turn();
        let jobs = machine.effects.jobs.len();
        if jobs > 0 {
            self.executor.submit(&mut machine.effects.jobs, self);
        }
        let outside = (!machine.effects.outside.is_empty()).then(|| {
            let spare = self.spare.lock().pop().unwrap_or_default();
            std::mem::replace(&mut machine.effects.outside, spare)
        });
        let stand_ins = std::mem::take(&mut machine.effects.stand_ins);
        let stand_ins = if stand_ins > 0 { self.executor.lost(stand_ins) } else { 0 };
        let deadline = machine.deadlines.next();
        drop(machine);
        self.arm(deadline);
        self.executor.stand_in(stand_ins);
        if let Some(outside) = outside {
            self.executor.wake(jobs);
            self.carry_out(outside);
            return (result, 0);
        }
        (result, jobs)
    }

    /// Called by the executor when a deadline has come.
    pub fn tick(self: &Arc<Self>) {
        self.armed.store(i64::MAX, Ordering::Release);
        self.turn(|_| ());
    }

    /// Has the executor come back at a deadline, unless it will come earlier: then it looks again, and arms the next.
    fn arm(self: &Arc<Self>, deadline: Option<MediaTime>) {
        if let Some(time) = deadline.map(MediaTime::nanos)
            && time < self.armed.load(Ordering::Acquire)
            && time < self.armed.fetch_min(time, Ordering::AcqRel)
        {
            self.executor.arm(MediaTime::from_nanos(time), self);
        }
    }

    /// Called by a thread of the executor: runs a heavy node outside the lock. Whether another thread stands in for it.
    pub fn run_job(self: &Arc<Self>, node: ElementId) -> bool {
        let (job, deadline) = {
            let mut machine = self.machine.lock();
            machine.now = machine.now.max(self.clock.now());
            (machine.take_job(node), machine.deadlines.next())
        };
        let Some(mut job) = job else { return false };
        self.arm(deadline);
        let busy = job.run(Stopwatch::Runs);
        let (stood_in, jobs) = self.turn_quietly(|turn| turn.0.finish_job(job, busy));
        // This thread takes one of them itself.
        self.executor.wake(if stood_in { jobs } else { jobs.saturating_sub(1) });
        stood_in
    }

    fn carry_out(&self, mut outside: Outside) {
        for flush in outside.flushes.drain(..) {
            flush.flush();
        }
        for (element, notice) in outside.notices.drain(..) {
            self.observer.notice(element, notice);
        }
        outside.dropped.clear();
        self.spare.lock().push(outside);
    }
}
