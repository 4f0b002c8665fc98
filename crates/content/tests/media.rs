//! Sessions with media: RTP and WebRTC over a media server within the test, the choice among many, and what they refuse.

mod support;

use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::server::{clip, control, media_server, media_server_with_http, path};
use support::{Answer, Host};
use tempfile::TempDir;
use trellis_client::{
    ClientError, HttpEndpoint, IceGatheringDone, MediaPipeline, MediaServer, Options, RtpEndpoint, WebRtcEndpoint,
};
use trellis_content::{
    Access, Application, Attributes, ContentError, ContentHandler, Delivery, HttpPlayer, HttpRecorder, ItemState, Load,
    Media, MediaServers, Protocol, Reason, Repository, Rtp, Session, Settings, TABLE, WebRtc,
};
use trellis_control::Quotas;

/// Starts sessions as their content's name says: a file to play, `record`, `item` to record into one.
#[derive(Clone, Default)]
struct Handler {
    /// What happened, by session.
    seen: Arc<Mutex<Vec<String>>>,
    item: Arc<Mutex<Option<String>>>,
}

impl Handler {
    async fn sink<K: trellis_content::Kind>(&self, session: &Session<K>) -> Result<Option<Media>, ContentError> {
        if session.content_id() != "item" {
            return Ok(None);
        }
        let item = session.repository()?.create(Attributes::new()).await?;
        *self.item.lock().unwrap() = Some(item.id());
        Ok(Some(item.into()))
    }

    async fn seen(&self, what: &str) {
        support::until(what, || self.seen.lock().unwrap().iter().any(|seen| seen == what)).await;
    }
}

fn source(name: &str) -> Option<Media> {
    name.strip_prefix("file:").map(|path| Media::from(format!("file:{path}")))
}

impl ContentHandler<WebRtc> for Handler {
    async fn on_content_request(&self, session: Session<WebRtc>) -> Result<(), ContentError> {
        let sink = self.sink(&session).await?;
        session.start(source(session.content_id()), sink).await
    }

    async fn on_session_terminated(&self, _: Session<WebRtc>, reason: Reason) {
        self.seen.lock().unwrap().push(format!("terminated {} {:?}", reason.code, reason.by));
    }
}

impl ContentHandler<Rtp> for Handler {
    async fn on_content_request(&self, session: Session<Rtp>) -> Result<(), ContentError> {
        session.start(source(session.content_id()), self.sink(&session).await?).await
    }

    async fn on_session_error(&self, _: Session<Rtp>, error: ContentError) {
        assert!(!error.message.is_empty());
        self.seen.lock().unwrap().push("failed".to_owned());
    }

    async fn on_session_terminated(&self, _: Session<Rtp>, reason: Reason) {
        self.seen.lock().unwrap().push(format!("terminated {} {:?}", reason.code, reason.by));
    }
}

struct World {
    host: Host,
    handler: Handler,
    server: MediaServer,
    repository: Repository,
    _folder: TempDir,
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::folder(folder.path().join("items")).unwrap();
    let server = media_server(folder.path());
    let handler = Handler::default();
    let application = Application::new(server.clone())
        .repository(repository.clone())
        .webrtc("/call", handler.clone())
        .rtp("/rtp", handler.clone());
    World { host: Host::start(application).await, handler, server, repository, _folder: folder }
}

/// A caller with its offer, candidates included.
async fn caller(server: &MediaServer) -> (WebRtcEndpoint, String) {
    let pipeline = MediaPipeline::create(server).await.unwrap();
    let caller = WebRtcEndpoint::create(&pipeline).await.unwrap();
    let mut gathered = caller.on::<IceGatheringDone>().await.unwrap();
    caller.generate_offer(None).await.unwrap();
    caller.gather_candidates().await.unwrap();
    tokio::time::timeout(support::SOON, gathered.next()).await.unwrap();
    let offer = caller.get_local_session_descriptor().await.unwrap();
    (caller, offer)
}

fn start(offer: &str) -> Json {
    json!({ "constraints": { "audio": "sendrecv", "video": "sendrecv" }, "sdp": offer })
}

/// The id and the answer of a start that went well.
fn started(answer: &Answer) -> (String, String) {
    let result = answer.result();
    let text = |name: &str| result[name].as_str().unwrap_or_else(|| panic!("{result}")).to_owned();
    (text("sessionId"), text("sdp"))
}

