//! What a session is started with, and the pipelines that are made of it.

mod http;
mod sdp;
mod watch;

use crate::error::{Code, ContentError};
use crate::repository::Item;
use crate::session::core::{Content, Core};
use futures_util::FutureExt;
use std::future::Future;
use std::sync::Arc;
use trellis_client::{ClientError, MediaPipeline};

/// Where media is read from, or written to.
#[derive(Clone, Debug)]
pub enum Media {
    /// A URI that the media server may use, or a path of its default folder.
    Uri(String),
    /// An item of the repository.
    Item(Item),
}

impl From<&str> for Media {
    fn from(uri: &str) -> Media {
        Media::Uri(uri.to_owned())
    }
}

impl From<String> for Media {
    fn from(uri: String) -> Media {
        Media::Uri(uri)
    }
}

impl From<Item> for Media {
    fn from(item: Item) -> Media {
        Media::Item(item)
    }
}

/// Starts a session with what is made for it. The making is not broken off when the handler is: what it makes belongs to
/// the session, and goes when that has ended.
async fn start<F>(core: &Arc<Core>, make: impl FnOnce(Arc<Core>) -> F) -> Result<(), ContentError>
where
    F: Future<Output = Result<Content, ContentError>> + Send + 'static,
{
    core.starting()?;
    let made = tokio::spawn(make(Arc::clone(core)));
    let content = made.await.map_err(|_| Code::INTERNAL)??;
    core.activate(content)
}

/// A pipeline that lives as long as the session.
async fn pipeline(core: &Arc<Core>) -> Result<MediaPipeline, ContentError> {
    let pipeline = match core.server.get() {
        Some(server) => MediaPipeline::create(server).await.map_err(failed(20015))?,
        None => {
            let (server, pipeline) = core.shared.servers.pipeline().await?;
            let _ = core.server.set(server);
            pipeline
        }
    };
    let held = pipeline.clone();
    let release = move || {
        async move {
            if let Err(error) = held.release().await {
                tracing::debug!(%error, "a pipeline is not released: its server collects it");
            }
        }
        .boxed()
    };
    core.when_ended(Box::new(release)).await?;
    Ok(pipeline)
}

/// What a failed call of the media server means: the code, or 20013 when the server is gone.
pub(crate) fn failed(code: i32) -> impl Fn(ClientError) -> ContentError {
    move |error| match error {
        ClientError::Remote { code: remote, message, .. } => {
            ContentError::about(code, format_args!("{message} ({remote})"))
        }
        ClientError::Gone | ClientError::Timeout | ClientError::Connect(_) => ContentError::about(20013, error),
        other => ContentError::about(code, other),
    }
}
