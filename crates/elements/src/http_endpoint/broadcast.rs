//! One stream and all who read it.
//!
//! The parts of the stream stand in one queue that all readers share, so that a slow reader costs nobody anything: what
//! it does not take in time goes, and it goes on at the newest keyframe. The queue has a bound in bytes and keeps what
//! lies behind the newest keyframe, so that who comes can begin at once.

use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, OnceLock};
use std::task::Waker;
use trellis_containers::{ContainerKind, Piece, media_type};
use trellis_media::Kind;

/// Bytes of parts that are kept.
const MOST_BYTES: usize = 8 << 20;
/// Parts that are kept before the newest keyframe: ten seconds.
const MOST_BEHIND: u64 = 50;
/// Readers at once.
const MOST_READERS: usize = 1_000;

/// Readers that have come or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attendance {
    Came,
    Went,
}

type Watch = Box<dyn Fn(Attendance) + Send + Sync>;

/// A stream that is being written, and its readers.
pub(crate) struct Broadcast {
    state: Mutex<State>,
    /// What it is as long as nothing has come.
    plain: &'static str,
    watch: OnceLock<Watch>,
}

#[derive(Default)]
struct State {
    header: Option<(Bytes, Arc<str>)>,
    parts: VecDeque<Bytes>,
    /// The number of the first part that is kept. Numbers count from the beginning of the stream.
    first: u64,
    bytes: usize,
    /// The newest part that a reader can begin with.
    keyframe: Option<u64>,
    over: bool,
    readers: HashMap<u64, Option<Waker>>,
    next_reader: u64,
    /// Readers below this number need not wait for a keyframe newer than they are.
    admitted: u64,
    lost: u64,
}

/// Where a reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It has not had the header. It came when this many parts had been.
    Header(u64),
    /// It waits for a keyframe that is no older than itself.
    Keyframe(u64),
    /// It goes on with this part.
    Part(u64),
}

/// What there is for a reader.
pub(super) enum Given {
    Bytes(Bytes, Place),
    Wait(Place),
    End,
}

/// Why a reader is not let in.
pub(super) enum Closed {
    Over,
    Full,
}

impl Broadcast {
    /// A stream of a container that begins with this kind of media, or holds it beside sound.
    pub fn new(container: ContainerKind, kind: Kind) -> Arc<Broadcast> {
        let plain = media_type(container, kind);
        Arc::new(Broadcast { state: Mutex::default(), plain, watch: OnceLock::new() })
    }

    /// Has somebody hear of readers that come and go. Once; nothing is locked when it is called.
    pub fn watch(&self, watch: impl Fn(Attendance) + Send + Sync + 'static) {
        let _ = self.watch.set(Box::new(watch));
    }

    /// The next piece of the stream.
    pub fn push(&self, piece: Piece) {
        self.change(|state| match piece {
            Piece::Header { bytes, mime } => state.header = Some((bytes, mime.into())),
            Piece::Part { bytes, keyframe } => state.push(bytes, keyframe),
        });
    }

    /// Lets those who wait for a new keyframe begin with the newest that there is.
    pub fn admit(&self) {
        self.change(|state| state.admitted = state.next_reader);
    }

    /// Ends the stream: readers get what is left, and nobody comes in any more.
    pub fn end(&self) {
        self.change(|state| state.over = true);
    }

    /// Whether the session is over.
    pub fn is_over(&self) -> bool {
        self.state.lock().over
    }

    /// What the stream is, as far as it is known.
    pub fn media_type(&self) -> Arc<str> {
        let state = self.state.lock();
        state.header.as_ref().map_or_else(|| self.plain.into(), |(_, mime)| Arc::clone(mime))
    }

    /// How many read.
    pub fn readers(&self) -> usize {
        self.state.lock().readers.len()
    }

    /// Parts that readers have lost because they were too slow.
    pub fn lost(&self) -> u64 {
        self.state.lock().lost
    }

