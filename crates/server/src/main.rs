//! The `trellis` binary.
#![forbid(unsafe_code)]

use trellis_server::{Config, Server};

fn main() -> std::process::ExitCode {
    Server::new(Config::default()).command_line()
}
