//! What the demuxer says of real files, and what it gives out of them.

mod support;

use std::path::PathBuf;
use support::*;
use trellis_containers::{ContainerError, Demuxer};
use trellis_media::{Codec, Kind, MediaTime};

fn file(name: &str) -> Option<PathBuf> {
    Some(media()?.join(name))
}

#[test]
fn formats_tell_codec_profile_order_size_rate_and_sampling() {
    let Some(media) = media() else { return };
    for (name, formats) in [
        ("mp4/sample.mp4", "video/h264 high reordered 1080x720@29.971 + audio/aac 44100/1"),
        ("mp4/sample_no_bframes.mp4", "audio/aac 44100/1 + video/h264 high 1080x720@29.971"),
        ("mp4/sample_shorter_audio.mp4", "video/h264 constrained-baseline 320x240@60 + audio/aac 44100/1"),
        ("mp4/sample_av1.mp4", "video/av1 profile0 1080x720@29.971 + audio/aac 44100/1"),
        ("mp4/sample_opus.mp4", "audio/opus 48000/2"),
        ("synth/out/main_b2.mp4", "video/h264 main reordered 320x240@25"),
        ("synth/out/baseline.mp4", "video/h264 constrained-baseline 320x240@25"),
        ("mkv/bbb_480p_vp9_opus_1second.webm", "video/vp9 profile0 854x480@24 + audio/opus 48000/6"),
        ("mkv/flower.webm", "video/vp8 960x540@29.971 + audio/vorbis 44100/2"),
        ("vp8/output_vp8.ivf", "video/vp8 176x144@29.971"),
        ("avi/sample.avi", "video/mpeg4 960x400@23.977 + audio/mp3 48000/2"),
        ("flv/sample.flv", "video/h264 high reordered 1080x720@60 + audio/aac 44100/1"),
        ("audio/bear_vorbis.ogg", "audio/vorbis 48000/2"),
        ("audio/sample.wav", "audio/pcm-s16 44100/1"),
        ("audio/bear-vbr-xing-header.mp3", "audio/mp3 48000/2"),
        ("ts/sample.adts", "audio/aac 44100/1"),
        ("synth/out/avsync.ts", "video/h264 high 320x240@25 + audio/aac 48000/1"),
        ("h264/input-20-360p-I422.h264", "video/h264 high-plus reordered 480x360@20"),
    ] {
        let (_, tracks) = Demuxer::open(media.join(name)).unwrap();
        let told: Vec<String> = tracks.iter().map(|track| track.format.to_string()).collect();
        assert_eq!(told.join(" + "), formats, "{name}");
    }
}

#[test]
fn rotation_is_told_clockwise() {
    let Some(media) = media() else { return };
    for (name, degrees) in [("mp4/video_rotation_90.mp4", 90), ("synth/out/rotate90.mp4", 270), ("mp4/sample.mp4", 0)] {
        let (_, tracks) = Demuxer::open(media.join(name)).unwrap();
        assert_eq!(tracks[0].rotation, degrees, "{name}");
    }
}

#[test]
fn h264_is_annex_b_with_parameter_sets_before_every_idr_picture() {
    let Some(media) = media() else { return };
    for name in [
        "mp4/sample.mp4",
        "mp4/sample_2_byte_NAL_length.mp4",
        "synth/out/counter_h264.mp4",
        "synth/out/avsync.mkv",
        "flv/sample.flv",
        "synth/out/avsync.ts",
        "h264/MIDR_MW_D.264",
    ] {
        let content = Content::of(media.join(name)).unwrap();
        let frames = content.frames(Kind::Video);
        let mut pictures = 0;
        for (_, frame) in &frames {
            let types = nal_types(&frame.data);
            assert!(!types.is_empty(), "{name}");
            if let Some(idr) = types.iter().position(|kind| *kind == 5) {
                assert!(frame.keyframe, "{name}");
                assert!(types[..idr].contains(&7) && types[..idr].contains(&8), "{name}: {types:?}");
                pictures += 1;
            }
        }
        assert!(pictures > 0, "{name}");
    }
}

