//! What a thread reads for a player: from a network, where FFmpeg waits for every byte.
//!
//! ```text
//!  connection ──► thread: demuxer ──► queue, bounded ──► FedNode
//! ```
//!
//! A node never waits, so that what may have to wait has a thread for as long as it is read. The thread waits while the queue is full, and so does whoever sends. The node says when it is hungry,
//! and is told once there is something.

use crate::threads;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use trellis_containers::{ContainerError, Demuxer, Track};
use trellis_media::{Item, MediaTime};

/// Items, and bytes of them, that wait for the player.
const MOST_ITEMS: usize = 4_096;
const MOST_BYTES: usize = 8 << 20;
/// A feed that has come to its end waits this long for somebody to seek back in it.
const LINGER: Duration = Duration::from_secs(30);

/// Why there is nothing to play.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It cannot be reached.
    Unreachable(String),
    /// It is not media.
    Unreadable(ContainerError),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Unreachable(cause) => f.write_str(cause),
            Failure::Unreadable(error) => error.fmt(f),
        }
    }
}

/// What is being read.
pub(crate) struct Reading {
    pub demuxer: Demuxer,
    pub tracks: Vec<Track>,
    pub seekable: bool,
}

type Open = Box<dyn FnOnce() -> Result<Reading, Failure> + Send>;

/// Something to read.
pub(crate) struct Source {
    /// Opens it, on the thread.
    pub open: Open,
    /// Has whoever reads it wait no longer.
    pub stop: Box<dyn Fn() + Send + Sync>,
}

/// What there is to play.
pub(crate) struct Known {
    pub tracks: Vec<Track>,
    pub seekable: bool,
}

/// What comes next.
pub(crate) enum Next {
    Item(usize, Item),
    /// Nothing yet; the node is told when there is.
    Nothing,
    /// Nothing more, and why that is too early.
    End(Option<ContainerError>),
}

/// A thread that reads; it ends when this is dropped.
pub(crate) struct Feed(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// There is room, or something to be done.
    work: Condvar,
    notify: Box<dyn Fn() + Send + Sync>,
    stop: Box<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct State {
    opened: Option<Result<Known, Failure>>,
    queue: VecDeque<(usize, Item)>,
    bytes: usize,
    /// The latest time that has come.
    newest: MediaTime,
    /// The end, and why it is too early.
    end: Option<Option<ContainerError>>,
    wish: Option<MediaTime>,
    /// What became of the last seek.
    sought: Option<bool>,
    /// The node waits until so much has come behind a time.
    hungry: Option<(MediaTime, MediaTime)>,
    /// Something has happened that the node has not been told of.
    news: bool,
    closed: bool,
}

impl Feed {
    /// Starts to read. `notify` is called when the node that waits need not wait any longer; nothing is locked then.
    ///
    /// # Errors
    /// When there are too many, or no thread is to be had.
    pub fn start(source: Source, notify: impl Fn() + Send + Sync + 'static) -> io::Result<Feed> {
        let Source { open, stop } = source;
        let (state, work) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { state, work, notify: Box::new(notify), stop });
        let reading = Arc::clone(&shared);
        threads::spawn("trellis-feed", move || reading.run(open))?;
        Ok(Feed(shared))
    }

    /// What there is to play, once; `None` while that is not known.
    pub fn take_opened(&self) -> Option<Result<Known, Failure>> {
        self.0.state.lock().opened.take()
    }

    /// What became of the last seek, once.
    pub fn take_sought(&self) -> Option<bool> {
        self.0.state.lock().sought.take()
    }

    /// Whether so much media has come behind a time, or no more will; if not, the node is told when it has.
    pub fn is_ready(&self, from: Option<MediaTime>, span: MediaTime) -> bool {
        let mut state = self.0.state.lock();
        let Some(from) = from.or_else(|| state.queue.front().map(|(_, item)| item.time)) else {
            // Nothing has come at all: then look again.
            state.hungry = Some((state.newest, MediaTime::ZERO));
            return state.end.is_some();
        };
        let ready = state.holds((from, span));
        state.hungry = (!ready).then_some((from, span));
        ready
    }

    /// The next item.
    pub fn next(&self) -> Next {
        let mut state = self.0.state.lock();
        let was_full = state.is_full();
        let Some((track, item)) = state.queue.pop_front() else {
            if let Some(failure) = state.end.as_mut() {
                return Next::End(failure.take());
            }
            state.hungry = Some((state.newest, MediaTime::ZERO));
            return Next::Nothing;
        };
        state.bytes = state.bytes.saturating_sub(item.size());
        if was_full && !state.is_full() {
            self.0.work.notify_one();
        }
        Next::Item(track, item)
    }

    /// Goes to the last keyframe at or before a time; what has come from elsewhere goes.
    pub fn seek(&self, time: MediaTime) {
        let mut state = self.0.state.lock();
        state.wish = Some(time);
        state.queue.clear();
        (state.bytes, state.newest, state.end, state.sought) = (0, MediaTime::ZERO, None, None);
        self.0.work.notify_one();
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.0.state.lock().closed = true;
        self.0.work.notify_one();
        (self.0.stop)();
    }
}

