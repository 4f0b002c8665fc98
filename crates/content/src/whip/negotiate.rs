//! What publishing and watching share: the offer in, the whole answer out.

use super::refusal::Refusal;
use super::{Door, LONGEST_BODY, Role};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;
use tokio::time::timeout;
use trellis_client::{IceGatheringDone, WebRtcEndpoint};

/// Time for the body of a request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time for our candidates; those that come later stay unknown, because the answer is all that is told.
const GATHERING: Duration = Duration::from_secs(5);
const SDP: &str = "application/sdp";

/// The text of a request's body, which is of a type and not too long.
pub(super) async fn text(headers: &HeaderMap, body: Body, kind: &'static str) -> Result<String, Refusal> {
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !said.split(';').next().is_some_and(|said| said.trim().eq_ignore_ascii_case(kind)) {
        return Err(Refusal::Type(kind));
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > LONGEST_BODY) {
        return Err(Refusal::TooLong);
    }
    let bytes = timeout(PATIENCE, to_bytes(body, LONGEST_BODY)).await.map_err(|_| Refusal::Slow)?;
    String::from_utf8(bytes.map_err(|_| Refusal::TooLong)?.into()).map_err(|_| Refusal::NoText)
}

/// The offer of a request: one that sends what is published, or receives what is watched.
pub(super) async fn offer(role: Role, headers: &HeaderMap, body: Body) -> Result<String, Refusal> {
    let offer = text(headers, body, SDP).await?;
    if !offer.starts_with("v=0") {
        return Err(Refusal::Offer("it does not begin with v=0".to_owned()));
    }
    if sections(&offer).any(|section| section.serves(role)) {
        return Ok(offer);
    }
    Err(Refusal::Direction(match role {
        Role::Publisher => "sends neither audio nor video",
        Role::Viewer => "receives neither audio nor video",
    }))
}

/// Answers an offer with all that the peer will ever be told: no candidate of ours comes later (RFC 9725 section 4.3.2).
pub(super) async fn answer(endpoint: &WebRtcEndpoint, offer: &str) -> Result<String, Refusal> {
    let mut done = endpoint.on::<IceGatheringDone>().await?;
    endpoint.process_offer(offer).await?;
    endpoint.gather_candidates().await?;
    if timeout(GATHERING, done.next()).await.is_err() {
        tracing::warn!(endpoint = endpoint.id(), "its candidates are not all found in time");
    }
    Ok(endpoint.get_local_session_descriptor().await?)
}

/// The answer to a request that made a resource.
pub(super) fn created(door: &Door, path: &str, id: &str, (tag, answer): (&str, String)) -> Response {
    let mut headers = HeaderMap::new();
    let location = format!("{}/{id}", path.trim_end_matches('/'));
    for (name, value) in [(header::CONTENT_TYPE, SDP), (header::LOCATION, &location), (header::ETAG, tag)] {
        headers.extend(HeaderValue::try_from(value).map(|value| (name, value)));
    }
    headers.insert("accept-patch", HeaderValue::from_static(super::fragment::TYPE));
    for link in door.links() {
        headers.append(header::LINK, link);
    }
    (StatusCode::CREATED, headers, answer).into_response()
}

/// An audio or video section of a description.
struct Section<'s>(&'s str);

fn sections(description: &str) -> impl Iterator<Item = Section<'_>> {
    let parts = description.split("\nm=").skip(1);
    parts.filter(|part| part.starts_with("audio ") || part.starts_with("video ")).map(Section)
}

impl Section<'_> {
    /// Whether the side that wrote it sends by it, as a publisher, or receives, as a viewer.
    fn serves(&self, role: Role) -> bool {
        let is = |direction: &str| self.0.lines().any(|line| line.trim_end().strip_prefix("a=") == Some(direction));
        let rejected = self.0.split(' ').nth(1) == Some("0") && !is("bundle-only");
        let other = match role {
            Role::Publisher => "recvonly",
            Role::Viewer => "sendonly",
        };
        !rejected && !is(other) && !is("inactive")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_serves_who_sends_or_who_receives() {
        let serves = |text: &str, role| sections(text).any(|section| section.serves(role));
        for (text, publishes, plays) in [
            ("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendonly\r\n", true, false),
            ("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=recvonly\r\n", false, true),
            ("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", true, true),
            ("v=0\nm=video 9 UDP/TLS/RTP/SAVPF 96\na=inactive\n", false, false),
            ("v=0\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\n", false, false),
            ("v=0\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\na=bundle-only\r\n", true, true),
            ("v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", false, false),
            ("v=0\r\nm=audio 9 A 0\r\na=sendonly\r\nm=video 9 A 96\r\na=sendonly\r\n", true, false),
            ("v=0\r\n", false, false),
        ] {
            assert_eq!((serves(text, Role::Publisher), serves(text, Role::Viewer)), (publishes, plays), "{text}");
        }
    }
}
