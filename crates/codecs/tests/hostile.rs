//! Streams that are cut, bent, empty or of another codec: decoders give an error or nothing, never a panic, and go on
//! with the next keyframe.

mod support;

use support::*;
use trellis_graph::Context;
use trellis_media::{Codec, MediaTime};

/// A stream of every video codec that browsers send.
const STREAMS: [(Codec, &str); 4] = [
    (Codec::Vp8, "vp8/vp80-00-comprehensive-005.ivf"),
    (Codec::Vp9, "vp9/input_vp9.ivf"),
    (Codec::H264, "h264/BA_MW_D.264"),
    (Codec::Av1, "av1/frames_refs_short_signaling.ivf"),
];
/// Access units of each stream that are used.
const UNITS: usize = 12;

fn streams() -> Option<Vec<(Codec, Vec<Vec<u8>>)>> {
    let media = media()?;
    let read = |(codec, name): (Codec, &str)| {
        let file = std::fs::read(media.join(name)).unwrap();
        let mut units = if codec == Codec::H264 { annex_b(&file) } else { ivf(&file) };
        units.truncate(UNITS);
        (codec, units)
    };
    Some(STREAMS.into_iter().map(read).collect())
}

/// Feeds a decoder what is damaged, said to be keyframes or not, then a sound stream: that must come out as if nothing
/// had been before it.
fn survives(codec: Codec, damaged: &[Vec<u8>], sound: &[Vec<u8>], what: &str) {
    let expected = decode(codec, sound);
    for claimed in [false, true] {
        let (mut node, mut cx) = (decoder(codec), Context::new(MediaTime::ZERO));
        for (index, unit) in damaged.iter().enumerate() {
            // An error is an answer; what matters is what comes afterwards.
            let _ = node.process(0, item(index, unit, claimed || index == 0), &mut cx);
        }
        for (index, unit) in sound.iter().enumerate() {
            let _ = node.process(0, item(damaged.len() + index, unit, index == 0), &mut cx);
        }
        node.end(0, &mut cx).unwrap();
        let shown = pictures(&mut cx);
        assert!(shown.len() >= expected.len(), "{codec}, {what}: {} pictures of {}", shown.len(), expected.len());
        // What was damaged may have given pictures of its own, before these.
        let last = &shown[shown.len() - expected.len()..];
        assert_eq!(sum::of(c"MD5", last), sum::of(c"MD5", &expected), "{codec}, {what}");
    }
}

#[test]
fn cut_access_units_are_survived() {
    for (codec, units) in streams().into_iter().flatten() {
        for eighths in 0..8 {
            let cut: Vec<Vec<u8>> = units.iter().map(|unit| unit[..unit.len() * eighths / 8].to_vec()).collect();
            survives(codec, &cut, &units, &format!("cut to {eighths}/8"));
        }
    }
}

#[test]
fn bent_access_units_are_survived() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for (codec, units) in streams().into_iter().flatten() {
        for round in 0..24 {
            let mut bent = units.clone();
            for unit in bent.iter_mut().filter(|unit| !unit.is_empty()) {
                for _ in 0..=round / 4 {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    // Every other round bends what comes first, where the headers are.
                    let near = if round % 2 == 0 { unit.len().min(16) } else { unit.len() };
                    unit[(random >> 33) as usize % near] ^= 1 << ((random >> 20) % 8);
                }
            }
            survives(codec, &bent, &units, &format!("bent, round {round}"));
        }
    }
}

#[test]
fn streams_of_another_codec_are_survived() {
    let Some(streams) = streams() else { return };
    for (codec, sound) in &streams {
        for (other, foreign) in streams.iter().filter(|(other, _)| other != codec) {
            survives(*codec, foreign, sound, &format!("fed {other}"));
        }
    }
}

#[test]
fn empty_access_units_are_survived() {
    for (codec, units) in streams().into_iter().flatten() {
        survives(codec, &vec![Vec::new(); 40], &units, "nothing but empty ones");
        let mixed: Vec<Vec<u8>> = units.iter().flat_map(|unit| [unit.clone(), Vec::new()]).collect();
        survives(codec, &mixed, &units, "every other one empty");
    }
}