/// Pipelines of the server but those of callers.
async fn pipelines(server: &MediaServer) -> usize {
    server.manager().get_pipelines().await.unwrap().len()
}

async fn until_pipelines(server: &MediaServer, count: usize) -> Duration {
    let begun = Instant::now();
    while pipelines(server).await != count {
        assert!(begun.elapsed() < support::SOON, "{} pipelines", pipelines(server).await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    begun.elapsed()
}

#[tokio::test]
async fn a_webrtc_client_is_shown_a_clip_and_the_session_ends_with_it() {
    let Some(clip) = clip("mkv/bbb_480p_vp9_opus_1second.webm") else { return };
    let World { host, handler, server, .. } = &world().await;
    let (caller, offer) = caller(server).await;
    let (session, answer) = started(&host.call(&format!("/call/{clip}"), "start", start(&offer)).await);
    assert!(answer.contains("a=candidate:"), "the answer has its candidates: {answer}");
    caller.process_answer(&answer).await.unwrap();
    let mail = loop {
        let mail = host.poll("/call/", &session).await.result();
        if mail != json!({}) {
            break mail;
        }
    };
    assert_eq!(mail["controlEvents"][0]["type"], "sessionTerminated", "{mail}");
    assert_eq!(mail["controlEvents"][0]["data"]["code"], 1);
    handler.seen("terminated 1 ByMedia").await;
    until_pipelines(server, 1).await;
}

#[tokio::test]
async fn what_a_webrtc_client_sends_is_recorded_into_an_item() {
    let Some(clip) = clip("mkv/bbb_480p_vp9_opus_1second.webm") else { return };
    let World { host, handler, server, repository, .. } = &world().await;
    let (caller, offer) = caller(server).await;
    let (session, answer) = started(&host.call("/call/item", "start", start(&offer)).await);
    let id = handler.item.lock().unwrap().clone().unwrap();
    let item = repository.find(&id).await.unwrap();
    assert_eq!(item.state().await.unwrap(), ItemState::Recording);
    caller.process_answer(&answer).await.unwrap();
    let pipeline = caller.get_media_pipeline().await.unwrap().unwrap();
    let player = trellis_client::PlayerEndpoint::create(&pipeline, &clip).await.unwrap();
    player.connect(&caller, None).await.unwrap();
    let mut end = player.on::<trellis_client::EndOfStream>().await.unwrap();
    player.play().await.unwrap();
    tokio::time::timeout(support::SOON, end.next()).await.unwrap();
    host.terminate("/call/item", &session).await.result();
    until_pipelines(server, 1).await;
    let begun = Instant::now();
    loop {
        match item.state().await.unwrap() {
            ItemState::Complete { bytes } => break assert!(bytes > 1_000, "{bytes}"),
            _ if begun.elapsed() < support::SOON => tokio::time::sleep(Duration::from_millis(10)).await,
            state => panic!("{state:?}"),
        }
    }
}

#[tokio::test]
async fn a_client_that_terminates_has_its_pipeline_released_within_a_second() {
    let World { host, handler, server, .. } = &world().await;
    let pipeline = MediaPipeline::create(server).await.unwrap();
    let offer = RtpEndpoint::create(&pipeline).await.unwrap().generate_offer(None).await.unwrap();
    let (session, answer) = started(&host.call("/rtp/x", "start", start(&offer)).await);
    assert!(answer.contains("RTP/AVP"), "{answer}");
    assert_eq!(pipelines(server).await, 2);
    host.terminate("/rtp/x", &session).await.result();
    let took = until_pipelines(server, 1).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    handler.seen("terminated 1 ByClient").await;
}

#[tokio::test]
async fn media_that_goes_away_ends_the_session_within_a_second() {
    let World { host, handler, server, .. } = &world().await;
    let (_caller, offer) = caller(server).await;
    let (session, _) = started(&host.call("/call/x", "start", start(&offer)).await);
    let begun = Instant::now();
    let release = async {
        for pipeline in server.manager().get_pipelines().await.unwrap() {
            pipeline.release().await.unwrap();
        }
    };
    let (mail, ()) = tokio::join!(host.poll("/call/x", &session), release);
    assert_eq!(mail.result()["controlEvents"][0]["type"], "sessionTerminated");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    handler.seen("terminated 20013 ByMedia").await;
}

/// Does with the media server what the content's name says.
struct Wrong;

impl ContentHandler<HttpPlayer> for Wrong {
    async fn on_content_request(&self, session: Session<HttpPlayer>) -> Result<(), ContentError> {
        match session.content_id() {
            "play" => session.start("nothing.webm").await,
            "lost" => {
                session.media_server().await?.close().await.unwrap();
                session.start("nothing.webm").await
            }
            _ => {
                let server = session.media_server().await?;
                let object = server.object("somebody/else_kurento.HttpPostEndpoint");
                session.start_with(&<HttpEndpoint as trellis_client::Class>::of(object)).await
            }
        }
    }
}

impl ContentHandler<Rtp> for Wrong {
    async fn on_content_request(&self, session: Session<Rtp>) -> Result<(), ContentError> {
        session.start(None, None).await
    }
}

async fn wrong(folder: &Path, quotas: Quotas) -> Host {
    let server = MediaServer::embedded(&control(folder, quotas)).unwrap();
    let application = Application::new(server).player("/play", Wrong).rtp("/rtp", Wrong);
    Host::start(application).await
}

#[tokio::test]
async fn what_the_media_server_refuses_has_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let expect = |code: i32, answer: Answer| {
        let row = TABLE.iter().find(|row| row.code == code).unwrap();
        assert_eq!(answer.error(), (row.status, row.json_rpc.into(), code.into()), "{answer:?}");
    };
    let host = wrong(folder.path(), Quotas { pipelines: Some(0), ..Quotas::default() }).await;
    expect(20015, host.call("/play/play", "start", json!({})).await);
    let host = wrong(folder.path(), Quotas { endpoints: Some(0), ..Quotas::default() }).await;
    expect(20017, host.call("/play/play", "start", json!({})).await);
    let host = wrong(folder.path(), Quotas { endpoints: Some(1), ..Quotas::default() }).await;
    expect(20003, host.call("/play/play", "start", json!({})).await);
    let host = wrong(folder.path(), Quotas::default()).await;
    expect(20025, host.call("/play/own", "start", json!({})).await);
    expect(20007, host.call("/rtp/x", "start", start("no SDP at all")).await);
    expect(20013, host.call("/play/lost", "start", json!({})).await);
}

#[tokio::test]
async fn media_that_fails_is_told_to_the_client_and_the_handler_and_the_session_goes_on() {
    let World { host, handler, server, .. } = &world().await;
    let pipeline = MediaPipeline::create(server).await.unwrap();
    let offer = RtpEndpoint::create(&pipeline).await.unwrap().generate_offer(None).await.unwrap();
    let (session, _) = started(&host.call("/rtp/file:///nowhere/nothing.webm", "start", start(&offer)).await);
    let mail = host.poll("/rtp/x", &session).await.result();
    assert_eq!(mail["controlEvents"][0]["type"], "sessionError", "{mail}");
    handler.seen("failed").await;
    host.terminate("/rtp/x", &session).await.result();
    handler.seen("terminated 1 ByClient").await;
}

/// Starts RTP sessions with nothing to play.
struct Quiet;

impl ContentHandler<Rtp> for Quiet {
    async fn on_content_request(&self, session: Session<Rtp>) -> Result<(), ContentError> {
        session.start(None, None).await
    }
}

#[tokio::test]
async fn sessions_go_to_the_server_with_the_least_to_do_and_then_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let servers: Vec<MediaServer> = (0..3).map(|_| media_server(folder.path())).collect();
    let busy = MediaPipeline::create(&servers[0]).await.unwrap();
    let offer = RtpEndpoint::create(&busy).await.unwrap().generate_offer(None).await.unwrap();
    let counts = async || {
        let mut counts = Vec::new();
        for server in &servers {
            counts.push(match server.manager().get_pipelines().await {
                Ok(pipelines) => Some(pipelines.len()),
                Err(ClientError::Gone) => None,
                Err(error) => panic!("{error}"),
            });
        }
        counts
    };
    let host = Host::start(Application::new(MediaServers::of(servers.clone())).rtp("/rtp", Quiet)).await;
    for _ in 0..5 {
        started(&host.call("/rtp/x", "start", start(&offer)).await);
    }
    assert_eq!(counts().await, [Some(2), Some(2), Some(2)], "with the one that the first had before");
    servers[1].close().await.unwrap();
    for _ in 0..4 {
        started(&host.call("/rtp/x", "start", start(&offer)).await);
    }
    assert_eq!(counts().await, [Some(4), None, Some(4)]);
    servers[0].close().await.unwrap();
    servers[2].close().await.unwrap();
    let refused = host.call("/rtp/x", "start", start(&offer)).await;
    assert_eq!(refused.error().2, 20030);
}

