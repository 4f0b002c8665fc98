//! Work that takes too long: the application hears of it, another thread stands in, and what is live goes on without.
//!
//! A call of a node cannot be ended from outside. What can be done about one that does not return is that nobody else
//! waits for it: the pool gets another thread for the one that is lost, the source goes on as it does for any node that
//! falls behind, and a converter of something live is replaced as one that failed is. If the call returns after all, its
//! thread ends, and a node that was not replaced goes on.
//!
//! One timer a pipeline looks after all its jobs, and only while there are any.

use crate::deadlines::Timer;
use crate::machine::Machine;
use crate::node::{NodeError, Notice};
use crate::slot::{ElementId, Role};
use trellis_media::MediaTime;

/// The longest that a node may be at work without returning, unless the pipeline is told otherwise.
pub(crate) const PATIENCE: MediaTime = MediaTime::from_secs(2);

/// A timer that is late by more says nothing of the job.
const STOOD_STILL: MediaTime = MediaTime::from_secs(1);

/// The jobs that are in the hands of threads; as many as there are threads.
pub(crate) struct Underway {
    jobs: Vec<Begun>,
    pub patience: MediaTime,
    /// There is a timer for them.
    watched: bool,
}

struct Begun {
    node: ElementId,
    at: MediaTime,
    /// It is about items, and not about opening a file, or reading from one: that may take its time.
    on_items: bool,
    /// It has been told of.
    overdue: bool,
}

impl Default for Underway {
    fn default() -> Self {
        Underway { jobs: Vec::new(), patience: PATIENCE, watched: false }
    }
}

impl Machine {
    /// A thread takes a job.
    pub fn job_begins(&mut self, node: ElementId, on_items: bool) {
        let underway = &mut self.underway;
        underway.jobs.push(Begun { node, at: self.now, on_items, overdue: false });
        if !std::mem::replace(&mut underway.watched, true) {
            self.deadlines.set(self.now + underway.patience, Timer::Overdue);
        }
    }

    /// A thread brings a job back. Whether another one stands in for it.
    pub fn job_ends(&mut self, node: ElementId) -> bool {
        let jobs = &mut self.underway.jobs;
        let place = jobs.iter().position(|begun| begun.node == node);
        place.is_some_and(|place| jobs.swap_remove(place).overdue)
    }

    /// The time of the oldest job may be over.
    pub fn look_after_jobs(&mut self) {
        let (now, patience) = (self.now, self.underway.patience);
        let mut late = Vec::new();
        for begun in self.underway.jobs.iter_mut().filter(|begun| !begun.overdue) {
            let over = now - (begun.at + patience);
            if over > STOOD_STILL {
                // The timer is late too: it was the whole process that did nothing.
                begun.at = now;
            } else if over >= MediaTime::ZERO {
                begun.overdue = true;
                late.push((begun.node, begun.on_items));
            }
        }
        let waiting = self.underway.jobs.iter().filter(|begun| !begun.overdue);
        let next = waiting.map(|begun| begun.at).min();
        self.underway.watched = next.is_some();
        if let Some(next) = next {
            self.deadlines.set(next + patience, Timer::Overdue);
        }
        self.effects.stand_ins += late.len();
        for (node, on_items) in late {
            if let Some(slot) = self.slots.get_mut(node) {
                slot.counters.overdue += 1;
            }
            if on_items {
                self.work_is_late(node);
            }
        }
    }

    fn work_is_late(&mut self, node: ElementId) {
        let patience = self.underway.patience;
        let Some(slot) = self.slots.get(node).filter(|slot| !slot.dead) else { return };
        let error = format!("has not returned from its work for {} ms", patience.millis());
        match slot.role {
            Role::Converter { .. } if slot.live => self.fail(node, NodeError::new(error)),
            role => {
                let element = if let Role::Converter { owner } = role { owner } else { node };
                let error = NodeError::new(format_args!("{} {error}", slot.name));
                self.effects.outside.notices.push((element, Notice::Warning(error)));
            }
        }
    }
}
