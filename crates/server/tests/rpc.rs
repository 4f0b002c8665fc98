//! The Media API over HTTP, by raw requests over real sockets.

mod support;

use serde_json::{Value as Json, json};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use support::{Client, Fetched, MANAGER, Server, fetch, fetched};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A client that posts.
struct Poster<'a> {
    server: &'a Server,
    session: Option<String>,
    next: u64,
}

impl Poster<'_> {
    fn of(server: &Server) -> Poster<'_> {
        Poster { server, session: None, next: 1_000 }
    }

    async fn call(&mut self, method: &str, params: Json) -> Json {
        let (id, text) = self.request(method, params);
        let answer = fetch(self.server.address, "POST", "/kurento", &[JSON], &text).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{answer:?}");
        let answer = answer.json();
        assert_eq!(answer["id"], id);
        if let Some(session) = answer["result"]["sessionId"].as_str() {
            self.session = Some(session.to_owned());
        }
        answer
    }

    fn request(&mut self, method: &str, mut params: Json) -> (u64, String) {
        self.next += 1;
        if let Some(session) = &self.session {
            params["sessionId"] = json!(session);
        }
        let request = json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params });
        (self.next, request.to_string())
    }

    async fn ok(&mut self, method: &str, params: Json) -> Json {
        let answer = self.call(method, params).await;
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    async fn create(&mut self, kind: &str, params: Json) -> String {
        let made = self.ok("create", json!({ "type": kind, "constructorParams": params })).await;
        made["value"].as_str().unwrap().to_owned()
    }

    /// Hears of pipelines that are made.
    async fn listen(&mut self) {
        self.ok("subscribe", json!({ "object": MANAGER, "type": "ObjectCreated" })).await;
    }

    /// A poll that waits, on a connection that is kept open.
    async fn poll(&mut self) -> TcpStream {
        let (_, text) = self.request("poll", json!({}));
        posted(self.server, &text).await
    }
}

async fn posted(server: &Server, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /kurento HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n";
    stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes()).await.unwrap();
    stream
}

fn created(events: &Json) -> Vec<&str> {
    let of = |event: &'static str| move |message: &&Json| message["params"]["value"]["type"] == event;
    let events = events.as_array().expect("a list of events").iter().filter(of("ObjectCreated"));
    events.filter_map(|message| message["params"]["value"]["data"]["object"].as_str()).collect()
}

