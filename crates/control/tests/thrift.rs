//! The Thrift API without sockets: numbers and leases, whose clock is the test's, and bytes that are no calls.

mod support;

use parking_lot::Mutex;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use support::Client;
use support::thrift::{Failed, Given, Read, Reference, answer, call, message, period};
use support::world::{Random, World};
use trellis_control::thrift::{Connection, Front, Outside};
use trellis_control::{Clock, Control, ControlSettings, Quotas, Tenant};
use trellis_model::RemoteError;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What applications' services were sent.
#[derive(Default)]
struct Services(Mutex<Vec<(SocketAddr, Vec<u8>)>>);

impl Outside for Services {
    fn reach(&self, host: &str, port: u16, _: IpAddr) -> Result<SocketAddr, RemoteError> {
        host.parse().map(|ip| SocketAddr::new(ip, port)).map_err(RemoteError::illegal_param)
    }

    fn send(&self, handler: SocketAddr, message: Vec<u8>) {
        self.0.lock().push((handler, message));
    }
}

/// A control plane of little objects, with its Thrift API and a clock that stands until it is moved.
struct House {
    world: World,
    control: Control,
    front: Front,
    services: Arc<Services>,
    seconds: Arc<AtomicU64>,
}

impl House {
    fn new(quotas: Quotas) -> House {
        let (world, services) = (World::default(), Arc::<Services>::default());
        let seconds = Arc::<AtomicU64>::default();
        let shown = Arc::clone(&seconds);
        let clock = Clock::new(move || Duration::from_secs(shown.load(Ordering::Relaxed)));
        let settings = ControlSettings { clock, quotas, ..ControlSettings::default() };
        let control = Control::new(Arc::new(world.clone()), settings);
        let front = Front::new(control.clone(), services.clone());
        House { world, control, front, services, seconds }
    }

    fn client(&self) -> Caller {
        let connection = self.front.connect(HERE, Tenant::new);
        connection.enter(&Tenant::everybody()).expect("a place");
        Caller(connection)
    }

    fn pass(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
        self.front.collect();
    }
}

struct Caller(Connection);

