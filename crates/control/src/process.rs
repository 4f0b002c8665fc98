//! What this process takes of the machine, from /proc.

use std::str::FromStr;
use std::time::{Duration, Instant};

/// A tick of the times in /proc: every Linux that this runs on has a hundred in a second (USER_HZ).
const TICK: Duration = Duration::from_millis(10);

/// Cores that this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Resident memory in KiB.
pub(crate) fn resident_kilobytes() -> i64 {
    status("VmRSS:").unwrap_or(0)
}

/// Threads of this process.
pub(crate) fn threads() -> usize {
    status("Threads:").unwrap_or(0)
}

fn status<T: FromStr>(key: &str) -> Option<T> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix(key)?.split_whitespace().next()?.parse().ok())
}

/// Descriptors that are open.
pub(crate) fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// What the system lets this process have; `None` is as much as it wants.
#[derive(Debug, PartialEq)]
pub(crate) struct Limits {
    pub processes: Option<usize>,
    pub descriptors: Option<usize>,
}

/// The soft limits of the process (getrlimit(2)).
pub(crate) fn limits() -> Limits {
    read_limits(&std::fs::read_to_string("/proc/self/limits").unwrap_or_default())
}

fn read_limits(text: &str) -> Limits {
    let limit =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
    Limits { processes: limit("Max processes"), descriptors: limit("Max open files") }
}

/// The share of all cores that this process takes during a stretch of time, in percent. Sleeps for that time.
pub(crate) fn used_cpu(time: Duration) -> f64 {
    let (start, before) = (Instant::now(), cpu_time());
    std::thread::sleep(time);
    let used = cpu_time().saturating_sub(before).as_secs_f64();
    100.0 * used / start.elapsed().as_secs_f64() / cores() as f64
}

fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    TICK * ticks(&stat).unwrap_or(0)
}

/// The ticks in user and in kernel mode. The second field may hold anything, in parentheses (proc(5)).
fn ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let (user, kernel): (u32, u32) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    user.checked_add(kernel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_found_behind_any_name() {
        let stat = "77 (a ) name) S 1 77 77 0 -1 4194304 9999 0 0 0 41 7 0 0 20 0 9 0 12345 1000 200";
        assert_eq!(ticks(stat), Some(48));
        assert_eq!(ticks("nonsense"), None);
    }

    #[test]
    fn limits_are_read_and_none_is_none() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max processes             96365                96365                processes \n\
                    Max open files            unlimited            1048576              files     \n";
        assert_eq!(read_limits(text), Limits { processes: Some(96_365), descriptors: None });
        assert!(threads() > 0 && descriptors() > 2 && limits().descriptors != Some(0));
    }

    #[test]
    fn work_is_seen_as_used_cpu() {
        let stop = std::sync::atomic::AtomicBool::new(false);
        let used = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
            let used = used_cpu(Duration::from_millis(300));
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            used
        });
        assert!(used > 0.0 && used < 110.0, "{used} %");
    }
}
