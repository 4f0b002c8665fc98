//! Every row of the error table: produced by itself here or in another test, or with the reason why that cannot happen;
//! and each of them, told by a handler, with its HTTP status and its code of JSON-RPC.

mod support;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::time::Duration;
use support::{Answer, Host};
use tempfile::TempDir;
use trellis_content::{
    Access, Application, Attributes, Code, Command, ContentError, ContentHandler, Delivery, HttpPlayer, HttpRecorder,
    Kind, MediaServers, Protocol, Repository, Rtp, Session, Settings, TABLE,
};

/// Rows that other tests produce: 20018 `tunnel.rs`; 20021 and 20022 `repository.rs` (feature `object-store`); the others,
/// which need a media server, `media.rs`.
const ELSEWHERE: &[i32] = &[20003, 20007, 20013, 20015, 20017, 20018, 20021, 20022, 20025];

/// Rows that nothing here produces by itself.
const NEVER: &[(i32, &str)] = &[
    (20000, "it stands for faults of this crate, of which none is known"),
    (20005, "the control protocol is set up by types that cannot be set up wrongly"),
    (20008, "the media server's answer is read as a text or not at all (20007)"),
    (20009, "no media server that there is answers an offer with an empty text"),
    (20019, "the elements that a session connects are made for each other, in one pipeline"),
    (20027, "as 20008"),
    (20028, "as 20009"),
];

/// Does what the content's name and the commands say.
struct Handler;

impl<K: Kind> ContentHandler<K> for Handler
where
    Session<K>: Start,
{
    async fn on_content_request(&self, session: Session<K>) -> Result<(), ContentError> {
        if let Some(code) = session.content_id().strip_prefix("throw/") {
            return Err(ContentError::from(Code(code.parse().unwrap())));
        }
        if let Some(code) = session.content_id().strip_prefix("end/") {
            session.terminate(Code(code.parse().unwrap()), "as told");
            return Ok(());
        }
        match session.content_id() {
            "panic" => panic!("the content's name says so"),
            "never" => std::future::pending().await,
            "attributes" => (0..).try_for_each(|number| session.set_attribute(&format!("{number}"), number)),
            "objects" => loop {
                session.when_ended(|| async {}).await?;
            },
            "no repository" => session.repository().map(|_| ()),
            "media server" => session.media_server().await.map(|_| ()),
            _ => session.start_as_told().await,
        }
    }

    async fn on_content_command(&self, session: Session<K>, command: Command) -> Result<String, ContentError> {
        match command.kind.as_str() {
            "panic" => panic!("the command says so"),
            "publish" => session.publish_event(command.data, "").map(|()| String::new()),
            "request" => session.request().map(|_| String::new()),
            "start" => session.start_as_told().await.map(|()| String::new()),
            "id" => Ok(session.id()),
            _ => Err(Code::NO_COMMANDS.into()),
        }
    }
}

/// Starts a session with what its content's name says.
trait Start {
    fn start_as_told(&self) -> impl Future<Output = Result<(), ContentError>> + Send;
}

impl Start for Session<HttpPlayer> {
    async fn start_as_told(&self) -> Result<(), ContentError> {
        match self.content_id().split_once('/') {
            Some(("at", url)) => self.start_at(url).await,
            Some(("item", id)) => self.start(self.repository()?.find(id).await?).await,
            Some(("new", _)) => self.start(self.repository()?.create(Attributes::new()).await?).await,
            _ => self.start_at("http://127.0.0.1:1/").await,
        }
    }
}

impl Start for Session<HttpRecorder> {
    async fn start_as_told(&self) -> Result<(), ContentError> {
        match self.content_id().split_once('/') {
            Some(("item", id)) => self.start(self.repository()?.find(id).await?).await,
            _ => self.start(self.repository()?.create(Attributes::new()).await?).await,
        }
    }
}

impl Start for Session<Rtp> {
    async fn start_as_told(&self) -> Result<(), ContentError> {
        self.start(None, None).await
    }
}

struct Deaf;

impl ContentHandler<HttpPlayer> for Deaf {
    async fn on_content_request(&self, session: Session<HttpPlayer>) -> Result<(), ContentError> {
        session.start_at("http://127.0.0.1:1/").await
    }
}

struct World {
    host: Host,
    repository: Repository,
    folder: TempDir,
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::folder(folder.path()).unwrap();
    let settings = Settings {
        handler_timeout: Duration::from_millis(300),
        idle: Duration::from_millis(300),
        max_sessions: 20,
        max_request_bytes: 10_000,
        ..Settings::default()
    };
    let simple = Access { protocol: Protocol::Simple, ..Access::default() };
    let redirect = Access { delivery: Delivery::Redirect, ..simple };
    let application = Application::new(MediaServers::of([]))
        .settings(settings)
        .repository(repository.clone())
        .player("/play", Handler)
        .player("/deaf", Deaf)
        .player_with("/simple", simple, Handler)
        .player_with("/redirect", redirect, Handler)
        .recorder("/record", Handler)
        .rtp("/rtp", Handler);
    World { host: Host::start(application).await, repository, folder }
}

