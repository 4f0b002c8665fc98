//! What causes events.

use crate::Pair;
use crate::stage::Stage;
use serde_json::json;
use std::collections::BTreeSet;

/// Something that is done on a stage of its own, and the events that it must cause, by class.
pub struct Act {
    what: &'static str,
    play: fn(&mut Stage),
    causes: &'static [(&'static str, &'static [&'static str])],
}

impl Act {
    /// Does it, and waits for what it must cause. All that was heard.
    pub fn perform(&self) -> BTreeSet<Pair> {
        println!("{}", self.what);
        let mut stage = Stage::new();
        (self.play)(&mut stage);
        for (class, event) in self.caused() {
            stage.await_event(class, event);
        }
        stage.all()
    }

    /// What it must cause.
    pub fn caused(&self) -> impl Iterator<Item = Pair> {
        self.causes.iter().flat_map(|(class, events)| events.iter().map(|event| (*class, *event)))
    }
}

const LINKS: &[&str] = &["ElementConnected", "ElementDisconnected"];
const FLOW_IN: &str = "MediaFlowInStateChanged";
const FLOW_OUT: &str = "MediaFlowOutStateChanged";
const TRANSCODING: &str = "MediaTranscodingStateChanged";
/// Of an element that media passes through.
const PASSING: &[&str] = &[FLOW_IN, FLOW_OUT, TRANSCODING];

