//! The control plane: requests of connections against the objects that there are.

use crate::connection::Connection;
use crate::manager;
use crate::objects::{Entry, State, Subscription};
use crate::rpc::{Request, RpcError};
use crate::session::{Bound, Push};
use crate::transaction;
use parking_lot::Mutex;
use serde_json::{Map, Value as Json, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use trellis_model::{Class, EventSink, Factory, Member, NewObject, Param, RemoteError, Value, json as values, legacy};
use uuid::Uuid;

/// Objects that there may be at once.
const MAX_OBJECTS: usize = 100_000;

/// What the control plane needs to know.
#[derive(Clone, Debug)]
pub struct ControlSettings {
    /// Whether a request id that comes twice is answered from memory.
    pub request_cache: bool,
    /// What `ServerManager.getMetadata` gives.
    pub metadata: String,
}

/// The control plane. Clones are handles of the same one.
#[derive(Clone)]
pub struct Control(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub factory: Arc<dyn Factory>,
    pub settings: ControlSettings,
    pub state: Mutex<State>,
    pub server_id: String,
    started: Instant,
    connections: AtomicU64,
}

impl Control {
    /// A control plane whose objects a factory makes.
    pub fn new(factory: Arc<dyn Factory>, settings: ControlSettings) -> Control {
        let inner = Inner {
            factory,
            settings,
            state: Mutex::default(),
            server_id: Uuid::new_v4().to_string(),
            started: Instant::now(),
            connections: AtomicU64::new(0),
        };
        let control = Control(Arc::new(inner));
        manager::install(&control);
        control
    }

    /// A new socket; events for its session are given to `push`.
    pub fn connect(&self, push: Push) -> Connection {
        let id = self.0.connections.fetch_add(1, Ordering::Relaxed);
        Connection::new(self.clone(), id, push)
    }

    /// One look of the garbage collector: sessions that showed no life since the last look end, and what only they
    /// held is released. To be called every collector period.
    pub fn collect_garbage(&self) {
        let taken = {
            let mut state = self.0.state.lock();
            let dead: Vec<String> = state
                .sessions
                .iter_mut()
                .filter_map(|(id, session)| (!std::mem::take(&mut session.in_use)).then(|| id.clone()))
                .collect();
            dead.iter().flat_map(|session| state.drop_session(session)).collect()
        };
        self.close(taken, "abandoned");
    }

    /// Sessions whose socket is open live. To be called every quarter of the collector period.
    pub fn keep_connected(&self) {
        for session in self.0.state.lock().sessions.values_mut() {
            session.in_use |= session.bound.is_some();
        }
    }

    /// Releases everything: the server ends.
    pub fn shut_down(&self) {
        let taken = {
            let mut state = self.0.state.lock();
            let roots: Vec<_> = state.objects.keys().filter(|id| ***id != *manager::ID).cloned().collect();
            roots.iter().flat_map(|id| state.take(id)).collect()
        };
        self.close(taken, "the server ends");
    }

    /// Closes objects that have been taken out, without any lock.
    pub(crate) fn close(&self, taken: Vec<(Arc<str>, Entry)>, why: &str) {
        for (id, entry) in taken {
            tracing::info!(object = %id, why, "release");
            entry.remote.close();
            manager::destroyed(self, &id);
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.0.started.elapsed()
    }

    /// Where an object raises its events.
    fn events_of(&self, id: &Arc<str>) -> EventSink {
        let (inner, id) = (Arc::downgrade(&self.0), Arc::clone(id));
        EventSink::new(move |event, fields| {
            if let Some(inner) = Weak::upgrade(&inner) {
                Control(inner).raise(&id, event, fields);
            }
        })
    }

    /// Takes an event to every session that subscribed to it, once by each name that it subscribed by.
    pub(crate) fn raise(&self, id: &str, event: &str, fields: Vec<(String, Value)>) {
        let (targets, tags) = {
            let state = self.0.state.lock();
            let Some(entry) = state.objects.get(id) else { return };
            let wanted = entry.subscriptions.iter().filter(|wanted| legacy::event(&wanted.event) == event);
            let mut names: Vec<(&str, &str)> = wanted.map(|wanted| (&*wanted.event, &*wanted.session)).collect();
            names.sort_unstable();
            names.dedup();
            let bound =
                |(name, session): (&str, &str)| Some((name.to_owned(), state.sessions.get(session)?.bound.clone()?));
            let tags = if entry.send_tags { entry.tags.clone() } else { Vec::new() };
            (names.into_iter().filter_map(bound).collect::<Vec<(String, Bound)>>(), tags)
        };
        if targets.is_empty() {
            return;
        }
        let now = unix_millis();
        let mut data = Map::new();
        data.insert("source".into(), id.into());
        data.insert("tags".into(), tags.iter().map(|(key, value)| tag(key, value)).collect());
        data.insert("timestampMillis".into(), now.to_string().into());
        data.insert("timestamp".into(), (now / 1_000).to_string().into());
        data.insert("type".into(), event.into());
        data.extend(fields.iter().map(|(name, value)| (name.clone(), values::write(value))));
        for (name, bound) in targets {
            let mut data = data.clone();
            if name == event {
                // Seconds were what 6.x told.
                data.remove("timestamp");
            } else {
                data.insert("type".into(), name.as_str().into());
            }
            let value = json!({ "data": data, "object": id, "type": name });
            let message = json!({ "jsonrpc": "2.0", "method": "onEvent", "params": { "value": value } });
            let _ = (bound.push)(message.to_string());
        }
    }

    /// Does one request for a session; the session is in the answer.
    pub(crate) fn execute(&self, request: &Request, session: &str) -> Result<Json, RpcError> {
        match request.method.as_str() {
            "create" => self.create(request, session),
            "invoke" => self.invoke(request, session),
            "subscribe" => self.subscribe(request, session),
            "unsubscribe" => self.unsubscribe(request, session),
            "release" => self.release(request, session),
            "describe" => self.describe(request, session),
            "ref" => {
                let id = request.text("object")?;
                let mut state = self.0.state.lock();
                state.entry(&id)?;
                state.hold(&id, session);
                Ok(json!({ "sessionId": session }))
            }
            "unref" => {
                let taken = self.0.state.lock().let_go(&request.text("object")?, session);
                self.close(taken, "unref");
                Ok(json!({ "sessionId": session }))
            }
            "transaction" => transaction::execute(self, request, session),
            _ => Err(RpcError::new(-32_601, "Method not found.")),
        }
    }

    fn create(&self, request: &Request, session: &str) -> Result<Json, RpcError> {
        let kind = request.text("type")?;
        let unknown = || RemoteError::not_available(format_args!("Factory '{}' not found", cut(&kind)));
        let made = |class: &&'static Class| !class.is_abstract && self.0.factory.makes(class);
        let class = Class::find(&kind).filter(made).ok_or_else(unknown)?;
        let params: Vec<&Param> = class.constructor.ok_or_else(unknown)?.iter().collect();
        let given = request.params()?.get("constructorParams");
        if given.is_none() && params.iter().any(|param| !param.optional) {
            return Err(RemoteError::marshal("'constructorParams' is required").into());
        }
        let args = values::args(&params, given, &|id| self.0.state.lock().object(id))?;
        if self.0.state.lock().objects.len() >= MAX_OBJECTS {
            return Err(RemoteError::not_enough_resources("there are too many objects").into());
        }
        let parent = ["hub", "mediaPipeline"].iter().find_map(|name| args.object(name).ok()).map(|object| object.id);
        let own = format!("{}_{}", Uuid::new_v4(), class.qualified_name());
        let id: Arc<str> = parent.as_ref().map_or_else(|| own.clone(), |parent| format!("{parent}/{own}")).into();
        let new = NewObject { id: Arc::clone(&id), events: self.events_of(&id) };
        let remote = self.0.factory.create(class, &args, new).ok_or_else(unknown)??;
        let entry = Entry::new(Arc::clone(&remote), parent.clone(), id.to_string(), unix_millis() / 1_000);
        {
            let mut state = self.0.state.lock();
            if parent.is_some_and(|parent| !state.objects.contains_key(&parent)) {
                drop(state);
                remote.close();
                return Err(RemoteError::not_found("the parent was released meanwhile").into());
            }
            state.insert(Arc::clone(&id), entry, session);
        }
        tracing::info!(object = %id, "create");
        manager::created(self, &id);
        Ok(json!({ "value": &*id, "sessionId": session }))
    }

    fn invoke(&self, request: &Request, session: &str) -> Result<Json, RpcError> {
        let given = request.params()?.get("operationParams").cloned();
        let (operation, given) = as_named_today(request.text("operation")?, given);
        let id = request.text("object")?;
        let object = {
            let mut state = self.0.state.lock();
            let object = state.object(&id)?;
            state.hold(&id, session);
            object
        };
        let class = object.remote.class();
        let missing = || RemoteError::malformed_transaction(format_args!("Method '{}' not found", cut(&operation)));
        let member = class.member(&operation).ok_or_else(missing)?;
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
            return Err(RemoteError::marshal("'operationParams' is required").into());
        }
        let args = values::args(&params, given.as_ref(), &|id| self.0.state.lock().object(id))?;
        let common = crate::common::invoke(&mut self.0.state.lock(), &id, &operation, &args);
        let value = match common {
            Some(value) => value?,
            None => {
                let bound = object.remote.invoke(&operation, &args);
                let unbound = || RemoteError::not_implemented(format_args!("{}.{operation}", class.name));
                values::write(&bound.ok_or_else(unbound)??)
            }
        };
        Ok(json!({ "value": value, "sessionId": session }))
    }

    fn subscribe(&self, request: &Request, session: &str) -> Result<Json, RpcError> {
        let (id, event) = (request.text("object")?, request.text("type")?);
        let mut state = self.0.state.lock();
        if !state.class(&id)?.raises(legacy::event(&event)) {
            return Err(RemoteError::event_not_supported(format_args!("Event '{}' not supported", cut(&event))).into());
        }
        let subscription = Uuid::new_v4().to_string();
        let new = Subscription { id: subscription.clone(), event, session: session.to_owned() };
        state.entry(&id)?.subscribe(new)?;
        state.hold(&id, session);
        Ok(json!({ "value": subscription, "sessionId": session }))
    }

    /// Never fails for an object or a subscription that is gone: clients unsubscribe after they release.
    fn unsubscribe(&self, request: &Request, session: &str) -> Result<Json, RpcError> {
        let (id, subscription) = (request.text("object")?, request.text("subscription")?);
        if let Ok(entry) = self.0.state.lock().entry(&id) {
            entry.subscriptions.retain(|known| known.id != subscription);
        }
        Ok(json!({ "sessionId": session }))
    }

    fn release(&self, request: &Request, session: &str) -> Result<Json, RpcError> {
        let id = request.text("object")?;
        if id != manager::ID {
            let taken = self.0.state.lock().take(&id);
            self.close(taken, "release");
        }
        Ok(json!({ "sessionId": session }))
    }

    fn describe(&self, request: &Request, session: &str) -> Result<Json, RpcError> {
        let id = request.text("object")?;
        let mut state = self.0.state.lock();
        let class = state.class(&id)?;
        state.hold(&id, session);
        let hierarchy: Vec<String> = class.lineage().skip(1).map(Class::qualified_name).collect();
        Ok(json!({
            "type": class.name,
            "qualifiedType": class.qualified_name(),
            "hierarchy": hierarchy,
            "sessionId": session,
        }))
    }
}

/// A tag as JSON.
pub(crate) fn tag(key: &str, value: &str) -> Json {
    json!({ "__module__": "kurento", "__type__": "Tag", "key": key, "value": value })
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

/// Enough of a client's text to recognise it by.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}

pub(crate) fn unix_millis() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}
