//! Requests that call objects, between the socket that they came from and the thread that does them.

use crate::answers::Pending;
use crate::common;
use crate::realm::{Place, Realm};
use crate::rpc::{Request, RpcError};
use serde_json::Value as Json;
use std::sync::Arc;
use trellis_model::{Member, RemoteError};

/// A request that calls objects. It belongs to no socket: it is done, whole, even if its socket goes meanwhile.
pub struct Call(Kind);

enum Kind {
    /// To be done.
    New { request: Request, session: Arc<str>, place: Place, ticket: Option<Ticket> },
    /// Being done already, for a request of the same id.
    Repeated(Arc<Pending>),
}

impl Call {
    pub(crate) fn new(request: Request, session: Arc<str>, place: Place, ticket: Option<Ticket>) -> Call {
        Call(Kind::New { request, session, place, ticket })
    }

    pub(crate) fn repeated(pending: Arc<Pending>) -> Call {
        Call(Kind::Repeated(pending))
    }

    /// What is called, in a few words for a log.
    pub fn describe(&self) -> String {
        let Kind::New { request, .. } = &self.0 else { return "a repeated request".to_owned() };
        let param = |name: &str| request.params.as_ref()?.get(name)?.as_str().map(crate::rpc::cut);
        let words = [Some(request.method.clone()), param("operation"), param("type"), param("object")];
        words.into_iter().flatten().collect::<Vec<String>>().join(" ")
    }

    /// Whether it may wait for an object. Reading and setting properties does not, nor does what the control plane itself
    /// knows of every object: such a call can be done where nothing may wait.
    pub fn may_wait(&self) -> bool {
        let Kind::New { request, place, .. } = &self.0 else { return true };
        let param = |name: &str| request.params.as_ref()?.get(name)?.as_str();
        let (Some(object), Some(operation), "invoke") = (param("object"), param("operation"), &*request.method) else {
            return true;
        };
        let Ok(class) = place.realm.state.lock().class(object) else { return false };
        !matches!(class.member(operation), Some(Member::Get(_) | Member::Set(_))) && !common::knows(operation)
    }

    /// Does it; the answer. Takes as long as the objects do.
    pub fn finish(self) -> String {
        match self.0 {
            Kind::New { request, session, place, ticket } => {
                let reply = request.reply(place.realm.execute(&request, &session));
                match ticket {
                    Some(ticket) => ticket.done(reply),
                    None => reply,
                }
            }
            Kind::Repeated(pending) => pending.wait().to_string(),
        }
    }

    /// Does not do it, for want of threads; the answer.
    pub fn refuse(self, why: &str) -> String {
        match self.0 {
            Kind::New { request, .. } => request.reply(Err(RemoteError::not_enough_resources(why).into())),
            Kind::Repeated(_) => {
                let error = RpcError::from(RemoteError::not_enough_resources(why));
                crate::rpc::answer(&Json::Null, Err(error)).to_string()
            }
        }
    }
}

/// A request that is being done, as its session remembers it. Dropped without an answer it is forgotten, so that the
/// client may ask again.
pub(crate) struct Ticket {
    realm: Arc<Realm>,
    session: Arc<str>,
    key: Arc<str>,
    pending: Option<Arc<Pending>>,
}

impl Ticket {
    pub fn new(realm: &Arc<Realm>, session: &Arc<str>, key: Arc<str>, pending: Arc<Pending>) -> Ticket {
        Ticket { realm: Arc::clone(realm), session: Arc::clone(session), key, pending: Some(pending) }
    }

    /// The request is answered.
    pub fn done(mut self, answer: String) -> String {
        let Some(pending) = self.pending.take() else { return answer };
        let kept: Arc<str> = answer.as_str().into();
        let now = self.realm.shared.settings.clock.now();
        if let Some(session) = self.realm.state.lock().sessions.get_mut(&self.session) {
            session.answers.done(&self.key, &kept, now);
        }
        pending.complete(&kept);
        answer
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        if let Some(session) = self.realm.state.lock().sessions.get_mut(&self.session) {
            session.answers.forget(&self.key);
        }
        let error = RpcError::from(RemoteError::not_enough_resources("the request was not done; ask again"));
        pending.complete(&crate::rpc::answer(&Json::Null, Err(error)).to_string().into());
    }
}
