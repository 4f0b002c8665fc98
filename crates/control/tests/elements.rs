//! MediaElement over the wire protocol, on real elements.

mod support;

use serde_json::{Value as Json, json};
use std::path::Path;
use std::time::{Duration, Instant};
use support::{Client, media, real};

/// Several elements of one pipeline.
fn elements(client: &mut Client, kinds: &[&str]) -> Vec<String> {
    let pipeline = client.create("MediaPipeline", json!({}));
    kinds.iter().map(|kind| client.create(kind, json!({ "mediaPipeline": pipeline }))).collect()
}

/// The sinks, or the sources, of connections.
fn ends(connections: &Json, end: &str) -> Vec<String> {
    let text = |connection: &Json| connection[end].as_str().expect("an id").to_owned();
    connections.as_array().expect("a list").iter().map(text).collect()
}

#[test]
fn connections_are_listed_at_both_ends_and_a_new_source_replaces_the_old_one() {
    let control = real(Path::new("/"));
    let mut client = Client::of(&control);
    let made = elements(&mut client, &["PassThrough", "PassThrough", "PassThrough"]);
    let (one, two, sink) = (&made[0], &made[1], &made[2]);
    for source in [one, two] {
        client.hear(source, &["ElementConnected", "ElementDisconnected"]);
    }
    client.value(one, "connect", json!({ "sink": sink }));
    assert_eq!(client.heard(one, "ElementConnected").len(), 3);
    client.value(two, "connect", json!({ "sink": sink, "mediaType": "VIDEO" }));
    let lost = client.heard(one, "ElementDisconnected");
    assert_eq!((lost.len(), &lost[0]["mediaType"], &lost[0]["sink"]), (1, &json!("VIDEO"), &json!(sink)));
    let sources = client.value(sink, "getSourceConnections", json!({}));
    assert_eq!(ends(&sources, "source").iter().filter(|source| *source == one).count(), 2);
    let video = client.value(sink, "getSourceConnections", json!({ "mediaType": "VIDEO" }));
    assert_eq!((ends(&video, "source"), ends(&video, "sink")), (vec![two.clone()], vec![sink.clone()]));
    assert_eq!(client.value(one, "getSinkConnections", json!({ "mediaType": "VIDEO" })), json!([]));
    let elsewhere = json!({ "mediaType": "VIDEO", "description": "elsewhere" });
    assert_eq!(client.value(sink, "getSourceConnections", elsewhere), json!([]));
    let nowhere = json!({ "sink": sink, "mediaType": "VIDEO", "sourceMediaDescription": "elsewhere" });
    assert_eq!(client.code(one, "connect", nowhere), 40_004);
    client.value(two, "disconnect", json!({ "sink": sink }));
    assert_eq!(client.heard(two, "ElementDisconnected").len(), 1, "only what was connected");
    client.ok("release", json!({ "object": sink }));
    assert_eq!(client.value(one, "getSinkConnections", json!({})), json!([]));
    assert_eq!(client.heard(one, "ElementDisconnected").len(), 3, "a released sink is a lost one");
}

#[test]
fn elements_of_different_pipelines_are_not_connected() {
    let control = real(Path::new("/"));
    let mut client = Client::of(&control);
    let (one, other) = (elements(&mut client, &["PassThrough"]), elements(&mut client, &["PassThrough"]));
    assert_eq!(client.code(&one[0], "connect", json!({ "sink": other[0] })), 40_004);
}

