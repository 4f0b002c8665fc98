//! What each method of the protocol does for a session.

use crate::manager;
use crate::objects::{Entry, Subscription};
use crate::realm::{Realm, deliver, guarded, unix_millis};
use crate::rpc::{Request, RpcError, cut};
use crate::transaction;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use trellis_model::{Args, Class, Member, NewObject, ObjectRef, Param, Remote, RemoteError, json as values, legacy};
use uuid::Uuid;

/// Methods that call no object, so that they are done at once.
const QUICK: [&str; 7] = ["ping", "connect", "keepAlive", "describe", "subscribe", "unsubscribe", "ref"];
/// Methods that may wait for objects.
const SLOW: [&str; 6] = ["create", "invoke", "release", "unref", "transaction", "closeSession"];

/// How long a method may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// It calls no object.
    Quick,
    /// It takes as long as the objects that it calls.
    Slow,
}

/// How long a method may take; `None` when there is no such method.
pub(crate) fn pace(method: &str) -> Option<Pace> {
    if QUICK.contains(&method) {
        return Some(Pace::Quick);
    }
    SLOW.contains(&method).then_some(Pace::Slow)
}

impl Realm {
    /// Does one request for a session; the session is in the answer.
    pub fn execute(self: &Arc<Self>, request: &Request, session: &Arc<str>) -> Result<Json, RpcError> {
        match request.method.as_str() {
            "ping" => Ok(json!({ "value": "pong", "sessionId": &**session })),
            "connect" => Ok(json!({ "sessionId": &**session, "serverId": self.shared.server_id })),
            "create" => self.create(request, session),
            "invoke" => self.invoke(request, session),
            "subscribe" => self.subscribe(request, session),
            "describe" => self.describe(request, session),
            "transaction" => transaction::execute(self, request, session),
            "closeSession" => self.close_session(request, session),
            "keepAlive" => done(session),
            "unsubscribe" => self.unsubscribe(request, session),
            "release" => self.release(request, session),
            "ref" => {
                let id = request.text("object")?;
                let mut state = self.state.lock();
                state.entry(&id)?;
                state.hold(&id, session);
                done(session)
            }
            "unref" => {
                let id = request.text("object")?;
                let taken = self.state.lock().let_go(&id, session);
                self.close(taken, "unref");
                done(session)
            }
            _ => Err(RpcError::unknown_method()),
        }
    }

    fn create(self: &Arc<Self>, request: &Request, session: &Arc<str>) -> Result<Json, RpcError> {
        let kind = request.text("type")?;
        let unknown = || RemoteError::not_available(format_args!("Factory '{}' not found", cut(&kind)));
        let made = |class: &&'static Class| !class.is_abstract && self.shared.factory.makes(class);
        let class = Class::find(&kind).filter(made).ok_or_else(unknown)?;
        let params: Vec<&Param> = class.constructor.ok_or_else(unknown)?.iter().collect();
        let given = request.params()?.get("constructorParams");
        if given.is_none() && params.iter().any(|param| !param.optional) {
            return Err(RemoteError::marshal("'constructorParams' is required").into());
        }
        self.enough_resources()?;
        let args = values::args(&params, given, &|id| self.state.lock().object(id))?;
        let parent = ["hub", "mediaPipeline"].iter().find_map(|name| args.object(name).ok()).map(|object| object.id);
        let own = format!("{}_{}", Uuid::new_v4(), class.qualified_name());
        let id: Arc<str> = parent.as_ref().map_or_else(|| own.clone(), |parent| format!("{parent}/{own}")).into();
        self.state.lock().usage.add(class, &self.shared.settings.quotas)?;
        let new = NewObject { id: Arc::clone(&id), events: self.events_of(&id), owner: Arc::clone(&self.owner) };
        let made = guarded(&id, || self.shared.factory.create(class, &args, new));
        let made = made.and_then(|made| made.ok_or_else(unknown)?);
        let remote = made.inspect_err(|_| self.state.lock().usage.remove(class))?;
        self.add(&id, remote, parent, session)?;
        tracing::info!(object = %id, "create");
        Ok(json!({ "value": &*id, "sessionId": &**session }))
    }

    /// Puts a new object among the others and tells of it.
    fn add(
        &self,
        id: &Arc<str>,
        remote: Arc<dyn Remote>,
        parent: Option<Arc<str>>,
        session: &Arc<str>,
    ) -> Result<(), RemoteError> {
        let mut state = self.state.lock();
        if parent.as_ref().is_some_and(|parent| !state.objects.contains_key(parent)) {
            state.usage.remove(remote.class());
            drop(state);
            guarded(id, || remote.close())?;
            return Err(RemoteError::not_found("the parent was released meanwhile"));
        }
        state.insert(Arc::clone(id), Entry::new(remote, parent, id.to_string(), unix_millis() / 1_000), session);
        deliver(&state, manager::ID, "ObjectCreated", vec![("object".to_owned(), json!(&**id))]);
        Ok(())
    }

    fn enough_resources(&self) -> Result<(), RemoteError> {
        let settings = &self.shared.settings;
        let scarce = |limit| self.shared.resources.scarce(limit, settings.clock.now());
        match settings.exception_limit.and_then(scarce) {
            Some(what) => Err(RemoteError::not_enough_resources(format_args!("too many {what} in this process"))),
            None => Ok(()),
        }
    }

