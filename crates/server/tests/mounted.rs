//! The example of a route of one's own, run as it stands.

mod support;

use serde_json::json;
use std::path::Path;
use support::{Client, Server, fetch};
use tempfile::TempDir;

#[tokio::test]
async fn a_route_of_ones_own_stands_beside_those_that_are_built_in_and_sees_what_applications_do() {
    let example = Path::new(env!("CARGO_BIN_EXE_trellis")).with_file_name("examples").join("mounted");
    let server = Server::start_program(&example, TempDir::new().unwrap(), "");
    let pipeline = Client::open(&server).await.create("MediaPipeline", json!({})).await;
    for (path, status, holds) in [
        ("/pipelines", 200, pipeline.as_str()),
        ("/healthz", 200, "ok"),
        ("/", 200, "<!doctype html"),
        ("/nothing", 404, "nothing here"),
    ] {
        let answer = fetch(server.address, "GET", path, &[], "").await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(answer.body.contains(holds), "{path}: {}", answer.body);
    }
}
