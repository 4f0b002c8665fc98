//! Everything that the HTTP port answers but the WebSocket: the page, health, metrics, recordings.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower_http::services::ServeDir;
use trellis_elements::Media;
use trellis_graph::{PlanReport, SinkReport, StepReport};

/// What the handlers share.
pub struct Shared {
    /// The media plane.
    pub media: Arc<Media>,
    /// The clip that takes a camera's place on the page.
    pub demo_file: Option<PathBuf>,
    /// Where the page records to.
    pub recordings: PathBuf,
}

/// The routes.
pub fn routes(shared: Arc<Shared>) -> Router {
    let recordings = ServeDir::new(&shared.recordings);
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/metrics", get(metrics))
        .route("/explain", get(explain))
        .route("/demo.json", get(demo))
        .nest_service("/recordings", recordings)
        .fallback(asset)
        .with_state(shared)
}

async fn asset(uri: Uri) -> Response {
    match trellis_html5::file(uri.path()) {
        Some((mime, bytes)) => {
            ([(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, "no-cache")], bytes).into_response()
        }
        None => (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response(),
    }
}

/// Counts of what runs, as JSON: pipelines, elements, converters by name, the network's counters.
async fn metrics(State(shared): State<Arc<Shared>>) -> axum::Json<Value> {
    let mut converters = serde_json::Map::new();
    let (mut pipelines, mut elements, mut dropped) = (0, 0, 0);
    for (_, report) in shared.media.reports() {
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
    axum::Json(json!({
        "pipelines": pipelines,
        "elements": elements,
        "converters": converters,
        "dropped_late": dropped,
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
async fn explain(State(shared): State<Arc<Shared>>, Query(which): Query<Which>) -> Response {
    let Some(explanation) = shared.media.explain(&which.pipeline) else {
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

async fn demo(State(shared): State<Arc<Shared>>) -> axum::Json<Value> {
    axum::Json(json!({
        "clip": shared.demo_file.as_deref().map(file_uri),
        "recordings": format!("{}/", file_uri(&shared.recordings)),
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
