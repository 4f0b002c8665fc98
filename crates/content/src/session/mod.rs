//! A session: one client's use of one content, from its request to its end.

mod attributes;
pub(crate) mod core;
pub(crate) mod keeper;
mod life;
mod mailbox;
mod reason;
pub(crate) mod registry;

pub(crate) use life::Pace;
pub use life::State;
use mailbox::Event;
pub use reason::{Ended, Reason};

use self::core::Core;
use crate::error::{Code, ContentError};
use crate::kind::Kind;
use crate::protocol::Constraints;
use crate::repository::Repository;
use axum::http::request::Parts;
use serde_json::Value as Json;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use trellis_client::MediaServer;

/// A session of one kind of content. Clones are handles of the same one; it lives as long as the client polls or is
/// given media, and until either side ends it, whether handles are kept or not.
pub struct Session<K: Kind> {
    pub(crate) core: Arc<Core>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Clone for Session<K> {
    fn clone(&self) -> Session<K> {
        Session::new(Arc::clone(&self.core))
    }
}

impl<K: Kind> fmt::Debug for Session<K> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} session {} of {:?}, {:?}", K::NAME, self.core.id, self.core.content_id, self.core.state())
    }
}

impl<K: Kind> Session<K> {
    pub(crate) fn new(core: Arc<Core>) -> Session<K> {
        Session { core, kind: PhantomData }
    }

    /// The id by which the client names it. Who knows it may command the session and end it.
    pub fn id(&self) -> String {
        self.core.id.to_string()
    }

    /// What the client asked for: the path behind the handler's, without its first `/`, percent-decoded. It may hold
    /// slashes, and anything else that a stranger writes.
    pub fn content_id(&self) -> &str {
        &self.core.content_id
    }

    /// What the client wants; the usual of this kind of content until it has started.
    pub fn constraints(&self) -> Constraints {
        self.core.wanted().map_or(Constraints::usual(K::TAG), |wanted| wanted.constraints)
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.core.state()
    }

    /// What the application remembers with it under a name.
    pub fn attribute(&self, name: &str) -> Option<Json> {
        self.core.attributes.get(name)
    }

    /// Remembers something with it.
    ///
    /// # Errors
    /// 10014 for a name of more than 256 bytes, and for more than 256 names.
    pub fn set_attribute(&self, name: &str, value: impl Into<Json>) -> Result<(), ContentError> {
        self.core.attributes.set(name, value.into())
    }

    /// Forgets, and gives, what was remembered under a name.
    pub fn remove_attribute(&self, name: &str) -> Option<Json> {
        self.core.attributes.remove(name)
    }

    /// The head of the HTTP request that began the session: its headers, its query.
    ///
    /// # Errors
    /// 10006 once the request is answered.
    pub fn request(&self) -> Result<Arc<Parts>, ContentError> {
        self.core.request()
    }

    /// Tells the client of something, with its next poll. Of what it does not poll the newest 256 are kept.
    ///
    /// # Errors
    /// 10029 for an event without a type or of more than 64 KiB; 10004 when the session has ended.
    pub fn publish_event(&self, kind: impl Into<String>, data: impl Into<String>) -> Result<(), ContentError> {
        self.core.publish(Event { kind: kind.into(), data: data.into() })
    }

    /// Ends the session: what it holds is released. A client whose request is not answered yet is told that it is
    /// rejected; one that polls is told of the end. A code from 400 to 599 is the status of a simple answer.
    pub fn terminate(&self, code: Code, message: impl Into<String>) {
        let ContentError { code, message } = ContentError::new(code, message);
        self.core.terminate(Reason { code, message, by: Ended::ByApplication });
    }

    /// Has something done when the session ends, within ten seconds; at once if it has ended.
    ///
    /// # Errors
    /// 10015 when there is too much to do already, 10004 when the session has ended.
    pub async fn when_ended<F>(&self, work: impl FnOnce() -> F + Send + 'static) -> Result<(), ContentError>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.core.when_ended(Box::new(|| Box::pin(work()))).await
    }

    /// The media server of this session: the one with the least to do when it is first asked for.
    ///
    /// # Errors
    /// 20030 when none can be reached.
    pub async fn media_server(&self) -> Result<&MediaServer, ContentError> {
        self.core.server.get_or_try_init(|| self.core.shared.servers.choose()).await
    }

    /// The application's repository.
    ///
    /// # Errors
    /// 20031 when it has none.
    pub fn repository(&self) -> Result<&Repository, ContentError> {
        self.core.shared.repository.as_ref().ok_or_else(|| Code(20031).into())
    }
}
