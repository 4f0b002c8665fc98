//! `cargo xtask demo`: from a fresh machine to a page that a person can open.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::packages::{self, Purpose};
use crate::{clip, run, workspace};

/// What `cargo xtask demo` can be asked.
#[derive(clap::Args)]
pub struct DemoArguments {
    /// The clip that plays where there is no camera (default: one with a face that moves, made on the first run)
    #[arg(long, value_name = "CLIP")]
    file: Option<PathBuf>,
    /// Where the server listens
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8888")]
    listen: SocketAddr,
}

/// Sets up, builds and serves until interrupted.
///
/// # Errors
/// When a package cannot be installed, the build fails, or the server ends with an error.
pub fn demo(arguments: &DemoArguments) -> Result<()> {
    if let Some(file) = arguments.file.as_deref().filter(|file| !file.is_file()) {
        bail!("no such clip: {}", file.display());
    }
    run::step("set-up", || packages::ensure(Purpose::Demo))?;
    run::step("build (release)", || run::must(&mut run::cargo(["build", "--release", "-p", "trellis-samples"])))?;
    let clip = match &arguments.file {
        Some(file) => file.canonicalize().with_context(|| format!("{}", file.display()))?,
        None => run::step("clip", clip::ensure)?,
    };
    let listen = arguments.listen.to_string();
    let mut server =
        run::command(workspace::binary("release", "trellis-samples"), ["serve", "--listen", &listen, "--demo-file"]);
    println!("\nopen http://{listen}/ in a browser, or http://{listen}/samples/ (Ctrl-C ends the server)\n");
    run::must(server.arg(clip))
}
