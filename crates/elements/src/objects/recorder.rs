//! RecorderEndpoint.

use super::element::{ElementCore, ElementObject};
use super::http::Place;
use super::pipeline::PipelineObject;
use super::player::scheme_of;
use crate::pads::pad;
use crate::recorder::{self, AtEnd, ContainerKind, Destination, Profile, RecorderCommand, RecorderEvent, RecorderNode};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::time::{Duration, Instant};
use trellis_graph::{NodeError, Notice};
use trellis_media::Kind;
use trellis_model::{Args, Class, NewObject, Remote, RemoteError, Value};

/// `stopAndWait` gives up after this time.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);

/// A recorder's object.
pub(crate) struct RecorderObject {
    core: ElementCore,
    uri: String,
    profile: Profile,
    state: Mutex<State>,
    stopped: Condvar,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Recording,
    Paused,
    Stopping,
    Stopped,
}

/// What a `MediaProfileSpecType` names.
pub(super) fn profile_of(name: &str) -> Result<Profile, RemoteError> {
    let (container, rest) = if let Some(rest) = name.strip_prefix("WEBM") {
        (ContainerKind::WebM, rest)
    } else if let Some(rest) = name.strip_prefix("MP4") {
        (ContainerKind::Mp4, rest)
    } else if let Some(rest) = name.strip_prefix("MKV") {
        (ContainerKind::Matroska, rest)
    } else {
        return Err(RemoteError::not_implemented(format_args!("media as {name}")));
    };
    match rest {
        "" => Ok(Profile { container, audio: true, video: true }),
        "_VIDEO_ONLY" => Ok(Profile { container, audio: false, video: true }),
        "_AUDIO_ONLY" => Ok(Profile { container, audio: true, video: false }),
        _ => Err(RemoteError::marshal("Invalid value for 'MediaProfileSpecType'")),
    }
}

/// A server to which a recorder at this place sends.
fn destination(pipeline: &Arc<PipelineObject>, uri: &str, node: &Place) -> Destination {
    let node = Arc::clone(node);
    let answered = Arc::new(move |answer| {
        if let Some((pipeline, key)) = node.get() {
            pipeline.turn(|turn| turn.command(*key, Box::new(RecorderCommand::Answered(answer))));
        }
    });
    Destination { policy: Arc::clone(&pipeline.media.settings.uris), uri: uri.to_owned(), answered }
}

impl RecorderObject {
    pub fn new(
        pipeline: &Arc<PipelineObject>,
        args: &Args,
        new: NewObject,
    ) -> Result<Arc<RecorderObject>, RemoteError> {
        let uri = args.text("uri")?;
        let profile = profile_of(&args.text_or("mediaProfile", "WEBM")?)?;
        let place = Place::default();
        let node = match scheme_of(&uri).as_deref() {
            Some(scheme @ ("http" | "https")) => {
                pipeline.media.settings.uris.scheme(scheme).map_err(RemoteError::uri_not_found)?;
                RecorderNode::sending(destination(pipeline, &uri, &place), profile.container)
            }
            _ => {
                let path = pipeline.media.file(&uri).map_err(RemoteError::uri_not_found)?;
                RecorderNode::new(path, profile.container)
            }
        };
        let at_end = if args.bool_or("stopOnEndOfStream", false)? { AtEnd::Stop } else { AtEnd::Wait };
        let element = recorder::of("RecorderEndpoint", node.at_end(at_end), profile);
        let core = ElementCore::add(pipeline, element, new);
        let _ = place.set((pipeline.graph().downgrade(), core.key));
        let (state, stopped) = (Mutex::new(State::Idle), Condvar::new());
        let object = Arc::new(RecorderObject { core, uri, profile, state, stopped });
        object.core.adopt(&object);
        Ok(object)
    }

    fn send(&self, command: RecorderCommand) {
        self.core.pipeline.graph().command(self.core.key, command);
    }