/// Plays a file through a PassThrough into a recorder until it is over. `prepare` has the elements in this order.
fn record(client: &mut Client, file: &Path, into: &str, profile: &str, prepare: impl FnOnce(&mut Client, [&str; 3])) {
    let pipeline = client.create("MediaPipeline", json!({}));
    let player = client.create("PlayerEndpoint", json!({ "mediaPipeline": pipeline, "uri": file }));
    let middle = client.create("PassThrough", json!({ "mediaPipeline": pipeline }));
    let recorder =
        json!({ "mediaPipeline": pipeline, "uri": into, "mediaProfile": profile, "stopOnEndOfStream": true });
    let recorder = client.create("RecorderEndpoint", recorder);
    client.hear(&recorder, &["Stopped"]);
    client.value(&player, "connect", json!({ "sink": middle, "mediaType": "VIDEO" }));
    client.value(&middle, "connect", json!({ "sink": recorder, "mediaType": "VIDEO" }));
    prepare(client, [&player, &middle, &recorder]);
    client.value(&recorder, "record", json!({}));
    client.value(&player, "play", json!({}));
    let deadline = Instant::now() + Duration::from_secs(30);
    while client.heard(&recorder, "Stopped").is_empty() {
        assert!(Instant::now() < deadline, "the recording has no end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_encoder_spends_what_the_element_before_it_was_told() {
    let Some(file) = media("face/friday.mp4") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let control = real(folder.path());
    let target = |bits: i64| {
        move |client: &mut Client, [_, before, _]: [&str; 3]| {
            assert_eq!(client.value(before, "getEncoderBitrate", json!({})), 0);
            client.value(before, "setEncoderBitrate", json!({ "encoderBitrate": bits }));
            assert_eq!(client.value(before, "getEncoderBitrate", json!({})), bits);
            assert_eq!(client.code(before, "setEncoderBitrate", json!({ "encoderBitrate": -1 })), 40_107);
        }
    };
    let limit = |client: &mut Client, [_, before, _]: [&str; 3]| {
        client.value(before, "setEncoderBitrate", json!({ "encoderBitrate": 5_000_000 }));
        client.value(before, "setMinEncoderBitrate", json!({ "minEncoderBitrate": 100_000 }));
        client.value(before, "setMaxEncoderBitrate", json!({ "maxEncoderBitrate": 150_000 }));
        assert_eq!(client.value(before, "getMaxEncoderBitrate", json!({})), 150_000);
        assert_eq!(client.value(before, "getMinEncoderBitrate", json!({})), 100_000);
    };
    std::thread::scope(|scope| {
        for (name, bits) in [("low.webm", 150_000), ("high.webm", 1_200_000)] {
            let (control, file) = (&control, &file);
            scope.spawn(move || record(&mut Client::of(control), file, name, "WEBM_VIDEO_ONLY", target(bits)));
        }
        scope.spawn(|| record(&mut Client::of(&control), &file, "limited.webm", "WEBM_VIDEO_ONLY", limit));
    });
    let size = |name: &str| std::fs::metadata(folder.path().join(name)).expect("a recording").len();
    let (low, high, limited) = (size("low.webm"), size("high.webm"), size("limited.webm"));
    println!("6.2 s at 150 kbit/s: {low} bytes, at 1200: {high}, limited to 150: {limited}");
    assert!(low * 2 < high && limited * 2 < high, "{low}, {limited} and {high} bytes");
}

#[test]
fn a_format_that_is_set_is_what_comes_in_and_how_old_it_is_is_measured() {
    let Some(file) = media("face/friday.mp4") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let control = real(folder.path());
    let caps = |codec: &str| json!({ "caps": { "codec": codec, "framerate": { "numerator": 30, "denominator": 1 } } });
    let mut elements = Vec::new();
    let mut client = Client::of(&control);
    // Matroska takes H.264 as it comes: it is VP8 because the element before takes nothing else.
    record(&mut client, &file, "out.mkv", "MKV_VIDEO_ONLY", |client, [player, middle, recorder]| {
        client.hear(player, &["MediaTranscodingStateChanged"]);
        client.value(middle, "setVideoFormat", caps("VP8"));
        assert_eq!(client.code(player, "setVideoFormat", caps("VP8")), 40_107, "it takes nothing");
        assert_eq!(client.code(recorder, "setVideoFormat", caps("RAW")), 40_107, "no container takes that");
        let pipeline = client.value(middle, "getParent", json!({})).as_str().expect("a parent").to_owned();
        assert_eq!(client.value(&pipeline, "getLatencyStats", json!({})), false);
        client.value(&pipeline, "setLatencyStats", json!({ "latencyStats": true }));
        assert_eq!(client.value(&pipeline, "getLatencyStats", json!({})), true);
        elements.extend([player, middle, recorder, &pipeline].map(str::to_owned));
    });
    let bytes = std::fs::read(folder.path().join("out.mkv")).expect("a recording");
    assert!(bytes.windows(5).any(|window| window == b"V_VP8"), "the recording is not VP8");
    assert_eq!(client.heard(&elements[0], "MediaTranscodingStateChanged")[0]["state"], "TRANSCODING");
    let stats = client.value(&elements[1], "getStats", json!({ "mediaType": "VIDEO" }))[&elements[1]].clone();
    assert_eq!((&stats["type"], &stats["inputLatency"][0]["name"]), (&json!("element"), &json!("sink_video_default")));
    let latency = stats["inputLatency"][0]["avg"].as_f64().expect("an average");
    println!("pictures are {:.1} ms old behind decoder and encoder", latency / 1e6);
    assert!(latency > 100_000.0 && latency < 2e9, "{latency} ns");
    let audio = client.value(&elements[1], "getStats", json!({ "mediaType": "AUDIO" }))[&elements[1]].clone();
    assert_eq!(audio["inputLatency"], json!([]), "no sound came");
}

#[test]
fn the_graph_is_drawn_with_what_is_in_it() {
    let control = real(Path::new("/"));
    let mut client = Client::of(&control);
    let pipeline = client.create("MediaPipeline", json!({}));
    let player = client.create("PlayerEndpoint", json!({ "mediaPipeline": pipeline, "uri": "/nothing.mp4" }));
    let sink = client.create("PassThrough", json!({ "mediaPipeline": pipeline }));
    for (object, operation) in
        [(&pipeline, "getGstreamerDot"), (&sink, "getGstreamerDot"), (&player, "getElementGstreamerDot")]
    {
        let dot = client.value(object, operation, json!({}));
        let dot = dot.as_str().expect("a graph");
        assert!(dot.starts_with("digraph") && dot.contains("PlayerEndpoint") && dot.contains("PassThrough"), "{dot}");
    }
    for object in [&pipeline, &sink] {
        client.value(object, "dumpGstreamerDot", json!({ "details": "SHOW_ALL" }));
    }
}

#[test]
fn an_application_of_before_7_0_is_understood() {
    let control = real(Path::new("/"));
    let mut client = Client::of(&control);
    let made = elements(&mut client, &["WebRtcEndpoint"]);
    let endpoint = &made[0];
    client.value(endpoint, "setMaxOutputBitrate", json!({ "maxOutputBitrate": 700_000 }));
    assert_eq!(client.value(endpoint, "getMaxEncoderBitrate", json!({})), 700_000);
    assert_eq!(client.value(endpoint, "getMaxOuputBitrate", json!({})), 700_000, "as it was spelt once");
    let pipeline = client.value(endpoint, "getParent", json!({})).as_str().expect("a parent").to_owned();
    assert_eq!(client.value(&pipeline, "getChilds", json!({})), json!([endpoint]));
    client.hear(endpoint, &["OnIceCandidate", "IceCandidateFound"]);
    client.value(endpoint, "generateOffer", json!({}));
    client.value(endpoint, "gatherCandidates", json!({}));
    let (old, new) = (client.heard(endpoint, "OnIceCandidate"), client.heard(endpoint, "IceCandidateFound"));
    assert_eq!((old.len(), &old[0]["candidate"]), (new.len(), &new[0]["candidate"]));
    assert_eq!((&old[0]["type"], old[0]["timestamp"].is_string()), (&json!("OnIceCandidate"), true));
    assert_eq!((&new[0]["type"], new[0].get("timestamp")), (&json!("IceCandidateFound"), None));
}
