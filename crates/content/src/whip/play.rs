//! `POST /whep/{stream}`: a viewer's offer joins a stream that is published (draft-ietf-wish-whep section 4).

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
use trellis_client::WebRtcEndpoint;

pub(super) async fn post(
    State(door): State<Arc<Door>>,
    OriginalUri(uri): OriginalUri,
    Path(stream): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    door.admit(Role::Viewer, &headers)?;
    let stream = stream_name(stream)?;
    let offer = offer(Role::Viewer, &headers, body).await?;
    let (id, live) = door.registry.lock().seat(&stream, door.settings.viewers)?;
    let joining = join(Arc::clone(&door), live, (stream, id.clone()), offer);
    let described = tokio::spawn(joining).await.map_err(|_| Refusal::Server(trellis_client::ClientError::Gone))??;
    Ok(created(&door, uri.path(), &id, (&described.0, described.1)))
}

/// Makes the viewer's endpoint; its tag and the answer.
async fn join(
    door: Arc<Door>,
    live: Live,
    (stream, id): (String, String),
    offer: String,
) -> Result<(String, String), Refusal> {
    let made = async {
        let endpoint = WebRtcEndpoint::build(&live.pipeline).sendonly(true).create().await?;
        let described = describe(&door, &live, &endpoint, (&stream, &id), &offer).await;
        if described.is_err() {
            release(&endpoint).await;
        }
        described
    };
    match made.await {
        Ok((watch, tag, answer)) => {
            tokio::spawn(watch.end_when_gone(door, id));
            Ok((tag, answer))
        }
        Err(refusal) => {
            let mut registry = door.registry.lock();
            registry.give_up(&stream, &id);
            // The publisher has gone, and the pipeline with all that is in it.
            let live = registry.is_live(&stream, &live);
            Err(if live { refusal } else { Refusal::NotLive })
        }
    }
}

async fn describe(
    door: &Door,
    live: &Live,
    endpoint: &WebRtcEndpoint,
    (stream, id): (&str, &str),
    offer: &str,
) -> Result<(Watch, String, String), Refusal> {
    let watch = Watch::of(endpoint).await?;
    let answer = answer(endpoint, offer).await?;
    // What the viewer takes is known by now, so the way to it is planned once.
    live.source.connect(endpoint, None).await?;
    let resource = Resource::new(Role::Viewer, stream, endpoint.clone(), offer);
    let tag = resource.tag.clone();
    door.registry.lock().watch(id, resource)?;
    Ok((watch, tag, answer))
}
