//! The threads of the engine: one for each core for heavy work, earliest deadline first, and one for the deadlines of
//! all pipelines. Their number does not depend on how many pipelines there are.

use crate::pipeline::Inner;
use crate::slot::ElementId;
use parking_lot::{Condvar, Mutex};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::{Arc, Weak};
use std::thread;
use trellis_media::MediaTime;

/// Threads that stand in for others at the same time.
const MOST_STAND_INS: usize = 16;

/// A pool for heavy work and a thread for deadlines. Clones are handles of the same threads; they end with the last.
#[derive(Clone)]
pub struct Executor {
    shared: Arc<Shared>,
    // The threads hold `Shared` but not this, so that the last handle's drop is seen.
    _stop: Arc<StopOnDrop>,
}

struct StopOnDrop(Arc<Shared>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.jobs.lock().stopped = true;
        self.0.deadlines.lock().stopped = true;
        self.0.work.notify_all();
        self.0.timer.notify_all();
    }
}

struct Shared {
    jobs: Mutex<Jobs>,
    work: Condvar,
    deadlines: Mutex<Deadlines>,
    timer: Condvar,
    workers: usize,
}

#[derive(Default)]
struct Jobs {
    queue: BinaryHeap<Reverse<Ready>>,
    order: u64,
    stopped: bool,
    /// Threads more than there were, for as many whose job takes too long.
    stand_ins: usize,
    /// Threads that are lost so and that nobody stands in for.
    missing: usize,
}

#[derive(Default)]
struct Deadlines {
    queue: BinaryHeap<Reverse<Deadline>>,
    stopped: bool,
}

/// A heavy node with something to do. Bounded by the number of heavy nodes: each is queued at most once.
struct Ready {
    deadline: MediaTime,
    order: u64,
    pipeline: Arc<Inner>,
    node: ElementId,
}

/// A pipeline with a deadline.
struct Deadline {
    time: MediaTime,
    pipeline: Weak<Inner>,
}

macro_rules! ordered_by {
    ($type:ty, $value:ident => $key:expr) => {
        impl Ord for $type {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                let key = |$value: &$type| $key;
                key(self).cmp(&key(other))
            }
        }
        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }
        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other).is_eq()
            }
        }
        impl Eq for $type {}
    };
}
ordered_by!(Ready, ready => (ready.deadline, ready.order));
ordered_by!(Deadline, deadline => deadline.time);

impl Executor {
    /// Starts the threads: `workers` for heavy work, or one for each core when that is zero.
    pub fn start(workers: usize) -> io::Result<Executor> {
        let workers =
            if workers == 0 { thread::available_parallelism().map_or(1, |count| count.get()) } else { workers };
        let shared = Arc::new(Shared {
            jobs: Mutex::default(),
            work: Condvar::new(),
            deadlines: Mutex::default(),
            timer: Condvar::new(),
            workers,
        });
        let executor = Executor { _stop: Arc::new(StopOnDrop(Arc::clone(&shared))), shared };
        for index in 0..workers {
            let shared = Arc::clone(&executor.shared);
            thread::Builder::new().name(format!("media-{index}")).spawn(move || shared.work_loop())?;
        }
        let shared = Arc::clone(&executor.shared);
        thread::Builder::new().name("media-clock".into()).spawn(move || shared.clock_loop())?;
        Ok(executor)
    }

    /// Puts jobs on the list. [`Executor::wake`] follows, outside the pipeline's lock: it makes system calls.
    pub(crate) fn submit(&self, ready: &mut Vec<(MediaTime, ElementId)>, pipeline: &Arc<Inner>) {
        let mut jobs = self.shared.jobs.lock();
        for (deadline, node) in ready.drain(..) {
            jobs.order += 1;
            let order = jobs.order;
            jobs.queue.push(Reverse(Ready { deadline, order, pipeline: Arc::clone(pipeline), node }));
        }
    }

    /// Wakes threads for so many jobs, as far as any sleep.
    pub(crate) fn wake(&self, jobs: usize) {
        for _ in 0..jobs.min(self.shared.workers) {
            if !self.shared.work.notify_one() {
                return;
            }
        }
    }

    /// So many threads are lost to jobs that take too long. How many [`Executor::stand_in`] is to start, outside the
    /// pipeline's lock.
    pub(crate) fn lost(&self, threads: usize) -> usize {
        let mut jobs = self.shared.jobs.lock();
        let replaced = threads.min(MOST_STAND_INS - jobs.stand_ins);
        jobs.stand_ins += replaced;
        jobs.missing += threads - replaced;
        replaced
    }

    /// Starts threads in place of those that are lost.
    pub(crate) fn stand_in(&self, threads: usize) {
        for _ in 0..threads {
            let shared = Arc::clone(&self.shared);
            let started = thread::Builder::new().name("media-stand-in".into()).spawn(move || shared.work_loop());
            if let Err(error) = started {
                tracing::error!(%error, "no thread for one that is lost to a job that takes too long");
                let mut jobs = self.shared.jobs.lock();
                jobs.stand_ins -= 1;
                jobs.missing += 1;
            }
        }
    }

    /// Has the pipeline look at its deadlines at `time`.
    pub(crate) fn arm(&self, time: MediaTime, pipeline: &Arc<Inner>) {
        let mut deadlines = self.shared.deadlines.lock();
        let first = deadlines.queue.peek().is_none_or(|Reverse(first)| time < first.time);
        deadlines.queue.push(Reverse(Deadline { time, pipeline: Arc::downgrade(pipeline) }));
        drop(deadlines);
        if first {
            self.shared.timer.notify_one();
        }
    }
}

impl Shared {
    fn work_loop(&self) {
        loop {
            let ready = {
                let mut jobs = self.jobs.lock();
                loop {
                    if jobs.stopped {
                        return;
                    }
                    match jobs.queue.pop() {
                        Some(Reverse(ready)) => break ready,
                        None => self.work.wait(&mut jobs),
                    }
                }
            };
            if ready.pipeline.run_job(ready.node) && self.is_one_too_many() {
                return;
            }
        }
    }

    /// A job that took too long has come back: whether its thread is one too many now.
    fn is_one_too_many(&self) -> bool {
        let mut jobs = self.jobs.lock();
        if jobs.missing > 0 {
            jobs.missing -= 1;
            return false;
        }
        jobs.stand_ins = jobs.stand_ins.saturating_sub(1);
        true
    }

    fn clock_loop(&self) {
        let mut deadlines = self.deadlines.lock();
        while !deadlines.stopped {
            let Some(Reverse(first)) = deadlines.queue.peek() else {
                self.timer.wait(&mut deadlines);
                continue;
            };
            let Some(pipeline) = first.pipeline.upgrade() else {
                deadlines.queue.pop();
                continue;
            };
            let wait = first.time - pipeline.now();
            if wait > MediaTime::ZERO {
                drop(pipeline);
                self.timer.wait_for(&mut deadlines, wait.to_duration());
                continue;
            }
            deadlines.queue.pop();
            drop(deadlines);
            pipeline.tick();
            drop(pipeline);
            deadlines = self.deadlines.lock();
        }
    }
}
