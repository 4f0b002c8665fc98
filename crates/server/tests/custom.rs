//! The example of a server of one's own, run as it stands: its class is created, connected, set, and told of in kmd.

mod support;

use serde_json::{Value as Json, json};
use std::process::Command;
use support::{Client, Server};
use tempfile::TempDir;

/// The example, which `cargo test` builds beside the program.
fn example() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_BIN_EXE_trellis")).with_file_name("examples").join("custom")
}

#[test]
fn the_descriptor_of_an_added_module_is_printed() {
    let printed = Command::new(example()).args(["model", "kmd", "mirrors"]).output().unwrap();
    let kmd: Json = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!((&kmd["name"], &kmd["version"]), (&json!("mirrors"), &json!("1.0.0")));
    let class = &kmd["remoteClasses"][0];
    assert_eq!((&class["name"], &class["extends"]), (&json!("MirrorFilter"), &json!("Filter")));
    assert_eq!(class["constructor"]["params"][1]["defaultValue"], true);
}

#[tokio::test]
async fn a_class_of_ones_own_is_created_set_and_fed_by_others() {
    let server = Server::start_program(&example(), TempDir::new().unwrap(), "");
    let mut client = Client::open(&server).await;
    let pipeline = client.create("MediaPipeline", json!({})).await;
    let source = client.create("PassThrough", json!({ "mediaPipeline": pipeline })).await;
    let mirror = client.create("mirrors.MirrorFilter", json!({ "mediaPipeline": pipeline })).await;
    assert!(mirror.ends_with("_mirrors.MirrorFilter"), "{mirror}");
    client.value(&source, "connect", json!({ "sink": mirror })).await;
    let connections = client.value(&mirror, "getSourceConnections", json!({})).await;
    assert_eq!(connections.as_array().map(Vec::len), Some(3), "{connections}");
    assert_eq!(client.value(&mirror, "getMirrored", json!({})).await, true);
    client.value(&mirror, "setMirrored", json!({ "mirrored": false })).await;
    assert_eq!(client.value(&mirror, "getMirrored", json!({})).await, false);
}
