//! What the benchmarks share: CPU time, spread, and the line that says on what machine.
#![allow(dead_code)]

use std::fmt::{self, Display};
use std::fs::read_to_string;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// CPU time of this thread.
pub fn thread_cpu() -> Duration {
    cpu_time::ThreadTime::now().as_duration()
}

/// CPU time, user and system, of this process and all its threads.
pub fn process_cpu() -> Duration {
    cpu_time::ProcessTime::now().as_duration()
}

/// CPU time, user and system, of the children that have ended, in hundredths of a second (proc(5)).
pub fn children_cpu() -> Duration {
    let text = read_to_string("/proc/self/stat").expect("accounting of processes");
    // The name of the program, which may hold anything, ends at the last parenthesis.
    let (_, rest) = text.rsplit_once(')').expect("a name");
    // Fields 16 and 17; the state, field 3, is a letter and left out.
    let ticks: Vec<i64> = rest.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    Duration::from_millis(10 * (ticks[12] + ticks[13]).unsigned_abs())
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
