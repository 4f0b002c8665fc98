//! Endpoints in pipelines, probes beside them, and other programs at the other end.

use parking_lot::Mutex;
use std::f64::consts::TAU;
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use trellis_elements::objects::{ElementCore, ElementFactory, ElementObject, Making};
use trellis_elements::{Media, MediaSettings, pads};
use trellis_graph::{Context, Element, Node, NodeError, PadSpec};
use trellis_media::{Caps, Format, Item, Kind, Payload, Picture, Sound};
use trellis_model::{Args, Class, EventSink, Factory, NewObject, ObjectRef, Remote, RemoteError, Value};

/// The longest that anything here may take, on a machine with other work.
pub const LONG: Duration = Duration::from_secs(60);
/// What the pictures of the tests are: a number, one bit a stripe.
pub const SIZE: (u32, u32) = (320, 180);
const STRIPES: usize = 8;
pub const TONE: f64 = 440.0;

/// Waits for something that other threads or programs do.
pub fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < LONG, "{what}: not in {LONG:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A picture that shows a number.
pub fn numbered(number: usize) -> Picture {
    let mut picture = Picture::black(SIZE.0, SIZE.1).unwrap();
    let stride = picture.plane(0).1;
    for row in picture.planes_mut()[0].0.chunks_mut(stride) {
        for (at, sample) in row.iter_mut().take(SIZE.0 as usize).enumerate() {
            let stripe = at * STRIPES / SIZE.0 as usize;
            *sample = if number >> stripe & 1 == 1 { 210 } else { 40 };
        }
    }
    picture
}

/// The number that a plane of luma shows.
pub fn number(plane: &[u8], stride: usize) -> usize {
    let middle = |stripe: usize| plane[SIZE.1 as usize / 2 * stride + (2 * stripe + 1) * SIZE.0 as usize / STRIPES / 2];
    (0..STRIPES).filter(|stripe| middle(*stripe) > 125).map(|stripe| 1 << stripe).sum()
}

/// How loud the tone is in one channel of sound at 48 kHz, as an amplitude (Goertzel).
pub fn loudness(samples: &[i16]) -> f64 {
    let factor = 2.0 * (TAU * TONE / 48_000.0).cos();
    let (mut before, mut last) = (0.0, 0.0);
    for sample in samples {
        (before, last) = (last, f64::from(*sample) + factor * last - before);
    }
    2.0 * (last * last + before * before - factor * last * before).max(0.0).sqrt() / samples.len().max(1) as f64
}

/// Both ends of a test inside the pipeline: gives numbered pictures and a tone, takes whatever comes.
pub struct Probe {
    core: ElementCore,
    taken: Arc<Mutex<Vec<Item>>>,
    given: AtomicUsize,
}

struct ProbeNode(Arc<Mutex<Vec<Item>>>);

impl Node for ProbeNode {
    fn process(&mut self, _input: usize, item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        let mut taken = self.0.lock();
        if taken.len() < 4_000 {
            taken.push(item);
        }
        Ok(())
    }
}

impl Probe {
    fn make(making: Making<'_>) -> Result<Arc<dyn Remote>, RemoteError> {
        let caps = |kind| match kind {
            Kind::Audio => Caps::like(&[Format::raw_audio(48_000, 1)]),
            Kind::Video => Caps::like(&[Format::raw_video().with_size(SIZE.0, SIZE.1)]),
            Kind::Data => Caps::none(),
        };
        let taken = Arc::default();
        let element = Element {
            name: "probe".into(),
            sinks: pads::KINDS.map(|kind| PadSpec::sink(kind, caps(kind))).into(),
            sources: pads::KINDS.map(PadSpec::source).into(),
            live: true,
            node: Box::new(ProbeNode(Arc::clone(&taken))),
        };
        let core = ElementCore::add(&making.pipeline, element, making.new);
        let probe = Arc::new(Probe { core, taken, given: AtomicUsize::new(0) });
        probe.core.adopt(&probe);
        Ok(probe)
    }

