//! Test vectors: where they lie, how their streams are cut into access units, and the sums of decoded pictures.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod sum;

use std::path::PathBuf;
use trellis_codecs::converters;
use trellis_graph::{Context, Node};
use trellis_media::{Codec, EncodedFrame, Format, Item, MediaTime, Payload, Picture};

/// The folder of real media; `None`, and a word about it, where it is missing.
pub fn media() -> Option<PathBuf> {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/media"));
    let folder = std::env::var_os("TRELLIS_MEDIA").map_or_else(default, PathBuf::from);
    if !folder.is_dir() {
        eprintln!("skipped: no media");
        return None;
    }
    Some(folder)
}

/// The video decoder of a codec.
pub fn decoder(codec: Codec) -> Box<dyn Node> {
    let name = format!("ffmpeg/{}-decode", codec.to_string().to_lowercase());
    let converters = converters();
    let converter = converters.iter().find(|converter| converter.rule.name == name);
    let converter = converter.unwrap_or_else(|| panic!("no {name}"));
    (converter.make)(&Format::encoded(codec), &Format::raw_video())
}

/// An access unit as an item; 40 ms after the one before.
pub fn item(index: usize, data: &[u8], keyframe: bool) -> Item {
    let time = MediaTime::from_millis(index as i64 * 40);
    let frame = EncodedFrame {
        data: data.to_vec().into(),
        keyframe,
        decode_time: time,
        duration: MediaTime::from_millis(40),
        config: None,
    };
    Item { time, payload: Payload::Frame(frame) }
}

/// What a node has given since it was asked last.
pub fn pictures(cx: &mut Context) -> Vec<Picture> {
    let picture = |(_, item): (usize, Item)| match item.payload {
        Payload::Picture(picture) => picture,
        other => panic!("not a picture: {other:?}"),
    };
    cx.take_items().into_iter().map(picture).collect()
}

/// Every picture of a stream that begins with a keyframe.
pub fn decode(codec: Codec, units: &[Vec<u8>]) -> Vec<Picture> {
    let (mut node, mut cx) = (decoder(codec), Context::new(MediaTime::ZERO));
    for (index, unit) in units.iter().enumerate() {
        node.process(0, item(index, unit, index == 0), &mut cx).unwrap();
    }
    node.end(0, &mut cx).unwrap();
    pictures(&mut cx)
}

/// The frames of an IVF file: a header that tells its own length, then 12 bytes before each frame.
pub fn ivf(file: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = &file[usize::from(u16::from_le_bytes([file[6], file[7]]))..];
    let mut frames = Vec::new();
    while let Some((header, after)) = rest.split_first_chunk::<12>() {
        let length = u32::from_le_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let (frame, after) = after.split_at(length.min(after.len()));
        frames.push(frame.to_vec());
        rest = after;
    }
    frames
}

/// The access units of an H.264 byte stream (ITU-T H.264, 7.4.1.2.3): a new one begins at the first slice of a picture
/// and at what may only stand before it.
pub fn annex_b(stream: &[u8]) -> Vec<Vec<u8>> {
    let codes = stream.windows(3).enumerate().filter(|(_, bytes)| *bytes == [0, 0, 1]).map(|(at, _)| at);
    let mut starts: Vec<usize> = codes.collect();
    starts.push(stream.len());
    let (mut units, mut unit, mut has_slice) = (Vec::new(), Vec::new(), false);
    for pair in starts.windows(2) {
        let unit_bytes = &stream[pair[0]..pair[1]];
        let kind = unit_bytes.get(3).map_or(0, |byte| byte & 0x1f);
        let slice = matches!(kind, 1..=5);
        // first_mb_in_slice is zero when its Exp-Golomb code is the single bit 1.
        let first_slice = slice && unit_bytes.get(4).is_some_and(|byte| byte & 0x80 != 0);
        if has_slice && (first_slice || matches!(kind, 6..=9)) {
            units.push(std::mem::take(&mut unit));
            has_slice = false;
        }
        has_slice |= slice;
        unit.extend_from_slice(unit_bytes);
    }
    units.push(unit);
    units
}

/// The temporal units of a low-overhead AV1 stream (AV1, 5.3): each begins with a temporal delimiter.
pub fn temporal_units(stream: &[u8]) -> Vec<Vec<u8>> {
    const TEMPORAL_DELIMITER: u8 = 2;
    let (mut units, mut at): (Vec<Vec<u8>>, usize) = (Vec::new(), 0);
    while at < stream.len() {
        let header = stream[at];
        let mut payload = at + 1 + usize::from(header >> 2 & 1);
        let mut length = 0;
        for shift in (0..).step_by(7) {
            let byte = stream[payload];
            payload += 1;
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        if header >> 3 & 0x0f == TEMPORAL_DELIMITER {
            units.push(Vec::new());
        }
        let end = payload + length;
        units.last_mut().unwrap().extend_from_slice(&stream[at..end]);
        at = end;
    }
    units
}
