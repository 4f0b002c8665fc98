//! JSON-RPC against a control plane whose objects do nothing.

use serde_json::Value as Json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use trellis_control::{Control, ControlSettings, Tenant};
use trellis_model::{Args, Class, Factory, NewObject, Remote, RemoteError, Value};

/// Makes objects of every class, and counts those that live.
struct World(Arc<AtomicUsize>);

struct Thing {
    class: &'static Class,
    alive: Arc<AtomicUsize>,
}

impl Factory for World {
    fn makes(&self, class: &'static Class) -> bool {
        class.constructor.is_some()
    }

    fn create(&self, class: &'static Class, _: &Args, _: NewObject) -> Option<Result<Arc<dyn Remote>, RemoteError>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Some(Ok(Arc::new(Thing { class, alive: Arc::clone(&self.0) })))
    }
}

impl Remote for Thing {
    fn class(&self) -> &'static Class {
        self.class
    }

    fn invoke(&self, _: &str, _: &Args) -> Option<Result<Value, RemoteError>> {
        Some(Ok(Value::Null))
    }

    fn close(&self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Messages of one client, one a line: each is answered in form, and nothing outlives the server.
pub fn jsonrpc(data: &[u8]) {
    let alive = Arc::new(AtomicUsize::new(0));
    let settings = ControlSettings::default();
    let control = Control::new(Arc::new(World(Arc::clone(&alive))), settings);
    let heard = Arc::new(|event: String| {
        serde_json::from_str::<Json>(&event).expect("an event is JSON");
        true
    });
    let connection = control.connect_as(&Tenant::everybody(), heard).expect("one socket");
    for line in String::from_utf8_lossy(data).lines() {
        let answer = connection.receive(line);
        let answer: Json = serde_json::from_str(&answer).expect("an answer is JSON");
        assert_eq!(answer["jsonrpc"], "2.0");
        let outcomes = ["result", "error"].into_iter().filter(|name| answer.get(name).is_some()).count();
        assert_eq!(outcomes, 1, "an answer has a result or an error");
    }
    drop(connection);
    control.shut_down();
    assert_eq!(alive.load(Ordering::SeqCst), 0, "objects that nobody closed");
}
