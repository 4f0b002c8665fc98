//! Sessions and garbage collection against a model that shares no code, in virtual time: the collector's looks are
//! steps like any other. Never a leak, never an early collection, and what ends is closed once.

mod support;

use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use support::Client;
use support::world::{Random, World};
use trellis_control::{Clock, Control, ControlSettings};

const MANAGER: &str = "manager_ServerManager";
const SESSIONS: usize = 4;

/// What the protocol says must be, kept the simplest way: sets, searched through.
#[derive(Default)]
struct Model {
    /// Who holds each object.
    holders: BTreeMap<String, BTreeSet<usize>>,
    /// Sessions that exist, and whether they showed life since the last look.
    lively: BTreeMap<usize, bool>,
    /// Sessions whose socket is open.
    connected: BTreeSet<usize>,
}

impl Model {
    /// An object's id begins with those of its ancestors.
    fn is_within(id: &str, ancestor: &str) -> bool {
        id == ancestor || id.strip_prefix(ancestor).is_some_and(|rest| rest.starts_with('/'))
    }

    fn hold(&mut self, session: usize, id: &str) {
        self.lively.insert(session, true);
        for (ancestor, holders) in &mut self.holders {
            if Self::is_within(id, ancestor) {
                holders.insert(session);
            }
        }
    }

    fn add(&mut self, session: usize, id: &str) {
        let parent = id.rsplit_once('/').map(|(parent, _)| parent);
        let holders = parent.and_then(|parent| self.holders.get(parent)).cloned().unwrap_or_default();
        self.holders.insert(id.to_owned(), holders);
        self.hold(session, id);
    }

    fn remove(&mut self, id: &str) {
        self.holders.retain(|known, _| !Self::is_within(known, id));
    }

    fn let_go(&mut self, session: usize, id: &str) {
        if let Some(holders) = self.holders.get_mut(id) {
            holders.remove(&session);
            if holders.is_empty() {
                self.remove(id);
            }
        }
    }

    fn held(&self, session: usize) -> Vec<String> {
        self.holders.iter().filter(|(_, holders)| holders.contains(&session)).map(|(id, _)| id.clone()).collect()
    }

    fn end(&mut self, session: usize) {
        for id in self.held(session) {
            self.let_go(session, &id);
        }
        self.lively.remove(&session);
    }

    fn collect(&mut self) {
        let dead: Vec<usize> =
            self.lively.iter().filter(|(_, lively)| !**lively).map(|(session, _)| *session).collect();
        self.lively.values_mut().for_each(|lively| *lively = false);
        dead.into_iter().for_each(|session| self.end(session));
    }

    fn keep_connected(&mut self) {
        for (session, lively) in &mut self.lively {
            *lively |= self.connected.contains(session);
        }
    }
}

/// The system under test beside its model.
struct Pair {
    world: World,
    control: Control,
    clients: Vec<Option<Client>>,
    model: Model,
    random: Random,
    next: u64,
}

impl Pair {
    fn new(seed: u64) -> Pair {
        let world = World::default();
        let control = Control::new(Arc::new(world.clone()), ControlSettings::default());
        let clients = (0..SESSIONS).map(|_| None).collect();
        Pair { world, control, clients, model: Model::default(), random: Random(seed), next: 0 }
    }

    fn call(&mut self, session: usize, method: &str, mut params: Json) -> Json {
        let client = self.clients[session].get_or_insert_with(|| Client::of(&self.control));
        // Ids go on over a session's sockets, as clients count them: else a new request would be an old one.
        client.next = self.next;
        self.next += 1;
        params["sessionId"] = json!(format!("s{session}"));
        let answer = client.call(method, params);
        self.model.connected.insert(session);
        // Any request shows life.
        if let Some(lively) = self.model.lively.get_mut(&session) {
            *lively = true;
        }
        answer
    }

    fn objects(&self) -> Vec<String> {
        self.model.holders.keys().cloned().collect()
    }

