//! What each conversion costs on this machine: where the costs that the negotiator weighs come from.
//!
//! `cargo bench --bench calibrate` prints what it measured; with `-- --write` it writes
//! `crates/codecs/src/calibration.rs` anew. Media is made with ffmpeg, one file a codec; a codec
//! that this ffmpeg cannot encode is named, and counts as the dearest of its kind.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Spread, head, process_cpu, spread};
use trellis::graph::{Context, Converter, Node, NodeError};
use trellis::media::{Codec, Format, Item, Kind, MediaTime, Payload};
use trellis_containers::Demuxer;

const ROUNDS: usize = 5;
/// Seconds of the film, and its pictures.
const SECONDS: u64 = 6;
const PICTURES: usize = 180;
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/codecs/src/calibration.rs");

/// How ffmpeg encodes each codec, at the bitrate that a server would use for 1280x720.
const FFMPEG: &[(Codec, &str)] = &[
    (Codec::Vp8, "libvpx -b:v 2M -deadline realtime -cpu-used 8"),
    (Codec::Vp9, "libvpx-vp9 -b:v 2M -deadline realtime -cpu-used 8"),
    (Codec::H264, "libx264 -b:v 2M -preset veryfast"),
    (Codec::H265, "libx265 -b:v 2M -preset ultrafast -x265-params log-level=none"),
    (Codec::Av1, "libsvtav1 -b:v 2M -preset 10"),
    (Codec::Mjpeg, "mjpeg -q:v 5 -pix_fmt yuvj420p"),
    (Codec::Mpeg4, "mpeg4 -b:v 4M"),
    (Codec::Mpeg2, "mpeg2video -b:v 6M"),
    (Codec::Theora, "libtheora -b:v 4M"),
    (Codec::Flv1, "flv -b:v 4M"),
    (Codec::Opus, "libopus -b:a 64k"),
    (Codec::Pcmu, "pcm_mulaw -ar 8000 -ac 1"),
    (Codec::Pcma, "pcm_alaw -ar 8000 -ac 1"),
    (Codec::G722, "g722 -ar 16000 -ac 1"),
    (Codec::Aac, "aac -b:a 128k"),
    (Codec::Vorbis, "libvorbis -b:a 128k"),
    (Codec::Mp3, "libmp3lame -b:a 128k"),
    (Codec::Ac3, "ac3 -b:a 192k"),
    (Codec::Flac, "flac"),
    (Codec::PcmS16, "pcm_s16le"),
    (Codec::AdpcmIma, "adpcm_ima_wav"),
    (Codec::Speex, "libspeex -ar 16000 -ac 1"),
];

/// Containers that some codecs need: the rest goes into Matroska.
fn ending(codec: Codec) -> &'static str {
    match codec {
        Codec::G722 | Codec::AdpcmIma => "wav",
        Codec::Speex => "ogg",
        Codec::Flv1 => "flv",
        _ => "mkv",
    }
}

fn ffmpeg(words: &str, input: &[&str], output: &Path) -> bool {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]).args(input).args(words.split_whitespace()).arg(output);
    command.status().is_ok_and(|status| status.success())
}

/// Half of it a call's picture, where there is one: a face before a wall. In the other half everything moves.
fn film(folder: &Path) -> PathBuf {
    const MOVING: &str = "testsrc2=s=1280x720:r=30,noise=alls=8:allf=t";
    let media = std::env::var("TRELLIS_MEDIA").unwrap_or_else(|_| "../shared/media".into());
    let webcam = Path::new(&media).join("h264/Zhling_1280x720.264");
    let film = folder.join("film.mkv");
    let first = match webcam.to_str().filter(|_| webcam.is_file()) {
        Some(webcam) => ["-r", "30", "-i", webcam].to_vec(),
        None => ["-f", "lavfi", "-i", "testsrc=s=1280x720:r=30"].to_vec(),
    };
    let inputs = [first.as_slice(), &["-f", "lavfi", "-i", MOVING]].concat();
    let halves = "[0:v]loop=-1:size=300,setpts=N/30/TB,trim=end_frame=90[a];[1:v]trim=end_frame=90[b];[a][b]concat";
    let sound = "-f lavfi -i sine=f=300:r=48000:b=4,tremolo=5:0.9 -map 2:a -ac 2 -c:a pcm_s16le";
    let encode = format!(
        "{sound} -filter_complex {halves}[v] -map [v] -t {SECONDS} -c:v libx264 -preset veryfast -b:v 4M -pix_fmt yuv420p"
    );
    assert!(ffmpeg(&encode, &inputs, &film), "ffmpeg makes the film");
    film
}

/// The encoded frames of a file's first track of a kind, and their format.
fn frames(file: &Path, kind: Kind) -> Option<(Format, Vec<Item>)> {
    let (mut demuxer, tracks) = Demuxer::open(file).ok()?;
    let track = tracks.iter().position(|track| track.format.kind() == Some(kind))?;
    let mut items = Vec::new();
    while let Ok(Some((of, item))) = demuxer.next() {
        if of == track {
            items.push(item);
        }
    }
    Some((tracks[track].format, items))
}

