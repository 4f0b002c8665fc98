//! What the benchmarks share: CPU time, spread, and the line that says on what machine.
#![allow(dead_code)]

use std::fmt::{self, Display};
use std::fs::read_to_string;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// CPU time of this thread, from the scheduler.
pub fn thread_cpu() -> Duration {
    let text = read_to_string("/proc/thread-self/schedstat").expect("accounting of threads");
    let nanoseconds = text.split_whitespace().next().and_then(|word| word.parse().ok());
    Duration::from_nanos(nanoseconds.expect("nanoseconds of CPU"))
}

/// CPU time, user and system, of this process and all its threads.
pub fn process_cpu() -> Duration {
    stat(13)
}

/// CPU time, user and system, of the children that have ended.
pub fn children_cpu() -> Duration {
    stat(15)
}

/// Two neighbouring counters of /proc/self/stat by the number of the first, from 0, in hundredths of a second (proc(5)).
fn stat(first: usize) -> Duration {
    let text = read_to_string("/proc/self/stat").expect("accounting of processes");
    // The name of the program, which may hold anything, ends at the last parenthesis; it is field 1.
    let (_, rest) = text.rsplit_once(')').expect("a name");
    // By their places: a field may be negative, as the one of the terminal is where there is none.
    let ticks = rest.split_whitespace().skip(first - 2).take(2);
    let ticks = ticks.map(|word| word.parse::<u64>().expect("a counter"));
    Duration::from_millis(10 * ticks.sum::<u64>())
}

/// Median and extremes of repeated measurements.
pub struct Spread {
    pub median: f64,
    pub low: f64,
    pub high: f64,
}

pub fn spread(measured: impl IntoIterator<Item = f64>) -> Spread {
    let mut sorted: Vec<f64> = measured.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
    Spread { median: at(0.5), low: at(0.0), high: at(1.0) }
}

impl Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        write!(f, "{:.digits$} [{:.digits$}..{:.digits$}]", self.median, self.low, self.high)
    }
}

/// Prints what is measured, and how busy the machine is.
pub fn head(what: &str) {
    let load = read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{what}; {cpus} CPUs, load {}; median [low..high]", load.join(" "));
}

/// The released server, which is built if need be.
pub fn binary() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--release", "-q", "-p", "trellis-server"]).status();
    assert!(built.is_ok_and(|status| status.success()), "the server does not build");
    // A benchmark lies in the folder `release/deps`.
    let own = std::env::current_exe().expect("a path of its own");
    own.ancestors().nth(2).expect("a target folder").join("trellis")
}