#[tokio::test]
async fn a_poll_waits_and_is_answered_as_soon_as_there_is_an_event() {
    let server = Server::start("");
    let mut poster = Poster::of(&server);
    poster.listen().await;
    let mut waiting = poster.poll().await;
    let pipeline = Client::open(&server).await.create("MediaPipeline", json!({})).await;
    let answer = fetched(&mut waiting).await.json();
    assert_eq!(created(&answer["result"]["value"]), [pipeline]);
    assert_eq!(answer["result"]["lost"], 0);
    let start = Instant::now();
    assert_eq!(poster.ok("poll", json!({ "timeout": 200 })).await["value"], json!([]));
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn what_began_over_http_goes_on_over_a_websocket_and_back() {
    let server = Server::start("");
    let mut poster = Poster::of(&server);
    poster.listen().await;
    let first = poster.create("MediaPipeline", json!({})).await;
    let mut client = Client::open(&server).await;
    client.ok("connect", json!({ "sessionId": poster.session })).await;
    client.next = 100;
    let second = client.create("MediaPipeline", json!({})).await;
    client.ok("ping", json!({})).await;
    assert_eq!(created(&json!(client.events)), [&first, &second]);
    client.ok("release", json!({ "object": first })).await;
    drop(client);
    let third = poster.create("MediaPipeline", json!({})).await;
    let polled = poster.ok("poll", json!({ "timeout": 0 })).await;
    // The server may not have seen yet that the socket is gone when the pipeline is made.
    let heard = created(&polled["value"]);
    assert!(heard.is_empty() || heard == [&third], "{heard:?}");
    let fourth = poster.create("MediaPipeline", json!({})).await;
    assert_eq!(created(&poster.ok("poll", json!({})).await["value"]), [&fourth]);
}

#[tokio::test]
async fn a_session_without_requests_is_collected_and_ends_its_poll() {
    let server = Server::start("[control]\ngarbage_collector_period = 1\n");
    let mut poster = Poster::of(&server);
    let pipeline = poster.create("MediaPipeline", json!({})).await;
    let mut probe = Client::open(&server).await;
    // A poll that waits is a sign of life.
    poster.ok("poll", json!({ "timeout": 3_000 })).await;
    let alive = probe.value(MANAGER, "getPipelines", json!({})).await;
    assert_eq!(alive, json!([pipeline]));
    // The listing holds what it lists, for its own session.
    drop(probe);
    let deadline = Instant::now() + Duration::from_secs(20);
    while poster.call("describe", json!({ "object": pipeline, "sessionId": "" })).await["error"]["code"] != 40_101 {
        assert!(Instant::now() < deadline, "it is not collected");
        poster.session = None;
        sleep(Duration::from_millis(2_500)).await;
    }
}

#[tokio::test]
async fn closing_a_session_answers_its_poll() {
    let server = Server::start("");
    let mut poster = Poster::of(&server);
    poster.listen().await;
    let mut waiting = poster.poll().await;
    // The poll is there when a later one has ended it.
    let mut later = poster.poll().await;
    assert_eq!(fetched(&mut waiting).await.json()["result"]["value"], json!([]));
    poster.ok("closeSession", json!({})).await;
    assert_eq!(fetched(&mut later).await.json()["error"]["code"], 40_007);
}

#[tokio::test]
async fn tokens_and_origins_are_those_of_the_websocket() {
    let config = "[http]\norigins = [\"https://app.example.com\"]\n[tokens.static]\nred-token = \"red\"\nblue-token = \"blue\"\n";
    let server = Server::start(config);
    let ask = async |headers: &[(&str, &str)], text: &str| {
        let headers: Vec<(&str, &str)> = [JSON].into_iter().chain(headers.iter().copied()).collect();
        fetch(server.address, "POST", "/kurento", &headers, text).await
    };
    let create = r#"{"jsonrpc":"2.0","id":1,"method":"create","params":{"type":"MediaPipeline"}}"#;
    let (red, blue) = (("Authorization", "Bearer red-token"), ("Authorization", "Bearer blue-token"));
    fn page(origin: &str) -> (&str, &str) {
        ("Origin", origin)
    }
    assert_eq!(ask(&[], create).await.status, 401);
    assert_eq!(ask(&[("Authorization", "Bearer green-token")], create).await.status, 401);
    assert_eq!(ask(&[red, page("https://evil.example.com")], create).await.status, 403);
    let refused = ask(&[page("https://app.example.com")], create).await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, Some("https://app.example.com")));
    let made = ask(&[red, page("https://app.example.com")], create).await;
    assert_eq!(made.header("access-control-allow-origin"), Some("https://app.example.com"));
    let pipeline = made.json()["result"]["value"].clone();
    let describe =
        json!({ "jsonrpc": "2.0", "id": 2, "method": "describe", "params": { "object": pipeline } }).to_string();
    assert_eq!(ask(&[red], &describe).await.json()["result"]["type"], "MediaPipeline");
    assert_eq!(ask(&[blue], &describe).await.json()["error"]["code"], 40_101);
    // Neither can hear for the other's session.
    let poll = json!({ "jsonrpc": "2.0", "id": 3, "method": "poll", "params": { "sessionId": made.json()["result"]["sessionId"] } });
    assert_eq!(ask(&[blue], &poll.to_string()).await.json()["error"]["code"], 40_007);
    let preflight = async |origin: &str| fetch(server.address, "OPTIONS", "/kurento", &[page(origin)], "").await;
    let allowed = preflight("https://app.example.com").await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-methods")), (204, Some("POST")));
    assert!(allowed.header("access-control-allow-headers").is_some_and(|names| names.contains("authorization")));
    let refused = preflight("https://evil.example.com").await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (403, None));
}

