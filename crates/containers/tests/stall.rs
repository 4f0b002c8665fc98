//! Sources that stall: what has come is in the file, and the file goes on when they do.

mod support;

use support::*;
use trellis_containers::{ContainerKind, Muxer, TrackSpec};
use trellis_media::{Kind, MediaTime};

const FILES: [(&str, ContainerKind); 4] = [
    ("synth/out/avsync.mp4", ContainerKind::Mp4),
    ("synth/out/high_b3.mp4", ContainerKind::Mp4),
    ("synth/out/avsync.webm", ContainerKind::WebM),
    ("synth/out/avsync.mkv", ContainerKind::Matroska),
];

fn muxer(kind: ContainerKind, content: &Content, out: Memory) -> Muxer {
    let spec = |track: &trellis_containers::Track| TrackSpec { format: track.format, config: track.config.clone() };
    Muxer::new(kind, &content.tracks.iter().map(spec).collect::<Vec<_>>(), out).unwrap()
}

/// Frames that stay behind: FFmpeg's muxer of Matroska keeps the newest of sound until it knows the picture after it.
fn kept(kind: ContainerKind) -> usize {
    usize::from(kind != ContainerKind::Mp4)
}

fn times(content: &Content, kind: Kind) -> Vec<MediaTime> {
    content.frames(kind).into_iter().map(|(time, _)| time).collect()
}

#[test]
fn everything_before_a_flush_is_readable_and_nothing_after_it_moves() {
    let Some(media) = media() else { return };
    for (name, kind) in FILES {
        let content = Content::of(media.join(name)).unwrap();
        let (plain, flushed) = (Memory::default(), Memory::default());
        let mut without = muxer(kind, &content, plain.clone());
        let mut with = muxer(kind, &content, flushed.clone());
        let mut sent = 0;
        for (count, (track, item)) in content.items.iter().enumerate() {
            without.write(*track, item).unwrap();
            with.write(*track, item).unwrap();
            sent += 1;
            if count % 41 == 40 {
                with.flush().unwrap();
                let left = Content::of_bytes(&flushed.bytes()).unwrap();
                let missing = sent - left.items.len();
                assert!(missing <= kept(kind), "{name} as {kind} after {sent} frames: {missing} missing");
            }
        }
        without.finish().unwrap();
        with.finish().unwrap();
        let (before, after) =
            (Content::of_bytes(&plain.bytes()).unwrap(), Content::of_bytes(&flushed.bytes()).unwrap());
        for media in [Kind::Audio, Kind::Video] {
            assert_eq!(times(&after, media), times(&before, media), "{name} as {kind}: {media}");
        }
    }
}

#[test]
fn a_flush_before_the_first_frame_is_nothing() {
    let Some(media) = media() else { return };
    let content = Content::of(media.join("synth/out/avsync.webm")).unwrap();
    let out = Memory::default();
    muxer(ContainerKind::WebM, &content, out.clone()).flush().unwrap();
    assert!(out.bytes().is_empty());
}

/// A shared screen may give a picture a second: what waits for its next frame is then more than the last second.
#[test]
fn slow_pictures_are_in_the_file_after_a_flush() {
    let Some(media) = media() else { return };
    let mut content = Content::of(media.join("synth/out/avsync.webm")).unwrap();
    content.tracks.retain(|track| track.format.kind() == Some(Kind::Video));
    let keyframe = content.items.iter().find(|(id, _)| *id == content.tracks[0].id).unwrap().1.clone();
    for kind in [ContainerKind::WebM, ContainerKind::Matroska] {
        let out = Memory::default();
        let mut muxer = muxer(kind, &content, out.clone());
        for second in 0..5 {
            let mut item = keyframe.clone();
            item.time = MediaTime::from_secs(second);
            muxer.write(0, &item).unwrap();
        }
        let at_once = Content::of_bytes(&out.bytes()).unwrap().items.len();
        muxer.flush().unwrap();
        let after = Content::of_bytes(&out.bytes()).unwrap().items.len();
        println!("{kind}: {at_once} pictures of 5 before the flush, {after} after");
        assert_eq!(after, 5, "{kind}");
    }
}
