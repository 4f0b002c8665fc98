//! Sessions: which socket hears for them, whether they live, what they asked lately.

use serde_json::Value as Json;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// A request id that comes again within this time is answered from memory.
const CACHE_TIME: Duration = Duration::from_secs(20);
/// Answers that one session keeps.
const CACHE_DEPTH: usize = 256;

/// Where a socket's pushes go. Returns false when the socket is gone or does not keep up; the push is then lost.
pub type Push = Arc<dyn Fn(String) -> bool + Send + Sync>;

/// A client's session.
#[derive(Default)]
pub(crate) struct Session {
    /// Shown life since the last look of the garbage collector.
    pub in_use: bool,
    pub bound: Option<Bound>,
    cache: VecDeque<(Json, Duration, Json)>,
}

/// The socket that hears for a session.
#[derive(Clone)]
pub(crate) struct Bound {
    pub connection: u64,
    pub push: Push,
}

impl Session {
    /// The answer that a request id had, when it came lately.
    pub fn answered(&mut self, id: &Json, now: Duration) -> Option<Json> {
        while self.cache.front().is_some_and(|(_, time, _)| now.saturating_sub(*time) > CACHE_TIME) {
            self.cache.pop_front();
        }
        self.cache.iter().find(|(known, ..)| known == id).map(|(.., answer)| answer.clone())
    }

    pub fn remember(&mut self, id: Json, now: Duration, answer: Json) {
        if self.cache.len() == CACHE_DEPTH {
            self.cache.pop_front();
        }
        self.cache.push_back((id, now, answer));
    }
}
