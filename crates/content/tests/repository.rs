//! Repositories: items that are found again, recordings that stop half-way, uploads and downloads with ranges.

mod support;

use axum::body::Body;
use axum::http::Request;
use futures_util::stream;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use support::{Host, until};
use trellis_content::{
    Access, Application, Attributes, ContentError, ContentHandler, HttpPlayer, HttpRecorder, Item, ItemState,
    MediaServers, Protocol, Repository, Session,
};

fn attributes(pairs: &[(&str, &str)]) -> Attributes {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn code<T: std::fmt::Debug>(result: Result<T, ContentError>) -> i32 {
    result.unwrap_err().code.0
}

async fn fill(item: &Item, text: &'static str) {
    item.receive(Some("video/webm"), stream::iter([Ok(text.into())])).await.unwrap();
}

/// What every repository does; `open` opens the same one again.
async fn keeps_its_items(open: impl Fn() -> Repository) {
    let repository = open();
    let item = repository.create(attributes(&[("room", "blue"), ("by", "ann")])).await.unwrap();
    let other = repository.create(attributes(&[("room", "red")])).await.unwrap();
    assert_eq!(item.state().await.unwrap(), ItemState::Empty);
    fill(&item, "0123456789").await;
    assert_eq!(code(item.receive(None, stream::iter([Ok("again".into())])).await), 20035, "recorded once");
    let broken = stream::iter([Ok("half".into()), Err(io::ErrorKind::ConnectionReset.into())]);
    assert_eq!(code(other.receive(None, broken).await), 20026);
    assert_eq!(other.state().await.unwrap(), ItemState::Incomplete { bytes: 4 }, "what came is kept and marked");
    other.set_attributes(attributes(&[("room", "green")])).await.unwrap();

    let again = open();
    let found = again.find(&item.id()).await.unwrap();
    assert_eq!(found.state().await.unwrap(), ItemState::Complete { bytes: 10 });
    assert_eq!(found.attributes().await.unwrap()["by"], "ann");
    let rooms = |room: &'static str| {
        let again = again.clone();
        async move { again.with_attribute("room", room).await.unwrap() }
    };
    assert_eq!(rooms("green").await[0].id(), other.id());
    assert!(rooms("red").await.is_empty());
    assert_eq!(again.find(&other.id()).await.unwrap().state().await.unwrap(), ItemState::Incomplete { bytes: 4 });
    found.remove().await.unwrap();
    assert_eq!(code(again.find(&item.id()).await), 20034);
    assert!(rooms("blue").await.is_empty());
}

#[tokio::test]
async fn a_folder_keeps_its_items() {
    let folder = tempfile::tempdir().unwrap();
    keeps_its_items(|| Repository::folder(folder.path().join("new")).unwrap()).await;
}

#[cfg(feature = "object-store")]
#[tokio::test]
async fn an_object_store_keeps_its_items() {
    let store = std::sync::Arc::new(object_store::memory::InMemory::new());
    keeps_its_items(|| Repository::object_store(store.clone(), "recordings/of today")).await;
    let item = Repository::object_store(store.clone(), "x").create(Attributes::new()).await.unwrap();
    assert_eq!(code(item.record().await.map(|_| ())), 20022);
    fill(&item, "x").await;
    assert_eq!(code(item.url_for_playing().await), 20021);
}

#[tokio::test]
async fn a_recording_that_the_process_did_not_end_is_incomplete() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::folder(folder.path()).unwrap();
    let item = repository.create(Attributes::new()).await.unwrap();
    let recording = item.record().await.unwrap();
    assert_eq!(item.state().await.unwrap(), ItemState::Recording);
    std::fs::write(recording.url().strip_prefix("file://").unwrap(), "so far").unwrap();
    let after = Repository::folder(folder.path()).unwrap().find(&item.id()).await.unwrap();
    assert_eq!(after.state().await.unwrap(), ItemState::Incomplete { bytes: 6 }, "as after a restart");
    recording.end().await.unwrap();
    assert_eq!(item.state().await.unwrap(), ItemState::Complete { bytes: 6 });
}

#[tokio::test]
async fn an_item_that_is_being_recorded_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::folder(folder.path()).unwrap();
    let item = repository.create(Attributes::new()).await.unwrap();
    let recording = item.record().await.unwrap();
    assert_eq!(code(item.clone().remove().await), 20035);
    assert_eq!(code(item.set_attributes(Attributes::new()).await), 20035);
    assert_eq!(code(item.url_for_playing().await), 20036);
    drop(recording);
    assert_eq!(item.state().await.unwrap(), ItemState::Incomplete { bytes: 0 });
    item.remove().await.unwrap();
}

