//! A server over the network: one WebSocket, made anew when it breaks.
//!
//! The session outlives its socket: when a new one stands, the session is resumed on it, and requests whose answers were
//! lost are sent again with the ids that they had, so that the server does none of them twice.

mod dial;
mod driver;
mod outbox;

use crate::error::ClientError;
use crate::events::Switchboard;
use crate::server::{IN_FLIGHT, Options};
use crate::transport::{Answer, Link, Transport, outcome, request_text};
use dial::Target;
use driver::Driver;
use parking_lot::Mutex;
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::Instant;

/// The end where requests are put in; the [`Driver`] has the other.
pub(crate) struct Remote {
    orders: mpsc::Sender<Order>,
    line: Arc<Line>,
}

/// What both ends know.
struct Line {
    session: Mutex<Arc<str>>,
    next: AtomicU64,
    link: watch::Sender<Link>,
    closing: Notify,
    events: Arc<Switchboard>,
}

/// A request on its way.
struct Order {
    id: u64,
    text: String,
    asked: Instant,
    /// How often it was sent.
    sent: u32,
    answer: oneshot::Sender<Result<Json, ClientError>>,
}

impl Remote {
    /// Connects, and gives the socket to a task of its own.
    pub async fn open(url: &str, options: Options, events: Arc<Switchboard>) -> Result<Remote, ClientError> {
        let line = Arc::new(Line {
            session: Mutex::new("".into()),
            next: AtomicU64::new(0),
            link: watch::Sender::new(Link::Connected),
            closing: Notify::new(),
            events,
        });
        let target = Target::new(url, &options)?;
        let (orders, ordered) = mpsc::channel(IN_FLIGHT);
        let mut driver = Driver::new(target, options, ordered, Arc::clone(&line));
        let socket = driver.connect().await.map_err(|refused| ClientError::Connect(refused.to_string()))?;
        tokio::spawn(driver.run(socket));
        Ok(Remote { orders, line })
    }
}

impl Line {
    /// The text of a request, and the id that it has.
    fn write(&self, method: &str, params: Map<String, Json>) -> (u64, String) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        (id, request_text(&id.into(), method, params))
    }

    /// Takes a message of the server: an event to those who hear it. An answer is given back with the id of its request.
    fn read(&self, text: &str) -> Option<(u64, Result<Json, ClientError>)> {
        let message: Json = serde_json::from_str(text).ok()?;
        if message.get("method").is_some_and(|method| method == "onEvent") {
            self.events.notify(message);
            return None;
        }
        Some((message.get("id")?.as_u64()?, outcome(message)))
    }
}

impl Transport for Remote {
    fn request<'a>(&'a self, method: &'a str, params: Map<String, Json>) -> Answer<'a> {
        Box::pin(async move {
            let (id, text) = self.line.write(method, params);
            let (answer, answered) = oneshot::channel();
            let order = Order { id, text, asked: Instant::now(), sent: 0, answer };
            self.orders.send(order).await.map_err(|_| ClientError::Gone)?;
            answered.await.unwrap_or(Err(ClientError::Gone))
        })
    }

    fn session(&self) -> Arc<str> {
        Arc::clone(&self.line.session.lock())
    }

    fn link(&self) -> watch::Receiver<Link> {
        self.line.link.subscribe()
    }

    fn close(&self) {
        self.line.closing.notify_one();
    }
}
