//! The state machine of a player whose media comes over a network: gives out what its feed has read, at the pace of the
//! pipeline's clock.
//!
//! Playing begins when so much has come as the cache holds. Where too little comes in time it stands still, until the
//! cache is full again, and goes on where it stood.

use super::feed::{Failure, Feed, Known, Next};
use super::node::{LEAD, PlayerCommand, PlayerEvent, TELL_EVERY, due, moved, pads_of};
use crate::http_endpoint::{Inlet, Session, SessionEvent};
use std::collections::HashMap;
use std::sync::Arc;
use trellis_containers::Track;
use trellis_graph::{Command, Context, Node, NodeError, Notice, Weight};
use trellis_media::{Item, MediaTime};

/// A server that sends nothing for this long is given up.
const PATIENCE: MediaTime = MediaTime::from_secs(10);
/// What comes later than this has come too late to be played in time.
const LATE: MediaTime = MediaTime::from_millis(100);

/// Makes what a player reads, anew for each time that it plays, and tells it by the function when something has come.
pub(crate) type Start = Box<dyn FnMut() -> Result<Feed, Failure> + Send>;

/// What the element tells its node besides [`PlayerCommand`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FedCommand {
    /// Its feed has something.
    Fed,
    /// A client sends, which is played.
    Came,
    /// That client has gone.
    Went,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Stopped,
    /// Too little has come.
    Filling,
    Playing,
    Paused,
    Ended,
}

/// A client that uploads what is played.
pub(crate) struct Uploading {
    pub session: Session,
    pub inlet: Arc<Inlet>,
}

/// The node.
pub(crate) struct FedNode {
    start: Start,
    feed: Option<Feed>,
    /// How much must have come before it plays.
    cache: MediaTime,
    state: State,
    tracks: Vec<Track>,
    pads: HashMap<usize, usize>,
    /// Time on the clock of position zero.
    base: MediaTime,
    position: MediaTime,
    pending: Option<(usize, Item)>,
    told: MediaTime,
    /// Since when nothing has come.
    starved: Option<MediaTime>,
    upload: Option<Uploading>,
}

impl FedNode {
    /// A player of what `start` starts to read, which plays when `cache` of it has come.
    pub fn new(start: Start, cache: MediaTime) -> FedNode {
        FedNode {
            start,
            feed: None,
            cache,
            state: State::Stopped,
            tracks: Vec::new(),
            pads: HashMap::new(),
            base: MediaTime::ZERO,
            position: MediaTime::ZERO,
            pending: None,
            told: MediaTime::ZERO,
            starved: None,
            upload: None,
        }
    }

    /// The same, of what a client uploads: it plays when the client comes.
    pub fn uploaded(self, upload: Uploading) -> FedNode {
        FedNode { upload: Some(upload), ..self }
    }

    fn play(&mut self, cx: &mut Context) {
        match self.state {
            State::Filling | State::Playing => return,
            State::Paused => {}
            State::Stopped | State::Ended => {
                self.stop();
                match (self.start)() {
                    Ok(feed) => self.feed = Some(feed),
                    Err(failure) => return self.refuse(failure, cx),
                }
            }
        }
        self.state = State::Filling;
        self.starved = Some(cx.now());
        self.go_on(cx);
    }

    /// Lets go of everything.
    fn stop(&mut self) {
        (self.feed, self.pending, self.starved) = (None, None, None);
        (self.position, self.told) = (MediaTime::ZERO, MediaTime::ZERO);
        self.state = State::Stopped;
    }

    fn seek(&mut self, position: MediaTime, cx: &mut Context) {
        let Some(feed) = self.feed.as_ref().filter(|_| self.state != State::Ended && !self.tracks.is_empty()) else {
            cx.notify(Notice::Custom(Box::new(PlayerEvent::SeekFailed)));
            return;
        };
        feed.seek(position);
        (self.pending, self.position, self.told) = (None, position, position);
        if self.state == State::Playing {
            self.state = State::Filling;
            self.starved = Some(cx.now());
        }
    }