#[tokio::test]
async fn names_of_strangers_lead_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret.json"), r#"{"attributes":{},"kept":"empty"}"#).unwrap();
    let repository = Repository::folder(folder.path().join("inside")).unwrap();
    for name in ["../secret", "", ".", "/etc/passwd", "550e8400-e29b-41d4-a716-446655440000"] {
        assert_eq!(code(repository.find(name).await), 20034, "{name}");
    }
    let many: BTreeMap<String, String> = (0..65).map(|number| (number.to_string(), String::new())).collect();
    assert_eq!(code(repository.create(many).await), 10014);
}

/// Plays and records the item of an id.
struct Shelf(Repository);

impl ContentHandler<HttpPlayer> for Shelf {
    async fn on_content_request(&self, session: Session<HttpPlayer>) -> Result<(), ContentError> {
        session.start(self.0.find(session.content_id()).await?).await
    }
}

impl ContentHandler<HttpRecorder> for Shelf {
    async fn on_content_request(&self, session: Session<HttpRecorder>) -> Result<(), ContentError> {
        session.start(self.0.find(session.content_id()).await?).await
    }
}

async fn shelf(folder: &Path) -> (Host, Repository) {
    let repository = Repository::folder(folder).unwrap();
    let shelf = || Shelf(repository.clone());
    let simple = Access { protocol: Protocol::Simple, ..Access::default() };
    let application = Application::new(MediaServers::of([]))
        .player("/play", shelf())
        .recorder("/record", shelf())
        .player_with("/file", simple, shelf())
        .recorder_with("/upload", simple, shelf());
    (Host::start(application).await, repository)
}

#[tokio::test]
async fn an_item_is_sent_with_ranges() {
    let folder = tempfile::tempdir().unwrap();
    let (host, repository) = shelf(folder.path()).await;
    let item = repository.create(Attributes::new()).await.unwrap();
    fill(&item, "0123456789").await;
    let (_, url) = host.start_session(&format!("/play/{}", item.id())).await;
    let whole = host.get(&url).await;
    assert_eq!((whole.text(), whole.header("accept-ranges")), ("0123456789", "bytes"));
    assert_eq!(whole.header("content-type"), "video/webm");
    let ranged = |range: &'static str, tag: Option<&str>| {
        let request = Request::get(host.url(&url)).header("range", range);
        let request = if let Some(tag) = tag { request.header("if-range", tag) } else { request };
        host.send(request.body(Body::empty()).unwrap())
    };
    let part = ranged("bytes=2-4", None).await;
    assert_eq!((part.status.as_u16(), part.text()), (206, "234"));
    assert_eq!(part.header("content-range"), "bytes 2-4/10");
    assert_eq!(ranged("bytes=-2", Some(whole.header("etag"))).await.text(), "89");
    assert_eq!(ranged("bytes=-2", Some("\"other\"")).await.text(), "0123456789");
    let beyond = ranged("bytes=10-", None).await;
    assert_eq!((beyond.status.as_u16(), beyond.header("content-range")), (416, "bytes */10"));
}

#[tokio::test]
async fn an_upload_is_received_raw_and_as_a_form() {
    let folder = tempfile::tempdir().unwrap();
    let (host, repository) = shelf(folder.path()).await;
    let form = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno\r\n\
                --x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.webm\"\r\nContent-Type: video/x\r\n\r\n\
                media\r\n--x--\r\n";
    for (kind, body) in [("video/x", "media"), ("multipart/form-data; boundary=x", form)] {
        let item = repository.create(Attributes::new()).await.unwrap();
        let (_, url) = host.start_session(&format!("/record/{}", item.id())).await;
        assert_eq!(host.post(&url, kind, body).await.status, 201);
        assert_eq!(item.state().await.unwrap(), ItemState::Complete { bytes: 5 }, "{kind}");
        let played = host.get(&format!("/file/{}", item.id())).await;
        assert_eq!((played.text(), played.header("content-type")), ("media", "video/x"));
    }
    until("simple sessions end with their transfers", || host.running.sessions() <= 2).await;
}

#[tokio::test]
async fn an_upload_that_stops_half_way_is_kept_and_marked() {
    let folder = tempfile::tempdir().unwrap();
    let (host, repository) = shelf(folder.path()).await;
    let item = repository.create(Attributes::new()).await.unwrap();
    let (session, url) = host.start_session(&format!("/record/{}", item.id())).await;
    host.break_off(&url, "01234").await;
    let mut state = item.state().await.unwrap();
    for _ in 0..200 {
        if state != ItemState::Recording && state != ItemState::Empty {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        state = item.state().await.unwrap();
    }
    assert_eq!(state, ItemState::Incomplete { bytes: 5 });
    assert_eq!(host.poll("/record", &session).await.status, 200, "the client may still ask what happened");
}