    /// Gives the next picture, and the sound of its 40 ms, at the pipeline's time.
    fn give(&self) {
        let place = self.given.fetch_add(1, Ordering::Relaxed);
        let sample = |at: usize| ((at as f64 * TONE * TAU / 48_000.0).sin() * 8_000.0) as i16;
        let samples: Arc<[i16]> = (place * 1_920..(place + 1) * 1_920).map(sample).collect();
        let [audio, video] = [Kind::Audio, Kind::Video].map(pads::pad);
        self.core.pipeline.graph().turn(|turn| {
            let time = turn.now();
            turn.set_format(self.core.key, video, Format::raw_video().with_size(SIZE.0, SIZE.1));
            turn.set_format(self.core.key, audio, Format::raw_audio(48_000, 1));
            let picture = Payload::Picture(numbered(place % (1 << STRIPES)));
            turn.emit(self.core.key, video, Item { time, payload: picture });
            for (part, samples) in (0..2).zip(samples.chunks(960)) {
                let time = time + trellis_media::MediaTime::from_millis(part * 20);
                let sound = Sound { rate: 48_000, channels: 1, samples: samples.into() };
                turn.emit(self.core.key, audio, Item { time, payload: Payload::Sound(sound) });
            }
        });
    }

    /// Gives pictures and sound in real time until something has happened.
    pub fn give_until(&self, what: &str, mut done: impl FnMut() -> bool) {
        let start = Instant::now();
        let mut due = start;
        while !done() {
            assert!(start.elapsed() < LONG, "{what}: not in {LONG:?}; {} given", self.given.load(Ordering::Relaxed));
            self.give();
            due += Duration::from_millis(40);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }

    /// The numbers of the pictures that came.
    pub fn numbers(&self) -> Vec<usize> {
        let number = |item: &Item| match &item.payload {
            Payload::Picture(picture) => {
                let (plane, stride) = picture.plane(0);
                Some(number(plane, stride))
            }
            _ => None,
        };
        self.taken.lock().iter().filter_map(number).collect()
    }

    /// The sound that came.
    pub fn samples(&self) -> Vec<i16> {
        let samples = |item: &Item| match &item.payload {
            Payload::Sound(sound) => sound.samples.to_vec(),
            _ => Vec::new(),
        };
        self.taken.lock().iter().flat_map(samples).collect()
    }
}

impl ElementObject for Probe {
    fn core(&self) -> &ElementCore {
        &self.core
    }
}

impl Remote for Probe {
    fn class(&self) -> &'static Class {
        Class::find("PassThrough").unwrap()
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        self.core.invoke(operation, args)
    }

    fn close(&self) {
        self.core.close();
    }
}

/// An event that an object raised: its name and its fields.
pub type Event = (String, Vec<(String, Value)>);

/// A live object, and what it raised.
#[derive(Clone)]
pub struct Object {
    id: Arc<str>,
    remote: Arc<dyn Remote>,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Object {
    pub fn call(&self, operation: &str, args: &[(&str, Value)]) -> Result<Value, RemoteError> {
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.remote.invoke(operation, &Args::new(args)).expect("bound")
    }

    /// A call that gives a text.
    pub fn text(&self, operation: &str, args: &[(&str, Value)]) -> String {
        match self.call(operation, args).unwrap_or_else(|error| panic!("{operation}: {error:?}")) {
            Value::Text(text) => text,
            other => panic!("{operation}: {other:?}"),
        }
    }

    pub fn answer(&self, offer: &str) -> String {
        self.text("processOffer", &[("offer", offer.into())])
    }

    pub fn accept(&self, answer: &str) -> String {
        self.text("processAnswer", &[("answer", answer.into())])
    }

    pub fn connect(&self, sink: &Object) {
        let sink = Value::Object(ObjectRef { id: Arc::clone(&sink.id), remote: Arc::clone(&sink.remote) });
        self.call("connect", &[("sink", sink)]).expect("connected");
    }

    /// The values of a field of all events of a name.
    pub fn heard(&self, event: &str, field: &str) -> Vec<Value> {
        let events = self.events.lock();
        let of_name = events.iter().filter(|(name, _)| name == event);
        of_name
            .flat_map(|(_, fields)| fields.iter().filter(|(name, _)| name == field))
            .map(|(_, value)| value.clone())
            .collect()
    }

    pub fn close(&self) {
        self.remote.close();
    }
}

/// A media plane on loopback.
pub struct World {
    factory: ElementFactory,
    pipeline: Object,
    made: AtomicUsize,
    probes: Mutex<Vec<Arc<Probe>>>,
}

impl World {
    pub fn start() -> World {
        World::with(MediaSettings::default())
    }

