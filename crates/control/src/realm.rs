//! What one tenant has: its objects, its sessions, and the delivery of its events. Realms share nothing but the
//! factory, so nothing that a tenant says can reach into another's.

use crate::control::Shared;
use crate::manager;
use crate::objects::{State, Taken};
use crate::tenant::{Tenant, exceeded};
use parking_lot::Mutex;
use serde_json::{Map, Value as Json, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{SystemTime, UNIX_EPOCH};
use trellis_model::{EventSink, RemoteError, Value, json as values, legacy};

/// What one tenant has.
pub(crate) struct Realm {
    pub shared: Arc<Shared>,
    /// The name of its tenant.
    pub owner: Arc<str>,
    pub state: Mutex<State>,
    /// Connections that are open.
    sockets: AtomicUsize,
    /// Connections of this program's own.
    insiders: AtomicUsize,
    /// Requests whose objects are at work.
    in_flight: AtomicUsize,
}

/// One of a bounded number of things of a realm, until it is dropped.
pub(crate) struct Place {
    pub realm: Arc<Realm>,
    counter: fn(&Realm) -> &AtomicUsize,
}

impl Drop for Place {
    fn drop(&mut self) {
        (self.counter)(&self.realm).fetch_sub(1, Ordering::AcqRel);
    }
}

impl Realm {
    pub fn new(shared: Arc<Shared>, tenant: &Tenant) -> Arc<Realm> {
        let realm = Arc::new(Realm {
            shared,
            owner: tenant.name().into(),
            state: Mutex::default(),
            sockets: AtomicUsize::new(0),
            insiders: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
        });
        manager::install(&realm);
        realm
    }

    /// Room for one more socket.
    pub fn socket(self: &Arc<Self>) -> Result<Place, RemoteError> {
        self.place("sockets", self.shared.settings.quotas.sockets, |realm| &realm.sockets)
    }

    /// Room for somebody within the program, who is counted and not limited.
    pub fn insider(self: &Arc<Self>) -> Result<Place, RemoteError> {
        self.place("insiders", None, |realm| &realm.insiders)
    }

    /// Room for one more request at work.
    pub fn request(self: &Arc<Self>) -> Result<Place, RemoteError> {
        self.place("requests_in_flight", self.shared.settings.quotas.requests_in_flight, |realm| &realm.in_flight)
    }

    fn place(
        self: &Arc<Self>,
        quota: &str,
        limit: Option<usize>,
        counter: fn(&Realm) -> &AtomicUsize,
    ) -> Result<Place, RemoteError> {
        let before = counter(self).fetch_add(1, Ordering::AcqRel);
        let place = Place { realm: Arc::clone(self), counter };
        match limit {
            Some(limit) if before >= limit => Err(exceeded(quota, limit)),
            _ => Ok(place),
        }
    }

    /// Whether nothing is left that needs it.
    pub fn is_empty(&self) -> bool {
        let state = self.state.lock();
        let busy = |counter: &AtomicUsize| counter.load(Ordering::Acquire) > 0;
        let counters = [&self.sockets, &self.insiders, &self.in_flight];
        // The manager is always there.
        state.objects.len() <= 1 && state.sessions.is_empty() && !counters.into_iter().any(busy)
    }

    /// Closes objects that have been taken out, without any lock.
    pub fn close(&self, taken: Taken, why: &str) {
        for (id, entry) in taken {
            tracing::info!(object = %id, why, "release");
            if guarded(&id, || entry.remote.close()).is_err() {
                tracing::warn!(object = %id, "it is gone, but did not end well");
            }
            self.raise(manager::ID, "ObjectDestroyed", vec![("objectId".to_owned(), Value::Text(id.to_string()))]);
        }
    }

    /// Where an object raises its events.
    pub fn events_of(self: &Arc<Self>, id: &Arc<str>) -> EventSink {
        let (realm, id) = (Arc::downgrade(self), Arc::clone(id));
        EventSink::new(move |event, fields| {
            if let Some(realm) = Weak::upgrade(&realm) {
                realm.raise(&id, event, fields);
            }
        })
    }

    /// Takes an event to every session that subscribed to it.
    pub fn raise(&self, id: &str, event: &str, fields: Vec<(String, Value)>) {
        let fields: Vec<(String, Json)> =
            fields.into_iter().map(|(name, value)| (name, values::write(&value))).collect();
        deliver(&self.state.lock(), id, event, fields);
    }
}

/// Takes an event to every session that subscribed to it, once by each name that it subscribed by. The lock is held
/// while it is handed out: so all sockets hear the events of an object in one order.
pub(crate) fn deliver(state: &State, id: &str, event: &str, fields: Vec<(String, Json)>) {
    let Some(entry) = state.objects.get(id) else { return };
    let wanted = || entry.subscriptions.iter().filter(|wanted| legacy::event(&wanted.event) == event);
    let mut callbacks = wanted().filter_map(|wanted| Some((&*wanted.event, wanted.callback.as_ref()?))).peekable();
    let on_sockets = wanted().filter(|wanted| wanted.callback.is_none());
    let mut names: Vec<(&str, &str)> = on_sockets.map(|wanted| (&*wanted.event, &*wanted.session)).collect();
    names.sort_unstable();
    names.dedup();
    let bound = |(name, session)| Some((name, &state.sessions.get::<str>(session)?.bound.as_ref()?.push));
    let mut targets = names.into_iter().filter_map(bound).peekable();
    if targets.peek().is_none() && callbacks.peek().is_none() {
        return;
    }
    let now = unix_millis();
    let tags = if entry.send_tags { entry.tags.as_slice() } else { &[] };
    let mut data = Map::new();
    data.insert("source".into(), id.into());
    data.insert("tags".into(), tags.iter().map(|(key, value)| tag(key, value)).collect());
    data.insert("timestampMillis".into(), now.to_string().into());
    data.insert("type".into(), event.into());
    data.extend(fields);
    for (name, push) in targets {
        let _ = push(notification(id, name, named(&data, name, event, now)).to_string());
    }
    for (name, callback) in callbacks {
        (callback.tell)(&named(&data, name, event, now));
    }
}

/// What a session is told that subscribed by a name: who uses an old one gets what came with it.
fn named(data: &Map<String, Json>, name: &str, event: &str, now: i64) -> Map<String, Json> {
    let mut data = data.clone();
    if name != event {
        data.insert("type".into(), name.into());
        // Seconds were what 6.x told.
        data.insert("timestamp".into(), (now / 1_000).to_string().into());
    }
    data
}

fn notification(id: &str, name: &str, data: Map<String, Json>) -> Json {
    let value = json!({ "data": data, "object": id, "type": name });
    json!({ "jsonrpc": "2.0", "method": "onEvent", "params": { "value": value } })
}

/// A tag as clients see it.
pub(crate) fn tag(key: &str, value: &str) -> Json {
    json!({ "__module__": "kurento", "__type__": "Tag", "key": key, "value": value })
}

/// Calls into an object. A panic there is that object's error, not the server's.
pub(crate) fn guarded<T>(what: &str, call: impl FnOnce() -> T) -> Result<T, RemoteError> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|_| {
        tracing::error!(what, "panicked");
        RemoteError::unexpected("the object failed inside")
    })
}

pub(crate) fn unix_millis() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}
