//! Sessions over the Open API: starts, long polls, commands, ends by either side.

mod support;

use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{Host, until};
use tokio::sync::Notify;
use trellis_content::{
    Application, Attributes, Code, Command, ContentError, ContentHandler, HttpPlayer, Item, MediaServers, Reason,
    Repository, Session, Settings, State,
};

/// A player of one item that does what the content's name and the commands say.
#[derive(Clone)]
struct Player {
    item: Item,
    seen: Arc<Mutex<Vec<String>>>,
    sessions: Arc<Mutex<Vec<Session<HttpPlayer>>>>,
    go: Arc<Notify>,
    _folder: Arc<tempfile::TempDir>,
}

impl Player {
    fn note(&self, what: impl Into<String>) {
        self.seen.lock().unwrap().push(what.into());
    }

    fn seen(&self, what: &str) -> bool {
        self.seen.lock().unwrap().iter().any(|seen| seen == what)
    }

    fn session(&self) -> Session<HttpPlayer> {
        self.sessions.lock().unwrap().last().unwrap().clone()
    }
}

impl ContentHandler<HttpPlayer> for Player {
    async fn on_content_request(&self, session: Session<HttpPlayer>) -> Result<(), ContentError> {
        self.sessions.lock().unwrap().push(session.clone());
        self.note(format!("request {}", session.content_id()));
        match session.content_id() {
            "refuse" => session.terminate(Code(403), "not you"),
            "fail" => return Err(ContentError::new(Code(20034), "gone")),
            "panic" => panic!("the content's name says so"),
            "late" => {
                self.go.notified().await;
                session.start(self.item.clone()).await?;
            }
            "later" => {
                let (handler, go) = (self.clone(), Arc::clone(&self.go));
                tokio::spawn(async move {
                    go.notified().await;
                    session.start(handler.item).await
                });
            }
            "never" => {}
            _ => session.start(self.item.clone()).await?,
        }
        Ok(())
    }

    async fn on_content_started(&self, session: Session<HttpPlayer>) -> Result<(), ContentError> {
        self.note("started");
        assert_ne!(session.content_id(), "panic after");
        Ok(())
    }

    async fn on_content_command(&self, session: Session<HttpPlayer>, command: Command) -> Result<String, ContentError> {
        match command.kind.as_str() {
            "panic" => panic!("the command says so"),
            "wait" => {
                self.note("waiting");
                self.go.notified().await;
                self.note("waited");
                Ok(String::new())
            }
            "fail" => Err(ContentError::new(Code(418), command.data)),
            "publish" => session.publish_event("mood", command.data).map(|()| "told".to_owned()),
            "end" => {
                session.terminate(Code(7), "the show is over");
                Ok(String::new())
            }
            _ => Ok(format!("{}!", command.data)),
        }
    }

    async fn on_session_terminated(&self, session: Session<HttpPlayer>, reason: Reason) {
        assert_eq!(session.state(), State::Terminated);
        self.note(format!("terminated {} {:?}", reason.code, reason.by));
    }

    async fn on_uncaught_error(&self, _: Session<HttpPlayer>, error: ContentError) {
        self.note(format!("uncaught {}", error.code));
    }
}

struct World {
    host: Host,
    player: Player,
}

async fn world(settings: Settings) -> World {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::folder(folder.path()).unwrap();
    let item = repository.create(Attributes::new()).await.unwrap();
    item.receive(Some("video/webm"), futures_util::stream::iter([Ok("0123456789".into())])).await.unwrap();
    let (seen, sessions, go) = Default::default();
    let player = Player { item, seen, sessions, go, _folder: Arc::new(folder) };
    let application = Application::new(MediaServers::of([])).settings(settings).player("/play", player.clone());
    World { host: Host::start(application).await, player }
}

fn quick() -> Settings {
    Settings {
        poll: Duration::from_millis(200),
        idle: Duration::from_millis(600),
        handler_timeout: Duration::from_millis(500),
        ..Settings::default()
    }
}