    fn create(&mut self, session: usize) {
        let parents = self.objects();
        let pipelines: Vec<&String> = parents.iter().filter(|id| !id.contains('/')).collect();
        let (kind, params) = match self.random.of(&pipelines) {
            Some(pipeline) if !self.random.0.is_multiple_of(3) => {
                ("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }))
            }
            _ => ("MediaPipeline", json!({})),
        };
        let answer = self.call(session, "create", json!({ "type": kind, "constructorParams": params }));
        self.model.add(session, answer["result"]["value"].as_str().unwrap());
    }

    /// One random step on both.
    fn step(&mut self) {
        let session = self.random.below(SESSIONS);
        let objects = self.objects();
        let object = self.random.of(&objects).cloned().unwrap_or_else(|| "gone".to_owned());
        let known = self.model.holders.contains_key(&object);
        let about = json!({ "object": object, "operation": "getName", "type": "IceGatheringDone" });
        match self.random.below(20) {
            0..4 => self.create(session),
            method @ 4..7 => {
                let answer = self.call(session, ["describe", "invoke", "ref"][method - 4], about);
                assert_eq!(answer.get("error").is_none(), known, "{answer}");
                if known {
                    self.model.hold(session, &object);
                }
            }
            7..10 => {
                self.call(session, "unref", about);
                self.model.let_go(session, &object);
            }
            10 => {
                self.call(session, "release", about);
                self.model.remove(&object);
            }
            11 => self.close(session),
            12..15 => {
                self.clients[session] = None;
                self.model.connected.remove(&session);
            }
            15 => self.resume(session),
            16..18 => {
                self.control.keep_connected();
                self.model.keep_connected();
            }
            _ => {
                self.control.collect_garbage();
                self.model.collect();
            }
        }
    }

    fn close(&mut self, session: usize) {
        let release = self.random.below(2) == 0;
        self.call(session, "closeSession", json!({ "release": release }));
        if release {
            for id in self.model.held(session) {
                self.model.remove(&id);
            }
        }
        self.model.end(session);
        // The socket is bound to nothing now.
        self.model.connected.remove(&session);
    }

    /// On a new socket, as after a cut line.
    fn resume(&mut self, session: usize) {
        self.clients[session] = None;
        self.model.connected.remove(&session);
        let exists = self.model.lively.contains_key(&session);
        let answer = self.call(session, "connect", json!({}));
        assert_eq!(answer.get("error").is_none(), exists, "{answer}");
        if !exists {
            assert_eq!(answer["error"]["code"], 40_007);
            self.clients[session] = None;
            self.model.connected.remove(&session);
        }
    }

    fn check(&self) {
        assert_eq!(self.world.alive(), self.objects());
        self.world.forget_closed();
    }
}

#[test]
fn random_lives_of_sessions_end_as_the_model_says() {
    for seed in 0..40 {
        let mut pair = Pair::new(seed);
        for _ in 0..500 {
            pair.step();
            pair.check();
        }
        pair.clients.iter_mut().for_each(|client| *client = None);
        for _ in 0..2 {
            pair.control.collect_garbage();
        }
        assert_eq!(pair.world.alive(), Vec::<String>::new(), "seed {seed}: everybody has left");
        pair.world.forget_closed();
    }
}

#[test]
fn twenty_thousand_cycles_leave_nothing_behind() {
    let (world, time) = (World::default(), Arc::<AtomicU64>::default());
    let now = Arc::clone(&time);
    let clock = Clock::new(move || Duration::from_millis(now.load(Ordering::Relaxed)));
    let control = Control::new(Arc::new(world.clone()), ControlSettings { clock, ..ControlSettings::default() });
    let mut client = Client::of(&control);
    let session = client.ok("describe", json!({ "object": MANAGER }))["sessionId"].clone();
    let mut resident = 0;
    for cycle in 0..20_000 {
        time.fetch_add(1, Ordering::Relaxed);
        let pipeline = client.create("MediaPipeline", json!({}));
        let endpoint = client.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
        client.hear(&endpoint, &["IceGatheringDone"]);
        client.ok("release", json!({ "object": pipeline }));
        assert_eq!(world.alive().len(), 0);
        world.forget_closed();
        if cycle == 5_000 {
            resident = client.value(MANAGER, "getUsedMemory", json!({})).as_i64().unwrap();
        }
    }
    assert_eq!(client.value(MANAGER, "getChildren", json!({})), json!([]));
    assert_eq!(client.value(MANAGER, "getPipelines", json!({})), json!([]));
    assert_eq!(client.value(MANAGER, "getSessions", json!({})), json!([session]));
    // 1 KiB for each 1,000 cycles would be 15; the allocator is given its play.
    let grown = client.value(MANAGER, "getUsedMemory", json!({})).as_i64().unwrap() - resident;
    assert!(grown < 1_024, "{grown} KiB more after 15,000 cycles");
}

#[test]
fn a_socket_that_never_held_anything_leaves_no_session() {
    let control = Control::new(Arc::new(World::default()), ControlSettings::default());
    let mut looking = Client::of(&control);
    for _ in 0..100 {
        let mut client = Client::of(&control);
        let session = client.ok("connect", json!({}))["sessionId"].clone();
        assert_eq!(client.call("keepAlive", json!({ "sessionId": session }))["error"]["code"], 40_007);
    }
    let own = looking.ok("describe", json!({ "object": MANAGER }))["sessionId"].clone();
    assert_eq!(looking.value(MANAGER, "getSessions", json!({})), json!([own]));
}