impl Caller {
    fn call(&self, method: &str, given: &[Given<'_>]) -> Result<Option<Read>, Failed> {
        answer(&self.0.receive(&call(method, given)).expect("a call").expect("an answer"))
    }

    fn make(&self, method: &str, given: &[Given<'_>]) -> Reference {
        self.call(method, given).expect("made").expect("a reference").reference()
    }

    fn keep_alive(&self, reference: &Reference) -> Result<Option<Read>, Failed> {
        self.call("keepAlive", &[Given::Reference(reference)])
    }
}

const UNKNOWN: Result<Option<Read>, Failed> = Err(Failed::Code(40_101));

#[test]
fn an_object_lives_for_its_period_from_the_last_sign_of_life() {
    let house = House::new(Quotas::default());
    let client = house.client();
    let ten = client.make("createMediaPipelineWithParams", &[period(10)]);
    let usual = client.make("createMediaPipeline", &[]);
    let of = |pipeline| [Given::Reference(pipeline), Given::Text("WebRtcEndPoint")];
    let child = client.make("createMediaElement", &of(&usual));
    house.pass(10);
    assert_eq!(client.keep_alive(&ten), Ok(None), "a period is not over at its end");
    house.pass(11);
    assert_eq!(client.keep_alive(&ten), UNKNOWN);
    house.pass(99);
    assert_eq!(client.keep_alive(&child), Ok(None), "120 seconds are the default");
    house.pass(120);
    assert_eq!(client.keep_alive(&usual), Ok(None), "a child keeps its parent");
    house.pass(120);
    assert_eq!(client.keep_alive(&child), Ok(None), "a parent keeps its children");
    house.pass(121);
    assert_eq!((client.keep_alive(&child), client.keep_alive(&usual)), (UNKNOWN, UNKNOWN));
    assert!(house.world.alive().is_empty());
}

#[test]
fn an_element_that_alone_is_left_goes_alone() {
    let house = House::new(Quotas::default());
    let client = house.client();
    let pipeline = client.make("createMediaPipeline", &[]);
    let create = [Given::Reference(&pipeline), Given::Text("ZBarFilter"), period(10)];
    let (kept, left) =
        (client.make("createMediaElementWithParams", &create), client.make("createMediaElementWithParams", &create));
    house.pass(9);
    client.keep_alive(&kept).expect("alive");
    house.pass(9);
    assert_eq!((client.keep_alive(&left), client.keep_alive(&kept)), (UNKNOWN, Ok(None)));
    assert_eq!(house.world.alive().len(), 2);
}

#[test]
fn what_json_rpc_holds_outlives_its_lease_and_what_it_releases_loses_its_number() {
    let house = House::new(Quotas::default());
    let (client, mut other) = (house.client(), Client::of(&house.control));
    let pipeline = client.make("createMediaPipeline", &[]);
    let [id] = house.world.alive().try_into().expect("one pipeline");
    other.ok("describe", json!({ "object": id }));
    let element = other.create("ZBarFilter", json!({ "mediaPipeline": id }));
    house.pass(121);
    assert_eq!(client.keep_alive(&pipeline), UNKNOWN);
    assert_eq!(house.world.alive().len(), 2, "the session holds them");
    other.ok("release", json!({ "object": element }));
    // Found again from a new object in it.
    let found = client.make("createMediaPipeline", &[]);
    other.ok("release", json!({ "object": id }));
    house.world.forget_closed();
    let [id] = house.world.alive().try_into().expect("one pipeline");
    other.ok("release", json!({ "object": id }));
    assert_eq!(client.keep_alive(&found), UNKNOWN);
}

#[test]
fn structs_of_filters_are_what_their_constructors_want() {
    let client = House::new(Quotas::default()).client();
    let pipeline = client.make("createMediaPipeline", &[]);
    let create = |class: &str, tag: &str, data: &[u8]| {
        let given = [Given::Reference(&pipeline), Given::Text(class), Given::Param(tag, data.to_vec())];
        client.call("createMediaElementWithParams", &given).map(|made| made.expect("a reference").reference())
    };
    // Both need a region, which is a struct within the struct: four numbers, or a point and two numbers.
    let number = |id: u8| [8, 0, id, 0, 0, 0, 9];
    let area = [&[12, 0, 1][..], &number(1), &number(2), &number(3), &number(4), &[0, 0]].concat();
    create("ChromaFilter", "KmsMediaChromaConstructorParams", &area).expect("made");
    let region = [&[12, 0, 1, 12, 0, 1][..], &number(1), &number(2), &[0], &number(2), &number(3), &[0]].concat();
    let window = [&number(1)[..], &number(2), &number(3), &number(4), &[11, 0, 5, 0, 0, 0, 1, b'w', 0]].concat();
    let set = [&[12, 0, 2, 14, 0, 1, 12, 0, 0, 0, 1][..], &window, &[0]].concat();
    let detector = |data: &[u8]| {
        create("PointerDetector2Filter", "KmsMediaPointerDetector2ConstructorParams", &[data, &[0]].concat())
    };
    detector(&region).expect("made without windows");
    let filter = detector(&[region, set].concat()).expect("made with one");
    let added = Given::Param("KmsMediaPointerDetectorWindow", window);
    let added = client.call("invoke", &[Given::Reference(&filter), Given::Text("addWindow"), added]);
    assert!(added.is_ok(), "{added:?}");
    assert_eq!(detector(&[]), Err(Failed::Code(40_002)));
    assert_eq!(create("ChromaFilter", "KmsMediaNothing", &[0]), Err(Failed::Code(40_002)));
}

#[test]
fn nothing_is_left_of_a_tenant_that_is_gone() {
    let house = House::new(Quotas { sockets: Some(2), ..Quotas::default() });
    let client = house.client();
    client.make("createMediaPipelineWithParams", &[period(10)]);
    let mut other = Client::of(&house.control);
    let sessions = |other: &mut Client| other.value("manager_ServerManager", "getSessions", json!({}));
    let before = sessions(&mut other).as_array().map_or(0, Vec::len);
    let full = house.front.connect(HERE, Tenant::new);
    assert!(full.enter(&Tenant::everybody()).is_err(), "its connections count among the sockets");
    drop(client);
    house.pass(11);
    let after = sessions(&mut other).as_array().map_or(0, Vec::len);
    assert_eq!((house.world.alive().len(), after), (0, before - 1));
    assert!(full.enter(&Tenant::everybody()).is_ok());
}

#[test]
fn subscriptions_are_told_in_order_and_go_with_their_handler() {
    let house = House::new(Quotas::default());
    let client = house.client();
    let pipeline = client.make("createMediaPipeline", &[]);
    let endpoint = client.make("createMediaElement", &[Given::Reference(&pipeline), Given::Text("WebRtcEndPoint")]);
    let subscribe = |port| {
        let event = Given::Text("IceGatheringDone");
        let given = [Given::Reference(&endpoint), event, Given::Text("192.0.2.1"), Given::Number(port)];
        client.call("subscribeEvent", &given).expect("subscribed").expect("a token").text()
    };
    let (first, second) = (subscribe(1), subscribe(2));
    let offer = |text: &str| {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "invoke", "params": {
            "object": house.world.alive().last(), "operation": "processOffer", "operationParams": { "offer": text },
        } });
        let _ = client.call("invokeJsonRpc", &[Given::Text(&request.to_string())]);
    };
    offer("a");
    let told = |token: &str| {
        let sent = house.services.0.lock();
        let of = |(to, bytes): &(SocketAddr, Vec<u8>)| {
            let (method, fields) = message(bytes);
            (method == "onEvent" && fields[&1].text() == token).then_some(to.port())
        };
        sent.iter().filter_map(of).collect::<Vec<u16>>()
    };
    assert_eq!((told(&first), told(&second)), (vec![1], vec![2]));
    assert_eq!(house.front.forget("192.0.2.1:1".parse().unwrap()), 1);
    offer("b");
    assert_eq!((told(&first), told(&second)), (vec![1], vec![2, 2]));
    let unsubscribe = |token: &str| client.call("unsubscribeEvent", &[Given::Reference(&endpoint), Given::Text(token)]);
    assert_eq!((unsubscribe(&first), unsubscribe(&second)), (UNKNOWN, Ok(None)));
}