    /// Hears what has become of what was asked of the feed.
    fn hear(&mut self, cx: &mut Context) {
        let Some(feed) = &self.feed else { return };
        let (opened, sought) = (feed.take_opened(), feed.take_sought());
        match opened {
            Some(Ok(known)) => self.begin(known, cx),
            Some(Err(failure)) => return self.refuse(failure, cx),
            None => {}
        }
        if sought == Some(false) {
            cx.notify(Notice::Custom(Box::new(PlayerEvent::SeekFailed)));
        }
    }

    fn begin(&mut self, known: Known, cx: &mut Context) {
        let duration = known.tracks.iter().map(|track| track.duration).max().unwrap_or(MediaTime::ZERO);
        self.pads = pads_of(&known.tracks);
        for track in &known.tracks {
            if let Some(pad) = self.pads.get(&track.id) {
                cx.set_format(*pad, track.format);
            }
        }
        self.tracks = known.tracks;
        let seekable = known.seekable;
        cx.notify(Notice::Custom(Box::new(PlayerEvent::Opened { duration, seekable })));
        if let Some(upload) = &self.upload {
            upload.inlet.settle(Ok(()));
        }
    }

    fn refuse(&mut self, failure: Failure, cx: &mut Context) {
        if let Some(upload) = &self.upload {
            upload.inlet.settle(Err(failure.to_string()));
        }
        let event = match failure {
            Failure::Unreachable(cause) => PlayerEvent::Unreachable(cause),
            Failure::Unreadable(error) => PlayerEvent::Refused(error),
        };
        self.stop();
        self.state = State::Ended;
        cx.notify(Notice::Custom(Box::new(event)));
    }

    /// Gives out what is due.
    fn go_on(&mut self, cx: &mut Context) {
        self.hear(cx);
        if self.state == State::Filling && !self.fill(cx) {
            return;
        }
        while self.state == State::Playing {
            let Some((track, item)) = self.next(cx) else { return };
            let Some(pad) = self.pads.get(&track).copied() else { continue };
            let when = due(&item) + self.base - LEAD;
            if when > cx.now() {
                self.pending = Some((track, item));
                return;
            }
            if self.starved.take().is_some() && cx.now() - when > LATE {
                // What comes is late because nothing came for a while: the rest would be late as well.
                self.pending = Some((track, item));
                self.state = State::Filling;
                self.starved = Some(cx.now());
                if !self.fill(cx) {
                    return;
                }
                continue;
            }
            self.give(pad, item, cx);
        }
    }

    /// Begins to play when enough has come.
    fn fill(&mut self, cx: &mut Context) -> bool {
        let Some(feed) = self.feed.as_ref().filter(|_| !self.tracks.is_empty()) else { return false };
        let from = self.pending.as_ref().map(|(_, item)| item.time);
        if !feed.is_ready(from, self.cache) {
            return false;
        }
        self.state = State::Playing;
        self.starved = None;
        if let Some((track, item)) = self.next(cx) {
            self.base = cx.now() - due(&item);
            self.pending = Some((track, item));
        }
        true
    }

    /// The next item; `None` when there is none yet, or at the end.
    fn next(&mut self, cx: &mut Context) -> Option<(usize, Item)> {
        if let Some(pending) = self.pending.take() {
            return Some(pending);
        }
        match self.feed.as_ref().map(Feed::next)? {
            Next::Item(track, item) => return Some((track, item)),
            Next::Nothing => {
                self.starved.get_or_insert(cx.now());
            }
            Next::End(failure) => {
                let broken = self.upload.as_ref().is_some_and(|upload| !upload.inlet.is_whole());
                let cause =
                    if broken { Some("the upload broke off".to_owned()) } else { failure.map(|e| e.to_string()) };
                self.finish(cause, cx);
            }
        }
        None
    }

