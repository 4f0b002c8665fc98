//! The task that has the socket: requests out, answers and events in, and a new socket when that one breaks.

use super::dial::{Refused, Socket, Target};
use super::outbox::Outbox;
use super::{Line, Order};
use crate::error::ClientError;
use crate::server::{IN_FLIGHT, Options};
use crate::transport::Link;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

/// Time for one try to connect, the session's resumption among it.
const DIAL: Duration = Duration::from_secs(10);
/// The first wait before a try; each is twice as long as the one before.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long a server remembers its answers: what was asked longer ago might be done twice.
const REMEMBERED: Duration = Duration::from_secs(20);
/// How often a request is sent: one that the connection breaks at each time, because it is too long for the server, is
/// not to break it for ever.
const TRIES: u32 = 3;
/// Intervals of silence after which a connection is broken.
const SILENT: u32 = 3;
/// A session that the server does not know (any more).
const INVALID_SESSION: i32 = 40_007;

/// The task that has the socket.
pub struct Driver {
    target: Target,
    options: Options,
    orders: mpsc::Receiver<Order>,
    line: Arc<Line>,
    /// Requests that are not answered, in order; twice as many as may be under way, because those that nobody waits for any
    /// more stay for a while.
    pending: BTreeMap<u64, Order>,
    /// Whether the session may hold something, which would be lost with it.
    holds: bool,
}

/// Why a conversation is over.
enum End {
    /// The socket broke.
    Broken(String),
    /// Nobody wants it any more.
    Closed,
}

impl Driver {
    pub fn new(target: Target, options: Options, orders: mpsc::Receiver<Order>, line: Arc<Line>) -> Driver {
        Driver { target, options, orders, line, pending: BTreeMap::new(), holds: false }
    }

    /// Converses until nobody wants to any more, or the session is lost.
    pub async fn run(mut self, first: Socket) {
        let mut next = Some(first);
        while let Some(socket) = next {
            match self.converse(socket).await {
                End::Closed => break,
                End::Broken(why) => tracing::warn!(why, "the connection to the media server is broken"),
            }
            self.line.link.send_replace(Link::Broken);
            let line = Arc::clone(&self.line);
            next = tokio::select! {
                socket = self.reconnect() => socket,
                () = line.closing.notified() => None,
            };
        }
        self.line.events.end();
        self.line.link.send_replace(Link::Gone);
    }

    /// A socket with the session on it.
    pub async fn connect(&mut self) -> Result<Socket, Refused> {
        let opened = async {
            let mut socket = self.target.dial().await?;
            let session = Arc::clone(&self.line.session.lock());
            let mut resumed = self.enter(&mut socket, Some(&session).filter(|session| !session.is_empty())).await?;
            // What holds nothing is forgotten with its socket, and nothing is lost.
            if resumed.is_none() && !self.holds {
                resumed = self.enter(&mut socket, None).await?;
            }
            let session = resumed.ok_or_else(|| Refused::ForGood("the session has ended".to_owned()))?;
            *self.line.session.lock() = session;
            Ok(socket)
        };
        timeout(DIAL, opened).await.unwrap_or_else(|_| Err(Refused::Now("no answer came in time".to_owned())))
    }

    /// Binds a session to a socket, or begins one; `None` when the server does not know it.
    async fn enter(&self, socket: &mut Socket, session: Option<&Arc<str>>) -> Result<Option<Arc<str>>, Refused> {
        let now = |error: tokio_tungstenite::tungstenite::Error| Refused::Now(error.to_string());
        let params: Map<String, Json> =
            session.map(|session| ("sessionId".to_owned(), (&**session).into())).into_iter().collect();
        let (id, text) = self.line.write("connect", params);
        socket.send(Message::text(text)).await.map_err(now)?;
        loop {
            let message = socket.next().await.ok_or_else(|| Refused::Now("it was closed".to_owned()))?.map_err(now)?;
            let text = match &message {
                Message::Text(text) => text.as_str(),
                Message::Close(Some(frame)) => return Err(Refused::Now(format!("it was closed: {}", frame.reason))),
                _ => continue,
            };
            match self.line.read(text) {
                Some((answered, Ok(answer))) if answered == id => {
                    let session = answer.get("sessionId").and_then(Json::as_str);
                    let none = || Refused::ForGood("this is no media server".to_owned());
                    return Ok(Some(session.ok_or_else(none)?.into()));
                }
                Some((answered, Err(ClientError::Remote { code: INVALID_SESSION, .. }))) if answered == id => {
                    return Ok(None);
                }
                Some((answered, Err(error))) if answered == id => return Err(Refused::Now(error.to_string())),
                _ => {}
            }
        }
    }

