//! Four parties in one picture, and everybody's voice: `cargo run --example mixer [-- out.webm]`.

use std::error::Error;
use std::f64::consts::TAU;
use std::path::Path;
use std::sync::{Arc, Mutex};
use trellis::elements::mixer::MixerSettings;
use trellis::media::{Caps, Format, FrameRate, Item, Kind, MediaTime, Payload, Picture, Sound};
use trellis::{Pace, Studio};

/// Each party shows a grey of its own and hums a tone of its own.
const PARTIES: [(u8, f64); 4] = [(60, 300.0), (110, 500.0), (160, 700.0), (210, 900.0)];
const SECONDS: i64 = 2;

fn picture(grey: u8, number: i64) -> Option<Item> {
    let mut picture = Picture::black(320, 240).ok()?;
    picture.planes_mut()[0].0.fill(grey);
    let time = MediaTime::from_millis(number * 40);
    (number < SECONDS * 25).then_some(Item { time, payload: Payload::Picture(picture) })
}

fn hum(hertz: f64, block: i64) -> Option<Item> {
    let sample = |frame: i64| ((frame as f64 * hertz * TAU / 48_000.0).sin() * 6_000.0) as i16;
    let samples = (block * 960..(block + 1) * 960).flat_map(|frame| [sample(frame); 2]).collect();
    let sound = Sound { rate: 48_000, channels: 2, samples };
    let time = MediaTime::from_millis(block * 20);
    (block < SECONDS * 50).then_some(Item { time, payload: Payload::Sound(sound) })
}

/// How loud a tone is in the left channel (Goertzel).
fn loudness(samples: &[i16], hertz: f64) -> f64 {
    let factor = 2.0 * (TAU * hertz / 48_000.0).cos();
    let (mut before, mut last) = (0.0, 0.0);
    for sample in samples.iter().step_by(2) {
        (before, last) = (last, f64::from(*sample) + factor * last - before);
    }
    4.0 * (last * last + before * before - factor * last * before).max(0.0).sqrt() / samples.len() as f64
}

/// Mixes the parties into a recording.
fn record(studio: &Studio, file: &Path) -> Result<(), Box<dyn Error>> {
    let mut pipeline = studio.pipeline();
    let settings = MixerSettings { frame_rate: FrameRate(25_000), pace: Pace::AsFastAsPossible, ..Default::default() };
    let mixer = pipeline.mixer(settings)?;
    for (index, (grey, hertz)) in PARTIES.into_iter().enumerate() {
        let (mut frames, mut blocks) = (0.., 0..);
        let fast = Pace::AsFastAsPossible;
        let (raw, sound) = (Format::raw_video(), Format::raw_audio(48_000, 2));
        let camera = pipeline.source("camera", raw, fast, move || picture(grey, frames.next()?));
        let voice = pipeline.source("voice", sound, fast, move || hum(hertz, blocks.next()?));
        let port = trellis::elements::mixer::Port(index);
        pipeline.connect((camera, 0), (mixer, port.picture()))?;
        pipeline.connect((voice, 0), (mixer, port.sound()))?;
    }
    let recorder = pipeline.recorder(file)?;
    pipeline.connect_all(mixer, recorder)?;
    pipeline.run()?;
    Ok(())
}

/// Plays the recording, and looks at the middle of each quarter and listens for each tone.
fn check(studio: &Studio, file: &Path) -> Result<(), Box<dyn Error>> {
    let (quarters, heard) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let mut pipeline = studio.pipeline();
    let player = pipeline.player(file)?;
    let seen = Arc::clone(&quarters);
    let eye = pipeline.sink("eye", Kind::Video, Caps::like(&[Format::raw_video()]), move |item| {
        if let (Payload::Picture(picture), Ok(mut seen)) = (item.payload, seen.lock()) {
            let (luma, stride) = picture.plane(0);
            seen.push([(200, 150), (600, 150), (200, 450), (600, 450)].map(|(x, y)| luma[y * stride + x]));
        }
    });
    let kept = Arc::clone(&heard);
    let ear = pipeline.sink("ear", Kind::Audio, Caps::like(&[Format::raw_audio(48_000, 2)]), move |item| {
        if let (Payload::Sound(sound), Ok(mut kept)) = (item.payload, kept.lock()) {
            kept.extend_from_slice(&sound.samples);
        }
    });
    pipeline.connect_all(player, eye)?;
    pipeline.connect_all(player, ear)?;
    pipeline.run()?;
    let quarters = quarters.lock().map_err(|_| "the eye failed")?;
    let heard = heard.lock().map_err(|_| "the ear failed")?;
    let middle = heard.get(48_000..144_000).ok_or("the recording is too short")?;
    let loud = PARTIES.map(|(_, hertz)| loudness(middle, hertz).round());
    println!("{} pictures, {} samples; quarters {:?}, tones {loud:?}", quarters.len(), heard.len(), quarters.last());
    let right = |seen: &[u8; 4]| seen.iter().zip(PARTIES).all(|(seen, (grey, _))| seen.abs_diff(grey) < 12);
    if quarters.len() != 50 || !quarters.iter().all(right) || loud.iter().any(|loud| !(4_000.0..8_000.0).contains(loud))
    {
        return Err("not the mix that it should be".into());
    }
    Ok(())
}

/// Runs the example, with a recording in this file.
pub fn run(file: &Path) -> Result<(), Box<dyn Error>> {
    let studio = Studio::start()?;
    record(&studio, file)?;
    check(&studio, file)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = std::env::args_os().nth(1).map_or_else(|| folder.path().join("mixed.webm"), Into::into);
    run(&file)
}
