//! Media over HTTP: endpoints with URLs, players of what servers have, recorders that send; with the real server, sockets
//! of our own, and ffprobe.

mod get;
mod post;
mod remote;
#[path = "../support/mod.rs"]
mod support;
mod web;

use serde_json::{Value as Json, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use support::{Client, Server};
use web::{Answer, ask, begin, send};

/// A clip of ten seconds, VP8 and Opus, with keyframes at 0 and 5 s.
const WEBM: &str = "synth/out/avsync.webm";
/// One of four seconds, H.264 alone, with its index at its end.
const MP4: &str = "synth/out/green.mp4";
const SESSION: &[&str] = &["MediaSessionStarted", "MediaSessionTerminated", "Error"];

/// A file of the media folder; `None`, and a word about it, where there is none, or no ffprobe.
fn media(name: &str) -> Option<PathBuf> {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/media"));
    let path = std::env::var_os("TRELLIS_MEDIA").map_or_else(default, PathBuf::from).join(name);
    let ffprobe = Command::new("ffprobe").arg("-version").output().is_ok();
    if !path.is_file() || !ffprobe {
        println!("skipped: no media, or no ffprobe");
        return None;
    }
    Some(path)
}

/// The packets of a kind that ffprobe finds: time and whether it is a keyframe.
fn packets(of: &str, kind: &str) -> Vec<(f64, bool)> {
    let arguments =
        ["-v", "error", "-of", "csv=p=0", "-show_entries", "packet=pts_time,flags", "-select_streams", kind];
    let output = Command::new("ffprobe").args(arguments).arg(of).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let packet = |line: &str| {
        let (time, flags) = line.split_once(',')?;
        Some((time.parse().ok()?, flags.starts_with('K')))
    };
    text.lines().filter_map(packet).collect()
}

fn counts(of: &Path) -> (usize, usize) {
    let of = of.to_str().unwrap();
    (packets(of, "v").len(), packets(of, "a").len())
}

/// A server, a client of it and a pipeline.
struct World {
    server: Server,
    client: Client,
    pipeline: String,
}

impl World {
    async fn new(config: &str) -> World {
        let server = Server::start(config);
        let mut client = Client::open(&server).await;
        let pipeline = client.create("MediaPipeline", json!({})).await;
        World { server, client, pipeline }
    }

    async fn create(&mut self, kind: &str, mut params: Json) -> String {
        params["mediaPipeline"] = self.pipeline.as_str().into();
        self.client.create(kind, params).await
    }

    async fn call(&mut self, object: &str, operation: &str) -> Json {
        self.client.value(object, operation, json!({})).await
    }

    async fn connect(&mut self, from: &str, to: &str) {
        self.client.value(from, "connect", json!({ "sink": to })).await;
    }

    async fn url(&mut self, endpoint: &str) -> String {
        self.call(endpoint, "getUrl").await.as_str().unwrap().to_owned()
    }

    /// A clip that plays, and an endpoint that streams it.
    async fn playing(&mut self, clip: &Path, params: Json) -> (String, String) {
        let player = self.create("PlayerEndpoint", json!({ "uri": clip })).await;
        let get = self.create("HttpGetEndpoint", params).await;
        self.client.subscribe(&get, SESSION).await;
        self.connect(&player, &get).await;
        self.call(&player, "play").await;
        let url = self.url(&get).await;
        (get, url)
    }

    /// An endpoint that takes an upload, and a recorder of it.
    async fn taking(&mut self, name: &str) -> (String, String, Recording) {
        let post = self.create("HttpPostEndpoint", json!({ "disconnectionTimeout": 1 })).await;
        self.client.subscribe(&post, &[SESSION, &["EndOfStream"]].concat()).await;
        let file = self.server.folder.path().join(name);
        let recorder = self.create("RecorderEndpoint", json!({ "uri": file })).await;
        self.connect(&post, &recorder).await;
        self.call(&recorder, "record").await;
        let url = self.url(&post).await;
        (post, url, Recording { recorder, file })
    }
}

struct Recording {
    recorder: String,
    file: PathBuf,
}

/// What a reader gets in some pieces, the header first.
fn pieces(answer: &mut Answer, count: usize) -> Vec<u8> {
    (0..count).flat_map(|_| answer.chunk().expect("the stream goes on")).collect()
}
