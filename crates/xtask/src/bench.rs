//! `cargo xtask bench`: the benchmarks, on a machine that is set up.

use anyhow::Result;

use crate::packages::{self, Purpose};
use crate::run;

/// What `cargo xtask bench` can be asked.
#[derive(clap::Args)]
pub struct BenchArguments {
    /// Only benchmarks whose file has this name
    name: Option<String>,
    /// What goes to the benchmark's own command line, after `--`
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Sets up and runs `cargo bench`, whole or one file of it.
///
/// # Errors
/// When a package cannot be installed or a benchmark fails.
pub fn bench(arguments: &BenchArguments) -> Result<()> {
    packages::ensure(Purpose::Benchmarks)?;
    let mut command = run::cargo(["bench"]);
    match &arguments.name {
        Some(name) => command.args(["--bench", name]),
        None => command.arg("--benches"),
    };
    if !arguments.rest.is_empty() {
        command.arg("--").args(&arguments.rest);
    }
    run::must(&mut command)
}
