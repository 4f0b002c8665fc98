//! Fuzzing: a target for a while, or every target's function over its corpus as ordinary tests.

mod seeds;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::tally::{CargoReader, Tally};
use crate::{run, workspace};

/// The version of cargo-fuzz that was tried with this tool chain.
const CARGO_FUZZ: &str = "0.13.1";

/// What `cargo xtask fuzz` can be asked.
#[derive(clap::Args)]
pub struct FuzzArguments {
    /// The fuzz target: a file name in fuzz/fuzz_targets without its extension
    target: String,
    /// How long to run
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
}

/// `cargo xtask fuzz TARGET --seconds N`.
///
/// # Errors
/// When there is no such target, or the fuzzer finds a fault.
pub fn fuzz(arguments: &FuzzArguments) -> Result<()> {
    let known = targets()?;
    if !known.contains(&arguments.target) {
        bail!("no fuzz target {}; there are: {}", arguments.target, Vec::from_iter(known).join(" "));
    }
    if run::answer("cargo-fuzz", &["--version"]).is_none() {
        run::must(&mut run::cargo(["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ]))?;
    }
    let media = workspace::media();
    if media.is_none() {
        println!("no folder of media (TRELLIS_MEDIA): the fuzzer starts without collected files");
    }
    let corpus = workspace::root().join("fuzz").join("corpus").join(&arguments.target);
    let count = seeds::plant(&arguments.target, &workspace::root(), media.as_deref(), &corpus)?;
    println!("{count} seeds in {}", corpus.display());
    let limit = format!("-max_total_time={}", arguments.seconds);
    // The sanitiser options are for nightly compilers; this variable lets a stable one take them.
    let mut fuzzer = run::cargo(["fuzz", "run", &arguments.target, "--", &limit]);
    run::must(fuzzer.env("RUSTC_BOOTSTRAP", "1"))
}

/// `cargo xtask fuzz-corpus`: the tests that feed corpora to the fuzz targets' functions.
///
/// # Errors
/// When one of them fails.
pub fn corpus() -> Result<()> {
    let mut reader = CargoReader::default();
    let mut tests = run::cargo(["test", "--workspace", "--no-fail-fast", "--", "--show-output", "corpus"]);
    let succeeded = run::watch(&mut tests, |line| {
        if reader.take(line) {
            println!("{line}");
        }
    })?;
    let uncovered = uncovered()?;
    let failed = uncovered.failed + usize::from(!succeeded && reader.tally().failed == 0);
    let mut tally = reader.tally();
    tally.add(Tally { failed, ..Tally::default() });
    println!("{tally}");
    if tally.failed > 0 {
        bail!("a corpus test failed");
    }
    Ok(())
}

/// Counts as failed every fuzz target whose name no corpus test names: a target without a corpus test would be
/// compiled by nobody between two fuzzing sessions.
///
/// # Errors
/// When the tests cannot be listed.
pub fn uncovered() -> Result<Tally> {
    let targets = targets()?;
    if targets.is_empty() {
        return Ok(Tally::default());
    }
    let mut names = Vec::new();
    let mut list = run::cargo(["test", "--workspace", "--", "--list", "--format", "terse", "corpus"]);
    run::watch(list.stderr(std::process::Stdio::null()), |line| {
        names.extend(line.strip_suffix(": test").map(str::to_owned));
    })?;
    let mut tally = Tally::default();
    for target in targets {
        if !names.iter().any(|name| name.contains(&target)) {
            println!("fuzz target {target} has no test named *{target}*corpus* or *corpus*{target}*");
            tally.failed += 1;
        }
    }
    Ok(tally)
}

/// The names of the fuzz targets; none when there is no such folder.
fn targets() -> Result<BTreeSet<String>> {
    let folder: PathBuf = workspace::root().join("fuzz").join("fuzz_targets");
    if !folder.is_dir() {
        return Ok(BTreeSet::new());
    }
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    Ok(names)
}
