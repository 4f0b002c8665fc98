//! A media server within the test.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path as Name, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::{StreamExt, stream};
use std::convert::Infallible;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use trellis_client::MediaServer;
use trellis_control::{Control, ControlSettings, Quotas};
use trellis_elements::http_endpoint::{Door, Reader, Upload};
use trellis_elements::objects::ElementFactory;
use trellis_elements::{Media, MediaSettings};

/// A control plane over real elements without HTTP; relative URIs are files of `folder`.
pub fn control(folder: &Path, quotas: Quotas) -> Control {
    plane(folder, quotas, None).1
}

fn plane(folder: &Path, quotas: Quotas, http_url: Option<String>) -> (Arc<Media>, Control) {
    let settings = MediaSettings { threads: 2, default_path: folder.to_owned(), http_url, ..MediaSettings::default() };
    let media = Media::start(settings).expect("the media plane");
    let factory = Arc::new(ElementFactory::new(Arc::clone(&media)));
    (media, Control::new(factory, ControlSettings { quotas, ..ControlSettings::default() }))
}

/// A media server of its own, without HTTP.
pub fn media_server(folder: &Path) -> MediaServer {
    MediaServer::embedded(&control(folder, Quotas::default())).unwrap()
}

/// A media server whose HTTP endpoints are served.
pub async fn media_server_with_http(folder: &Path) -> MediaServer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (media, control) = plane(folder, Quotas::default(), Some(url));
    let router = Router::new().route("/media/{name}", any(door)).with_state(media);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    MediaServer::embedded(&control).unwrap()
}

/// What the server's own routes do, without their bounds.
async fn door(State(media): State<Arc<Media>>, Name(name): Name<String>, request: Request) -> Response {
    match media.urls().find(&name) {
        Some(Door::Get(door)) => match door.enter() {
            Ok(reader) => read(reader).await,
            Err(_) => StatusCode::GONE.into_response(),
        },
        Some(Door::Post(door)) => match door.enter() {
            Ok(upload) => take(upload, request).await,
            Err(_) => StatusCode::CONFLICT.into_response(),
        },
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn read(mut reader: Reader) -> Response {
    poll_fn(|cx| reader.poll_known(cx)).await;
    let kind = reader.media_type();
    let pieces = stream::poll_fn(move |cx| reader.poll_next(cx).map(|bytes| bytes.map(Ok::<_, Infallible>)));
    ([(header::CONTENT_TYPE, &*kind)], Body::from_stream(pieces)).into_response()
}

async fn take(mut upload: Upload, request: Request) -> Response {
    let mut bytes = request.into_body().into_data_stream();
    while poll_fn(|cx| upload.poll_room(cx)).await {
        match bytes.next().await {
            Some(Ok(bytes)) => upload.push(bytes).unwrap(),
            Some(Err(_)) => return StatusCode::BAD_REQUEST.into_response(),
            None => break,
        }
    }
    upload.finish();
    match poll_fn(|cx| upload.poll_verdict(cx)).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(cause) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, cause).into_response(),
    }
}

/// The path of a file of the media folder (`TRELLIS_MEDIA`, default `../shared/media`); `None` in a clone without it.
pub fn path(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TRELLIS_MEDIA").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media"));
    let path = folder.join(name).canonicalize().ok();
    if path.is_none() {
        println!("skipped: no media ({name})");
    }
    path
}

/// The same as a URI.
pub fn clip(name: &str) -> Option<String> {
    path(name).map(|path| format!("file://{}", path.display()))
}
