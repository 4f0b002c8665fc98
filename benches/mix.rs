//! Four pictures of 640x480 mixed into one: what the mixing costs, against encoding the result and against GStreamer's
//! `compositor`.
//!
//! `cargo bench --bench mix [-- FRAMES]`, 600 mixed pictures a round by default. CPU time of all threads, per mixed
//! picture. Beside the mixer as it is: one whose inputs are brought to the size of their cells by a converter before
//! each port. Two regimes: the size of Kurento's Composite (800x600, every picture scaled) and twice the size of the
//! input (1280x960, every picture copied). All rivals read the same pictures: ours from memory; GStreamer's from a file
//! of them, whose reading into `fakesink` is subtracted, as is the start of the process, by runs of two lengths.

mod support;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use support::{children_cpu, head, process_cpu, spread};
use trellis::elements::mixer::{MixerSettings, PICTURE, Port};
use trellis::graph::{Context, Converter, Element, Node, NodeError, PadSpec};
use trellis::media::{Caps, Codec, Format, FrameRate, Item, Kind, MediaTime, Payload, Picture};
use trellis::{Pace, Studio};

const ROUNDS: usize = 5;
const INPUTS: usize = 4;
const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
/// Different pictures of one input; they come again and again.
const FILM: usize = 30;
const RATE: u32 = 30;

/// A pattern with detail that moves, another for each input.
fn film(input: usize) -> Vec<Picture> {
    let moved = |step: usize| {
        let mut picture = Picture::black(WIDTH, HEIGHT).expect("a picture");
        for (index, (plane, stride)) in picture.planes_mut().into_iter().enumerate() {
            for (at, sample) in plane.iter_mut().enumerate() {
                let (x, y) = (at % stride + step * 3, at / stride + step + input * 40);
                let wave = (x as f32 / 17.0).sin() * 40.0 + (y as f32 / 11.0).cos() * 40.0;
                *sample = if index == 0 { (128.0 + wave) as u8 } else { (128.0 + wave / 4.0) as u8 };
            }
        }
        picture
    };
    (0..FILM).map(moved).collect()
}

fn time(number: u64) -> MediaTime {
    MediaTime::from_ticks(number as i64, RATE)
}

/// Where pictures are scaled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scaled {
    ByTheMixer,
    ByConverters,
}

/// Passes pictures on.
struct Pass;

impl Node for Pass {
    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        cx.emit(0, item);
        Ok(())
    }
    fn format(&mut self, _input: usize, format: Format, cx: &mut Context) -> Result<(), NodeError> {
        cx.set_format(0, format);
        Ok(())
    }
}

/// An element that takes pictures of one size only.
fn only(width: u32, height: u32) -> Element {
    let caps = Caps::like(&[Format::raw_video().with_size(width, height)]);
    let (sinks, sources) = (vec![PadSpec::sink(Kind::Video, caps)], vec![PadSpec::source(Kind::Video)]);
    Element { name: "size".into(), sinks, sources, live: false, node: Box::new(Pass) }
}

/// CPU seconds a picture of a whole pipeline: four sources, a mixer, and a sink that keeps the mixed pictures of the
/// last film.
fn mixed(films: &[Vec<Picture>], size: (u32, u32), scaled: Scaled, frames: u64) -> (f64, Vec<Picture>) {
    let studio = Studio::start().expect("threads");
    let mut pipeline = studio.pipeline();
    let settings = MixerSettings {
        ports: INPUTS,
        width: size.0,
        height: size.1,
        frame_rate: FrameRate(RATE * 1_000),
        pace: Pace::AsFastAsPossible,
        ..MixerSettings::default()
    };
    let mixer = pipeline.mixer(settings).expect("a mixer");
    for (port, film) in films.iter().enumerate() {
        let (film, mut number) = (film.clone(), 0);
        let format = Format::raw_video().with_size(WIDTH, HEIGHT);
        let mut source = pipeline.source("film", format, Pace::AsFastAsPossible, move || {
            let picture = film[number as usize % FILM].clone();
            number += 1;
            (number <= frames).then(|| Item { time: time(number - 1), payload: Payload::Picture(picture) })
        });
        if scaled == Scaled::ByConverters {
            let cell = pipeline.add(only(size.0 / 2, size.1 / 2));
            pipeline.connect_all(source, cell).expect("a connection");
            source = cell;
        }
        pipeline.connect((source, 0), (mixer, Port(port).picture())).expect("a connection");
    }
    let (tell, told) = std::sync::mpsc::channel();
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let sink = pipeline.sink("sink", Kind::Video, Caps::any_of(Kind::Video), move |item| {
        // Most are dropped at once, as an encoder drops them: the mixer draws on them again.
        if let Payload::Picture(picture) = item.payload
            && counted.fetch_add(1, Ordering::Relaxed) >= frames - FILM as u64
        {
            let _ = tell.send(picture);
        }
    });
    pipeline.connect((mixer, PICTURE), (sink, 0)).expect("a connection");
    let before = process_cpu();
    pipeline.run().expect("an end");
    let spent = (process_cpu() - before).as_secs_f64();
    assert_eq!(count.load(Ordering::Relaxed), frames, "every tick gives a picture");
    (spent / frames as f64, told.try_iter().collect())
}

