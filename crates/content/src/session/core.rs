//! What a session is behind its handles: its life, its answer, and what goes when it ends.

use super::attributes::Attributes;
use super::life::{Age, Life, Look, State, Ticket};
use super::mailbox::{Event, Mail};
use super::reason::{Ended, Reason};
use crate::application::{Route, Shared};
use crate::error::{Code, ContentError};
use crate::protocol::Constraints;
use crate::repository::Item;
use crate::settings::Protocol;
use axum::http::request::Parts;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use trellis_client::MediaServer;
use uuid::Uuid;

/// Bytes that a content's name may have.
pub(crate) const MAX_CONTENT_ID: usize = 1024;
/// Bytes of one event of an application.
const MAX_EVENT: usize = 64 * 1024;
/// Objects that one session releases.
const MAX_HELD: usize = 256;

/// What a start is answered with.
#[derive(Clone)]
pub(crate) enum Content {
    /// Media at a media server's URL.
    Url(String),
    /// Media that this server has itself.
    Item(Item),
    /// The answer of an RTP or WebRTC endpoint.
    Sdp(String),
}

/// What became of a request for content.
#[derive(Clone)]
pub(crate) enum Outcome {
    Started(Content),
    /// The session ended before it had started.
    Rejected(Reason),
    Failed(ContentError),
}

/// Something to be done when a session ends, such as to release an object.
pub(crate) type Release = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// What a client asked for.
pub(crate) struct Asked {
    pub content_id: String,
    pub parts: Parts,
}

/// What a client starts a session with.
#[derive(Debug, PartialEq)]
pub(crate) struct Wanted {
    pub constraints: Constraints,
    /// The offer of an RTP or WebRTC client.
    pub offer: Option<String>,
}

pub(crate) struct Core {
    pub id: Uuid,
    pub content_id: String,
    wanted: OnceLock<Wanted>,
    pub route: Arc<Route>,
    pub shared: Arc<Shared>,
    pub attributes: Attributes,
    pub server: tokio::sync::OnceCell<MediaServer>,
    /// The way to its media through this server, once there is one.
    pub tunnel: Uuid,
    life: Mutex<Life>,
    /// Something happened that a poll may wait for.
    changed: Notify,
    /// The session ended, or its end was told.
    ended: Notify,
    outcome: Mutex<Option<Outcome>>,
    decided: Notify,
    request: Mutex<Option<Arc<Parts>>>,
    /// `None` once the session has ended and everything was taken.
    held: Mutex<Option<Vec<Release>>>,
}

impl Core {
    pub fn new(shared: Arc<Shared>, route: Arc<Route>, asked: Asked) -> Core {
        let life = Life::new(shared.settings.pace(), shared.now());
        Core {
            id: Uuid::new_v4(),
            content_id: asked.content_id,
            wanted: OnceLock::new(),
            route,
            shared,
            attributes: Attributes::default(),
            server: tokio::sync::OnceCell::new(),
            tunnel: Uuid::new_v4(),
            life: Mutex::new(life),
            changed: Notify::new(),
            ended: Notify::new(),
            outcome: Mutex::new(None),
            decided: Notify::new(),
            request: Mutex::new(Some(Arc::new(asked.parts))),
            held: Mutex::new(Some(Vec::new())),
        }
    }

    pub fn state(&self) -> State {
        self.life.lock().state()
    }

    /// The client starts it. Once.
    pub fn begin(&self, wanted: Wanted) -> Result<(), ContentError> {
        self.life.lock().begin()?;
        let _ = self.wanted.set(wanted);
        Ok(())
    }

    /// What the client wants, once it has said so.
    pub fn wanted(&self) -> Option<&Wanted> {
        self.wanted.get()
    }

    pub fn starting(&self) -> Result<(), ContentError> {
        self.life.lock().starting()
    }

    /// The media is made: the client may have its answer.
    pub fn activate(&self, content: Content) -> Result<(), ContentError> {
        self.life.lock().activate(self.shared.now())?;
        *self.request.lock() = None;
        self.decide(Outcome::Started(content));
        Ok(())
    }

    /// The first outcome is the outcome.
    fn decide(&self, outcome: Outcome) {
        self.outcome.lock().get_or_insert(outcome);
        self.decided.notify_waiters();
    }

    /// What became of the request, once that is decided.
    pub async fn outcome(&self) -> Outcome {
        loop {
            let mut decided = pin!(self.decided.notified());
            decided.as_mut().enable();
            if let Some(outcome) = self.outcome.lock().clone() {
                return outcome;
            }
            decided.await;
        }
    }

    /// The request that began the session, until it is answered.
    pub fn request(&self) -> Result<Arc<Parts>, ContentError> {
        self.request.lock().clone().ok_or_else(|| Code::REQUEST_GONE.into())
    }

