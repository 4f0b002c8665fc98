//! The state machine of HttpGetEndpoint: writes what comes as a stream, whether anybody reads it or not, so that who
//! comes finds a keyframe.

use super::broadcast::Broadcast;
use super::session::{Session, SessionEvent};
use crate::pads::{pad, sinks, sources};
use crate::recorder::tracks::{TrackSpecs, TrackState, shift};
use crate::recorder::{ContainerKind, Profile};
use std::sync::Arc;
use trellis_containers::StreamMuxer;
use trellis_graph::{Command, Context, Element, Node, NodeError, Notice, Request, Weight};
use trellis_media::{Caps, Codec, Format, Item, Kind, MediaTime};

/// How long the first track waits for another that is connected but silent.
const PATIENCE: MediaTime = MediaTime::from_millis(2_000);
/// How long it waits for one of which it is known what will come: for a keyframe of a file, for one.
const LONG_PATIENCE: MediaTime = MediaTime::from_millis(10_000);
/// After this long without anything to write, readers get all that has come.
const STALL: MediaTime = MediaTime::from_millis(200);
/// Items kept while the tracks are not all known.
const MOST_WAITING: usize = 600;
/// Who comes waits this long for a keyframe of its own, and is then given the newest that there is.
const FRESH: MediaTime = MediaTime::from_millis(100);

/// What the element tells its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GetCommand {
    /// A reader has come.
    Came,
    /// A reader has gone.
    Went,
    /// A sink pad has been connected (true) or disconnected.
    Connected(usize, bool),
}

/// What an endpoint is made with.
pub(crate) struct GetSettings {
    pub profile: Profile,
    /// How long a session without readers lasts.
    pub timeout: MediaTime,
    /// Whether the session ends when the media does.
    pub ends_with_media: bool,
}

/// The element of an endpoint that writes to `broadcast`.
pub(crate) fn element(name: &str, settings: GetSettings, broadcast: &Arc<Broadcast>) -> Element {
    let profile = settings.profile;
    Element {
        name: name.into(),
        sinks: sinks(|kind| caps(profile, kind)),
        sources: sources(),
        live: false,
        node: Box::new(GetNode::new(settings, Arc::clone(broadcast))),
    }
}

/// What is streamed as it comes. Of MP4 only what every browser plays.
fn caps(profile: Profile, kind: Kind) -> Caps {
    match (profile.container, kind) {
        (ContainerKind::Mp4, Kind::Video) if profile.video => Caps::like(&[Format::encoded(Codec::H264)]),
        (ContainerKind::Mp4, Kind::Audio) if profile.audio => Caps::like(&[Format::encoded(Codec::Aac)]),
        (ContainerKind::WebM | ContainerKind::Matroska, _) => profile.caps(kind),
        _ => Caps::none(),
    }
}

/// The node: sink pad 0 is audio, 1 is video.
///
/// Invariant: everything given to the muxer has times that start at zero, where there is video with its keyframe.
pub(crate) struct GetNode {
    container: ContainerKind,
    broadcast: Arc<Broadcast>,
    ends_with_media: bool,
    session: Session,
    tracks: [TrackState; 2],
    waiting: Vec<(usize, Item)>,
    waiting_since: Option<MediaTime>,
    muxer: Option<StreamMuxer>,
    origin: MediaTime,
    /// When something was last written, as long as readers have not got it.
    written: Option<MediaTime>,
    /// When those who have come are let in without a keyframe of their own.
    admission: Option<MediaTime>,
    /// The wake-up that is on its way.
    alarm: Option<MediaTime>,
}

impl GetNode {
    fn new(settings: GetSettings, broadcast: Arc<Broadcast>) -> GetNode {
        GetNode {
            container: settings.profile.container,
            broadcast,
            ends_with_media: settings.ends_with_media,
            session: Session::new(settings.timeout),
            tracks: Default::default(),
            waiting: Vec::new(),
            waiting_since: None,
            muxer: None,
            origin: MediaTime::ZERO,
            written: None,
            admission: None,
            alarm: None,
        }
    }

    /// Whether every connected track has shown what it is, or has had its chance.
    fn is_ready(&self, now: MediaTime) -> bool {
        let complete = self.tracks.iter().all(|track| !track.is_expected() || track.is_known());
        complete || self.patience().is_some_and(|due| due <= now) || self.waiting.len() >= MOST_WAITING
    }

    /// When what has come is written without what has not.
    fn patience(&self) -> Option<MediaTime> {
        let announced =
            self.tracks.iter().any(|track| track.is_expected() && track.is_announced() && !track.is_known());
        let patience = if announced { LONG_PATIENCE } else { PATIENCE };
        self.waiting_since.filter(|_| !self.waiting.is_empty()).map(|since| since + patience)
    }

