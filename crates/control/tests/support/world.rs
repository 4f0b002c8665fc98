//! Little objects without media that count what happens to them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use trellis_model::{Args, Class, EventSink, Factory, NewObject, Remote, RemoteError, Value};

/// Makes objects of every class. Clones are the same world.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<HashMap<String, u32>>>);

impl World {
    /// The objects that live, sorted.
    pub fn alive(&self) -> Vec<String> {
        let mut alive: Vec<String> =
            self.closes().into_iter().filter(|(_, closes)| *closes == 0).map(|(id, _)| id).collect();
        alive.sort();
        alive
    }

    /// Forgets the objects that were closed; panics when one was closed twice.
    pub fn forget_closed(&self) {
        self.0.lock().unwrap().retain(|id, closes| {
            assert!(*closes <= 1, "{id} was closed {closes} times");
            *closes == 0
        });
    }

    fn closes(&self) -> HashMap<String, u32> {
        self.0.lock().unwrap().clone()
    }
}

impl Factory for World {
    fn makes(&self, class: &'static Class) -> bool {
        class.constructor.is_some()
    }

    fn create(&self, class: &'static Class, _: &Args, new: NewObject) -> Option<Result<Arc<dyn Remote>, RemoteError>> {
        self.0.lock().unwrap().insert(new.id.to_string(), 0);
        Some(Ok(Arc::new(Thing { class, id: new.id.to_string(), events: new.events, world: self.clone() })))
    }
}

struct Thing {
    class: &'static Class,
    id: String,
    events: EventSink,
    world: World,
}

impl Remote for Thing {
    fn class(&self) -> &'static Class {
        self.class
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        match operation {
            "processOffer" => Some(args.text("offer").map(|offer| {
                self.events.raise("IceGatheringDone", []);
                offer.into()
            })),
            "gatherCandidates" => panic!("a fault of the object"),
            _ => Some(Ok(Value::Null)),
        }
    }

    fn close(&self) {
        *self.world.0.lock().unwrap().entry(self.id.clone()).or_default() += 1;
    }
}

/// A small generator of random numbers: the same from the same seed (Knuth's MMIX).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % bound.max(1) as u64) as usize
    }

    pub fn of<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() { None } else { Some(&items[self.below(items.len())]) }
    }
}
