//! A server with real media, on which every event of every object is heard.

use crate::Pair;
use crate::payload::fault;
use crate::support::Client;
use bytes::Bytes;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use trellis_control::{Control, ControlSettings};
use trellis_elements::http_endpoint::{Door, GetDoor, PostDoor};
use trellis_elements::objects::ElementFactory;
use trellis_elements::{Media, MediaSettings};
use trellis_model::{Class, Event};

pub const MANAGER: &str = "manager_ServerManager";
/// The longest that an event may take, on a machine with other work.
const LONG: Duration = Duration::from_secs(60);

pub struct Stage {
    pub client: Client,
    pub pipeline: String,
    classes: BTreeMap<String, &'static Class>,
    /// A hub whose port gives black pictures and silence, once it is wanted.
    source: Option<String>,
    files: usize,
    folder: TempDir,
    media: Arc<Media>,
    _control: Control,
}

impl Stage {
    pub fn new() -> Stage {
        let folder = tempfile::tempdir().expect("a folder");
        // Nobody listens there: the doors of HTTP endpoints are gone through without a socket.
        let http_url = Some("http://127.0.0.1:9".to_owned());
        let default_path = folder.path().to_owned();
        let media = Media::start(MediaSettings { threads: 1, default_path, http_url, ..MediaSettings::default() });
        let media = media.expect("the media plane");
        let control = Control::new(Arc::new(ElementFactory::new(Arc::clone(&media))), ControlSettings::default());
        let client = Client::of(&control);
        let (pipeline, classes) = (String::new(), BTreeMap::new());
        let mut stage = Stage { client, pipeline, classes, source: None, files: 0, folder, media, _control: control };
        stage.hear(MANAGER, "ServerManager");
        stage.pipeline = stage.client.create("MediaPipeline", json!({}));
        let pipeline = stage.pipeline.clone();
        stage.hear(&pipeline, "MediaPipeline");
        stage
    }

    fn hear(&mut self, object: &str, class: &str) {
        let class = Class::find(class).expect("declared");
        let events: Vec<&str> = class.all_events().map(|event| event.name).collect();
        self.client.hear(object, &events);
        self.classes.insert(object.to_owned(), class);
    }

    /// An object, by what its constructor is given besides the pipeline or hub.
    pub fn with(&mut self, class: &str, given: Json) -> String {
        let mut params = given;
        let members = params.as_object_mut().expect("an object");
        if class != "HubPort" {
            members.insert("mediaPipeline".to_owned(), json!(self.pipeline));
        }
        let object = self.client.create(class, params);
        self.hear(&object, class);
        object
    }

    /// An object with what its constructor needs, as it is by itself.
    pub fn make(&mut self, class: &str) -> String {
        match class {
            "HubPort" => {
                let hub = self.with("Dispatcher", json!({}));
                self.with(class, json!({ "hub": hub }))
            }
            "PlayerEndpoint" => self.with(class, json!({ "uri": "nothing.webm" })),
            "RecorderEndpoint" => {
                self.files += 1;
                self.with(class, json!({ "uri": format!("{}.webm", self.files) }))
            }
            _ => self.with(class, json!({})),
        }
    }

    /// A port that gives black pictures and silence.
    pub fn source(&mut self) -> String {
        self.source_of(json!({}))
    }

    /// The same, where the composite is made in another way.
    pub fn source_of(&mut self, composite: Json) -> String {
        if let Some(port) = &self.source {
            return port.clone();
        }
        let hub = self.with("Composite", composite);
        let port = self.with("HubPort", json!({ "hub": hub }));
        self.source.insert(port).clone()
    }

    pub fn call(&mut self, object: &str, operation: &str, params: Json) -> Json {
        self.client.value(object, operation, params)
    }

    /// A call that takes and gives nothing.
    pub fn tell(&mut self, object: &str, operation: &str) {
        self.call(object, operation, json!({}));
    }

    pub fn text(&mut self, object: &str, operation: &str, params: Json) -> String {
        self.call(object, operation, params).as_str().expect("a text").to_owned()
    }

    pub fn connect(&mut self, source: &str, sink: &str) {
        self.call(source, "connect", json!({ "sink": sink }));
    }

    /// Connects one after another.
    pub fn chain(&mut self, elements: &[&str]) {
        for pair in elements.windows(2) {
            self.connect(pair[0], pair[1]);
        }
    }

    /// A file of the stage.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Where the URL of an endpoint leads.
    fn door(&mut self, endpoint: &str) -> Door {
        let url = self.text(endpoint, "getUrl", json!({}));
        self.media.urls().find(url.rsplit('/').next().expect("a name")).expect("a door")
    }

    /// Somebody reads the stream of an endpoint for a moment.
    pub fn read(&mut self, endpoint: &str) {
        let Door::Get(door) = self.door(endpoint) else { panic!("no stream") };
        drop(GetDoor::enter(&door).map_err(|_| "refused").expect("a reader"));
    }

    /// Somebody uploads to an endpoint.
    pub fn upload(&mut self, endpoint: &str, bytes: &[u8]) {
        let Door::Post(door) = self.door(endpoint) else { panic!("no place for uploads") };
        let mut upload = PostDoor::enter(&door).map_err(|_| "refused").expect("an upload");
        let start = Instant::now();
        for part in bytes.chunks(4_096) {
            while upload.push(Bytes::copy_from_slice(part)).is_err() {
                assert!(start.elapsed() < LONG, "nobody takes the upload");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        upload.finish();
    }

    /// Whether an event of any object of a class has come.
    fn has_heard(&self, class: &str, event: &str) -> bool {
        let of_class = self.classes.iter().filter(|(_, known)| known.name == class);
        of_class.into_iter().any(|(object, _)| !self.client.heard(object, event).is_empty())
    }

    /// Waits for an event of any object of a class.
    pub fn await_event(&self, class: &str, event: &str) {
        let start = Instant::now();
        while !self.has_heard(class, event) {
            assert!(start.elapsed() < LONG, "no {event} of a {class} in {LONG:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// All that was heard, each with all that is declared of it.
    pub fn all(&self) -> BTreeSet<Pair> {
        let pushed = self.client.pushed.lock().unwrap();
        pushed.iter().map(|message| self.checked(&message["params"]["value"])).collect()
    }

    fn checked(&self, value: &Json) -> Pair {
        let class = value["object"].as_str().and_then(|object| self.classes.get(object));
        let event = value["type"].as_str().and_then(Event::find);
        let (Some(class), Some(event)) = (class, event) else { panic!("of nobody, or undeclared: {value}") };
        let fault = fault(event, &value["data"]);
        assert!(fault.is_none(), "{} {}: {} in {value}", class.name, event.name, fault.unwrap_or_default());
        assert_eq!(value["data"]["source"], value["object"], "{value}");
        (class.name, event.name)
    }
}