#[tokio::test]
async fn servers_are_chosen_by_their_processors_too_and_those_at_no_address_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let server = media_server(folder.path());
    let pipeline = MediaPipeline::create(&server).await.unwrap();
    let offer = RtpEndpoint::create(&pipeline).await.unwrap().generate_offer(None).await.unwrap();
    let cpu = MediaServers::of([server.clone()]).chosen_by(Load::Cpu);
    let host = Host::start(Application::new(cpu).rtp("/rtp", Quiet)).await;
    started(&host.call("/rtp/x", "start", start(&offer)).await);
    assert_eq!(pipelines(&server).await, 2);
    let nowhere = MediaServers::at([("ws://127.0.0.1:1/kurento".to_owned(), Options::default())]);
    let settings = Settings { handler_timeout: Duration::from_secs(5), ..Settings::default() };
    let host = Host::start(Application::new(nowhere).settings(settings).rtp("/rtp", Quiet)).await;
    assert_eq!(host.call("/rtp/x", "start", start(&offer)).await.error().2, 20030);
}

/// Plays the file that the content's name says, and records into it.
struct Files;

impl ContentHandler<HttpPlayer> for Files {
    async fn on_content_request(&self, session: Session<HttpPlayer>) -> Result<(), ContentError> {
        session.start(session.content_id().to_owned()).await
    }
}