pub const ACTS: &[Act] = &[
    Act {
        what: "objects are created and released",
        play: |stage| {
            let element = stage.make("PassThrough");
            stage.client.ok("release", json!({ "object": element }));
        },
        causes: &[("ServerManager", &["ObjectCreated", "ObjectDestroyed"])],
    },
    Act {
        what: "elements are connected and disconnected",
        play: |stage| {
            let sink = stage.make("PassThrough");
            for class in ELEMENTS {
                let element = stage.make(class);
                stage.connect(&element, &sink);
                stage.call(&element, "disconnect", json!({ "sink": sink }));
            }
        },
        causes: &[
            ("FaceOverlayFilter", LINKS),
            ("HttpGetEndpoint", LINKS),
            ("HttpPostEndpoint", LINKS),
            ("HubPort", LINKS),
            ("ImageOverlayFilter", LINKS),
            ("PassThrough", LINKS),
            ("PlayerEndpoint", LINKS),
            ("RecorderEndpoint", LINKS),
            ("RtpEndpoint", LINKS),
            ("WebRtcEndpoint", LINKS),
            ("ZBarFilter", LINKS),
        ],
    },
    Act {
        what: "a mixed picture with a code in it goes through all filters",
        play: |stage| {
            let source = stage.source();
            let [overlay, reader, faces, pass, port] =
                ["ImageOverlayFilter", "ZBarFilter", "FaceOverlayFilter", "PassThrough", "HubPort"]
                    .map(|class| stage.make(class));
            stage.chain(&[&source, &overlay, &reader, &faces, &pass, &port]);
            let image = json!({ "id": "code", "uri": CODE, "offsetXPercent": 0.1, "offsetYPercent": 0.2,
                "widthPercent": 0.8, "heightPercent": 0.6, "keepAspectRatio": false, "center": false });
            stage.call(&overlay, "addImage", image);
        },
        causes: &[
            ("FaceOverlayFilter", PASSING),
            ("HubPort", PASSING),
            ("ImageOverlayFilter", PASSING),
            ("PassThrough", PASSING),
            ("ZBarFilter", PASSING),
            ("ZBarFilter", &["CodeFound"]),
        ],
    },
    Act {
        what: "a recording is made, played and uploaded",
        play: |stage| {
            let (source, recorder) = (stage.source(), stage.with("RecorderEndpoint", json!({ "uri": "film.webm" })));
            stage.connect(&source, &recorder);
            stage.tell(&recorder, "record");
            // Sound and pictures.
            stage.client.wait(&recorder, FLOW_IN, |events| events.len() >= 2);
            stage.tell(&recorder, "pause");
            stage.await_event("RecorderEndpoint", "Paused");
            stage.tell(&recorder, "stopAndWait");
            let (player, sink) =
                (stage.with("PlayerEndpoint", json!({ "uri": "film.webm" })), stage.make("PassThrough"));
            stage.connect(&player, &sink);
            stage.tell(&player, "play");
            let (post, sink) =
                (stage.with("HttpPostEndpoint", json!({ "disconnectionTimeout": 0 })), stage.make("PassThrough"));
            stage.connect(&post, &sink);
            let film = std::fs::read(stage.path("film.webm")).expect("a film");
            stage.upload(&post, &film);
        },
        causes: &[
            (
                "HttpPostEndpoint",
                &[FLOW_OUT, TRANSCODING, "EndOfStream", "MediaSessionStarted", "MediaSessionTerminated"],
            ),
            ("RecorderEndpoint", &[FLOW_IN, "Recording", "Paused", "Stopped", "UriEndpointStateChanged"]),
            ("PlayerEndpoint", &[FLOW_OUT, TRANSCODING, "UriEndpointStateChanged", "EndOfStream"]),
        ],
    },
    Act {
        what: "what is no media is uploaded, a file that is not there played, and another written where there is no room",
        play: |stage| {
            let player = stage.make("PlayerEndpoint");
            stage.tell(&player, "play");
            let source = stage.source();
            let recorder = stage.with("RecorderEndpoint", json!({ "uri": "file:///dev/full" }));
            stage.connect(&source, &recorder);
            stage.tell(&recorder, "record");
            let post = stage.make("HttpPostEndpoint");
            stage.upload(&post, &[b'x'; 10_000]);
        },
        causes: &[
            ("PlayerEndpoint", &["Error"]),
            ("HttpPostEndpoint", &["Error"]),
            ("RecorderEndpoint", &["Error"]),
            ("MediaPipeline", &["Error"]),
        ],
    },
    Act {
        what: "a picture is wider than any encoder takes it",
        play: |stage| {
            let source = stage.source_of(json!({ "width": 16_384, "height": 16, "framerate": 5 }));
            for class in ["ImageOverlayFilter", "FaceOverlayFilter", "ZBarFilter"] {
                let (element, recorder) = (stage.make(class), stage.make("RecorderEndpoint"));
                stage.chain(&[&source, &element, &recorder]);
                stage.tell(&recorder, "record");
            }
            // What these are given is encoded before them; when all encoders have failed they are told that nothing comes.
            for class in ["PassThrough", "HubPort"] {
                let element = stage.make(class);
                let caps = json!({ "codec": "VP8", "framerate": { "numerator": 5, "denominator": 1 } });
                stage.call(&element, "setVideoFormat", json!({ "caps": caps }));
                stage.connect(&source, &element);
            }
            let stream = stage.with("HttpGetEndpoint", json!({ "mediaProfile": "MP4" }));
            stage.connect(&source, &stream);
        },
        causes: &[
            ("HttpGetEndpoint", &["Error"]),
            ("Composite", &["Error"]),
            ("FaceOverlayFilter", &["Error"]),
            ("HubPort", &["Error"]),
            ("ImageOverlayFilter", &["Error"]),
            ("MediaPipeline", &["Error"]),
            ("PassThrough", &["Error"]),
            ("ZBarFilter", &["Error"]),
        ],
    },
    Act {
        what: "what a composite shows is streamed, and read for a moment",
        play: |stage| {
            let (source, stream) =
                (stage.source(), stage.with("HttpGetEndpoint", json!({ "disconnectionTimeout": 0 })));
            stage.connect(&source, &stream);
            stage.await_event("HttpGetEndpoint", FLOW_IN);
            stage.read(&stream);
        },
        causes: &[("HttpGetEndpoint", &[FLOW_IN, "MediaSessionStarted", "MediaSessionTerminated"])],
    },
    Act {
        what: "two WebRTC endpoints talk, and one goes",
        play: |stage| {
            let data = || json!({ "useDataChannels": true });
            let (one, other) = (stage.with("WebRtcEndpoint", data()), stage.with("WebRtcEndpoint", data()));
            let (source, sink) = (stage.source(), stage.make("PassThrough"));
            stage.connect(&source, &one);
            stage.connect(&other, &sink);
            let offer = stage.text(&one, "generateOffer", json!({}));
            let answer = stage.text(&other, "processOffer", json!({ "offer": offer }));
            stage.call(&one, "processAnswer", json!({ "answer": answer }));
            for (from, to) in [(&one, &other), (&other, &one)] {
                stage.tell(from, "gatherCandidates");
                for found in stage.client.heard(from, "IceCandidateFound") {
                    stage.call(to, "addIceCandidate", json!({ "candidate": found["candidate"] }));
                }
            }
            stage.await_event("WebRtcEndpoint", "DataChannelOpened");
            let opened = stage.client.wait(&one, "DataChannelOpened", |events| !events.is_empty());
            stage.await_event("WebRtcEndpoint", FLOW_OUT);
            stage.call(&one, "closeDataChannel", json!({ "channelId": opened[0]["channelId"] }));
        },
        causes: &[
            ("WebRtcEndpoint", PASSING),
            ("WebRtcEndpoint", &["MediaSessionStarted", "MediaStateChanged", "ConnectionStateChanged"]),
            ("WebRtcEndpoint", &["IceCandidateFound", "IceGatheringDone", "IceComponentStateChanged"]),
            ("WebRtcEndpoint", &["NewCandidatePairSelected", "DtlsConnectionStateChange"]),
            ("WebRtcEndpoint", &["DataChannelOpened", "DataChannelClosed"]),
        ],
    },
    Act {
        what: "a WebRTC endpoint is to take a format that the remote does not",
        play: |stage| {
            let (one, other) = (stage.make("WebRtcEndpoint"), stage.make("WebRtcEndpoint"));
            let caps = json!({ "codec": "VP8", "framerate": { "numerator": 30, "denominator": 1 } });
            stage.call(&one, "setVideoFormat", json!({ "caps": caps }));
            let offer = stage.text(&other, "generateOffer", json!({})).replace("VP8/90000", "grapes/90000");
            stage.call(&one, "processOffer", json!({ "offer": offer }));
        },
        causes: &[("WebRtcEndpoint", &["Error"])],
    },
    Act {
        what: "two RTP endpoints talk under a key that soon comes to its end",
        play: |stage| talk_under(stage, |line| format!("{line}|2^6")),
        causes: &[
            ("RtpEndpoint", PASSING),
            ("RtpEndpoint", &["MediaSessionStarted", "MediaStateChanged", "ConnectionStateChanged", "OnKeySoftLimit"]),
        ],
    },
    Act {
        what: "two RTP endpoints talk, and one has another key",
        play: |stage| {
            talk_under(stage, |line| {
                let (before, key) = line.split_once("inline:").expect("a key");
                format!("{before}inline:AAAAAAAA{}", &key[8..])
            });
        },
        causes: &[("RtpEndpoint", &["Error"])],
    },
];

