//! ZBarFilter through its object: codes of real pictures are told while the pictures pass untouched.

mod support;

use std::path::PathBuf;
use support::stage::{Stage, until};
use trellis_media::{Codec, Format};
use trellis_model::Value;

/// A file of the media folder; `None`, and a word about it, where it is missing.
fn media(name: &str) -> Option<PathBuf> {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/media"));
    let path = std::env::var_os("TRELLIS_MEDIA").map_or_else(default, PathBuf::from).join(name);
    let there = path.exists();
    if !there {
        println!("skipped: no media ({name})");
    }
    there.then_some(path)
}

#[test]
fn codes_are_told_once_a_second_while_they_are_seen_and_what_passes_is_not_touched() {
    // The first two seconds show one code, the last two of six another.
    let Some(file) = media("synth/out/qr_two.mp4") else { return };
    let stage = Stage::new();
    let uri = Value::from(file.to_string_lossy().into_owned());
    let player = stage.create("PlayerEndpoint", &[("uri", uri)]);
    let (filter, screen) = (stage.create("ZBarFilter", &[]), stage.screen_of(Format::encoded(Codec::H264)));
    player.connect(&filter, "VIDEO");
    filter.connect(&screen.object, "VIDEO");
    player.call("play", &[]).expect("played");
    until("the end", || player.count("EndOfStream") == 1);
    assert_eq!(screen.video().len(), 150, "every picture has passed");
    assert_eq!(filter.heard("MediaTranscodingStateChanged", "VIDEO", "state"), ["NOT_TRANSCODING"]);
    let (kinds, values) = (filter.heard("CodeFound", "", "codeType"), filter.heard("CodeFound", "", "value"));
    assert!(kinds.iter().all(|kind| kind == "QR-Code"), "{kinds:?}");
    let count = |value: &str| values.iter().filter(|found| *found == value).count();
    let (first, second) = (count("KURENTO-1"), count("https://example.org/room?id=42"));
    assert!((1..=2).contains(&first) && (1..=2).contains(&second) && first + second == values.len(), "{values:?}");
    assert!(values.is_sorted(), "one after the other: {values:?}");
}

#[test]
fn the_reader_goes_with_its_filter() {
    let stage = Stage::new();
    let before = stage.report().nodes.len();
    let filter = stage.create("ZBarFilter", &[]);
    assert_eq!(stage.report().nodes.len(), before + 2);
    filter.release();
    assert_eq!(stage.report().nodes.len(), before);
}
