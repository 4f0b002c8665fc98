//! `cargo xtask test`: everything that must hold, in one run, with one line of totals at its end.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::packages::{self, Purpose};
use crate::tally::{CargoReader, NodeReader, Tally};
use crate::{clip, fuzz, node, run, workspace};

/// What `cargo xtask test` can be asked.
#[derive(clap::Args)]
pub struct TestArguments {
    /// Browser tests drive a release build of the server instead of the one that the other tests built
    #[arg(long)]
    release: bool,
    /// Only browser suites whose name contains this, and no other tests
    #[arg(long, value_name = "SUITE")]
    browser: Option<String>,
}

/// Runs every step, also after one failed, and ends in `N passed, M failed, K skipped`.
///
/// # Errors
/// When set-up is impossible. When anything failed, the process ends with code 1.
pub fn test(arguments: &TestArguments) -> Result<()> {
    let start = Instant::now();
    run::step("set-up", || packages::ensure(Purpose::Tests).and_then(|()| node::install()))?;
    let mut total = Tally::default();
    if arguments.browser.is_none() {
        total.add(check("format", &mut run::cargo(["fmt", "--all", "--check"])));
        total.add(check("clippy", &mut run::cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])));
    }
    // Test targets with the binaries: the same set of features as the run below, so that nothing is built twice.
    let build = check("build", &mut run::cargo(["build", "--workspace", "--lib", "--bins", "--tests"]));
    total.add(build);
    if arguments.browser.is_none() {
        total.add(named("unit, integration and doc tests", cargo_tests));
        total.add(named("corpus test for every fuzz target", fuzz::uncovered));
    }
    total.add(named("types of the browser's modules", page_types));
    if arguments.browser.is_none() {
        total.add(named("SDK under Node", || node_suite(&suites(&workspace::sdk_tests(), "")?, &[])));
    }
    if arguments.release {
        total.add(check(
            "build (release)",
            &mut run::cargo(["build", "--release", "-p", "trellis-samples", "-p", "trellis-server"]),
        ));
    }
    if build.failed == 0 {
        total.add(named("browser tests", || browser_tests(arguments)));
    }
    println!("took {}", run::minutes(start.elapsed()));
    println!("{total}");
    if total.failed > 0 {
        // The line of totals is the last one.
        std::process::exit(1);
    }
    Ok(())
}

/// A step that is one command, and counts only when it fails: it holds no tests.
fn check(name: &str, command: &mut Command) -> Tally {
    named(name, || run::must(command).map(|()| Tally::default()))
}

/// A step that counts; one that cannot even run counts as one failure.
fn named(name: &str, work: impl FnOnce() -> Result<Tally>) -> Tally {
    run::step(name, work).unwrap_or_else(|error| {
        println!("{name}: {error:#}");
        Tally { failed: 1, ..Tally::default() }
    })
}

fn cargo_tests() -> Result<Tally> {
    let mut reader = CargoReader::default();
    let mut command = run::cargo(["test", "--workspace", "--no-fail-fast", "--", "--show-output"]);
    let succeeded = run::watch(&mut command, |line| {
        if reader.take(line) {
            println!("{line}");
        }
    })?;
    Ok(failing_unless(succeeded, reader.tally()))
}

/// The ES modules that the server carries are checked as TypeScript, though nothing compiles them.
fn page_types() -> Result<Tally> {
    let mut compiler = run::command("node", ["node_modules/typescript/bin/tsc", "--project", "tsconfig.json"]);
    run::must(compiler.current_dir(workspace::browser_tests()))?;
    Ok(Tally { passed: 1, ..Tally::default() })
}

/// How often a browser suite is run until it passes.
const TRIES: u32 = 3;

/// Suite by suite. One that fails is run again, and that is said: browsers, real time and two busy cores make a
/// deadline pass now and then, and a fault of ours fails each time.
fn browser_tests(arguments: &TestArguments) -> Result<Tally> {
    let mut total = Tally::default();
    let clip = clip::ensure()?;
    let folder = workspace::browser_tests().join("suites");
    for suite in suites(&folder, arguments.browser.as_deref().unwrap_or_default())? {
        let mut tally = browser_suite(arguments, &suite, &clip)?;
        for attempt in 2..=TRIES {
            if tally.failed == 0 {
                break;
            }
            println!("{} FAILED: run {attempt} of {TRIES}", suite.display());
            tally = browser_suite(arguments, &suite, &clip)?;
        }
        total.add(tally);
    }
    Ok(total)
}

fn browser_suite(arguments: &TestArguments, suite: &Path, clip: &Path) -> Result<Tally> {
    let profile = if arguments.release { "release" } else { "debug" };
    let mut environment = vec![
        ("TRELLIS_SERVER", workspace::binary(profile, "trellis")),
        ("TRELLIS_SAMPLES", workspace::binary(profile, "trellis-samples")),
        ("TRELLIS_CLIP", clip.to_owned()),
        ("TRELLIS_RESULTS", workspace::target().join("browser")),
    ];
    environment.extend(workspace::media().map(|media| ("TRELLIS_MEDIA", media)));
    node_suite(&[suite.to_owned()], &environment)
}

/// Runs suites with Node's own runner.
fn node_suite(suites: &[PathBuf], environment: &[(&str, PathBuf)]) -> Result<Tally> {
    let mut reader = NodeReader::default();
    let mut command = run::command("node", ["--test", "--test-concurrency=1", "--test-reporter=spec"]);
    command.args(suites).envs(environment.iter().cloned()).current_dir(workspace::browser_tests());
    let succeeded = run::watch(&mut command, |line| {
        reader.take(line);
        println!("{line}");
    })?;
    Ok(failing_unless(succeeded, reader.tally()))
}

/// The suites by name: folders and patterns mean different things to different versions of Node.
fn suites(folder: &Path, part: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".test.js") && name.contains(part) {
            files.push(path);
        }
    }
    // Without any file, Node would look for tests by itself.
    if files.is_empty() {
        bail!("no suite in {} has {part} in its name", folder.display());
    }
    files.sort();
    Ok(files)
}

/// A runner that failed without counting a failure did not get as far as counting.
fn failing_unless(succeeded: bool, mut tally: Tally) -> Tally {
    if !succeeded && tally.failed == 0 {
        tally.failed = 1;
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_that_breaks_before_its_totals_counts_as_a_failure() {
        let passed = Tally { passed: 5, ..Tally::default() };
        assert_eq!(failing_unless(false, passed).failed, 1);
        assert_eq!(failing_unless(true, passed).failed, 0);
        assert_eq!(failing_unless(false, Tally { failed: 3, ..passed }).failed, 3);
    }
}
