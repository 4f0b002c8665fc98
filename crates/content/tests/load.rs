//! Five hundred clients at once, each with a session that polls.

mod support;

use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{Host, until};
use tokio::task::JoinSet;
use trellis_content::{Application, Code, ContentError, ContentHandler, HttpPlayer, MediaServers, Session};

const SESSIONS: usize = 500;
/// Events that each session is told of.
const EVENTS: usize = 5;

#[derive(Clone, Default)]
struct Crowd(Arc<Mutex<Vec<Session<HttpPlayer>>>>);

impl ContentHandler<HttpPlayer> for Crowd {
    async fn on_content_request(&self, session: Session<HttpPlayer>) -> Result<(), ContentError> {
        session.start_at("http://127.0.0.1:1/").await?;
        self.0.lock().unwrap().push(session);
        Ok(())
    }
}

/// Polls until the session ends; the events that came, in order.
async fn follow(host: &Host) -> Vec<String> {
    let (session, _) = host.start_session("/play/x").await;
    let mut events = Vec::new();
    loop {
        let mail = host.poll("/play/x", &session).await.result();
        let told = mail["contentEvents"].as_array().into_iter().flatten();
        events.extend(told.map(|event| event["data"].as_str().unwrap().to_owned()));
        if mail.get("controlEvents").is_some() {
            return events;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_sessions_poll_and_lose_nothing() {
    let crowd = Crowd::default();
    let host = Arc::new(Host::start(Application::new(MediaServers::of([])).player("/play", crowd.clone())).await);
    let begun = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..SESSIONS {
        let host = Arc::clone(&host);
        clients.spawn(async move { follow(&host).await });
    }
    until("all have started", || crowd.0.lock().unwrap().len() == SESSIONS).await;
    let sessions = crowd.0.lock().unwrap().clone();
    for number in 0..EVENTS {
        for session in &sessions {
            session.publish_event("count", number.to_string()).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for session in &sessions {
        session.terminate(Code(7), "the show is over");
    }
    let all: Vec<String> = (0..EVENTS).map(|number| number.to_string()).collect();
    while let Some(events) = clients.join_next().await {
        assert_eq!(events.unwrap(), all);
    }
    until("all are forgotten", || host.running.sessions() == 0).await;
    println!("{SESSIONS} sessions in {:?}", begun.elapsed());
    assert_eq!(host.call("/play/x", "start", json!({})).await.status, 200);
}