fn request(method: &str, params: Json) -> Json {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

/// Gathers which rows were seen.
#[derive(Default)]
struct Seen(BTreeSet<i32>);

impl Seen {
    /// An answer of the control protocol has the row's code, status and JSON-RPC code.
    fn json(&mut self, code: i32, answer: &Answer) {
        let row = TABLE.iter().find(|row| row.code == code).unwrap_or_else(|| panic!("{code} has no row"));
        assert_eq!(answer.error(), (row.status, row.json_rpc.into(), code.into()), "{answer:?}");
        self.0.insert(code);
    }

    /// A plain answer has the row's status and says its code.
    fn plain(&mut self, code: i32, answer: &Answer) {
        let row = TABLE.iter().find(|row| row.code == code).unwrap_or_else(|| panic!("{code} has no row"));
        assert_eq!(answer.status.as_u16(), row.status, "{answer:?}");
        assert!(answer.text().starts_with(&format!("{code}: ")), "{answer:?}");
        self.0.insert(code);
    }
}

async fn malformed(host: &Host, seen: &mut Seen) {
    let text = |value: Json| value.to_string();
    let start = || request("start", json!({}));
    let without = |name: &str| {
        let mut request = start();
        request.as_object_mut().unwrap().remove(name);
        text(request)
    };
    let command = |command: Json| text(request("execute", json!({ "command": command })));
    let cases: Vec<(i32, &str, String)> = vec![
        (10000, "application/json", text(json!([start()]))),
        (10000, "text/plain", text(start())),
        (10000, "application/json", without("jsonrpc")),
        (10007, "application/json", without("method")),
        (10008, "application/json", text(request("dance", json!({})))),
        (10017, "application/json", " ".repeat(20_000)),
        (10018, "application/json; charset=koi8-r", text(start())),
        (10020, "application/json", "{".to_owned()),
        (10020, "application/json", "null".to_owned()),
        (10021, "application/json", text(request("poll", json!({ "sessionId": "nobody" })))),
        (10022, "application/json", text(request("poll", json!({})))),
        (10022, "application/json", text(request("poll", json!({ "sessionId": null })))),
        (10023, "application/json", without("id")),
        (10023, "application/json", text(json!({ "jsonrpc": "2.0", "id": 1.5, "method": "start", "params": {} }))),
        (10024, "application/json", without("params")),
        (10005, "application/json", text(request("start", json!({ "constraints": { "video": "sendonly" } })))),
        (10027, "application/json", text(request("execute", json!({})))),
        (10012, "application/json", command(json!({ "data": "" }))),
        (10028, "application/json", command(json!({ "type": "a", "data": 1 }))),
        (10030, "application/json", text(request("terminate", json!({ "sessionId": "nobody" })))),
    ];
    for (code, kind, body) in cases {
        seen.json(code, &host.post("/play/x", kind, body).await);
    }
    seen.json(10013, &host.call("/rtp/x", "start", json!({})).await);
    let long = format!("/play/{}", "x".repeat(2000));
    seen.plain(10016, &host.call(&long, "start", json!({})).await);
    let put = Request::put(host.url("/play/x")).body(Body::empty()).unwrap();
    seen.plain(10009, &host.send(put).await);
    assert_eq!(host.get("/play/x").await.status, 501, "a page where JSON is to be posted");
}

async fn by_handlers(host: &Host, seen: &mut Seen) {
    let cases = [
        (9999, "/play/panic"),
        (20010, "/play/never"),
        (10014, "/play/attributes"),
        (10015, "/play/objects"),
        (20030, "/play/media%20server"),
        (20006, "/play/at/"),
        (20034, "/play/item/nothing"),
        (20036, "/play/new/"),
    ];
    for (code, path) in cases {
        seen.json(code, &host.call(path, "start", json!({})).await);
    }
    seen.json(20030, &host.call("/rtp/x", "start", json!({ "sdp": "v=0" })).await);
    let (session, url) = host.start_session("/play/x").await;
    seen.json(10011, &host.call("/play/x", "start", json!({ "sessionId": session })).await);
    seen.json(10006, &host.execute("/play/x", Some(&session), "request", "").await);
    seen.json(10004, &host.execute("/play/x", Some(&session), "start", "").await);
    seen.json(10029, &host.execute("/play/x", Some(&session), "publish", "").await);
    seen.plain(10003, &host.post(&url, "video/webm", "").await);
    seen.plain(20016, &host.get(&url).await);
    seen.json(10025, &host.execute("/play/x", Some(&session), "panic", "").await);
    let (session, _) = host.start_session("/deaf/x").await;
    seen.json(10026, &host.execute("/deaf/x", Some(&session), "dance", "").await);
    let (_, url) = host.start_session("/play/at/ftp%3A%2F%2Fhost%2F").await;
    seen.plain(20012, &host.get(&url).await);
}

/// The client does not know the session's id before it has started, but the application may tell.
async fn poll_before_the_start(seen: &mut Seen) {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    struct Telling(tokio::sync::mpsc::UnboundedSender<String>);
    impl ContentHandler<HttpPlayer> for Telling {
        async fn on_content_request(&self, session: Session<HttpPlayer>) -> Result<(), ContentError> {
            self.0.send(session.id()).unwrap();
            std::future::pending().await
        }
    }
    let telling = Application::new(MediaServers::of([])).player("/tell", Telling(sender));
    let host = Host::start(telling).await;
    tokio::select! {
        _ = host.call("/tell/x", "start", json!({})) => panic!("it is never answered"),
        answer = async {
            let session = receiver.recv().await.unwrap();
            host.poll("/tell/x", &session).await
        } => seen.json(10001, &answer),
    }
}

async fn simple(host: &Host, seen: &mut Seen) {
    seen.plain(10002, &host.post("/simple/x", "video/webm", "").await);
    seen.plain(10010, &host.post("/simple/x", "application/json", "{}").await);
    seen.plain(20004, &host.get("/redirect/at/ftp%3A%2F%2Fhost%2F").await);
    seen.plain(0, &host.get("/simple/end/0").await);
    seen.plain(1, &host.get("/simple/end/1").await);
    assert_eq!(host.get("/simple/end/402").await.status, 402);
}

async fn repositories(world: &World, seen: &mut Seen) {
    let World { host, repository, folder } = world;
    let bare = Host::start(Application::new(MediaServers::of([])).player("/play", Handler)).await;
    seen.json(20031, &bare.call("/play/no%20repository", "start", json!({})).await);
    let (_, url) = host.start_session("/record/x").await;
    let kind = "multipart/form-data; boundary=x";
    seen.plain(20026, &host.post(&url, kind, "--x\r\n").await);
    let item = repository.create(Attributes::new()).await.unwrap();
    let path = format!("item/{}", item.id());
    item.receive(None, futures_util::stream::iter([Ok("x".into())])).await.unwrap();
    seen.json(20035, &host.call(&format!("/record/{path}"), "start", json!({})).await);
    std::fs::write(folder.path().join(format!("{}.json", item.id())), "{").unwrap();
    seen.json(20040, &host.call(&format!("/play/{path}"), "start", json!({})).await);
    std::fs::remove_dir_all(folder.path()).unwrap();
    seen.json(20039, &host.call("/record/x", "start", json!({})).await);
}

async fn full_idle_and_closed(host: &Host, seen: &mut Seen) {
    let (session, _) = host.start_session("/play/x").await;
    // Longer than it may be idle, shorter than its end is remembered.
    tokio::time::sleep(Duration::from_millis(450)).await;
    let mail = host.poll("/play/x", &session).await.result();
    assert_eq!(mail["controlEvents"][0]["data"]["code"], 20029, "{mail}");
    seen.0.insert(20029);
    for _ in host.running.sessions()..20 {
        host.start_session("/play/x").await;
    }
    seen.json(20011, &host.call("/play/x", "start", json!({})).await);
    host.running.close().await;
    seen.json(20041, &host.call("/play/x", "start", json!({})).await);
}

#[tokio::test]
async fn every_row_is_produced_or_cannot_happen() {
    let world = world().await;
    let mut seen = Seen::default();
    malformed(&world.host, &mut seen).await;
    by_handlers(&world.host, &mut seen).await;
    poll_before_the_start(&mut seen).await;
    simple(&world.host, &mut seen).await;
    repositories(&world, &mut seen).await;
    full_idle_and_closed(&world.host, &mut seen).await;
    let here = seen.0;
    let rows: BTreeSet<i32> = TABLE.iter().map(|row| row.code).collect();
    let never: BTreeSet<i32> = NEVER.iter().map(|(code, _)| *code).collect();
    let elsewhere: BTreeSet<i32> = ELSEWHERE.iter().copied().collect();
    let all: BTreeSet<i32> = here.iter().chain(&never).chain(&elsewhere).copied().collect();
    assert_eq!(rows, all, "rows that nobody accounts for, or codes without a row");
    assert_eq!(here.intersection(&never).count(), 0);
    println!("{} rows here, {} in other tests, {} never", here.len(), elsewhere.len(), never.len());
}

#[tokio::test]
async fn every_code_that_a_handler_gives_has_its_status() {
    let World { host, .. } = world().await;
    let statuses = (400..=417).chain(500..=505).map(|code| match code {
        404 => (code, 404, -32601),
        400..=417 => (code, code as u16, -32500),
        _ => (code, code as u16, -32400),
    });
    let rows = TABLE.iter().map(|row| (row.code, row.status, row.json_rpc));
    for (code, status, json_rpc) in rows.chain(statuses) {
        let answer = host.call(&format!("/play/throw/{code}"), "start", json!({})).await;
        assert_eq!(answer.error(), (status, json_rpc.into(), code.into()));
    }
}
