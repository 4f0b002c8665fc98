//! The Media API over HTTP, for those who cannot hold a WebSocket: each POST to its path is one request, its answer the
//! answer, and events come by long polls.

use crate::access::Admission;
use crate::cors;
use crate::desk::{self, Desk};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep_until, timeout};
use trellis_control::{Poll, Visit, Visited};

/// Time for the body of a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes what is posted to the path of applications, and what a page asks first; the rest goes on.
pub async fn intercept(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    if !desk.is_at(request.uri()) {
        return next.run(request).await;
    }
    let cors = cors::answer(&desk.access, request.headers());
    let response = match *request.method() {
        Method::POST => post(&desk, request).await,
        Method::OPTIONS => cors::preflight(&desk.access, request.headers()),
        _ => return next.run(request).await,
    };
    (cors, response).into_response()
}

async fn post(desk: &Desk, request: Request) -> Response {
    let begun = Instant::now();
    let (parts, body) = request.into_parts();
    let admission = match desk.access.admit(&parts.headers, &parts.uri) {
        Ok(admission) => admission,
        Err(refused) => return refused.into_response(),
    };
    let message = match message(&parts.headers, body, desk.message_bytes).await {
        Ok(message) => message,
        Err((status, why)) => return (status, format!("{why}\n")).into_response(),
    };
    let visit = match desk.control.visit_as(&admission.tenant) {
        Ok(visit) => Arc::new(visit),
        Err(error) => {
            tracing::warn!(tenant = admission.tenant.name(), %error, "a request is refused");
            let error = json!({ "code": error.code, "message": error.message, "data": { "type": error.kind } });
            let text = json!({ "id": null, "jsonrpc": "2.0", "error": error }).to_string();
            return (StatusCode::TOO_MANY_REQUESTS, answer(text)).into_response();
        }
    };
    let text = obey(desk, &visit, &admission, message).await;
    if let Some(rate) = desk.requests_per_second {
        // A visit is a socket of one message: with its share of a second it is no faster than others.
        sleep_until(begun + Duration::from_secs(1) / rate).await;
    }
    answer(text).into_response()
}

fn answer(text: String) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], text)
}

/// The body of a request, which is JSON by its type and not too long: what says so is not even read.
async fn message(headers: &HeaderMap, body: Body, longest: usize) -> Result<Bytes, (StatusCode, &'static str)> {
    let too_long = (StatusCode::PAYLOAD_TOO_LARGE, "The message is longer than limits.message_bytes.");
    let text = |name| headers.get(name)?.to_str().ok();
    let kind = text(header::CONTENT_TYPE).and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    // A page of another site may send other types without asking first.
    if !["application/json", "application/json-rpc"].iter().any(|known| known.eq_ignore_ascii_case(kind)) {
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/json."));
    }
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| length > longest) {
        return Err(too_long);
    }
    match timeout(PATIENCE, to_bytes(body, longest)).await {
        Ok(Ok(message)) => Ok(message),
        Ok(Err(_)) => Err(too_long),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "The message did not come in time.")),
    }
}

async fn obey(desk: &Desk, visit: &Arc<Visit>, admission: &Admission, message: Bytes) -> String {
    let own = Arc::clone(visit);
    match desk::read(message, move |text| own.begin(text)).await {
        Some(Visited::Answer(answer)) => answer,
        Some(Visited::Call(call)) => desk.call(call).await,
        Some(Visited::Poll(poll)) => hear(poll, admission.expires).await,
        None => String::new(),
    }
}

/// Waits for events, no longer than the token of who asks is good.
async fn hear(poll: Poll, expires: Option<SystemTime>) -> String {
    let left = expires.map(|at| at.duration_since(SystemTime::now()).unwrap_or_default());
    let patience = left.map_or(poll.patience(), |left| left.min(poll.patience()));
    let _ = timeout(patience, poll.heard()).await;
    poll.finish()
}
