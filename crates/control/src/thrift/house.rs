//! A tenant's house: the session that holds what Thrift clients work with, and the numbers that they call it by.
//!
//! A number is that of an object's lease, eightfold; the rest of the division by eight tells the object (0) from its pads
//! (1 to 6). So pads need no room of their own, and their token is the object's.

use super::generated::types::{
    KmsMediaElement, KmsMediaMixer, KmsMediaObjectRef, KmsMediaObjectType, KmsMediaPad, KmsMediaPadDirection,
    KmsMediaPipeline, KmsMediaType, MEDIA_OBJECT_CAST_ERROR, MEDIA_OBJECT_NOT_FOUND,
};
use super::pads::{DESCRIPTION, Direction, KINDS, Pad};
use super::{Outcome, failure, names};
use crate::lease::Terms;
use crate::realm::Realm;
use crate::rpc::{Request, RpcError};
use crate::session::{Push, Session};
use parking_lot::Mutex;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use trellis_model::{Class, RemoteError};
use uuid::Uuid;

/// Names for each object: its own and those of its pads.
const SLOTS: i64 = 8;

/// Services that the events of one tenant are told to.
const MOST_HANDLERS: usize = 256;
/// Operations of endpoints that give a description for the remote.
const DESCRIBES: [&str; 2] = ["generateOffer", "processOffer"];

/// A tenant, as Thrift clients see it.
pub(super) struct House {
    pub realm: Arc<Realm>,
    /// Holds whatever has a lease.
    pub session: Arc<str>,
    /// Services that subscriptions name.
    handlers: Mutex<HashMap<SocketAddr, Weak<SocketAddr>>>,
}

/// What a reference means.
#[derive(Debug)]
pub(super) enum Named {
    Object(Arc<str>),
    Pad(Pad),
}

impl Named {
    /// The object, or that of the pad.
    pub fn object(&self) -> &Arc<str> {
        match self {
            Named::Object(id) => id,
            Named::Pad(pad) => &pad.element,
        }
    }
}

impl House {
    /// A house in a realm. Its session lives until the house is left.
    pub fn open(realm: &Arc<Realm>, connection: u64) -> House {
        let session: Arc<str> = Uuid::new_v4().to_string().into();
        // Nothing is subscribed for the session itself: subscriptions have callbacks.
        let mut known = Session::default();
        known.in_use = true;
        known.hear_by_socket(connection, &(Arc::new(|_| true) as Push));
        realm.state.lock().sessions.insert(Arc::clone(&session), known);
        House { realm: Arc::clone(realm), session, handlers: Mutex::default() }
    }

    /// Whether nothing has a lease.
    pub fn is_empty(&self) -> bool {
        self.realm.state.lock().leases.is_empty()
    }

    /// Nobody comes any more.
    pub fn leave(&self) {
        let taken = self.realm.state.lock().drop_session(&self.session);
        self.realm.close(taken, "no Thrift client is left");
    }

    /// Releases what gave no sign of life for too long.
    pub fn collect(&self) {
        let now = self.realm.shared.settings.clock.now();
        let taken = self.realm.state.lock().end_leases(&self.session, now);
        self.realm.close(taken, "no sign of life");
    }

    /// A service that a subscription names.
    pub fn handler(&self, address: SocketAddr) -> Result<Arc<SocketAddr>, RemoteError> {
        let mut handlers = self.handlers.lock();
        if let Some(known) = handlers.get(&address).and_then(Weak::upgrade) {
            return Ok(known);
        }
        handlers.retain(|_, known| known.strong_count() > 0);
        if handlers.len() >= MOST_HANDLERS {
            let text = format_args!("events are told to {MOST_HANDLERS} services at the most");
            return Err(RemoteError::not_enough_resources(text));
        }
        let new = Arc::new(address);
        handlers.insert(address, Arc::downgrade(&new));
        Ok(new)
    }

    /// Drops the subscriptions of a handler; how many there were.
    pub fn forget(&self, handler: SocketAddr) -> usize {
        let mut forgotten = 0;
        for entry in self.realm.state.lock().objects.values_mut() {
            let before = entry.subscriptions.len();
            entry.subscriptions.retain(|known| known.callback.as_ref().is_none_or(|to| *to.handler != handler));
            forgotten += before - entry.subscriptions.len();
        }
        forgotten
    }

    /// Does a request of the object model, as a tenant's sockets do; the answer.
    pub fn execute(&self, method: &str, params: Map<String, Json>) -> Result<Json, RpcError> {
        let _place = self.realm.request()?;
        let request = Request { id: None, method: method.to_owned(), params: Some(params) };
        self.realm.execute(&request, &self.session)
    }

    /// The same; what the answer holds as its value.
    pub fn value<const N: usize>(&self, method: &str, params: [(&str, Json); N]) -> Result<Json, RpcError> {
        let params = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let mut answer = self.execute(method, params)?;
        Ok(answer.get_mut("value").map(Json::take).unwrap_or_default())
    }

    /// Invokes a member of an object that needs parameters.
    pub fn invoke<const N: usize>(
        &self,
        object: &str,
        operation: &str,
        params: [(&str, Json); N],
    ) -> Result<Json, RpcError> {
        let params: Map<String, Json> = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let params =
            [("object", object.into()), ("operation", operation.into()), ("operationParams", Json::Object(params))];
        self.value("invoke", params)
    }

