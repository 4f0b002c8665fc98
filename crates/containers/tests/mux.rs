//! What the muxer writes: the same media with the same times, a file that others play, and one that survives a kill.

mod support;

use std::path::{Path, PathBuf};
use support::*;
use trellis_containers::{ContainerError, ContainerKind, Muxer, TrackSpec, accepts};
use trellis_media::{Codec, EncodedFrame, Field, Format, Item, Kind, MediaTime, Payload};

/// Real files and the containers that take their media as it comes.
const SOURCES: [(&str, &[ContainerKind]); 8] = [
    ("synth/out/avsync.mp4", &[ContainerKind::Mp4, ContainerKind::Matroska]),
    ("mp4/sample.mp4", &[ContainerKind::Mp4, ContainerKind::Matroska]),
    ("synth/out/high_b3.mp4", &[ContainerKind::Mp4, ContainerKind::Matroska]),
    ("synth/out/avsync.webm", &[ContainerKind::WebM, ContainerKind::Matroska]),
    ("mkv/flower.webm", &[ContainerKind::WebM, ContainerKind::Matroska]),
    ("mkv/bbb_480p_vp9_opus_1second.webm", &[ContainerKind::WebM, ContainerKind::Matroska]),
    ("mp4/sample_opus.mp4", &[ContainerKind::Mp4, ContainerKind::WebM]),
    ("mkv/sample_av1.mkv", &[ContainerKind::WebM, ContainerKind::Mp4]),
];

fn specs(content: &Content) -> Vec<TrackSpec> {
    content.tracks.iter().map(|track| TrackSpec { format: track.format, config: track.config.clone() }).collect()
}

/// Writes everything that was read, in the order of the file. Tracks keep their numbers.
fn write(kind: ContainerKind, content: &Content, out: Memory) {
    let mut muxer = Muxer::new(kind, &specs(content), out).unwrap();
    for (track, item) in &content.items {
        muxer.write(*track, item).unwrap();
    }
    muxer.finish().unwrap();
}

