//! One program of the Media API, within the process and against a server in another, whose connection is cut while the
//! film runs: it sees the same.

mod peer;
mod program;
#[path = "../../crates/client/tests/support/proxy.rs"]
#[allow(dead_code)]
mod proxy;
#[path = "../support/mod.rs"]
mod support;

use program::{Interruption, Seen, run};
use proxy::Proxy;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use support::{media, probe};
use trellis_client::{Link, MediaServer};
use trellis_control::{Control, ControlSettings};
use trellis_elements::objects::ElementFactory;
use trellis_elements::{Media, MediaSettings};
use trellis_server::{Config, Server};

/// Where the server in a process of its own keeps its files; without it, that process is none.
const FOLDER: &str = "TRELLIS_TEST_FOLDER";

/// A server in a process of its own; it ends with the test.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// This program again, as the server that the test below is then.
    fn start(folder: &Path) -> Process {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "serves_when_it_is_asked_to", "--nocapture"]).env(FOLDER, folder);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.into_iter().find_map(|line| {
            let (_, address) = line.split_once("listening on http://")?;
            address.trim_end_matches('/').parse().ok()
        });
        Process { address: address.expect("it says where it listens"), child }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn serves_when_it_is_asked_to() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let mut config = Config::default();
    config.http.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.media.threads = 1;
    config.media.recordings = folder.join("recordings");
    config.media.default_path = folder.to_owned();
    Server::new(config).serve().unwrap();
}

fn control(folder: &Path) -> Control {
    let webrtc_listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let settings =
        MediaSettings { threads: 1, webrtc_listen, default_path: folder.to_owned(), ..MediaSettings::default() };
    let media = Media::start(settings).expect("the media plane");
    Control::new(Arc::new(ElementFactory::new(media)), ControlSettings::default())
}

/// Nothing breaks where there is no network.
struct Quiet;

impl Interruption for Quiet {
    async fn happen(&self, _: &MediaServer) {}
}

/// The connection breaks, and stands again.
struct Cut<'a>(&'a Proxy);

impl Interruption for Cut<'_> {
    async fn happen(&self, server: &MediaServer) {
        let mut link = server.link();
        self.0.sever();
        // It may be broken for a moment only.
        link.changed().await.unwrap();
        link.wait_for(|link| *link == Link::Connected).await.unwrap();
    }
}

/// What lies in a recording: its streams, and that it is as long as the film.
fn recorded(file: &Path) -> Option<Vec<(String, String)>> {
    let (streams, duration) = probe(file)?;
    assert!((5.5..6.5).contains(&duration), "{duration} s of 6.2");
    Some(streams.into_iter().map(|stream| (stream.kind, stream.codec)).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_sees_the_same_embedded_and_over_a_network_that_breaks() {
    let Some(film) = media("face/friday.mp4") else { return };
    let film = film.canonicalize().unwrap();
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let control = control(here.path());
    let process = Process::start(there.path());
    let proxy = Proxy::before(process.address).await;

    // The one line that differs.
    let embedded = MediaServer::embedded(&control).unwrap();
    let remote = MediaServer::connect(&format!("ws://{}/kurento", proxy.address)).await.unwrap();

    let cut = Cut(&proxy);
    let (own, other) = tokio::join!(run(&embedded, &film, &Quiet), run(&remote, &film, &cut));
    assert_eq!(proxy.connections(), 2, "it was cut once");
    assert_eq!(own, other);
    assert_eq!(own, Seen::all());
    assert_eq!(recorded(&here.path().join("copy.mp4")), recorded(&there.path().join("copy.mp4")));
}