/// CPU seconds a picture of our VP8 encoder.
fn encoded(pictures: &[Picture], frames: u64) -> f64 {
    let converters = trellis_codecs::converters();
    let vp8 = |converter: &&Converter| converter.rule.name == "vpx/vp8-encode";
    let encoder = converters.iter().find(vp8).expect("an encoder");
    let mut encoder = (encoder.make)(&Format::raw_video(), &Format::encoded(Codec::Vp8));
    let mut cx = Context::new(MediaTime::ZERO);
    let before = process_cpu();
    for number in 0..frames {
        let payload = Payload::Picture(pictures[number as usize % pictures.len()].clone());
        encoder.process(0, Item { time: time(number), payload }, &mut cx).expect("a frame");
        std::hint::black_box(cx.take_items());
    }
    (process_cpu() - before).as_secs_f64() / frames as f64
}

/// The pictures of all films, as GStreamer reads them.
fn write(folder: &Path, films: &[Vec<Picture>], frames: u64) -> std::io::Result<()> {
    for (input, film) in films.iter().enumerate() {
        let mut file = std::io::BufWriter::new(std::fs::File::create(folder.join(format!("{input}.yuv")))?);
        for number in 0..frames as usize {
            let picture = &film[number % FILM];
            for (index, plane) in picture.planes().into_iter().enumerate() {
                let (samples, stride) = picture.plane(index);
                samples.chunks(stride).take(plane.height).try_for_each(|row| file.write_all(&row[..plane.width]))?;
            }
        }
    }
    Ok(())
}

/// CPU seconds of one GStreamer pipeline: into `compositor` when there is a size of cells, else into `fakesink`.
fn gstreamer(folder: &Path, cell: Option<(u32, u32)>, frames: u64) -> f64 {
    let bytes = WIDTH * HEIGHT * 3 / 2;
    let mut line = String::new();
    if let Some((width, height)) = cell {
        line += "compositor name=c background=black";
        for input in 0..INPUTS as u32 {
            let (x, y) = (input % 2 * width, input / 2 * height);
            line += &format!(
                " sink_{input}::xpos={x} sink_{input}::ypos={y} sink_{input}::width={width} sink_{input}::height={height}"
            );
        }
        let (width, height) = (2 * width, 2 * height);
        line += &format!(
            " ! video/x-raw,format=I420,width={width},height={height},framerate={RATE}/1 ! fakesink sync=false"
        );
    }
    for input in 0..INPUTS {
        let sink = if cell.is_some() { format!("c.sink_{input}") } else { "fakesink sync=false".into() };
        let file = folder.join(format!("{input}.yuv"));
        line += &format!(
            " filesrc location={} blocksize={bytes} num-buffers={frames} ! rawvideoparse format=i420 width={WIDTH} \
             height={HEIGHT} framerate={RATE}/1 ! {sink}",
            file.display()
        );
    }
    let before = children_cpu();
    let mut command = Command::new("gst-launch-1.0");
    command.arg("-q").args(line.split_whitespace()).stdin(Stdio::null()).stdout(Stdio::null());
    let output = command.output().expect("gst-launch-1.0 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (children_cpu() - before).as_secs_f64()
}

/// CPU seconds a picture of `compositor` alone.
fn composed(folder: &Path, cell: (u32, u32), frames: u64) -> f64 {
    let short = frames / 10;
    let grown = |cell| gstreamer(folder, cell, frames) - gstreamer(folder, cell, short);
    (grown(Some(cell)) - grown(None)) / (frames - short) as f64
}

/// CPU seconds a mixed picture.
struct Round {
    ours: f64,
    before: f64,
    encoder: f64,
    theirs: Option<f64>,
}

fn main() {
    let frames: u64 = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(600);
    let frames = frames.max(100);
    let films: Vec<Vec<Picture>> = (0..INPUTS).map(film).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let version = Command::new("gst-launch-1.0").arg("--version").output().ok();
    match &version {
        Some(version) => {
            println!("rival: {}", String::from_utf8_lossy(&version.stdout).lines().nth(1).unwrap_or("GStreamer"));
            write(folder.path(), &films, frames).expect("a file of pictures");
        }
        None => println!("GStreamer is not installed: no rival"),
    }
    for (width, height) in [(800, 600), (1_280, 960)] {
        head(&format!("four pictures of {WIDTH}x{HEIGHT} into {width}x{height}: ms of CPU a mixed picture"));
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let (ours, result) = mixed(&films, (width, height), Scaled::ByTheMixer, frames);
            let (before, _) = mixed(&films, (width, height), Scaled::ByConverters, frames);
            let encoder = encoded(&result, frames);
            let theirs = version.as_ref().map(|_| composed(folder.path(), (width / 2, height / 2), frames));
            rounds.push(Round { ours, before, encoder, theirs });
        }
        println!("trellis mixes in {}", spread(rounds.iter().map(|round| round.ours * 1e3)));
        println!("with converters before its ports {}", spread(rounds.iter().map(|round| round.before * 1e3)));
        println!("and encodes the result as VP8 in {}", spread(rounds.iter().map(|round| round.encoder * 1e3)));
        println!("ratio {} (goal 0.2)", spread(rounds.iter().map(|round| round.ours / round.encoder)));
        if version.is_some() {
            let theirs = |round: &Round| round.theirs.unwrap_or(f64::NAN);
            println!("compositor {}", spread(rounds.iter().map(|round| theirs(round) * 1e3)));
            println!("ratio {} (goal: below 1)", spread(rounds.iter().map(|round| round.ours / theirs(round))));
        }
    }
}
