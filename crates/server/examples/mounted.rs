//! A route of one's own in a server of one's own: `/pipelines` tells which pipelines there are.
//!
//! `cargo run -p trellis-server --example mounted -- serve` serves it beside everything else.

use axum::{Router, routing::get};
use std::{process::ExitCode, sync::Arc};
use trellis_control::Tenant;
use trellis_server::{Config, Server};

const REQUEST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"invoke","params":{"object":"manager_ServerManager","operation":"getPipelines"}}"#;

fn main() -> ExitCode {
    let server = Server::new(Config::default()).mount(|here| {
        let connection = Arc::new(here.control.connect_as(&Tenant::everybody(), Arc::new(|_| true))?);
        let answer = move || {
            let connection = Arc::clone(&connection);
            async { tokio::task::spawn_blocking(move || connection.receive(REQUEST)).await.unwrap_or_default() }
        };
        Ok(Router::new().route("/pipelines", get(answer)))
    });
    server.command_line()
}
