//! What the tests of the whole share: media, ffprobe, the binary.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A file of the media folder (`TRELLIS_MEDIA`, default `../shared/media`); `None` in a clone without it.
pub fn media(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TRELLIS_MEDIA").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/media"));
    let path = folder.join(name);
    if !path.exists() {
        println!("skipped: no media ({name})");
        return None;
    }
    Some(path)
}

/// Runs ffmpeg; `None` where it is not installed.
pub fn ffmpeg(arguments: &[&str]) -> Option<Output> {
    tool("ffmpeg", &[&["-hide_banner", "-nostdin", "-y"], arguments].concat())
}

fn tool(name: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(name).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: {name} is not installed");
            None
        }
        Err(error) => panic!("{name}: {error}"),
    }
}

/// A stream of a file, as ffprobe sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    pub kind: String,
    pub codec: String,
    pub packets: u64,
    pub start: f64,
}

/// The streams of a file and its duration in seconds; `None` where ffprobe is not installed.
pub fn probe(path: &Path) -> Option<(Vec<Stream>, f64)> {
    let path = path.to_str().unwrap();
    let entries = "stream=codec_type,codec_name,nb_read_packets,start_time:format=duration";
    let arguments = ["-v", "error", "-count_packets", "-of", "json", "-show_entries", entries, path];
    let output = tool("ffprobe", &arguments)?;
    assert!(output.status.success(), "ffprobe refuses {path}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "ffprobe complains of {path}: {}", String::from_utf8_lossy(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let streams = json["streams"].as_array().unwrap().iter().map(|stream| Stream {
        kind: text(&stream["codec_type"]),
        codec: text(&stream["codec_name"]),
        packets: text(&stream["nb_read_packets"]).parse().unwrap_or(0),
        start: text(&stream["start_time"]).parse().unwrap_or(f64::NAN),
    });
    Some((streams.collect(), text(&json["format"]["duration"]).parse().unwrap_or(f64::NAN)))
}

/// The luma PSNR between two files of the same size and frame count, in dB; `None` without ffmpeg.
pub fn psnr(one: &Path, other: &Path) -> Option<f64> {
    let (one, other) = (one.to_str().unwrap(), other.to_str().unwrap());
    let output = ffmpeg(&["-i", one, "-i", other, "-lavfi", "psnr", "-f", "null", "-"])?;
    let text = String::from_utf8_lossy(&output.stderr);
    let figure = text.rsplit("PSNR y:").next().unwrap_or_default().split_whitespace().next().unwrap_or_default();
    Some(figure.parse().unwrap_or_else(|_| panic!("no PSNR in {text}")))
}
