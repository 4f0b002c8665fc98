//! The server: the objects that an application would make, one sender's endpoint feeding every kind of output.

use crate::measure::{Seen, Watcher, raw};
use crate::viewer::Listener;
use std::any::Any;
use std::path::Path;
use std::sync::{Arc, Mutex};
use trellis_elements::mixer::{self, MixerCommand, MixerSettings, PICTURE, Port, SOUND};
use trellis_elements::objects::{ElementFactory, PipelineObject};
use trellis_elements::pads::pad;
use trellis_elements::rtp::{RtpStream, output_element};
use trellis_elements::studio::Studio;
use trellis_elements::{Media, MediaSettings};
use trellis_graph::{Element, ElementId};
use trellis_media::{Caps, Codec, FrameRate, Kind, MediaTime};
use trellis_model::{Args, Class, EventSink, Factory, NewObject, ObjectRef, Value};

/// The mixed picture: of the clip's rate, and late enough for what was lost to be sent again.
pub const MIXED: MixerSettings = MixerSettings {
    ports: 2,
    width: 160,
    height: 120,
    frame_rate: FrameRate(50_000),
    latency: MediaTime::from_millis(400),
    pace: trellis_elements::player::Pace::RealTime,
    life: mixer::Life::Inputs,
};

/// A media plane with one pipeline.
pub struct Server {
    media: Arc<Media>,
    factory: ElementFactory,
    pipeline: ObjectRef,
    /// The errors that objects have raised.
    errors: Arc<Mutex<Vec<String>>>,
    /// The endpoint of the sender.
    pub source: ObjectRef,
    source_key: ElementId,
}

impl Server {
    pub fn start(folder: &Path) -> Server {
        let settings = MediaSettings { default_path: folder.to_owned(), ..MediaSettings::default() };
        let media = Media::start(settings).expect("threads");
        let factory = ElementFactory::new(Arc::clone(&media));
        let errors = Arc::default();
        let pipeline = make(&factory, &errors, "MediaPipeline", []);
        let source = make(&factory, &errors, "WebRtcEndpoint", [("mediaPipeline", Value::Object(pipeline.clone()))]);
        let nodes = pipeline_of(&pipeline).graph().report().nodes;
        let source_key = nodes.first().expect("the endpoint").key;
        Server { media, factory, pipeline, errors, source, source_key }
    }

    /// The UDP port of all its peers.
    pub fn port(&self) -> std::net::SocketAddr {
        self.media.open_network().and_then(|network| Ok(network.local_addr()?)).expect("a port")
    }

    fn make<const N: usize>(&self, class: &str, args: [(&str, Value); N]) -> ObjectRef {
        let pipeline = [("mediaPipeline", Value::Object(self.pipeline.clone()))];
        make(&self.factory, &self.errors, class, pipeline.into_iter().chain(args))
    }

    /// An endpoint for one who watches what the sender sends.
    pub fn endpoint(&self) -> ObjectRef {
        let endpoint = self.make("WebRtcEndpoint", []);
        self.connect(&endpoint);
        endpoint
    }

    /// A recorder of what the sender sends, which records already.
    pub fn recorder(&self, file: &str, profile: &str) -> ObjectRef {
        let recorder = self.make("RecorderEndpoint", [("uri", file.into()), ("mediaProfile", profile.into())]);
        self.connect(&recorder);
        call(&recorder, "record", []);
        recorder
    }

    fn connect(&self, sink: &ObjectRef) {
        call(&self.source, "connect", [("sink", Value::Object(sink.clone()))]);
    }

    /// A mixer of what the sender sends, whose output is watched.
    pub fn mixer(&self) -> Watcher {
        let watcher = Watcher::default();
        let mixer = self.add(mixer::element("mixer", MIXED).expect("settings"));
        let pipeline = pipeline_of(&self.pipeline);
        for (kind, output, input) in [(Kind::Audio, SOUND, Port(0).sound()), (Kind::Video, PICTURE, Port(0).picture())]
        {
            let sink = self.add(watcher.sink(kind));
            pipeline.graph().connect((mixer, output), (sink, 0)).expect("connected");
            pipeline.graph().connect((self.source_key, pad(kind)), (mixer, input)).expect("connected");
            pipeline.graph().command(mixer, MixerCommand::Connected(input));
        }
        watcher
    }

    /// Plain RTP of what the sender sends, with somebody who listens to it.
    pub fn plain(&self, codec: Codec) -> Listener {
        let (listener, socket) = Listener::open(codec);
        let (output, _) = output_element("rtp out", RtpStream { codec, payload_type: 96 }, socket);
        let output = self.add(output);
        let source = (self.source_key, pad(codec.kind()));
        pipeline_of(&self.pipeline).graph().connect(source, (output, 0)).expect("connected");
        listener
    }

    fn add(&self, element: Element) -> ElementId {
        pipeline_of(&self.pipeline).graph().add(element)
    }

    /// What has gone wrong.
    pub fn errors(&self) -> Vec<String> {
        self.errors.lock().expect("a lock").clone()
    }
}

fn pipeline_of(object: &ObjectRef) -> Arc<PipelineObject> {
    let any: Arc<dyn Any + Send + Sync> = Arc::clone(&object.remote) as _;
    any.downcast().expect("a pipeline")
}

fn args<'a>(values: impl IntoIterator<Item = (&'a str, Value)>) -> Args {
    Args::new(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn make<'a>(
    factory: &ElementFactory,
    errors: &Arc<Mutex<Vec<String>>>,
    class: &str,
    values: impl IntoIterator<Item = (&'a str, Value)>,
) -> ObjectRef {
    let (errors, name) = (Arc::clone(errors), class.to_owned());
    let events = EventSink::new(move |event, fields| {
        if event == "Error" {
            errors.lock().expect("a lock").push(format!("{name}: {fields:?}"));
        }
    });
    let id: Arc<str> = class.into();
    let new = NewObject { id: Arc::clone(&id), events, owner: "".into() };
    let made = factory.create(Class::find(class).expect("a class"), &args(values), new);
    ObjectRef { id, remote: made.expect("an object of the class").expect("an object") }
}

/// Calls an object.
pub fn call<'a>(object: &ObjectRef, operation: &str, values: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    object.remote.invoke(operation, &args(values)).expect(operation).expect(operation)
}

/// An endpoint's answer to an offer, with its candidates.
pub fn answer(endpoint: &ObjectRef, offer: &str) -> String {
    call(endpoint, "gatherCandidates", []);
    match call(endpoint, "processOffer", [("offer", offer.into())]) {
        Value::Text(answer) => answer,
        other => panic!("not an answer: {other:?}"),
    }
}

/// Ends a recording; what is in its file.
pub fn recorded(recorder: &ObjectRef, studio: &Studio, file: &Path) -> Seen {
    call(recorder, "stopAndWait", []);
    played(studio, file)
}

/// What is in a file.
pub fn played(studio: &Studio, file: &Path) -> Seen {
    let (watcher, mut pipeline) = (Watcher::default(), studio.pipeline());
    let player = pipeline.player(file).expect("a recording");
    for kind in [Kind::Audio, Kind::Video] {
        let sink = pipeline.sink("watcher", kind, Caps::like(&[raw(kind)]), watcher.taker());
        pipeline.connect((player, pad(kind)), (sink, 0)).expect("connected");
    }
    pipeline.run().expect("played");
    watcher.seen()
}
