//! `POST /whip/{stream}`: a publisher's offer makes a stream (RFC 9725 section 4.2).

use super::care::Watch;
use super::negotiate::{answer, created, offer};
use super::refusal::Refusal;
use super::registry::{Live, Resource};
use super::{Door, Role, release, stream_name};
use axum::body::Body;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;
use trellis_client::{MediaPipeline, WebRtcEndpoint};

pub(super) async fn post(
    State(door): State<Arc<Door>>,
    OriginalUri(uri): OriginalUri,
    Path(stream): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    door.admit(Role::Publisher, &headers)?;
    let stream = stream_name(stream)?;
    let offer = offer(Role::Publisher, &headers, body).await?;
    let id = door.registry.lock().reserve(&stream, door.settings.streams)?;
    // It is done to its end even if whoever asked goes meanwhile: then it ends for want of a peer.
    let publishing = publish(Arc::clone(&door), stream.clone(), id.clone(), offer);
    let described = tokio::spawn(publishing).await.unwrap_or_else(|_| {
        door.registry.lock().give_up(&stream, &id);
        Err(Refusal::Server(trellis_client::ClientError::Gone))
    })?;
    Ok(created(&door, uri.path(), &id, (&described.0, described.1)))
}

/// Makes the stream; its tag and the answer.
async fn publish(door: Arc<Door>, stream: String, id: String, offer: String) -> Result<(String, String), Refusal> {
    let made = async {
        let pipeline = MediaPipeline::create(&door.server).await?;
        let described = describe(&pipeline, &offer).await;
        if described.is_err() {
            release(&pipeline).await;
        }
        described.map(|described| (pipeline, described))
    };
    let (pipeline, Described { source, watch, answer }) = match made.await {
        Ok(made) => made,
        Err(refusal) => {
            door.registry.lock().give_up(&stream, &id);
            return Err(refusal);
        }
    };
    let resource = Resource::new(Role::Publisher, &stream, source.clone(), &offer);
    let tag = resource.tag.clone();
    door.registry.lock().publish(&id, Live { pipeline, source }, resource);
    tracing::info!(stream, "published");
    tokio::spawn(watch.end_when_gone(door, id));
    Ok((tag, answer))
}

struct Described {
    source: WebRtcEndpoint,
    watch: Watch,
    answer: String,
}

async fn describe(pipeline: &MediaPipeline, offer: &str) -> Result<Described, Refusal> {
    let source = WebRtcEndpoint::build(pipeline).recvonly(true).create().await?;
    let watch = Watch::of(&source).await?;
    let answer = answer(&source, offer).await?;
    Ok(Described { source, watch, answer })
}
