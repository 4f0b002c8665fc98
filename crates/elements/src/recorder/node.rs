//! The state machine of a recorder: waits until the tracks are known, then writes them as they come.

use crate::recorder::sending::{Destination, Outgoing};
use crate::recorder::tracks::{TrackSpecs, TrackState};
use std::fs::File;
use std::path::{Path, PathBuf};
use trellis_containers::{ContainerKind, Muxer, TrackSpec};
use trellis_graph::{Command, Context, Node, NodeError, Notice, Request, Weight};
use trellis_media::{Format, Item, MediaTime};

/// How long the first track waits for another that is connected but silent.
const PATIENCE: MediaTime = MediaTime::from_millis(2_000);
/// After this long without anything to write, all that was written is made readable.
const STALL: MediaTime = MediaTime::from_millis(500);
/// Items kept while the tracks are not all known.
const MAX_WAITING: usize = 600;

/// What the element tells its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecorderCommand {
    /// Starts, or goes on after a pause.
    Record,
    /// Leaves out what comes from now on.
    Pause,
    /// Ends the recording and closes the file.
    Stop,
    /// A sink pad has been connected (true) or disconnected.
    Connected(usize, bool),
    /// The server that the recording was sent to has answered, or will not.
    Answered(Result<(), String>),
}

/// What the node tells its element, in a [`Notice::Custom`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecorderEvent {
    /// The first bytes of media are on their way.
    Recording,
    /// It pauses.
    Paused,
    /// The file is closed; `None` when all went well, else what went wrong.
    Stopped(Option<String>),
}

/// What a recorder does when everything that is recorded has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtEnd {
    /// It stops by itself.
    Stop,
    /// It goes on when more comes, and stops when it is told to.
    Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Recording,
    Paused,
    Stopped,
}

/// The node of RecorderEndpoint: sink pad 0 is audio, 1 is video.
///
/// Invariant: everything given to the muxer has times that start at zero and never contain a pause.
pub struct RecorderNode {
    target: Target,
    /// What is being sent.
    outgoing: Option<Outgoing>,
    container: ContainerKind,
    at_end: AtEnd,
    state: State,
    tracks: [TrackState; 2],
    waiting: Vec<(usize, Item)>,
    waiting_since: Option<MediaTime>,
    muxer: Option<Muxer>,
    /// Pipeline time of the recording's zero; grows by every pause.
    origin: Option<MediaTime>,
    paused_at: Option<MediaTime>,
    newest: MediaTime,
    /// When something was last written, as long as that has not been flushed.
    unflushed: Option<MediaTime>,
}

/// Where a recording goes.
enum Target {
    File(PathBuf),
    Server(Destination),
}

impl RecorderNode {
    /// A recorder into a file, which is created when the first media comes. It stops at the end of what it records.
    pub fn new(path: PathBuf, container: ContainerKind) -> RecorderNode {
        RecorderNode::to(Target::File(path), container)
    }

    /// A recorder that sends to a server, from the first media on.
    pub(crate) fn sending(destination: Destination, container: ContainerKind) -> RecorderNode {
        RecorderNode::to(Target::Server(destination), container)
    }

    fn to(target: Target, container: ContainerKind) -> RecorderNode {
        RecorderNode {
            target,
            outgoing: None,
            container,
            at_end: AtEnd::Stop,
            state: State::Idle,
            tracks: Default::default(),
            waiting: Vec::new(),
            waiting_since: None,
            muxer: None,
            origin: None,
            paused_at: None,
            newest: MediaTime::ZERO,
            unflushed: None,
        }
    }

    /// The same, which does this at the end.
    pub fn at_end(mut self, at_end: AtEnd) -> RecorderNode {
        self.at_end = at_end;
        self
    }

    fn record(&mut self, cx: &mut Context) {
        match self.state {
            State::Idle => {}
            State::Paused => {
                for track in &mut self.tracks {
                    track.resume();
                }
            }
            State::Recording | State::Stopped => return,
        }
        self.state = State::Recording;
        cx.request(1, Request::Keyframe);
        cx.notify(Notice::Custom(Box::new(RecorderEvent::Recording)));
    }

    fn pause(&mut self, cx: &mut Context) {
        if self.state == State::Recording {
            self.state = State::Paused;
            self.paused_at = self.origin.map(|_| self.newest);
            cx.notify(Notice::Custom(Box::new(RecorderEvent::Paused)));
        }
    }

    fn stop(&mut self, cx: &mut Context) {
        if self.state == State::Stopped {
            return;
        }
        let started = self.muxer.is_some() || !self.waiting.is_empty();
        let mut failure = None;
        if started && self.muxer.is_none() {
            failure = self.start_writing().err().map(|error| error.to_string());
        }
        if let Some(muxer) = self.muxer.take() {
            failure = failure.or(muxer.finish().err().map(|error| error.to_string()));
        }
        self.state = State::Stopped;
        match self.outgoing.as_ref().filter(|_| failure.is_none()) {
            // It is stored when the server has said so.
            Some(outgoing) => outgoing.finish(),
            None => self.stopped(failure, cx),
        }
    }

    fn stopped(&mut self, failure: Option<String>, cx: &mut Context) {
        self.outgoing = None;
        cx.notify(Notice::Custom(Box::new(RecorderEvent::Stopped(failure))));
    }

    /// Hears what became of what was sent.
    fn answered(&mut self, answer: Result<(), String>, cx: &mut Context) {
        if self.outgoing.is_none() {
            return;
        }
        let early = (self.state != State::Stopped).then(|| "the server has answered before the end".to_owned());
        (self.state, self.muxer) = (State::Stopped, None);
        self.stopped(answer.err().or(early), cx);
    }

