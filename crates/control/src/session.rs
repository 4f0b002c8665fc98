//! Sessions: what they hold, which socket hears for them, whether they live, what they asked lately.

use crate::answers::Answers;
use serde_json::{Map, Value as Json};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;

/// Where a socket's pushes go. Returns false when the socket is gone or does not keep up; the push is then lost.
/// Called under a lock of the control plane, so that events keep their order: it never blocks and never calls back.
pub type Push = Arc<dyn Fn(String) -> bool + Send + Sync>;

/// Where one subscription's events go when it is not the socket of its session.
pub(crate) struct Callback {
    /// The application's service, as it is reached; shared by all subscriptions of a tenant that name it.
    pub handler: Arc<SocketAddr>,
    /// Given the event's data. Called like a [`Push`].
    pub tell: Box<dyn Fn(&Map<String, Json>) + Send + Sync>,
}

/// A client's session.
#[derive(Default)]
pub(crate) struct Session {
    /// Shown life since the last look of the garbage collector.
    pub in_use: bool,
    /// Whether it has ever held an object: only then it exists for clients.
    pub exists: bool,
    /// The objects that it holds.
    pub holds: HashSet<Arc<str>>,
    pub bound: Option<Bound>,
    pub answers: Answers,
}

/// The socket that hears for a session.
#[derive(Clone)]
pub(crate) struct Bound {
    pub connection: u64,
    pub push: Push,
}