/// Bytes of media without what containers change: H.264's start codes of three and four bytes mean the same.
fn essence(codec: Option<Codec>, frame: &EncodedFrame) -> Vec<u8> {
    if codec != Some(Codec::H264) {
        return frame.data.to_vec();
    }
    let mut out = Vec::new();
    let mut zeros = 0;
    for byte in frame.data.iter() {
        if zeros >= 2 && *byte == 1 {
            out.truncate(out.len() - zeros);
            out.extend([0, 0, 1]);
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        out.push(*byte);
    }
    out
}

fn same_media(kind: ContainerKind, name: &str, before: &Content, after: &Content) {
    assert!(after.failure.is_none(), "{name} as {kind}: {:?}", after.failure);
    assert_eq!(before.tracks.len(), after.tracks.len());
    // Ticks of WebM and Matroska are milliseconds.
    let tolerance = if kind == ContainerKind::Mp4 { 12_000 } else { 1_000_000 };
    for media in [Kind::Audio, Kind::Video] {
        let (sent, got) = (before.frames(media), after.frames(media));
        assert_eq!(sent.len(), got.len(), "{name} as {kind}: frames of {media}");
        let codec =
            before.tracks.iter().find(|track| track.format.kind() == Some(media)).and_then(|t| t.format.codec());
        for (index, (sent, got)) in sent.iter().zip(&got).enumerate() {
            let difference = (sent.0 - got.0).nanos().abs();
            assert!(difference <= tolerance, "{name} as {kind}: {media} {index}: {} became {}", sent.0, got.0);
            assert!(essence(codec, sent.1) == essence(codec, got.1), "{name} as {kind}: {media} {index}");
            assert_eq!(sent.1.keyframe, got.1.keyframe, "{name} as {kind}: {media} {index}");
        }
    }
}

#[test]
fn media_and_times_come_back_as_they_were() {
    let Some(media) = media() else { return };
    for (name, kinds) in SOURCES {
        let before = Content::of(media.join(name)).unwrap();
        for kind in kinds {
            let out = Memory::default();
            write(*kind, &before, out.clone());
            let after = Content::of_bytes(&out.bytes()).unwrap();
            same_media(*kind, name, &before, &after);
            for (sent, got) in before.tracks.iter().zip(&after.tracks) {
                assert_eq!(sent.format.size(), got.format.size());
                assert_eq!(sent.format.sampling(), got.format.sampling());
                assert_eq!(sent.config, got.config, "{name} as {kind}");
            }
        }
    }
}

#[test]
fn a_finished_file_has_the_right_duration_and_codecs_for_ffprobe() {
    let Some(media) = media() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, kinds) in SOURCES {
        let content = Content::of(media.join(name)).unwrap();
        let end = content.items.iter().map(|(_, item)| item.time + frame_of(item).duration).max().unwrap();
        for kind in kinds {
            let path = folder.path().join("file");
            let out = Memory::default();
            write(*kind, &content, out.clone());
            std::fs::write(&path, out.bytes()).unwrap();
            let Some(probed) = ffprobe(&path) else { return };
            let duration: f64 = probed["format"]["duration"].as_str().unwrap().parse().unwrap();
            // FFmpeg counts what a track of an MP4 starts late, and the decoding delay, twice: up to 0.12 s here.
            let tolerance = 0.05_f64.mul_add(end.secs_f64(), if *kind == ContainerKind::Mp4 { 0.07 } else { 0.0 });
            assert!((duration - end.secs_f64()).abs() < tolerance, "{name} as {kind}: {duration} of {end}");
            let codecs: Vec<&str> =
                probed["streams"].as_array().unwrap().iter().map(|s| s["codec_name"].as_str().unwrap()).collect();
            let expected: Vec<&str> = content.tracks.iter().map(|t| t.format.codec().unwrap().name()).collect();
            assert_eq!(codecs, expected, "{name} as {kind}");
        }
    }
}

#[test]
fn a_finished_file_can_be_sought_in() {
    let Some(media) = media() else { return };
    for (name, kind) in [("synth/out/avsync.mp4", ContainerKind::Mp4), ("synth/out/avsync.webm", ContainerKind::WebM)] {
        let out = Memory::default();
        write(kind, &Content::of(media.join(name)).unwrap(), out.clone());
        let (mut demuxer, tracks) = trellis_containers::Demuxer::read(std::io::Cursor::new(out.bytes())).unwrap();
        assert!((9_900..10_100).contains(&tracks[0].duration.millis()), "{kind}: {}", tracks[0].duration);
        // The index: Cues (Matroska), or the random access table at the end of a fragmented MP4.
        let index: &[u8] = if kind == ContainerKind::Mp4 { b"mfra" } else { &[0x1c, 0x53, 0xbb, 0x6b] };
        let bytes = out.bytes();
        assert!(bytes[bytes.len() / 2..].windows(4).any(|window| window == index), "{kind}");
        demuxer.seek(MediaTime::from_secs(6)).unwrap();
        let (_, item) = demuxer.next().unwrap().unwrap();
        assert!((4_000..=6_000).contains(&item.time.millis()), "{kind}: {}", item.time);
    }
}

