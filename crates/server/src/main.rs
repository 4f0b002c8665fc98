//! The `trellis` binary: reads configuration, composes the rest, nothing else.
#![forbid(unsafe_code)]

mod cli;
mod config;
mod http;
mod inspect;
mod kurento;
mod model;
mod output;
mod plan;
mod run;
mod serve;

fn main() -> std::process::ExitCode {
    match cli::main() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trellis: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
