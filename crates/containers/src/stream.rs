//! A file that never ends, in pieces: a header that every reader begins with, and parts that follow it.
//!
//! ```text
//!  frames ──► StreamMuxer ──► Header │ Part (keyframe) │ Part │ Part │ Part (keyframe) │ ...
//! ```
//!
//! Every part is a whole cluster or fragment, or some of them; it holds no frame of the part after it. A reader that has
//! the header can begin with any part that starts with a keyframe, and leave out any number of parts up to one.

use crate::ContainerKind;
use crate::error::ContainerError;
use crate::opening::{Opening, frame_of};
use crate::start::TrackSpec;
use crate::writer::{Out, Writer};
use bytes::Bytes;
use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use trellis_media::{EncodedFrame, Item, Kind, MediaTime};

/// How much media a part holds at the most: what a reader is behind by.
const PART: MediaTime = MediaTime::from_millis(200);

/// A piece of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// What every reader begins with. It comes first, and once.
    Header {
        /// The bytes.
        bytes: Bytes,
        /// What the stream is: the media type, with its codecs as far as they have names (RFC 6381).
        mime: String,
    },
    /// What follows.
    Part {
        /// Whole clusters or fragments.
        bytes: Bytes,
        /// Whether a reader can begin here.
        keyframe: bool,
    },
}

/// Writes a stream from encoded frames, as [`crate::Muxer`] does a file.
pub struct StreamMuxer {
    tracks: usize,
    has_video: bool,
    state: State,
    tape: Tape,
    pieces: VecDeque<Piece>,
    /// Whether the part that is being written can be begun with.
    keyframe: bool,
    /// The time of the first frame of that part.
    began: Option<MediaTime>,
}

enum State {
    Waiting(Opening),
    Writing { writer: Writer, numbers: Vec<Option<usize>> },
    Closed,
}

impl StreamMuxer {
    /// A muxer that waits for what its tracks show.
    ///
    /// # Errors
    /// As [`crate::Muxer::new`].
    pub fn new(container: ContainerKind, tracks: &[TrackSpec]) -> Result<StreamMuxer, ContainerError> {
        let has_video = tracks.iter().any(|track| track.format.kind() == Some(Kind::Video));
        Ok(StreamMuxer {
            tracks: tracks.len(),
            has_video,
            state: State::Waiting(Opening::new(container, tracks)?),
            tape: Tape::default(),
            pieces: VecDeque::new(),
            keyframe: !has_video,
            began: None,
        })
    }

    /// The next piece, when one is whole.
    pub fn next_piece(&mut self) -> Option<Piece> {
        self.pieces.pop_front()
    }

    /// Writes one frame of a track, numbered as in the list given to [`StreamMuxer::new`].
    ///
    /// # Errors
    /// As [`crate::Muxer::write`].
    pub fn write(&mut self, track: usize, item: &Item) -> Result<(), ContainerError> {
        let frame = frame_of(track, self.tracks, item)?;
        match &mut self.state {
            State::Waiting(opening) => {
                if opening.push(track, item.time, frame) {
                    self.start()
                } else {
                    Ok(())
                }
            }
            State::Writing { .. } => {
                let result = self.write_frame(track, item.time, frame);
                self.closed_if_failed(result)
            }
            State::Closed => Err(ContainerError::Write("the stream is closed".into())),
        }
    }

    /// Makes a part of all that has come: for a source that stalls. Does nothing before the header.
    ///
    /// # Errors
    /// [`ContainerError::Write`], after which the muxer is closed.
    pub fn flush(&mut self) -> Result<(), ContainerError> {
        let State::Writing { writer, .. } = &mut self.state else { return Ok(()) };
        let result = writer.flush();
        self.cut();
        self.closed_if_failed(result)
    }

    /// Writes the header, also when not every track has shown what it is, and what has waited.
    ///
    /// # Errors
    /// As [`StreamMuxer::write`].
    pub fn start(&mut self) -> Result<(), ContainerError> {
        if !matches!(self.state, State::Waiting(_)) {
            return Ok(());
        }
        let State::Waiting(opening) = std::mem::replace(&mut self.state, State::Closed) else { return Ok(()) };
        let opened = opening.open(Out::Onward(Box::new(self.tape.clone())))?;
        self.pieces.push_back(Piece::Header { bytes: self.tape.take(), mime: opened.mime });
        self.state = State::Writing { writer: opened.writer, numbers: opened.numbers };
        let written = opened.items.iter().try_for_each(|item| self.write_frame(item.track, item.time, &item.frame));
        self.closed_if_failed(written)
    }

    fn write_frame(&mut self, track: usize, time: MediaTime, frame: &EncodedFrame) -> Result<(), ContainerError> {
        let State::Writing { writer, numbers } = &mut self.state else { return Ok(()) };
        let Some(number) = numbers.get(track).copied().flatten() else { return Ok(()) };
        // The writer holds the new frame back: what is cut off here ends before it.
        writer.write(number, time, frame)?;
        let starts = self.has_video && frame.keyframe && writer.is_video(number);
        let began = *self.began.get_or_insert(time);
        if starts || time - began >= PART {
            writer.cut()?;
            self.cut();
            self.keyframe |= starts;
            self.began = Some(time);
        }
        Ok(())
    }

    /// Makes a piece of what has been written.
    fn cut(&mut self) {
        let bytes = self.tape.take();
        if bytes.is_empty() {
            return;
        }
        self.pieces.push_back(Piece::Part { bytes, keyframe: self.keyframe });
        self.keyframe = !self.has_video;
        self.began = None;
    }

    fn closed_if_failed(&mut self, result: Result<(), ContainerError>) -> Result<(), ContainerError> {
        if result.is_err() {
            self.state = State::Closed;
        }
        result
    }
}

/// Where FFmpeg writes to, and pieces are taken from.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

impl Tape {
    fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