/// What a kill after each item leaves: the bytes that the operating system had been given.
#[test]
fn after_a_kill_at_any_moment_at_most_the_last_second_is_missing() {
    let Some(media) = media() else { return };
    for (name, kind) in [
        ("synth/out/avsync.mp4", ContainerKind::Mp4),
        ("synth/out/high_b3.mp4", ContainerKind::Mp4),
        ("synth/out/avsync.webm", ContainerKind::WebM),
        ("mkv/flower.webm", ContainerKind::WebM),
        ("synth/out/avsync.mkv", ContainerKind::Matroska),
    ] {
        let content = Content::of(media.join(name)).unwrap();
        let out = Memory::default();
        let mut muxer = Muxer::new(kind, &specs(&content), out.clone()).unwrap();
        let mut newest = MediaTime::ZERO;
        for (count, (track, item)) in content.items.iter().enumerate() {
            muxer.write(*track, item).unwrap();
            newest = newest.max(item.time);
            if count % 13 != 0 || newest < MediaTime::from_secs(1) {
                continue;
            }
            let left = Content::of_bytes(&out.bytes()).unwrap();
            for media in [Kind::Audio, Kind::Video] {
                let (sent, got) = (content.frames(media), left.frames(media));
                let Some(last) = got.iter().map(|frame| frame.0).max() else {
                    assert!(sent.is_empty(), "{name} as {kind} at {newest}: no {media}");
                    continue;
                };
                // Media that the source itself does not have until now cannot be missing.
                let due = sent.iter().map(|frame| frame.0).filter(|time| *time <= newest).max().unwrap();
                assert!(due - last < MediaTime::from_secs(1), "{name} as {kind} at {newest}: {media} ends at {last}");
                let whole = got.iter().zip(&sent).all(|(got, sent)| got.1.data.len().abs_diff(sent.1.data.len()) < 64);
                assert!(whole, "{name} as {kind} at {newest}: {media}");
            }
        }
        muxer.finish().unwrap();
    }
}

/// A kill in the midst of a write leaves any number of bytes.
#[test]
fn a_file_cut_at_any_byte_plays_up_to_about_there() {
    let Some(media) = media() else { return };
    for (name, kind) in [("synth/out/avsync.mp4", ContainerKind::Mp4), ("synth/out/avsync.webm", ContainerKind::WebM)] {
        let content = Content::of(media.join(name)).unwrap();
        let out = Memory::default();
        let mut muxer = Muxer::new(kind, &specs(&content), out.clone()).unwrap();
        for (track, item) in &content.items {
            muxer.write(*track, item).unwrap();
        }
        let bytes = out.bytes();
        let all = Content::of_bytes(&bytes).unwrap().items.len();
        let mut previous = 0;
        for step in 3..40 {
            let left = Content::of_bytes(&bytes[..bytes.len() * step / 40]).map_or(0, |content| content.items.len());
            assert!(left >= previous, "{kind}: {left} after {previous}");
            previous = left;
        }
        assert!(previous * 10 > all * 8, "{kind}: {previous} of {all}");
    }
}

fn frame(millis: i64, data: &[u8], keyframe: bool) -> Item {
    let time = MediaTime::from_millis(millis);
    let frame = EncodedFrame {
        data: data.to_vec().into(),
        keyframe,
        decode_time: time,
        duration: MediaTime::ZERO,
        config: None,
    };
    Item { time, payload: Payload::Frame(frame) }
}

#[test]
fn irregular_times_and_a_late_track_are_kept_exactly() {
    let Some(media) = media() else { return };
    let source = Content::of(media.join("synth/out/avsync.webm")).unwrap();
    let picture = source.frames(Kind::Video)[0].1.data.clone();
    let times = [0, 7, 8, 340, 341, 1_000, 4_200, 4_201, 4_999];
    for kind in [ContainerKind::WebM, ContainerKind::Matroska] {
        irregular(kind, Format::encoded(Codec::Vp8), &picture, &times);
    }
    let source = Content::of(media.join("synth/out/baseline.mp4")).unwrap();
    irregular(ContainerKind::Mp4, Format::encoded(Codec::H264), &source.frames(Kind::Video)[0].1.data.clone(), &times);
}