fn nal_types(stream: &[u8]) -> Vec<u8> {
    stream.windows(4).filter(|window| window[..3] == [0, 0, 1]).map(|window| window[3] & 0x1f).collect()
}

#[test]
fn aac_is_raw_with_its_configuration_whatever_carried_it() {
    let Some(media) = media() else { return };
    for name in ["mp4/sample.mp4", "ts/sample.adts", "synth/out/avsync.ts", "flv/sample.flv"] {
        let content = Content::of(media.join(name)).unwrap();
        for (_, frame) in content.frames(Kind::Audio) {
            assert!(frame.config.as_ref().is_some_and(|config| config.len() >= 2), "{name}");
            assert!(!frame.data.starts_with(&[0xff, 0xf1]), "{name}: ADTS");
        }
    }
}

#[test]
fn times_start_at_zero_and_keep_the_distance_between_tracks() {
    let Some(media) = media() else { return };
    // One and the same programme in three containers: video begins 1024 samples of priming after audio.
    for name in ["synth/out/avsync.mp4", "synth/out/avsync.mkv", "synth/out/avsync.ts"] {
        let content = Content::of(media.join(name)).unwrap();
        let start = |kind| content.frames(kind)[0].0;
        assert_eq!(start(Kind::Audio), MediaTime::ZERO, "{name}");
        let difference = (start(Kind::Video) - MediaTime::from_ticks(1_024, 48_000)).nanos().abs();
        assert!(difference < 1_000_000, "{name}: {difference} ns");
    }
}

#[test]
fn reordered_pictures_have_decoding_times_that_rise() {
    let Some(path) = file("synth/out/high_b3.mp4") else { return };
    let content = Content::of(path).unwrap();
    let frames = content.frames(Kind::Video);
    assert!(frames.is_sorted_by(|one, next| one.1.decode_time < next.1.decode_time));
    assert!(!frames.is_sorted_by_key(|frame| frame.0));
    assert!(frames.iter().all(|(time, frame)| frame.decode_time <= *time));
}

#[test]
fn seeking_lands_on_the_keyframe_before() {
    let Some(media) = media() else { return };
    for name in ["synth/out/avsync.mp4", "synth/out/avsync.mkv", "synth/out/avsync.webm", "synth/out/frag.mp4"] {
        let (mut demuxer, tracks) = Demuxer::open(media.join(name)).unwrap();
        let video = tracks.iter().find(|track| track.format.kind() == Some(Kind::Video)).unwrap().id;
        let first_video = |demuxer: &mut Demuxer| loop {
            let (track, item) = demuxer.next().unwrap().unwrap();
            if track == video {
                return item;
            }
        };
        let start = first_video(&mut demuxer).time;
        let target = MediaTime::from_millis(7_300);
        demuxer.seek(target).unwrap();
        let item = first_video(&mut demuxer);
        assert!(frame_of(&item).keyframe && item.time <= target, "{name}: {}", item.time);
        demuxer.seek(MediaTime::ZERO).unwrap();
        let again = first_video(&mut demuxer);
        assert!(frame_of(&again).keyframe && again.time == start, "{name}: {}", again.time);
        while demuxer.next().unwrap().is_some() {}
        demuxer.seek(MediaTime::ZERO).unwrap();
        assert_eq!(first_video(&mut demuxer).time, start, "{name}: after the end");
    }
}

