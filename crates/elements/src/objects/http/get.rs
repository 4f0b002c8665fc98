//! HttpGetEndpoint.

use super::super::element::{ElementCore, ElementObject};
use super::super::pipeline::PipelineObject;
use super::super::recorder::profile_of;
use super::{Url, raise, timeout};
use crate::http_endpoint::{Attendance, Broadcast, Door, GetCommand, GetDoor, GetSettings, SessionEvent, element};
use crate::pads::pad;
use crate::recorder::Profile;
use std::sync::Arc;
use trellis_graph::Notice;
use trellis_media::Kind;
use trellis_model::{Args, Class, NewObject, Remote, RemoteError, Value};

/// An endpoint that streams what it is fed to whoever gets its URL.
pub(crate) struct HttpGetObject {
    core: ElementCore,
    profile: Profile,
    url: Url,
}

impl HttpGetObject {
    pub fn new(pipeline: &Arc<PipelineObject>, args: &Args, new: NewObject) -> Result<Arc<HttpGetObject>, RemoteError> {
        let profile = profile_of(&args.text_or("mediaProfile", "WEBM")?)?;
        let (timeout, ends_with_media) = (timeout(args)?, args.bool_or("terminateOnEOS", false)?);
        let kind = if profile.video { Kind::Video } else { Kind::Audio };
        let broadcast = Broadcast::new(profile.container, kind);
        let url = Url::of(&pipeline.media, Door::Get(GetDoor(Arc::clone(&broadcast))))?;
        let settings = GetSettings { profile, timeout, ends_with_media };
        let core = ElementCore::add(pipeline, element("HttpGetEndpoint", settings, &broadcast), new);
        let (graph, key) = (pipeline.graph().downgrade(), core.key);
        broadcast.watch(move |attendance| {
            let command = match attendance {
                Attendance::Came => GetCommand::Came,
                Attendance::Went => GetCommand::Went,
            };
            graph.turn(|turn| turn.command(key, Box::new(command)));
        });
        let object = Arc::new(HttpGetObject { core, profile, url });
        object.core.adopt(&object);
        Ok(object)
    }
}

impl ElementObject for HttpGetObject {
    fn core(&self) -> &ElementCore {
        &self.core
    }

    fn sink_connected(&self, kind: Kind, connected: bool) {
        if self.profile.has(kind) {
            self.core.pipeline.graph().command(self.core.key, GetCommand::Connected(pad(kind), connected));
        }
    }

    fn notice(&self, notice: Notice) {
        match notice {
            Notice::Custom(event) => {
                if let Some(event) = event.downcast_ref::<SessionEvent>() {
                    raise(&self.core, *event);
                }
            }
            other => {
                self.core.notice(other);
            }
        }
    }
}

impl Remote for HttpGetObject {
    fn class(&self) -> &'static Class {
        super::super::class("HttpGetEndpoint")
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