    /// Changes the stream, and wakes all who wait for it.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let wakers: Vec<Waker> = {
            let mut state = self.state.lock();
            change(&mut state);
            state.readers.values_mut().filter_map(Option::take).collect()
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(super) fn enter(&self) -> Result<(u64, Place), Closed> {
        let entered = {
            let mut state = self.state.lock();
            if state.over {
                return Err(Closed::Over);
            }
            if state.readers.len() >= MOST_READERS {
                return Err(Closed::Full);
            }
            let id = state.next_reader;
            state.next_reader += 1;
            state.readers.insert(id, None);
            (id, Place::Header(state.first + state.parts.len() as u64))
        };
        self.tell(Attendance::Came);
        Ok(entered)
    }

    pub(super) fn leave(&self, reader: u64) {
        self.state.lock().readers.remove(&reader);
        self.tell(Attendance::Went);
    }

    fn tell(&self, attendance: Attendance) {
        if let Some(watch) = self.watch.get() {
            watch(attendance);
        }
    }

    /// What a reader at a place is given next; where there is nothing yet, `waker` is woken when there may be.
    pub(super) fn next(&self, reader: u64, place: Place, waker: &Waker) -> Given {
        let mut state = self.state.lock();
        let given = state.next(reader, place);
        if matches!(given, Given::Wait(_)) {
            state.readers.insert(reader, Some(waker.clone()));
        }
        given
    }

    /// Whether the header is there, or will not come; else `waker` is woken when that may be so.
    pub(super) fn is_known(&self, reader: u64, waker: &Waker) -> bool {
        let mut state = self.state.lock();
        let known = state.header.is_some() || state.over;
        if !known {
            state.readers.insert(reader, Some(waker.clone()));
        }
        known
    }
}

impl State {
    fn end(&self) -> u64 {
        self.first + self.parts.len() as u64
    }

    fn push(&mut self, bytes: Bytes, keyframe: bool) {
        if keyframe {
            self.keyframe = Some(self.end());
        }
        self.bytes += bytes.len();
        self.parts.push_back(bytes);
        let wanted = self.keyframe.unwrap_or(u64::MAX).saturating_sub(MOST_BEHIND);
        while self.bytes > MOST_BYTES || (self.first < wanted && self.parts.len() as u64 > MOST_BEHIND) {
            let Some(oldest) = self.parts.pop_front() else { break };
            self.bytes -= oldest.len();
            self.first += 1;
        }
    }

    /// The newest keyframe, when it is still there.
    fn newest(&self) -> Option<u64> {
        self.keyframe.filter(|keyframe| *keyframe >= self.first)
    }

    fn next(&mut self, reader: u64, place: Place) -> Given {
        match (place, &self.header) {
            (Place::Header(came), Some((header, _))) => Given::Bytes(header.clone(), Place::Keyframe(came)),
            (Place::Keyframe(came), _) => {
                let enough = if reader < self.admitted || self.over { 0 } else { came };
                match self.newest().filter(|keyframe| *keyframe >= enough) {
                    Some(keyframe) => self.part(keyframe),
                    None => self.wait(place),
                }
            }
            // What it should have had next is gone.
            (Place::Part(number), _) if number < self.first => {
                let newest = self.newest();
                self.lost += newest.unwrap_or(self.end()) - number;
                newest.map_or_else(|| self.wait(Place::Keyframe(0)), |keyframe| self.part(keyframe))
            }
            (Place::Part(number), _) => self.part(number),
            (Place::Header(_), None) => self.wait(place),
        }
    }

    fn part(&self, number: u64) -> Given {
        let at = usize::try_from(number - self.first).ok();
        match at.and_then(|at| self.parts.get(at)) {
            Some(bytes) => Given::Bytes(bytes.clone(), Place::Part(number + 1)),
            None => self.wait(Place::Part(number)),
        }
    }

    fn wait(&self, place: Place) -> Given {
        if self.over { Given::End } else { Given::Wait(place) }
    }
}