/// Every class whose objects are elements.
const ELEMENTS: [&str; 11] = [
    "FaceOverlayFilter",
    "HttpGetEndpoint",
    "HttpPostEndpoint",
    "HubPort",
    "ImageOverlayFilter",
    "PassThrough",
    "PlayerEndpoint",
    "RecorderEndpoint",
    "RtpEndpoint",
    "WebRtcEndpoint",
    "ZBarFilter",
];

/// The bars of 4006381333931 (EAN-13) as a PNG.
const CODE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAHgAAAACAQAAAAC7piXYAAAAHElEQVR42mP4//XUUY7YZaGvry+6NzP+PwMaHwBFyxQ5cqwotQAAAABJRU5ErkJggg==";

/// Two endpoints with keys, whose offer's `a=crypto` lines are changed on the way.
fn talk_under(stage: &mut Stage, change: fn(&str) -> String) {
    let secure = || json!({ "crypto": { "crypto": "AES_128_CM_HMAC_SHA1_80" } });
    let (one, other) = (stage.with("RtpEndpoint", secure()), stage.with("RtpEndpoint", secure()));
    let (source, sink) = (stage.source(), stage.make("PassThrough"));
    stage.connect(&source, &one);
    stage.connect(&other, &sink);
    let offer = stage.text(&one, "generateOffer", json!({}));
    let changed = |line: &str| if line.starts_with("a=crypto:") { change(line) } else { line.to_owned() };
    let offer: String = offer.lines().map(|line| changed(line) + "\r\n").collect();
    let answer = stage.text(&other, "processOffer", json!({ "offer": offer }));
    stage.call(&one, "processAnswer", json!({ "answer": answer }));
}
