//! Kurento's protocol to the letter: what applications came to rely on.

mod support;

use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use support::world::World;
use support::{Client, real};
use trellis_control::{Begun, Clock, Control, ControlSettings};

const MANAGER: &str = "manager_ServerManager";

fn control() -> (Control, World) {
    let world = World::default();
    (Control::new(Arc::new(world.clone()), ControlSettings::default()), world)
}

#[test]
fn a_missing_member_is_named_in_kurentos_words() {
    let (control, _) = control();
    let client = Client::of(&control);
    let mut id = 0;
    let mut error = |method: &str, params: Json| {
        id += 1;
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        client.raw(&request.to_string())["error"].clone()
    };
    let plain = |text: &str| json!({ "code": -32_000, "message": text });
    assert_eq!(error("describe", json!({})), plain("'object' parameter is required"));
    assert_eq!(error("describe", json!({ "object": [] })), plain("'object' parameter should be a string"));
    assert_eq!(error("create", json!({})), plain("'type' parameter is required"));
    assert_eq!(error("invoke", json!({ "object": MANAGER })), plain("'operation' parameter is required"));
    assert_eq!(error("transaction", json!({})), plain("'operations' parameter is required"));
    for method in ["ref", "unref", "unsubscribe", "keepAlive", "closeSession"] {
        assert_eq!(error(method, json!({ "object": MANAGER })), plain("'sessionId' parameter is required"), "{method}");
    }
    let unknown = error("create", json!({ "type": "Rain" }));
    let expected = json!({ "code": 40_108, "message": "Factory 'Rain' not found", "data": { "type": "MEDIA_OBJECT_NOT_AVAILABLE" } });
    assert_eq!(unknown, expected);
    assert_eq!(error("nothing", json!({})), json!({ "code": -32_601, "message": "Method not found." }));
    let answer = client.raw(r#"{"jsonrpc":"2.0","id":"x","method":"describe"}"#);
    let expected = json!({ "code": -32_602, "message": "'params' is required", "data": { "type": "INVALID_PARAMS" } });
    assert_eq!((&answer["id"], &answer["error"]), (&json!("x"), &expected));
}

#[test]
fn a_notification_is_done_and_answered_with_its_result_as_an_error() {
    let (control, world) = control();
    let client = Client::of(&control);
    let answer = client.raw(r#"{"jsonrpc":"2.0","method":"create","params":{"type":"MediaPipeline"}}"#);
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&Json::Null, &json!(-32_000)));
    assert_eq!(answer["error"]["message"], "Ignoring response because of a notification request");
    assert_eq!(answer["error"]["data"]["value"], json!(world.alive()[0]));
}

#[test]
fn what_can_be_converted_is_taken() {
    let (control, world) = control();
    let mut client = Client::of(&control);
    let pipeline = client.create("MediaPipeline", json!({}));
    let answer = client.call("describe", json!({ "object": 7, "sessionId": 12 }));
    assert_eq!(answer["error"]["message"], "Object '7' not found");
    let session = client.ok("describe", json!({ "object": pipeline, "sessionId": 12 }))["sessionId"].clone();
    assert_eq!(session, "12");
    client.ok("closeSession", json!({ "sessionId": "12", "release": "true" }));
    assert_eq!(world.alive().len(), 0);
}

#[test]
fn a_request_is_known_again_by_its_id_as_text_for_twenty_seconds() {
    let (world, time) = (World::default(), Arc::<AtomicU64>::default());
    let now = Arc::clone(&time);
    let clock = Clock::new(move || Duration::from_secs(now.load(Ordering::Relaxed)));
    let control = Control::new(Arc::new(world.clone()), ControlSettings { clock, ..ControlSettings::default() });
    let client = Client::of(&control);
    let create = |id: &str, session: &str| {
        let params = format!(r#"{{"type":"MediaPipeline","sessionId":"{session}"}}"#);
        client.raw(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"create","params":{params}}}"#))["result"]["value"]
            .clone()
    };
    let first = create("5", "s");
    assert_eq!(create("\"5\"", "s"), first);
    assert_ne!(create("5", "t"), first, "another session's own");
    time.store(20, Ordering::Relaxed);
    assert_eq!(create("5", "s"), first);
    time.store(21, Ordering::Relaxed);
    assert_ne!(create("5", "s"), first);
    assert_eq!(world.alive().len(), 3);
}

