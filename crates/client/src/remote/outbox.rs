//! What waits to be written to a socket, while the socket is read all the same.

use super::dial::Socket;
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Messages in order. Their number is bounded by that of the requests under way.
pub struct Outbox {
    socket: SplitSink<Socket, Message>,
    waiting: VecDeque<Message>,
    unflushed: bool,
}

impl Outbox {
    pub fn new(socket: SplitSink<Socket, Message>) -> Outbox {
        Outbox { socket, waiting: VecDeque::new(), unflushed: false }
    }

    pub fn push(&mut self, message: Message) {
        self.waiting.push_back(message);
    }

    /// Writes what waits; ends only when the socket does. Nothing is lost when it is given up and begun again.
    pub async fn write(&mut self) -> Error {
        match poll_fn(|cx| self.poll(cx)).await {
            Err(error) => error,
            Ok(never) => match never {},
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<std::convert::Infallible, Error>> {
        while !self.waiting.is_empty() {
            ready!(self.socket.poll_ready_unpin(cx))?;
            if let Some(message) = self.waiting.pop_front() {
                self.socket.start_send_unpin(message)?;
                self.unflushed = true;
            }
        }
        if self.unflushed {
            ready!(self.socket.poll_flush_unpin(cx))?;
            self.unflushed = false;
        }
        // What is pushed later is written when this is called again.
        Poll::Pending
    }

    /// Writes what waits, and says goodbye.
    pub async fn close(mut self) {
        for message in self.waiting.drain(..) {
            if self.socket.feed(message).await.is_err() {
                return;
            }
        }
        let _ = self.socket.close().await;
    }
}
