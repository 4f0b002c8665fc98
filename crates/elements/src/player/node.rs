//! The state machine of a player: reads a file and gives its tracks out, paced by the pipeline's clock or as fast as
//! the pipeline takes them.

use crate::pads::pad;
use std::collections::HashMap;
use std::path::PathBuf;
use trellis_containers::{ContainerError, Demuxer, Track};
use trellis_graph::{Command, Context, Node, NodeError, Notice, Weight};
use trellis_media::{Item, Kind, MediaTime, Payload};

/// Items are given out this long before they are due, so that they are decoded by then.
pub(super) const LEAD: MediaTime = MediaTime::from_millis(20);
/// Items of a file that is not paced, in one wake-up.
const BURST: usize = 8;

/// The position is told when it has moved by so much.
pub(super) const TELL_EVERY: MediaTime = MediaTime::from_millis(100);

/// How fast a file is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// One second of media in one second of the pipeline's clock.
    RealTime,
    /// As fast as whoever takes it can.
    AsFastAsPossible,
}

/// What the element tells its node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlayerCommand {
    /// Starts, goes on after a pause, or starts again after the end.
    Play,
    /// Stands still.
    Pause,
    /// Goes on after a pause; does nothing otherwise.
    GoOn,
    /// Stands still at the beginning.
    Stop,
    /// Goes to a position from the beginning of the file.
    Seek(MediaTime),
}

/// What the node tells its element, in a [`Notice::Custom`].
#[derive(Debug)]
pub enum PlayerEvent {
    /// What is played is open.
    Opened {
        /// How long it lasts; zero when that is not known.
        duration: MediaTime,
        /// Whether it can be sought in.
        seekable: bool,
    },
    /// The file cannot be opened.
    Refused(ContainerError),
    /// What is played over a network cannot be reached.
    Unreachable(String),
    /// What is played over a network came to an end too early.
    Lost(String),
    /// The position of what was given out last.
    Position(MediaTime),
    /// A seek could not be done.
    SeekFailed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Stopped,
    Playing,
    Paused,
    Ended,
}

/// The node of PlayerEndpoint. It holds one item of look-ahead and nothing else of the file.
pub struct PlayerNode {
    path: PathBuf,
    open: Option<Open>,
    pace: Pace,
    state: State,
    /// Time on the clock of position zero of the file.
    base: MediaTime,
    position: MediaTime,
    pending: Option<(usize, Item)>,
    told: MediaTime,
    /// A wake-up at once is on its way: another would be one too many.
    woken: bool,
}

/// A file that is open.
struct Open {
    demuxer: Demuxer,
    tracks: Vec<Track>,
    pads: HashMap<usize, usize>,
}

impl Open {
    fn new(demuxer: Demuxer, tracks: Vec<Track>) -> Open {
        let pads = pads_of(&tracks);
        Open { demuxer, tracks, pads }
    }
}

/// The pad of each track that is played: the first of each kind.
pub(super) fn pads_of(tracks: &[Track]) -> HashMap<usize, usize> {
    let first = |kind: Kind| tracks.iter().find(|track| track.format.kind() == Some(kind));
    let kinds = [Kind::Audio, Kind::Video].into_iter();
    kinds.filter_map(|kind| first(kind).map(|track| (track.id, pad(kind)))).collect()
}

impl PlayerNode {
    /// A player of a file, which is opened when it is first played.
    pub fn new(path: PathBuf, pace: Pace) -> PlayerNode {
        let start = MediaTime::ZERO;
        let state = State::Stopped;
        PlayerNode {
            path,
            open: None,
            pace,
            state,
            base: start,
            position: start,
            pending: None,
            told: start,
            woken: false,
        }
    }

    /// A player of an opened file.
    pub fn opened(demuxer: Demuxer, tracks: Vec<Track>, pace: Pace) -> PlayerNode {
        PlayerNode { open: Some(Open::new(demuxer, tracks)), ..PlayerNode::new(PathBuf::new(), pace) }
    }

