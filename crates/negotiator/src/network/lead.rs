//! What goes before CPU when whole networks are compared.

use crate::loss::Loss;
use std::ops::Add;

/// Sinks that are not served, then generations, then change (see [`Loss`]), the latter two summed over the ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lead {
    pub unserved: u64,
    pub generations: u64,
    pub change: u64,
}

impl Lead {
    /// So many sinks that are not served.
    pub fn unserved(sinks: u32) -> Lead {
        Lead { unserved: u64::from(sinks), ..Lead::default() }
    }

    /// So many ends that suffer a loss.
    pub fn loss(loss: Loss, ends: u32) -> Lead {
        let times = |one: u32| u64::from(one) * u64::from(ends);
        Lead { unserved: 0, generations: times(loss.generations), change: times(loss.change) }
    }

    pub fn times(self, count: u32) -> Lead {
        let times = |one: u64| one.saturating_mul(u64::from(count));
        Lead { unserved: times(self.unserved), generations: times(self.generations), change: times(self.change) }
    }
}

impl Add for Lead {
    type Output = Lead;
    fn add(self, other: Lead) -> Lead {
        Lead {
            unserved: self.unserved.saturating_add(other.unserved),
            generations: self.generations.saturating_add(other.generations),
            change: self.change.saturating_add(other.change),
        }
    }
}
