//! What the tests of this crate share.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use trellis_containers::{ContainerError, Demuxer, Track};
use trellis_media::{EncodedFrame, Item, MediaTime, Payload};

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

/// The files of a folder, sorted.
pub fn files(folder: PathBuf) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

/// Everything in a file: its tracks, its frames by track id, and the error that ended it, if any.
pub struct Content {
    pub tracks: Vec<Track>,
    pub items: Vec<(usize, Item)>,
    pub failure: Option<ContainerError>,
}

impl Content {
    pub fn of(path: impl AsRef<Path>) -> Result<Content, ContainerError> {
        Demuxer::open(path).map(Content::drain)
    }

    pub fn of_bytes(bytes: &[u8]) -> Result<Content, ContainerError> {
        Demuxer::read(std::io::Cursor::new(bytes.to_vec())).map(Content::drain)
    }

    /// As it comes over a connection: once, and in small pieces.
    pub fn of_stream(bytes: &[u8]) -> Result<Content, ContainerError> {
        Demuxer::stream(Trickle(std::io::Cursor::new(bytes.to_vec()))).map(Content::drain)
    }

    fn drain((mut demuxer, tracks): (Demuxer, Vec<Track>)) -> Content {
        let mut items = Vec::new();
        let failure = loop {
            match demuxer.next() {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        assert!(matches!(demuxer.next(), Ok(None)), "nothing follows the end");
        Content { tracks, items, failure }
    }

    /// The frames of the track of a kind, with their times.
    pub fn frames(&self, kind: trellis_media::Kind) -> Vec<(MediaTime, &EncodedFrame)> {
        let Some(track) = self.tracks.iter().find(|track| track.format.kind() == Some(kind)) else { return Vec::new() };
        let items = self.items.iter().filter(|(id, _)| *id == track.id);
        items.map(|(_, item)| (item.time, frame_of(item))).collect()
    }
}

pub fn frame_of(item: &Item) -> &EncodedFrame {
    match &item.payload {
        Payload::Frame(frame) => frame,
        other => panic!("not a frame: {other:?}"),
    }
}

/// A file in memory, of which the test holds a handle while it is written.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<(Vec<u8>, usize)>>);

impl Memory {
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().0.clone()
    }
}

impl Write for Memory {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        let (bytes, at) = &mut *self.0.lock().unwrap();
        let end = *at + data.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[*at..end].copy_from_slice(data);
        *at = end;
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seek for Memory {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let (bytes, at) = &mut *self.0.lock().unwrap();
        let target = match to {
            SeekFrom::Start(offset) => offset as i64,
            SeekFrom::End(offset) => bytes.len() as i64 + offset,
            SeekFrom::Current(offset) => *at as i64 + offset,
        };
        *at = usize::try_from(target).map_err(|_| std::io::ErrorKind::InvalidInput)?;
        Ok(target as u64)
    }
}

/// What ffprobe says of a file; `None`, and a word about it, where it is not installed.
pub fn ffprobe(path: &Path) -> Option<serde_json::Value> {
    let arguments = ["-v", "error", "-of", "json", "-show_format", "-show_streams"];
    let Ok(output) = std::process::Command::new("ffprobe").args(arguments).arg(path).output() else {
        eprintln!("skipped: no ffprobe");
        return None;
    };
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Gives no more than 1,000 bytes at a time.
struct Trickle(std::io::Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = into.len().min(1_000);
        self.0.read(&mut into[..most])
    }
}

/// A reader that a test can make of bytes, failing after some.
pub struct Failing(pub std::io::Cursor<Vec<u8>>, pub u64);

impl Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.0.position() > self.1 {
            return Err(std::io::ErrorKind::ConnectionReset.into());
        }
        self.0.read(into)
    }
}

impl Seek for Failing {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}
