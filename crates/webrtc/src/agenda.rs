//! When the I/O thread has to drive which peer.

use crate::link::Link;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The peers in the order in which they are due. Only the I/O thread has it.
#[derive(Default)]
pub struct Agenda {
    /// By nanoseconds after the port's start, and number of the peer.
    times: BTreeMap<(u64, u64), Arc<Link>>,
}

/// In no agenda.
pub const NEVER: u64 = u64::MAX;

impl Agenda {
    /// Notes when the peer is due now.
    pub fn plan(&mut self, link: &Arc<Link>) {
        let (due, number) = (link.due(), link.port.number);
        let planned = link.port.planned.swap(due, Ordering::Relaxed);
        if planned == due {
            return;
        }
        self.times.remove(&(planned, number));
        if due != NEVER {
            self.times.insert((due, number), Arc::clone(link));
        }
    }

    /// Strikes a peer off.
    pub fn remove(&mut self, link: &Link) {
        let planned = link.port.planned.swap(NEVER, Ordering::Relaxed);
        self.times.remove(&(planned, link.port.number));
    }

    /// When the next peer is due.
    pub fn next(&self) -> Option<u64> {
        self.times.keys().next().map(|(due, _)| *due)
    }

    /// Takes the peers whose time has come. Each is to be driven and planned again.
    pub fn take(&mut self, now: u64) -> Vec<Arc<Link>> {
        let mut due = Vec::new();
        while let Some(first) = self.times.first_entry().filter(|first| first.key().0 <= now) {
            let link = first.remove();
            link.port.planned.store(NEVER, Ordering::Relaxed);
            due.push(link);
        }
        due
    }
}