    pub fn with(settings: MediaSettings) -> World {
        let media = Media::start(settings).unwrap();
        let factory = ElementFactory::new(media).with(Class::find("PassThrough").unwrap(), Probe::make);
        let pipeline = create(&factory, "MediaPipeline", "p", &[]).expect("a pipeline");
        World { factory, pipeline, made: AtomicUsize::new(0), probes: Mutex::default() }
    }

    fn made(&self, class: &'static str, args: &[(&str, Value)]) -> Result<Object, RemoteError> {
        let Object { id, remote, .. } = self.pipeline.clone();
        let args: Vec<_> = [("mediaPipeline", Value::Object(ObjectRef { id, remote }))]
            .into_iter()
            .chain(args.iter().cloned())
            .collect();
        let id = format!("p/{}", self.made.fetch_add(1, Ordering::Relaxed));
        create(&self.factory, class, &id, &args)
    }

    /// An endpoint, by what its constructor is given.
    pub fn try_endpoint(&self, args: &[(&str, Value)]) -> Result<Object, RemoteError> {
        self.made("RtpEndpoint", args)
    }

    pub fn endpoint(&self) -> Object {
        self.try_endpoint(&[]).expect("an endpoint")
    }

    /// An endpoint that protects what it sends; its key is random, or this one.
    pub fn secure(&self, suite: &str, key: Option<&str>) -> Object {
        let fields = [("crypto", suite)].into_iter().chain(key.map(|key| ("keyBase64", key)));
        let crypto = Value::record("SDES", fields.map(|(name, value)| (name, value.into())));
        self.try_endpoint(&[("crypto", crypto)]).expect("an endpoint")
    }

    pub fn probe(&self) -> (Object, Arc<Probe>) {
        let object = self.made("PassThrough", &[]).expect("a probe");
        let remote: Arc<dyn std::any::Any + Send + Sync> = object.remote.clone();
        let probe = remote.downcast::<Probe>().expect("a probe");
        self.probes.lock().push(Arc::clone(&probe));
        (object, probe)
    }
}

fn create(factory: &ElementFactory, class: &str, id: &str, args: &[(&str, Value)]) -> Result<Object, RemoteError> {
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let sink = EventSink::new(move |event, fields| told.lock().push((event.to_owned(), fields)));
    let args = args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let new = NewObject { id: id.into(), events: sink, owner: "".into() };
    let remote = factory.create(Class::find(class).expect("declared"), &Args::new(args), new).expect("a maker")?;
    Ok(Object { id: id.into(), remote, events })
}

/// Even ports of the loopback address that are free now, with the next.
pub fn free_ports<const N: usize>() -> [u16; N] {
    let mut kept = Vec::new();
    std::array::from_fn(|_| {
        loop {
            let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
            let port = socket.local_addr().unwrap().port();
            let next = port.is_multiple_of(2).then(|| UdpSocket::bind(("127.0.0.1", port + 1)).ok()).flatten();
            kept.push(socket);
            if let Some(next) = next {
                kept.push(next);
                return port;
            }
        }
    })
}

/// The port of a section of a description.
pub fn port(sdp: &str, medium: &str) -> u16 {
    let line =
        sdp.lines().find_map(|line| line.strip_prefix(&format!("m={medium} "))).unwrap_or_else(|| panic!("{sdp}"));
    line.split(' ').next().unwrap().parse().unwrap()
}

/// Another program, which is ended with the test.
pub struct Program {
    child: Child,
    name: String,
}

impl Program {
    /// `None`, and a word about it, where the program is not installed.
    pub fn start(name: &str, args: &[String]) -> Option<Program> {
        let mut command = Command::new(name);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null());
        if std::env::var_os("TRELLIS_SHOW_PROGRAMS").is_none() {
            command.stderr(Stdio::null());
        }
        match command.spawn() {
            Ok(child) => Some(Program { child, name: name.to_owned() }),
            Err(error) => {
                println!("skipped: no {name} ({error})");
                None
            }
        }
    }

    /// Whether it has ended by itself, and well.
    pub fn has_ended(&mut self) -> bool {
        let status = self.child.try_wait().unwrap();
        assert!(status.is_none_or(|status| status.success()), "{} failed: {status:?}", self.name);
        status.is_some()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Words of a command line.
pub fn words(line: &str) -> Vec<String> {
    line.split_ascii_whitespace().map(str::to_owned).collect()
}