#[tokio::test]
async fn what_is_no_request_is_answered_with_its_number_and_what_is_no_message_with_its_status() {
    let server = Server::start("[limits]\nmessage_bytes = 30000\n");
    let deep = "[".repeat(1_000);
    for (text, code) in [("{", -32_700), ("[]", -32_600), ("1", -32_600), (&deep, -32_600)] {
        let answer = fetch(server.address, "POST", "/kurento", &[JSON], text).await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (200, &json!(code)), "{text}");
    }
    let batch =
        fetch(server.address, "POST", "/kurento", &[JSON], r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#).await;
    assert!(batch.body.contains("Batches are not taken") && batch.body.contains("transaction"), "{}", batch.body);
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        assert_eq!(fetch(server.address, "POST", "/kurento", &[("Content-Type", kind)], ping).await.status, 415);
    }
    assert_eq!(fetch(server.address, "POST", "/kurento", &[], ping).await.status, 415);
    let charset = ("Content-Type", "application/JSON; charset=utf-8");
    assert_eq!(fetch(server.address, "POST", "/kurento", &[charset], ping).await.status, 200);
    assert_eq!(fetch(server.address, "POST", "/elsewhere", &[JSON], ping).await.status, 404);
    // The length alone is enough: not a byte of it is sent.
    let long = ("Content-Length", "30001");
    assert_eq!(fetch(server.address, "POST", "/kurento", &[JSON, long], "").await.status, 413);
    assert_eq!(chunked(&server, 31_000).await.status, 413);
    assert_eq!(chunked(&server, 29_000).await.json()["error"]["code"], -32_700);
}

/// Posts blanks whose number is not told before.
async fn chunked(server: &Server, bytes: usize) -> Fetched {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /kurento HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n";
    let body = format!("{bytes:x}\r\n{}\r\n0\r\n\r\n", " ".repeat(bytes));
    stream.write_all(format!("{head}Transfer-Encoding: chunked\r\n\r\n{body}").as_bytes()).await.unwrap();
    fetched(&mut stream).await
}

#[tokio::test]
async fn a_request_counts_as_a_socket_until_it_is_answered_or_its_client_gone() {
    let server = Server::start("[limits]\nsockets = 2\n");
    let mut poster = Poster::of(&server);
    poster.listen().await;
    let waiting = [poster.poll().await, posted(&server, r#"{"jsonrpc":"2.0","id":1,"method":"invoke","params":{"object":"manager_ServerManager","operation":"getUsedCpu","operationParams":{"interval":9000}}}"#).await];
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let status = async || fetch(server.address, "POST", "/kurento", &[JSON], ping).await;
    let deadline = Instant::now() + Duration::from_secs(20);
    let refused = loop {
        let answer = status().await;
        if answer.status == 429 {
            break answer;
        }
        assert!(Instant::now() < deadline, "all are let in");
    };
    assert_eq!(refused.json()["error"]["code"], 40_009);
    drop(waiting);
    while status().await.status == 429 {
        assert!(Instant::now() < deadline, "who is gone still counts");
    }
}

#[tokio::test]
async fn a_flood_is_paced_where_a_rate_is_set_though_each_request_comes_by_itself() {
    let server = Server::start("[limits]\nrequests_per_second = 20\n");
    let mut poster = Poster::of(&server);
    let start = Instant::now();
    for _ in 0..10 {
        poster.ok("ping", json!({})).await;
    }
    assert!(start.elapsed() >= Duration::from_millis(500), "{:?}", start.elapsed());
}

#[tokio::test]
async fn five_hundred_polls_that_wait_delay_nobody_and_hold_no_thread() {
    let server = Server::start("[limits]\ncall_threads = 2\n");
    let mut waiting = Vec::new();
    for _ in 0..500 {
        let mut poster = Poster::of(&server);
        poster.listen().await;
        waiting.push(poster.poll().await);
    }
    let mut client = Client::open(&server).await;
    let pipeline = client.create("MediaPipeline", json!({})).await;
    for mut poll in waiting {
        let answer = fetched(&mut poll).await.json();
        assert_eq!(created(&answer["result"]["value"]), [&pipeline]);
    }
}

#[test]
fn the_walk_of_the_page_does_what_it_says() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: no curl");
        return;
    }
    let server = Server::start("");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/http.md");
    let page = std::fs::read_to_string(page).unwrap();
    let walk = page.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a walk");
    let mut shell = Command::new("sh");
    shell.args(["-eu", "-c", walk]).env("TRELLIS", format!("http://{}", server.address));
    let output = shell.output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{errors}");
    let answers: Vec<Json> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(answers.iter().all(|answer| answer.get("error").is_none()), "{said}");
    let polled = answers.iter().find(|answer| answer["id"] == 6).expect("the poll");
    let event = &polled["result"]["value"][0]["params"]["value"];
    assert_eq!(event["type"], "IceCandidateFound", "{polled}");
}