    fn invoke(&self, request: &Request, session: &Arc<str>) -> Result<Json, RpcError> {
        let given = request.params()?.get("operationParams").cloned();
        let (operation, given) = as_named_today(request.text("operation")?, given);
        let id = request.text("object")?;
        let object = {
            let mut state = self.state.lock();
            let object = state.object(&id)?;
            state.hold(&id, session);
            object
        };
        let member = object.remote.class().member(&operation);
        let missing = || RemoteError::malformed_transaction(format_args!("Method '{}' not found", cut(&operation)));
        let args = self.arguments(member.ok_or_else(missing)?, given.as_ref())?;
        let common = crate::common::invoke(&mut self.state.lock(), &id, &operation, &args);
        let value = match common {
            Some(value) => value?,
            None => call(&object, &operation, &args)?,
        };
        Ok(json!({ "value": value, "sessionId": &**session }))
    }

    fn arguments(&self, member: Member, given: Option<&Json>) -> Result<Args, RemoteError> {
        let setter;
        let params: Vec<&Param> = match member {
            Member::Method(method) => method.params.iter().collect(),
            Member::Get(_) => Vec::new(),
            Member::Set(property) => {
                setter = property.parameter();
                vec![&setter]
            }
        };
        if given.is_none() && params.iter().any(|param| !param.optional) {
            return Err(RemoteError::marshal("'operationParams' is required"));
        }
        values::args(&params, given, &|id| self.state.lock().object(id))
    }

    fn subscribe(&self, request: &Request, session: &Arc<str>) -> Result<Json, RpcError> {
        let (id, event) = (request.text("object")?, request.text("type")?);
        let subscription = Uuid::new_v4().to_string();
        let new = Subscription { id: subscription.clone(), event, session: Arc::clone(session), callback: None };
        self.hear(&id, new)?;
        Ok(json!({ "value": subscription, "sessionId": &**session }))
    }

    /// A session hears an event of an object from now on.
    pub fn hear(&self, id: &str, new: Subscription) -> Result<(), RemoteError> {
        let mut state = self.state.lock();
        let event = &new.event;
        if !state.class(id)?.raises(legacy::event(event)) {
            return Err(RemoteError::event_not_supported(format_args!("Event '{}' not supported", cut(event))));
        }
        let session = Arc::clone(&new.session);
        state.entry(id)?.subscribe(new)?;
        state.hold(id, &session);
        Ok(())
    }

    /// Never fails for an object or a subscription that is gone: clients unsubscribe after they release.
    fn unsubscribe(&self, request: &Request, session: &Arc<str>) -> Result<Json, RpcError> {
        let (id, subscription) = (request.text("object")?, request.text("subscription")?);
        if let Ok(entry) = self.state.lock().entry(&id) {
            entry.subscriptions.retain(|known| known.id != subscription || known.session != *session);
        }
        done(session)
    }

    /// For all sessions; an object that is not known (any more) is no error.
    fn release(&self, request: &Request, session: &Arc<str>) -> Result<Json, RpcError> {
        let id = request.text("object")?;
        if id != manager::ID {
            let taken = self.state.lock().take(&id);
            self.close(taken, "release");
        }
        done(session)
    }

    fn describe(&self, request: &Request, session: &Arc<str>) -> Result<Json, RpcError> {
        let id = request.text("object")?;
        let mut state = self.state.lock();
        let class = state.class(&id)?;
        state.hold(&id, session);
        let hierarchy: Vec<String> = class.lineage().skip(1).map(Class::qualified_name).collect();
        Ok(json!({
            "type": class.name,
            "qualifiedType": class.qualified_name(),
            "hierarchy": hierarchy,
            "sessionId": &**session,
        }))
    }

    /// Ends a session: what only it held goes; with `release`, all that it held goes, for everybody.
    fn close_session(&self, request: &Request, session: &Arc<str>) -> Result<Json, RpcError> {
        let release = request.flag("release")?;
        let taken = {
            let mut state = self.state.lock();
            let mut taken = Vec::new();
            if release && let Some(known) = state.sessions.get(session) {
                let held: Vec<Arc<str>> = known.holds.iter().filter(|id| ***id != *manager::ID).cloned().collect();
                taken.extend(held.iter().flat_map(|id| state.take(id)));
            }
            taken.extend(state.drop_session(session));
            taken
        };
        self.close(taken, "closeSession");
        Ok(Json::Null)
    }
}

fn done(session: &Arc<str>) -> Result<Json, RpcError> {
    Ok(json!({ "sessionId": &**session }))
}

/// Calls an object itself, without any lock.
fn call(object: &ObjectRef, operation: &str, args: &Args) -> Result<Json, RemoteError> {
    let bound = guarded(operation, || object.remote.invoke(operation, args))?;
    let class = object.remote.class().name;
    let unbound = || RemoteError::not_implemented(format_args!("{class}.{operation}"));
    Ok(values::write(&bound.ok_or_else(unbound)??))
}

/// An operation and its parameters, by the names of today.
fn as_named_today(operation: String, mut given: Option<Json>) -> (String, Option<Json>) {
    let Some(legacy::Renamed { operation, param: (old, new) }) = legacy::operation(&operation) else {
        return (operation, given);
    };
    if let Some(params) = given.as_mut().and_then(Json::as_object_mut) {
        let value = params.remove(old);
        params.extend(value.map(|value| (new.to_owned(), value)));
    }
    (operation, given)
}
