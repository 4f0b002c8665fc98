//! HttpGetEndpoint and HttpPostEndpoint: their URLs and sessions.

mod get;
mod post;

pub(crate) use get::HttpGetObject;
pub(crate) use post::HttpPostObject;
pub(super) use post::{Place, start};

use super::element::ElementCore;
use crate::Media;
use crate::http_endpoint::{Door, SessionEvent};
use std::sync::Arc;
use trellis_media::MediaTime;
use trellis_model::{Args, RemoteError};
use uuid::Uuid;

/// Longest time that a session waits for a client: a day.
const LONGEST_TIMEOUT: i64 = 86_400;

/// A URL, while its endpoint lives.
struct Url {
    media: Arc<Media>,
    name: Uuid,
    text: String,
}

impl Url {
    fn of(media: &Arc<Media>, door: Door) -> Result<Url, RemoteError> {
        let nowhere = || RemoteError::http_registration("nothing serves HTTP here (`MediaSettings::http_url`)");
        let (name, text) = media.urls().give(door).ok_or_else(nowhere)?;
        Ok(Url { media: Arc::clone(media), name, text })
    }
}

impl Drop for Url {
    fn drop(&mut self) {
        self.media.urls().take_back(&self.name);
    }
}

/// `disconnectionTimeout`, in seconds.
fn timeout(args: &Args) -> Result<MediaTime, RemoteError> {
    match args.int_or("disconnectionTimeout", 2)? {
        seconds @ 0..=LONGEST_TIMEOUT => Ok(MediaTime::from_secs(seconds)),
        other => Err(RemoteError::illegal_param(format_args!("'disconnectionTimeout' of {other} s"))),
    }
}

/// Raises the event of what a session tells.
fn raise(core: &ElementCore, event: SessionEvent) {
    let name = match event {
        SessionEvent::Started => "MediaSessionStarted",
        SessionEvent::Terminated => "MediaSessionTerminated",
    };
    core.events.raise(name, []);
}
