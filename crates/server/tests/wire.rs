//! Kurento's protocol over a real WebSocket of the real server, frame by frame.

mod support;

use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::io::{Read, Write};
use support::{Client, MANAGER, Server};
use tokio_tungstenite::tungstenite::Message;

/// Frames as kurento-client 7.3.0 sends them, and what its server answers. `<x>` stands for an id that is learnt from
/// the answer where it is first seen, `*` for anything.
const EXCHANGES: &[(&str, &str)] = &[
    (
        r#"{"jsonrpc":"2.0","method":"ping","params":{"interval":5000},"id":0}"#,
        r#"{"id":0,"jsonrpc":"2.0","result":{"value":"pong"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"describe","params":{"object":"manager_ServerManager"},"id":1}"#,
        r#"{"id":1,"jsonrpc":"2.0","result":{"sessionId":"<S>","type":"ServerManager","qualifiedType":"kurento.ServerManager","hierarchy":["kurento.MediaObject"]}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"create","params":{"type":"MediaPipeline","properties":{}},"id":2}"#,
        r#"{"id":2,"jsonrpc":"2.0","result":{"value":"<P>","sessionId":"<S>"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"manager_ServerManager","operation":"getInfo","sessionId":"<S>"},"id":3}"#,
        r#"{"id":3,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":{"__module__":"kurento","__type__":"ServerInfo","capabilities":["transactions"],"modules":"*","type":"KMS","version":"7.3.0"}}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"create","params":{"type":"WebRtcEndpoint","constructorParams":{"mediaPipeline":"<P>"},"properties":{},"sessionId":"<S>"},"id":4}"#,
        r#"{"id":4,"jsonrpc":"2.0","result":{"value":"<E>","sessionId":"<S>"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"create","params":{"type":"WebRtcEndpoint","constructorParams":{"mediaPipeline":"<P>","recvonly":true,"useDataChannels":true},"properties":{},"sessionId":"<S>"},"id":5}"#,
        r#"{"id":5,"jsonrpc":"2.0","result":{"value":"<F>","sessionId":"<S>"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"subscribe","params":{"object":"<E>","type":"IceCandidateFound","sessionId":"<S>"},"id":6}"#,
        r#"{"id":6,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":"<SUB>"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"<E>","operation":"connect","operationParams":{"sink":"<F>"},"sessionId":"<S>"},"id":7}"#,
        r#"{"id":7,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":null}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"<E>","operation":"connect","operationParams":{"sink":"<F>","mediaType":"VIDEO"},"sessionId":"<S>"},"id":8}"#,
        r#"{"id":8,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":null}}"#,
    ),
    // The offer of the capture is of two lines; this one can be answered.
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"<F>","operation":"generateOffer","sessionId":"<S>"},"id":900}"#,
        r#"{"id":900,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":"<OFFER>"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"<E>","operation":"processOffer","operationParams":{"offer":"<OFFER>"},"sessionId":"<S>"},"id":9}"#,
        r#"{"id":9,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":"*"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"<E>","operation":"gatherCandidates","sessionId":"<S>"},"id":10}"#,
        r#"{"id":10,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":null}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"<E>","operation":"addIceCandidate","operationParams":{"candidate":{"candidate":"candidate:1 1 UDP 2122252543 10.0.0.1 5000 typ host","sdpMid":"0","sdpMLineIndex":0,"__module__":"kurento","__type__":"IceCandidate"}},"sessionId":"<S>"},"id":11}"#,
        r#"{"id":11,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":null}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"<E>","operation":"setName","operationParams":{"name":"cam"},"sessionId":"<S>"},"id":12}"#,
        r#"{"id":12,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":null}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"<E>","operation":"setMaxVideoSendBandwidth","operationParams":{"maxVideoSendBandwidth":2000},"sessionId":"<S>"},"id":13}"#,
        r#"{"id":13,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":null}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"<E>","operation":"getStats","operationParams":{"mediaType":"VIDEO"},"sessionId":"<S>"},"id":14}"#,
        r#"{"id":14,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":"*"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"<E>","operation":"setVideoFormat","operationParams":{"caps":{"codec":"VP8","framerate":{"numerator":30,"denominator":1,"__module__":"kurento","__type__":"Fraction"},"__module__":"kurento","__type__":"VideoCaps"}},"sessionId":"<S>"},"id":15}"#,
        r#"{"id":15,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":null}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"manager_ServerManager","operation":"getPipelines","sessionId":"<S>"},"id":17}"#,
        r#"{"id":17,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":["<P>"]}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"transaction","params":{"object":{"_events":{},"_eventsCount":1},"operations":[{"method":"create","params":{"type":"MediaPipeline","properties":{}},"jsonrpc":"2.0","id":0},{"method":"create","params":{"type":"PlayerEndpoint","constructorParams":{"mediaPipeline":"newref:0","uri":"file:///nothing.webm"},"properties":{}},"jsonrpc":"2.0","id":1},{"method":"invoke","params":{"object":"newref:1","operation":"getUri"},"jsonrpc":"2.0","id":2}],"sessionId":"<S>"},"id":18}"#,
        r#"{"id":18,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":[{"id":0,"jsonrpc":"2.0","result":{"value":"<P2>","sessionId":"<S>"}},{"id":1,"jsonrpc":"2.0","result":{"value":"<PLAYER>","sessionId":"<S>"}},{"id":2,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":"file:///nothing.webm"}}]}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"create","params":{"type":"RecorderEndpoint","constructorParams":{"mediaPipeline":"<P>","mediaProfile":"WEBM","uri":"file:///nowhere/a.webm"},"properties":{},"sessionId":"<S>"},"id":19}"#,
        r#"{"id":19,"jsonrpc":"2.0","result":{"value":"<REC>","sessionId":"<S>"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"<REC>","operation":"record","sessionId":"<S>"},"id":20}"#,
        r#"{"id":20,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":null}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"invoke","params":{"object":"<REC>","operation":"stopAndWait","sessionId":"<S>"},"id":21}"#,
        r#"{"id":21,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":null}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"create","params":{"type":"Composite","constructorParams":{"mediaPipeline":"<P>"},"properties":{},"sessionId":"<S>"},"id":22}"#,
        r#"{"id":22,"jsonrpc":"2.0","result":{"value":"<HUB>","sessionId":"<S>"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"create","params":{"type":"HubPort","constructorParams":{"hub":"<HUB>"},"sessionId":"<S>"},"id":23}"#,
        r#"{"id":23,"jsonrpc":"2.0","result":{"value":"<PORT>","sessionId":"<S>"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"create","params":{"type":"RtpEndpoint","constructorParams":{"crypto":{"key":"000000000000000000000000000000","crypto":"AES_128_CM_HMAC_SHA1_32","__module__":"kurento","__type__":"SDES"},"mediaPipeline":"<P>"},"properties":{},"sessionId":"<S>"},"id":24}"#,
        r#"{"id":24,"jsonrpc":"2.0","result":{"value":"<RTP>","sessionId":"<S>"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"subscribe","params":{"object":"<E>","type":"MediaFlowInStateChanged","sessionId":"<S>"},"id":25}"#,
        r#"{"id":25,"jsonrpc":"2.0","result":{"sessionId":"<S>","value":"<SUB2>"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"release","params":{"object":"<E>","sessionId":"<S>"},"id":26}"#,
        r#"{"id":26,"jsonrpc":"2.0","result":{"sessionId":"<S>"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"unsubscribe","params":{"object":"<E>","subscription":"<SUB2>","sessionId":"<S>"},"id":27}"#,
        r#"{"id":27,"jsonrpc":"2.0","result":{"sessionId":"<S>"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"release","params":{"object":"<P>","sessionId":"<S>"},"id":28}"#,
        r#"{"id":28,"jsonrpc":"2.0","result":{"sessionId":"<S>"}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"create","params":{"type":"MediaPipeline","properties":{},"sessionId":"<S>"},"id":29}"#,
        r#"{"id":29,"jsonrpc":"2.0","result":{"value":"<P3>","sessionId":"<S>"}}"#,
    ),
];

