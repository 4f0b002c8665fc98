//! What the operator configures of the media, as applications find it.

mod support;

use serde_json::json;
use support::{Client, configured};
use trellis_control::Tenant;
use trellis_elements::{CompositeSettings, MediaSettings};
use trellis_media::MediaTime;

/// A port that gives black pictures and silence.
fn source(client: &mut Client, pipeline: &str) -> String {
    let hub = client.create("Composite", json!({ "mediaPipeline": pipeline }));
    client.create("HubPort", json!({ "hub": hub }))
}

/// A recorder that is fed and records.
fn recorder(client: &mut Client, (pipeline, source): (&str, &str), file: &str, profile: &str) -> String {
    let params = json!({ "mediaPipeline": pipeline, "uri": file, "mediaProfile": profile });
    let recorder = client.create("RecorderEndpoint", params);
    client.hear(&recorder, &["Error", "MediaFlowInStateChanged"]);
    client.value(source, "connect", json!({ "sink": recorder, "mediaType": "VIDEO" }));
    client.value(&recorder, "record", json!({}));
    recorder
}

#[test]
fn encoders_of_a_tenant_are_bounded_and_who_waits_for_one_gets_it_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let control = configured(MediaSettings {
        default_path: folder.path().to_owned(),
        encoders: Some(1),
        converter_hold: MediaTime::from_millis(100),
        ..MediaSettings::default()
    });
    let [one, other] = ["one", "other"].map(|name| Tenant::new(name).expect("a tenant"));
    let mut client = Client::of_tenant(&control, &one);
    let flows = |client: &Client, recorder: &str| {
        client.wait(recorder, "MediaFlowInStateChanged", |events| !events.is_empty());
    };
    let pipelines = [(); 2].map(|()| client.create("MediaPipeline", json!({})));
    let sources = [0, 1].map(|place| source(&mut client, &pipelines[place]));
    let here = (&*pipelines[0], &*sources[0]);
    let webm = ["a.webm", "b.webm"].map(|file| recorder(&mut client, here, file, "WEBM_VIDEO_ONLY"));
    for recorder in &webm {
        flows(&client, recorder);
    }
    // Another codec, and another pipeline: each would be an encoder more.
    let mp4 = recorder(&mut client, here, "c.mp4", "MP4_VIDEO_ONLY");
    let elsewhere = recorder(&mut client, (&pipelines[1], &sources[1]), "d.webm", "WEBM_VIDEO_ONLY");
    for waiting in [&mp4, &elsewhere] {
        let errors = client.wait(waiting, "Error", |errors| !errors.is_empty());
        let text = errors[0]["description"].as_str().expect("a text");
        assert!(text.contains("quota 'encoders' is reached: at most 1"), "{text}");
        assert_eq!(errors[0]["type"], "MEDIA_OBJECT_OPERATION_NOT_SUPPORTED");
    }
    // What one tenant takes, another does not lack.
    let mut stranger = Client::of_tenant(&control, &other);
    let pipeline = stranger.create("MediaPipeline", json!({}));
    let source = source(&mut stranger, &pipeline);
    let theirs = recorder(&mut stranger, (&pipeline, &source), "e.webm", "WEBM_VIDEO_ONLY");
    flows(&stranger, &theirs);
    assert!(client.heard(&mp4, "MediaFlowInStateChanged").is_empty());
    client.ok("release", json!({ "object": mp4 }));
    for recorder in &webm {
        client.ok("release", json!({ "object": recorder }));
    }
    flows(&client, &elsewhere);
}

#[test]
fn a_composite_is_as_configured_unless_the_application_asks_for_something_else() {
    let composite = CompositeSettings { width: 641, height: 360, framerate: 5 };
    let control = configured(MediaSettings { composite, ..MediaSettings::default() });
    let mut client = Client::of(&control);
    let cases = [(json!({}), "640x360"), (json!({ "width": 320 }), "320x360"), (json!({ "height": 240 }), "640x240")];
    for (given, size) in cases {
        let pipeline = client.create("MediaPipeline", json!({}));
        let mut params = given.clone();
        params["mediaPipeline"] = json!(pipeline);
        let hub = client.create("Composite", params);
        let port = client.create("HubPort", json!({ "hub": hub }));
        let sink = client.create("PassThrough", json!({ "mediaPipeline": pipeline }));
        client.hear(&sink, &["MediaFlowInStateChanged"]);
        client.value(&port, "connect", json!({ "sink": sink, "mediaType": "VIDEO" }));
        client.wait(&sink, "MediaFlowInStateChanged", |events| !events.is_empty());
        let dot = client.value(&pipeline, "getGstreamerDot", json!({}));
        let format = format!("{size}@5");
        assert!(dot.as_str().is_some_and(|dot| dot.contains(&format)), "{given}: no {format} in {dot}");
        client.ok("release", json!({ "object": pipeline }));
    }
}
