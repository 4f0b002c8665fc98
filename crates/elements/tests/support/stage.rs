//! Objects of a live pipeline, made and called as the control plane does it; cameras and screens that are the test's own.

use super::{plain, tone};
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use trellis_elements::objects::{ElementCore, ElementFactory, ElementObject, PipelineObject};
use trellis_elements::{Media, MediaSettings};
use trellis_graph::{Command, Context, Element, Node, NodeError, PadSpec, Report};
use trellis_media::{Caps, Codec, Format, FrameRate, Item, Kind, MediaTime, Payload, Picture};
use trellis_model::{Args, Class, EventSink, Factory, NewObject, ObjectRef, Record, Remote, RemoteError, Value};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

type Events = Arc<Mutex<Vec<(String, BTreeMap<String, Value>)>>>;

/// A pipeline and what makes its objects.
pub struct Stage {
    factory: ElementFactory,
    pipeline: ObjectRef,
    objects: Arc<PipelineObject>,
    next: AtomicUsize,
}

/// An object, and the events that it has raised.
pub struct Object {
    pub reference: ObjectRef,
    events: Events,
}

impl Stage {
    pub fn new() -> Stage {
        let media = Media::start(MediaSettings { threads: 2, ..MediaSettings::default() }).expect("threads");
        let factory = ElementFactory::new(media);
        let (id, events): (Arc<str>, _) = ("pipeline".into(), EventSink::new(|_, _| ()));
        let class = Class::find("MediaPipeline").expect("declared");
        let new = NewObject { id: Arc::clone(&id), events, owner: "".into() };
        let remote = factory.create(class, &Args::default(), new).expect("made").expect("a pipeline");
        let any: Arc<dyn Any + Send + Sync> = Arc::<dyn Remote>::clone(&remote);
        let objects = any.downcast().expect("a pipeline object");
        Stage { factory, pipeline: ObjectRef { id, remote }, objects, next: AtomicUsize::new(0) }
    }

    fn new_object(&self, parent: &str) -> (NewObject, Events) {
        let id = format!("{parent}/{}", self.next.fetch_add(1, Ordering::Relaxed)).into();
        let events = Events::default();
        let raised = Arc::clone(&events);
        let sink = move |name: &str, fields: Vec<(String, Value)>| {
            raised.lock().unwrap().push((name.to_owned(), fields.into_iter().collect()));
        };
        (NewObject { id, events: EventSink::new(sink), owner: "".into() }, events)
    }

    fn make(&self, class: &str, parent: (&str, &ObjectRef), args: &[(&str, Value)]) -> Result<Object, RemoteError> {
        let (new, events) = self.new_object(&parent.1.id);
        let id = Arc::clone(&new.id);
        let parent = (parent.0, Value::Object(parent.1.clone()));
        let args = args_of(&[args, &[parent]].concat());
        let remote = self.factory.create(Class::find(class).expect("declared"), &args, new).expect("made")?;
        Ok(Object { reference: ObjectRef { id, remote }, events })
    }

    /// An object of a class whose constructor takes the pipeline.
    pub fn create(&self, class: &str, args: &[(&str, Value)]) -> Object {
        self.make(class, ("mediaPipeline", &self.pipeline), args).expect(class)
    }

    /// The error that creating an object gives.
    pub fn refused(&self, class: &str, args: &[(&str, Value)]) -> RemoteError {
        self.make(class, ("mediaPipeline", &self.pipeline), args).err().expect("an error")
    }

    /// A port of a hub.
    pub fn port(&self, hub: &Object) -> Object {
        self.try_port(hub).expect("a port")
    }

    pub fn try_port(&self, hub: &Object) -> Result<Object, RemoteError> {
        self.make("HubPort", ("hub", &hub.reference), &[])
    }

    fn own(&self, element: Element) -> (Object, trellis_graph::ElementId) {
        let (new, events) = self.new_object("pipeline");
        let (id, core) = (Arc::clone(&new.id), ElementCore::add(&self.objects, element, new));
        let key = core.key;
        let object = Arc::new(Own(core));
        object.0.adopt(&object);
        (Object { reference: ObjectRef { id, remote: object }, events }, key)
    }

    /// A live camera with a microphone, of one colour and one tone, which is on.
    pub fn camera(&self, shot: Shot) -> Object {
        let (object, key) = self.own(shot.element());
        self.objects.graph().command(key, Begin);
        object
    }

    /// The same behind an encoder: it gives VP8.
    pub fn vp8_camera(&self, shot: Shot) -> (Object, Object) {
        let camera = self.camera(shot);
        let filter = self.create("PassThrough", &[]);
        filter.call("setVideoFormat", &[("caps", video_caps("VP8"))]).expect("set");
        camera.connect(&filter, "VIDEO");
        camera.connect(&filter, "AUDIO");
        (camera, filter)
    }

    /// A screen with a loudspeaker.
    pub fn screen(&self) -> Screen {
        self.screen_of(Format::raw_video())
    }

