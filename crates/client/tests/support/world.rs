//! Little objects without media that do what tests ask, and count it.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use trellis_model::{Args, Class, EventSink, Factory, NewObject, Remote, RemoteError, Value};

/// Makes objects of every class. Clones are the same world.
#[derive(Clone, Default)]
pub struct World(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// How often each operation was done; `create` and `close` among them.
    done: HashMap<String, u32>,
    /// Whether `stopAndWait` may end.
    open: bool,
}

impl World {
    /// How often an operation was done.
    pub fn done(&self, operation: &str) -> u32 {
        self.0.state.lock().unwrap().done.get(operation).copied().unwrap_or_default()
    }

    /// Lets those go who wait in `stopAndWait`.
    pub fn open(&self) {
        self.0.state.lock().unwrap().open = true;
        self.0.changed.notify_all();
    }

    fn count(&self, operation: &str) {
        *self.0.state.lock().unwrap().done.entry(operation.to_owned()).or_default() += 1;
    }

    fn wait(&self) {
        let state = self.0.state.lock().unwrap();
        drop(self.0.changed.wait_while(state, |state| !state.open).unwrap());
    }
}

impl Factory for World {
    fn makes(&self, class: &'static Class) -> bool {
        class.constructor.is_some()
    }

    fn create(
        &self,
        class: &'static Class,
        args: &Args,
        new: NewObject,
    ) -> Option<Result<Arc<dyn Remote>, RemoteError>> {
        self.count("create");
        let uri = args.text("uri").unwrap_or_default();
        Some(Ok(Arc::new(Thing { class, uri, events: new.events, world: self.clone() })))
    }
}

struct Thing {
    class: &'static Class,
    uri: String,
    events: EventSink,
    world: World,
}

impl Thing {
    /// So many candidates that one who does not read loses some.
    fn gather(&self) {
        for number in 0..1_500 {
            let candidate = [
                ("candidate", Value::Text(format!("candidate:{number}"))),
                ("sdpMid", "0".into()),
                ("sdpMLineIndex", Value::Int(0)),
            ];
            self.events.raise("IceCandidateFound", [("candidate", Value::record("IceCandidate", candidate))]);
        }
    }
}

impl Remote for Thing {
    fn class(&self) -> &'static Class {
        self.class
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        self.world.count(operation);
        Some(Ok(match operation {
            "getUri" => self.uri.as_str().into(),
            "getState" => "HALF_OPEN".into(),
            "getVideoInfo" => Value::record(
                "VideoInfo",
                [
                    ("isSeekable", true.into()),
                    ("seekableInit", Value::Int(0)),
                    ("seekableEnd", Value::Int(1_000)),
                    ("duration", Value::Int(1_000)),
                ],
            ),
            "getSourceConnections" => {
                let what = args.optional_text("mediaType").unwrap().unwrap_or_default();
                let pads = args.optional_text("description").unwrap().unwrap_or_default();
                return Some(Err(RemoteError::illegal_param(format_args!("{what} {pads}"))));
            }
            "getStats" => Value::Map([("one".to_owned(), latency())].into()),
            "getRembParams" => Value::record("RembParams", [("upLosses", Value::Int(12))]),
            "setRembParams" => {
                self.world.count(&format!("upLosses {:?}", args.record("rembParams").unwrap().int("upLosses")));
                Value::Null
            }
            "addImage" => {
                self.world.count(&format!("{} {:?}", args.text("id").unwrap(), args.float("heightPercent").unwrap()));
                Value::Null
            }
            "play" => {
                self.events.raise("EndOfStream", []);
                Value::Null
            }
            "gatherCandidates" => {
                self.gather();
                Value::Null
            }
            "stopAndWait" => {
                self.world.wait();
                Value::Null
            }
            _ => Value::Null,
        }))
    }

    fn close(&self) {
        self.world.count("close");
    }
}

fn latency() -> Value {
    let stat = Value::record(
        "MediaLatencyStat",
        [("name", "sink_video_default".into()), ("type", "VIDEO".into()), ("avg", Value::Float(2.5))],
    );
    let fields = [
        ("id", "one".into()),
        ("type", "endpoint".into()),
        ("timestampMillis", Value::Int(1_700_000_000_000)),
        ("inputLatency", Value::List(vec![stat.clone()])),
        ("E2ELatency", Value::List(vec![stat])),
    ];
    Value::record("EndpointStats", fields)
}
