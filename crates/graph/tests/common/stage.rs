//! A stage for live changes: a camera that answers keyframe requests like a far sender, codecs that keep frames for a
//! while and mind what they get, and work that takes time. Frames are numbered, and a gap shows.

use super::*;
use trellis_graph::world::Random;
use trellis_media::Carriage;

/// Milliseconds from frame to frame.
pub const FRAME: i64 = 33;

pub fn numbered(number: u32, keyframe: bool) -> Item {
    Item { time: MediaTime::from_millis(i64::from(number % 1_000) * FRAME), ..frame(number, keyframe) }
}

/// A decoder or an encoder.
struct ToyCodec {
    /// Frames that it keeps before it gives one.
    keeps: usize,
    kept: std::collections::VecDeque<Item>,
    encodes: bool,
    keyframe: bool,
    last: Option<u32>,
}

impl Node for ToyCodec {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }
    fn process(&mut self, _input: usize, mut item: Item, cx: &mut Context) -> Result<(), NodeError> {
        let follows = self.last.is_some_and(|last| last + 1 == number(&item));
        if !self.encodes && !follows && !item.starts_keyframe() {
            return Err(NodeError::new(format_args!("{} cannot be decoded after {:?}", number(&item), self.last)));
        }
        self.last = Some(number(&item));
        if let (true, Payload::Frame(frame)) = (self.encodes, &mut item.payload) {
            frame.keyframe = std::mem::take(&mut self.keyframe);
        }
        self.kept.push_back(item);
        while self.kept.len() > self.keeps
            && let Some(item) = self.kept.pop_front()
        {
            cx.emit(0, item);
        }
        Ok(())
    }
    fn end(&mut self, _input: usize, cx: &mut Context) -> Result<(), NodeError> {
        while let Some(item) = self.kept.pop_front() {
            cx.emit(0, item);
        }
        cx.end(0);
        Ok(())
    }
    fn request(&mut self, _output: usize, request: Request, cx: &mut Context) {
        match request {
            Request::Keyframe if self.encodes => self.keyframe = true,
            request => cx.request(0, request),
        }
    }
}

fn codec(name: &'static str, [input, output]: [Format; 2], keeps: usize) -> Converter {
    let encodes = output.carriage() != Some(Carriage::Raw);
    let generations = u32::from(encodes);
    let rule = Rule {
        name: name.into(),
        input: Alternative::like(&input),
        output: Alternative::like(&output),
        keep: FieldSet::of(&[Field::Width, Field::Height, Field::FrameRate]),
        choose: if encodes { FieldSet::of(&[Field::RateClass]) } else { FieldSet::of(&[]) },
        cost: if generations == 1 {
            |_, _| Cost { generations: 1, cpu: 10_000, latency: 20_000 }
        } else {
            |_, _| Cost { generations: 0, cpu: 1_000, latency: 5_000 }
        },
    };
    Converter::new(rule, move |_, _| {
        Box::new(ToyCodec { keeps, kept: Default::default(), encodes, keyframe: true, last: None })
    })
}

/// Decoders of VP8 and H.264, encoders of VP9 and AV1 that keep different numbers of frames, an encoder
/// that keeps all, and a scaler.
pub fn codecs() -> Registry {
    let raw = Format::raw_video();
    let scaler = Rule {
        name: "toy/scale".into(),
        input: Alternative::like(&raw),
        output: Alternative::like(&raw),
        keep: FieldSet::of(&[Field::Width, Field::Height, Field::FrameRate]),
        choose: FieldSet::of(&[Field::Width, Field::Height]),
        cost: |_, _| Cost { generations: 0, cpu: 500, latency: 1_000 },
    };
    Registry::new([
        codec("toy/vp8-decode", [Format::encoded(Codec::Vp8), raw], 1),
        codec("toy/h264-decode", [Format::encoded(Codec::H264), raw], 3),
        codec("toy/vp9-encode", [raw, Format::encoded(Codec::Vp9)], 2),
        codec("toy/av1-encode", [raw, Format::encoded(Codec::Av1)], 0),
        codec("toy/never-done", [raw, Format::encoded(Codec::H265)], usize::MAX),
        Converter::new(scaler, |_, _| Box::new(PassAll(Weight::Heavy))),
    ])
}

/// A sink that notes what it gets, and complains of what it could not show.
pub struct Viewer {
    pub log: Log,
    pub last: Option<u32>,
}

