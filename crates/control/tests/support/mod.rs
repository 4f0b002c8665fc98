//! What the tests of the control plane share: a client, and a server with real media.
#![allow(dead_code)]

pub mod thrift;
pub mod world;

use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use trellis_control::{Connection, Control, ControlSettings, Tenant};
use trellis_elements::objects::ElementFactory;
use trellis_elements::{Media, MediaSettings};

/// A client of the control plane, without a socket between.
pub struct Client {
    pub connection: Connection,
    /// The events that it was sent.
    pub pushed: Arc<Mutex<Vec<Json>>>,
    /// The id of its next request.
    pub next: u64,
}

impl Client {
    pub fn of(control: &Control) -> Client {
        Client::of_tenant(control, &Tenant::everybody())
    }

    pub fn of_tenant(control: &Control, tenant: &Tenant) -> Client {
        let pushed: Arc<Mutex<Vec<Json>>> = Arc::default();
        let heard = Arc::clone(&pushed);
        let push = move |text: String| {
            heard.lock().unwrap().push(serde_json::from_str(&text).unwrap());
            true
        };
        Client { connection: control.connect_as(tenant, Arc::new(push)).unwrap(), pushed, next: 0 }
    }

    pub fn raw(&self, text: &str) -> Json {
        serde_json::from_str(&self.connection.receive(text)).unwrap()
    }

    pub fn call(&mut self, method: &str, params: Json) -> Json {
        let id = self.next;
        self.next += 1;
        let answer = self.raw(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string());
        assert_eq!(answer["id"], id);
        answer
    }

    pub fn ok(&mut self, method: &str, params: Json) -> Json {
        let answer = self.call(method, params);
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    pub fn error(&mut self, method: &str, params: Json) -> (i64, String) {
        let answer = self.call(method, params);
        let error = &answer["error"];
        (error["code"].as_i64().unwrap_or_else(|| panic!("no error: {answer}")), error["message"].to_string())
    }

    pub fn create(&mut self, kind: &str, params: Json) -> String {
        let result = self.ok("create", json!({ "type": kind, "constructorParams": params, "properties": {} }));
        result["value"].as_str().unwrap().to_owned()
    }

    /// Invokes a member; the whole answer.
    pub fn invoke(&mut self, object: &str, operation: &str, params: Json) -> Json {
        self.call("invoke", json!({ "object": object, "operation": operation, "operationParams": params }))
    }

    /// What a member that must succeed gives.
    pub fn value(&mut self, object: &str, operation: &str, params: Json) -> Json {
        let answer = self.invoke(object, operation, params);
        assert!(answer.get("error").is_none(), "{operation}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Hears events of an object from now on.
    pub fn hear(&mut self, object: &str, events: &[&str]) {
        for event in events {
            self.ok("subscribe", json!({ "object": object, "type": event }));
        }
    }

    /// The data of the events of an object that came so far, in order.
    pub fn heard(&self, object: &str, event: &str) -> Vec<Json> {
        let pushed = self.pushed.lock().unwrap();
        let values = pushed.iter().map(|message| &message["params"]["value"]);
        let wanted = values.filter(|value| value["object"] == object && value["type"] == event);
        wanted.map(|value| value["data"].clone()).collect()
    }

    /// Waits until the events of an object satisfy a condition.
    pub fn wait(&self, object: &str, event: &str, enough: impl Fn(&[Json]) -> bool) -> Vec<Json> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let heard = self.heard(object, event);
            if enough(&heard) {
                return heard;
            }
            assert!(Instant::now() < deadline, "{event}: only {heard:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The code of the error that a member gives.
    pub fn code(&mut self, object: &str, operation: &str, params: Json) -> i64 {
        let answer = self.invoke(object, operation, params);
        answer["error"]["code"].as_i64().unwrap_or_else(|| panic!("{operation} gives no error: {answer}"))
    }
}

/// A file of the media folder (`TRELLIS_MEDIA`, default `../shared/media`); `None` in a clone without it.
pub fn media(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TRELLIS_MEDIA").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media"));
    let path = folder.join(name).canonicalize().ok();
    if path.is_none() {
        println!("skipped: no media ({name})");
    }
    path
}

/// A control plane over real elements; relative URIs are files of `folder`.
pub fn real(folder: &Path) -> Control {
    configured(MediaSettings { default_path: folder.to_owned(), ..MediaSettings::default() })
}

/// A control plane over real elements that are configured so.
pub fn configured(settings: MediaSettings) -> Control {
    let media = Media::start(MediaSettings { threads: 1, ..settings }).expect("the media plane");
    Control::new(Arc::new(ElementFactory::new(media)), ControlSettings::default())
}