    /// The media that the session was started with.
    pub fn content(&self) -> Option<Content> {
        match &*self.outcome.lock() {
            Some(Outcome::Started(content)) => Some(content.clone()),
            _ => None,
        }
    }

    /// A command was answered.
    pub fn executed(&self) {
        self.life.lock().executed(self.shared.now());
    }

    /// Ends the session because of an error that its client is answered with, if the client still waits.
    pub fn fail(&self, error: ContentError) {
        self.decide(Outcome::Failed(error.clone()));
        self.terminate(Reason { code: error.code, message: error.message, by: Ended::ByApplication });
    }

    /// Ends the session that a command began, because the command failed, which its client is told.
    pub fn kill(&self, error: &ContentError) {
        let (code, message) = (error.code, error.message.clone());
        self.terminate(Reason { code, message, by: Ended::ByApplication });
        self.life.lock().tell();
        self.ended.notify_one();
    }

    /// Ends the session. Whether this call did.
    pub fn terminate(&self, reason: Reason) -> bool {
        let done = {
            let mut life = self.life.lock();
            let done = life.terminate(reason.clone(), self.shared.now());
            // Clients that do not poll learn it from their transfers.
            if self.route.access.protocol == Protocol::Simple {
                life.tell();
            }
            done
        };
        if done {
            *self.request.lock() = None;
            self.decide(Outcome::Rejected(reason));
            self.changed.notify_waiters();
            self.ended.notify_one();
        }
        done
    }

    pub fn reason(&self) -> Option<Reason> {
        self.life.lock().ended().cloned()
    }

    pub fn publish(&self, event: Event) -> Result<(), ContentError> {
        if event.kind.is_empty() {
            return Err(Code(10029).into());
        }
        if event.kind.len() + event.data.len() > MAX_EVENT {
            return Err(ContentError::about(10029, "it is too large"));
        }
        self.life.lock().publish(event)?;
        self.changed.notify_waiters();
        Ok(())
    }

    /// Tells the client that its media failed; the session goes on.
    pub fn tell_of(&self, error: &ContentError) {
        self.life.lock().fail(error);
        self.changed.notify_waiters();
    }

    /// Waits for what there is to tell the client.
    pub async fn poll(&self) -> Result<Mail, ContentError> {
        let ticket = self.life.lock().poll(self.shared.now())?;
        self.changed.notify_waiters();
        let _left = Left { core: self, ticket };
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            let look = self.life.lock().look(ticket, self.shared.now());
            match look {
                Look::Told(mail) => {
                    if self.state() == State::Terminated {
                        self.ended.notify_one();
                    }
                    return Ok(mail);
                }
                Look::Wait(until) => {
                    let _ = timeout_at(self.shared.at(until), changed).await;
                }
            }
        }
    }

    /// Has something done when the session ends; at once if it has ended.
    pub async fn when_ended(&self, release: Release) -> Result<(), ContentError> {
        {
            let mut held = self.held.lock();
            match held.as_mut() {
                Some(held) if held.len() >= MAX_HELD => return Err(Code(10015).into()),
                Some(held) => {
                    held.push(release);
                    return Ok(());
                }
                None => {}
            }
        }
        release().await;
        Err(ContentError::about(Code::ILLEGAL_STATE.0, "it ended"))
    }

    pub fn take_held(&self) -> Vec<Release> {
        self.held.lock().take().unwrap_or_default()
    }

    /// Media goes to the client, or comes from it, as long as this is kept.
    pub fn transfer(self: &Arc<Self>) -> Transfer {
        self.life.lock().transfer();
        Transfer(Arc::clone(self))
    }

    pub fn age(&self) -> Age {
        self.life.lock().age(self.shared.now())
    }

    /// Waits until the client or the application ends the session. Media that came to its end by itself is not cut.
    pub async fn cut(&self) {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.reason().is_some_and(|reason| reason.by != Ended::ByMedia) {
                return;
            }
            changed.await;
        }
    }

    /// Waits until the session has ended.
    pub async fn over(&self) {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.state() == State::Terminated {
                return;
            }
            changed.await;
        }
    }

    /// Waits until the session's end or a time.
    pub async fn until_ended(&self, until: Duration) {
        let until: Instant = self.shared.at(until);
        let _ = timeout_at(until, self.ended.notified()).await;
    }
}

/// A poll that goes away, answered or not.
struct Left<'a> {
    core: &'a Core,
    ticket: Ticket,
}

impl Drop for Left<'_> {
    fn drop(&mut self) {
        self.core.life.lock().leave(self.ticket, self.core.shared.now());
    }
}

/// A transfer of a session's media.
pub(crate) struct Transfer(Arc<Core>);

impl Transfer {
    pub fn core(&self) -> &Arc<Core> {
        &self.0
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.0.life.lock().transferred(self.0.shared.now());
    }
}
