//! Sound comes out of the AAC encoder at the times at which it went in: what the encoder puts before it is not passed on.

use std::sync::Arc;
use trellis_codecs::converters;
use trellis_graph::{Context, Node};
use trellis_media::{Codec, Format, Item, MediaTime, Payload, Sound};

const RATE: u32 = 44_100;
/// When the sound begins: far from zero, as in a pipeline that has been running.
const START: MediaTime = MediaTime::from_secs(5);
/// Samples of silence before the click.
const CLICK: usize = 10_000;

fn node(name: &str, input: Format, output: Format) -> Box<dyn Node> {
    let converters = converters();
    let converter = converters.iter().find(|converter| converter.rule.name == name).expect("a converter");
    (converter.make)(&input, &output)
}

fn through(node: &mut dyn Node, items: Vec<Item>) -> Vec<Item> {
    let mut cx = Context::new(MediaTime::ZERO);
    items.into_iter().for_each(|item| node.process(0, item, &mut cx).unwrap());
    node.end(0, &mut cx).unwrap();
    cx.take_items().into_iter().map(|(_, item)| item).collect()
}

/// Half a second in blocks of 10 ms: silence, a click of 2 ms, silence.
fn click(start: MediaTime) -> Vec<Item> {
    let samples: Vec<i16> =
        (0..RATE as usize / 2).map(|at| if (CLICK..CLICK + 88).contains(&at) { 20_000 } else { 0 }).collect();
    let block = RATE as usize / 100;
    let item = |(index, block_samples): (usize, &[i16])| Item {
        time: start + MediaTime::from_ticks((index * block) as i64, RATE),
        payload: Payload::Sound(Sound { rate: RATE, channels: 1, samples: Arc::from(block_samples) }),
    };
    samples.chunks(block).enumerate().map(item).collect()
}

/// The time of the loudest sample.
fn loudest(items: &[Item]) -> MediaTime {
    let samples = items.iter().flat_map(|item| {
        let Payload::Sound(sound) = &item.payload else { panic!("not sound") };
        let at = |index: usize| item.time + MediaTime::from_ticks(index as i64, sound.rate);
        sound.samples.iter().enumerate().map(move |(index, sample)| (sample.unsigned_abs(), at(index)))
    });
    samples.max_by_key(|(level, _)| *level).expect("samples").1
}

#[test]
fn the_first_frame_has_the_time_of_the_first_sample_and_a_click_stays_where_it_was() {
    let (raw, aac) = (Format::raw_audio(RATE, 1), Format::encoded(Codec::Aac).with_sampling(RATE, 1));
    let frames = through(node("ffmpeg/aac-encode", raw, aac).as_mut(), click(START));
    assert_eq!(frames[0].time, START);
    let heard = through(node("ffmpeg/aac-decode", aac, raw).as_mut(), frames);
    let expected = START + MediaTime::from_ticks(CLICK as i64 + 44, RATE);
    let off = (loudest(&heard) - expected).nanos().abs();
    assert!(off < 2_500_000, "the click is {off} ns off");
}

#[test]
fn nothing_is_heard_in_a_gap_of_the_sound() {
    let (raw, aac) = (Format::raw_audio(RATE, 1), Format::encoded(Codec::Aac).with_sampling(RATE, 1));
    let again = START + MediaTime::from_millis(600);
    let mut sound = click(START);
    sound.extend(click(again));
    let frames = through(node("ffmpeg/aac-encode", raw, aac).as_mut(), sound);
    // The last frame before the gap is made up to its whole length.
    let quiet = START + MediaTime::from_millis(512);
    assert!(frames.iter().all(|frame| frame.time < quiet || frame.time >= again));
    assert!(frames.iter().any(|frame| frame.time == again));
}