    /// A screen that takes video in one format only.
    pub fn screen_of(&self, video: Format) -> Screen {
        let kept = Kept::default();
        let caps = [Caps::like(&[Format::raw_audio(48_000, 2)]), Caps::like(&[video]), Caps::any_of(Kind::Data)];
        let sinks = [Kind::Audio, Kind::Video, Kind::Data].into_iter().zip(caps);
        let (object, _) = self.own(Element {
            name: "screen".into(),
            sinks: sinks.map(|(kind, caps)| PadSpec::sink(kind, caps)).collect(),
            sources: Vec::new(),
            live: false,
            node: Box::new(ScreenNode(Arc::clone(&kept))),
        });
        Screen { object, kept }
    }

    /// Gives a message out of a camera.
    pub fn tell(&self, camera: &Object, message: trellis_media::DataMessage) {
        self.objects.graph().command(camera.own().0.key, message);
    }

    pub fn report(&self) -> Report {
        self.objects.graph().report()
    }

    /// How many encoders of VP8 run.
    pub fn encoders(&self) -> usize {
        let converters = self.report().converters;
        converters.iter().filter(|(name, _)| name.ends_with("vp8-encode")).map(|(_, count)| count).sum()
    }
}

impl Object {
    pub fn call(&self, operation: &str, args: &[(&str, Value)]) -> Result<Value, RemoteError> {
        self.reference.remote.invoke(operation, &args_of(args)).expect(operation)
    }

    /// Calls what takes ports.
    pub fn with_ports(&self, operation: &str, ports: &[(&str, &Object)]) -> Result<Value, RemoteError> {
        let args: Vec<_> = ports.iter().map(|(name, port)| (*name, port.value())).collect();
        self.call(operation, &args)
    }

    pub fn value(&self) -> Value {
        Value::Object(self.reference.clone())
    }

    pub fn connect(&self, sink: &Object, kind: &str) {
        self.call("connect", &[("sink", sink.value()), ("mediaType", kind.into())]).expect("connected");
    }

    pub fn connect_all(&self, sink: &Object) {
        self.call("connect", &[("sink", sink.value())]).expect("connected");
    }

    pub fn disconnect_all(&self, sink: &Object) {
        self.call("disconnect", &[("sink", sink.value())]).expect("disconnected");
    }

    pub fn release(&self) {
        self.reference.remote.close();
    }

