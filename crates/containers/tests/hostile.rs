//! Files that lie, are cut off, or are bent in one place: errors or less content, never a panic, a hang, or memory
//! without bound.

mod support;

use std::time::Instant;
use support::*;
use trellis_containers::{ContainerError, Demuxer};

/// Longest that one of these small files may take, in seconds, on a busy machine.
const SLOWEST: u64 = 20;
/// Most memory that this process may ever have had, in KiB.
const MOST_MEMORY: u64 = 600 * 1024;

/// Reads a file to its end and seeks in it.
fn exercise(bytes: &[u8], what: &str) {
    let begun = Instant::now();
    if let Ok((mut demuxer, _)) = Demuxer::read(std::io::Cursor::new(bytes.to_vec())) {
        let read = |demuxer: &mut Demuxer| (0..100_000).take_while(|_| matches!(demuxer.next(), Ok(Some(_)))).count();
        assert!(read(&mut demuxer) < 100_000, "{what} has no end");
        if demuxer.seek(trellis_media::MediaTime::from_millis(500)).is_ok() {
            assert!(read(&mut demuxer) < 100_000, "{what} has no end after a seek");
        }
    }
    assert!(begun.elapsed().as_secs() < SLOWEST, "{what} took {:?}", begun.elapsed());
}

/// Largest memory of this process so far, in KiB, where the system tells.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[test]
fn broken_files_end() {
    let Some(media) = media() else { return };
    for folder in ["broken", "broken/webm", "broken/av1-ossfuzz", "corpora/rtp-corpus", "corpora/sdp-corpus", "mp4"] {
        for path in files(media.join(folder)) {
            exercise(&std::fs::read(&path).unwrap(), &path.display().to_string());
        }
    }
    assert!(peak_memory() < MOST_MEMORY, "{} KiB", peak_memory());
}

/// Small files, one for each kind of container.
const SAMPLES: [&str; 10] = [
    "mp4/sample_shorter_audio.mp4",
    "synth/out/frag.mp4",
    "vp9/bear-vp9.webm",
    "mkv/bbb_1ch_48kHz_q10_opus.webm",
    "mkv/sample_with_opus_audio.mkv",
    "flv/sample.flv",
    "synth/out/cut.ts",
    "audio/bear_vorbis.ogg",
    "audio/sample_ima_adpcm.wav",
    "vp8/vp80-00-comprehensive-016.ivf",
];

#[test]
fn every_cut_of_every_container_ends() {
    let Some(media) = media() else { return };
    for name in SAMPLES {
        let bytes = std::fs::read(media.join(name)).unwrap();
        for step in 0..24 {
            // More cuts near the start, where the headers are.
            let len = bytes.len() * step * step / (24 * 24);
            exercise(&bytes[..len], &format!("{name} cut to {len}"));
        }
    }
    assert!(peak_memory() < MOST_MEMORY, "{} KiB", peak_memory());
}

#[test]
fn every_container_with_a_bent_header_ends() {
    let Some(media) = media() else { return };
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for name in SAMPLES {
        let sound = std::fs::read(media.join(name)).unwrap();
        for round in 0..40 {
            let mut bytes = sound.clone();
            for _ in 0..4 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let near = if round % 2 == 0 { bytes.len().min(700) } else { bytes.len() };
                let at = (random >> 33) as usize % near;
                bytes[at] = [0, 0xff, 0x7f, (random >> 24) as u8][(random >> 20) as usize % 4];
            }
            exercise(&bytes, &format!("{name} bent {round}"));
        }
    }
    assert!(peak_memory() < MOST_MEMORY, "{} KiB", peak_memory());
}

#[test]
fn a_reader_that_fails_is_an_error() {
    let Some(media) = media() else { return };
    let bytes = std::fs::read(media.join("synth/out/avsync.ts")).unwrap();
    let limit = bytes.len() as u64 / 2;
    let (mut demuxer, _) = Demuxer::read(Failing(std::io::Cursor::new(bytes.clone()), u64::MAX)).unwrap();
    assert!(demuxer.next().unwrap().is_some());
    match Demuxer::read(Failing(std::io::Cursor::new(bytes), limit)) {
        Err(error) => assert!(matches!(error, ContainerError::NotMedia(_)), "{error}"),
        Ok((mut demuxer, _)) => {
            let end = std::iter::repeat_with(|| demuxer.next()).find(|next| !matches!(next, Ok(Some(_)))).unwrap();
            assert!(matches!(end, Err(ContainerError::Damaged(_))), "{end:?}");
        }
    }
}
