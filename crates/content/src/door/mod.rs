//! The HTTP side: which request is whose.

mod control;
mod cors;
mod delivery;
mod pass;
mod simple;
mod tunnel;

use crate::application::{Route, Shared};
use crate::error::{Code, ContentError};
use crate::session::core::{Asked, MAX_CONTENT_ID};
use crate::settings::Protocol;
use axum::Router;
use axum::extract::{OriginalUri, RawPathParams, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use std::sync::Arc;

/// Where tunnels are, from the router's root.
const TUNNELS: &str = "/tunnel";

/// What the requests of one path need.
#[derive(Clone)]
struct Desk {
    shared: Arc<Shared>,
    route: Arc<Route>,
}

/// One request for a content.
struct Visit {
    desk: Desk,
    content_id: String,
    /// What stands before the router's own paths where it is nested.
    prefix: String,
    request: Request,
}

impl Visit {
    /// What a session remembers of the request, and its body.
    fn ask(self) -> (Desk, Asked, axum::body::Body) {
        let (parts, body) = self.request.into_parts();
        (self.desk, Asked { content_id: self.content_id, parts }, body)
    }
}

/// The router of an application.
pub(crate) fn router(shared: &Arc<Shared>, routes: Vec<Route>) -> Router {
    let tunnel = any(tunnel::enter).with_state(Arc::clone(shared));
    let mut router = Router::new().route(&format!("{TUNNELS}/{{tunnel}}"), tunnel);
    for route in routes {
        let path = route.path.clone();
        let desk = Desk { shared: Arc::clone(shared), route: Arc::new(route) };
        let door = any(enter).with_state(desk);
        if !path.is_empty() {
            router = router.route(&path, door.clone());
        }
        router = router.route(&format!("{path}/"), door.clone()).route(&format!("{path}/{{*content}}"), door);
    }
    router
}

async fn enter(
    State(desk): State<Desk>,
    OriginalUri(original): OriginalUri,
    params: RawPathParams,
    request: Request,
) -> Response {
    let origin = cors::allowed(&desk.shared.settings.origins, request.headers());
    if request.method() == Method::OPTIONS {
        return cors::preflight(origin);
    }
    let content_id =
        params.iter().find(|(name, _)| *name == "content").map(|(_, id)| id.to_owned()).unwrap_or_default();
    let prefix = original.path().strip_suffix(request.uri().path()).unwrap_or_default().to_owned();
    let long = content_id.len() > MAX_CONTENT_ID;
    let visit = Visit { desk, content_id, prefix, request };
    let mut response = match visit.desk.route.access.protocol {
        _ if long => plain(&Code(10016).into()),
        Protocol::Control => control::enter(visit).await,
        Protocol::Simple => simple::enter(visit).await,
    };
    cors::mark(&mut response, origin);
    response
}

/// An error as a page for people.
fn plain(error: &ContentError) -> Response {
    let kind = (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    (error.code.status(), [kind], format!("{}: {}\n", error.code, error.message)).into_response()
}
