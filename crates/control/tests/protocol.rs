//! The wire protocol, frame by frame, against little real objects.

mod support;

use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::Client;
use trellis_control::{Begun, Control, ControlSettings};
use trellis_model::{Args, Class, EventSink, Factory, NewObject, Remote, RemoteError, Value};

/// Counts what lives; an object raises an event when its SDP offer is processed.
#[derive(Default)]
struct World {
    alive: Arc<AtomicUsize>,
    calls: Arc<AtomicUsize>,
}

struct Thing {
    class: &'static Class,
    events: EventSink,
    alive: Arc<AtomicUsize>,
    calls: Arc<AtomicUsize>,
}

impl Factory for World {
    fn makes(&self, class: &'static Class) -> bool {
        class.constructor.is_some()
    }

    fn create(&self, class: &'static Class, _: &Args, new: NewObject) -> Option<Result<Arc<dyn Remote>, RemoteError>> {
        self.alive.fetch_add(1, Ordering::SeqCst);
        let (alive, calls) = (Arc::clone(&self.alive), Arc::clone(&self.calls));
        Some(Ok(Arc::new(Thing { class, events: new.events, alive, calls })))
    }
}

impl Remote for Thing {
    fn class(&self) -> &'static Class {
        self.class
    }
    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        match operation {
            "processOffer" => Some(args.text("offer").map(|offer| {
                self.events.raise("IceGatheringDone", []);
                format!("answer to {offer}").into()
            })),
            "connect" => Some(args.object("sink").map(|_| Value::Null)),
            _ => None,
        }
    }
    fn close(&self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

fn control() -> (Control, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let world = World::default();
    let (alive, calls) = (Arc::clone(&world.alive), Arc::clone(&world.calls));
    let settings = ControlSettings::default();
    (Control::new(Arc::new(world), settings), alive, calls)
}

#[test]
fn the_first_frames_of_kurento_client_are_answered_as_it_expects() {
    let (control, ..) = control();
    let client = Client::of(&control);
    let answer = client.raw(r#"{"jsonrpc":"2.0","method":"ping","params":{"interval":5000},"id":0}"#);
    assert_eq!(answer, json!({"id":0,"jsonrpc":"2.0","result":{"value":"pong"}}));
    let answer =
        client.raw(r#"{"jsonrpc":"2.0","method":"describe","params":{"object":"manager_ServerManager"},"id":1}"#);
    assert_eq!(answer["result"]["qualifiedType"], "kurento.ServerManager");
    assert_eq!(answer["result"]["hierarchy"], json!(["kurento.MediaObject"]));
    let session = answer["result"]["sessionId"].as_str().unwrap();
    let info = json!({"jsonrpc":"2.0","method":"invoke","params":{"object":"manager_ServerManager","operation":"getInfo","sessionId":session},"id":3});
    let info = client.raw(&info.to_string())["result"]["value"].clone();
    assert_eq!((&info["type"], &info["version"]), (&json!("KMS"), &json!("7.3.0")));
    assert_eq!(info["capabilities"], json!(["transactions"]));
    let names: Vec<&str> =
        info["modules"].as_array().unwrap().iter().map(|module| module["name"].as_str().unwrap()).collect();
    assert_eq!(names[..3], ["core", "elements", "filters"]);
}

#[test]
fn an_object_lives_is_called_heard_and_released_with_its_children() {
    let (control, alive, _) = control();
    let mut client = Client::of(&control);
    let pipeline = client.create("MediaPipeline", json!({}));
    assert!(pipeline.ends_with("_kurento.MediaPipeline"));
    let endpoint = client.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
    assert!(endpoint.starts_with(&format!("{pipeline}/")) && endpoint.ends_with("_kurento.WebRtcEndpoint"));
    let subscription =
        client.ok("subscribe", json!({ "object": endpoint, "type": "IceGatheringDone" }))["value"].clone();
    client.ok("subscribe", json!({ "object": endpoint, "type": "IceGatheringDone" }));
    let invoke = json!({ "object": endpoint, "operation": "processOffer", "operationParams": { "offer": "v=0" } });
    assert_eq!(client.ok("invoke", invoke)["value"], "answer to v=0");
    let events = std::mem::take(&mut *client.pushed.lock().unwrap());
    assert_eq!(events.len(), 1, "two subscriptions of one session hear once");
    assert_eq!(events[0]["method"], "onEvent");
    let value = &events[0]["params"]["value"];
    assert_eq!((&value["object"], &value["type"]), (&json!(endpoint), &json!("IceGatheringDone")));
    assert_eq!(value["data"]["source"], json!(endpoint));
    assert!(value["data"]["timestampMillis"].is_string());
    client.ok("release", json!({ "object": pipeline }));
    assert_eq!(alive.load(Ordering::SeqCst), 0, "children go with their parent");
    let session = client.ok("describe", json!({ "object": "manager_ServerManager" }))["sessionId"].clone();
    client.ok("unsubscribe", json!({ "object": endpoint, "subscription": subscription, "sessionId": session }));
    assert_eq!(client.error("describe", json!({ "object": endpoint })).0, 40_101);
}

#[test]
fn wrong_requests_get_the_numbers_that_clients_know() {
    let (control, ..) = control();
    let mut client = Client::of(&control);
    client.next = 100;
    let code = |client: &Client, text: &str| client.raw(text)["error"]["code"].as_i64().unwrap();
    assert_eq!(code(&client, "{"), -32_700);
    assert_eq!(code(&client, "[]"), -32_600);
    assert_eq!(code(&client, r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#), -32_600);
    assert_eq!(code(&client, r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#), -32_600);
    assert_eq!(code(&client, r#"{"jsonrpc":"2.0","id":1,"method":"create"}"#), -32_602);
    let answer = client.raw(r#"{"jsonrpc":"2.0","method":"ping"}"#);
    assert_eq!((&answer["id"], answer["error"]["code"].as_i64()), (&Json::Null, Some(-32_000)));
    assert_eq!(client.error("nothing", json!({})).0, -32_601);
    assert_eq!(client.error("create", json!({ "type": "Nothing" })).0, 40_108);
    assert_eq!(client.error("create", json!({ "type": "MediaElement" })).0, 40_108, "abstract");
    assert_eq!(client.error("create", json!({ "type": "WebRtcEndpoint" })).0, 40_001);
    let nowhere = json!({ "type": "WebRtcEndpoint", "constructorParams": { "mediaPipeline": "x" } });
    assert_eq!(client.error("create", nowhere).0, 40_101);
    let pipeline = client.create("MediaPipeline", json!({}));
    let endpoint = client.create("kurento.WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
    let mut invoke = |operation: &str, params: Json| {
        client.error("invoke", json!({ "object": endpoint, "operation": operation, "operationParams": params }))
    };
    assert_eq!(invoke("nothing", json!({})).0, 40_008);
    assert_eq!(invoke("processOffer", json!({})).0, 40_001);
    let (number, text) = invoke("processOffer", json!({ "offer": [] }));
    assert_eq!((number, text.contains("'offer' parameter should be a string")), (40_001, true));
    let (number, text) = invoke("connect", json!({ "sink": endpoint, "mediaType": "SMELL" }));
    assert_eq!((number, text.contains("Invalid value for 'MediaType'")), (40_001, true));
    assert_eq!(invoke("gatherCandidates", json!({})).0, 40_006, "declared, and nothing is bound to it here");
    assert_eq!(client.error("subscribe", json!({ "object": endpoint, "type": "Rain" })).0, 40_106);
    assert_eq!(client.error("keepAlive", json!({ "sessionId": "unknown" })).0, 40_007);
    assert_eq!(client.error("connect", json!({ "sessionId": "unknown" })).0, 40_007);
    assert_eq!(client.error("describe", json!({ "object": "newref:0" })).0, 40_109);
}

#[test]
fn a_transaction_runs_in_order_up_to_the_first_failure() {
    let (control, alive, _) = control();
    let mut client = Client::of(&control);
    let create = |id: u64, kind: &str, params: Json| json!({ "jsonrpc": "2.0", "id": id, "method": "create", "params": { "type": kind, "constructorParams": params } });
    let operations = json!([
        create(0, "MediaPipeline", json!({})),
        create(1, "WebRtcEndpoint", json!({ "mediaPipeline": "newref:0" })),
        { "jsonrpc": "2.0", "id": 2, "method": "invoke", "params":
            { "object": "newref:1", "operation": "connect", "operationParams": { "sink": "newref:1" } } },
    ]);
    let stray = json!({ "object": { "_events": {}, "_eventsCount": 1 }, "operations": operations });
    let responses = client.ok("transaction", stray)["value"].clone();
    assert_eq!(responses.as_array().unwrap().len(), 3);
    assert_eq!(responses[2]["result"]["value"], Json::Null);
    assert_eq!(alive.load(Ordering::SeqCst), 2);
    let failing = json!([create(0, "Nothing", json!({})), create(1, "MediaPipeline", json!({}))]);
    let responses = client.ok("transaction", json!({ "operations": failing }))["value"].clone();
    assert_eq!(responses.as_array().unwrap().len(), 1, "nothing after the failure is done");
    assert_eq!(responses[0]["error"]["code"], 40_108);
    let forward = json!([create(0, "WebRtcEndpoint", json!({ "mediaPipeline": "newref:5" }))]);
    let responses = client.ok("transaction", json!({ "operations": forward }))["value"].clone();
    assert_eq!(responses[0]["error"]["code"], 40_008);
    let misnumbered = json!([create(7, "MediaPipeline", json!({}))]);
    assert_eq!(client.error("transaction", json!({ "operations": misnumbered })).0, 40_008);
    assert_eq!(client.ok("transaction", json!({ "operations": [] }))["value"], json!([]));
}

#[test]
fn an_abandoned_session_dies_after_one_to_two_looks_and_a_connected_one_lives() {
    let (control, alive, _) = control();
    let mut staying = Client::of(&control);
    staying.create("MediaPipeline", json!({}));
    {
        let mut leaving = Client::of(&control);
        leaving.create("MediaPipeline", json!({}));
    }
    assert_eq!(alive.load(Ordering::SeqCst), 2);
    control.keep_connected();
    control.collect_garbage();
    assert_eq!(alive.load(Ordering::SeqCst), 2, "it showed life since the look before");
    control.keep_connected();
    control.collect_garbage();
    assert_eq!(alive.load(Ordering::SeqCst), 1, "the abandoned one is gone, the connected one is not");
}

#[test]
fn a_session_is_resumed_on_another_socket_and_hears_its_events_there() {
    let (control, ..) = control();
    let mut first = Client::of(&control);
    let pipeline = first.create("MediaPipeline", json!({}));
    let endpoint = first.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
    let session = first.ok("subscribe", json!({ "object": endpoint, "type": "IceGatheringDone" }))["sessionId"].clone();
    let deaf = Arc::clone(&first.pushed);
    drop(first);
    let mut second = Client::of(&control);
    second.next = 100;
    assert_eq!(second.ok("connect", json!({ "sessionId": session }))["sessionId"], session);
    let invoke = json!({ "object": endpoint, "operation": "processOffer", "operationParams": { "offer": "x" } });
    second.ok("invoke", invoke);
    assert_eq!((deaf.lock().unwrap().len(), second.pushed.lock().unwrap().len()), (0, 1));
}

#[test]
fn a_request_that_comes_twice_is_done_once() {
    let (control, alive, calls) = control();
    let client = Client::of(&control);
    let create = r#"{"jsonrpc":"2.0","id":"a","method":"create","params":{"type":"MediaPipeline","sessionId":"s"}}"#;
    assert_eq!(client.raw(create), client.raw(create));
    assert_eq!((alive.load(Ordering::SeqCst), calls.load(Ordering::SeqCst)), (1, 0));
}

#[test]
fn only_what_calls_an_object_with_more_than_its_properties_may_wait() {
    let (control, ..) = control();
    let mut client = Client::of(&control);
    let pipeline = client.create("MediaPipeline", json!({}));
    let endpoint = client.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
    let may_wait = |operation: &str| {
        let params = json!({ "object": endpoint, "operation": operation });
        let text = json!({ "jsonrpc": "2.0", "id": null, "method": "invoke", "params": params }).to_string();
        match client.connection.begin(&text) {
            Begun::Call(call) => call.may_wait(),
            Begun::Answer(answer) => panic!("{answer}"),
        }
    };
    for quick in ["getName", "addTag", "getTag", "getConnectionState", "setMtu"] {
        assert!(!may_wait(quick), "{quick}");
    }
    // What nobody knows may be the old name of a method.
    for slow in ["processOffer", "gatherCandidates", "connect", "getStats", "nothing"] {
        assert!(may_wait(slow), "{slow}");
    }
}

#[test]
fn what_two_sessions_hold_lives_until_both_let_go() {
    let (control, alive, _) = control();
    let (mut one, mut other) = (Client::of(&control), Client::of(&control));
    let pipeline = one.create("MediaPipeline", json!({}));
    let of = |client: &mut Client| client.ok("describe", json!({ "object": pipeline }))["sessionId"].clone();
    let (first, second) = (of(&mut one), of(&mut other));
    one.ok("unref", json!({ "object": pipeline, "sessionId": first }));
    assert_eq!(alive.load(Ordering::SeqCst), 1);
    other.ok("closeSession", json!({ "sessionId": second }));
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[test]
fn members_of_every_object_are_answered_by_the_object_model() {
    let (control, ..) = control();
    let mut client = Client::of(&control);
    let pipeline = client.create("MediaPipeline", json!({}));
    let endpoint = client.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
    let mut invoke = |object: &str, operation: &str, params: Json| {
        client.ok("invoke", json!({ "object": object, "operation": operation, "operationParams": params }))["value"]
            .clone()
    };
    assert_eq!(invoke(&endpoint, "getName", json!({})), json!(endpoint), "until it is set");
    invoke(&endpoint, "setName", json!({ "name": "cam" }));
    assert_eq!(invoke(&endpoint, "getName", json!({})), "cam");
    assert_eq!(invoke(&endpoint, "getParent", json!({})), json!(pipeline));
    assert_eq!(invoke(&endpoint, "getMediaPipeline", json!({})), json!(pipeline));
    assert_eq!(invoke(&pipeline, "getChildren", json!({})), json!([endpoint]));
    invoke(&endpoint, "addTag", json!({ "key": "room", "value": "7" }));
    assert_eq!(invoke(&endpoint, "getTag", json!({ "key": "room" })), "7");
    let tags = invoke(&endpoint, "getTags", json!({}));
    assert_eq!((tags[0]["key"].as_str(), tags[0]["value"].as_str()), (Some("room"), Some("7")));
    for _ in 0..2 {
        invoke(&endpoint, "removeTag", json!({ "key": "room" }));
    }
    assert_eq!(invoke(&endpoint, "getTags", json!({})), json!([]));
    assert_eq!(invoke("manager_ServerManager", "getMediaPipeline", json!({})), Json::Null);
    let created = invoke("manager_ServerManager", "getCreationTime", json!({})).as_i64().unwrap();
    assert!(invoke(&endpoint, "getCreationTime", json!({})).as_i64().unwrap() - created < 60);
    assert_eq!(invoke("manager_ServerManager", "getPipelines", json!({})), json!([pipeline]));
}

#[test]
fn tags_go_with_events_once_that_is_wanted() {
    let (control, ..) = control();
    let mut client = Client::of(&control);
    let pipeline = client.create("MediaPipeline", json!({}));
    let endpoint = client.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
    client.hear(&endpoint, &["IceGatheringDone"]);
    client.value(&endpoint, "addTag", json!({ "key": "room", "value": "7" }));
    for wanted in [false, true] {
        client.value(&endpoint, "setSendTagsInEvents", json!({ "sendTagsInEvents": wanted }));
        client.value(&endpoint, "processOffer", json!({ "offer": "x" }));
    }
    let heard = client.heard(&endpoint, "IceGatheringDone");
    assert_eq!((&heard[0]["tags"], heard[1]["tags"][0]["value"].as_str()), (&json!([]), Some("7")));
}

#[test]
fn random_json_is_answered_and_never_panics() {
    let (control, ..) = control();
    let client = Client::of(&control);
    let words =
        ["create", "invoke", "object", "type", "params", "operations", "newref:0", "2.0", "manager_ServerManager"];
    let mut seed = 1u64;
    let mut next = move |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % bound
    };
    fn value(next: &mut impl FnMut(u64) -> u64, words: &[&str], depth: u64) -> Json {
        match next(if depth > 4 { 4 } else { 6 }) {
            0 => Json::Null,
            1 => json!(next(1_000)),
            2 => json!(words[next(words.len() as u64) as usize]),
            3 => json!(next(2) == 0),
            4 => (0..next(4)).map(|_| value(next, words, depth + 1)).collect(),
            _ => {
                let fields = (0..next(5))
                    .map(|_| (words[next(words.len() as u64) as usize].to_owned(), value(next, words, depth + 1)));
                Json::Object(fields.collect())
            }
        }
    }
    for id in 0..5_000 {
        let method =
            ["create", "invoke", "describe", "transaction", "subscribe", "release", "connect"][next(7) as usize];
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": value(&mut next, &words, 0) });
        assert!(!client.connection.receive(&message.to_string()).is_empty());
    }
}
