//! The remote that sends: a camera and a microphone whose clocks run wrong, real encoders, a real peer.

use crate::clip::{self, FRAME, Sampling};
use crate::peers::{Gate, network};
use std::sync::{Arc, OnceLock};
use trellis_elements::player::Pace;
use trellis_elements::studio::{Pipeline, Studio};
use trellis_graph::world::DriftingClock;
use trellis_graph::{ElementId, Request, WeakPipeline};
use trellis_media::{Caps, Codec, EncodedFrame, Format, FrameRate, Item, Kind, MediaTime, Payload, RtpPacket};
use trellis_webrtc::{Network, Peer, PeerConfig, PeerObserver, PeerState, Received, SendLeg};

/// By how many millionths the clocks that stamp are too fast. The clock of the sender reports is right.
#[derive(Clone, Copy, Debug)]
pub struct Drift {
    pub sound: f64,
    pub pictures: f64,
}

impl Drift {
    /// Samples of sound for each that there would be if both clocks were alike: what was flashed and beeped together is
    /// sampled together.
    pub fn pace(self) -> f64 {
        (1.0 + self.sound / 1e6) / (1.0 + self.pictures / 1e6)
    }
}

/// See the module.
pub struct Sender {
    pub network: Network,
    pub peer: Peer,
    ear: Arc<Ear>,
}

#[derive(Default)]
struct Ear {
    gate: Gate,
    /// The end of the encoder's pipeline.
    camera: OnceLock<(WeakPipeline, ElementId)>,
}

impl PeerObserver for Ear {
    fn media(&self, _kind: Kind, _packets: &[Received]) {}

    fn keyframe_requested(&self, _kind: Kind) {
        if let Some((pipeline, sink)) = self.camera.get() {
            pipeline.turn(|turn| turn.request(*sink, 0, Request::Keyframe));
        }
    }

    fn bandwidth(&self, _kind: Kind, _bits_per_second: u64) {}

    fn state(&self, state: PeerState) {
        self.gate.heard(state);
    }
}

impl Sender {
    /// A sender that has not negotiated yet.
    pub fn new() -> Sender {
        let (network, ear) = (network(), Arc::new(Ear::default()));
        let (audio, video) = (vec![Codec::Opus], vec![Codec::Vp8]);
        let config = PeerConfig { audio, video, ..PeerConfig::default() };
        let peer = network.peer(config, Arc::clone(&ear) as _).expect("a peer");
        Sender { network, peer, ear }
    }

    pub fn wait_connected(&self) {
        self.ear.gate.wait();
    }

    /// Sends so many frames, in real time.
    pub fn send(&self, studio: &Studio, frames: i64, drift: Drift) {
        let mut pipeline = studio.pipeline();
        let drifting = |drift_ppm| DriftingClock { drift_ppm, ..DriftingClock::default() };
        let picture = |frame, _| Payload::Picture(clip::picture(frame));
        let format = Format::raw_video().with_size(clip::SIZE.0, clip::SIZE.1).with_frame_rate(FrameRate(50_000));
        let camera = self.track(&mut pipeline, Codec::Vp8, drifting(drift.pictures));
        feed(&mut pipeline, camera, format, frames_of(frames, drifting(drift.pictures), picture));
        let mut microphone = Microphone::new(drift);
        let sound = move |frame, time| Payload::Frame(microphone.frame(frame, time));
        let track = self.track(&mut pipeline, Codec::Opus, drifting(drift.sound));
        let format = Format::encoded(Codec::Opus).with_sampling(48_000, 2);
        feed(&mut pipeline, track, format, frames_of(frames, drifting(drift.sound), sound));
        let _ = self.ear.camera.set((pipeline.graph().downgrade(), camera));
        pipeline.run().expect("all is sent");
    }

    /// The end of a track: stamps what comes by its clock, and sends it.
    fn track(&self, pipeline: &mut Pipeline, codec: Codec, clock: DriftingClock) -> ElementId {
        let leg = self.peer.leg(codec.kind()).expect("a leg");
        let mut stamping = Stamping { leg, codec, clock, begun: None };
        let caps = Caps::like(&[Format::rtp(codec)]);
        pipeline.sink("sent", codec.kind(), caps, move |item| stamping.send(item))
    }
}

/// Encodes the clip's sound. Not with the converter, which lets libopus choose how: an onset that it takes for speech
/// comes out smeared over tens of milliseconds.
pub struct Microphone {
    encoder: opus::Encoder,
    sampling: Sampling,
}

impl Microphone {
    pub fn new(drift: Drift) -> Microphone {
        let (channels, application) = (opus::Channels::Stereo, opus::Application::LowDelay);
        let mut encoder = opus::Encoder::new(48_000, channels, application).expect("an encoder");
        encoder.set_bitrate(opus::Bitrate::Bits(96_000)).expect("a bitrate");
        // What is encoded comes out late by the look-ahead: taken off here, flash and beep leave a decoder together.
        let early = i64::from(encoder.get_lookahead().expect("a look-ahead"));
        Microphone { encoder, sampling: Sampling { early, pace: drift.pace() } }
    }

    pub fn frame(&mut self, frame: i64, time: MediaTime) -> EncodedFrame {
        let sound = clip::sound(frame, self.sampling);
        let data = self.encoder.encode_vec(&sound.samples, 1_275).expect("encoded").into();
        EncodedFrame { data, keyframe: true, decode_time: time, duration: FRAME, config: None }
    }
}

struct Stamping {
    leg: SendLeg,
    codec: Codec,
    clock: DriftingClock,
    /// When the first frame was taken: both tracks begin together, whenever the machine got round to it.
    begun: Option<MediaTime>,
}

impl Stamping {
    fn send(&mut self, item: Item) {
        let Payload::Rtp(packet) = item.payload else { panic!("not RTP") };
        let taken = item.time - *self.begun.get_or_insert(item.time);
        let shown = self.clock.shows(taken) + MediaTime::from_micros(5);
        let timestamp = shown.ticks(self.codec.clock_rate()) as u32;
        self.leg.push(self.codec, &RtpPacket { timestamp, ..packet }, taken);
        self.leg.flush();
    }
}

/// Frames, each at the time when a clock that runs wrong says it is time.
fn frames_of(
    count: i64,
    clock: DriftingClock,
    mut payload: impl FnMut(i64, MediaTime) -> Payload + Send + 'static,
) -> impl FnMut() -> Option<Item> + Send + 'static {
    let mut frames = 0..count;
    move || {
        let frame = frames.next()?;
        let time = clock.when(MediaTime::from_nanos(FRAME.nanos() * frame));
        Some(Item { time, payload: payload(frame, time) })
    }
}

fn feed(
    pipeline: &mut Pipeline,
    track: ElementId,
    format: Format,
    next: impl FnMut() -> Option<Item> + Send + 'static,
) {
    let source = pipeline.source("taken", format, Pace::RealTime, next);
    pipeline.connect((source, 0), (track, 0)).expect("connected");
}
