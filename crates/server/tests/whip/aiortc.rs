//! aiortc as publisher and viewers: somebody else's WebRTC, which decodes what it is given.

use crate::support::Server;
use serde_json::Value as Json;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/whip/peer.py");
const RELEASE: &str = "aiortc==1.16.0";

/// The Python of a virtual environment with aiortc, made the first time; `None` where it cannot be had.
fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aiortc");
    let python = folder.join("bin/python");
    let has_it = || Command::new(&python).args(["-c", "import aiortc"]).output().is_ok_and(|it| it.status.success());
    if !has_it() {
        let run = |program: &Path, arguments: &[&str]| Command::new(program).args(arguments).output().is_ok();
        let folder = folder.display().to_string();
        run(Path::new("python3"), &["-m", "venv", &folder]);
        run(&python, &["-m", "pip", "install", "--quiet", "--timeout", "20", "--retries", "1", RELEASE]);
    }
    has_it().then_some(python)
}

fn peer(python: &Path, arguments: &[&str]) -> Child {
    Command::new(python).arg(PEER).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

/// The line that a peer says when it has what it is there for.
fn said(child: &mut Child) -> Json {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: '{line}'"))
}

#[test]
fn aiortc_publishes_and_is_watched_in_its_own_codec_and_in_another() {
    let Some(python) = python() else {
        println!("skipped: no aiortc");
        return;
    };
    let server = Server::start("[whip]\npublish_tokens = [\"gardener\"]\nplay_tokens = [\"guest\"]\n");
    let url = |door: &str| format!("http://{}/{door}/garden", server.address);
    let mut publisher = peer(&python, &["publish", &url("whip"), "gardener", "VP8"]);
    assert!(said(&mut publisher)["resource"].as_str().is_some_and(|it| it.contains("/whip/garden/")));
    for codec in ["VP8", "H264"] {
        let mut viewer = peer(&python, &["play", &url("whep"), "guest", codec]);
        let seen = said(&mut viewer);
        println!("{codec}: {seen}");
        assert_eq!((&seen["frames"], &seen["size"]), (&Json::from(30), &Json::from(vec![320, 240])), "{seen}");
        let colour: Vec<i64> = seen["colour"].as_array().unwrap().iter().filter_map(Json::as_i64).collect();
        let near = colour.iter().zip([90, 200, 60]).all(|(seen, sent)| (seen - sent).abs() <= 8);
        assert!(near, "{colour:?} is not the colour that was sent");
        assert!(viewer.wait().unwrap().success());
    }
    // The end of its input is the end of the publisher, which takes its resource away.
    drop(publisher.stdin.take());
    assert!(publisher.wait().unwrap().success());
}
