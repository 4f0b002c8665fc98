//! Minutes of a call in virtual time: packets of a sender whose clocks drift apart, over a path that loses, delays and
//! reorders them, through the timelines of an endpoint into a decoder, a mixer and a recording.

use crate::clip::{self, EVERY, FRAME};
use crate::measure::{Seen, Watcher};
use crate::sender::{Drift, Microphone};
use crate::server::{MIXED, played};
use std::path::Path;
use std::sync::{Arc, Mutex};
use trellis_elements::mixer::{self, MixerCommand, PICTURE, Port, SOUND};
use trellis_elements::pads::pad;
use trellis_elements::player::Pace;
use trellis_elements::recorder::{self, ContainerKind, Profile, RecorderCommand};
use trellis_elements::studio::Studio;
use trellis_elements::{catalogue, program};
use trellis_graph::world::{DriftingClock, Random};
use trellis_graph::{Context, Element, ElementId, Node, NodeError, PadSpec, Simulation};
use trellis_media::{Caps, Codec, Format, FrameRate, Item, Kind, MediaTime, Payload, RtpPacket, SourceClock};
use trellis_rtp::Timeline;

/// The chance that a packet is lost, or a report. Pictures are sent again.
const LOSS: f64 = 0.05;
/// What a packet takes at the least, and more than that at the most; what has to be sent again takes this besides.
const DELAY: MediaTime = MediaTime::from_millis(20);
const JITTER: MediaTime = MediaTime::from_millis(30);
const AGAIN: MediaTime = MediaTime::from_millis(50);
/// What the sender's NTP clock shows at zero, in seconds.
const NTP: u64 = 3_900_000_000;

/// What comes to the endpoint.
enum Arriving {
    Packet(RtpPacket),
    /// A sender report: the timestamp of a true time.
    Report(u32, MediaTime),
}

/// One stream of the sender.
struct Stream {
    codec: Codec,
    clock: DriftingClock,
    /// The packets of the frames from one flash to the next.
    cycle: Vec<Vec<RtpPacket>>,
}

impl Stream {
    fn timestamp(&self, taken: MediaTime) -> u32 {
        (self.clock.shows(taken) + MediaTime::from_micros(5)).ticks(self.codec.clock_rate()) as u32
    }

    /// What comes of `length`, and when.
    fn arrivals(&self, length: MediaTime, random: &mut Random) -> Vec<(MediaTime, Arriving)> {
        let (mut arrivals, mut sequence) = (Vec::new(), random.number() as u16);
        for frame in 0..length.nanos() / FRAME.nanos() {
            let taken = self.clock.when(self.clock.offset + MediaTime::from_nanos(frame * FRAME.nanos()));
            for packet in &self.cycle[(frame % self.cycle.len() as i64) as usize] {
                sequence = sequence.wrapping_add(1);
                let mut at = taken + DELAY + random.time(JITTER);
                if random.chance(LOSS) {
                    if self.codec.kind() == Kind::Audio || random.chance(LOSS) {
                        continue;
                    }
                    at += AGAIN;
                }
                let packet = RtpPacket { sequence, timestamp: self.timestamp(taken), ..packet.clone() };
                arrivals.push((at, Arriving::Packet(packet)));
            }
        }
        for second in 1..length.nanos() / 1_000_000_000 {
            let now = MediaTime::from_secs(second);
            if !random.chance(LOSS) {
                arrivals.push((now + DELAY + random.time(JITTER), Arriving::Report(self.timestamp(now), now)));
            }
        }
        arrivals
    }
}

/// The clip's pictures from one flash to the next, which is a keyframe, as the converters make packets of them.
fn pictures() -> Vec<Vec<RtpPacket>> {
    let mut pipeline = Simulation::new(catalogue::converters());
    let mut frames = EVERY..2 * EVERY;
    let next = move || {
        let frame = frames.next()?;
        let time = MediaTime::from_nanos(frame * FRAME.nanos());
        Some(Item { time, payload: Payload::Picture(clip::picture(frame)) })
    };
    let format = Format::raw_video().with_size(clip::SIZE.0, clip::SIZE.1).with_frame_rate(FrameRate(50_000));
    let cycle = Arc::new(Mutex::new(vec![Vec::new(); EVERY as usize]));
    let kept = Arc::clone(&cycle);
    let keep = move |item: Item| {
        let Payload::Rtp(packet) = item.payload else { panic!("not RTP") };
        kept.lock().expect("a lock")[(item.time.nanos() / FRAME.nanos() - EVERY) as usize].push(packet);
    };
    pipeline.turn(|turn| {
        let source = turn.add(program::source("pictures", format, Pace::AsFastAsPossible, next));
        let caps = Caps::like(&[Format::rtp(Codec::Vp8)]);
        let sink = turn.add(program::sink("packets", Kind::Video, caps, keep));
        turn.connect((source, 0), (sink, 0)).expect("connected");
        turn.command(source, Box::new(program::SourceCommand::Begin));
    });
    let cycle = cycle.lock().expect("a lock").clone();
    assert!(cycle.iter().all(|packets: &Vec<RtpPacket>| !packets.is_empty()), "a frame was not encoded");
    cycle
}

