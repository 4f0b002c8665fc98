//! Requests without a socket: the same sessions, and events that wait until they are asked for.

mod support;

use serde_json::{Value as Json, json};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use support::{Client, world::World};
use trellis_control::{Control, ControlSettings, Poll, Quotas, Tenant, Visited};

fn control() -> Control {
    Control::new(Arc::new(World::default()), ControlSettings::default())
}

/// Somebody who holds no socket.
struct Visitor {
    control: Control,
    next: u64,
}

impl Visitor {
    fn of(control: &Control) -> Visitor {
        Visitor { control: control.clone(), next: 1_000 }
    }

    fn visit(&mut self, method: &str, params: Json) -> Visited {
        self.next += 1;
        let request = json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params });
        self.control.visit_as(&Tenant::everybody()).unwrap().begin(&request.to_string())
    }

    fn call(&mut self, method: &str, params: Json) -> Json {
        let answer = match self.visit(method, params) {
            Visited::Answer(answer) => answer,
            Visited::Call(call) => call.finish(),
            Visited::Poll(poll) => poll.finish(),
        };
        serde_json::from_str(&answer).unwrap()
    }

    fn ok(&mut self, method: &str, params: Json) -> Json {
        let answer = self.call(method, params);
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    fn poll(&mut self, session: &Json) -> Poll {
        match self.visit("poll", json!({ "sessionId": session })) {
            Visited::Poll(poll) => poll,
            _ => panic!("it is no poll"),
        }
    }

    /// A session with an endpoint whose `IceGatheringDone` it hears.
    fn begin(&mut self) -> (Json, String) {
        let made = self.ok("create", json!({ "type": "MediaPipeline" }));
        let session = made["sessionId"].clone();
        let params = json!({ "type": "WebRtcEndpoint", "constructorParams": { "mediaPipeline": made["value"] }, "sessionId": session });
        let endpoint = self.ok("create", params)["value"].as_str().unwrap().to_owned();
        self.ok("subscribe", json!({ "object": endpoint, "type": "IceGatheringDone", "sessionId": session }));
        (session, endpoint)
    }

    fn raise(&mut self, session: &Json, endpoint: &str) {
        let params = json!({ "offer": "an offer" });
        let call =
            json!({ "object": endpoint, "operation": "processOffer", "operationParams": params, "sessionId": session });
        self.ok("invoke", call);
    }
}