    /// Before there was trickle ICE, a description was given with its candidates: what an operation gave that makes one
    /// becomes that. Candidates that STUN and TURN servers are asked for are not waited for.
    pub fn complete(&self, object: &str, operation: &str, value: &mut Json) -> Result<(), RpcError> {
        if DESCRIBES.contains(&operation) && self.class(object)?.is_a("WebRtcEndpoint") {
            self.invoke(object, "gatherCandidates", [])?;
            *value = self.invoke(object, "getLocalSessionDescriptor", [])?;
        }
        Ok(())
    }

    /// The object has a lease from now on, if it had none.
    pub fn lease(&self, id: &str, terms: Terms) -> Result<(), RemoteError> {
        let now = self.realm.shared.settings.clock.now();
        self.realm.state.lock().lease(id, &self.session, terms, now).map(|_| ())
    }

    /// The object, its parents and its children are alive.
    pub fn keep_alive(&self, id: &str) -> Result<(), RemoteError> {
        let now = self.realm.shared.settings.clock.now();
        let mut state = self.realm.state.lock();
        state.show_life(id, now)?;
        state.hold(id, &self.session);
        Ok(())
    }

    pub fn class(&self, id: &str) -> Result<&'static Class, RemoteError> {
        self.realm.state.lock().class(id)
    }

    /// How an object is referred to.
    pub fn refer(&self, id: &str) -> Outcome<KmsMediaObjectRef> {
        let class = self.class(id)?;
        let kind = if class.name == "MediaPipeline" {
            KmsMediaObjectType::Pipeline(KmsMediaPipeline::default())
        } else if class.is_a("Hub") {
            KmsMediaObjectType::Mixer(KmsMediaMixer::new(names::old_class(class)))
        } else {
            KmsMediaObjectType::Element(KmsMediaElement::new(names::old_class(class)))
        };
        self.reference(id, 0, kind)
    }

    /// How a pad is referred to.
    pub fn refer_pad(&self, pad: &Pad) -> Outcome<KmsMediaObjectRef> {
        let (first, direction) = match pad.direction {
            Direction::Sink => (1, KmsMediaPadDirection::SINK),
            Direction::Source => (4, KmsMediaPadDirection::SRC),
        };
        let kind = KINDS.iter().position(|kind| *kind == pad.kind).unwrap_or_default() as i32;
        let described = KmsMediaPad::new(direction, KmsMediaType(kind), DESCRIPTION.to_owned());
        self.reference(&pad.element, first + i64::from(kind), KmsMediaObjectType::Pad(described))
    }

    fn reference(&self, id: &str, slot: i64, kind: KmsMediaObjectType) -> Outcome<KmsMediaObjectRef> {
        let now = self.realm.shared.settings.clock.now();
        let mut state = self.realm.state.lock();
        let lease = state.lease(id, &self.session, Terms::default(), now)?;
        Ok(KmsMediaObjectRef::new(lease.number * SLOTS + slot, lease.token.to_string(), kind))
    }

    /// What a reference means. What it says of the object's type does not count.
    pub fn resolve(&self, reference: &KmsMediaObjectRef) -> Outcome<Named> {
        let number = reference.id.unwrap_or_default();
        let token = reference.token.as_deref().unwrap_or_default();
        let unknown = || failure(MEDIA_OBJECT_NOT_FOUND, format_args!("there is no object {number} of that token"));
        let id = self.realm.state.lock().leased(number.div_euclid(SLOTS), token).ok_or_else(unknown)?;
        let slot = usize::try_from(number.rem_euclid(SLOTS)).unwrap_or_default();
        let pad = |direction, kind: &'static str| Named::Pad(Pad { element: Arc::clone(&id), direction, kind });
        match slot {
            0 => Ok(Named::Object(id)),
            1..=3 => Ok(pad(Direction::Sink, KINDS[slot - 1])),
            4..=6 => Ok(pad(Direction::Source, KINDS[slot - 4])),
            _ => Err(unknown()),
        }
    }

    /// The object that a reference means, which is of a class.
    pub fn object(&self, reference: &KmsMediaObjectRef, class: &str) -> Outcome<Arc<str>> {
        let wrong = |what: &str| failure(MEDIA_OBJECT_CAST_ERROR, format_args!("{what} is no {class}"));
        match self.resolve(reference)? {
            Named::Pad(_) => Err(wrong("a pad")),
            Named::Object(id) => {
                let found = self.class(&id)?;
                if found.is_a(class) { Ok(id) } else { Err(wrong(found.name)) }
            }
        }
    }

    /// The pad that a reference means.
    pub fn pad(&self, reference: &KmsMediaObjectRef, direction: Option<Direction>) -> Outcome<Pad> {
        match self.resolve(reference)? {
            Named::Pad(pad) if direction.is_none_or(|wanted| wanted == pad.direction) => Ok(pad),
            Named::Pad(_) => Err(failure(MEDIA_OBJECT_CAST_ERROR, "the pad has the other direction")),
            Named::Object(_) => Err(failure(MEDIA_OBJECT_CAST_ERROR, "the object is no pad")),
        }
    }
}
