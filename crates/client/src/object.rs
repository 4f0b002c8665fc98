//! Handles of objects of a server, and how they are made.

use crate::error::ClientError;
use crate::events::{Event, Events};
use crate::server::MediaServer;
use crate::wire::{FromWire, ToWire, named};
use serde_json::{Map, Value as Json, json};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// An object of a server, whatever its class. Clones are handles of the same one; dropping them releases nothing.
#[derive(Clone)]
pub struct Object {
    server: MediaServer,
    id: Arc<str>,
}

/// A remote class: a newtype of its parent, and at last of [`Object`].
pub trait Class: Deref + ToWire + FromWire {
    /// Its name in the declarations.
    const NAME: &'static str;

    /// A handle of an object of this class. Nobody checks that it is; [`MediaServer::find`] asks the server.
    fn of(object: Object) -> Self;
}

impl Object {
    pub(crate) fn new(server: MediaServer, id: &str) -> Object {
        Object { server, id: id.into() }
    }

    /// Its id: the parent's id, a slash, a UUID, and the class.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn shared_id(&self) -> &Arc<str> {
        &self.id
    }

    /// Where it lives.
    pub fn server(&self) -> &MediaServer {
        &self.server
    }

    /// Hears an event from now on, until the stream is dropped.
    ///
    /// # Errors
    /// 40106 for an event that objects of its class do not raise.
    pub async fn on<E: Event>(&self) -> Result<Events<E>, ClientError> {
        Events::open(self, E::NAME, E::of).await
    }

    /// Hears an event by its name; what comes are its fields.
    ///
    /// # Errors
    /// 40106 for an event that objects of its class do not raise.
    pub async fn listen(&self, event: &str) -> Result<Events<Map<String, Json>>, ClientError> {
        Events::open(self, event, |fields| Ok(fields.all().clone())).await
    }

    /// Ends it, and what was made in it, for every session. One that is gone already is no error. Its event streams end.
    ///
    /// # Errors
    /// No answer.
    pub async fn release(&self) -> Result<(), ClientError> {
        self.server.request("release", json!({ "object": &*self.id })).await?;
        self.server.events().end_of(&self.id);
        Ok(())
    }

    /// Does an operation by its name: what it gives, as JSON.
    ///
    /// # Errors
    /// What the server or the object says.
    pub async fn invoke(&self, operation: &str, params: Map<String, Json>) -> Result<Json, ClientError> {
        let mut request = Map::new();
        request.insert("object".to_owned(), (&*self.id).into());
        request.insert("operation".to_owned(), operation.into());
        if !params.is_empty() {
            request.insert("operationParams".to_owned(), params.into());
        }
        Ok(value(self.server.request("invoke", request.into()).await?))
    }

    /// Does an operation: what the methods of the classes are.
    ///
    /// # Errors
    /// What the server or the object says.
    pub async fn call<T: FromWire>(
        &self,
        operation: &'static str,
        params: Vec<(&'static str, Json)>,
    ) -> Result<T, ClientError> {
        T::from_wire(&self.invoke(operation, named(params)).await?, &self.server)
    }
}

/// The value in an answer.
pub(crate) fn value(mut answer: Json) -> Json {
    answer.get_mut("value").map(Json::take).unwrap_or_default()
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Object {}

impl Hash for Object {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// What an object is made with.
#[derive(Clone, Debug)]
pub struct Creation {
    server: MediaServer,
    class: &'static str,
    params: Map<String, Json>,
}

impl Creation {
    /// An object of a class with what must be given.
    pub fn new(server: &MediaServer, class: &'static str, params: Vec<(&'static str, Json)>) -> Creation {
        Creation { server: server.clone(), class, params: named(params) }
    }

    /// What may be left out.
    pub fn with(mut self, name: &'static str, value: Json) -> Creation {
        self.params.insert(name.to_owned(), value);
        self
    }

    /// Makes it.
    ///
    /// # Errors
    /// What the server says.
    pub async fn create<T: Class>(self) -> Result<T, ClientError> {
        let params = json!({ "type": self.class, "constructorParams": self.params });
        let id = value(self.server.request("create", params).await?);
        T::from_wire(&id, &self.server)
    }
}
