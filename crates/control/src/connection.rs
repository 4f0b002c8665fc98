//! One socket of a client: messages in, answers out, and the session that it is bound to.

use crate::control::{Control, cut};
use crate::manager;
use crate::objects::State;
use crate::rpc::{Request, RpcError, answer};
use crate::session::{Bound, Push};
use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use trellis_model::RemoteError;
use uuid::Uuid;

/// Longest message that is read, in bytes.
pub const MAX_MESSAGE: usize = 1 << 20;
/// Sessions that there may be at once.
const MAX_SESSIONS: usize = 100_000;

/// One socket of a client.
pub struct Connection {
    control: Control,
    id: u64,
    push: Push,
    session: Mutex<Option<String>>,
}

impl Connection {
    pub(crate) fn new(control: Control, id: u64, push: Push) -> Connection {
        Connection { control, id, push, session: Mutex::new(None) }
    }

    /// Reads one message and does what it says. May block as long as the objects that it calls do.
    pub fn receive(&self, text: &str) -> Option<String> {
        if text.len() > MAX_MESSAGE {
            return Some(answer(&Json::Null, Err(RpcError::invalid())).to_string());
        }
        let request = match serde_json::from_str(text) {
            Ok(json) => Request::read(json),
            Err(_) => Err(RpcError::parse()),
        };
        let request = match request {
            Ok(request) => request,
            Err(error) => return Some(answer(&Json::Null, Err(error)).to_string()),
        };
        let response = self.respond(&request);
        if request.id.is_some() {
            return Some(response.to_string());
        }
        let quirk = RpcError {
            code: -32_000,
            message: "Ignoring response because of a notification request".into(),
            data: response.get("result").cloned(),
        };
        Some(answer(&Json::Null, Err(quirk)).to_string())
    }

    fn respond(&self, request: &Request) -> Json {
        let null = Json::Null;
        let id = request.id.as_ref().unwrap_or(&null);
        match request.method.as_str() {
            "ping" => {
                let mut result = json!({ "value": "pong" });
                if let Some(session) = request.session().map(str::to_owned).or_else(|| self.session.lock().clone()) {
                    result["sessionId"] = session.into();
                }
                return answer(id, Ok(result));
            }
            "connect" => return answer(id, self.resume(request)),
            "closeSession" => return answer(id, self.close_session(request)),
            "keepAlive" => return answer(id, self.keep_alive(request)),
            "ref" | "unref" | "unsubscribe" if request.session().is_none() => {
                return answer(id, request.text("sessionId").map(Json::from));
            }
            _ => {}
        }
        let session = match self.enter(request.session()) {
            Ok(session) => session,
            Err(error) => return answer(id, Err(error.into())),
        };
        let control = &self.control;
        let cached = control.0.settings.request_cache && !id.is_null();
        if cached {
            let mut state = control.0.state.lock();
            if let Some(answer) = state.sessions.get_mut(&session).and_then(|known| known.answered(id, control.now())) {
                return answer;
            }
        }
        let response = answer(id, control.execute(request, &session));
        if cached && let Some(known) = control.0.state.lock().sessions.get_mut(&session) {
            known.remember(id.clone(), control.now(), response.clone());
        }
        response
    }

    /// The session that a request is for, bound to this socket; a new one when there is none.
    fn enter(&self, named: Option<&str>) -> Result<String, RemoteError> {
        let mut own = self.session.lock();
        let session = named.map(str::to_owned).or_else(|| own.clone()).unwrap_or_else(|| Uuid::new_v4().to_string());
        let mut state = self.control.0.state.lock();
        if state.sessions.len() >= MAX_SESSIONS && !state.sessions.contains_key(&session) {
            return Err(RemoteError::not_enough_resources("there are too many sessions"));
        }
        if let Some(old) = own.replace(session.clone()).filter(|old| *old != session) {
            unbind(&mut state, &old, self.id);
        }
        let known = state.sessions.entry(session.clone()).or_default();
        known.in_use = true;
        known.bound = Some(Bound { connection: self.id, push: Arc::clone(&self.push) });
        Ok(session)
    }

    fn resume(&self, request: &Request) -> Result<Json, RpcError> {
        if let Some(session) = request.session() {
            self.known(session)?;
        }
        let session = self.enter(request.session())?;
        Ok(json!({ "sessionId": session, "serverId": self.control.0.server_id }))
    }

    fn keep_alive(&self, request: &Request) -> Result<Json, RpcError> {
        let session = request.text("sessionId")?;
        self.known(&session)?;
        self.enter(Some(&session))?;
        Ok(json!({ "sessionId": session }))
    }

    /// A session exists once it has been used.
    fn known(&self, session: &str) -> Result<(), RemoteError> {
        let known = self.control.0.state.lock().sessions.contains_key(session);
        if known {
            Ok(())
        } else {
            Err(RemoteError::invalid_session(format_args!("Invalid session '{}'", cut(session))))
        }
    }

    fn close_session(&self, request: &Request) -> Result<Json, RpcError> {
        let session = request.text("sessionId")?;
        let release = request.params()?.get("release").and_then(Json::as_bool).unwrap_or(false);
        let taken = {
            let mut state = self.control.0.state.lock();
            let mut taken = Vec::new();
            if release {
                let held = state
                    .objects
                    .iter()
                    .filter(|(id, entry)| ***id != *manager::ID && entry.holders.contains(&session));
                let held: Vec<_> = held.map(|(id, _)| Arc::clone(id)).collect();
                taken.extend(held.iter().flat_map(|id| state.take(id)));
            }
            taken.extend(state.drop_session(&session));
            taken
        };
        self.session.lock().take_if(|own| *own == session);
        self.control.close(taken, "closeSession");
        Ok(Json::Null)
    }
}

impl Drop for Connection {
    /// The session outlives its socket, deaf, until it is resumed or collected.
    fn drop(&mut self) {
        if let Some(session) = self.session.lock().take() {
            unbind(&mut self.control.0.state.lock(), &session, self.id);
        }
    }
}

fn unbind(state: &mut State, session: &str, connection: u64) {
    if let Some(session) = state.sessions.get_mut(session) {
        session.bound.take_if(|bound| bound.connection == connection);
    }
}
