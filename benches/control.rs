//! The control plane of a real server over one WebSocket: rates, latencies, memory, and whether it all goes away again.
//!
//! `cargo bench --bench control`; with `-- long`, nothing but the cycles, a million in place of 50,000: six minutes or so,
//! and half an hour at the most. Beside the rates stands what the same messages cost against a server that only sends
//! them back.

mod support;

use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::{binary, head, spread};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// Cycles in one measurement of the rate.
const CYCLES: usize = 4_000;
const RUNS: usize = 5;
/// Cycles that are under way at once, where not one at a time.
const WINDOW: usize = 16;
const OFFERS: usize = 400;
const PIPELINES: usize = 500;
const SESSIONS: usize = 10_000;
/// A server that says nothing for so long has broken down.
const PATIENCE: Duration = Duration::from_secs(60);
/// The cycles that have been done after so long are enough.
const LONGEST: Duration = Duration::from_secs(1_800);
/// How often memory is looked at.
const PARTS: usize = 20;

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start() -> Server {
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let mut command = Command::new(binary());
        command.args(["--log", "error", "serve", "--listen", &address.to_string()]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server starts");
        let server = Server { child, address };
        let before = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(before.elapsed() < Duration::from_secs(10), "the server does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        server
    }

    fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// Private memory, in KB.
    fn memory(&self) -> f64 {
        self.status("RssAnon")
    }

    fn threads(&self) -> f64 {
        self.status("Threads")
    }

    fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("a process").count()
    }

    fn status(&self, name: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
        line.trim_start_matches(':').split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number")
    }
}

struct Client {
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    next: u64,
}

impl Client {
    fn connect(address: SocketAddr) -> Client {
        let (socket, _) = tungstenite::connect(format!("ws://{address}/kurento")).expect("a WebSocket");
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_nodelay(true).expect("a socket");
            stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        }
        Client { socket, next: 0 }
    }

    fn send(&mut self, method: &str, params: Value) {
        let request = json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params });
        self.next += 1;
        self.socket.send(Message::text(request.to_string())).expect("sent");
    }

    /// The next answer; events are passed over.
    fn answer(&mut self) -> Value {
        loop {
            let message = self.socket.read().expect("an answer");
            let text = message.to_text().expect("text");
            let value: Value = serde_json::from_str(text).expect("JSON");
            if value.get("id").is_some() {
                assert!(value.get("error").is_none(), "{value}");
                return value["result"]["value"].clone();
            }
        }
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.send(method, params);
        self.answer()
    }

    fn create(&mut self, kind: &str, params: Value) -> String {
        let value = self.call("create", json!({ "type": kind, "constructorParams": params, "properties": {} }));
        value.as_str().expect("an id").to_owned()
    }

    fn invoke(&mut self, object: &str, operation: &str, params: Value) -> Value {
        self.call("invoke", json!({ "object": object, "operation": operation, "operationParams": params }))
    }
}

/// One cycle under way: a pipeline, two elements, a connection, the release. What came is in `ids`.
#[derive(Default)]
struct Cycle {
    ids: Vec<String>,
    step: usize,
}

impl Cycle {
    /// Sends the next request; false when there is none.
    fn go_on(&mut self, client: &mut Client) -> bool {
        let pipeline = self.ids.first().cloned().unwrap_or_default();
        let element = json!({ "type": "PassThrough", "constructorParams": { "mediaPipeline": pipeline } });
        match self.step {
            0 => client.send("create", json!({ "type": "MediaPipeline", "properties": {} })),
            1 | 2 => client.send("create", element),
            3 => {
                let (source, sink) = (&self.ids[1], &self.ids[2]);
                let operation =
                    json!({ "object": source, "operation": "connect", "operationParams": { "sink": sink } });
                client.send("invoke", operation);
            }
            4 => client.send("release", json!({ "object": pipeline })),
            _ => return false,
        }
        self.step += 1;
        true
    }

    fn heard(&mut self, value: Value) {
        if self.step <= 3 {
            self.ids.push(value.as_str().unwrap_or("echo").to_owned());
        }
    }
}

/// Does so many cycles, `window` at once; requests of one socket are answered in order.
fn cycles(client: &mut Client, count: usize, window: usize) {
    let mut under_way = VecDeque::new();
    let mut started = 0;
    while started < count.min(window) {
        let mut cycle = Cycle::default();
        cycle.go_on(client);
        under_way.push_back(cycle);
        started += 1;
    }
    while let Some(mut cycle) = under_way.pop_front() {
        cycle.heard(client.answer());
        if cycle.go_on(client) {
            under_way.push_back(cycle);
        } else if started < count {
            let mut cycle = Cycle::default();
            cycle.go_on(client);
            under_way.push_back(cycle);
            started += 1;
        }
    }
}