#[test]
fn a_request_that_comes_again_while_it_is_done_waits_for_the_one_answer() {
    let (control, world) = control();
    let (first, second) = (Client::of(&control), Client::of(&control));
    let create = r#"{"jsonrpc":"2.0","id":1,"method":"create","params":{"type":"MediaPipeline","sessionId":"s"}}"#;
    let Begun::Call(original) = first.connection.begin(create) else { panic!("it calls objects") };
    let Begun::Call(repeated) = second.connection.begin(create) else { panic!("it is not done yet") };
    let (one, other) = std::thread::scope(|scope| {
        let waiting = scope.spawn(move || repeated.finish());
        let answer = original.finish();
        (answer, waiting.join().unwrap())
    });
    assert_eq!((&one, world.alive().len()), (&other, 1));
    let Begun::Call(lost) = first.connection.begin(&create.replace("\"id\":1", "\"id\":2")) else { panic!() };
    assert!(lost.refuse("no thread").contains("40009"));
    assert!(first.raw(&create.replace("\"id\":1", "\"id\":2")).get("error").is_none(), "it may be asked again");
}

#[test]
fn a_socket_goes_on_with_its_session_and_takes_another_when_it_names_it() {
    let (control, _) = control();
    let mut client = Client::of(&control);
    assert_eq!(client.ok("ping", json!({})), json!({ "value": "pong" }), "no session yet");
    let own = client.ok("describe", json!({ "object": MANAGER }))["sessionId"].clone();
    assert_eq!(client.ok("ping", json!({})), json!({ "value": "pong", "sessionId": own }));
    assert_eq!(client.ok("describe", json!({ "object": MANAGER }))["sessionId"], own);
    let connected = client.ok("connect", json!({ "sessionId": own }));
    assert_eq!(connected["sessionId"], own);
    assert!(connected["serverId"].as_str().unwrap().len() == 36);
    assert_eq!(client.ok("describe", json!({ "object": MANAGER, "sessionId": "mine" }))["sessionId"], "mine");
    assert_eq!(client.ok("describe", json!({ "object": MANAGER }))["sessionId"], "mine");
    assert_eq!(client.ok("closeSession", json!({ "sessionId": "mine" })), Json::Null);
    assert_eq!(client.error("keepAlive", json!({ "sessionId": "mine" })).0, 40_007);
    assert_eq!(client.ok("keepAlive", json!({ "sessionId": own })), json!({ "sessionId": own }));
}

#[test]
fn one_handler_for_a_session_an_object_and_an_event_until_its_last_subscription_goes() {
    let (control, _) = control();
    let mut client = Client::of(&control);
    let pipeline = client.create("MediaPipeline", json!({}));
    let endpoint = client.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
    let wish = json!({ "object": endpoint, "type": "IceGatheringDone" });
    let subscriptions = [(); 2].map(|()| client.ok("subscribe", wish.clone())["value"].clone());
    assert_ne!(subscriptions[0], subscriptions[1]);
    let session = client.ok("describe", json!({ "object": endpoint }))["sessionId"].clone();
    let mut stranger = Client::of(&control);
    stranger.create("MediaPipeline", json!({}));
    let of = |subscription: &Json, session: &str| json!({ "object": endpoint, "subscription": subscription, "sessionId": session });
    stranger.ok("unsubscribe", of(&subscriptions[0], "strange"));
    for (gone, heard) in [(None, 1), (Some(&subscriptions[0]), 2), (Some(&subscriptions[1]), 2)] {
        if let Some(gone) = gone {
            client.ok("unsubscribe", of(gone, session.as_str().unwrap()));
        }
        client.value(&endpoint, "processOffer", json!({ "offer": "x" }));
        assert_eq!(client.heard(&endpoint, "IceGatheringDone").len(), heard);
    }
}

