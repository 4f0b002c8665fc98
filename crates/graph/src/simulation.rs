//! The same machine under a virtual clock, on the calling thread: the same inputs give the same outputs.

use crate::Registry;
use crate::clock::Stopwatch;
use crate::machine::Machine;
use crate::node::Notice;
use crate::pipeline::Turn;
use crate::report::Report;
use crate::slot::ElementId;
use std::sync::Arc;
use trellis_media::MediaTime;

/// A pipeline whose time is turned by hand and whose heavy work is done in place.
pub struct Simulation {
    machine: Machine,
    notices: Vec<(ElementId, Notice)>,
}

impl Simulation {
    /// An empty pipeline at time zero.
    pub fn new(registry: Registry) -> Simulation {
        Simulation { machine: Machine::new(Arc::new(registry), Stopwatch::Stands), notices: Vec::new() }
    }

    /// The virtual time.
    pub fn now(&self) -> MediaTime {
        self.machine.now
    }

    /// Does something to the pipeline, and everything that follows from it at this time.
    pub fn turn<R>(&mut self, work: impl FnOnce(&mut Turn<'_>) -> R) -> R {
        let result = work(&mut Turn(&mut self.machine));
        self.settle();
        result
    }

    /// Runs until `time`, stopping at each deadline on the way.
    pub fn run_until(&mut self, time: MediaTime) {
        while let Some(deadline) = self.machine.deadlines.next().filter(|deadline| *deadline <= time) {
            self.machine.advance(deadline);
            self.settle();
        }
        self.machine.advance(time);
        self.settle();
    }

    /// What the elements have told since the last call.
    pub fn take_notices(&mut self) -> Vec<(ElementId, Notice)> {
        std::mem::take(&mut self.notices)
    }

    /// What runs, what it has done, and why.
    pub fn report(&self) -> Report {
        self.machine.report()
    }

    fn settle(&mut self) {
        loop {
            self.machine.drain();
            let outside = std::mem::take(&mut self.machine.effects.outside);
            self.machine.end_turn();
            self.notices.extend(outside.notices);
            for flush in &outside.flushes {
                flush.flush();
            }
            let mut jobs = std::mem::take(&mut self.machine.effects.jobs);
            if jobs.is_empty() {
                return;
            }
            jobs.sort();
            for (_, node) in jobs {
                if let Some(mut job) = self.machine.take_job(node) {
                    job.run(Stopwatch::Stands);
                    self.machine.finish_job(job, 0);
                }
            }
        }
    }
}
