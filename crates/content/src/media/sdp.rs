//! RTP and WebRTC contents: an endpoint that answers the client's offer, between a player and a recorder.

use super::{Media, failed, pipeline, start, watch};
use crate::error::{Code, ContentError};
use crate::kind::{Kind, Rtp, Tag, WebRtc};
use crate::repository::Recording;
use crate::session::Session;
use crate::session::core::{Content, Core};
use futures_util::FutureExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use trellis_client::{
    ClientError, IceGatheringDone, MediaElement, MediaPipeline, PlayerEndpoint, RecorderEndpoint, RtpEndpoint,
    WebRtcEndpoint,
};

/// How long the candidates of a WebRTC endpoint are waited for; the answer has those that there are by then.
const GATHERING: Duration = Duration::from_secs(5);

/// An endpoint that answers offers, with its kind of content.
enum SdpEndpoint {
    Rtp(RtpEndpoint),
    WebRtc(WebRtcEndpoint),
}

impl Session<WebRtc> {
    /// Starts it with what the client is shown and where what it sends is recorded. The session ends with what it is
    /// shown. The answer comes with all its candidates: clients of the Open API know no others.
    ///
    /// # Errors
    /// 10004 when it was started before, or has ended; 20036 and 20035 for items that cannot be played or recorded;
    /// what the media server refuses.
    pub async fn start(&self, source: Option<Media>, sink: Option<Media>) -> Result<(), ContentError> {
        begin(self, source, sink).await
    }

    /// Starts it with an endpoint of the application's own, which owns and releases the pipeline.
    ///
    /// # Errors
    /// As [`start`](Session::start).
    pub async fn start_with(&self, endpoint: &WebRtcEndpoint) -> Result<(), ContentError> {
        own(self, SdpEndpoint::WebRtc(endpoint.clone())).await
    }
}

impl Session<Rtp> {
    /// Starts it with what the client is sent and where what it sends is recorded. The session ends with what it is
    /// sent.
    ///
    /// # Errors
    /// 10004 when it was started before, or has ended; 20036 and 20035 for items that cannot be played or recorded;
    /// what the media server refuses.
    pub async fn start(&self, source: Option<Media>, sink: Option<Media>) -> Result<(), ContentError> {
        begin(self, source, sink).await
    }

    /// Starts it with an endpoint of the application's own, which owns and releases the pipeline.
    ///
    /// # Errors
    /// As [`start`](Session::start).
    pub async fn start_with(&self, endpoint: &RtpEndpoint) -> Result<(), ContentError> {
        own(self, SdpEndpoint::Rtp(endpoint.clone())).await
    }
}

async fn begin<K: Kind>(session: &Session<K>, source: Option<Media>, sink: Option<Media>) -> Result<(), ContentError> {
    start(&session.core, |core| async move { make(&core, K::TAG, source, sink).await }).await
}

async fn own<K: Kind>(session: &Session<K>, endpoint: SdpEndpoint) -> Result<(), ContentError> {
    start(&session.core, |core| async move {
        let mut watch = watch::Watch::of(&core);
        watch.terminated(endpoint.session_endpoint()).await?;
        let answer = endpoint.answer(&core).await?;
        watch.begin();
        Ok(Content::Sdp(answer))
    })
    .await
}

async fn make(
    core: &Arc<Core>,
    kind: Tag,
    source: Option<Media>,
    sink: Option<Media>,
) -> Result<Content, ContentError> {
    let pipeline = pipeline(core).await?;
    let mut watch = watch::Watch::of(core);
    let endpoint = SdpEndpoint::create(kind, &pipeline).await?;
    watch.failures(endpoint.session_endpoint()).await?;
    let player = match source {
        Some(source) => {
            let player = PlayerEndpoint::create(&pipeline, &source_uri(&source).await?).await.map_err(failed(20017))?;
            player.connect(endpoint.element(), None).await.map_err(failed(20019))?;
            watch.failures(&player).await?;
            watch.ended(&player).await?;
            Some(player)
        }
        None => None,
    };
    if let Some(sink) = sink {
        let recorder = record(core, &pipeline, &sink).await?;
        endpoint.element().connect(&recorder, None).await.map_err(failed(20019))?;
        watch.failures(&recorder).await?;
        recorder.record().await.map_err(failed(20022))?;
        watch.recorded(&recorder);
    }
    watch.terminated(endpoint.session_endpoint()).await?;
    let answer = endpoint.answer(core).await?;
    if let Some(player) = player {
        player.play().await.map_err(failed(20021))?;
    }
    watch.begin();
    Ok(Content::Sdp(answer))
}