/// Video at odd times, and sound that begins 1.5 s later. Neither size nor sampling is stated.
fn irregular(kind: ContainerKind, video: Format, picture: &[u8], times: &[i64]) {
    let out = Memory::default();
    let tracks = [Format::encoded(Codec::Opus), video].map(|format| TrackSpec { format, config: None });
    let mut muxer = Muxer::new(kind, &tracks, out.clone()).unwrap();
    let sounds: Vec<i64> = (0..180).map(|index| 1_500 + 20 * index).collect();
    let mut all: Vec<(usize, i64)> = sounds.iter().map(|time| (0, *time)).collect();
    all.extend(times.iter().map(|time| (1, *time)));
    all.sort_by_key(|(_, time)| *time);
    for (track, time) in all {
        let item = if track == 0 { frame(time, &[0xfc, 1, 2], true) } else { frame(time, picture, true) };
        muxer.write(track, &item).unwrap();
    }
    muxer.finish().unwrap();
    let content = Content::of_bytes(&out.bytes()).unwrap();
    let millis = |kind| content.frames(kind).iter().map(|(time, _)| time.millis()).collect::<Vec<i64>>();
    assert_eq!(millis(Kind::Video), times, "{kind}");
    assert_eq!(millis(Kind::Audio), sounds, "{kind}");
    assert_eq!(content.tracks[1].format.size(), Some((320, 240)), "{kind}");
    assert_eq!(content.tracks[0].format.sampling(), Some((48_000, 2)), "{kind}");
}

#[test]
fn sizes_and_samplings_that_nobody_states_are_found_in_the_media() {
    let Some(media) = media() else { return };
    for (name, kinds) in SOURCES {
        let content = Content::of(media.join(name)).unwrap();
        let bare = |track: &trellis_containers::Track| {
            let codec = track.format.codec().unwrap();
            // Of Vorbis the format must tell; Opus with more than two channels needs its own head.
            let format = if codec == Codec::Vorbis { track.format } else { Format::encoded(codec) };
            TrackSpec { format, config: None }
        };
        let specs: Vec<TrackSpec> = content.tracks.iter().map(bare).collect();
        let out = Memory::default();
        let mut muxer = Muxer::new(kinds[0], &specs, out.clone()).unwrap();
        for (track, item) in &content.items {
            muxer.write(*track, item).unwrap();
        }
        muxer.finish().unwrap();
        let after = Content::of_bytes(&out.bytes()).unwrap();
        for (sent, got) in content.tracks.iter().zip(&after.tracks) {
            assert_eq!(sent.format.size(), got.format.size(), "{name}");
            assert_eq!(sent.format.sampling(), got.format.sampling(), "{name}");
        }
    }
}

#[test]
fn a_silent_track_holds_the_other_back_less_than_a_second() {
    let Some(media) = media() else { return };
    let content = Content::of(media.join("synth/out/avsync.webm")).unwrap();
    let out = Memory::default();
    let mut muxer = Muxer::new(ContainerKind::WebM, &specs(&content), out.clone()).unwrap();
    let sound = content.tracks.iter().find(|track| track.format.kind() == Some(Kind::Audio)).unwrap().id;
    let quiet_from = MediaTime::from_secs(2);
    let mut newest = MediaTime::ZERO;
    for (track, item) in &content.items {
        if *track == sound && item.time > quiet_from {
            continue;
        }
        muxer.write(*track, item).unwrap();
        if *track != sound {
            newest = item.time;
        }
        if newest > MediaTime::from_secs(3) && newest < MediaTime::from_secs(4) {
            let left = Content::of_bytes(&out.bytes()).unwrap();
            let last = left.frames(Kind::Video).last().unwrap().0;
            assert!(newest - last < MediaTime::from_secs(1), "{last} at {newest}");
        }
    }
}

#[test]
fn a_track_without_a_keyframe_is_left_out_after_a_while() {
    let Some(media) = media() else { return };
    let content = Content::of(media.join("synth/out/avsync.webm")).unwrap();
    let out = Memory::default();
    let mut muxer = Muxer::new(ContainerKind::WebM, &specs(&content), out.clone()).unwrap();
    for (track, item) in content.items.iter().filter(|(_, item)| item.time < MediaTime::from_secs(4)) {
        let mut item = item.clone();
        if let Payload::Frame(frame) = &mut item.payload {
            frame.keyframe = content.tracks[*track].format.kind() == Some(Kind::Audio);
        }
        muxer.write(*track, &item).unwrap();
    }
    muxer.finish().unwrap();
    let after = Content::of_bytes(&out.bytes()).unwrap();
    assert_eq!(after.tracks.len(), 1);
    assert!(after.frames(Kind::Audio).len() > 150);
}