fn is_ready(poll: &Poll) -> bool {
    pin!(poll.heard()).poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

fn answer(poll: Poll) -> Json {
    serde_json::from_str(&poll.finish()).unwrap()
}

#[test]
fn events_wait_for_a_poll_and_come_as_a_socket_hears_them() {
    let control = control();
    let mut visitor = Visitor::of(&control);
    let (session, endpoint) = visitor.begin();
    let mut client = Client::of(&control);
    client.hear(&endpoint, &["IceGatheringDone"]);
    let early = visitor.poll(&session);
    assert!(!is_ready(&early));
    visitor.raise(&session, &endpoint);
    visitor.raise(&session, &endpoint);
    assert!(is_ready(&early));
    let polled = answer(early)["result"].clone();
    assert_eq!((&polled["lost"], &polled["sessionId"]), (&json!(0), &session));
    assert_eq!(polled["value"], json!(*client.pushed.lock().unwrap()));
    assert_eq!(polled["value"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer(visitor.poll(&session))["result"]["value"], json!([]));
}

#[test]
fn more_events_than_a_mailbox_holds_lose_the_oldest_and_the_poll_is_told() {
    let control = control();
    let mut visitor = Visitor::of(&control);
    let (session, endpoint) = visitor.begin();
    for _ in 0..300 {
        visitor.raise(&session, &endpoint);
    }
    let polled = answer(visitor.poll(&session))["result"].clone();
    let kept = polled["value"].as_array().unwrap().len();
    assert_eq!((kept as u64 + polled["lost"].as_u64().unwrap(), kept), (300, 256));
}

#[test]
fn a_session_goes_on_over_a_socket_and_back_and_misses_nothing() {
    let control = control();
    let mut visitor = Visitor::of(&control);
    let (session, endpoint) = visitor.begin();
    visitor.raise(&session, &endpoint);
    let waiting = visitor.poll(&session);
    let mut client = Client::of(&control);
    client.ok("connect", json!({ "sessionId": session }));
    assert_eq!(client.heard(&endpoint, "IceGatheringDone").len(), 1, "what waited comes first");
    assert!(is_ready(&waiting), "the socket hears now, so a poll waits in vain");
    assert_eq!(answer(waiting)["result"]["value"], json!([]));
    // A request without a socket takes nothing away from one that is open.
    visitor.raise(&session, &endpoint);
    assert_eq!(client.heard(&endpoint, "IceGatheringDone").len(), 2);
    drop(client);
    visitor.raise(&session, &endpoint);
    let mut other = Visitor::of(&control);
    other.next = 2_000;
    other.raise(&session, &endpoint);
    assert_eq!(answer(other.poll(&session))["result"]["value"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_session_without_a_socket_lives_by_its_requests_and_polls_and_is_collected_without() {
    let control = control();
    let mut visitor = Visitor::of(&control);
    let (session, endpoint) = visitor.begin();
    for _ in 0..3 {
        control.keep_connected();
        control.collect_garbage();
        visitor.ok("keepAlive", json!({ "sessionId": session }));
    }
    let waiting = visitor.poll(&session);
    for _ in 0..3 {
        control.keep_connected();
        control.collect_garbage();
    }
    assert!(!is_ready(&waiting) && control.owns(&Tenant::everybody(), &endpoint));
    drop(waiting);
    for _ in 0..2 {
        control.keep_connected();
        control.collect_garbage();
    }
    assert!(!control.owns(&Tenant::everybody(), &endpoint));
    assert_eq!(visitor.call("poll", json!({ "sessionId": session }))["error"]["code"], 40_007);
}

#[test]
fn the_end_of_a_session_and_a_later_poll_end_a_poll_that_waits() {
    let control = control();
    let mut visitor = Visitor::of(&control);
    let (session, _) = visitor.begin();
    let (first, second) = (visitor.poll(&session), visitor.poll(&session));
    assert!(is_ready(&first) && !is_ready(&second));
    assert_eq!(answer(first)["result"]["value"], json!([]));
    visitor.call("closeSession", json!({ "sessionId": session }));
    assert!(is_ready(&second));
    assert_eq!(answer(second)["error"]["code"], 40_007);
}

#[test]
fn a_poll_that_is_repeated_brings_the_same_events_again() {
    let control = control();
    let mut visitor = Visitor::of(&control);
    let (session, endpoint) = visitor.begin();
    assert_eq!(visitor.ok("poll", json!({ "sessionId": session, "timeout": 0 }))["value"], json!([]));
    // One that brought nothing is asked anew.
    visitor.next -= 1;
    let waiting = visitor.poll(&session);
    let id = visitor.next;
    visitor.raise(&session, &endpoint);
    let brought = answer(waiting);
    assert_eq!(brought["result"]["value"].as_array().map(Vec::len), Some(1));
    visitor.next = id - 1;
    assert_eq!(visitor.call("poll", json!({ "sessionId": session })), brought);
}

#[test]
fn polls_are_for_who_has_no_socket_and_for_sessions_that_there_are() {
    let control = control();
    assert_eq!(Client::of(&control).call("poll", json!({ "sessionId": "x" }))["error"]["code"], -32_601);
    let mut visitor = Visitor::of(&control);
    let mut code = |params: Json| visitor.call("poll", params)["error"]["code"].clone();
    assert_eq!(code(json!({})), -32_000);
    assert_eq!(code(json!({ "sessionId": "x" })), 40_007);
    assert_eq!(code(json!({ "sessionId": "x", "timeout": "soon" })), -32_000);
    assert_eq!(code(json!({ "sessionId": "x", "timeout": -5 })), 40_007);
    let batch = control.visit_as(&Tenant::everybody()).unwrap().begin("[]");
    assert!(matches!(batch, Visited::Answer(answer) if answer.contains("-32600") && answer.contains("Batches")));
}

#[test]
fn a_visit_counts_as_a_socket() {
    let settings = ControlSettings { quotas: Quotas { sockets: Some(1), ..Quotas::default() }, ..Default::default() };
    let control = Control::new(Arc::new(World::default()), settings);
    let visit = control.visit_as(&Tenant::everybody()).unwrap();
    assert!(control.visit_as(&Tenant::everybody()).is_err_and(|error| error.message.contains("sockets")));
    drop(visit);
    assert!(control.visit_as(&Tenant::everybody()).is_ok());
}
