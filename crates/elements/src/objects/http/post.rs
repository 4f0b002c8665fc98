//! HttpPostEndpoint.

use super::super::element::{ElementCore, ElementObject};
use super::super::pipeline::PipelineObject;
use super::{Url, raise, timeout};
use crate::http_endpoint::{Attendance, Door, Inlet, PostDoor, Session, SessionEvent, spool};
use crate::player::{self, Failure, FedCommand, FedNode, Feed, PlayerEvent, Source, Uploading};
use std::sync::{Arc, OnceLock};
use trellis_graph::{ElementId, NodeError, Notice, WeakPipeline};
use trellis_media::MediaTime;
use trellis_model::{Args, Class, NewObject, Remote, RemoteError, Value};

/// How much of an upload has come before it is played: what a live one may stutter by.
const CACHE: MediaTime = MediaTime::from_millis(200);

/// An endpoint that plays what a client uploads.
pub(crate) struct HttpPostObject {
    core: ElementCore,
    url: Url,
}

impl HttpPostObject {
    pub fn new(
        pipeline: &Arc<PipelineObject>,
        args: &Args,
        new: NewObject,
    ) -> Result<Arc<HttpPostObject>, RemoteError> {
        let inlet = Arc::new(Inlet::default());
        let session = Session::new(timeout(args)?);
        let url = Url::of(&pipeline.media, Door::Post(PostDoor(Arc::clone(&inlet))))?;
        let node = Arc::new(OnceLock::new());
        let (read, told) = (Arc::clone(&inlet), Arc::clone(&node));
        let start = Box::new(move || {
            let gone = || Failure::Unreachable("the client has gone".to_owned());
            let source = source(&read).ok_or_else(gone)?;
            start(source, &told)
        });
        let fed = FedNode::new(start, CACHE).uploaded(Uploading { session, inlet: Arc::clone(&inlet) });
        let core = ElementCore::add(pipeline, player::fed("HttpPostEndpoint", fed), new);
        let _ = node.set((pipeline.graph().downgrade(), core.key));
        inlet.watch(move |attendance| {
            let command = match attendance {
                Attendance::Came => FedCommand::Came,
                Attendance::Went => FedCommand::Went,
            };
            tell(&node, command);
        });
        let object = Arc::new(HttpPostObject { core, url });
        object.core.adopt(&object);
        Ok(object)
    }
}

/// Where a node is, once it is somewhere.
pub(crate) type Place = Arc<OnceLock<(WeakPipeline, ElementId)>>;

/// Starts to read for a node.
pub(crate) fn start(source: Source, node: &Place) -> Result<Feed, Failure> {
    let node = Arc::clone(node);
    Feed::start(source, move || tell(&node, FedCommand::Fed)).map_err(|error| Failure::Unreachable(error.to_string()))
}

fn tell(node: &Place, command: FedCommand) {
    if let Some((pipeline, key)) = node.get() {
        pipeline.turn(|turn| turn.command(*key, Box::new(command)));
    }
}

/// What comes in; `None` when it has been taken.
fn source(inlet: &Inlet) -> Option<Source> {
    let reader = inlet.take_reader()?;
    let stop = reader.stop();
    Some(Source { open: Box::new(move || spool::open(reader)), stop: Box::new(move || stop.stop()) })
}

impl ElementObject for HttpPostObject {
    fn core(&self) -> &ElementCore {
        &self.core
    }

    fn notice(&self, notice: Notice) {
        match notice {
            Notice::EndOfStream => self.core.events.raise("EndOfStream", []),
            Notice::Custom(event) => {
                if let Some(event) = event.downcast_ref::<SessionEvent>() {
                    raise(&self.core, *event);
                }
                match event.downcast_ref::<PlayerEvent>() {
                    Some(PlayerEvent::Refused(error)) => self.core.error("INVALID_MEDIA", &NodeError::new(error)),
                    Some(PlayerEvent::Unreachable(cause)) => self.core.error("INVALID_URI", &NodeError::new(cause)),
                    Some(PlayerEvent::Lost(cause)) => self.core.error("RESOURCE_ERROR_READ", &NodeError::new(cause)),
                    Some(PlayerEvent::Opened { .. } | PlayerEvent::Position(_) | PlayerEvent::SeekFailed) | None => {}
                }
            }
            other => {
                self.core.notice(other);
            }
        }
    }
}

impl Remote for HttpPostObject {
    fn class(&self) -> &'static Class {
        super::super::class("HttpPostEndpoint")
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        match operation {
            "getUrl" => Some(Ok(self.url.text.as_str().into())),
            _ => self.core.invoke(operation, args),
        }
    }

    fn close(&self) {
        self.core.close();
    }
}
