//! Tenants: what one has, no other sees, lists or touches; and each has only so much.

mod support;

use serde_json::{Value as Json, json};
use std::sync::Arc;
use support::Client;
use support::world::{Random, World};
use trellis_control::{Begun, Control, ControlSettings, Quotas, Tenant};

const MANAGER: &str = "manager_ServerManager";

fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

fn limited(quotas: Quotas) -> Control {
    Control::new(Arc::new(World::default()), ControlSettings { quotas, ..ControlSettings::default() })
}

/// Names that a tenant learnt: its own and, as an attacker who guessed them, the other's.
#[derive(Default)]
struct Names {
    objects: Vec<String>,
    sessions: Vec<String>,
}

/// One random request that may name anything.
fn request(random: &mut Random, names: &Names) -> (&'static str, Json) {
    let methods = [
        "create",
        "create",
        "create",
        "invoke",
        "invoke",
        "describe",
        "subscribe",
        "ref",
        "unref",
        "release",
        "connect",
        "closeSession",
        "keepAlive",
        "transaction",
        "unsubscribe",
        "ping",
    ];
    let method = *random.of(&methods).unwrap();
    let object = random.of(&names.objects).cloned().unwrap_or_else(|| MANAGER.to_owned());
    let object = if random.below(8) == 0 { MANAGER.to_owned() } else { object };
    let operations = ["getName", "getPipelines", "getSessions", "connect", "processOffer", "getChildren", "addTag"];
    let mut params = json!({
        "object": object,
        "type": if method == "subscribe" { *random.of(&["ObjectCreated", "ObjectDestroyed", "IceGatheringDone"]).unwrap() }
            else { *random.of(&["MediaPipeline", "WebRtcEndpoint"]).unwrap() },
        "constructorParams": { "mediaPipeline": object },
        "operation": random.of(&operations).unwrap(),
        "operationParams": { "sink": object, "offer": "x", "key": "k", "value": "v" },
        "subscription": "none",
        "operations": [{ "jsonrpc": "2.0", "id": 0, "method": "describe", "params": { "object": object } }],
        "release": random.below(2) == 0,
    });
    if random.below(3) == 0 {
        params["sessionId"] = json!(random.of(&names.sessions).map_or("s", String::as_str));
    }
    (method, params)
}

#[test]
fn a_hundred_thousand_random_calls_of_two_tenants_never_cross() {
    let control = limited(Quotas::default());
    let mut random = Random(7);
    let mut clients = ["red", "blue"].map(|name| Client::of_tenant(&control, &tenant(name)));
    let mut owned: [Vec<String>; 2] = Default::default();
    let mut names = Names::default();
    for round in 0..100_000 {
        let who = random.below(2);
        let (method, params) = request(&mut random, &names);
        let answer = clients[who].call(method, params.clone());
        let text = answer.to_string();
        let pushed = std::mem::take(&mut *clients[who].pushed.lock().unwrap());
        let foreign = &owned[1 - who];
        let named = foreign.iter().find(|id| {
            // An error may say the name that the request gave.
            text.contains(&format!("\"{id}\"")) || pushed.iter().any(|event| event.to_string().contains(id.as_str()))
        });
        assert_eq!(named, None, "round {round}: {method} {params} gave {text}");
        if params["object"].as_str().is_some_and(|id| foreign.iter().any(|known| known == id)) && method == "describe" {
            assert_eq!(answer["error"]["code"], 40_101, "as an object that is not there");
        }
        if method == "create" && answer.get("error").is_none() {
            let id = answer["result"]["value"].as_str().unwrap().to_owned();
            owned[who].push(id.clone());
            names.objects.push(id);
        }
        if let Some(session) = answer["result"]["sessionId"].as_str() {
            names.sessions.push(session.to_owned());
        }
        // The names of the last while are enough to go wrong with.
        let [red, blue] = &mut owned;
        for list in [&mut names.objects, &mut names.sessions, red, blue] {
            if list.len() > 60 {
                list.drain(..20);
            }
        }
    }
}

#[test]
fn a_tenant_hears_lists_and_reaches_only_its_own() {
    let control = limited(Quotas::default());
    let [mut red, mut blue] = ["red", "blue"].map(|name| Client::of_tenant(&control, &tenant(name)));
    blue.hear(MANAGER, &["ObjectCreated", "ObjectDestroyed"]);
    let pipeline = red.create("MediaPipeline", json!({}));
    assert_eq!(blue.value(MANAGER, "getPipelines", json!({})), json!([]));
    for method in ["describe", "ref", "invoke", "subscribe"] {
        let params = json!({ "object": pipeline, "operation": "getName", "type": "Error", "sessionId": "s" });
        let (code, text) = blue.error(method, params);
        assert_eq!(code, 40_101);
        assert!(text.contains(&format!("Object '{pipeline}' not found")), "{text}");
    }
    let (code, _) =
        blue.error("create", json!({ "type": "WebRtcEndpoint", "constructorParams": { "mediaPipeline": pipeline } }));
    assert_eq!(code, 40_101);
    blue.ok("release", json!({ "object": pipeline }));
    red.ok("describe", json!({ "object": pipeline }));
    assert_eq!((control.owns(&tenant("red"), &pipeline), control.owns(&tenant("blue"), &pipeline)), (true, false));
    red.ok("release", json!({ "object": pipeline }));
    assert_eq!(blue.heard(MANAGER, "ObjectCreated"), Vec::<Json>::new());
    assert_eq!(blue.heard(MANAGER, "ObjectDestroyed"), Vec::<Json>::new());
}

