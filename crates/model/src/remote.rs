//! Live objects: what elements implement and the control plane calls.

use crate::{Args, Class, RemoteError, Value};
use std::any::Any;
use std::sync::Arc;

/// A live object of a remote class.
pub trait Remote: Any + Send + Sync {
    /// Its class.
    fn class(&self) -> &'static Class;

    /// Does what a member says: a method's name, `getX` or `setX`. `None` when nothing here is bound to that member.
    /// May block for seconds; called from many threads.
    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>>;

    /// Ends it. Called once, when its last reference is gone; nothing is invoked afterwards.
    fn close(&self);
}

/// Makes live objects.
pub trait Factory: Send + Sync {
    /// Whether it makes objects of a class: what applications are told that they can create.
    fn makes(&self, class: &'static Class) -> bool;

    /// Makes an object of a class that is not abstract; `None` when nothing here makes that class.
    fn create(
        &self,
        class: &'static Class,
        args: &Args,
        new: NewObject,
    ) -> Option<Result<Arc<dyn Remote>, RemoteError>>;
}

/// What a new object is given.
pub struct NewObject {
    /// Its id.
    pub id: Arc<str>,
    /// Where it raises its events.
    pub events: EventSink,
    /// Whose it is: the name of a tenant; empty where nobody is asked who they are.
    pub owner: Arc<str>,
}

/// Takes the events of one object to whoever subscribed. Cheap, never blocks, may be called from any thread.
#[derive(Clone)]
pub struct EventSink(Arc<Deliver>);

type Deliver = dyn Fn(&str, Vec<(String, Value)>) + Send + Sync;

impl EventSink {
    /// Events go to a function: event type and fields.
    pub fn new(deliver: impl Fn(&str, Vec<(String, Value)>) + Send + Sync + 'static) -> EventSink {
        EventSink(Arc::new(deliver))
    }

    /// Raises an event.
    pub fn raise<'a>(&self, event: &str, fields: impl IntoIterator<Item = (&'a str, Value)>) {
        (self.0)(event, fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    }
}
