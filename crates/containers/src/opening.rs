//! Before the header: items wait until every track has shown what the header must say of it.

use crate::ContainerKind;
use crate::error::ContainerError;
use crate::mime;
use crate::start::{Start, TrackSpec};
use crate::writer::{Out, Writer};
use trellis_media::{Codec, EncodedFrame, Item, Kind, MediaTime, Payload};

/// Items, and media time, that may wait for a track to show its first keyframe. A track that has shown none by then
/// is left out of the file.
const MOST_WAITING: usize = 1_024;
const LONGEST_WAIT: MediaTime = MediaTime::from_secs(2);

/// The tracks of a file whose header is not written yet, and what of them has come.
pub(crate) struct Opening {
    container: ContainerKind,
    specs: Vec<TrackSpec>,
    codecs: Vec<Codec>,
    items: Vec<Waiting>,
}

/// An item that waits for the header.
pub(crate) struct Waiting {
    pub track: usize,
    pub time: MediaTime,
    pub frame: EncodedFrame,
}

/// A file whose header is written.
pub(crate) struct Opened {
    pub writer: Writer,
    /// The number in the file of each track; a track that is left out has none.
    pub numbers: Vec<Option<usize>>,
    /// What has waited.
    pub items: Vec<Waiting>,
    /// What it is (RFC 6381).
    pub mime: String,
}

impl Opening {
    /// # Errors
    /// As [`crate::Muxer::new`].
    pub fn new(container: ContainerKind, tracks: &[TrackSpec]) -> Result<Opening, ContainerError> {
        crate::prepare();
        let mut codecs = Vec::new();
        for (index, track) in tracks.iter().enumerate() {
            let codec = track.format.codec().ok_or(ContainerError::Item(index))?;
            if !container.takes(codec) {
                return Err(ContainerError::Codec(container, codec));
            }
            codecs.push(codec);
        }
        if codecs.is_empty() {
            return Err(ContainerError::Empty);
        }
        Ok(Opening { container, specs: tracks.to_vec(), codecs, items: Vec::new() })
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Has an item wait; whether every track has now shown what it is, or has had its time.
    pub fn push(&mut self, track: usize, time: MediaTime, frame: &EncodedFrame) -> bool {
        self.items.push(Waiting { track, time, frame: frame.clone() });
        let times = self.items.iter().map(|item| item.time);
        let span = times.clone().max().unwrap_or_default() - times.min().unwrap_or_default();
        let all_shown = || (0..self.codecs.len()).all(|track| self.first_of(track).is_some());
        self.items.len() >= MOST_WAITING || span > LONGEST_WAIT || all_shown()
    }

    /// Writes the header.
    pub fn open(self, out: Out) -> Result<Opened, ContainerError> {
        let mut numbers = Vec::new();
        let mut announced = Vec::new();
        for (track, (spec, codec)) in self.specs.iter().zip(&self.codecs).enumerate() {
            let first = self.first_of(track);
            let configured = codec.kind() == Kind::Audio && (spec.config.is_some() || *codec == Codec::Opus);
            if first.is_none() && !configured {
                tracing::warn!(track, %codec, "left out of the file: it has shown no keyframe");
                numbers.push(None);
                continue;
            }
            let start = Start { track, codec: *codec, spec, first };
            numbers.push(Some(announced.len()));
            announced.push((*codec, start.parameters()?));
        }
        if announced.is_empty() {
            return Err(ContainerError::Empty);
        }
        let times = self.items.iter().map(|item| item.frame.decode_time.min(item.time));
        let earliest = times.min().unwrap_or_default();
        let mime = mime::of(self.container, &announced);
        let writer = Writer::start(self.container, announced, earliest, out)?;
        Ok(Opened { writer, numbers, items: self.items, mime })
    }

    /// The first frame of a track that a decoder can start at.
    fn first_of(&self, track: usize) -> Option<&EncodedFrame> {
        let audio = self.codecs.get(track).is_some_and(|codec| codec.kind() == Kind::Audio);
        let starts = |item: &&Waiting| item.track == track && (audio || item.frame.keyframe);
        self.items.iter().find(starts).map(|item| &item.frame)
    }
}

/// The frame of an item, for a track of so many.
///
/// # Errors
/// [`ContainerError::Item`].
pub(crate) fn frame_of(track: usize, tracks: usize, item: &Item) -> Result<&EncodedFrame, ContainerError> {
    match &item.payload {
        Payload::Frame(frame) if track < tracks => Ok(frame),
        _ => Err(ContainerError::Item(track)),
    }
}
