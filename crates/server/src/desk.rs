//! Where requests of applications are done, whichever way they come in: each call into objects on a thread that is
//! there while it is at work, so that one who waits for a slow object delays nobody else.

use crate::access::Access;
use crate::config::Limits;
use axum::body::Bytes;
use axum::http::Uri;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use trellis_control::{Call, Control};

/// A call that takes longer is told of in the log.
const SLOW: Duration = Duration::from_secs(2);
/// A call that finds no thread for so long is refused.
const NO_THREAD: Duration = Duration::from_secs(1);
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
    threads: Arc<Semaphore>,
}

impl Desk {
    pub fn new(control: Control, access: Arc<Access>, path: &str, limits: &Limits) -> Desk {
        Desk {
            control,
            access,
            message_bytes: limits.message_bytes,
            requests_per_second: limits.requests_per_second.filter(|rate| *rate > 0),
            path: path.trim_matches('/').to_owned(),
            threads: Arc::new(Semaphore::new(limits.call_threads.clamp(1, Semaphore::MAX_PERMITS))),
        }
    }

    /// Whether requests of applications come to a URI.
    pub fn is_at(&self, uri: &Uri) -> bool {
        uri.path().strip_prefix('/') == Some(&*self.path)
    }

    /// Does a call on a thread of its own. It is done to its end even if the client goes meanwhile.
    pub async fn call(&self, call: Call) -> String {
        let Ok(Ok(permit)) = timeout(NO_THREAD, Arc::clone(&self.threads).acquire_owned()).await else {
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

/// Reads a message; a long one on a thread. What is not UTF-8 is taken for what is not JSON.
pub async fn read<T: Send + 'static>(message: Bytes, begin: impl FnOnce(&str) -> T + Send + 'static) -> Option<T> {
    let long = message.len() > LONG;
    let begin = move || begin(std::str::from_utf8(&message).unwrap_or("\u{0}"));
    if long { spawn_blocking(begin).await.ok() } else { Some(begin()) }
}