/// The clip's sound, a frame a packet.
fn sounds(drift: Drift, length: MediaTime) -> Vec<Vec<RtpPacket>> {
    let mut microphone = Microphone::new(drift);
    let packet = |frame| {
        // The first picture flashes, as the twenty-fifth of the clip does.
        let payload = microphone.frame(frame + EVERY, MediaTime::ZERO).data;
        let (payload_type, marker, sequence, timestamp, ssrc, starts_keyframe) = (0, false, 0, 0, 1, true);
        vec![RtpPacket { payload_type, marker, sequence, timestamp, ssrc, starts_keyframe, payload }]
    };
    (0..length.nanos() / FRAME.nanos()).map(packet).collect()
}

/// A live source that the test feeds.
struct Endpoint;

impl Node for Endpoint {
    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }
}

/// The pipeline of a call.
struct Call {
    pipeline: Simulation,
    endpoint: ElementId,
    recorder: ElementId,
    decoded: Watcher,
    mixed: Watcher,
}

impl Call {
    fn new(file: &Path) -> Call {
        let mut pipeline = Simulation::new(catalogue::converters());
        let (decoded, mixed) = (Watcher::default(), Watcher::default());
        let sources = [Kind::Audio, Kind::Video].map(PadSpec::source).into();
        let node = Box::new(Endpoint);
        let endpoint = Element { name: "endpoint".into(), sinks: Vec::new(), sources, live: true, node };
        let recorder = recorder::element("recorder", file.to_owned(), Profile::of(ContainerKind::WebM));
        let mixer = mixer::element("mixer", MIXED).expect("settings");
        let (endpoint, recorder) = pipeline.turn(|turn| {
            let [endpoint, recorder, mixer] = [endpoint, recorder, mixer].map(|element| turn.add(element));
            turn.set_format(endpoint, 0, Format::rtp(Codec::Opus).with_sampling(48_000, 2));
            turn.set_format(endpoint, 1, Format::rtp(Codec::Vp8));
            for (kind, output, input) in
                [(Kind::Audio, SOUND, Port(0).sound()), (Kind::Video, PICTURE, Port(0).picture())]
            {
                let [sink, end] = [&decoded, &mixed].map(|watcher| turn.add(watcher.sink(kind)));
                let source = (endpoint, pad(kind));
                turn.connect(source, (sink, 0)).expect("connected");
                turn.connect(source, (recorder, pad(kind))).expect("connected");
                turn.connect(source, (mixer, input)).expect("connected");
                turn.connect((mixer, output), (end, 0)).expect("connected");
                turn.command(recorder, Box::new(RecorderCommand::Connected(pad(kind), true)));
                turn.command(mixer, Box::new(MixerCommand::Connected(input)));
            }
            turn.command(recorder, Box::new(RecorderCommand::Record));
            (endpoint, recorder)
        });
        Call { pipeline, endpoint, recorder, decoded, mixed }
    }

    /// Everything comes, in order of arrival; what comes of it is over a second after the last.
    fn run(&mut self, streams: &[Stream; 2], length: MediaTime, seed: u64) {
        let mut random = Random::new(seed);
        let mut arrivals = Vec::new();
        for (place, stream) in streams.iter().enumerate() {
            arrivals.extend(stream.arrivals(length, &mut random).into_iter().map(|(at, what)| (at, place, what)));
        }
        arrivals.sort_by_key(|(at, ..)| *at);
        let mut timelines = [0, 1].map(|place: usize| Timeline::new(streams[place].codec.clock_rate()));
        let mut remote = SourceClock::new();
        for (at, place, what) in arrivals {
            self.pipeline.run_until(at);
            match what {
                Arriving::Packet(packet) => {
                    let time = timelines[place].time(packet.timestamp, at, &mut remote);
                    let item = Item { time, payload: Payload::Rtp(packet) };
                    self.pipeline.turn(|turn| turn.emit(self.endpoint, place, item));
                }
                Arriving::Report(timestamp, now) => {
                    let ntp = ((now.nanos() as u128) << 32) / 1_000_000_000;
                    timelines[place].sender_report(timestamp, (NTP << 32) + ntp as u64);
                }
            }
        }
        self.pipeline.run_until(length + MediaTime::from_secs(1));
        self.pipeline.turn(|turn| turn.command(self.recorder, Box::new(RecorderCommand::Stop)));
    }
}

/// What the outputs of a long call showed.
pub fn call(drift: Drift, length: MediaTime, seed: u64) -> Vec<(&'static str, Seen)> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("call.webm");
    let clock = |drift_ppm, offset| DriftingClock { offset: MediaTime::from_secs(offset), drift_ppm };
    let streams = [
        Stream { codec: Codec::Opus, clock: clock(drift.sound, 77_777), cycle: sounds(drift, length) },
        Stream { codec: Codec::Vp8, clock: clock(drift.pictures, 4_321), cycle: pictures() },
    ];
    let mut call = Call::new(&file);
    call.run(&streams, length, seed);
    let recorded = played(&Studio::start().expect("threads"), &file);
    vec![("decoded", call.decoded.seen()), ("mixer", call.mixed.seen()), ("recording, WebM", recorded)]
}
