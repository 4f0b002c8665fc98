//! WebSockets: who may open one, messages in, answers and events out.
//!
//! A message that calls no object is answered where it is read. The others are done on threads: one at a time for each
//! socket, so that answers keep the order of requests, and a thread for each that is at work, so that one who waits
//! for a slow object delays nobody else.

use crate::access::{Access, Admission};
use crate::config::Limits;
use crate::outbox::Outbox;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use trellis_control::{Begun, Call, Connection, Control};

/// A call that takes longer is told of in the log.
const SLOW: Duration = Duration::from_secs(2);
/// A call that finds no thread for so long is refused.
const NO_THREAD: Duration = Duration::from_secs(1);
/// Longer messages are read on a thread too.
const LONG: usize = 16 << 10;
/// First size of a socket's buffers; they grow with what comes.
const BUFFER: usize = 4 << 10;

/// What all sockets share.
pub struct Desk {
    pub control: Control,
    pub access: Arc<Access>,
    pub path: String,
    threads: Arc<Semaphore>,
    message_bytes: usize,
    requests_per_second: Option<u32>,
}

impl Desk {
    pub fn new(control: Control, access: Arc<Access>, path: &str, limits: &Limits) -> Desk {
        Desk {
            control,
            access,
            path: path.trim_matches('/').to_owned(),
            threads: Arc::new(Semaphore::new(limits.call_threads.clamp(1, Semaphore::MAX_PERMITS))),
            message_bytes: limits.message_bytes,
            requests_per_second: limits.requests_per_second,
        }
    }
}

/// Takes what wants to become a WebSocket, whatever its path, as Kurento does; the rest goes on.
pub async fn intercept(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let wanted = request.headers().get(header::UPGRADE);
    if !wanted.is_some_and(|wanted| wanted.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return next.run(request).await;
    }
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        // The health check of Kurento's container asks like that, and takes this status for health.
        Err(_) => return (StatusCode::INTERNAL_SERVER_ERROR, "This is no WebSocket handshake.\n").into_response(),
    };
    let admission = match desk.access.admit(&parts.headers, &parts.uri) {
        Ok(admission) => admission,
        Err(refused) => return refused.into_response(),
    };
    let right_path = parts.uri.path().strip_prefix('/') == Some(&*desk.path);
    let upgrade = upgrade
        .max_message_size(desk.message_bytes)
        .max_frame_size(desk.message_bytes)
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER);
    upgrade.on_upgrade(async move |mut socket| {
        if right_path {
            converse(desk, socket, admission).await;
        } else {
            let _ = socket.send(close(close_code::PROTOCOL, "Invalid path")).await;
        }
    })
}

fn close(code: u16, reason: impl Into<Utf8Bytes>) -> Message {
    Message::Close(Some(CloseFrame { code, reason: reason.into() }))
}

/// As much of a text as fits the frame that closes a socket (RFC 6455 section 5.5, less two bytes of its code).
fn reason(text: &str) -> String {
    text[..text.floor_char_boundary(123)].to_owned()
}

/// Whether what could not be read is longer than a message may be.
fn is_too_long(error: &axum::Error) -> bool {
    let inner = error.source().and_then(|inner| inner.downcast_ref::<tungstenite::Error>());
    inner.is_some_and(|error| matches!(error, tungstenite::Error::Capacity(_)))
}

/// One client, until it goes, its token ends, or it takes nothing any more.
async fn converse(desk: Arc<Desk>, socket: WebSocket, admission: Admission) {
    let (out, mut incoming) = socket.split();
    let (outbox, writer) = Outbox::open(out);
    let events = outbox.clone();
    let farewell = match desk.control.connect_as(&admission.tenant, Arc::new(move |text| events.event(text))) {
        Ok(connection) => {
            let mut client = Client { desk: &desk, connection: Arc::new(connection), next: Instant::now() };
            tokio::select! {
                farewell = client.listen(&mut incoming, &outbox) => farewell,
                () = expired(admission.expires) => Some(close(close_code::POLICY, "The token has expired")),
                () = outbox.gone() => None,
            }
        }
        Err(error) => {
            tracing::warn!(tenant = admission.tenant.name(), %error, "a socket is refused");
            Some(close(close_code::AGAIN, reason(&error.message)))
        }
    };
    if farewell.is_some_and(|farewell| outbox.last(farewell)) {
        let _ = timeout(Duration::from_secs(1), writer).await;
    } else {
        writer.abort();
    }
}

async fn expired(at: Option<SystemTime>) {
    match at {
        Some(at) => sleep(at.duration_since(SystemTime::now()).unwrap_or_default()).await,
        None => std::future::pending().await,
    }
}

/// One client at the desk.
struct Client<'a> {
    desk: &'a Desk,
    connection: Arc<Connection>,
    /// When its next message may be begun, when there is a rate.
    next: Instant,
}

impl Client<'_> {
    /// Answers message after message; what to say when it is over.
    async fn listen(&mut self, incoming: &mut SplitStream<WebSocket>, outbox: &Outbox) -> Option<Message> {
        loop {
            let bytes = match incoming.next().await? {
                // kurento-client on Node sends its JSON in binary frames.
                Ok(Message::Text(text)) => text.into(),
                Ok(Message::Binary(bytes)) => bytes,
                Ok(_) => continue,
                Err(error) if is_too_long(&error) => {
                    return Some(close(close_code::SIZE, "The message is too long"));
                }
                Err(_) => return Some(close(close_code::PROTOCOL, "This is not WebSocket")),
            };
            self.keep_pace().await;
            let answer = self.answer(bytes).await;
            outbox.answer(answer).await?;
        }
    }

    /// A second's worth may come at once; then the socket is not read faster than its rate.
    async fn keep_pace(&mut self) {
        let Some(rate) = self.desk.requests_per_second.filter(|rate| *rate > 0) else { return };
        let now = Instant::now();
        let second = Duration::from_secs(1);
        self.next = self.next.max(now.checked_sub(second).unwrap_or(now)) + second / rate;
        if self.next > now {
            sleep_until(self.next).await;
        }
    }

    async fn answer(&self, message: axum::body::Bytes) -> String {
        let long = message.len() > LONG;
        let connection = Arc::clone(&self.connection);
        // What is not UTF-8 is answered as what is not JSON.
        let begin = move || connection.begin(std::str::from_utf8(&message).unwrap_or("\u{0}"));
        let begun = if long { spawn_blocking(begin).await } else { Ok(begin()) };
        match begun {
            Ok(Begun::Answer(answer)) => answer,
            Ok(Begun::Call(call)) => self.call(call).await,
            Err(_) => String::new(),
        }
    }

    /// Does a call on a thread of its own. It is done to its end even if the client goes meanwhile.
    async fn call(&self, call: Call) -> String {
        let Ok(Ok(permit)) = timeout(NO_THREAD, Arc::clone(&self.desk.threads).acquire_owned()).await else {
            return call.refuse("limits.call_threads is reached: all threads wait for slow objects");
        };
        let name = call.describe();
        let mut work = spawn_blocking(move || {
            let _permit = permit;
            call.finish()
        });
        let done = match timeout(SLOW, &mut work).await {
            Ok(done) => done,
            Err(_) => {
                tracing::warn!(call = name, "takes long");
                work.await
            }
        };
        done.unwrap_or_default()
    }
}
