//! Everything that the HTTP port answers but the WebSocket: the page, health, metrics, recordings.

use crate::access::{Access, Admission, Refused};
use crate::media;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{any, get};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower_http::services::ServeDir;
use trellis_control::Control;
use trellis_elements::Media;
use trellis_graph::{PlanReport, Report, SinkReport, StepReport};

/// What the handlers share.
pub struct Shared {
    /// The media plane.
    pub media: Arc<Media>,
    /// The control plane.
    pub control: Control,
    /// Who may come in.
    pub access: Arc<Access>,
    /// The clip that takes a camera's place on the page.
    pub demo_file: Option<PathBuf>,
    /// Where the page records to.
    pub recordings: PathBuf,
}

/// The routes.
pub fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/metrics", get(metrics))
        .route("/explain", get(explain))
        .route("/demo.json", get(demo))
        .route("/media/{name}", any(media::serve).layer(DefaultBodyLimit::disable()))
        .nest("/recordings", Router::new().fallback(recording))
        .fallback(asset)
        .with_state(shared)
}

/// Who asks: with tokens on, nobody sees what is another's.
struct Caller(Admission);

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Caller, Refused> {
        shared.access.admit(&parts.headers, &parts.uri).map(Caller)
    }
}

impl Shared {
    /// The pipelines that a caller may see.
    fn reports(&self, caller: &Caller) -> impl Iterator<Item = (String, Report)> {
        self.media.reports().into_iter().filter(move |(id, _)| self.may_see(caller, id))
    }

    fn may_see(&self, caller: &Caller, pipeline: &str) -> bool {
        self.access.is_open() || self.control.owns(&caller.0.tenant, pipeline)
    }

    /// The folder of a caller's recordings: with tokens on, each tenant has its own.
    fn recordings_of(&self, caller: &Caller) -> PathBuf {
        match caller.0.tenant.name() {
            "" => self.recordings.clone(),
            name => self.recordings.join(name),
        }
    }
}

async fn recording(State(shared): State<Arc<Shared>>, caller: Caller, request: Request) -> Response {
    match ServeDir::new(shared.recordings_of(&caller)).try_call(request).await {
        Ok(response) => response.map(Body::new),
        Err(_) => (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response(),
    }
}

async fn asset(uri: Uri) -> Response {
    // Pages of other origins import the SDK from here.
    let sdk = uri.path().starts_with("/sdk/").then_some((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
    match trellis_html5::file(uri.path()) {
        Some((mime, bytes)) => {
            let headers = [(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, "no-cache")];
            (AppendHeaders(sdk), headers, bytes).into_response()
        }
        None => (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response(),
    }
}

/// Counts of what runs, as JSON: pipelines, elements, converters by name, the network's counters.
async fn metrics(State(shared): State<Arc<Shared>>, caller: Caller) -> axum::Json<Value> {
    let mut converters = serde_json::Map::new();
    let (mut pipelines, mut elements, mut dropped) = (0, 0, 0);
    for (_, report) in shared.reports(&caller) {
        pipelines += 1;
        for node in &report.nodes {
            elements += u64::from(!node.converter);
            dropped += node.counters.dropped_late;
        }
        for (name, count) in report.converters {
            let sum = converters.get(&name).and_then(Value::as_u64).unwrap_or(0) + count as u64;
            converters.insert(name, sum.into());
        }
    }
    let network = shared.media.network_counters();
    let (readers, parts_lost) = shared.media.urls().counters();
    axum::Json(json!({
        "pipelines": pipelines,
        "elements": elements,
        "converters": converters,
        "dropped_late": dropped,
        "http": { "readers": readers, "parts_lost": parts_lost },
        "network": network.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
    }))
}

#[derive(Deserialize)]
struct Which {
    pipeline: String,
    format: Option<String>,
}

/// Why each converter of a pipeline is there: in words, with `format=dot` as a graph, or with `format=json` as trees of
/// converters and sinks.
async fn explain(State(shared): State<Arc<Shared>>, caller: Caller, Query(which): Query<Which>) -> Response {
    let mine = shared.may_see(&caller, &which.pipeline);
    let Some(explanation) = shared.media.explain(&which.pipeline).filter(|_| mine) else {
        return (StatusCode::NOT_FOUND, "There is no such pipeline.\n").into_response();
    };
    match which.format.as_deref() {
        Some("json") => axum::Json(explanation.report.plans.iter().map(plan_json).collect::<Vec<_>>()).into_response(),
        Some("dot") => explanation.dot().into_response(),
        _ => explanation.text().into_response(),
    }
}

fn plan_json(plan: &PlanReport) -> Value {
    let step = |step: &StepReport| json!({ "converter": step.converter, "format": step.format, "cpu": step.cpu, "parent": step.parent });
    let sink = |sink: &SinkReport| json!({ "name": &*sink.name, "step": sink.step, "served": sink.served, "reason": sink.reason });
    json!({
        "element": &*plan.name,
        "kind": trellis_elements::pads::name(plan.pad),
        "format": plan.source,
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "sinks": plan.sinks.iter().map(sink).collect::<Vec<_>>(),
    })
}

async fn demo(State(shared): State<Arc<Shared>>, caller: Caller) -> axum::Json<Value> {
    axum::Json(json!({
        "clip": shared.demo_file.as_deref().map(file_uri),
        "recordings": format!("{}/", file_uri(&shared.recordings_of(&caller))),
    }))
}

/// The `file:` URI of a path, with what URIs reserve escaped.
fn file_uri(path: &Path) -> String {
    let mut uri = String::from("file://");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => uri.push(char::from(byte)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_escaped_into_a_uri() {
        assert_eq!(file_uri(Path::new("/a b/ü#.webm")), "file:///a%20b/%C3%BC%23.webm");
    }
}