#[test]
fn every_method_of_the_interface_is_known_and_no_other() {
    let interface = include_str!("../thrift/services.thrift");
    let service = interface.split("\nservice ").nth(1).expect("a service");
    let names = service.lines().filter_map(|line| {
        let before = line.strip_prefix("  ")?.split_once('(')?.0;
        let plain = !before.starts_with(' ') && !before.contains(['/', '*', ')', ':']);
        plain.then(|| before.rsplit(' ').next().unwrap_or_default())
    });
    let names: Vec<&str> = names.collect();
    assert_eq!(names.len(), 34, "{names:?}");
    let client = House::new(Quotas::default()).client();
    for name in names {
        let answered = client.call(name, &[]);
        assert!(!matches!(answered, Err(Failed::Application(_))), "{name}: {answered:?}");
    }
    let unknown = client.call("getEverything", &[]);
    assert!(matches!(&unknown, Err(Failed::Application(text)) if text.contains("getEverything")), "{unknown:?}");
}

#[test]
fn lengths_that_lie_cost_the_connection_and_nothing_else() {
    let client = House::new(Quotas::default()).client();
    let honest = call("release", &[Given::Text("x")]);
    let at_method = 4;
    let at_text = honest.len() - 1 - 1 - 4;
    for (place, lie) in [(at_method, i32::MAX), (at_method, -1), (at_text, i32::MAX), (at_text, i32::MIN), (at_text, 2)]
    {
        let mut frame = honest.clone();
        frame[place..place + 4].copy_from_slice(&lie.to_be_bytes());
        assert!(client.0.receive(&frame).is_err(), "{lie} at {place}");
    }
    // A map of two thousand million entries; a list of lists of lists; an answer to nothing; bytes behind the message.
    let map = [&honest[..honest.len() - 9], &[13, 0, 1, 11, 12, 0x7f, 0xff, 0xff, 0xff, 0]].concat();
    let deep = [&honest[..honest.len() - 9], &[12, 0, 9].repeat(1_000)[..]].concat();
    let reply = [&[0x80, 1, 0, 2], &honest[4..]].concat();
    let behind = [&honest[..], &[0]].concat();
    for frame in [map, deep, reply, behind, Vec::new(), vec![0x80], b"GET / HTTP/1.1\r\n\r\n".to_vec()] {
        assert!(client.0.receive(&frame).is_err(), "{frame:?}");
    }
    // The versionless header of old clients.
    let old = [&honest[4..15], &[1], &honest[15..]].concat();
    assert_eq!(answer_of_old(&client, &old), Some(2));
}

/// The type of the answer to a frame.
fn answer_of_old(client: &Caller, frame: &[u8]) -> Option<u8> {
    client.0.receive(frame).expect("a call").and_then(|answer| answer.get(3).copied())
}

#[test]
fn frames_that_are_changed_at_random_are_answered_or_refused() {
    let house = House::new(Quotas { objects: 100, ..Quotas::default() });
    let client = house.client();
    let pipeline = client.make("createMediaPipeline", &[]);
    let reference = Given::Reference(&pipeline);
    let honest = [
        call("createMediaPipelineWithParams", &[period(10)]),
        call("createMediaElement", &[Given::Reference(&pipeline), Given::Text("ZBarFilter")]),
        call("invoke", &[reference, Given::Text("getName")]),
        call("invokeJsonRpc", &[Given::Text(r#"{"jsonrpc":"2.0","id":1,"method":"create","params":{"type":"x"}}"#)]),
    ];
    let mut random = Random(20_261_126);
    let mut seen = BTreeMap::<bool, u32>::new();
    for _ in 0..20_000 {
        let mut frame = random.of(&honest).cloned().expect("a frame");
        for _ in 0..=random.below(4) {
            let place = random.below(frame.len());
            frame[place] = random.below(256) as u8;
        }
        frame.truncate(frame.len() - random.below(2) * random.below(8));
        *seen.entry(client.0.receive(&frame).is_ok()).or_default() += 1;
    }
    assert!(seen[&true] > 1_000 && seen[&false] > 1_000, "{seen:?}");
    assert_eq!(client.keep_alive(&pipeline), Ok(None));
}