#[test]
fn a_session_of_the_same_name_is_another_tenants_own() {
    let control = limited(Quotas::default());
    let [mut red, mut blue] = ["red", "blue"].map(|name| Client::of_tenant(&control, &tenant(name)));
    red.ok("create", json!({ "type": "MediaPipeline", "sessionId": "s" }));
    assert_eq!(blue.error("connect", json!({ "sessionId": "s" })).0, 40_007);
    blue.ok("closeSession", json!({ "sessionId": "s", "release": true }));
    assert_eq!(red.value(MANAGER, "getPipelines", json!({})).as_array().unwrap().len(), 1);
}

#[test]
fn each_quota_is_named_when_it_is_reached_and_free_again_after_a_release() {
    let quotas = Quotas { pipelines: Some(2), endpoints: Some(3), recorders: Some(1), ..Quotas::default() };
    let control = limited(quotas);
    let [mut red, mut blue] = ["red", "blue"].map(|name| Client::of_tenant(&control, &tenant(name)));
    let full = |client: &mut Client, kind: &str, params: &Json, quota: &str| {
        let (code, text) = client.error("create", json!({ "type": kind, "constructorParams": params }));
        assert_eq!(code, 40_009);
        assert!(text.contains(&format!("'{quota}'")), "{text}");
    };
    let pipeline = red.create("MediaPipeline", json!({}));
    let second = red.create("MediaPipeline", json!({}));
    full(&mut red, "MediaPipeline", &json!({}), "pipelines");
    blue.create("MediaPipeline", json!({}));
    red.ok("release", json!({ "object": second }));
    red.create("MediaPipeline", json!({}));
    let of = json!({ "mediaPipeline": pipeline, "uri": "/x" });
    red.create("RecorderEndpoint", of.clone());
    full(&mut red, "RecorderEndpoint", &of, "recorders");
    red.create("WebRtcEndpoint", of.clone());
    red.create("WebRtcEndpoint", of.clone());
    full(&mut red, "WebRtcEndpoint", &of, "endpoints");
    red.ok("release", json!({ "object": pipeline }));
    let pipeline = red.create("MediaPipeline", json!({}));
    red.create("RecorderEndpoint", json!({ "mediaPipeline": pipeline, "uri": "/x" }));
}

#[test]
fn sockets_are_counted_while_they_are_open() {
    let control = limited(Quotas { sockets: Some(2), ..Quotas::default() });
    let open = || control.connect_as(&tenant("red"), Arc::new(|_| true));
    let (first, _second) = (open().unwrap(), open().unwrap());
    let error = open().err().unwrap();
    assert_eq!((error.code, error.message.contains("'sockets'")), (40_009, true));
    assert!(control.connect_as(&tenant("blue"), Arc::new(|_| true)).is_ok());
    drop(first);
    assert!(open().is_ok());
}

#[test]
fn a_tenant_too_many_is_refused_by_another_reason_than_a_quota() {
    let control = limited(Quotas { sockets: Some(1), ..Quotas::default() });
    let open = |name: &str| control.connect_as(&tenant(name), Arc::new(|_| true));
    let all: Vec<_> = (0..10_000).map(|number| open(&format!("tenant-{number}")).unwrap()).collect();
    let error = open("one-more").err().unwrap();
    assert_eq!((error.code, error.message.as_str()), (40_009, "there are too many tenants"));
    assert!(open("tenant-7").err().unwrap().message.contains("'sockets'"), "one that is there is bounded by its quota");
    drop(all);
    control.collect_garbage();
    assert!(open("one-more").is_ok());
}

#[test]
fn requests_in_flight_are_counted_until_they_are_answered() {
    let control = limited(Quotas { requests_in_flight: Some(1), ..Quotas::default() });
    let [slow, mut quick] = [(); 2].map(|()| Client::of_tenant(&control, &tenant("red")));
    let create = json!({ "jsonrpc": "2.0", "id": 1, "method": "create", "params": { "type": "MediaPipeline" } });
    let Begun::Call(call) = slow.connection.begin(&create.to_string()) else { panic!("creating calls an object") };
    let (code, message) = quick.error("create", json!({ "type": "MediaPipeline" }));
    assert_eq!((code, message.contains("'requests_in_flight'")), (40_009, true));
    quick.ok("describe", json!({ "object": MANAGER }));
    assert!(call.finish().contains("_kurento.MediaPipeline"));
    quick.create("MediaPipeline", json!({}));
}

#[test]
fn an_object_that_panics_fails_alone_and_is_answered_for() {
    let control = limited(Quotas::default());
    let mut client = Client::of(&control);
    let pipeline = client.create("MediaPipeline", json!({}));
    let endpoint = client.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
    assert_eq!(client.code(&endpoint, "gatherCandidates", json!({})), 40_003);
    client.ok("release", json!({ "object": pipeline }));
}

#[test]
fn above_the_share_of_resources_nothing_is_created() {
    let settings = ControlSettings { exception_limit: Some(0.0), ..ControlSettings::default() };
    let control = Control::new(Arc::new(World::default()), settings);
    let mut client = Client::of(&control);
    assert_eq!(client.error("create", json!({ "type": "MediaPipeline" })).0, 40_009);
    assert!(control.is_worn_out(0.0) && !control.is_worn_out(1.0));
}
