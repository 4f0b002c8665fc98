//! HTTP contents: a player or a recorder behind an HTTP endpoint of the media server.

use super::{Media, failed, pipeline, start, watch};
use crate::error::{Code, ContentError};
use crate::kind::{HttpPlayer, HttpRecorder};
use crate::repository::{Item, ItemState};
use crate::session::Session;
use crate::session::core::{Content, Core};
use std::sync::Arc;
use trellis_client::{
    HttpEndpoint, HttpGetEndpoint, HttpPostEndpoint, MediaProfileSpecType, PlayerEndpoint, RecorderEndpoint,
};

impl Session<HttpPlayer> {
    /// Starts it with a file, a stream or an item. An item is sent by this server itself, with ranges; anything else is
    /// played by the media server from when the client asks for the first byte, as live WebM or, for a name that ends
    /// in `.mp4`, fragmented MP4. The session ends with the media.
    ///
    /// # Errors
    /// 10004 when it was started before, or has ended; 20036 for an item without media; what the media server refuses.
    pub async fn start(&self, media: impl Into<Media>) -> Result<(), ContentError> {
        let media = media.into();
        start(&self.core, |core| async move {
            match media {
                Media::Item(item) => readable(item).await.map(Content::Item),
                Media::Uri(uri) => play(&core, &uri).await,
            }
        })
        .await
    }

    /// Starts it with an endpoint of the application's own, which owns and releases the pipeline.
    ///
    /// # Errors
    /// As [`start`](Session::start).
    pub async fn start_with(&self, endpoint: &HttpEndpoint) -> Result<(), ContentError> {
        let endpoint = endpoint.clone();
        start(&self.core, |core| async move { own(&core, &endpoint).await }).await
    }

    /// Starts it with media that another HTTP server has, at a URL: the client is sent there or goes through
    /// this server, as the path says. The application ends the session.
    ///
    /// # Errors
    /// 10004 when it was started before, or has ended; 20006 for no URL.
    pub async fn start_at(&self, url: impl Into<String>) -> Result<(), ContentError> {
        let url = url.into();
        start(&self.core, |_| async move { some(url) }).await
    }
}

impl Session<HttpRecorder> {
    /// Starts it with a file or an item to be recorded. An item is received by this server itself, and is marked as
    /// incomplete if the upload stops; anything else is recorded by the media server. The session ends when the upload
    /// is recorded.
    ///
    /// # Errors
    /// 10004 when it was started before, or has ended; 20035 for an item with media; what the media server refuses.
    pub async fn start(&self, media: impl Into<Media>) -> Result<(), ContentError> {
        let media = media.into();
        start(&self.core, |core| async move {
            match media {
                Media::Item(item) if item.state().await? == ItemState::Empty => Ok(Content::Item(item)),
                Media::Item(_) => Err(Code(20035).into()),
                Media::Uri(uri) => record(&core, &uri).await,
            }
        })
        .await
    }

    /// Starts it with an endpoint of the application's own, which owns and releases the pipeline.
    ///
    /// # Errors
    /// As [`start`](Session::start).
    pub async fn start_with(&self, endpoint: &HttpEndpoint) -> Result<(), ContentError> {
        let endpoint = endpoint.clone();
        start(&self.core, |core| async move { own(&core, &endpoint).await }).await
    }

    /// Starts it with another HTTP server that takes the media, at a URL: the client is sent there or goes through
    /// this server, as the path says. The application ends the session.
    ///
    /// # Errors
    /// 10004 when it was started before, or has ended; 20006 for no URL.
    pub async fn start_at(&self, url: impl Into<String>) -> Result<(), ContentError> {
        let url = url.into();
        start(&self.core, |_| async move { some(url) }).await
    }
}

async fn readable(item: Item) -> Result<Item, ContentError> {
    match item.state().await? {
        ItemState::Complete { .. } | ItemState::Incomplete { .. } => Ok(item),
        ItemState::Empty | ItemState::Recording => Err(Code(20036).into()),
    }
}

/// The container that goes with the name of a file.
fn profile(uri: &str) -> MediaProfileSpecType {
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    match path.to_ascii_lowercase().ends_with(".mp4") {
        true => MediaProfileSpecType::Mp4,
        false => MediaProfileSpecType::Webm,
    }
}

async fn play(core: &Arc<Core>, uri: &str) -> Result<Content, ContentError> {
    let pipeline = pipeline(core).await?;
    let player = PlayerEndpoint::create(&pipeline, uri).await.map_err(failed(20017))?;
    let endpoint = HttpGetEndpoint::build(&pipeline).terminate_on_eos(true).media_profile(profile(uri));
    let endpoint = endpoint.create().await.map_err(failed(20003))?;
    player.connect(&endpoint, None).await.map_err(failed(20019))?;
    let mut watch = watch::Watch::of(core);
    watch.failures(&player).await?;
    watch.failures(&endpoint).await?;
    watch.started(&endpoint, player.clone()).await?;
    watch.terminated(&endpoint).await?;
    watch.begin();
    url(&endpoint).await
}

async fn record(core: &Arc<Core>, uri: &str) -> Result<Content, ContentError> {
    let pipeline = pipeline(core).await?;
    let recorder = RecorderEndpoint::build(&pipeline, uri).media_profile(profile(uri)).create().await;
    let recorder = recorder.map_err(failed(20017))?;
    let endpoint = HttpPostEndpoint::create(&pipeline).await.map_err(failed(20003))?;
    endpoint.connect(&recorder, None).await.map_err(failed(20019))?;
    recorder.record().await.map_err(failed(20022))?;
    let mut watch = watch::Watch::of(core);
    watch.failures(&recorder).await?;
    watch.failures(&endpoint).await?;
    watch.recorded(&recorder);
    watch.terminated(&endpoint).await?;
    watch.ended(&endpoint).await?;
    watch.begin();
    url(&endpoint).await
}

async fn own(core: &Arc<Core>, endpoint: &HttpEndpoint) -> Result<Content, ContentError> {
    let mut watch = watch::Watch::of(core);
    watch.terminated(endpoint).await?;
    watch.begin();
    url(endpoint).await
}

async fn url(endpoint: &HttpEndpoint) -> Result<Content, ContentError> {
    some(endpoint.get_url().await.map_err(failed(20003))?)
}

fn some(url: String) -> Result<Content, ContentError> {
    if url.is_empty() {
        return Err(Code(20006).into());
    }
    Ok(Content::Url(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_container_follows_the_name() {
        assert_eq!(profile("file:///a.MP4?x=.webm"), MediaProfileSpecType::Mp4);
        assert_eq!(profile("/a.mp4.webm"), MediaProfileSpecType::Webm);
    }
}
