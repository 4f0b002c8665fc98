//! `/media/<name>`: the URLs of HTTP endpoints. Who knows one may use it; no token is asked for.

use crate::http::Shared;
use axum::body::{Body, Bytes};
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use trellis_elements::http_endpoint::{Door, GetDoor, PostDoor, Reader, Refusal, Upload};

/// A client that sends nothing for this long has gone.
const SLOW: Duration = Duration::from_secs(60);
/// How long the head of an answer waits for media, whose codecs it names.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers a request for a URL of an endpoint, from pages of any origin.
pub async fn serve(State(shared): State<Arc<Shared>>, Path(name): Path<String>, request: Request) -> Response {
    let mut response = match shared.media.urls().find(&name) {
        Some(door) => answer(door, request).await,
        None => say(StatusCode::NOT_FOUND, "There is no such endpoint."),
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn answer(door: Door, request: Request) -> Response {
    match (door, request.method()) {
        (Door::Get(door), &Method::GET) => read(&door).await,
        (Door::Get(door), &Method::HEAD) => look(&door),
        (Door::Get(_), method) => other(method, "GET, HEAD, OPTIONS"),
        (Door::Post(door), &Method::POST | &Method::PUT) => take(&door, request).await,
        (Door::Post(_), method) => other(method, "POST, PUT, OPTIONS"),
    }
}

/// Streams to one reader, until the stream ends or the reader goes.
async fn read(door: &GetDoor) -> Response {
    let mut reader = match door.enter() {
        Ok(reader) => reader,
        Err(refusal) => return refuse(refusal),
    };
    let _ = timeout(PATIENCE, poll_fn(|cx| reader.poll_known(cx))).await;
    let media_type = reader.media_type();
    ([(header::CONTENT_TYPE, &*media_type)], body(reader)).into_response()
}

fn body(mut reader: Reader) -> Body {
    let pieces = stream::poll_fn(move |cx| reader.poll_next(cx).map(|bytes| bytes.map(Ok::<Bytes, Infallible>)));
    Body::from_stream(pieces)
}

/// What a reader would get. Nobody has come by that.
fn look(door: &GetDoor) -> Response {
    if door.is_over() {
        return refuse(Refusal::Over);
    }
    [(header::CONTENT_TYPE, &*door.media_type())].into_response()
}

/// Takes an upload: the body as it is, or the first file of a form.
async fn take(door: &PostDoor, request: Request) -> Response {
    let mut upload = match door.enter() {
        Ok(upload) => upload,
        Err(refusal) => return refuse(refusal),
    };
    let ended = match is_form(&request) {
        true => take_form(&mut upload, request).await,
        false => pour(&mut upload, request.into_body().into_data_stream()).await,
    };
    match ended {
        Ok(()) => upload.finish(),
        Err(Cut::Form(status, text)) => return say(status, &text),
        Err(Cut::Broken) => return say(StatusCode::BAD_REQUEST, "The upload broke off."),
        Err(Cut::Slow) => return say(StatusCode::REQUEST_TIMEOUT, "Nothing has come for a while."),
        // The verdict says why.
        Err(Cut::NotTaken) => {}
    }
    match timeout(SLOW, poll_fn(|cx| upload.poll_verdict(cx))).await {
        Ok(Ok(())) => say(StatusCode::OK, "Taken."),
        Ok(Err(cause)) => say(StatusCode::UNSUPPORTED_MEDIA_TYPE, &cause),
        Err(_) => say(StatusCode::REQUEST_TIMEOUT, "It could not be told what this is."),
    }
}

/// Why an upload was not taken to its end.
enum Cut {
    /// The form is none, or has no file.
    Form(StatusCode, String),
    /// The client has gone.
    Broken,
    /// The client sends nothing.
    Slow,
    /// Nobody takes it.
    NotTaken,
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"))
}

/// The first part of a form that is a file, or says that it is media; those before it go.
async fn take_form(upload: &mut Upload, request: Request) -> Result<(), Cut> {
    let refused = |error: MultipartRejection| Cut::Form(error.status(), error.body_text());
    let mut form = Multipart::from_request(request, &()).await.map_err(refused)?;
    loop {
        let part = timeout(SLOW, form.next_field()).await.map_err(|_| Cut::Slow)?.map_err(|_| Cut::Broken)?;
        let Some(part) = part else {
            return Err(Cut::Form(StatusCode::BAD_REQUEST, "The form has no file.".to_owned()));
        };
        let media = |kind: &str| kind.starts_with("video/") || kind.starts_with("audio/");
        if part.file_name().is_some() || part.content_type().is_some_and(media) {
            return pour(upload, part).await;
        }
    }
}

/// Hands bytes on as they come, and as they are taken.
async fn pour<E>(upload: &mut Upload, bytes: impl Stream<Item = Result<Bytes, E>>) -> Result<(), Cut> {
    let mut bytes = pin!(bytes);
    while poll_fn(|cx| upload.poll_room(cx)).await {
        match timeout(SLOW, bytes.next()).await.map_err(|_| Cut::Slow)? {
            Some(Ok(bytes)) => upload.push(bytes).map_err(|_| Cut::NotTaken)?,
            Some(Err(_)) => return Err(Cut::Broken),
            None => return Ok(()),
        }
    }
    Err(Cut::NotTaken)
}

/// The methods that a URL knows: said to those who ask, and to those who use another.
fn other(method: &Method, allowed: &'static str) -> Response {
    let status = if method == Method::OPTIONS { StatusCode::OK } else { StatusCode::METHOD_NOT_ALLOWED };
    let headers = [
        (header::ALLOW, allowed),
        (header::ACCESS_CONTROL_ALLOW_METHODS, allowed),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type"),
    ];
    (status, headers).into_response()
}

fn refuse(refusal: Refusal) -> Response {
    match refusal {
        Refusal::Over => say(StatusCode::GONE, "The session is over."),
        Refusal::Full => say(StatusCode::SERVICE_UNAVAILABLE, "There are too many readers."),
        Refusal::Busy => say(StatusCode::CONFLICT, "Somebody else is sending."),
    }
}

fn say(status: StatusCode, text: &str) -> Response {
    (status, format!("{text}\n")).into_response()
}