    /// Gives an item out on its pad at its time on the clock.
    fn give(&mut self, pad: usize, item: Item, cx: &mut Context) {
        self.position = self.position.max(item.time);
        cx.emit(pad, moved(item, self.base));
        if self.position - self.told >= TELL_EVERY {
            self.told = self.position;
            cx.notify(Notice::Custom(Box::new(PlayerEvent::Position(self.position))));
        }
    }

    /// The end, and why it is too early: what could be read has been given, and the rest of the pipeline comes to its end
    /// in order.
    fn finish(&mut self, cause: Option<String>, cx: &mut Context) {
        self.state = State::Ended;
        self.feed = None;
        if let Some(cause) = cause {
            cx.notify(Notice::Custom(Box::new(PlayerEvent::Lost(cause))));
        }
        for pad in self.pads.values() {
            cx.end(*pad);
        }
        cx.notify(Notice::Custom(Box::new(PlayerEvent::Position(self.position))));
        cx.notify(Notice::EndOfStream);
    }

    /// When it gives up a server that sends nothing. A client that uploads is not given up here: it is who serves it that
    /// knows when it has gone.
    fn patience(&self) -> Option<MediaTime> {
        let waits = matches!(self.state, State::Filling | State::Playing) && self.upload.is_none();
        self.starved.filter(|_| waits && self.pending.is_none()).map(|since| since + PATIENCE)
    }

    /// When the session of the client ends: not before all is played.
    fn farewell(&self) -> Option<MediaTime> {
        self.upload.as_ref().filter(|_| self.state == State::Ended).and_then(|upload| upload.session.due())
    }

    fn keep_time(&mut self, cx: &mut Context) {
        if self.patience().is_some_and(|due| due <= cx.now()) {
            self.finish(Some(format!("nothing has come for {PATIENCE}")), cx);
        }
        if self.farewell().is_some_and(|due| due <= cx.now())
            && let Some(upload) = &mut self.upload
        {
            upload.inlet.close();
            tell(upload.session.end(), cx);
        }
        let item = self.pending.as_ref().filter(|_| self.state == State::Playing);
        let item = item.map(|(_, item)| due(item) + self.base - LEAD);
        if let Some(next) = [item, self.patience(), self.farewell()].into_iter().flatten().min() {
            cx.wake_at(next);
        }
    }

    fn obey(&mut self, command: PlayerCommand, cx: &mut Context) {
        match command {
            PlayerCommand::Play => self.play(cx),
            PlayerCommand::GoOn if self.state == State::Paused => self.play(cx),
            PlayerCommand::Pause if matches!(self.state, State::Playing | State::Filling) => {
                self.state = State::Paused;
            }
            PlayerCommand::Stop => self.stop(),
            PlayerCommand::Seek(position) => self.seek(position, cx),
            PlayerCommand::Pause | PlayerCommand::GoOn => {}
        }
    }
}

fn tell(event: Option<SessionEvent>, cx: &mut Context) {
    if let Some(event) = event {
        cx.notify(Notice::Custom(Box::new(event)));
    }
}

impl Node for FedNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        self.go_on(cx);
        self.keep_time(cx);
        Ok(())
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Result<(), NodeError> {
        if let Some(command) = command.downcast_ref::<PlayerCommand>() {
            self.obey(*command, cx);
        }
        match (command.downcast_ref::<FedCommand>(), &mut self.upload) {
            (Some(FedCommand::Fed), _) => self.go_on(cx),
            (Some(FedCommand::Came), Some(upload)) => {
                tell(upload.session.came(), cx);
                self.play(cx);
            }
            (Some(FedCommand::Went), Some(upload)) => upload.session.went(cx.now()),
            _ => {}
        }
        self.keep_time(cx);
        Ok(())
    }
}

impl Drop for Uploading {
    /// An endpoint that is released takes nothing any more.
    fn drop(&mut self) {
        self.inlet.close();
    }
}

#[cfg(test)]
mod tests;
