//! How near the process is to the limits that the system sets it.

use crate::process;
use parking_lot::Mutex;
use std::time::Duration;

/// Counting costs more than creating, so a count is good for this long.
const GOOD_FOR: Duration = Duration::from_millis(250);

/// What the process takes of what it may, lately.
#[derive(Default)]
pub(crate) struct Resources(Mutex<Option<(Duration, Shares)>>);

/// Shares of the limits, 0 to 1; 0 where there is no limit.
#[derive(Clone, Copy)]
struct Shares {
    threads: f64,
    descriptors: f64,
}

impl Resources {
    /// What there is too little of when no more than a share may be taken.
    pub fn scarce(&self, limit: f64, now: Duration) -> Option<&'static str> {
        let mut known = self.0.lock();
        let fresh = known.filter(|(time, _)| now.saturating_sub(*time) < GOOD_FOR);
        let (_, shares) = *known.insert(fresh.unwrap_or_else(|| (now, count())));
        if shares.threads > limit {
            return Some("threads");
        }
        (shares.descriptors > limit).then_some("open files")
    }
}

fn count() -> Shares {
    let limits = process::limits();
    let share = |used: usize, limit: Option<usize>| limit.map_or(0.0, |limit| used as f64 / limit.max(1) as f64);
    Shares {
        threads: share(process::threads(), limits.processes),
        descriptors: share(process::descriptors(), limits.descriptors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_kept_for_a_moment_and_then_taken_anew() {
        let resources = Resources::default();
        let millis = Duration::from_millis;
        assert_eq!(resources.scarce(1.0, millis(0)), None);
        *resources.0.lock() = Some((millis(0), Shares { threads: 0.1, descriptors: 0.9 }));
        assert_eq!(resources.scarce(0.8, millis(249)), Some("open files"));
        assert_eq!(resources.scarce(0.8, millis(250)), None, "this process has few files open");
    }
}
