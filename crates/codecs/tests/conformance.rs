//! Decoders against the test vectors of their codecs: what comes out has the sum that was published for it.

mod support;

use std::path::Path;
use support::*;
use trellis_media::Codec;

/// A published table in its order: what each sum is of, and the sum. Lines that begin with `#` are remarks.
fn table(path: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once("  ")).map(|(sum, name)| (name.into(), sum.into())).collect()
}

#[test]
fn h264_vectors_have_their_published_sums() {
    // No decoder that was tried gives the first one's sum; the others' is openh264's own way with B pictures.
    const NOT_REPRODUCED: [&str; 3] = [
        "test_scalinglist_jm.264",
        "Cisco_Men_whisper_640x320_CABAC_Bframe_9.264",
        "Cisco_Men_whisper_640x320_CAVLC_Bframe_9.264",
    ];
    let Some(media) = media() else { return };
    let mut expected = table(&media.join("h264/expected_sha1.txt"));
    expected.retain(|(name, _)| !NOT_REPRODUCED.contains(&name.as_str()));
    assert_eq!(expected.len(), 14);
    for (name, sum) in expected {
        let stream = std::fs::read(media.join("h264").join(&name)).unwrap();
        let pictures = decode(Codec::H264, &annex_b(&stream));
        assert_eq!(sum::of(c"SHA160", &pictures), sum, "{name}: {} pictures", pictures.len());
    }
}

#[test]
fn every_picture_of_every_vp8_vector_has_its_published_sum() {
    let Some(media) = media() else { return };
    let mut vectors = 0;
    for entry in std::fs::read_dir(media.join("vp8")).unwrap() {
        let path = entry.unwrap().path();
        let sums = path.with_extension("ivf.md5");
        if !sums.is_file() || path.extension().is_none_or(|extension| extension != "ivf") {
            continue;
        }
        let pictures = decode(Codec::Vp8, &ivf(&std::fs::read(&path).unwrap()));
        let found: Vec<String> =
            pictures.iter().map(|picture| sum::of(c"MD5", std::slice::from_ref(picture))).collect();
        let expected: Vec<String> = table(&sums).into_iter().map(|(_, sum)| sum).collect();
        assert_eq!(found, expected, "{}", path.display());
        vectors += 1;
    }
    assert_eq!(vectors, 12);
}

#[test]
fn av1_vectors_have_their_published_sums() {
    // The first is not reproduced by any decoder that was tried, the second's sum is of pictures without their grain,
    // the third is in a form that no transport of ours has.
    const LEFT_OUT: [&str; 3] = ["309_odd_width.ivf", "ccvb_film_grain.ivf", "annexb.obu"];
    let Some(media) = media() else { return };
    let mut expected = table(&media.join("av1/expected_md5.txt"));
    expected.retain(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
    assert_eq!(expected.len(), 15);
    for (name, sum) in expected {
        let file = std::fs::read(media.join("av1").join(&name)).unwrap();
        let units = if name.ends_with(".ivf") { ivf(&file) } else { temporal_units(&file) };
        let pictures = decode(Codec::Av1, &units);
        assert_eq!(sum::of(c"MD5", &pictures), sum, "{name}: {} pictures", pictures.len());
    }
}
