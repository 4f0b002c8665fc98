//! A player that waits for what comes over a network, in a time of its own.

use super::*;
use crate::player::feed::{Reading, Source};
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use trellis_containers::Demuxer;

/// Bytes that come when the test says so.
struct Trickle {
    come: Receiver<Vec<u8>>,
    here: Cursor<Vec<u8>>,
}

impl Read for Trickle {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.here.position() == self.here.get_ref().len() as u64 {
            let Ok(more) = self.come.recv() else { return Ok(0) };
            self.here = Cursor::new(more);
        }
        self.here.read(into)
    }
}

/// A player of what the test sends, and where it hears that something has come.
fn player(cache: MediaTime) -> (FedNode, Sender<Vec<u8>>, Receiver<()>) {
    let (send, come) = channel();
    let (tell, told) = channel();
    let mut reader = Some(Trickle { come, here: Cursor::default() });
    let start = move || {
        let reader = reader.take().ok_or(Failure::Unreachable("it plays once".into()))?;
        let open = move || {
            let (demuxer, tracks) = Demuxer::stream(reader).map_err(Failure::Unreadable)?;
            Ok(Reading { demuxer, tracks, seekable: false })
        };
        let tell = tell.clone();
        let source = Source { open: Box::new(open), stop: Box::new(|| ()) };
        Feed::start(source, move || tell.send(()).unwrap_or_default())
            .map_err(|error| Failure::Unreachable(error.to_string()))
    };
    (FedNode::new(Box::new(start), cache), send, told)
}

/// The times of what it gives when it is told something at a time, in milliseconds.
fn given(node: &mut FedNode, command: Command, at: i64) -> Vec<i64> {
    let mut cx = Context::new(MediaTime::from_millis(at));
    node.command(command, &mut cx).unwrap();
    cx.take_items().into_iter().map(|(_, item)| item.time.millis()).collect()
}

/// What it gives at a time, as soon as that is anything.
fn in_time(node: &mut FedNode, told: &Receiver<()>, at: i64) -> Vec<i64> {
    loop {
        let times = given(node, Box::new(FedCommand::Fed), at);
        if !times.is_empty() {
            return times;
        }
        told.recv_timeout(Duration::from_secs(30)).expect("something comes");
    }
}

#[test]
fn it_plays_when_the_cache_is_full_and_stands_still_when_that_has_run_out() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/media");
    let media = std::env::var("TRELLIS_MEDIA").unwrap_or(default.to_owned());
    let Ok(clip) = std::fs::read(Path::new(&media).join("synth/out/avsync.webm")) else {
        println!("skipped: no media");
        return;
    };
    let (mut node, send, told) = player(MediaTime::from_millis(1_000));
    // Ten seconds of media.
    let parts: Vec<Vec<u8>> = [0..4, 4..30, 30..100]
        .map(|percent: std::ops::Range<usize>| {
            clip[clip.len() * percent.start / 100..clip.len() * percent.end / 100].to_vec()
        })
        .into();
    assert!(given(&mut node, Box::new(PlayerCommand::Play), 0).is_empty());
    send.send(parts[0].clone()).unwrap();
    send.send(parts[1][..100].to_vec()).unwrap();
    told.recv_timeout(Duration::from_secs(30)).expect("it is open");
    assert!(given(&mut node, Box::new(FedCommand::Fed), 1_000).is_empty(), "the cache is not full");
    send.send(parts[1][100..].to_vec()).unwrap();
    let first = in_time(&mut node, &told, 5_000);
    assert!(first.iter().all(|time| (4_990..5_030).contains(time)), "{first:?}");
    // All that has come, until it stands still.
    let rest = in_time(&mut node, &told, 20_000);
    assert!(rest.iter().all(|time| *time < 9_000), "{rest:?}");
    send.send(parts[2].clone()).unwrap();
    let again = in_time(&mut node, &told, 25_000);
    assert!(again.iter().all(|time| (24_990..25_030).contains(time)), "{again:?}");
}