    fn start_writing(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        let specs = TrackSpecs::of(&mut self.tracks)?;
        self.muxer = Some(StreamMuxer::new(self.container, specs.as_slice()).map_err(NodeError::new)?);
        // The header names the codecs: what comes from now on is of those.
        for (input, track) in self.tracks.iter().enumerate() {
            if let Some(codec) = track.muxed().and_then(|number| specs.as_slice().get(number)?.format.codec()) {
                cx.set_caps(input, Caps::like(&[Format::encoded(codec)]));
            }
        }
        let waiting = std::mem::take(&mut self.waiting);
        let first = |input: Option<usize>| {
            waiting.iter().filter(|(of, _)| input.is_none_or(|input| input == *of)).map(|(_, item)| item.time).min()
        };
        self.origin = first(Some(pad(Kind::Video))).or(first(None)).unwrap_or_default();
        waiting.into_iter().try_for_each(|(input, item)| self.write(input, item))
    }

    fn write(&mut self, input: usize, mut item: Item) -> Result<(), NodeError> {
        let (Some(muxer), Some(track)) = (self.muxer.as_mut(), self.tracks[input].muxed()) else { return Ok(()) };
        if item.time < self.origin {
            return Ok(());
        }
        shift(&mut item, self.origin);
        muxer.write(track, &item).map_err(NodeError::new)?;
        // Somebody waits for this keyframe: it does not wait for the rest of its part.
        if self.admission.is_some() && input == pad(Kind::Video) && item.starts_keyframe() {
            self.admission = None;
            muxer.flush().map_err(NodeError::new)?;
        }
        self.give();
        Ok(())
    }

    /// Gives readers what is whole.
    fn give(&mut self) {
        while let Some(piece) = self.muxer.as_mut().and_then(StreamMuxer::next_piece) {
            self.broadcast.push(piece);
        }
    }

    fn flush(&mut self) -> Result<(), NodeError> {
        self.written = None;
        if let Some(muxer) = &mut self.muxer {
            // Also where a track has shown no keyframe: there is nothing else to wait for.
            muxer.start().and_then(|()| muxer.flush()).map_err(NodeError::new)?;
        }
        self.give();
        Ok(())
    }

    fn came(&mut self, cx: &mut Context) {
        tell(self.session.came(), cx);
        cx.request(pad(Kind::Video), Request::Keyframe);
        self.admission.get_or_insert(cx.now() + FRESH);
    }

    fn tell_end(&mut self, event: Option<SessionEvent>, cx: &mut Context) {
        if event.is_some() {
            self.broadcast.end();
        }
        tell(event, cx);
    }

    /// Asks to be woken when the next thing is due.
    fn set_alarm(&mut self, cx: &mut Context) {
        let stall = self.written.map(|written| written + STALL);
        let next = [self.patience(), stall, self.admission, self.session.due()].into_iter().flatten().min();
        // One that comes too early is set again: it is cheaper than one for each item.
        if let Some(next) = next.filter(|next| self.alarm.is_none_or(|alarm| *next < alarm)) {
            self.alarm = Some(next);
            cx.wake_at(next);
        }
    }
}

/// Tells what has become of the session.
pub(super) fn tell(event: Option<SessionEvent>, cx: &mut Context) {
    if let Some(event) = event {
        cx.notify(Notice::Custom(Box::new(event)));
    }
}

impl Node for GetNode {
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
        let Some(track) = self.tracks.get_mut(input) else { return Ok(()) };
        if !track.admits(&item) {
            return Ok(());
        }
        track.learn(&item);
        self.written = Some(cx.now());
        if self.muxer.is_some() {
            self.write(input, item)?;
        } else {
            self.waiting.push((input, item));
            self.waiting_since.get_or_insert(cx.now());
            if self.is_ready(cx.now()) {
                self.start_writing(cx)?;
            }
        }
        self.set_alarm(cx);
        Ok(())
    }

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        self.alarm = None;
        let now = cx.now();
        if self.muxer.is_none() && !self.waiting.is_empty() && self.is_ready(now) {
            self.start_writing(cx)?;
        }
        if self.written.is_some_and(|written| written + STALL <= now) {
            self.flush()?;
        }
        if self.admission.is_some_and(|due| due <= now) {
            self.admission = None;
            self.broadcast.admit();
        }
        let ended = self.session.end_if_due(now);
        self.tell_end(ended, cx);
        self.set_alarm(cx);
        Ok(())
    }

    fn end(&mut self, input: usize, cx: &mut Context) -> Result<(), NodeError> {
        if let Some(track) = self.tracks.get_mut(input) {
            track.set_ended();
        }
        if self.tracks.iter().any(|track| track.is_expected() && !track.is_ended()) {
            return Ok(());
        }
        if self.muxer.is_none() && !self.waiting.is_empty() {
            self.start_writing(cx)?;
        }
        self.flush()?;
        if self.ends_with_media {
            self.broadcast.end();
            let ended = self.session.end();
            self.tell_end(ended, cx);
        }
        Ok(())
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Result<(), NodeError> {
        match command.downcast_ref::<GetCommand>() {
            Some(GetCommand::Came) => self.came(cx),
            Some(GetCommand::Went) => self.session.went(cx.now()),
            Some(GetCommand::Connected(input, connected)) => {
                if let Some(track) = self.tracks.get_mut(*input) {
                    track.set_expected(*connected);
                }
            }
            None => {}
        }
        self.set_alarm(cx);
        Ok(())
    }
}

impl Drop for GetNode {
    /// An endpoint that is released ends its stream.
    fn drop(&mut self) {
        self.broadcast.end();
    }
}
