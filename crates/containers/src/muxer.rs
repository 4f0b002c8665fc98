//! Writing files.

use crate::ContainerKind;
use crate::error::ContainerError;
use crate::opening::{Opening, frame_of};
use crate::start::TrackSpec;
use crate::writer::{Out, Writer};
use std::io::{Seek, Write};
use trellis_media::Item;

/// Writes one file from encoded frames.
///
/// Items of a track come in decoding order, those of different tracks in any order as long as they are not far apart;
/// their times start at zero or later. What has been written is readable at any moment, but for its last second.
pub struct Muxer {
    tracks: usize,
    state: State,
}

enum State {
    /// The header waits for what it must say of the tracks.
    Waiting(Opening, Out),
    /// The header is written. A track that is left out has no number in the file.
    Writing { writer: Writer, numbers: Vec<Option<usize>> },
    /// Writing has failed, or was finished.
    Closed,
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
        Muxer::to(container, tracks, Out::File(Box::new(out)))
    }

    /// The same, where what is written cannot be gone back to: there is no duration in the header and no index.
    ///
    /// # Errors
    /// As [`Muxer::new`].
    pub fn onward(
        container: ContainerKind,
        tracks: &[TrackSpec],
        out: impl Write + Send + 'static,
    ) -> Result<Muxer, ContainerError> {
        Muxer::to(container, tracks, Out::Onward(Box::new(out)))
    }

    fn to(container: ContainerKind, tracks: &[TrackSpec], out: Out) -> Result<Muxer, ContainerError> {
        Ok(Muxer { tracks: tracks.len(), state: State::Waiting(Opening::new(container, tracks)?, out) })
    }

    /// Writes one frame of a track, numbered as in the list given to [`Muxer::new`].
    ///
    /// # Errors
    /// [`ContainerError::Item`] for what is no frame of a known track, after which the muxer goes on;
    /// [`ContainerError::Start`] and [`ContainerError::Write`], after which it is closed and the file is as it is.
    pub fn write(&mut self, track: usize, item: &Item) -> Result<(), ContainerError> {
        let frame = frame_of(track, self.tracks, item)?;
        match &mut self.state {
            State::Waiting(opening, _) => {
                if opening.push(track, item.time, frame) {
                    self.start()
                } else {
                    Ok(())
                }
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
        if let State::Waiting(opening, _) = &self.state {
            if opening.is_empty() {
                return Err(ContainerError::Empty);
            }
            self.start()?;
        }
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Writing { writer, .. } => writer.finish(),
            State::Waiting(..) | State::Closed => Err(ContainerError::Write("the file is closed".into())),
        }
    }

    /// Writes the header and what has waited.
    fn start(&mut self) -> Result<(), ContainerError> {
        let State::Waiting(opening, out) = std::mem::replace(&mut self.state, State::Closed) else { return Ok(()) };
        let opened = opening.open(out)?;
        let (mut writer, numbers) = (opened.writer, opened.numbers);
        for waiting in opened.items {
            if let Some(number) = numbers.get(waiting.track).copied().flatten() {
                writer.write(number, waiting.time, &waiting.frame)?;
            }
        }
        self.state = State::Writing { writer, numbers };
        Ok(())
    }
}
