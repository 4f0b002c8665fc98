//! The Debian packages that Trellis needs, and how the missing ones come onto the machine.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::{node, run};

/// What the build needs. `ffmpeg-sys-next` asks pkg-config only for the libraries of its enabled features (codec,
/// format, scaling, resampling), so libavfilter and libavdevice are not here; nasm gives openh264 its assembly, and
/// cmake builds the libopus that the `opus` crate carries.
const BUILD: &[&str] = &[
    "build-essential",
    "pkg-config",
    "clang",
    "libclang-dev",
    "cmake",
    "nasm",
    "libavcodec-dev",
    "libavformat-dev",
    "libavutil-dev",
    "libswscale-dev",
    "libswresample-dev",
    "libvpx-dev",
];

/// What the demo needs besides: ffmpeg makes its clip.
const DEMO: &[&str] = &["ffmpeg"];

/// What the tests need besides: a browser, ffprobe and ffmpeg (one package), a font for the page's picture, Python for a
/// client of the Thrift API, the compiler of its interface, and GStreamer as a remote of RTP (its base plugins have Opus,
/// the good ones RTP and VP8, the bad ones SRTP).
const TESTS: &[&str] = &[
    "ffmpeg",
    "chromium",
    "fonts-liberation",
    "python3-venv",
    "thrift-compiler",
    "gstreamer1.0-tools",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-bad",
];

/// What makes the structs of the Thrift interface.
const THRIFT: &[&str] = &["thrift-compiler"];

/// What the benchmarks need besides: the rivals that run in the same runs.
const RIVALS: &[&str] = &["ffmpeg", "gstreamer1.0-tools", "gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good"];

/// Debian's Node, for machines that have none of version 18 or later on their path.
const NODE: &[&str] = &["nodejs", "npm"];

/// What `cargo xtask setup` can be asked.
#[derive(clap::Args)]
pub struct SetupArguments {
    /// Also install what the tests need: Chromium, ffmpeg, Node
    #[arg(long)]
    tests: bool,
}

/// What a set of packages is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To build and to run the demo.
    Demo,
    /// To run every test.
    Tests,
    /// To make the structs of the Thrift interface.
    Thrift,
    /// To run the benchmarks, with their rivals.
    Benchmarks,
}

/// `cargo xtask setup`.
pub fn setup(arguments: &SetupArguments) -> Result<()> {
    let purpose = if arguments.tests { Purpose::Tests } else { Purpose::Demo };
    ensure(purpose)?;
    if purpose == Purpose::Tests {
        node::install()?;
    }
    println!("everything is installed");
    Ok(())
}

/// Installs what is missing for the purpose, naming it first.
///
/// # Errors
/// When packages are missing and this user may not install them: the error holds the one line to run.
pub fn ensure(purpose: Purpose) -> Result<()> {
    if run::answer("dpkg-query", &["--version"]).is_none() {
        println!("not a Debian system: install what these packages hold by hand: {}", wanted(purpose).join(" "));
        return Ok(());
    }
    let missing: Vec<&str> = wanted(purpose).into_iter().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("missing Debian packages: {}", missing.join(" "));
    let apt = |verb: &str| format!("apt-get -o DPkg::Lock::Timeout=900 {verb}");
    let install = apt(&format!("install -y --no-install-recommends {}", missing.join(" ")));
    let Some(prefix) = elevation() else {
        bail!("this user may not install packages; run this line, then try again:\n    sudo {install}");
    };
    // The lists of a fresh machine are often empty or stale, but a refresh is a minute on the network: only then.
    if shell(prefix, &install).is_err() {
        shell(prefix, &apt("update"))?;
        shell(prefix, &install)?;
    }
    Ok(())
}

fn wanted(purpose: Purpose) -> Vec<&'static str> {
    let mut packages = BUILD.to_vec();
    match purpose {
        Purpose::Demo => packages.extend(DEMO),
        Purpose::Thrift => return THRIFT.to_vec(),
        Purpose::Benchmarks => packages.extend(RIVALS),
        Purpose::Tests => {
            packages.extend(TESTS);
            if !node::is_usable() {
                packages.extend(NODE);
            }
        }
    }
    packages
}

fn is_installed(package: &str) -> bool {
    run::answer("dpkg-query", &["-W", "-f=${db:Status-Status} ", package])
        .is_some_and(|states| states.split_whitespace().any(|state| state == "installed"))
}

/// The words to put before a command that needs root, or nothing when this user cannot become root.
fn elevation() -> Option<&'static str> {
    if run::answer("id", &["-u"]).is_some_and(|id| id.trim() == "0") {
        return Some("");
    }
    run::answer("sudo", &["-n", "true"]).map(|_| "sudo -n ")
}

fn shell(prefix: &str, line: &str) -> Result<()> {
    println!("running: {prefix}{line}");
    let mut words = prefix.split_whitespace().chain(line.split_whitespace());
    let mut command = Command::new(words.next().unwrap_or("apt-get"));
    run::must(command.args(words).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_set_holds_the_build_set_and_a_browser() {
        let packages = wanted(Purpose::Tests);
        assert!(BUILD.iter().all(|package| packages.contains(package)));
        assert!(packages.contains(&"chromium"));
    }
}
