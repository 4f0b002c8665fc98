//! Where requests of applications are done, whichever way they come over HTTP: each call into objects on a thread that
//! is there while it is at work, so that one who waits for a slow object delays nobody else.

use crate::access::Access;
use crate::config::Limits;
use crate::threads::{NONE_FREE, Threads};
use axum::body::Bytes;
use axum::http::Uri;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use trellis_control::{Call, Control};

/// Longer messages are read on a thread too.
const LONG: usize = 16 << 10;

/// What all who come in share.
pub struct Desk {
    pub control: Control,
    pub access: Arc<Access>,
    /// Longest message, in bytes.
    pub message_bytes: usize,
    pub requests_per_second: Option<u32>,
    path: String,
    threads: Threads,
}

impl Desk {
    pub fn new(control: Control, access: Arc<Access>, path: &str, limits: &Limits, threads: Threads) -> Desk {
        Desk {
            control,
            access,
            message_bytes: limits.message_bytes,
            requests_per_second: limits.requests_per_second.filter(|rate| *rate > 0),
            path: path.trim_matches('/').to_owned(),
            threads,
        }
    }

    /// Whether requests of applications come to a URI.
    pub fn is_at(&self, uri: &Uri) -> bool {
        uri.path().strip_prefix('/') == Some(&*self.path)
    }

    /// Does a call on a thread of its own. It is done to its end even if the client goes meanwhile.
    pub async fn call(&self, call: Call) -> String {
        let Some(thread) = self.threads.take().await else { return call.refuse(NONE_FREE) };
        let name = call.describe();
        thread.run(&name, move || call.finish()).await.unwrap_or_default()
    }
}

/// Reads a message; a long one on a thread. What is not UTF-8 is taken for what is not JSON.
pub async fn read<T: Send + 'static>(message: Bytes, begin: impl FnOnce(&str) -> T + Send + 'static) -> Option<T> {
    let long = message.len() > LONG;
    let begin = move || begin(std::str::from_utf8(&message).unwrap_or("\u{0}"));
    if long { spawn_blocking(begin).await.ok() } else { Some(begin()) }
}