#[tokio::test]
async fn a_session_goes_from_start_to_terminate() {
    let World { host, player, .. } = world(Settings::default()).await;
    let (session, url) = host.start_session("/play/some/clip.webm").await;
    assert!(player.seen("request some/clip.webm"), "the name holds slashes");
    assert_eq!(host.get(&url).await.text(), "0123456789");
    until("it has started", || player.seen("started")).await;
    assert_eq!(host.execute("/play/x", Some(&session), "greet", "hello").await.result()["commandResult"], "hello!");
    assert_eq!(host.terminate("/play", &session).await.result(), json!({}));
    until("the handler knows", || player.seen("terminated 1 ByClient")).await;
    assert_eq!(host.get(&url).await.status, 404, "its URL ends with it");
    assert_eq!(host.poll("/play", &session).await.error(), (400, -32602, 10021));
}

#[tokio::test]
async fn a_poll_waits_for_an_event() {
    let World { host, .. } = world(Settings::default()).await;
    let (session, _) = host.start_session("/play/a").await;
    let told = async {
        assert_eq!(host.execute("/play/a", Some(&session), "publish", "merry").await.result()["commandResult"], "told");
    };
    let begun = Instant::now();
    let (mail, ()) = tokio::join!(host.poll("/play/a", &session), told);
    assert_eq!(mail.result(), json!({ "contentEvents": [{ "type": "mood", "data": "merry" }] }));
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_poll_without_events_is_answered_empty_after_its_time() {
    let World { host, .. } = world(quick()).await;
    let (session, _) = host.start_session("/play/a").await;
    let begun = Instant::now();
    assert_eq!(host.poll("/play/a", &session).await.result(), json!({}));
    assert!(begun.elapsed() >= Duration::from_millis(200), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_new_poll_interrupts_the_old_one() {
    let World { host, .. } = world(Settings::default()).await;
    let (session, _) = host.start_session("/play/a").await;
    let begun = Instant::now();
    let second = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        host.poll("/play/a", &session).await
    };
    let third = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        host.terminate("/play/a", &session).await
    };
    let (first, second, _) = tokio::join!(host.poll("/play/a", &session), second, third);
    assert_eq!((first.result(), second.result()), (json!({}), json!({})));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn the_application_ends_a_session_and_the_client_learns_it_within_a_second() {
    let World { host, player, .. } = world(Settings::default()).await;
    let (session, url) = host.start_session("/play/a").await;
    let begun = Instant::now();
    let end = async { player.session().terminate(Code(7), "the show is over") };
    let (mail, ()) = tokio::join!(host.poll("/play/a", &session), end);
    let ended = json!([{ "type": "sessionTerminated", "data": { "code": 7, "message": "the show is over" } }]);
    assert_eq!(mail.result(), json!({ "controlEvents": ended }));
    assert!(begun.elapsed() < Duration::from_secs(1));
    until("the handler knows", || player.seen("terminated 7 ByApplication")).await;
    assert_eq!(host.poll("/play/a", &session).await.error(), (400, -32602, 10021));
    assert_eq!(host.get(&url).await.status, 404);
    until("it is forgotten", || host.running.sessions() == 0).await;
}

#[tokio::test]
async fn an_end_waits_for_the_next_poll() {
    let World { host, .. } = world(Settings::default()).await;
    let (session, _) = host.start_session("/play/a").await;
    host.execute("/play/a", Some(&session), "end", "").await.result();
    let mail = host.poll("/play/a", &session).await.result();
    assert_eq!(mail["controlEvents"][0]["data"]["code"], 7);
}

#[tokio::test]
async fn a_refused_start_has_no_session() {
    let World { host, player, .. } = world(Settings::default()).await;
    let answer = host.call("/play/refuse", "start", json!({})).await;
    assert_eq!(answer.result(), json!({ "rejected": { "code": 403, "message": "not you" } }));
    until("it is forgotten", || host.running.sessions() == 0).await;
    until("the handler knows", || player.seen("terminated 403 ByApplication")).await;
}

#[tokio::test]
async fn a_session_is_started_once() {
    let World { host, .. } = world(Settings::default()).await;
    let (session, _) = host.start_session("/play/a").await;
    let again = host.call("/play/a", "start", json!({ "sessionId": session })).await;
    assert_eq!(again.error(), (403, -32603, 10011));
    assert_eq!(host.execute("/play/a", Some(&session), "greet", "still here").await.status, 200);
}

#[tokio::test]
async fn a_command_begins_a_session_that_is_polled_and_then_started() {
    let World { host, .. } = world(Settings::default()).await;
    let begun = host.execute("/play/a", None, "publish", "early").await.result();
    let session = begun["sessionId"].as_str().unwrap();
    assert_eq!(host.poll("/play/a", session).await.result()["contentEvents"][0]["data"], "early");
    let started = host.call("/play/a", "start", json!({ "sessionId": session })).await.result();
    assert_eq!(started["sessionId"], session);
    assert_eq!(host.get(started["url"].as_str().unwrap()).await.text(), "0123456789");
}

#[tokio::test]
async fn a_first_command_that_fails_leaves_no_session() {
    let World { host, .. } = world(Settings::default()).await;
    assert_eq!(host.execute("/play/a", None, "fail", "no").await.error(), (418, -32400, 418));
    until("it is forgotten", || host.running.sessions() == 0).await;
}

#[tokio::test]
async fn a_session_whose_first_command_lost_its_client_expires() {
    let World { host, player, .. } = world(quick()).await;
    tokio::select! {
        _ = host.execute("/play/a", None, "wait", "") => panic!("it waits"),
        () = until("it waits", || player.seen("waiting")) => {}
    }
    player.go.notify_one();
    until("it is done all the same", || player.seen("waited")).await;
    until("it is forgotten", || host.running.sessions() == 0).await;
}

#[tokio::test]
async fn a_client_that_leaves_before_the_answer_ends_its_session() {
    let World { host, player, .. } = world(Settings::default()).await;
    let start = host.call("/play/never", "start", json!({}));
    assert!(tokio::time::timeout(Duration::from_millis(200), start).await.is_err());
    until("the handler knows", || player.seen("terminated 408 ByClient")).await;
    until("it is forgotten", || host.running.sessions() == 0).await;
}

#[tokio::test]
async fn a_session_that_ends_while_it_starts_is_rejected() {
    let World { host, player, .. } = world(Settings::default()).await;
    let terminate = async {
        until("it is asked for", || player.seen("request late")).await;
        host.terminate("/play/late", &player.session().id()).await.result();
        player.go.notify_one();
    };
    let (answer, ()) = tokio::join!(host.call("/play/late", "start", json!({})), terminate);
    assert_eq!(answer.result()["rejected"]["message"], "User ended session");
}

#[tokio::test]
async fn a_handler_may_start_a_session_when_it_has_returned() {
    let World { host, player, .. } = world(Settings::default()).await;
    let go = async {
        until("it is asked for", || player.seen("request later")).await;
        player.go.notify_one();
    };
    let (answer, ()) = tokio::join!(host.call("/play/later", "start", json!({})), go);
    assert!(answer.result()["url"].is_string());
}

#[tokio::test]
async fn a_handler_that_never_answers_is_answered_for() {
    let World { host, .. } = world(quick()).await;
    assert_eq!(host.call("/play/never", "start", json!({})).await.error(), (503, -32600, 20010));
    assert_eq!(host.call("/play/late", "start", json!({})).await.error(), (503, -32600, 20010), "one that hangs");
    until("it is forgotten", || host.running.sessions() == 0).await;
}

#[tokio::test]
async fn a_handler_that_panics_ends_its_own_session_alone() {
    let World { host, player, .. } = world(Settings::default()).await;
    let (other, _) = host.start_session("/play/a").await;
    assert_eq!(host.call("/play/panic", "start", json!({})).await.error(), (500, -32400, 9999));
    until("it is told", || player.seen("uncaught 9999")).await;
    let (session, _) = host.start_session("/play/b").await;
    assert_eq!(host.execute("/play/b", Some(&session), "panic", "").await.error(), (500, -32500, 10025));
    until("it is told", || player.seen("uncaught 10025")).await;
    let mail = host.poll("/play/b", &session).await.result();
    assert_eq!(mail["controlEvents"][0]["data"]["code"], 10025);
    let (session, _) = host.start_session("/play/panic%20after").await;
    let mail = host.poll("/play/b", &session).await.result();
    assert_eq!(mail["controlEvents"][0]["data"]["code"], 9999, "a panic after the start");
    assert_eq!(host.execute("/play/a", Some(&other), "greet", "alive").await.status, 200);
}

#[tokio::test]
async fn an_error_of_a_handler_is_the_answer() {
    let World { host, player, .. } = world(Settings::default()).await;
    assert_eq!(host.call("/play/fail", "start", json!({})).await.error(), (500, -32400, 20034));
    until("it is told", || player.seen("uncaught 20034")).await;
    until("it is forgotten", || host.running.sessions() == 0).await;
}

#[tokio::test]
async fn a_session_that_nobody_polls_ends() {
    let World { host, player, .. } = world(quick()).await;
    let (idle, _) = host.start_session("/play/a").await;
    let (polled, _) = host.start_session("/play/b").await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(1000) {
        assert_eq!(host.poll("/play/b", &polled).await.result(), json!({}));
    }
    until("the idle one ended", || player.seen("terminated 20029 ByApplication")).await;
    assert_eq!(host.poll("/play/b", &polled).await.result(), json!({}), "who polls lives");
    until("it is forgotten", || host.running.sessions() == 1).await;
    assert_eq!(host.poll("/play/a", &idle).await.error().2, 10021);
}

#[tokio::test]
async fn there_are_as_many_sessions_as_there_may_be() {
    let World { host, .. } = world(Settings { max_sessions: 2, ..Settings::default() }).await;
    let (first, _) = host.start_session("/play/a").await;
    host.start_session("/play/b").await;
    assert_eq!(host.call("/play/c", "start", json!({})).await.error(), (503, -32000, 20011));
    host.terminate("/play/a", &first).await.result();
    until("there is room", || host.running.sessions() == 1).await;
    host.start_session("/play/c").await;
}

#[tokio::test]
async fn an_application_that_ends_tells_those_who_poll() {
    let World { host, player, .. } = world(Settings::default()).await;
    let (session, _) = host.start_session("/play/a").await;
    let (mail, ()) = tokio::join!(host.poll("/play/a", &session), host.running.close());
    assert_eq!(mail.result()["controlEvents"][0]["data"]["code"], 20041);
    until("the handler knows", || player.seen("terminated 20041 ByApplication")).await;
    assert_eq!(host.call("/play/a", "start", json!({})).await.error(), (500, -32400, 20041));
}

#[tokio::test]
async fn what_a_session_holds_is_released_once_the_last_first() {
    let World { host, player, .. } = world(Settings::default()).await;
    let (session, _) = host.start_session("/play/a").await;
    for name in ["first", "second"] {
        let noting = player.clone();
        player.session().when_ended(move || async move { noting.note(name) }).await.unwrap();
    }
    host.terminate("/play/a", &session).await.result();
    until("both are released", || player.seen("first")).await;
    let seen = player.seen.lock().unwrap().clone();
    let released: Vec<&String> = seen.iter().filter(|seen| ["first", "second"].contains(&seen.as_str())).collect();
    assert_eq!(released, ["second", "first"]);
    let noting = player.clone();
    let late = player.session().when_ended(move || async move { noting.note("late") }).await;
    assert_eq!(late.unwrap_err().code, Code::ILLEGAL_STATE);
    assert!(player.seen("late"), "what comes too late is released at once");
}

#[tokio::test]
async fn a_session_of_one_path_is_unknown_at_another() {
    let World { player, .. } = world(Settings::default()).await;
    let application = Application::new(MediaServers::of([])).player("/a", player.clone()).player("/b", player);
    let both = Host::start(application).await;
    let (session, _) = both.start_session("/a/x").await;
    assert_eq!(both.poll("/b/x", &session).await.error().2, 10021);
    assert_eq!(both.terminate("/b/x", &session).await.error().2, 10021);
}

#[tokio::test]
async fn a_nested_router_gives_urls_that_lead_to_it() {
    let World { player, .. } = world(Settings::default()).await;
    let (router, running) = Application::new(MediaServers::of([])).player("/play", player).open();
    let host = Host::of(axum::Router::new().nest("/deep/app", router), running).await;
    let (_, url) = host.start_session("/deep/app/play/a").await;
    assert!(url.starts_with("/deep/app/tunnel/"), "{url}");
    assert_eq!(host.get(&url).await.text(), "0123456789");
    assert_eq!(host.running.sessions(), 1);
}
