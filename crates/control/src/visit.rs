//! Requests that come without a socket, each by itself: sessions are the same, and their events wait in a mailbox.

use crate::answers::{Asked, key};
use crate::call::Call;
use crate::connection::{Begun, Connection, required};
use crate::mailbox::Mailbox;
use crate::realm::Realm;
use crate::rpc::{Request, RpcError};
use serde_json::{Value as Json, json};
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

/// How long a poll waits that does not say.
const PATIENCE: f64 = 25_000.0;
/// How long a poll waits at the most, in milliseconds.
const LONGEST: f64 = 60_000.0;

/// Somebody with one request and no socket. It counts among the tenant's sockets until it is dropped.
pub struct Visit(Connection);

/// What became of a request at once.
pub enum Visited {
    /// It is answered.
    Answer(String),
    /// Objects are to be called, which may take long: the answer is what [`Call::finish`] gives.
    Call(Call),
    /// Events are asked for.
    Poll(Poll),
}

impl Visit {
    pub(crate) fn new(connection: Connection) -> Visit {
        Visit(connection)
    }

    /// Reads the request, and does what it says if that calls no object. Never waits.
    ///
    /// Besides the methods of a socket there is `poll`, with `sessionId` and, if it is wanted, `timeout` in milliseconds.
    /// Its answer has in `value` the events as a socket would be sent them, and in `lost` how many were lost before them.
    pub fn begin(&self, text: &str) -> Visited {
        let request = match self.0.read(text) {
            Ok(request) => request,
            Err(answer) => return Visited::Answer(answer),
        };
        if request.method != "poll" {
            return match self.0.start(request) {
                Begun::Answer(answer) => Visited::Answer(answer),
                Begun::Call(call) => Visited::Call(call),
            };
        }
        match self.poll(&request) {
            Ok(Waits::For(waiting)) => Visited::Poll(Poll { request, waiting }),
            Ok(Waits::Not(answer)) => Visited::Answer(answer.to_string()),
            Err(error) => Visited::Answer(request.reply(Err(error))),
        }
    }

    fn poll(&self, request: &Request) -> Result<Waits, RpcError> {
        let session = required(request, &request.session()?)?;
        let patience = request.number("timeout")?.unwrap_or(PATIENCE).clamp(0.0, LONGEST);
        self.0.exists(&session)?;
        let realm = Arc::clone(&self.0.realm);
        let settings = &realm.shared.settings;
        let mailbox = {
            let mut state = realm.state.lock();
            let known = state.sessions.entry(Arc::clone(&session)).or_default();
            let key = key(request.id.as_ref()).filter(|_| settings.request_cache);
            if let Some(answer) = key.and_then(|key| known.answers.given(&key, settings.clock.now())) {
                return Ok(Waits::Not(answer));
            }
            known.in_use = true;
            known.ask_by_mail()
        };
        let number = mailbox.begin();
        let patience = Duration::from_secs_f64(patience / 1_000.0);
        Ok(Waits::For(Waiting { realm, session, mailbox, number, patience }))
    }
}

/// Whether a poll waits.
enum Waits {
    For(Waiting),
    /// It was answered before.
    Not(Arc<str>),
}

/// A request for events. It is a sign of life of its session for as long as it is there.
pub struct Poll {
    request: Request,
    waiting: Waiting,
}

struct Waiting {
    realm: Arc<Realm>,
    session: Arc<str>,
    mailbox: Arc<Mailbox>,
    number: u64,
    patience: Duration,
}

impl Poll {
    /// How long it wants to wait for the first event.
    pub fn patience(&self) -> Duration {
        self.waiting.patience
    }

    /// Waits until there are events, or none can come any more: the session has ended, a later poll asks, a socket hears.
    pub async fn heard(&self) {
        poll_fn(|context| self.waiting.mailbox.ready(self.waiting.number, context)).await;
    }

    /// The answer, with what there is.
    pub fn finish(self) -> String {
        let Waiting { realm, session, mailbox, number, .. } = &self.waiting;
        let alive = realm.state.lock().sessions.contains_key(session);
        if !alive {
            return self.request.reply(Err(crate::connection::invalid(session).into()));
        }
        let (events, lost) = mailbox.take(*number);
        let told = !events.is_empty() || lost > 0;
        let events: Vec<Json> = events.iter().filter_map(|event| serde_json::from_str(event).ok()).collect();
        let result = json!({ "value": events, "lost": lost, "sessionId": &**session });
        let answer = self.request.reply(Ok(result));
        if told {
            self.waiting.remember(&self.request, &answer);
        }
        answer
    }
}

impl Waiting {
    /// Whoever asks again, with the same id, because the answer did not arrive is given it again.
    fn remember(&self, request: &Request, answer: &str) {
        let settings = &self.realm.shared.settings;
        let Some(key) = key(request.id.as_ref()).filter(|_| settings.request_cache) else { return };
        let now = settings.clock.now();
        let mut state = self.realm.state.lock();
        let Some(known) = state.sessions.get_mut(&self.session) else { return };
        if matches!(known.answers.ask(&key, now), Asked::New(_)) {
            known.answers.done(&key, &answer.into(), now);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.mailbox.leave(self.number);
    }
}