    /// Tries until it stands again; `None` when the session is given up.
    async fn reconnect(&mut self) -> Option<Socket> {
        let begun = Instant::now();
        let mut wait = FIRST_WAIT;
        while begun.elapsed() < self.options.reconnect_for && !self.orders.is_closed() {
            sleep(scattered(wait)).await;
            match self.connect().await {
                Ok(socket) => {
                    self.line.link.send_replace(Link::Connected);
                    return Some(socket);
                }
                Err(Refused::ForGood(why)) => {
                    tracing::warn!(why, "the session with the media server is lost");
                    return None;
                }
                Err(Refused::Now(why)) => tracing::debug!(why, "the media server is not there yet"),
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        None
    }

    /// Requests out, answers and events in, until it ends.
    async fn converse(&mut self, socket: Socket) -> End {
        let (out, mut incoming) = socket.split();
        let mut outbox = Outbox::new(out);
        self.repeat(&mut outbox);
        let mut keep_alive = interval(self.options.keep_alive);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        let line = Arc::clone(&self.line);
        loop {
            tokio::select! {
                message = incoming.next() => match message {
                    Some(Ok(message)) => {
                        heard = Instant::now();
                        if let Message::Text(text) = message {
                            self.hear(text.as_str());
                        }
                    }
                    Some(Err(error)) => return End::Broken(error.to_string()),
                    None => return End::Broken("the server closed it".to_owned()),
                },
                order = self.orders.recv(), if self.pending.len() < 2 * IN_FLIGHT => {
                    let Some(order) = order else {
                        outbox.close().await;
                        return End::Closed;
                    };
                    self.pending.entry(order.id).or_insert(order).send(&mut outbox);
                }
                error = outbox.write() => return End::Broken(error.to_string()),
                _ = keep_alive.tick() => {
                    self.pending.retain(|_, order| !order.answer.is_closed());
                    if heard.elapsed() > self.silence() {
                        return End::Broken("the server says nothing".to_owned());
                    }
                    outbox.push(Message::Ping(Default::default()));
                }
                () = line.closing.notified() => {
                    let _ = timeout(DIAL, outbox.close()).await;
                    return End::Closed;
                }
            }
        }
    }

    /// How long a server may say nothing. It reads no ping while it is at work on a request.
    fn silence(&self) -> Duration {
        let silence = self.options.keep_alive * SILENT;
        if self.pending.is_empty() { silence } else { silence.max(self.options.patience) }
    }

    fn hear(&mut self, text: &str) {
        let Some((id, outcome)) = self.line.read(text) else { return };
        let Some(order) = self.pending.remove(&id) else { return };
        self.holds |= outcome.is_ok();
        let _ = order.answer.send(outcome);
    }

    /// Asks again what was not answered, by the same ids; what the server may have forgotten that it did, not.
    fn repeat(&mut self, outbox: &mut Outbox) {
        for (id, mut order) in std::mem::take(&mut self.pending) {
            if order.answer.is_closed() {
                continue;
            }
            if order.asked.elapsed() >= REMEMBERED {
                let _ = order.answer.send(Err(ClientError::Timeout));
            } else if order.sent == TRIES {
                let _ =
                    order.answer.send(Err(ClientError::Connect("it breaks each time that this is asked".to_owned())));
            } else {
                order.send(outbox);
                self.pending.insert(id, order);
            }
        }
    }
}

impl Order {
    fn send(&mut self, outbox: &mut Outbox) {
        self.sent += 1;
        outbox.push(Message::text(self.text.clone()));
    }
}

/// About so long: from three quarters to five quarters of it, so that not all clients come back at once.
fn scattered(wait: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    wait.mul_f64(0.75 + (random % 512) as f64 / 1_024.0)
}