impl Node for Viewer {
    fn process(&mut self, _input: usize, item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        let number = number(&item);
        let follows = self.last.is_some_and(|last| last + 1 == number);
        self.last = Some(number);
        if !follows && !item.starts_keyframe() {
            self.log.say(format!("gap before {number}"));
        }
        self.log.say(number);
        Ok(())
    }
    fn end(&mut self, _input: usize, _cx: &mut Context) -> Result<(), NodeError> {
        self.log.say("end");
        Ok(())
    }
}

/// One seed's run.
pub struct Stage {
    pub world: Simulation,
    pub random: Random,
    pub cameras: Vec<Far>,
    /// The next frame.
    pub next: u32,
}

/// A camera far away: keyframes come some frames after they have been asked for.
pub struct Far {
    pub key: ElementId,
    pub asked: Log,
    /// How often it was asked.
    pub requests: usize,
    /// The frame that will be a keyframe.
    due: Option<u32>,
    /// Added to its frames' numbers.
    base: u32,
    pub encoded: bool,
}

impl Stage {
    pub fn new(seed: u64) -> Stage {
        Stage::with(seed, codecs())
    }

    pub fn with(seed: u64, registry: Registry) -> Stage {
        let mut random = Random::new(seed);
        let mut world = Simulation::new(registry);
        world.work_takes(MediaTime::from_millis(30), random.number());
        Stage { world, random, cameras: Vec::new(), next: 0 }
    }

    pub fn camera(&mut self, format: Format) -> ElementId {
        let asked = Log::default();
        let key = self.world.turn(|turn| {
            let key = turn.add(camera(&asked));
            turn.set_format(key, 0, format);
            key
        });
        let base = self.cameras.len() as u32 * 1_000;
        let encoded = format.carriage() != Some(Carriage::Raw);
        self.cameras.push(Far { key, asked, requests: 0, due: Some(0), base, encoded });
        key
    }

    pub fn viewer(&mut self, camera: ElementId, caps: &str) -> (ElementId, Log) {
        let log = Log::default();
        let sinks = vec![PadSpec::sink(Kind::Video, caps.parse().unwrap())];
        let viewer = Viewer { log: log.clone(), last: None };
        let key = self.world.turn(|turn| {
            let key = turn.add(element("viewer", sinks, 0, false, viewer));
            turn.connect((camera, 0), (key, 0)).unwrap();
            key
        });
        (key, log)
    }

    pub fn set_caps(&mut self, viewer: ElementId, caps: &str) {
        let caps: Caps = caps.parse().unwrap();
        self.world.turn(|turn| turn.set_caps(viewer, 0, caps));
    }

    /// So many frames of every camera.
    pub fn run(&mut self, frames: u32) {
        for _ in 0..frames {
            let (number, random) = (self.next, &mut self.random);
            for camera in &mut self.cameras {
                let keyframe = !camera.encoded || camera.due.take_if(|due| *due <= number).is_some();
                let item = numbered(camera.base + number, keyframe);
                self.world.turn(|turn| turn.emit(camera.key, 0, item));
            }
            self.next += 1;
            let time = MediaTime::from_millis(i64::from(self.next) * FRAME);
            self.world.run_until(time - random.time(MediaTime::from_millis(10)));
            for camera in &mut self.cameras {
                let requests = camera.asked.take().iter().filter(|line| *line == "Keyframe").count();
                camera.requests += requests;
                if requests > 0 && camera.due.is_none() {
                    // Within the 300 ms after which somebody would be asked again.
                    camera.due = Some(self.next + self.random.below(7) as u32);
                }
            }
        }
    }

    /// The next frame of a camera is a keyframe.
    pub fn keyframe_next(&mut self, camera: usize) {
        self.cameras[camera].due = Some(self.next);
    }

    /// Lets everything that is under way arrive, and finds that no node failed.
    pub fn settle(&mut self) {
        let now = self.world.now();
        self.world.run_until(now + MediaTime::from_secs(3));
        for (_, notice) in self.world.take_notices() {
            if let Notice::Error(error) | Notice::Warning(error) = notice {
                panic!("{error}");
            }
        }
    }

    /// A random number of frames.
    pub fn some(&mut self, most: u64) -> u32 {
        self.random.below(most) as u32
    }
}

/// The numbers in a log; a gap or an end in it is a failure.
pub fn numbers(log: &Log, what: &str) -> Vec<u32> {
    let lines = log.take();
    lines.iter().map(|line| line.parse().unwrap_or_else(|_| panic!("{what}: {line}: {lines:?}"))).collect()
}