impl State {
    fn is_full(&self) -> bool {
        self.queue.len() >= MOST_ITEMS || self.bytes >= MOST_BYTES
    }

    /// Whether so much has come behind a time, or no more will.
    fn holds(&self, (from, span): (MediaTime, MediaTime)) -> bool {
        self.end.is_some() || self.is_full() || (!self.queue.is_empty() && self.newest - from >= span)
    }

    fn push(&mut self, track: usize, item: Item) {
        self.bytes += item.size();
        self.newest = self.newest.max(item.time);
        self.queue.push_back((track, item));
    }
}

impl Shared {
    fn run(&self, open: Open) {
        match open() {
            Ok(Reading { mut demuxer, tracks, seekable }) => {
                self.change(|state| state.tell_opened(Ok(Known { tracks, seekable })));
                while self.step(&mut demuxer) {}
            }
            Err(failure) => self.change(|state| state.tell_opened(Err(failure))),
        }
    }

    /// Does the next thing; false when there is nothing more to do.
    fn step(&self, demuxer: &mut Demuxer) -> bool {
        let mut state = self.state.lock();
        while !state.closed && state.wish.is_none() && (state.end.is_some() || state.is_full()) {
            if !self.wait(&mut state) {
                return false;
            }
        }
        if state.closed {
            return false;
        }
        let wish = state.wish.take();
        drop(state);
        if let Some(time) = wish {
            let sought = demuxer.seek(time).is_ok();
            self.change(|state| (state.sought, state.news) = (Some(sought), true));
            return true;
        }
        let next = demuxer.next();
        self.change(|state| match next {
            // What was read before a seek was asked for.
            _ if state.wish.is_some() => {}
            Ok(Some((track, item))) => state.push(track, item),
            Ok(None) => state.end = Some(None),
            Err(error) => state.end = Some(Some(error)),
        });
        true
    }

    /// Waits for something to do; false when that has lasted too long at the end.
    fn wait(&self, state: &mut MutexGuard<'_, State>) -> bool {
        if state.end.is_some() {
            return !self.work.wait_for(state, LINGER).timed_out();
        }
        self.work.wait(state);
        true
    }

    /// Changes the state, and tells the node that has waited for that.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let served = {
            let mut state = self.state.lock();
            change(&mut state);
            let served = state.news || state.hungry.is_some_and(|hunger| state.holds(hunger));
            if served {
                (state.hungry, state.news) = (None, false);
            }
            served
        };
        if served {
            (self.notify)();
        }
    }
}

impl State {
    fn tell_opened(&mut self, opened: Result<Known, Failure>) {
        (self.opened, self.news) = (Some(opened), true);
    }
}
