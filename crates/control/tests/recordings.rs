//! RecorderEndpoint at the end of what it records.

mod support;

use serde_json::{Value as Json, json};
use std::path::Path;
use support::{Client, real};

/// A black picture or a few.
fn film(client: &mut Client, file: &str) {
    let pipeline = client.create("MediaPipeline", json!({}));
    let hub = client.create("Composite", json!({ "mediaPipeline": pipeline, "width": 160, "height": 120 }));
    let port = client.create("HubPort", json!({ "hub": hub }));
    let recorder = recorder(client, &pipeline, file, json!(false));
    client.hear(&recorder, &["MediaFlowInStateChanged"]);
    client.value(&port, "connect", json!({ "sink": recorder, "mediaType": "VIDEO" }));
    client.value(&recorder, "record", json!({}));
    client.wait(&recorder, "MediaFlowInStateChanged", |events| !events.is_empty());
    client.value(&recorder, "stopAndWait", json!({}));
    client.ok("release", json!({ "object": pipeline }));
}

fn recorder(client: &mut Client, pipeline: &str, file: &str, stop_on_end: Json) -> String {
    let params = json!({ "mediaPipeline": pipeline, "uri": file, "mediaProfile": "WEBM_VIDEO_ONLY",
        "stopOnEndOfStream": stop_on_end });
    client.create("RecorderEndpoint", params)
}

/// A recorder of a player, before it plays.
fn recorded(client: &mut Client, stop_on_end: bool) -> (String, String) {
    let pipeline = client.create("MediaPipeline", json!({}));
    let player = client.create("PlayerEndpoint", json!({ "mediaPipeline": pipeline, "uri": "film.webm" }));
    let recorder = recorder(client, &pipeline, &format!("{stop_on_end}.webm"), json!(stop_on_end));
    client.hear(&player, &["EndOfStream"]);
    client.hear(&recorder, &["Stopped", "UriEndpointStateChanged"]);
    client.value(&player, "connect", json!({ "sink": recorder, "mediaType": "VIDEO" }));
    client.value(&recorder, "record", json!({}));
    (player, recorder)
}

fn size(folder: &Path, file: &str) -> u64 {
    std::fs::metadata(folder.join(file)).expect("a recording").len()
}

#[test]
fn a_recorder_stops_by_itself_at_the_end_of_its_stream_where_that_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let control = real(folder.path());
    let mut client = Client::of(&control);
    film(&mut client, "film.webm");
    let (player, recorder) = recorded(&mut client, true);
    client.value(&player, "play", json!({}));
    client.wait(&recorder, "Stopped", |events| events.len() == 1);
    assert_eq!(client.value(&recorder, "getState", json!({})), "STOP");
    assert_eq!(client.code(&recorder, "record", json!({})), 40_003, "it records once");
    assert!(size(folder.path(), "true.webm") > 0);
}

#[test]
fn a_recorder_goes_on_after_the_end_of_its_stream_until_it_is_told_to_stop() {
    let folder = tempfile::tempdir().expect("a folder");
    let control = real(folder.path());
    let mut client = Client::of(&control);
    film(&mut client, "film.webm");
    let (player, recorder) = recorded(&mut client, false);
    for times in 1..=2 {
        client.value(&player, "play", json!({}));
        client.wait(&player, "EndOfStream", |events| events.len() == times);
    }
    assert_eq!(client.value(&recorder, "getState", json!({})), "START");
    client.value(&recorder, "stopAndWait", json!({}));
    assert_eq!(client.wait(&recorder, "Stopped", |events| !events.is_empty()).len(), 1);
    let (player, again) = recorded(&mut client, true);
    client.value(&player, "play", json!({}));
    client.wait(&again, "Stopped", |events| events.len() == 1);
    let (once, twice) = (size(folder.path(), "true.webm"), size(folder.path(), "false.webm"));
    assert!(twice > once, "played once: {once} bytes, twice: {twice}");
}