    /// Whether every connected track has shown what it is, or has had its chance.
    fn is_ready(&self, now: MediaTime) -> bool {
        let complete = self.tracks.iter().all(|track| !track.is_expected() || track.is_known());
        let impatient = self.waiting_since.is_some_and(|since| now - since >= PATIENCE);
        complete || impatient || self.waiting.len() >= MAX_WAITING
    }

    fn start_writing(&mut self) -> Result<(), NodeError> {
        let specs = TrackSpecs::of(&mut self.tracks)?;
        self.muxer = Some(self.open(specs.as_slice())?);
        let waiting = std::mem::take(&mut self.waiting);
        self.origin = waiting.iter().map(|(_, item)| item.time).min();
        for (input, item) in waiting {
            self.write(input, item)?;
        }
        Ok(())
    }

    fn open(&mut self, specs: &[TrackSpec]) -> Result<Muxer, NodeError> {
        let muxer = match &self.target {
            Target::File(path) => Muxer::new(self.container, specs, create(path)?),
            Target::Server(destination) => {
                let outgoing = destination.open(self.container).map_err(NodeError::new)?;
                Muxer::onward(self.container, specs, self.outgoing.insert(outgoing).clone())
            }
        };
        muxer.map_err(NodeError::new)
    }

    /// Notes that something is written now.
    fn watch_for_stall(&mut self, cx: &mut Context) {
        // One wish at a time: it is renewed when it comes too early.
        if self.unflushed.replace(cx.now()).is_none() {
            cx.wake_at(cx.now() + STALL);
        }
    }

    /// A source that stalls must not lose in a kill what waits for its next frame.
    fn flush_at(&mut self, due: MediaTime, cx: &mut Context) -> Result<(), NodeError> {
        if cx.now() < due {
            cx.wake_at(due);
            return Ok(());
        }
        self.unflushed = None;
        self.muxer.as_mut().map_or(Ok(()), Muxer::flush).map_err(NodeError::new)
    }

    fn write(&mut self, input: usize, mut item: Item) -> Result<(), NodeError> {
        let (Some(muxer), Some(track)) = (self.muxer.as_mut(), self.tracks[input].muxed()) else { return Ok(()) };
        if let Some(paused_at) = self.paused_at.take() {
            let gap = item.time - paused_at;
            self.origin = self.origin.map(|origin| origin + gap);
        }
        let origin = *self.origin.get_or_insert(item.time);
        self.newest = self.newest.max(item.time);
        if item.time < origin {
            return Ok(());
        }
        crate::recorder::tracks::shift(&mut item, origin);
        muxer.write(track, &item).map_err(NodeError::new)
    }
}

fn create(path: &Path) -> Result<File, NodeError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| at_path(folder, error))?;
    }
    File::create(path).map_err(|error| at_path(path, error))
}

fn at_path(path: &Path, error: std::io::Error) -> NodeError {
    NodeError::new(format_args!("{}: {error}", path.display()))
}

impl Node for RecorderNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn format(&mut self, input: usize, format: Format, _cx: &mut Context) -> Result<(), NodeError> {
        if let Some(track) = self.tracks.get_mut(input) {
            track.set_format(format);
        }
        Ok(())
    }

    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        let Some(track) = self.tracks.get_mut(input).filter(|_| self.state == State::Recording) else { return Ok(()) };
        if !track.admits(&item) {
            return Ok(());
        }
        track.learn(&item);
        if self.muxer.is_some() {
            self.watch_for_stall(cx);
            return self.write(input, item);
        }
        self.waiting.push((input, item));
        let since = *self.waiting_since.get_or_insert(cx.now());
        if self.is_ready(cx.now()) {
            self.watch_for_stall(cx);
            return self.start_writing();
        }
        cx.wake_at(since + PATIENCE);
        Ok(())
    }

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        if self.state == State::Recording && self.muxer.is_none() && !self.waiting.is_empty() && self.is_ready(cx.now())
        {
            self.watch_for_stall(cx);
            return self.start_writing();
        }
        if let Some(written) = self.unflushed {
            return self.flush_at(written + STALL, cx);
        }
        Ok(())
    }

    fn end(&mut self, input: usize, cx: &mut Context) -> Result<(), NodeError> {
        if let Some(track) = self.tracks.get_mut(input) {
            track.set_ended();
        }
        let ended = self.tracks.iter().all(|track| !track.is_expected() || track.is_ended());
        if ended && self.at_end == AtEnd::Stop {
            self.stop(cx);
            cx.notify(Notice::EndOfStream);
        }
        Ok(())
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Result<(), NodeError> {
        match command.downcast_ref::<RecorderCommand>() {
            Some(RecorderCommand::Answered(answer)) => self.answered(answer.clone(), cx),
            Some(RecorderCommand::Record) => self.record(cx),
            Some(RecorderCommand::Pause) => self.pause(cx),
            Some(RecorderCommand::Stop) => self.stop(cx),
            Some(RecorderCommand::Connected(input, connected)) => {
                if let Some(track) = self.tracks.get_mut(*input) {
                    track.set_expected(*connected);
                }
            }
            None => {}
        }
        Ok(())
    }
}

impl Drop for RecorderNode {
    /// A recorder that is released while it records closes its file: nothing recorded is lost.
    fn drop(&mut self) {
        if self.muxer.is_none()
            && !self.waiting.is_empty()
            && let Err(error) = self.start_writing()
        {
            tracing::warn!(%error, "a recording was lost when its recorder was released");
        }
        if let Some(Err(error)) = self.muxer.take().map(Muxer::finish) {
            tracing::warn!(%error, "a recording was not closed cleanly");
        } else if let Some(outgoing) = &self.outgoing {
            outgoing.finish();
        }
    }
}