    /// A field of all events of a name and a kind of media so far.
    pub fn heard(&self, event: &str, kind: &str, field: &str) -> Vec<String> {
        let events = self.events.lock().unwrap();
        let of_kind = |fields: &BTreeMap<String, Value>| match fields.get("mediaType") {
            Some(value) => *value == Value::from(kind),
            None => true,
        };
        let wanted = events.iter().filter(|(name, fields)| name == event && of_kind(fields));
        wanted
            .filter_map(|(_, fields)| match fields.get(field)? {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect()
    }

    /// How many events of a name there have been.
    pub fn count(&self, event: &str) -> usize {
        self.events.lock().unwrap().iter().filter(|(name, _)| name == event).count()
    }

    fn own(&self) -> Arc<Own> {
        let any: Arc<dyn Any + Send + Sync> = Arc::<dyn Remote>::clone(&self.reference.remote);
        any.downcast().expect("one of the test's own")
    }
}

fn args_of(args: &[(&str, Value)]) -> Args {
    Args::new(args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

/// `VideoCaps` of a codec.
fn video_caps(codec: &str) -> Value {
    Value::Record(Record { kind: "VideoCaps".into(), fields: vec![("codec".into(), codec.into())] })
}

/// Waits until something is so.
#[track_caller]
pub fn until(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// An element of the test's own.
struct Own(ElementCore);

impl ElementObject for Own {
    fn core(&self) -> &ElementCore {
        &self.0
    }
}

impl Remote for Own {
    fn class(&self) -> &'static Class {
        Class::find("PassThrough").expect("declared")
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        self.0.invoke(operation, args)
    }

    fn close(&self) {
        self.0.close();
    }
}

/// What a camera shows and says.
#[derive(Clone, Copy)]
pub struct Shot {
    pub size: (u32, u32),
    pub colour: [u8; 3],
    pub hertz: f64,
}

struct Begin;

/// Gives 25 pictures and 50 blocks of sound a second.
struct CameraNode {
    shot: Shot,
    picture: Picture,
    begun: MediaTime,
    blocks: usize,
}

impl Shot {
    fn element(self) -> Element {
        let picture = plain(self.size.0, self.size.1, self.colour);
        Element {
            name: "camera".into(),
            sinks: Vec::new(),
            sources: [Kind::Audio, Kind::Video, Kind::Data].map(PadSpec::source).into(),
            live: true,
            node: Box::new(CameraNode { shot: self, picture, begun: MediaTime::ZERO, blocks: 0 }),
        }
    }
}

impl Node for CameraNode {
    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Result<(), NodeError> {
        match command.downcast::<trellis_media::DataMessage>() {
            Ok(message) => {
                cx.set_format(2, Format::data());
                cx.emit(2, Item { time: cx.now(), payload: Payload::Data(*message) });
            }
            Err(_begin) => {
                cx.set_format(0, Format::raw_audio(48_000, 2));
                let (width, height) = self.shot.size;
                cx.set_format(1, Format::raw_video().with_size(width, height).with_frame_rate(FrameRate(25_000)));
                self.begun = cx.now();
                cx.wake_at(cx.now());
            }
        }
        Ok(())
    }

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        let time = |blocks: usize| self.begun + MediaTime::from_millis(20 * blocks as i64);
        while time(self.blocks) <= cx.now() {
            let sound = Payload::Sound(tone(self.shot.hertz, self.blocks));
            cx.emit(0, Item { time: time(self.blocks), payload: sound });
            if self.blocks.is_multiple_of(2) {
                let payload = Payload::Picture(self.picture.clone());
                cx.emit(1, Item { time: time(self.blocks), payload });
            }
            self.blocks += 1;
        }
        cx.wake_at(time(self.blocks));
        Ok(())
    }
}

/// What has come to a screen, by pad.
type Kept = Arc<Mutex<[Vec<Item>; 3]>>;

struct ScreenNode(Kept);

/// Items of each pad that a screen keeps, the newest.
const MOST_KEPT: usize = 500;

impl Node for ScreenNode {
    fn process(&mut self, input: usize, item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        let kept = &mut self.0.lock().unwrap()[input];
        if kept.len() == MOST_KEPT {
            kept.remove(0);
        }
        kept.push(item);
        Ok(())
    }
}

/// A screen's object, and what has come to it.
pub struct Screen {
    pub object: Object,
    kept: Kept,
}

impl Screen {
    pub fn forget(&self) {
        *self.kept.lock().unwrap() = Default::default();
    }

    pub fn video(&self) -> Vec<Item> {
        self.kept.lock().unwrap()[1].clone()
    }

    pub fn messages(&self) -> Vec<trellis_media::DataMessage> {
        let message = |item: &Item| match &item.payload {
            Payload::Data(message) => message.clone(),
            other => panic!("not a message: {other:?}"),
        };
        self.kept.lock().unwrap()[2].iter().map(message).collect()
    }

    /// The last picture.
    pub fn picture(&self) -> Option<Picture> {
        match &self.kept.lock().unwrap()[1].last()?.payload {
            Payload::Picture(picture) => Some(picture.clone()),
            other => panic!("not a picture: {other:?}"),
        }
    }

    /// The colour at a place of the last picture.
    pub fn colour(&self, x: usize, y: usize) -> Option<[u8; 3]> {
        let picture = self.picture()?;
        let at = |plane: usize, x: usize, y: usize| {
            let (bytes, stride) = picture.plane(plane);
            bytes[y * stride + x]
        };
        Some([at(0, x, y), at(1, x / 2, y / 2), at(2, x / 2, y / 2)])
    }

    /// Whether the last picture has about this colour at a place.
    pub fn shows(&self, x: usize, y: usize, colour: [u8; 3]) -> bool {
        let near = |found: [u8; 3]| found.iter().zip(colour).all(|(one, other)| one.abs_diff(other) < 12);
        self.colour(x, y).is_some_and(near)
    }

    /// How loud each of some tones is in the last half second; `None` while there is no such.
    pub fn loudness<const N: usize>(&self, tones: [f64; N]) -> Option<[f64; N]> {
        let kept = self.kept.lock().unwrap();
        let samples = |item: &Item| match &item.payload {
            Payload::Sound(sound) => sound.samples.to_vec(),
            other => panic!("not sound: {other:?}"),
        };
        let samples: Vec<i16> = kept[0].iter().rev().take(25).rev().flat_map(samples).collect();
        (samples.len() >= 48_000).then(|| tones.map(|hertz| super::loudness(&samples, hertz)))
    }

    /// Whether it hears exactly those of some tones that are `true`.
    pub fn hears<const N: usize>(&self, tones: [f64; N], wanted: [bool; N]) -> bool {
        let loud = self.loudness(tones);
        loud.is_some_and(|loud| {
            loud.iter().zip(wanted).all(|(loud, wanted)| if wanted { *loud > 5_000.0 } else { *loud < 150.0 })
        })
    }
}

/// The size in the key picture of a VP8 frame (RFC 6386 section 9.1); `None` of one that is none.
pub fn vp8_size(item: &Item) -> Option<(u16, u16)> {
    let Payload::Frame(frame) = &item.payload else { panic!("not a frame: {item:?}") };
    let bytes = frame.data.get(..10).filter(|bytes| bytes[0] & 1 == 0)?;
    let side = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]) & 0x3fff;
    Some((side(6), side(8)))
}

/// VP8 as encoded frames.
pub fn vp8() -> Format {
    Format::encoded(Codec::Vp8)
}
