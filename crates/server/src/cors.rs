//! What browsers are told, so that pages of other sites may ask: those of `http.origins`, or all where that is empty.

use crate::access::{Access, Refused};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Headers of an answer to a page that may ask; nothing to whom is no page.
pub fn answer(access: &Access, headers: &HeaderMap) -> HeaderMap {
    let mut told = HeaderMap::new();
    if let Some(origin) = headers.get(header::ORIGIN).filter(|_| access.check_origin(headers).is_ok()) {
        told.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    told.insert(header::VARY, HeaderValue::from_static("Origin"));
    told
}

/// The answer to a page that asks whether it may post.
pub fn preflight(access: &Access, headers: &HeaderMap) -> Response {
    if access.check_origin(headers).is_err() {
        return Refused::Origin.into_response();
    }
    const ALLOWED: [(HeaderName, &str); 4] = [
        (header::ALLOW, "POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (header::ACCESS_CONTROL_MAX_AGE, "7200"),
    ];
    (StatusCode::NO_CONTENT, ALLOWED).into_response()
}