/// A server that sends every message back as the answer to itself.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            stream.set_nodelay(true).expect("a socket");
            std::thread::spawn(move || {
                let Ok(mut socket) = tungstenite::accept(stream) else { return };
                while let Ok(message) = socket.read() {
                    if socket.send(message).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

fn rate(client: &mut Client, window: usize) -> f64 {
    let before = Instant::now();
    cycles(client, CYCLES, window);
    CYCLES as f64 / before.elapsed().as_secs_f64()
}

fn rates(server: &Server) {
    let (mut client, mut bare) = (server.client(), Client::connect(echo()));
    cycles(&mut client, CYCLES, WINDOW);
    for window in [1, WINDOW] {
        let (mut ours, mut echoed) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            ours.push(rate(&mut client, window));
            echoed.push(rate(&mut bare, window));
        }
        println!(
            "create + connect + release of a pipeline with two elements, {window} at once: {:.0} a second (goal 2000), \
             five requests each; the same messages sent back: {:.0}",
            spread(ours),
            spread(echoed)
        );
    }
}

/// An offer as another endpoint makes it.
fn offer(client: &mut Client) -> String {
    let pipeline = client.create("MediaPipeline", json!({}));
    let endpoint = client.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
    let offer = client.invoke(&endpoint, "generateOffer", json!({}));
    client.call("release", json!({ "object": pipeline }));
    offer.as_str().expect("an offer").to_owned()
}

fn offers(server: &Server) {
    let mut client = server.client();
    let offer = offer(&mut client);
    let mut took = Vec::new();
    for _ in 0..OFFERS {
        let pipeline = client.create("MediaPipeline", json!({}));
        let before = Instant::now();
        let endpoint = client.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
        client.invoke(&endpoint, "processOffer", json!({ "offer": offer }));
        took.push(before.elapsed().as_secs_f64() * 1e3);
        client.call("release", json!({ "object": pipeline }));
    }
    println!("create WebRtcEndpoint + processOffer: {:.2} ms (goal: median 3)", spread(took));
}

/// Parties of a Composite, from the first to the last: each an element, a port, and a connection each way.
fn groups(server: &Server) {
    let mut client = server.client();
    for parties in [5, 20] {
        let took = (0..RUNS).map(|_| {
            let pipeline = client.create("MediaPipeline", json!({}));
            let hub = client.create("Composite", json!({ "mediaPipeline": pipeline }));
            let before = Instant::now();
            for _ in 0..parties {
                let party = client.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
                let port = client.create("HubPort", json!({ "hub": hub }));
                client.invoke(&party, "connect", json!({ "sink": port }));
                client.invoke(&port, "connect", json!({ "sink": party }));
            }
            let took = before.elapsed().as_secs_f64() * 1e3;
            client.call("release", json!({ "object": pipeline }));
            took
        });
        println!("{parties} parties join a Composite: {:.1} ms", spread(took.collect::<Vec<_>>()));
    }
}

fn idle_pipelines(server: &Server) {
    let mut client = server.client();
    let offer = offer(&mut client);
    let negotiate = |client: &mut Client| {
        let pipeline = client.create("MediaPipeline", json!({}));
        let endpoint = client.create("WebRtcEndpoint", json!({ "mediaPipeline": pipeline }));
        client.invoke(&endpoint, "processOffer", json!({ "offer": offer }));
        client.invoke(&endpoint, "connect", json!({ "sink": endpoint }));
        client.invoke(&endpoint, "gatherCandidates", json!({}));
        pipeline
    };
    // What the first ones bring along stays.
    let first: Vec<String> = (0..20).map(|_| negotiate(&mut client)).collect();
    let (memory, threads) = (server.memory(), server.threads());
    let pipelines: Vec<String> = (0..PIPELINES).map(|_| negotiate(&mut client)).collect();
    println!(
        "an idle negotiated WebRTC pipeline: {:.1} KB (goal 64), {} threads more for {PIPELINES} (goal 0)",
        (server.memory() - memory) / PIPELINES as f64,
        server.threads() - threads,
    );
    for pipeline in first.into_iter().chain(pipelines) {
        client.call("release", json!({ "object": pipeline }));
    }
}

fn idle_sessions(server: &Server) {
    let mut first = server.client();
    first.create("MediaPipeline", json!({}));
    let before = server.memory();
    let mut clients = Vec::new();
    for _ in 0..SESSIONS {
        let Ok((socket, _)) = tungstenite::connect(format!("ws://{}/kurento", server.address)) else { break };
        let mut client = Client { socket, next: 0 };
        client.call("describe", json!({ "object": "manager_ServerManager" }));
        clients.push(client);
    }
    println!(
        "idle sessions, each with its socket: {:.1} KB each (goal 20), {} of {SESSIONS} could be opened",
        (server.memory() - before) / clients.len() as f64,
        clients.len()
    );
}

fn soak(server: &Server, count: usize) {
    let mut client = server.client();
    cycles(&mut client, 10_000, WINDOW);
    let (threads, descriptors) = (server.threads(), server.descriptors());
    let (memory, before) = (server.memory(), Instant::now());
    let mut done = 0;
    while done < count && before.elapsed() < LONGEST {
        cycles(&mut client, count / PARTS, WINDOW);
        done += count / PARTS;
        eprintln!("{done} cycles after {:.0} s: {:.0} KB", before.elapsed().as_secs_f64(), server.memory());
    }
    let after = server.memory();
    println!(
        "{done} cycles in {:.0} s: memory {memory:.0} KB before and {after:.0} KB after (slope {:.3} KB per 1,000 cycles, \
         goal 1), threads {threads} and {}, descriptors {descriptors} and {}",
        before.elapsed().as_secs_f64(),
        (after - memory) / (done as f64 / 1e3),
        server.threads(),
        server.descriptors(),
    );
}

fn main() {
    let long = std::env::args().any(|word| word == "long");
    let server = Server::start();
    head("control plane");
    if long {
        return soak(&server, 1_000_000);
    }
    rates(&server);
    offers(&server);
    groups(&server);
    soak(&server, 50_000);
    idle_pipelines(&Server::start());
    idle_sessions(&Server::start());
}