/// Ids that were learnt, by their names.
#[derive(Default)]
struct Learnt(HashMap<String, String>);

impl Learnt {
    fn fill(&self, template: &str) -> String {
        let quoted = |value: &str| json!(value).to_string().trim_matches('"').to_owned();
        self.0.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, &quoted(value)))
    }

    fn compare(&mut self, expected: &Json, given: &Json) {
        match (expected, given) {
            (Json::String(any), _) if any == "*" => {}
            (Json::String(name), Json::String(value)) if name.starts_with('<') => {
                assert_eq!(self.0.entry(name.clone()).or_insert_with(|| value.clone()), value);
            }
            (Json::Object(expected), Json::Object(given)) => {
                assert!(expected.keys().eq(given.keys()), "{expected:?} is wanted, {given:?} given");
                expected.iter().for_each(|(key, value)| self.compare(value, &given[key]));
            }
            (Json::Array(expected), Json::Array(given)) => {
                assert_eq!(expected.len(), given.len());
                expected.iter().zip(given).for_each(|(expected, given)| self.compare(expected, given));
            }
            _ => assert_eq!(expected, given),
        }
    }
}

#[tokio::test]
async fn what_kurento_client_sends_is_answered_as_it_expects() {
    let server = Server::start("");
    let mut client = Client::open(&server).await;
    let mut learnt = Learnt::default();
    for (sent, expected) in EXCHANGES {
        // On Node it sends binary frames.
        client.send(Message::binary(learnt.fill(sent).into_bytes())).await;
        let answer = client.answer().await;
        learnt.compare(&serde_json::from_str(expected).unwrap(), &answer);
    }
    let found = |event: &&Json| event["params"]["value"]["type"] == "IceCandidateFound";
    let event = client.events.iter().find(found).expect("a candidate was found").clone();
    let form = r#"{"jsonrpc":"2.0","method":"onEvent","params":{"value":{"data":{"candidate":{"__module__":"kurento","__type__":"IceCandidate","candidate":"*","sdpMLineIndex":0,"sdpMid":"0"},"source":"<E>","tags":[],"timestampMillis":"<TIME>","type":"IceCandidateFound"},"object":"<E>","type":"IceCandidateFound"}}}"#;
    learnt.compare(&serde_json::from_str(form).unwrap(), &event);
    drop(client);
    let mut client = Client::open(&server).await;
    let pong = client.raw(r#"{"jsonrpc":"2.0","method":"ping","id":30}"#).await;
    assert_eq!(pong, json!({ "id": 30, "jsonrpc": "2.0", "result": { "value": "pong" } }));
    let session = learnt.0["<S>"].clone();
    client.next = 31;
    let resumed = client.ok("connect", json!({ "sessionId": session })).await;
    assert_eq!(resumed["sessionId"], json!(session));
    assert_eq!(client.value(MANAGER, "getPipelines", json!({})).await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_websocket_on_another_path_is_opened_and_closed_with_1002() {
    let server = Server::start("");
    for path in ["", "/", "/kurento/", "/other", "/metrics"] {
        let mut client = Client::at(&format!("ws://{}{path}", server.address)).await;
        let Some(Message::Close(Some(frame))) = client.message().await else { panic!("{path} is served") };
        assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1002, "Invalid path"));
    }
    let mut client = Client::at(&format!("{}?access_token=unused", server.url())).await;
    client.ok("ping", json!({})).await;
}

#[test]
fn the_health_check_of_kurentos_container_gets_its_500() {
    let server = Server::start("");
    let mut stream = std::net::TcpStream::connect(server.address).unwrap();
    let request = "GET /kurento HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 500");
}

