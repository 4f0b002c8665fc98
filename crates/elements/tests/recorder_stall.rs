//! A source that stalls: half a second later what it sent is in the file.

use std::path::PathBuf;
use trellis_containers::{ContainerKind, Demuxer};
use trellis_elements::recorder::{RecorderCommand, RecorderNode};
use trellis_graph::{Context, Node};
use trellis_media::{Item, Kind, MediaTime};

/// The sample recording; `None`, and a word about it, where it is missing.
fn sample() -> Option<PathBuf> {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/media"));
    let path = std::env::var_os("TRELLIS_MEDIA").map_or_else(default, PathBuf::from).join("synth/out/avsync.webm");
    if !path.is_file() {
        eprintln!("skipped: no media");
        return None;
    }
    Some(path)
}

/// Frames with their sink pads, in the file's order.
fn frames(path: &PathBuf) -> Vec<(usize, Item)> {
    let (mut demuxer, tracks) = Demuxer::open(path).unwrap();
    let pad = |id: usize| {
        let track = tracks.iter().find(|track| track.id == id).unwrap();
        usize::from(track.format.kind() == Some(Kind::Video))
    };
    std::iter::from_fn(|| demuxer.next().unwrap()).map(|(id, item)| (pad(id), item)).collect()
}

#[test]
fn what_came_before_a_stall_is_in_the_file_soon_after() {
    let Some(source) = sample() else { return };
    let path = std::env::temp_dir().join(format!("trellis-stall-{}.webm", std::process::id()));
    let mut node = RecorderNode::new(path.clone(), ContainerKind::WebM);
    let mut cx = Context::new(MediaTime::ZERO);
    let (_, tracks) = Demuxer::open(&source).unwrap();
    for track in tracks {
        let pad = usize::from(track.format.kind() == Some(Kind::Video));
        node.format(pad, track.format, &mut cx).unwrap();
        node.command(Box::new(RecorderCommand::Connected(pad, true)), &mut cx).unwrap();
    }
    node.command(Box::new(RecorderCommand::Record), &mut cx).unwrap();
    let stall = MediaTime::from_millis(2_300);
    let sent: Vec<(usize, Item)> = frames(&source).into_iter().take_while(|(_, item)| item.time < stall).collect();
    for (pad, item) in &sent {
        node.process(*pad, item.clone(), &mut Context::new(item.time)).unwrap();
    }
    // Too early, while media may still come: nothing is cut off for that.
    node.wake(&mut Context::new(stall + MediaTime::from_millis(100))).unwrap();
    let early = frames(&path).len();
    node.wake(&mut Context::new(stall + MediaTime::from_millis(500))).unwrap();
    let left = frames(&path).len();
    assert!(early < left, "{early} frames at once, {left} half a second later");
    // FFmpeg's muxer keeps one frame of sound.
    assert!(left + 1 >= sent.len(), "{left} of {}", sent.len());
    drop(node);
    assert_eq!(frames(&path).len(), sent.len());
    std::fs::remove_file(&path).unwrap();
}