#[test]
fn events_of_the_server_tell_of_each_object_from_its_birth_to_its_end() {
    let (control, _) = control();
    let (mut client, mut watcher) = (Client::of(&control), Client::of(&control));
    watcher.hear(MANAGER, &["ObjectCreated", "ObjectDestroyed"]);
    let pipeline = client.create("MediaPipeline", json!({}));
    let endpoint = client.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
    client.ok("release", json!({ "object": pipeline }));
    let told = |event: &str, field: &str| -> Vec<Json> {
        watcher.heard(MANAGER, event).iter().map(|data| data[field].clone()).collect()
    };
    assert_eq!(told("ObjectCreated", "object"), [json!(pipeline), json!(endpoint)]);
    assert_eq!(told("ObjectDestroyed", "objectId"), [json!(endpoint), json!(pipeline)]);
}

#[test]
fn every_subscriber_hears_the_events_of_an_object_in_one_order() {
    let (control, _) = control();
    let mut owner = Client::of(&control);
    let pipeline = owner.create("MediaPipeline", json!({}));
    let endpoint = owner.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
    let mut watchers = [(); 3].map(|()| Client::of(&control));
    for watcher in &mut watchers {
        watcher.hear(MANAGER, &["ObjectCreated", "ObjectDestroyed"]);
    }
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let mut client = Client::of(&control);
            let pipeline = &pipeline;
            scope.spawn(move || {
                for _ in 0..200 {
                    let endpoint = client.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
                    client.ok("release", json!({ "object": endpoint }));
                }
            });
        }
    });
    owner.ok("describe", json!({ "object": endpoint }));
    let of = |client: &Client| client.pushed.lock().unwrap().clone();
    assert_eq!(of(&watchers[0]).len(), 1_600);
    assert!(of(&watchers[0]) == of(&watchers[1]) && of(&watchers[1]) == of(&watchers[2]));
}

#[test]
fn a_name_or_a_tag_of_a_megabyte_is_refused() {
    let (control, _) = control();
    let mut client = Client::of(&control);
    let pipeline = client.create("MediaPipeline", json!({}));
    let long = "x".repeat(100_000);
    assert_eq!(client.code(&pipeline, "setName", json!({ "name": long })), 40_107);
    assert_eq!(client.code(&pipeline, "addTag", json!({ "key": "k", "value": long })), 40_107);
    let answer = client.call("describe", json!({ "object": pipeline, "sessionId": long }));
    assert_eq!(answer["error"]["code"], -32_000);
}

#[test]
fn metadata_is_what_the_settings_say() {
    let settings = ControlSettings { metadata: "{\"room\":7}".to_owned(), ..ControlSettings::default() };
    let control = Control::new(Arc::new(World::default()), settings);
    assert_eq!(Client::of(&control).value(MANAGER, "getMetadata", json!({})), "{\"room\":7}");
}

#[test]
fn a_transaction_may_keep_its_session_alive_and_close_it() {
    let control = real(std::path::Path::new("/"));
    let mut client = Client::of(&control);
    let step =
        |id: u64, method: &str, params: Json| json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
    let operations = json!([
        step(0, "create", json!({ "type": "MediaPipeline" })),
        step(1, "keepAlive", json!({})),
        step(2, "describe", json!({ "object": "newref:0", "sessionId": "another" })),
        step(3, "describe", json!({ "object": "newref:x" })),
        step(4, "describe", json!({ "object": MANAGER })),
    ]);
    let result = client.ok("transaction", json!({ "operations": operations }));
    let responses = result["value"].as_array().unwrap();
    assert_eq!(responses.len(), 4, "it stops at the first that fails");
    assert_eq!(responses[2]["result"]["sessionId"], result["sessionId"], "the outer session is forced");
    let expected = json!({ "code": 40_008, "message": "Invalid index of newref 'newref:x'", "data": { "type": "MALFORMED_TRANSACTION" } });
    assert_eq!(responses[3]["error"], expected);
    let (code, text) = client.error("transaction", json!({ "operations": [step(1, "ping", json!({}))] }));
    assert_eq!((code, &*text), (40_008, "\"Id of request '0' should be '0'\""));
}