/// The converters, to be made by name.
struct Converters(Vec<Converter>);

impl Converters {
    /// A node for these formats that turns the carriage or codec of one into that of the other.
    fn make(&self, input: Format, output: Format) -> Option<Box<dyn Node>> {
        let fits = |converter: &&Converter| {
            let like = |format: &Format| format.with(trellis::media::Field::Profile, 0);
            converter.rule.input.accepts(&input)
                && converter.rule.output.overlaps(&trellis::media::Alternative::like(&like(&output)))
        };
        self.0.iter().find(fits).map(|converter| (converter.make)(&input, &output))
    }
}

/// CPU of a round in microseconds, over `units` units, for several rounds with a fresh node each; and what came out of
/// the last.
fn measure(make: &dyn Fn() -> Box<dyn Node>, items: &[Item], units: f64) -> Result<(Spread, Vec<Item>), NodeError> {
    let mut given = Vec::new();
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (mut node, mut cx) = (make(), Context::new(MediaTime::ZERO));
        given.clear();
        let before = process_cpu();
        for item in items {
            node.process(0, item.clone(), &mut cx)?;
            given.extend(cx.take_items().into_iter().map(|(_, item)| item));
        }
        node.end(0, &mut cx)?;
        let spent = process_cpu() - before;
        given.extend(cx.take_items().into_iter().map(|(_, item)| item));
        rounds.push(spent.as_secs_f64() * 1e6 / units);
    }
    Ok((spread(rounds), given))
}

/// Seconds of sound in items.
fn seconds(items: &[Item]) -> f64 {
    let sound = |item: &Item| match &item.payload {
        Payload::Sound(sound) => sound.duration().nanos() as f64 / 1e9,
        _ => 0.0,
    };
    items.iter().map(sound).sum()
}

#[derive(Default)]
struct Tables {
    decode_picture: BTreeMap<Codec, u64>,
    encode_picture: BTreeMap<Codec, u64>,
    decode_sound: BTreeMap<Codec, u64>,
    encode_sound: BTreeMap<Codec, u64>,
    scale_picture: u64,
    resample_sound: u64,
}

fn keep(what: &str, spread: &Spread) -> u64 {
    println!("{what}: {spread:.0}");
    (spread.median.round() as u64).max(1)
}

impl Tables {
    fn decoders(&mut self, converters: &Converters, film: &Path, folder: &Path) {
        for codec in Codec::ALL.iter().copied() {
            let words = FFMPEG.iter().find(|(known, _)| *known == codec);
            let file = folder.join(format!("{codec}.{}", ending(codec)));
            let option = if codec.kind() == Kind::Video { "-an -c:v" } else { "-vn -c:a" };
            let film = film.to_str().expect("a path");
            let made = words.is_some_and(|(_, words)| ffmpeg(&format!("{option} {words}"), &["-i", film], &file));
            let Some((format, items)) = made.then(|| frames(&file, codec.kind())).flatten() else {
                println!("{codec} decode: not measured, this ffmpeg does not make it");
                continue;
            };
            let raw = if codec.kind() == Kind::Video { Format::raw_video() } else { Format::raw_audio(0, 0) };
            let Some(_) = converters.make(format, raw) else { continue };
            let make = || converters.make(format, raw).expect("a decoder");
            let video = codec.kind() == Kind::Video;
            let items = if video { &items[..items.len().min(PICTURES)] } else { &items };
            let (spread, given) = match measure(&make, items, if video { items.len() as f64 } else { SECONDS as f64 }) {
                Ok(measured) => measured,
                Err(error) => {
                    println!("{codec} decode: not measured, {error}");
                    continue;
                }
            };
            if video {
                assert!(given.len() + 8 >= items.len(), "{codec}: {} of {} pictures", given.len(), items.len());
                self.decode_picture.insert(codec, keep(&format!("{codec} decode, µs a picture"), &spread));
            } else {
                assert!(seconds(&given) > SECONDS as f64 * 0.9, "{codec}: {} s", seconds(&given));
                self.decode_sound.insert(codec, keep(&format!("{codec} decode, µs a second"), &spread));
            }
        }
    }

