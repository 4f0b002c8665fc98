//! What an application is made of: a handler for each path.

use crate::error::{Code, ContentError};
use crate::kind::Kind;
use crate::session::core::Core;
use crate::session::{Reason, Session};
use futures_util::future::BoxFuture;
use std::future::{Future, ready};
use std::marker::PhantomData;
use std::sync::Arc;

/// Something that a client asks the application for, within a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What, in the application's words; never empty.
    pub kind: String,
    /// More about it; empty if nothing was said.
    pub data: String,
}

/// Decides about contents of one kind, and accompanies their sessions. Every function has the time of
/// [`Settings::handler_timeout`](crate::Settings::handler_timeout); one that panics ends its session, nothing else.
pub trait ContentHandler<K: Kind>: Send + Sync + 'static {
    /// A client asks for a content. The handler starts the session or terminates it, here or later: the client waits
    /// for its answer until then.
    ///
    /// # Errors
    /// What the client is answered with; the session ends.
    fn on_content_request(&self, session: Session<K>) -> impl Future<Output = Result<(), ContentError>> + Send;

    /// The client has its answer.
    ///
    /// # Errors
    /// What the session ends with.
    fn on_content_started(&self, session: Session<K>) -> impl Future<Output = Result<(), ContentError>> + Send {
        let _ = session;
        ready(Ok(()))
    }

    /// The client gives a command; its answer is what the client gets.
    ///
    /// # Errors
    /// What the client is answered with. The session goes on, unless the command began it.
    fn on_content_command(
        &self,
        session: Session<K>,
        command: Command,
    ) -> impl Future<Output = Result<String, ContentError>> + Send {
        let _ = (session, command);
        ready(Err(Code::NO_COMMANDS.into()))
    }

    /// The session ended, whoever ended it. Called once for each.
    fn on_session_terminated(&self, session: Session<K>, reason: Reason) -> impl Future<Output = ()> + Send {
        let _ = (session, reason);
        ready(())
    }

    /// The media of the session failed. The session goes on until somebody ends it.
    fn on_session_error(&self, session: Session<K>, error: ContentError) -> impl Future<Output = ()> + Send {
        let _ = (session, error);
        ready(())
    }

    /// Another function of this handler gave an error or panicked (9999; 10025 in a command). A session that it
    /// does not end here ends with the error.
    fn on_uncaught_error(&self, session: Session<K>, error: ContentError) -> impl Future<Output = ()> + Send {
        tracing::warn!(?session, %error, "a handler failed");
        ready(())
    }
}

/// A handler of any kind, as the sessions see it.
pub(crate) trait Callbacks: Send + Sync {
    fn on_content_request(&self, core: Arc<Core>) -> BoxFuture<'static, Result<(), ContentError>>;
    fn on_content_started(&self, core: Arc<Core>) -> BoxFuture<'static, Result<(), ContentError>>;
    fn on_content_command(&self, core: Arc<Core>, command: Command)
    -> BoxFuture<'static, Result<String, ContentError>>;
    fn on_session_terminated(&self, core: Arc<Core>, reason: Reason) -> BoxFuture<'static, ()>;
    fn on_session_error(&self, core: Arc<Core>, error: ContentError) -> BoxFuture<'static, ()>;
    fn on_uncaught_error(&self, core: Arc<Core>, error: ContentError) -> BoxFuture<'static, ()>;
}

/// A handler with the kind of its sessions.
pub(crate) struct Of<K, H> {
    handler: Arc<H>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind, H: ContentHandler<K>> Of<K, H> {
    pub fn new(handler: H) -> Of<K, H> {
        Of { handler: Arc::new(handler), kind: PhantomData }
    }
}

impl<K: Kind, H: ContentHandler<K>> Callbacks for Of<K, H> {
    fn on_content_request(&self, core: Arc<Core>) -> BoxFuture<'static, Result<(), ContentError>> {
        let handler = Arc::clone(&self.handler);
        Box::pin(async move { handler.on_content_request(Session::new(core)).await })
    }

    fn on_content_started(&self, core: Arc<Core>) -> BoxFuture<'static, Result<(), ContentError>> {
        let handler = Arc::clone(&self.handler);
        Box::pin(async move { handler.on_content_started(Session::new(core)).await })
    }

    fn on_content_command(
        &self,
        core: Arc<Core>,
        command: Command,
    ) -> BoxFuture<'static, Result<String, ContentError>> {
        let handler = Arc::clone(&self.handler);
        Box::pin(async move { handler.on_content_command(Session::new(core), command).await })
    }

    fn on_session_terminated(&self, core: Arc<Core>, reason: Reason) -> BoxFuture<'static, ()> {
        let handler = Arc::clone(&self.handler);
        Box::pin(async move { handler.on_session_terminated(Session::new(core), reason).await })
    }

    fn on_session_error(&self, core: Arc<Core>, error: ContentError) -> BoxFuture<'static, ()> {
        let handler = Arc::clone(&self.handler);
        Box::pin(async move { handler.on_session_error(Session::new(core), error).await })
    }

    fn on_uncaught_error(&self, core: Arc<Core>, error: ContentError) -> BoxFuture<'static, ()> {
        let handler = Arc::clone(&self.handler);
        Box::pin(async move { handler.on_uncaught_error(Session::new(core), error).await })
    }
}
