//! One socket of a client: messages in, answers out, and the session that it is bound to.

use crate::answers::{Asked, key};
use crate::call::{Call, Ticket};
use crate::methods::{Pace, pace};
use crate::objects::State;
use crate::realm::{Place, Realm};
use crate::rpc::{Request, RpcError, answer, cut};
use crate::screen::screen;
use crate::session::Push;
use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use trellis_model::RemoteError;
use uuid::Uuid;

/// One socket of a client.
pub struct Connection {
    pub(crate) realm: Arc<Realm>,
    /// It counts among the tenant's sockets as long as it is there.
    _place: Place,
    id: u64,
    /// Where events go; `None` when there is no socket.
    push: Option<Push>,
    session: Mutex<Option<Arc<str>>>,
}

/// What became of a message at once.
pub enum Begun {
    /// It is answered.
    Answer(String),
    /// Objects are to be called, which may take long: the answer is what [`Call::finish`] gives.
    Call(Call),
}

impl Connection {
    pub(crate) fn new(realm: Arc<Realm>, place: Place, id: u64, push: Option<Push>) -> Connection {
        Connection { realm, _place: place, id, push, session: Mutex::new(None) }
    }

    /// Reads one message and does what it says. May block as long as the objects that it calls do.
    pub fn receive(&self, text: &str) -> String {
        match self.begin(text) {
            Begun::Answer(answer) => answer,
            Begun::Call(call) => call.finish(),
        }
    }

    /// Reads one message, and does what it says if that calls no object. Never waits. The next message is to be begun
    /// when this one's call is finished: so requests of one socket are done in order.
    pub fn begin(&self, text: &str) -> Begun {
        match self.read(text) {
            Ok(request) => self.start(request),
            Err(answer) => Begun::Answer(answer),
        }
    }

    /// The request of a message, or the answer to what is none.
    pub(crate) fn read(&self, text: &str) -> Result<Request, String> {
        let read = || {
            screen(text, &self.realm.shared.settings.messages)?;
            Request::read(serde_json::from_str(text).map_err(|_| RpcError::parse())?)
        };
        read().map_err(|error| answer(&Json::Null, Err(error)).to_string())
    }

    pub(crate) fn start(&self, request: Request) -> Begun {
        match self.session_of(&request) {
            Ok(Some(session)) => self.proceed(request, session),
            Ok(None) => Begun::Answer(request.reply(Ok(json!({ "value": "pong" })))),
            Err(error) => Begun::Answer(request.reply(Err(error))),
        }
    }

    /// The session that a request is done for; `None` for a ping outside of any.
    fn session_of(&self, request: &Request) -> Result<Option<Arc<str>>, RpcError> {
        let named = request.session()?;
        match request.method.as_str() {
            "ping" => {
                let session = named.or_else(|| self.session.lock().clone());
                let known = |session: &Arc<str>| self.realm.state.lock().sessions.contains_key(session);
                if session.as_ref().is_some_and(known) {
                    self.enter(session.clone())?;
                }
                return Ok(session);
            }
            "connect" => {
                if let Some(session) = &named {
                    self.exists(session)?;
                }
            }
            "keepAlive" => self.exists(&required(request, &named)?)?,
            "closeSession" => {
                let session = required(request, &named)?;
                self.session.lock().take_if(|own| *own == session);
                return Ok(Some(session));
            }
            "ref" | "unref" | "unsubscribe" => {
                required(request, &named)?;
            }
            method => {
                pace(method).ok_or_else(RpcError::unknown_method)?;
            }
        }
        Ok(Some(self.enter(named)?))
    }

    fn proceed(&self, request: Request, session: Arc<str>) -> Begun {
        let ticket = match self.ask(&request, &session) {
            Some(Asked::Done(answer)) => return Begun::Answer(answer.to_string()),
            Some(Asked::Pending(pending)) => return Begun::Call(Call::repeated(pending)),
            Some(Asked::New(pending)) => {
                key(request.id.as_ref()).map(|key| Ticket::new(&self.realm, &session, key, pending))
            }
            None => None,
        };
        if pace(&request.method) == Some(Pace::Quick) {
            let reply = request.reply(self.realm.execute(&request, &session));
            return Begun::Answer(match ticket {
                Some(ticket) => ticket.done(reply),
                None => reply,
            });
        }
        match self.realm.request() {
            Ok(place) => Begun::Call(Call::new(request, session, place, ticket)),
            Err(error) => Begun::Answer(request.reply(Err(error.into()))),
        }
    }

    /// Whether the request came before, of those that are worth remembering.
    fn ask(&self, request: &Request, session: &Arc<str>) -> Option<Asked> {
        let settings = &self.realm.shared.settings;
        let idempotent = matches!(request.method.as_str(), "ping" | "connect" | "keepAlive" | "closeSession");
        if !settings.request_cache || idempotent {
            return None;
        }
        let key = key(request.id.as_ref())?;
        let mut state = self.realm.state.lock();
        Some(state.sessions.get_mut(session)?.answers.ask(&key, settings.clock.now()))
    }

    /// The session that a request is for, bound to this socket and alive; a new one when there is none.
    fn enter(&self, named: Option<Arc<str>>) -> Result<Arc<str>, RemoteError> {
        let mut own = self.session.lock();
        let session = named.or_else(|| own.clone()).unwrap_or_else(|| Uuid::new_v4().to_string().into());
        let mut state = self.realm.state.lock();
        let limit = self.realm.shared.settings.quotas.sessions;
        if state.sessions.len() >= limit && !state.sessions.contains_key(&session) {
            return Err(crate::tenant::exceeded("sessions", limit));
        }
        if let Some(old) = own.replace(Arc::clone(&session)).filter(|old| *old != session) {
            unbind(&mut state, &old, self.id);
        }
        let known = state.sessions.entry(Arc::clone(&session)).or_default();
        known.in_use = true;
        match &self.push {
            Some(push) => known.hear_by_socket(self.id, push),
            None => known.hear_by_mail(),
        }
        Ok(session)
    }

    /// A session exists once it has held an object.
    pub(crate) fn exists(&self, session: &str) -> Result<(), RemoteError> {
        let exists = self.realm.state.lock().sessions.get(session).is_some_and(|known| known.exists);
        if exists { Ok(()) } else { Err(invalid(session)) }
    }
}

impl Drop for Connection {
    /// The session outlives its socket, deaf, until it is resumed or collected.
    fn drop(&mut self) {
        if let Some(session) = self.session.lock().take() {
            unbind(&mut self.realm.state.lock(), &session, self.id);
        }
    }
}

/// There is no such session.
pub(crate) fn invalid(session: &str) -> RemoteError {
    RemoteError::invalid_session(format_args!("Invalid session '{}'", cut(session)))
}

/// The session that some methods must name.
pub(crate) fn required(request: &Request, named: &Option<Arc<str>>) -> Result<Arc<str>, RpcError> {
    match named {
        Some(session) => Ok(Arc::clone(session)),
        None => request.text("sessionId").map(Arc::from),
    }
}

/// The socket hears for the session no more. What never held an object, and asked nothing lately, ends with it.
fn unbind(state: &mut State, name: &str, connection: u64) {
    let Some(session) = state.sessions.get_mut(name) else { return };
    session.unbind(connection);
    if !session.has_socket() && !session.exists && session.answers.is_empty() {
        state.sessions.remove(name);
    }
}
