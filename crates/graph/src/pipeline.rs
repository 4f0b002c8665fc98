//! A pipeline, driven live: the machine under its lock, the clock, the pool and the application's observer.

use crate::Registry;
use crate::clock::Clock;
use crate::executor::Executor;
use crate::machine::{Effects, Machine};
use crate::node::{Command, Notice, Request};
use crate::report::Report;
use crate::slot::ElementId;
use crate::topology::{Element, LinkError};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;
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
            machine: Mutex::new(Machine::new(registry)),
            clock,
            executor: executor.clone(),
            observer: Box::new(observer),
            armed: AtomicI64::new(i64::MAX),
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

    /// What runs, what it has done, and why.
    pub fn report(&self) -> Report {
        self.0.machine.lock().report()
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
        self.0.emit(element, source, item);
        self.0.drain();
    }

    /// Says what a source pad gives from now on.
    pub fn set_format(&mut self, element: ElementId, source: usize, format: Format) {
        self.0.set_format(element, source, format);
    }

    /// Says what a sink pad accepts from now on.
    pub fn set_caps(&mut self, element: ElementId, sink: usize, caps: Caps) {
        self.0.set_caps(element, sink, caps);
    }

    /// Asks whoever feeds a sink pad of an element.
    pub fn request(&mut self, element: ElementId, sink: usize, request: Request) {
        self.0.request_upstream(element, sink, request);
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
        let mut machine = self.machine.lock();
        machine.advance(self.clock.now());
        let result = work(&mut Turn(&mut machine));
        machine.drain();
        let effects = std::mem::take(&mut machine.effects);
        let deadline = machine.next_deadline();
        drop(machine);
        self.carry_out(effects, deadline);
        result
    }

    /// Called by the executor when a deadline has come.
    pub fn tick(self: &Arc<Self>) {
        self.armed.store(i64::MAX, Ordering::Release);
        self.turn(|_| ());
    }

    /// Called by the executor: runs a heavy node outside the lock.
    pub fn run_job(self: &Arc<Self>, node: ElementId) {
        let job = {
            let mut machine = self.machine.lock();
            machine.now = machine.now.max(self.clock.now());
            machine.take_job(node)
        };
        let Some(mut job) = job else { return };
        let started = Instant::now();
        job.run();
        let busy = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.turn(|turn| turn.0.finish_job(job, busy));
    }

    fn carry_out(self: &Arc<Self>, effects: Effects, deadline: Option<MediaTime>) {
        for flush in &effects.flushes {
            flush.flush();
        }
        for (deadline, node) in effects.jobs {
            self.executor.submit(deadline, self, node);
        }
        if let Some(time) = deadline {
            // An earlier wake-up that was armed before will come first, look again, and arm the next.
            if time.nanos() < self.armed.fetch_min(time.nanos(), Ordering::AcqRel) {
                self.executor.arm(time, self);
            }
        }
        for (element, notice) in effects.notices {
            self.observer.notice(element, notice);
        }
        drop(effects.dropped);
    }
}
