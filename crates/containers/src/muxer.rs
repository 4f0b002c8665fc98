//! Writing files.

use crate::ContainerKind;
use crate::error::ContainerError;
use crate::start::{Start, TrackSpec};
use crate::writer::Writer;
use std::io::{Seek, Write};
use trellis_media::{Codec, EncodedFrame, Item, Kind, MediaTime, Payload};

/// Items, and media time, that may wait for a track to show its first keyframe. A track that has shown none by then
/// is left out of the file.
const MOST_WAITING: usize = 1_024;
const LONGEST_WAIT: MediaTime = MediaTime::from_secs(2);

/// What a file is written to.
trait Sink: Write + Seek + Send {}
impl<T: Write + Seek + Send> Sink for T {}

/// Writes one file from encoded frames.
///
/// Items of a track come in decoding order, those of different tracks in any order as long as they are not far apart;
/// their times start at zero or later. What has been written is readable at any moment, but for its last second.
pub struct Muxer {
    container: ContainerKind,
    specs: Vec<TrackSpec>,
    codecs: Vec<Codec>,
    state: State,
}

enum State {
    /// The header waits for what it must say of the tracks.
    Waiting { out: Box<dyn Sink>, items: Vec<Waiting> },
    /// The header is written. A track that is left out has no number in the file.
    Writing { writer: Writer, numbers: Vec<Option<usize>> },
    /// Writing has failed, or was finished.
    Closed,
}

/// An item that waits for the header.
struct Waiting {
    track: usize,
    time: MediaTime,
    frame: EncodedFrame,
}

impl Muxer {
    /// A muxer that will write to `out`. Nothing is written before every track has shown what it is: video its first
    /// keyframe, audio its configuration.
    ///
    /// # Errors
    /// [`ContainerError::Codec`] when the container does not take a track's codec as it comes (see
    /// [`crate::accepts`]), and [`ContainerError::Empty`] when there are no tracks.
    pub fn new(
        container: ContainerKind,
        tracks: &[TrackSpec],
        out: impl Write + Seek + Send + 'static,
    ) -> Result<Muxer, ContainerError> {
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
        let state = State::Waiting { out: Box::new(out), items: Vec::new() };
        Ok(Muxer { container, specs: tracks.to_vec(), codecs, state })
    }

    /// Writes one frame of a track, numbered as in the list given to [`Muxer::new`].
    ///
    /// # Errors
    /// [`ContainerError::Item`] for what is no frame of a known track, after which the muxer goes on;
    /// [`ContainerError::Start`] and [`ContainerError::Write`], after which it is closed and the file is as it is.
    pub fn write(&mut self, track: usize, item: &Item) -> Result<(), ContainerError> {
        let Payload::Frame(frame) = &item.payload else { return Err(ContainerError::Item(track)) };
        if track >= self.codecs.len() {
            return Err(ContainerError::Item(track));
        }
        match &mut self.state {
            State::Waiting { items, .. } => {
                items.push(Waiting { track, time: item.time, frame: frame.clone() });
                if self.is_ready() { self.start() } else { Ok(()) }
            }
            State::Writing { writer, numbers } => {
                let Some(number) = numbers.get(track).copied().flatten() else { return Ok(()) };
                let result = writer.write(number, item.time, frame);
                if result.is_err() {
                    self.state = State::Closed;
                }
                result
            }
            State::Closed => Err(ContainerError::Write("the file is closed".into())),
        }
    }

    /// Makes everything written so far readable: for a source that stalls, as what waits for its next frame would else
    /// be lost in a kill. (FFmpeg's muxer of Matroska keeps one frame of sound back all the same.) The last frames get the durations that they state, or those of the frames before them. Does
    /// nothing before the header is written.
    ///
    /// # Errors
    /// [`ContainerError::Write`], after which the muxer is closed and the file is as it is.
    pub fn flush(&mut self) -> Result<(), ContainerError> {
        let State::Writing { writer, .. } = &mut self.state else { return Ok(()) };
        let result = writer.flush();
        if result.is_err() {
            self.state = State::Closed;
        }
        result
    }

    /// Completes the file: duration, index, sizes.
    ///
    /// # Errors
    /// As [`Muxer::write`], and [`ContainerError::Empty`] when there was nothing to write.
    pub fn finish(mut self) -> Result<(), ContainerError> {
        if let State::Waiting { items, .. } = &self.state {
            if items.is_empty() {
                return Err(ContainerError::Empty);
            }
            self.start()?;
        }
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Writing { writer, .. } => writer.finish(),
            State::Waiting { .. } | State::Closed => Err(ContainerError::Write("the file is closed".into())),
        }
    }

    /// Whether every track has shown what it is, or has had its time.
    fn is_ready(&self) -> bool {
        let State::Waiting { items, .. } = &self.state else { return false };
        let times = items.iter().map(|item| item.time);
        let span = times.clone().max().unwrap_or_default() - times.min().unwrap_or_default();
        let all_shown = || (0..self.codecs.len()).all(|track| first_of(items, track, &self.codecs).is_some());
        items.len() >= MOST_WAITING || span > LONGEST_WAIT || all_shown()
    }

    /// Writes the header and what has waited.
    fn start(&mut self) -> Result<(), ContainerError> {
        let State::Waiting { out, items } = std::mem::replace(&mut self.state, State::Closed) else { return Ok(()) };
        let mut numbers = Vec::new();
        let mut announced = Vec::new();
        for (track, (spec, codec)) in self.specs.iter().zip(&self.codecs).enumerate() {
            let first = first_of(&items, track, &self.codecs);
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
        let earliest = items.iter().map(|item| item.frame.decode_time.min(item.time)).min().unwrap_or_default();
        let writer = Writer::start(self.container, announced, earliest, out)?;
        self.state = State::Writing { writer, numbers };
        items.into_iter().try_for_each(|Waiting { track, time, frame }| {
            self.write(track, &Item { time, payload: Payload::Frame(frame) })
        })
    }
}

/// The first frame of a track that a decoder can start at.
fn first_of<'a>(items: &'a [Waiting], track: usize, codecs: &[Codec]) -> Option<&'a EncodedFrame> {
    let audio = codecs.get(track).is_some_and(|codec| codec.kind() == Kind::Audio);
    items.iter().find(|item| item.track == track && (audio || item.frame.keyframe)).map(|item| &item.frame)
}
