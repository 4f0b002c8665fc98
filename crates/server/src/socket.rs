//! WebSockets: who may open one, messages in, answers and events out.
//!
//! A message that calls no object is answered where it is read. The others are done at the [`Desk`], one at a time for
//! each socket, so that answers keep the order of requests.

use crate::access::Admission;
use crate::desk::{self, Desk};
use crate::outbox::Outbox;
use crate::pace::Pace;
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
use tokio::time::{sleep, timeout};
use trellis_control::{Begun, Connection};

/// First size of a socket's buffers; they grow with what comes.
const BUFFER: usize = 4 << 10;

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
    let right_path = desk.is_at(&parts.uri);
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
            let mut client =
                Client { desk: &desk, connection: Arc::new(connection), pace: Pace::new(desk.requests_per_second) };
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
    pace: Pace,
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
            self.pace.keep().await;
            let answer = self.answer(bytes).await;
            outbox.answer(answer).await?;
        }
    }

    async fn answer(&self, message: axum::body::Bytes) -> String {
        let connection = Arc::clone(&self.connection);
        match desk::read(message, move |text| connection.begin(text)).await {
            Some(Begun::Answer(answer)) => answer,
            Some(Begun::Call(call)) => self.desk.call(call).await,
            None => String::new(),
        }
    }
}
