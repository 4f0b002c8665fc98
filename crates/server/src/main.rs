//! The `trellis` binary: reads configuration, composes the rest, nothing else.
#![forbid(unsafe_code)]

mod access;
mod cli;
mod config;
mod front;
mod http;
mod inspect;
mod kurento;
mod model;
mod outbox;
mod output;
mod plan;
mod run;
mod serve;
mod socket;

fn main() -> std::process::ExitCode {
    match cli::main() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trellis: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
