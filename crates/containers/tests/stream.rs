//! Files without an end: what is written in pieces, and what is read as it comes.

mod support;

use std::path::Path;
use support::*;
use trellis_containers::{ContainerError, ContainerKind, Demuxer, Piece, StreamMuxer, TrackSpec};
use trellis_media::{Kind, MediaTime};

/// Real files and a container that takes their media as it comes.
const SOURCES: [(&str, ContainerKind, &str); 5] = [
    ("synth/out/avsync.webm", ContainerKind::WebM, "video/webm; codecs=\"vp8,opus\""),
    ("mkv/bbb_480p_vp9_opus_1second.webm", ContainerKind::WebM, "video/webm; codecs=\"vp9,opus\""),
    ("synth/out/avsync.mp4", ContainerKind::Mp4, "video/mp4; codecs=\"avc1."),
    ("synth/out/high_b3.mp4", ContainerKind::Mp4, "video/mp4; codecs=\"avc1.64"),
    ("mkv/flower.webm", ContainerKind::WebM, "video/webm; codecs=\"vp8"),
];

struct Stream {
    header: Vec<u8>,
    mime: String,
    parts: Vec<(Vec<u8>, bool)>,
}

fn stream_of(path: &Path, kind: ContainerKind) -> (Content, Stream) {
    let content = Content::of(path).unwrap();
    let spec = |track: &trellis_containers::Track| TrackSpec { format: track.format, config: track.config.clone() };
    let mut muxer = StreamMuxer::new(kind, &content.tracks.iter().map(spec).collect::<Vec<_>>()).unwrap();
    let mut pieces = Vec::new();
    for (track, item) in &content.items {
        muxer.write(*track, item).unwrap();
        pieces.extend(std::iter::from_fn(|| muxer.next_piece()));
    }
    muxer.flush().unwrap();
    pieces.extend(std::iter::from_fn(|| muxer.next_piece()));
    let mut pieces = pieces.into_iter();
    let Some(Piece::Header { bytes, mime }) = pieces.next() else { panic!("no header first") };
    let parts = pieces.map(|piece| match piece {
        Piece::Part { bytes, keyframe } => (bytes.to_vec(), keyframe),
        Piece::Header { .. } => panic!("a second header"),
    });
    let stream = Stream { header: bytes.to_vec(), mime, parts: parts.collect() };
    (content, stream)
}

/// What a reader gets that is given these parts.
fn read<'a>(stream: &Stream, parts: impl Iterator<Item = &'a (Vec<u8>, bool)>) -> Content {
    let bytes: Vec<u8> = stream.header.iter().chain(parts.flat_map(|(bytes, _)| bytes)).copied().collect();
    Content::of_stream(&bytes).unwrap()
}

#[test]
fn a_reader_from_the_beginning_gets_every_frame() {
    let Some(media) = media() else { return };
    for (name, kind, mime) in SOURCES {
        let (content, stream) = stream_of(&media.join(name), kind);
        assert!(stream.mime.starts_with(mime), "{name}: {}", stream.mime);
        let got = read(&stream, stream.parts.iter());
        assert!(got.failure.is_none(), "{name}: {:?}", got.failure);
        assert_eq!(got.frames(Kind::Video).len(), content.frames(Kind::Video).len(), "{name}");
        // FFmpeg's muxer of Matroska keeps one frame of sound.
        assert!(got.frames(Kind::Audio).len() + 1 >= content.frames(Kind::Audio).len(), "{name}");
        assert!(stream.parts.len() > 3, "{name}: {} parts", stream.parts.len());
    }
}

#[test]
fn a_reader_can_begin_with_every_part_that_starts_with_a_keyframe() {
    let Some(media) = media() else { return };
    for (name, kind, _) in SOURCES {
        let (content, stream) = stream_of(&media.join(name), kind);
        let starts: Vec<usize> = (0..stream.parts.len()).filter(|at| stream.parts[*at].1).collect();
        let keyframes = content.frames(Kind::Video).iter().filter(|(_, frame)| frame.keyframe).count();
        assert_eq!(starts.len(), keyframes, "{name}: a part for each keyframe");
        for start in starts {
            let got = read(&stream, stream.parts[start..].iter());
            let frames = got.frames(Kind::Video);
            assert!(frames[0].1.keyframe, "{name} from part {start}");
        }
    }
}

#[test]
fn a_reader_that_leaves_out_parts_up_to_a_keyframe_goes_on() {
    let Some(media) = media() else { return };
    let (_, stream) = stream_of(&media.join("synth/out/avsync.webm"), ContainerKind::WebM);
    let last = stream.parts.iter().rposition(|(_, keyframe)| *keyframe).unwrap();
    assert!(last > 3, "the clip has keyframes");
    let got = read(&stream, stream.parts[..2].iter().chain(&stream.parts[last..]));
    let frames = got.frames(Kind::Video);
    let jump = frames.windows(2).position(|pair| pair[1].0 - pair[0].0 > MediaTime::from_millis(300));
    assert!(frames[jump.expect("a gap in time") + 1].1.keyframe);
}

#[test]
fn what_comes_once_is_read_as_a_file_is() {
    let Some(media) = media() else { return };
    let readable = ["synth/out/avsync.webm", "synth/out/avsync.mkv", "synth/out/avsync.ts", "synth/out/frag.mp4"];
    for name in readable {
        let bytes = std::fs::read(media.join(name)).unwrap();
        let (file, stream) = (Content::of_bytes(&bytes).unwrap(), Content::of_stream(&bytes).unwrap());
        let frames = |content: &Content, kind| content.frames(kind).len();
        for kind in [Kind::Audio, Kind::Video] {
            assert_eq!(frames(&file, kind), frames(&stream, kind), "{name}");
        }
        assert!(stream.failure.is_none(), "{name}: {:?}", stream.failure);
    }
}

#[test]
fn what_comes_once_is_not_sought_in() {
    let Some(media) = media() else { return };
    let file = std::fs::File::open(media.join("synth/out/avsync.webm")).unwrap();
    let (mut demuxer, _) = Demuxer::stream(file).unwrap();
    assert!(matches!(demuxer.seek(MediaTime::ZERO), Err(ContainerError::Seek(_))));
    assert!(demuxer.next().unwrap().is_some(), "it goes on");
}
