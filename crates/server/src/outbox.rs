//! What waits to be written to one WebSocket: answers and events in one bounded queue.

use axum::extract::ws::{Message, WebSocket};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Messages that wait for a slow client; more events are dropped.
const MESSAGES: usize = 1_000;
/// Bytes that wait for a slow client; more events are dropped.
const BYTES: usize = 1 << 20;
/// A client that takes nothing for so long is gone.
const STALLED: Duration = Duration::from_secs(30);

/// The end of the queue where messages are put in. Clones are the same one.
#[derive(Clone)]
pub struct Outbox {
    queue: mpsc::Sender<Message>,
    bytes: Arc<AtomicUsize>,
}

impl Outbox {
    /// The outbox of a socket, and the task that empties it: until the outbox is gone, or the client.
    pub fn open(socket: SplitSink<WebSocket, Message>) -> (Outbox, JoinHandle<()>) {
        let (queue, queued) = mpsc::channel(MESSAGES);
        let bytes = Arc::<AtomicUsize>::default();
        let writer = tokio::spawn(write(socket, queued, Arc::clone(&bytes)));
        (Outbox { queue, bytes }, writer)
    }

    /// An event; false when there is no room, and it is lost.
    pub fn event(&self, text: String) -> bool {
        let length = text.len();
        if self.bytes.fetch_add(length, Ordering::Relaxed) + length <= BYTES
            && self.queue.try_send(Message::Text(text.into())).is_ok()
        {
            return true;
        }
        self.bytes.fetch_sub(length, Ordering::Relaxed);
        false
    }

    /// An answer: waits for room; `None` when the client is gone.
    pub async fn answer(&self, text: String) -> Option<()> {
        self.bytes.fetch_add(text.len(), Ordering::Relaxed);
        self.queue.send(Message::Text(text.into())).await.ok()
    }

    /// The last message; false when there is no room.
    pub fn last(self, message: Message) -> bool {
        self.queue.try_send(message).is_ok()
    }

    /// Waits until the client is gone.
    pub async fn gone(&self) {
        self.queue.closed().await;
    }
}

async fn write(
    mut socket: SplitSink<WebSocket, Message>,
    mut queued: mpsc::Receiver<Message>,
    bytes: Arc<AtomicUsize>,
) {
    while let Some(message) = queued.recv().await {
        if let Message::Text(text) = &message {
            bytes.fetch_sub(text.len(), Ordering::Relaxed);
        }
        if !matches!(timeout(STALLED, socket.send(message)).await, Ok(Ok(()))) {
            return;
        }
    }
    let _ = timeout(STALLED, socket.close()).await;
}