    fn encoders(&mut self, converters: &Converters, pictures: &[Item], sound: &[Item]) {
        for codec in Codec::ALL.iter().copied() {
            let video = codec.kind() == Kind::Video;
            let raw = match codec {
                _ if video => Format::raw_video().with_size(1_280, 720),
                Codec::Pcmu | Codec::Pcma => Format::raw_audio(8_000, 1),
                _ => Format::raw_audio(48_000, 2),
            };
            let Some(_) = converters.make(raw, Format::encoded(codec)) else { continue };
            let make = || converters.make(raw, Format::encoded(codec)).expect("an encoder");
            if video {
                let (spread, _) = measure(&make, pictures, pictures.len() as f64).expect("frames");
                self.encode_picture.insert(codec, keep(&format!("{codec} encode, µs a picture"), &spread));
            } else {
                let resampled = converters.make(Format::raw_audio(48_000, 2), raw);
                let fitting = match resampled.filter(|_| raw != Format::raw_audio(48_000, 2)) {
                    Some(_) => {
                        let make = || converters.make(Format::raw_audio(48_000, 2), raw).expect("a resampler");
                        measure(&make, sound, 1.0).expect("sound").1
                    }
                    None => sound.to_vec(),
                };
                let (spread, _) = measure(&make, &fitting, SECONDS as f64).expect("frames");
                self.encode_sound.insert(codec, keep(&format!("{codec} encode, µs a second"), &spread));
            }
        }
    }

    /// The module that holds the tables; what was not measured is not in them.
    fn module(&self, machine: &str) -> String {
        let mut text = String::from(
            "//! What conversions cost on the machine that they were measured on.\n//!\n\
             //! Written by `cargo bench --bench calibrate -- --write`: the tables are its output, not opinions.\n\n\
             use trellis_media::Codec;\n\n",
        );
        let _ = writeln!(text, "/// Where and when it was measured.\npub const MACHINE: &str = {machine:?};");
        let tables = [
            ("decode one picture of 1280x720", "DECODE_PICTURE", &self.decode_picture),
            ("encode one picture of 1280x720", "ENCODE_PICTURE", &self.encode_picture),
            ("decode one second of sound", "DECODE_SOUND", &self.decode_sound),
            ("encode one second of sound", "ENCODE_SOUND", &self.encode_sound),
        ];
        for (what, name, table) in tables {
            let _ =
                writeln!(text, "\n/// Microseconds of CPU to {what}.\npub(crate) const {name}: &[(Codec, u64)] = &[");
            for (codec, micros) in table {
                let _ = writeln!(text, "    (Codec::{codec:?}, {micros}),");
            }
            text.push_str("];\n");
        }
        let single = [
            ("scale one picture of 1280x720 to 640x360", "SCALE_PICTURE", self.scale_picture),
            ("resample one second of stereo, 48,000 to 44,100 hertz", "RESAMPLE_SOUND", self.resample_sound),
        ];
        for (what, name, micros) in single {
            let _ = writeln!(text, "\n/// Microseconds of CPU to {what}.\npub(crate) const {name}: u64 = {micros};");
        }
        text
    }
}

/// What a reader must know of the machine to judge the figures.
fn machine() -> String {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name));
    let said = |program: &str, word: &str| {
        let output = Command::new(program).arg(word).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).lines().next()?.to_owned())
    };
    let ffmpeg = said("ffmpeg", "-version").unwrap_or_default();
    let ffmpeg = ffmpeg.split_whitespace().nth(2).unwrap_or("unknown").to_owned();
    let day = said("date", "+%Y-%m-%d").unwrap_or_default();
    format!("{cpus} CPUs, {}, FFmpeg {ffmpeg}, {day}", model.unwrap_or("model not stated"))
}

fn main() {
    let write = std::env::args().any(|word| word == "--write");
    let folder = tempfile::tempdir().expect("a folder");
    let film = film(folder.path());
    let converters = Converters(trellis_codecs::converters());
    let machine = machine();
    head(&format!("conversions, one thread each; {machine}"));

    let decoded = |kind, raw: Format| {
        let (format, items) = frames(&film, kind).expect("the film");
        measure(&|| converters.make(format, raw).expect("a decoder"), &items, 1.0).expect("the film").1
    };
    let mut pictures = decoded(Kind::Video, Format::raw_video());
    pictures.truncate(PICTURES);
    let sound = decoded(Kind::Audio, Format::raw_audio(0, 0));

    let mut tables = Tables::default();
    tables.decoders(&converters, &film, folder.path());
    tables.encoders(&converters, &pictures, &sound);
    let (large, small) = (Format::raw_video().with_size(1_280, 720), Format::raw_video().with_size(640, 360));
    let scaler = || converters.make(large, small).expect("a scaler");
    tables.scale_picture =
        keep("scale, µs a picture", &measure(&scaler, &pictures, PICTURES as f64).expect("pictures").0);
    let (fine, coarse) = (Format::raw_audio(48_000, 2), Format::raw_audio(44_100, 2));
    let resampler = || converters.make(fine, coarse).expect("a resampler");
    tables.resample_sound =
        keep("resample, µs a second", &measure(&resampler, &sound, SECONDS as f64).expect("sound").0);
    if write {
        std::fs::write(TABLE, tables.module(&machine)).expect("the table is written");
        let formatted = Command::new("rustfmt").args(["--edition", "2024", TABLE]).status();
        assert!(formatted.is_ok_and(|status| status.success()), "rustfmt");
        println!("wrote {TABLE}");
    }
}