#[test]
fn plain_samples_come_in_short_frames() {
    let Some(media) = media() else { return };
    for (name, bytes) in [("synth/out/speech_pcmu.wav", 160), ("synth/out/speech_48k_stereo.wav", 3_840)] {
        let content = Content::of(media.join(name)).unwrap();
        let frames = content.frames(Kind::Audio);
        assert!(frames.iter().all(|(_, frame)| frame.data.len() <= bytes), "{name}");
        let end = frames.last().map(|(time, frame)| *time + frame.duration).unwrap();
        assert!((end - content.tracks[0].duration).millis().abs() <= 1, "{name}: {end}");
        assert!(frames.windows(2).all(|pair| pair[0].0 + pair[0].1.duration <= pair[1].0 + MediaTime::from_micros(1)));
    }
}

#[test]
fn durations_are_told() {
    let Some(media) = media() else { return };
    for (name, millis) in
        [("synth/out/avsync.mp4", 10_000), ("synth/out/avsync.webm", 10_013), ("mkv/flower.webm", 5_059)]
    {
        let (_, tracks) = Demuxer::open(media.join(name)).unwrap();
        assert_eq!(tracks[0].duration.millis(), millis, "{name}");
    }
    // A file that says that it does not know.
    let (_, tracks) = Demuxer::open(media.join("mp4/sample_fragmented.mp4")).unwrap();
    assert_eq!(tracks[0].duration, MediaTime::ZERO);
}

#[test]
fn every_codec_of_the_collection_is_known() {
    let Some(media) = media() else { return };
    let mut codecs = Vec::new();
    for folder in ["mp4", "mkv", "vp8", "vp9", "av1", "avi", "flv", "ts", "audio", "h264"] {
        for path in files(media.join(folder)) {
            if let Ok(content) = Content::of(&path) {
                assert!(content.failure.is_none(), "{}: {:?}", path.display(), content.failure);
                assert!(content.items.iter().all(|(_, item)| !frame_of(item).data.is_empty()));
                codecs.extend(content.tracks.iter().filter_map(|track| track.format.codec()));
            }
        }
    }
    for codec in [Codec::H264, Codec::Vp8, Codec::Vp9, Codec::Av1, Codec::Mpeg4, Codec::H263, Codec::Mpeg2] {
        assert!(codecs.contains(&codec), "{codec}");
    }
    for codec in [Codec::Opus, Codec::Aac, Codec::Vorbis, Codec::Mp3, Codec::Ac3, Codec::AmrNb, Codec::AmrWb] {
        assert!(codecs.contains(&codec), "{codec}");
    }
}

#[test]
fn errors_name_the_cause() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Demuxer::open(folder.path().join("nothing.mp4")).err().unwrap();
    assert!(matches!(missing, ContainerError::Open(..)) && missing.to_string().contains("nothing.mp4"), "{missing}");
    assert!(matches!(Demuxer::open(folder.path()), Err(ContainerError::Open(..))));
    let text = folder.path().join("text.mp4");
    std::fs::write(&text, "just some words, no media".repeat(100)).unwrap();
    let error = Demuxer::open(&text).err().unwrap();
    assert!(matches!(error, ContainerError::NotMedia(_)) && error.to_string().contains("Invalid data"), "{error}");
    std::fs::write(&text, "").unwrap();
    assert!(matches!(Demuxer::open(&text), Err(ContainerError::NotMedia(_))));
    let playlist = folder.path().join("list.m3u8");
    std::fs::write(&playlist, "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile.ts\n#EXT-X-ENDLIST\n").unwrap();
    assert!(matches!(Demuxer::open(&playlist), Err(ContainerError::NotMedia(_))), "playlists name other files");
}

#[test]
fn a_file_that_was_cut_off_says_so_after_what_it_has() {
    let Some(media) = media() else { return };
    let content = Content::of(media.join("synth/out/cut.webm")).unwrap();
    assert!(content.items.len() > 200);
    let failure = content.failure.unwrap().to_string();
    assert!(failure.contains("3.2") && failure.contains("of 10.0"), "{failure}");
    assert!(matches!(Content::of(media.join("synth/out/cut_no_moov.mp4")), Err(ContainerError::NotMedia(_))));
}