    /// Starts, or goes on after a pause. One recording an endpoint, as Kurento has it.
    pub fn record(&self) -> Result<(), RemoteError> {
        {
            let mut state = self.state.lock();
            match *state {
                State::Idle | State::Paused => *state = State::Recording,
                State::Recording => return Ok(()),
                State::Stopping | State::Stopped => return Err(RemoteError::unexpected("Recorder is stopped")),
            }
        }
        self.send(RecorderCommand::Record);
        Ok(())
    }

    pub fn pause(&self) -> Result<(), RemoteError> {
        {
            let mut state = self.state.lock();
            match *state {
                State::Recording => *state = State::Paused,
                State::Idle | State::Paused => return Ok(()),
                State::Stopping | State::Stopped => return Err(RemoteError::unexpected("Recorder is stopped")),
            }
        }
        self.send(RecorderCommand::Pause);
        Ok(())
    }

    pub fn stop(&self) {
        {
            let mut state = self.state.lock();
            if matches!(*state, State::Stopping | State::Stopped) {
                return;
            }
            *state = State::Stopping;
        }
        self.send(RecorderCommand::Stop);
    }

    /// Stops and returns when the file is closed.
    pub fn stop_and_wait(&self) -> Result<(), RemoteError> {
        self.stop();
        let deadline = Instant::now() + STOP_TIMEOUT;
        let mut state = self.state.lock();
        while *state != State::Stopped {
            if self.stopped.wait_until(&mut state, deadline).timed_out() {
                return Err(RemoteError::unexpected("the recording did not come to its end in time"));
            }
        }
        Ok(())
    }

    pub fn uri(&self) -> Value {
        self.uri.as_str().into()
    }

    pub fn state(&self) -> Value {
        self.state_name().into()
    }

    fn state_name(&self) -> &'static str {
        match *self.state.lock() {
            State::Recording => "START",
            State::Paused => "PAUSE",
            State::Idle | State::Stopping | State::Stopped => "STOP",
        }
    }

    fn heard(&self, event: &RecorderEvent) {
        let name = match event {
            RecorderEvent::Recording => "Recording",
            RecorderEvent::Paused => "Paused",
            RecorderEvent::Stopped(failure) => {
                if let Some(failure) = failure {
                    self.core.error("RESOURCE_ERROR_WRITE", &NodeError::new(failure));
                }
                self.end();
                "Stopped"
            }
        };
        self.core.events.raise(name, []);
        self.core.events.raise("UriEndpointStateChanged", [("state", self.state_name().into())]);
    }

    fn end(&self) {
        *self.state.lock() = State::Stopped;
        self.stopped.notify_all();
    }
}

impl ElementObject for RecorderObject {
    fn core(&self) -> &ElementCore {
        &self.core
    }

    fn sink_connected(&self, kind: Kind, connected: bool) {
        if self.profile.has(kind) {
            self.send(RecorderCommand::Connected(pad(kind), connected));
        }
    }

    fn notice(&self, notice: Notice) {
        match notice {
            Notice::Custom(event) => {
                if let Some(event) = event.downcast_ref::<RecorderEvent>() {
                    self.heard(event);
                }
            }
            Notice::EndOfStream => {}
            Notice::Error(error) => {
                self.core.notice(Notice::Error(error));
                self.end();
            }
            other => {
                self.core.notice(other);
            }
        }
    }
}

impl Remote for RecorderObject {
    fn class(&self) -> &'static Class {
        super::class("RecorderEndpoint")
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        Some(match operation {
            "record" => self.record().map(|()| Value::Null),
            "pause" => self.pause().map(|()| Value::Null),
            "stop" => {
                self.stop();
                Ok(Value::Null)
            }
            "stopAndWait" => self.stop_and_wait().map(|()| Value::Null),
            "getUri" => Ok(self.uri()),
            "getState" => Ok(self.state()),
            _ => return self.core.invoke(operation, args),
        })
    }

    /// A recording that runs is brought to its end first.
    fn close(&self) {
        let running = matches!(*self.state.lock(), State::Recording | State::Paused | State::Stopping);
        if running && let Err(error) = self.stop_and_wait() {
            tracing::warn!(%error, "release of a recorder");
        }
        self.core.close();
    }
}
