//! A codec of one's own beside those of Trellis: `cargo run --example codec`.
//!
//! The toy codec writes runs of equal samples. An element that only takes toy frames stands between a source and a sink
//! of raw pictures; that the codec is used on both sides of it is the negotiator's doing.

use std::error::Error;
use std::sync::{Arc, Mutex};
use trellis::graph::{Context, Converter, Element, Node, NodeError, PadSpec, Weight};
use trellis::media::{
    Alternative, Caps, Carriage, EncodedFrame, Field, FieldSet, Format, Item, Kind, MediaTime, Payload, Picture,
};
use trellis::negotiator::{Cost, Rule};
use trellis::{Pace, Studio};

/// Codecs that Trellis does not know have numbers of one's own choice, far above those that it does.
const TOY: u32 = 1_000;

fn toy() -> Format {
    let video = Format::data().with(Field::Kind, Kind::Video.number());
    video.with(Field::Carriage, Carriage::Frames.number()).with(Field::Codec, TOY)
}

fn encode(picture: &Picture) -> Vec<u8> {
    let mut bytes = [picture.width(), picture.height()].map(u32::to_be_bytes).concat();
    for (index, plane) in picture.planes().into_iter().enumerate() {
        let (rows, stride) = picture.plane(index);
        let samples: Vec<u8> = rows.chunks(stride).flat_map(|row| &row[..plane.width]).copied().collect();
        for run in samples.chunk_by(|one, next| one == next).flat_map(|run| run.chunks(255)) {
            bytes.extend([run.len() as u8, run[0]]);
        }
    }
    bytes
}

/// `None` for bytes that are no toy frame: they may come from anywhere.
fn decode(bytes: &[u8]) -> Option<Picture> {
    let (width, rest) = bytes.split_first_chunk()?;
    let (height, runs) = rest.split_first_chunk()?;
    let mut picture = Picture::black(u32::from_be_bytes(*width), u32::from_be_bytes(*height)).ok()?;
    let mut samples = runs.chunks_exact(2).flat_map(|run| std::iter::repeat_n(run[1], run[0].into()));
    let planes = picture.planes();
    for (plane, (rows, stride)) in planes.into_iter().zip(picture.planes_mut()) {
        for row in rows.chunks_mut(stride) {
            for sample in &mut row[..plane.width] {
                *sample = samples.next()?;
            }
        }
    }
    Some(picture)
}

struct ToyEncoder;

impl Node for ToyEncoder {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if let Payload::Picture(picture) = &item.payload {
            let (data, duration) = (encode(picture).into(), MediaTime::ZERO);
            let frame = EncodedFrame { data, keyframe: true, decode_time: item.time, duration, config: None };
            cx.emit(0, Item { time: item.time, payload: Payload::Frame(frame) });
        }
        Ok(())
    }
}

struct ToyDecoder;

impl Node for ToyDecoder {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if let Payload::Frame(frame) = &item.payload
            && let Some(picture) = decode(&frame.data)
        {
            cx.emit(0, Item { time: item.time, payload: Payload::Picture(picture) });
        }
        Ok(())
    }
}

/// What each half turns into what, at what cost. The codec loses nothing: no lossy generation.
fn converters() -> [Converter; 2] {
    let rule = |name: &'static str, input: Format, output: Format| Rule {
        name: name.into(),
        input: Alternative::like(&input),
        output: Alternative::like(&output),
        keep: FieldSet::of(&[Field::Width, Field::Height, Field::FrameRate]),
        choose: FieldSet::NONE,
        cost: |_, _| Cost { generations: 0, cpu: 5_000, latency: 0 },
    };
    [
        Converter::new(rule("toy/encode", Format::raw_video(), toy()), |_, _| Box::new(ToyEncoder)),
        Converter::new(rule("toy/decode", toy(), Format::raw_video()), |_, _| Box::new(ToyDecoder)),
    ]
}

/// Passes toy frames on and adds up how large they are.
struct Scales(Arc<Mutex<usize>>);

impl Node for Scales {
    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        *self.0.lock().map_err(NodeError::new)? += item.size();
        cx.emit(0, item);
        Ok(())
    }

    fn format(&mut self, _input: usize, format: Format, cx: &mut Context) -> Result<(), NodeError> {
        cx.set_format(0, format);
        Ok(())
    }
}

/// A picture with stripes that move.
fn striped(number: usize) -> Option<Picture> {
    let mut picture = Picture::black(320, 240).ok()?;
    let [(luma, stride), ..] = picture.planes_mut();
    for row in luma.chunks_mut(stride) {
        row.iter_mut().enumerate().for_each(|(x, sample)| *sample = ((x + number) / 32 % 8 * 25) as u8);
    }
    Some(picture)
}

/// Runs the example.
pub fn run() -> Result<(), Box<dyn Error>> {
    const COUNT: usize = 30;
    let studio = Studio::with_converters(converters())?;
    let mut pipeline = studio.pipeline();
    let mut numbers = 0..COUNT;
    let source =
        pipeline.source("stripes", Format::raw_video().with_size(320, 240), Pace::AsFastAsPossible, move || {
            let number = numbers.next()?;
            let time = MediaTime::from_millis(number as i64 * 40);
            Some(Item { time, payload: Payload::Picture(striped(number)?) })
        });
    let weight = Arc::new(Mutex::new(0));
    let scales = pipeline.add(Element {
        name: "scales".into(),
        sinks: vec![PadSpec::sink(Kind::Video, Caps::like(&[toy()]))],
        sources: vec![PadSpec::source(Kind::Video)],
        live: false,
        node: Box::new(Scales(Arc::clone(&weight))),
    });
    let same = Arc::new(Mutex::new(0));
    let (found, mut expected) = (Arc::clone(&same), 0..COUNT);
    let sink = pipeline.sink("comparer", Kind::Video, Caps::like(&[Format::raw_video()]), move |item| {
        let wanted = expected.next().and_then(striped);
        if let (Payload::Picture(picture), Some(wanted), Ok(mut found)) = (item.payload, wanted, found.lock()) {
            *found += usize::from(encode(&picture) == encode(&wanted));
        }
    });
    pipeline.connect_all(source, scales)?;
    pipeline.connect_all(scales, sink)?;
    pipeline.run()?;

    println!("{}", pipeline.explain());
    let converters = pipeline.report().converters;
    let weight = *weight.lock().map_err(|_| "the scales failed")?;
    let same = *same.lock().map_err(|_| "the comparer failed")?;
    println!("{same} of {COUNT} pictures came back bit for bit, {} bytes each on the way", weight / COUNT);
    let used = ["toy/encode", "toy/decode"].map(|name| converters.get(name).copied());
    if same != COUNT || used != [Some(1), Some(1)] || converters.len() != 2 {
        return Err(format!("not by the toy codec alone: {converters:?}").into());
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run()
}
