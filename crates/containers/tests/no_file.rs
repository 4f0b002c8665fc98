//! Paths at which no file lies.
#![cfg(unix)]

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;
use trellis_containers::{ContainerError, Demuxer};

/// What opening a path ends in; a thread of its own lets the test end when opening does not.
fn refusal(path: &Path) -> String {
    let (answer, answered) = mpsc::channel();
    let opened = path.to_path_buf();
    std::thread::spawn(move || answer.send(Demuxer::open(opened).err()));
    let error = answered.recv_timeout(Duration::from_secs(10)).expect("an answer in time").expect("an error");
    assert!(matches!(error, ContainerError::Open(..)), "{error}");
    error.to_string()
}

#[test]
fn pipes_sockets_and_devices_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.mp4");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let socket = folder.path().join("socket.mp4");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for path in [pipe.as_path(), &socket, Path::new("/dev/zero")] {
        let refusal = refusal(path);
        assert!(refusal.contains(&path.display().to_string()) && refusal.contains("not a file"), "{refusal}");
    }
}