impl ContentHandler<HttpRecorder> for Files {
    async fn on_content_request(&self, session: Session<HttpRecorder>) -> Result<(), ContentError> {
        session.start(session.content_id().to_owned()).await
    }
}

/// Polls until the session ends; its code.
async fn end_of(host: &Host, path: &str, session: &str) -> Json {
    loop {
        let mail = host.poll(path, session).await.result();
        if let Some(event) = mail["controlEvents"].get(0) {
            assert_eq!(event["type"], "sessionTerminated", "{mail}");
            return event["data"]["code"].clone();
        }
    }
}

#[tokio::test]
async fn a_clip_is_played_over_http_and_the_session_ends_with_it() {
    let Some(clip) = clip("mkv/bbb_480p_vp9_opus_1second.webm") else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = media_server_with_http(folder.path()).await;
    let simple = Access { protocol: Protocol::Simple, ..Access::default() };
    let application = Application::new(server.clone()).player("/play", Files).player_with("/file", simple, Files);
    let host = Host::start(application).await;
    let (session, url) = host.start_session(&format!("/play/{clip}")).await;
    assert!(url.starts_with("/tunnel/"), "{url}");
    let played = host.get(&url).await;
    assert!(played.header("content-type").starts_with("video/webm"), "{:?}", played.headers);
    assert!(played.body.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) && played.body.len() > 10_000, "{}", played.body.len());
    assert_eq!(end_of(&host, "/play", &session).await, 1);
    until_pipelines(&server, 0).await;
    let plainly = host.get(&format!("/file/{clip}")).await;
    assert!(plainly.body.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]));
    until_pipelines(&server, 0).await;
}

#[tokio::test]
async fn an_upload_is_recorded_by_the_media_server() {
    let Some(clip) = path("mkv/bbb_480p_vp9_opus_1second.webm") else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = media_server_with_http(folder.path()).await;
    let redirect = Access { delivery: Delivery::Redirect, ..Access::default() };
    let application =
        Application::new(server.clone()).recorder("/tunnel-it", Files).recorder_with("/direct", redirect, Files);
    let host = Host::start(application).await;
    for (path, direct) in [("/tunnel-it", false), ("/direct", true)] {
        let name = format!("{}.webm", &path[1..]);
        let (session, url) = host.start_session(&format!("{path}/{name}")).await;
        assert_eq!(url.starts_with("http://"), direct, "{url}");
        let answer = host.post(&url, "video/webm", std::fs::read(&clip).unwrap()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(end_of(&host, path, &session).await, 1);
        until_pipelines(&server, 0).await;
        let recorded = std::fs::metadata(folder.path().join(name)).unwrap().len();
        assert!(recorded > 10_000, "{recorded}");
    }
}
