//! PlayerEndpoint.

use super::element::{ElementCore, ElementObject};
use super::http::{Place, start};
use super::pipeline::PipelineObject;
use crate::fetch;
use crate::player::{self, FedNode, Pace, PlayerCommand, PlayerEvent};
use parking_lot::Mutex;
use std::sync::Arc;
use trellis_containers::ContainerError;
use trellis_graph::Element;
use trellis_graph::{NodeError, Notice};
use trellis_media::MediaTime;
use trellis_model::{Args, Class, NewObject, Remote, RemoteError, Value};

/// The longest cache, in milliseconds.
const LONGEST_CACHE: i64 = 60_000;

/// A player's object. What it plays is opened by `play`: what cannot be is an `Error` event.
pub(crate) struct PlayerObject {
    core: ElementCore,
    uri: String,
    state: Mutex<State>,
}

#[derive(Clone, Copy)]
struct State {
    name: &'static str,
    position: MediaTime,
    duration: MediaTime,
    seekable: bool,
}

impl PlayerObject {
    pub fn new(pipeline: &Arc<PipelineObject>, args: &Args, new: NewObject) -> Result<Arc<PlayerObject>, RemoteError> {
        let uri = args.text("uri")?;
        let node = Place::default();
        let element = match scheme_of(&uri).as_deref() {
            Some(scheme @ ("http" | "https")) => {
                pipeline.media.settings.uris.scheme(scheme).map_err(RemoteError::uri_not_found)?;
                over_http(pipeline, &uri, cache(args)?, &node)
            }
            _ => {
                let path = pipeline.media.file(&uri).map_err(RemoteError::uri_not_found)?;
                player::later("PlayerEndpoint", path, Pace::RealTime)
            }
        };
        let core = ElementCore::add(pipeline, element, new);
        let _ = node.set((pipeline.graph().downgrade(), core.key));
        let (position, duration) = (MediaTime::ZERO, MediaTime::ZERO);
        let state = Mutex::new(State { name: "STOP", position, duration, seekable: false });
        let object = Arc::new(PlayerObject { core, uri, state });
        object.core.adopt(&object);
        Ok(object)
    }

    pub fn play(&self) {
        self.enter("START", PlayerCommand::Play);
    }

    pub fn pause(&self) {
        self.enter("PAUSE", PlayerCommand::Pause);
    }

    pub fn stop(&self) {
        self.enter("STOP", PlayerCommand::Stop);
    }

    fn enter(&self, name: &'static str, command: PlayerCommand) {
        self.core.pipeline.graph().command(self.core.key, command);
        self.tell_state(name);
    }

    fn tell_state(&self, name: &'static str) {
        let before = std::mem::replace(&mut self.state.lock().name, name);
        if before != name {
            self.core.events.raise("UriEndpointStateChanged", [("state", name.into())]);
        }
    }

    pub fn uri(&self) -> Value {
        self.uri.as_str().into()
    }

    pub fn state(&self) -> Value {
        self.state.lock().name.into()
    }

    pub fn position(&self) -> Value {
        Value::Int(self.state.lock().position.millis())
    }

    pub fn set_position(&self, millis: i64) -> Value {
        let position = MediaTime::from_millis(millis.max(0));
        self.core.pipeline.graph().command(self.core.key, PlayerCommand::Seek(position));
        Value::Null
    }

    /// `VideoInfo`: times in milliseconds.
    pub fn video_info(&self) -> Value {
        let State { duration, seekable, .. } = *self.state.lock();
        let end = if seekable { duration.millis() } else { 0 };
        Value::record(
            "VideoInfo",
            [
                ("isSeekable", Value::Bool(seekable)),
                ("seekableInit", Value::Int(0)),
                ("seekableEnd", Value::Int(end)),
                ("duration", Value::Int(duration.millis())),
            ],
        )
    }
}

/// The scheme of a URI, in small letters.
pub(super) fn scheme_of(uri: &str) -> Option<String> {
    uri.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase())
}

/// `networkCache`, in milliseconds.
fn cache(args: &Args) -> Result<MediaTime, RemoteError> {
    Ok(MediaTime::from_millis(args.int_or("networkCache", 2_000)?.clamp(0, LONGEST_CACHE)))
}

/// A player of what an HTTP server has.
fn over_http(pipeline: &Arc<PipelineObject>, uri: &str, cache: MediaTime, node: &Place) -> Element {
    let (policy, uri, node) = (Arc::clone(&pipeline.media.settings.uris), uri.to_owned(), Arc::clone(node));
    let start = Box::new(move || start(fetch::source(&policy, &uri), &node));
    player::fed("PlayerEndpoint", FedNode::new(start, cache))
}

impl ElementObject for PlayerObject {
    fn core(&self) -> &ElementCore {
        &self.core
    }

    fn notice(&self, notice: Notice) {
        match notice {
            Notice::EndOfStream => {
                self.tell_state("STOP");
                self.core.events.raise("EndOfStream", []);
            }
            Notice::Custom(event) => match event.downcast_ref::<PlayerEvent>() {
                Some(PlayerEvent::Position(position)) => self.state.lock().position = *position,
                Some(PlayerEvent::Opened { duration, seekable }) => {
                    let mut state = self.state.lock();
                    (state.duration, state.seekable) = (*duration, *seekable);
                }
                Some(PlayerEvent::Unreachable(cause)) => {
                    self.tell_state("STOP");
                    self.core.error("INVALID_URI", &NodeError::new(cause));
                }
                Some(PlayerEvent::Lost(cause)) => {
                    self.core.error("RESOURCE_ERROR_READ", &NodeError::new(format_args!("{}: {cause}", self.uri)));
                }
                Some(PlayerEvent::Refused(error)) => {
                    self.tell_state("STOP");
                    let kind = if matches!(error, ContainerError::Open(..)) { "INVALID_URI" } else { "INVALID_MEDIA" };
                    self.core.error(kind, &NodeError::new(format_args!("{}: {error}", self.uri)));
                }
                Some(PlayerEvent::SeekFailed) => {
                    self.core.error("PLAYER_SEEK_FAIL", &NodeError::new("what is played cannot be sought in"));
                }
                None => {}
            },
            other => {
                self.core.notice(other);
            }
        }
    }
}

impl Remote for PlayerObject {
    fn class(&self) -> &'static Class {
        super::class("PlayerEndpoint")
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        match operation {
            "play" => self.play(),
            "pause" => self.pause(),
            "stop" => self.stop(),
            "getElementGstreamerDot" => return Some(Ok(self.core.pipeline.dot())),
            "getUri" => return Some(Ok(self.uri())),
            "getState" => return Some(Ok(self.state())),
            "getPosition" => return Some(Ok(self.position())),
            "setPosition" => return Some(args.int("position").map(|position| self.set_position(position))),
            "getVideoInfo" => return Some(Ok(self.video_info())),
            _ => return self.core.invoke(operation, args),
        }
        Some(Ok(Value::Null))
    }

    fn close(&self) {
        self.core.close();
    }
}
