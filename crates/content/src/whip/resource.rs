//! Resources that requests made: more candidates, and the end (RFC 9725 sections 4.2 and 4.3).

use super::fragment::{self, Candidate};
use super::negotiate::text;
use super::refusal::Refusal;
use super::{Door, Role};
use axum::body::Body;
use axum::extract::{MatchedPath, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use std::sync::Arc;
use trellis_client::IceCandidate;

/// The role of who asks at a route.
fn role(path: &MatchedPath) -> Role {
    if path.as_str().contains("/whep/") { Role::Viewer } else { Role::Publisher }
}

/// Brings candidates. Restarting ICE is refused, as is allowed where candidates are taken.
pub(super) async fn patch(
    State(door): State<Arc<Door>>,
    matched: MatchedPath,
    Path((stream, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let role = role(&matched);
    door.admit(role, &headers)?;
    let resource = door.registry.lock().find(role, &stream, &id)?;
    let text = text(&headers, body, fragment::TYPE).await?;
    check_tag(&headers, &resource.tag)?;
    let fragment = fragment::read(&text)?;
    if fragment.ufrag.is_some() && fragment.ufrag != resource.ufrag {
        return Err(Refusal::Restart);
    }
    for Candidate { text, mid } in fragment.candidates {
        let candidate = IceCandidate { candidate: text, sdp_mid: mid, sdp_m_line_index: 0 };
        // What cannot be used is passed over in silence (section 4.3.2).
        if let Err(error) = resource.endpoint.add_ice_candidate(&candidate).await {
            tracing::debug!(%error, "a candidate is passed over");
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Section 4.3.1. Some clients say the tag in `ETag`, as if it were theirs.
fn check_tag(headers: &HeaderMap, tag: &str) -> Result<(), Refusal> {
    let said = headers.get(header::IF_MATCH).or_else(|| headers.get(header::ETAG)).ok_or(Refusal::NoTag)?;
    let mut tags = said.to_str().unwrap_or_default().split(',').map(str::trim);
    if tags.any(|said| said == "*" || said == tag) { Ok(()) } else { Err(Refusal::OtherTag) }
}

/// Ends it; a tag is not looked at.
pub(super) async fn delete(
    State(door): State<Arc<Door>>,
    matched: MatchedPath,
    Path((stream, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let role = role(&matched);
    door.admit(role, &headers)?;
    door.registry.lock().find(role, &stream, &id)?;
    if door.end(&id).await { Ok(StatusCode::OK) } else { Err(Refusal::NoResource) }
}