    fn play(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        if self.state == State::Playing {
            return Ok(());
        }
        if self.open.is_none() {
            match Demuxer::open(&self.path) {
                Ok((demuxer, tracks)) => {
                    let duration = tracks.iter().map(|track| track.duration).max().unwrap_or(MediaTime::ZERO);
                    self.open = Some(Open::new(demuxer, tracks));
                    let seekable = duration > MediaTime::ZERO;
                    cx.notify(Notice::Custom(Box::new(PlayerEvent::Opened { duration, seekable })));
                }
                Err(error) => {
                    cx.notify(Notice::Custom(Box::new(PlayerEvent::Refused(error))));
                    return Ok(());
                }
            }
        }
        if self.state == State::Ended {
            self.rewind()?;
        }
        if let Some(open) = &self.open {
            for track in &open.tracks {
                if let Some(pad) = open.pads.get(&track.id) {
                    cx.set_format(*pad, track.format);
                }
            }
        }
        self.state = State::Playing;
        self.base = if self.pace == Pace::RealTime { cx.now() - self.position } else { MediaTime::ZERO };
        self.wake_now(cx);
        Ok(())
    }

    fn wake_now(&mut self, cx: &mut Context) {
        if !std::mem::replace(&mut self.woken, true) {
            cx.wake_at(cx.now());
        }
    }

    fn rewind(&mut self) -> Result<(), NodeError> {
        if let Some(open) = self.open.as_mut() {
            open.demuxer.seek(MediaTime::ZERO).map_err(NodeError::new)?;
        }
        self.position = MediaTime::ZERO;
        self.pending = None;
        Ok(())
    }

    fn seek(&mut self, position: MediaTime, cx: &mut Context) {
        if self.open.as_mut().is_none_or(|open| open.demuxer.seek(position).is_err()) {
            cx.notify(Notice::Custom(Box::new(PlayerEvent::SeekFailed)));
            return;
        }
        self.pending = None;
        self.position = position;
        self.base = cx.now() - position;
        if self.state == State::Playing {
            self.wake_now(cx);
        }
    }

    /// Gives an item out on its pad at its time on the clock.
    fn give(&mut self, pad: usize, item: Item, cx: &mut Context) {
        self.position = self.position.max(item.time);
        cx.emit(pad, moved(item, self.base));
        if self.position - self.told >= TELL_EVERY || self.position < self.told {
            self.told = self.position;
            cx.notify(Notice::Custom(Box::new(PlayerEvent::Position(self.position))));
        }
    }

    fn finish(&mut self, cx: &mut Context) {
        self.state = State::Ended;
        for pad in self.open.iter().flat_map(|open| open.pads.values()) {
            cx.end(*pad);
        }
        cx.notify(Notice::Custom(Box::new(PlayerEvent::Position(self.position))));
        cx.notify(Notice::EndOfStream);
    }
}

/// An item, with its times so much later.
pub(super) fn moved(mut item: Item, by: MediaTime) -> Item {
    item.time += by;
    if let Payload::Frame(frame) = &mut item.payload {
        frame.decode_time += by;
    }
    item
}

/// When an item must be on its way, in the file's time.
pub(super) fn due(item: &Item) -> MediaTime {
    match &item.payload {
        Payload::Frame(frame) => frame.decode_time.min(item.time),
        _ => item.time,
    }
}

impl Node for PlayerNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        self.woken = false;
        let mut given = 0;
        while self.state == State::Playing {
            let Some(open) = self.open.as_mut() else { return Ok(()) };
            let next = match self.pending.take() {
                Some(pending) => Some(pending),
                None => match open.demuxer.next() {
                    Ok(next) => next,
                    // What could be read has been given; the rest of the pipeline comes to its end in order.
                    Err(error) => {
                        cx.notify(Notice::Warning(NodeError::new(error)));
                        None
                    }
                },
            };
            let Some((track, item)) = next else {
                self.finish(cx);
                return Ok(());
            };
            let Some(pad) = open.pads.get(&track).copied() else { continue };
            if self.pace == Pace::RealTime {
                let when = due(&item) + self.base - LEAD;
                if when > cx.now() {
                    self.pending = Some((track, item));
                    cx.wake_at(when);
                    return Ok(());
                }
            } else if given == BURST {
                self.pending = Some((track, item));
                self.wake_now(cx);
                return Ok(());
            }
            given += 1;
            self.give(pad, item, cx);
        }
        Ok(())
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Result<(), NodeError> {
        match command.downcast_ref::<PlayerCommand>() {
            Some(PlayerCommand::Play) => self.play(cx)?,
            Some(PlayerCommand::Pause) if self.state == State::Playing => self.state = State::Paused,
            Some(PlayerCommand::GoOn) if self.state == State::Paused => self.play(cx)?,
            Some(PlayerCommand::Stop) => {
                self.state = State::Stopped;
                self.rewind()?;
            }
            Some(PlayerCommand::Seek(position)) => self.seek(*position, cx),
            Some(PlayerCommand::Pause | PlayerCommand::GoOn) | None => {}
        }
        Ok(())
    }
}
