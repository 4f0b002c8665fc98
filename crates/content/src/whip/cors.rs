//! Pages of other sites: publishers and viewers are pages as a rule, so any may ask unless origins are named.

use super::Door;
use super::refusal::Refusal;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Refuses pages of unknown origins, and tells browsers what the others may ask and see.
pub(super) async fn guard(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let Some(origin) = origin else { return next.run(request).await };
    let known = |origin: &str| door.settings.origins.iter().any(|known| known.eq_ignore_ascii_case(origin));
    if !door.settings.origins.is_empty() && !origin.to_str().is_ok_and(known) {
        return Refusal::Origin.into_response();
    }
    let mut response = next.run(request).await;
    tell(response.headers_mut(), origin);
    response
}

fn tell(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST, PATCH, DELETE, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, etag, if-match"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "accept-patch, accept-post, etag, link, location, retry-after"),
        (header::ACCESS_CONTROL_MAX_AGE, "7200"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