#[tokio::test]
async fn requests_of_one_socket_are_answered_in_order_though_some_are_slow() {
    let server = Server::start("");
    let mut client = Client::open(&server).await;
    let slow = json!({ "object": MANAGER, "operation": "getUsedCpu", "operationParams": { "interval": 300 } });
    for id in 0..10 {
        let (method, params) = if id % 5 == 0 { ("invoke", slow.clone()) } else { ("ping", json!({})) };
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        client.send(Message::text(request.to_string())).await;
    }
    for id in 0..10 {
        assert_eq!(client.answer().await["id"], id);
    }
}

#[tokio::test]
async fn sixty_slow_sessions_delay_nobody_and_too_many_are_refused() {
    let server = Server::start("[limits]\ncall_threads = 61\n");
    let mut slow = Vec::new();
    for _ in 0..60 {
        let mut client = Client::open(&server).await;
        let params = json!({ "object": MANAGER, "operation": "getUsedCpu", "operationParams": { "interval": 9_000 } });
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "invoke", "params": params });
        client.send(Message::text(request.to_string())).await;
        slow.push(client);
    }
    let mut quick = Client::open(&server).await;
    // The first answer tells that the others' requests are before it no more.
    for _ in 0..50 {
        let pipeline = quick.create("MediaPipeline", json!({})).await;
        quick.ok("release", json!({ "object": pipeline })).await;
    }
    let mut last = Client::open(&server).await;
    let params = json!({ "object": MANAGER, "operation": "getUsedCpu", "operationParams": { "interval": 9_000 } });
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "invoke", "params": params });
    last.send(Message::text(request.to_string())).await;
    let refused = loop {
        let answer = quick.call("create", json!({ "type": "MediaPipeline" })).await;
        if answer.get("error").is_some() {
            break answer;
        }
    };
    assert_eq!(refused["error"]["code"], 40_009, "{refused}");
    assert!(refused["error"]["message"].as_str().unwrap().contains("call_threads"));
    quick.ok("describe", json!({ "object": MANAGER })).await;
}
