//! The server with the sample applications: everything that `trellis serve` has, and `/samples/`.
//!
//! `cargo xtask demo` builds and runs it.
#![forbid(unsafe_code)]

mod broadcast;
mod call;
mod codes;
mod group;
mod pages;
mod player;
mod recorder;
mod rooms;

use std::process::ExitCode;
use trellis_client::MediaServer;
use trellis_content::Application;
use trellis_server::{Config, Mounting, Server};

fn main() -> ExitCode {
    Server::new(Config::default()).mount(samples).command_line()
}

/// Every sample is a handler at a path; the media server is the one around them.
fn samples(here: &Mounting<'_>) -> anyhow::Result<axum::Router> {
    let server = MediaServer::embedded(here.control)?;
    // Their own folder: what others record is not shown.
    let recordings = std::path::absolute(&here.config.media.recordings)?.join("samples");
    std::fs::create_dir_all(&recordings)?;
    let application = Application::new(server.clone())
        .webrtc("/samples/app/call", call::Call::new(&server, &recordings))
        .webrtc("/samples/app/broadcast", broadcast::Broadcast::new(&server))
        .webrtc("/samples/app/group", group::Group::new(&server))
        .webrtc("/samples/app/codes", codes::Codes)
        .player("/samples/app/player", player::Player::new(here.demo_file))
        .recorder("/samples/app/recorder", recorder::Recorder::new(&recordings));
    Ok(application.into_router().merge(pages::routes(&recordings)))
}