#[test]
fn what_a_container_does_not_take_is_refused_and_not_in_its_caps() {
    for kind in [ContainerKind::WebM, ContainerKind::Mp4, ContainerKind::Matroska] {
        for codec in Codec::ALL {
            let format = Format::encoded(*codec).with(Field::RateClass, 3);
            let track = TrackSpec { format, config: None };
            let accepted = accepts(kind, codec.kind()).accepts(&format);
            let result = Muxer::new(kind, &[track], Memory::default());
            assert_eq!(result.is_ok(), accepted, "{codec} in {kind}");
        }
        assert!(accepts(kind, Kind::Data).is_none());
    }
    assert!(matches!(Muxer::new(ContainerKind::WebM, &[], Memory::default()), Err(ContainerError::Empty)));
}

#[test]
fn a_broken_keyframe_and_a_missing_configuration_are_named() {
    let start = |kind, codec, data: &[u8]| {
        let track = TrackSpec { format: Format::encoded(codec), config: None };
        Muxer::new(kind, &[track], Memory::default()).unwrap().write(0, &frame(0, data, true)).unwrap_err()
    };
    for (kind, codec) in [
        (ContainerKind::WebM, Codec::Vp8),
        (ContainerKind::WebM, Codec::Vp9),
        (ContainerKind::WebM, Codec::Vorbis),
        (ContainerKind::Mp4, Codec::H264),
        (ContainerKind::Mp4, Codec::Aac),
    ] {
        let error = start(kind, codec, &[1, 2, 3, 4, 5]);
        assert!(matches!(error, ContainerError::Start(0, _)), "{codec}: {error}");
    }
}

/// A file that fails after some bytes.
struct FullDisk(Memory, usize);

impl std::io::Write for FullDisk {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.1 = self.1.checked_sub(data.len()).ok_or(std::io::ErrorKind::StorageFull)?;
        self.0.write(data)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl std::io::Seek for FullDisk {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn a_full_disk_is_an_error_and_what_was_written_plays() {
    let Some(media) = media() else { return };
    for (name, kind) in [("synth/out/avsync.mp4", ContainerKind::Mp4), ("synth/out/avsync.webm", ContainerKind::WebM)] {
        let content = Content::of(media.join(name)).unwrap();
        let out = Memory::default();
        let mut muxer = Muxer::new(kind, &specs(&content), FullDisk(out.clone(), 20_000)).unwrap();
        let error = content.items.iter().find_map(|(track, item)| muxer.write(*track, item).err()).unwrap();
        assert!(matches!(error, ContainerError::Write(_)), "{error}");
        assert!(muxer.write(0, &content.items[0].1).is_err(), "it is closed");
        assert!(!Content::of_bytes(&out.bytes()).unwrap().items.is_empty(), "{kind}");
    }
}

#[test]
fn a_file_on_disk_grows_while_it_is_written() {
    let Some(media) = media() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("growing.webm");
    let content = Content::of(media.join("synth/out/avsync.webm")).unwrap();
    let mut muxer =
        Muxer::new(ContainerKind::WebM, &specs(&content), Box::new(std::fs::File::create(&path).unwrap())).unwrap();
    let size = |path: &Path| std::fs::metadata(path).unwrap().len();
    let mut sizes = Vec::new();
    for (track, item) in &content.items {
        muxer.write(*track, item).unwrap();
        sizes.push(size(&path));
    }
    sizes.dedup();
    assert!(sizes.len() > 10, "{sizes:?}");
    muxer.finish().unwrap();
    assert!(Content::of(&path).unwrap().failure.is_none());
}
