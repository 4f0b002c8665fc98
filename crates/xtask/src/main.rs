//! Set-up, run, test and bench commands: `cargo xtask help`.
//!
//! This program is what a fresh machine builds first, so it must build before any system package of ours is there: it
//! depends on an argument parser and an error type and on nothing that links C.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod clip;
mod demo;
mod fuzz;
mod node;
mod packages;
mod run;
mod sdk;
mod tally;
mod test;
mod thrift;
mod workspace;

/// Trellis: set-up, run, test and bench commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install the Debian packages that building (and, with --tests, testing) needs; does nothing when all are there
    Setup(packages::SetupArguments),
    /// Set up, build in release, serve, and print the address of the magic mirror page
    Demo(demo::DemoArguments),
    /// Make the demo's clip, unless it is there, and print its path
    Clip,
    /// Make the browser SDK's script and module of one file from its modules, and print their paths
    Sdk,
    /// Set up and run everything: format, clippy, unit, integration, doc, corpus and browser tests
    Test(test::TestArguments),
    /// Run one fuzz target for a while (needs cargo-fuzz, which is installed when it is missing)
    Fuzz(fuzz::FuzzArguments),
    /// Run every fuzz target's function over its corpus, as ordinary tests
    FuzzCorpus,
    /// Make the structs of the Thrift interface anew from its files
    Thrift,
    /// Run the benchmarks
    Bench(bench::BenchArguments),
}

fn main() -> ExitCode {
    match dispatch(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Setup(arguments) => packages::setup(&arguments),
        Command::Demo(arguments) => demo::demo(&arguments),
        Command::Clip => clip::ensure().map(|path| println!("{}", path.display())),
        Command::Sdk => sdk::write(),
        Command::Test(arguments) => test::test(&arguments),
        Command::Fuzz(arguments) => fuzz::fuzz(&arguments),
        Command::FuzzCorpus => fuzz::corpus(),
        Command::Thrift => thrift::thrift(),
        Command::Bench(arguments) => bench::bench(&arguments),
    }
}