async fn source_uri(source: &Media) -> Result<String, ContentError> {
    match source {
        Media::Uri(uri) => Ok(uri.clone()),
        Media::Item(item) => item.url_for_playing().await,
    }
}

/// A recorder of a file or an item. An item is whole when the recorder was closed, whoever ended the session.
async fn record(core: &Arc<Core>, pipeline: &MediaPipeline, sink: &Media) -> Result<RecorderEndpoint, ContentError> {
    let recording: Option<Recording> = match sink {
        Media::Uri(_) => None,
        Media::Item(item) => Some(item.record().await?),
    };
    let uri = match (&recording, sink) {
        (Some(recording), _) => recording.url().to_owned(),
        (None, Media::Uri(uri)) => uri.clone(),
        (None, Media::Item(_)) => return Err(Code::INTERNAL.into()),
    };
    let recorder = RecorderEndpoint::create(pipeline, &uri).await.map_err(failed(20017))?;
    let held = recorder.clone();
    let close = move || {
        async move {
            match held.stop_and_wait().await {
                // A recorder that is gone was closed when its pipeline was released.
                Ok(()) | Err(ClientError::Remote { code: 40101, .. }) => {}
                Err(error) => return tracing::warn!(%error, "a recording is not closed"),
            }
            if let Some(recording) = recording
                && let Err(error) = recording.end().await
            {
                tracing::warn!(%error, "a recording is not marked as complete");
            }
        }
        .boxed()
    };
    core.when_ended(Box::new(close)).await?;
    Ok(recorder)
}

impl SdpEndpoint {
    async fn create(kind: Tag, pipeline: &MediaPipeline) -> Result<SdpEndpoint, ContentError> {
        Ok(match kind {
            Tag::WebRtc => SdpEndpoint::WebRtc(WebRtcEndpoint::create(pipeline).await.map_err(failed(20017))?),
            _ => SdpEndpoint::Rtp(RtpEndpoint::create(pipeline).await.map_err(failed(20017))?),
        })
    }

    fn element(&self) -> &MediaElement {
        match self {
            SdpEndpoint::Rtp(endpoint) => endpoint,
            SdpEndpoint::WebRtc(endpoint) => endpoint,
        }
    }

    fn session_endpoint(&self) -> &trellis_client::SessionEndpoint {
        match self {
            SdpEndpoint::Rtp(endpoint) => endpoint,
            SdpEndpoint::WebRtc(endpoint) => endpoint,
        }
    }

    /// The answer to the client's offer.
    async fn answer(&self, core: &Core) -> Result<String, ContentError> {
        let offer = core.wanted().and_then(|wanted| wanted.offer.as_deref()).ok_or(Code(10013))?;
        let answer = match self {
            SdpEndpoint::Rtp(endpoint) => endpoint.process_offer(offer).await.map_err(failed(20007))?,
            SdpEndpoint::WebRtc(endpoint) => gathered(endpoint, offer).await.map_err(failed(20007))?,
        };
        if answer.is_empty() {
            return Err(Code(if matches!(self, SdpEndpoint::Rtp(_)) { 20028 } else { 20009 }).into());
        }
        Ok(answer)
    }
}

/// The answer of a WebRTC endpoint, with its candidates.
async fn gathered(endpoint: &WebRtcEndpoint, offer: &str) -> Result<String, ClientError> {
    let mut done = endpoint.on::<IceGatheringDone>().await?;
    endpoint.process_offer(offer).await?;
    endpoint.gather_candidates().await?;
    if timeout(GATHERING, done.next()).await.is_err() {
        tracing::debug!("a WebRTC endpoint still gathers candidates: the answer has those that there are");
    }
    endpoint.get_local_session_descriptor().await
}
