//! 720p30 H.264 to VP8: `trellis run` against the `ffmpeg` command with the same settings of the same encoder, and
//! what of it is not codec.
//!
//! `cargo bench --bench transcode [-- SECONDS]`, 60 s of film by default. CPU time, user and system, of the whole
//! process; the runs are interleaved. The film is made with ffmpeg, of a webcam's picture where there is one.

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;
use support::{binary, children_cpu, head, process_cpu, spread};
use trellis::elements::pads::pad;
use trellis::elements::{catalogue, player, recorder};
use trellis::graph::{Context, Converter, Executor, MonotonicClock, Node, Notice, Pipeline};
use trellis::media::{Codec, Format, Kind, MediaTime};
use trellis_containers::Demuxer;

const ROUNDS: usize = 3;
/// What our encoder spends on this size (`EncoderSettings::for_size`).
const BITRATE: &str = "1935360";
const LIBVPX: &str = "-c:v libvpx -deadline realtime -cpu-used 8 -threads 1 -lag-in-frames 0 -auto-alt-ref 0 \
    -undershoot-pct 100 -overshoot-pct 15 -qmin 4 -qmax 56 -g 3000 -static-thresh 1 -max-intra-rate 900";

fn ffmpeg(words: &str, paths: &[(&str, &Path)], last: &Path) -> String {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-y"]);
    for (option, path) in paths {
        command.arg(option).arg(path);
    }
    let output = command.args(words.split_whitespace()).arg(last).output().expect("ffmpeg runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

fn film(folder: &Path, seconds: u32) -> std::path::PathBuf {
    let media = std::env::var("TRELLIS_MEDIA").unwrap_or_else(|_| "../shared/media".into());
    let webcam = Path::new(&media).join("h264/Zhling_1280x720.264");
    let film = folder.join("film.mp4");
    let encode = format!("-t {seconds} -an -c:v libx264 -preset veryfast -b:v 3M -bf 0 -g 60 -pix_fmt yuv420p");
    if webcam.is_file() {
        // A raw stream cannot be read again: its pictures are kept and repeated.
        let encode = format!("-vf loop=-1:size=300,setpts=N/30/TB {encode}");
        ffmpeg(&encode, &[("-r", Path::new("30")), ("-i", &webcam)], &film);
    } else {
        println!("no media: a test card instead of a webcam's picture");
        let card = Path::new("testsrc2=s=1280x720:r=30,noise=alls=8:allf=t");
        ffmpeg(&encode, &[("-f", Path::new("lavfi")), ("-i", card)], &film);
    }
    film
}

/// Mean PSNR of the luma and chroma planes against the film, in dB.
fn psnr(film: &Path, copy: &Path) -> f64 {
    let said = ffmpeg("-lavfi psnr -f null", &[("-i", copy), ("-i", film)], Path::new("-"));
    let average = said.rsplit_once("average:").and_then(|(_, rest)| rest.split_whitespace().next());
    average.and_then(|text| text.parse().ok()).expect("a PSNR")
}

/// CPU seconds of a child.
fn child(mut command: Command) -> f64 {
    let before = children_cpu();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "{command:?}");
    (children_cpu() - before).as_secs_f64()
}

/// The film through the engine within this process, with so many workers; 0: one for each core.
fn engine(film: &Path, copy: &Path, workers: usize) {
    let (tell, told) = channel();
    let observer = move |element, notice| {
        if let Notice::EndOfStream = notice {
            let _ = tell.send(element);
        }
    };
    let executor = Executor::start(workers).expect("threads");
    let pipeline = Pipeline::new(&executor, Arc::new(MonotonicClock), Arc::new(catalogue::converters()), observer);
    let opened = player::open("player", film, player::Pace::AsFastAsPossible).expect("a film");
    let source = pipeline.add(opened.element);
    let profile = recorder::Profile::of(recorder::ContainerKind::WebM);
    let sink = pipeline.add(recorder::element("recorder", copy.to_owned(), profile));
    pipeline.connect((source, pad(Kind::Video)), (sink, pad(Kind::Video))).expect("a connection");
    pipeline.command(sink, recorder::RecorderCommand::Connected(pad(Kind::Video), true));
    pipeline.command(sink, recorder::RecorderCommand::Record);
    pipeline.command(source, player::PlayerCommand::Play);
    while told.recv().expect("an end") != sink {}
}

/// Decoder and encoder called one after the other, and nothing else. Returns the frames.
fn bare(film: &Path) -> usize {
    let converters = trellis_codecs::converters();
    let make = |name: &str, input: Format, output: Format| -> Box<dyn Node> {
        let named = |converter: &&Converter| converter.rule.name == name;
        (converters.iter().find(named).unwrap_or_else(|| panic!("no {name}")).make)(&input, &output)
    };
    let mut decode = make("ffmpeg/h264-decode", Format::encoded(Codec::H264), Format::raw_video());
    let mut encode = make("vpx/vp8-encode", Format::raw_video(), Format::encoded(Codec::Vp8));
    let (mut demuxer, _) = Demuxer::open(film).expect("a film");
    let (mut decoded, mut encoded) = (Context::new(MediaTime::ZERO), Context::new(MediaTime::ZERO));
    let mut frames = 0;
    while let Some((_, item)) = demuxer.next().expect("an item") {
        decode.process(0, item, &mut decoded).expect("a picture");
        for (_, picture) in decoded.take_items() {
            encode.process(0, picture, &mut encoded).expect("a frame");
            frames += encoded.take_items().len();
        }
    }
    frames
}

fn measured(work: impl FnOnce()) -> f64 {
    let before = process_cpu();
    work();
    (process_cpu() - before).as_secs_f64()
}

fn main() {
    let seconds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(60);
    let folder = tempfile::tempdir().expect("a folder");
    let (binary, film) = (binary(), film(folder.path(), seconds));
    let (ours, theirs, inside) =
        (folder.path().join("ours.webm"), folder.path().join("theirs.webm"), folder.path().join("inside.webm"));
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut run = Command::new(&binary);
        run.args(["run", "--quiet"]);
        run.arg(format!("player uri={} ! recorder uri={}", film.display(), ours.display()));
        let mut rival = Command::new("ffmpeg");
        rival.args(["-nostdin", "-v", "error", "-y", "-i"]).arg(&film).args(LIBVPX.split_whitespace());
        let rate = [
            "-b:v",
            BITRATE,
            "-minrate",
            BITRATE,
            "-maxrate",
            BITRATE,
            "-bufsize",
            BITRATE,
            "-rc_init_occupancy",
            "967680",
        ];
        rival.args(rate).arg("-an").arg(&theirs);
        let outside = [child(run), child(rival)];
        let mut frames = 0;
        let workers = [0, 1].map(|workers| measured(|| engine(&film, &inside, workers)));
        let within = [workers[0], workers[1], measured(|| frames = bare(&film))];
        assert!(frames as u32 >= seconds * 30 - 2, "{frames} frames");
        rounds.push([outside[0], outside[1], within[0], within[1], within[2]]);
    }
    let of = |which: &dyn Fn(&[f64; 5]) -> f64| spread(rounds.iter().map(which));
    head(&format!("{seconds} s of 1280x720 at 30 frames a second, H.264 to VP8: s of CPU"));
    println!("trellis run {}; ffmpeg {}", of(&|round| round[0]), of(&|round| round[1]));
    println!("ratio to ffmpeg {} (goal 1.05)", of(&|round| round[0] / round[1]));
    println!("PSNR: trellis {:.2} dB, ffmpeg {:.2} dB", psnr(&film, &ours), psnr(&film, &theirs));
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len()) / 1_000;
    println!("size: trellis {} kB, ffmpeg {} kB", size(&ours), size(&theirs));
    println!("a bare loop of decoder and encoder on one thread: {}", of(&|round| round[4]));
    // With several workers, pictures go from one core's cache to another's; with one, as in the bare loop, they do not.
    for (workers, place) in [("a worker for each core", 2), ("one worker", 3)] {
        let share = of(&|round| (1.0 - round[4] / round[place]) * 100.0);
        println!("the engine with {workers}: {}; not codec: {share:.1} % of CPU (goal 5)", of(&|round| round[place]));
    }
}
