//! A filter of one's own on raw pictures: `cargo run --example filter`.
//!
//! Pictures whose left half is white are mirrored, recorded, played again, and looked at.

use std::error::Error;
use std::sync::{Arc, Mutex};
use trellis::graph::{Context, Element, Node, NodeError, PadSpec, Weight};
use trellis::media::{Caps, Format, Item, Kind, MediaTime, Payload, Picture};
use trellis::{Pace, Studio};

/// Turns every picture left to right.
struct Mirror;

impl Node for Mirror {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, mut item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if let Payload::Picture(picture) = &mut item.payload {
            let planes = picture.planes();
            for (plane, (rows, stride)) in planes.iter().zip(picture.planes_mut()) {
                rows.chunks_mut(stride).for_each(|row| row[..plane.width].reverse());
            }
        }
        cx.emit(0, item);
        Ok(())
    }

    fn format(&mut self, _input: usize, format: Format, cx: &mut Context) -> Result<(), NodeError> {
        cx.set_format(0, format);
        Ok(())
    }
}

fn mirror() -> Element {
    Element {
        name: "mirror".into(),
        sinks: vec![PadSpec::sink(Kind::Video, Caps::like(&[Format::raw_video()]))],
        sources: vec![PadSpec::source(Kind::Video)],
        live: false,
        node: Box::new(Mirror),
    }
}

/// Fifty pictures whose left half is white, 40 ms apart.
fn pictures() -> impl FnMut() -> Option<Item> + Send {
    let mut number = 0;
    move || {
        let mut picture = Picture::black(320, 240).ok()?;
        let [(luma, stride), ..] = picture.planes_mut();
        luma.chunks_mut(stride).for_each(|row| row[..160].fill(235));
        number += 1;
        let time = MediaTime::from_millis((number - 1) * 40);
        (number <= 50).then_some(Item { time, payload: Payload::Picture(picture) })
    }
}

/// Runs the example.
pub fn run() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("mirrored.webm");
    let studio = Studio::start()?;

    let mut pipeline = studio.pipeline();
    let source = pipeline.source("pictures", Format::raw_video(), Pace::AsFastAsPossible, pictures());
    let (mirror, recorder) = (pipeline.add(mirror()), pipeline.recorder(&file)?);
    pipeline.connect_all(source, mirror)?;
    pipeline.connect_all(mirror, recorder)?;
    pipeline.run()?;

    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut pipeline = studio.pipeline();
    let player = pipeline.player(&file)?;
    let kept = Arc::clone(&seen);
    let looker = pipeline.sink("looker", Kind::Video, Caps::like(&[Format::raw_video()]), move |item| {
        if let (Payload::Picture(picture), Ok(mut kept)) = (item.payload, kept.lock()) {
            let (luma, stride) = picture.plane(0);
            kept.push((luma[stride * 120 + 40], luma[stride * 120 + 280]));
        }
    });
    pipeline.connect_all(player, looker)?;
    pipeline.run()?;

    let seen = seen.lock().map_err(|_| "the looker failed")?;
    println!("{} pictures; left and right of the last: {:?}", seen.len(), seen.last());
    if seen.len() != 50 || !seen.iter().all(|(left, right)| *left < 40 && *right > 210) {
        return Err("not every picture came back mirrored".into());
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run()
}
