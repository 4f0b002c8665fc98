//! The same machine under a virtual clock, on the calling thread: the same inputs give the same outputs.

use crate::Registry;
use crate::clock::Stopwatch;
use crate::explain::Explanation;
use crate::job::Job;
use crate::machine::Machine;
use crate::node::Notice;
use crate::pipeline::Turn;
use crate::report::Report;
use crate::slot::ElementId;
use crate::world::Random;
use std::collections::BTreeMap;
use std::sync::Arc;
use trellis_media::MediaTime;

/// A pipeline whose time is turned by hand.
///
/// Heavy work is done in place and takes no time, unless [`Simulation::work_takes`] says otherwise.
pub struct Simulation {
    machine: Machine,
    notices: Vec<(ElementId, Notice)>,
    /// How long heavy work takes at the most, and what draws it.
    work: Option<(MediaTime, Random)>,
    /// Jobs whose time is not over, by when it is and the order in which they began.
    running: BTreeMap<(MediaTime, u64), Job>,
    begun: u64,
}

impl Simulation {
    /// An empty pipeline at time zero.
    pub fn new(registry: Registry) -> Simulation {
        Simulation {
            machine: Machine::new(Arc::new(registry), Stopwatch::Stands),
            notices: Vec::new(),
            work: None,
            running: BTreeMap::new(),
            begun: 0,
        }
    }

    /// From now on each piece of heavy work takes a time up to `longest`, drawn by the seed: while it goes on, more
    /// comes into the inbox, as it does live. There are as many workers as there is work.
    pub fn work_takes(&mut self, longest: MediaTime, seed: u64) {
        self.work = Some((longest, Random::new(seed)));
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
        while let Some(next) = self.next_event().filter(|next| *next <= time) {
            self.machine.advance(next);
            while let Some(done) = self.running.first_entry().filter(|done| done.key().0 <= next) {
                self.machine.finish_job(done.remove(), 0);
            }
            self.settle();
        }
        self.machine.advance(time);
        self.settle();
    }

    /// When something will happen of its own accord; `None` when nothing will.
    pub fn next_event(&self) -> Option<MediaTime> {
        let done = self.running.keys().next().map(|(time, _)| *time);
        self.machine.deadlines.next().into_iter().chain(done).min()
    }

    /// What the elements have told since the last call.
    pub fn take_notices(&mut self) -> Vec<(ElementId, Notice)> {
        std::mem::take(&mut self.notices)
    }

    /// What runs, and what it has done.
    pub fn report(&self) -> Report {
        self.machine.report()
    }

    /// What runs, and why.
    pub fn explain(&self) -> Explanation {
        self.machine.explanation()
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
            // There are as many threads as there is work.
            self.machine.effects.stand_ins = 0;
            let mut jobs = std::mem::take(&mut self.machine.effects.jobs);
            if jobs.is_empty() {
                return;
            }
            jobs.sort();
            for (_, node) in jobs {
                self.work(node);
            }
        }
    }

    fn work(&mut self, node: ElementId) {
        let Some(mut job) = self.machine.take_job(node) else { return };
        job.run(Stopwatch::Stands);
        let Some((longest, random)) = &mut self.work else {
            self.machine.finish_job(job, 0);
            return;
        };
        self.begun += 1;
        self.running.insert((self.machine.now + random.time(*longest), self.begun), job);
    }
}
