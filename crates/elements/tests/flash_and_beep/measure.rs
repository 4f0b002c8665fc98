//! When a stream flashes and when it beeps, by the times that its pictures and blocks of sound have.
//!
//! What the measure itself gets wrong: a flash is as exact as its picture's time; a beep is found where the sound first
//! gets loud, which is 0.04 ms into its tone, and as exact as Opus is with an onset, which it may smear by 2.5 ms. A
//! mixer's picture is up to half of what a picture lasts, 10 ms, from the picture that it shows: that counts as an error.

use crate::clip::{EVERY, FRAME, HIGH, LOW};
use std::sync::{Arc, Mutex};
use trellis_elements::program;
use trellis_graph::Element;
use trellis_media::{Caps, Format, Item, Kind, MediaTime, Payload, Picture, Sound};

/// Sound is loud from here on: a quarter of the beep.
const LOUD: u16 = 2_000;
/// A beep is over when nothing was loud for so long. Longer than what a lost packet cuts out of it.
const QUIET: MediaTime = MediaTime::from_millis(150);
/// How long from its first loud sample a beep is listened to, for its tone.
const LISTENED: MediaTime = MediaTime::from_millis(10);

/// What was seen and heard of one output.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The time of the first item.
    first: Option<MediaTime>,
    /// When pictures turned white.
    flashes: Vec<MediaTime>,
    white: bool,
    beeps: Vec<Beep>,
}

/// A beep as it was heard.
#[derive(Clone, Copy, Debug)]
struct Beep {
    /// Its first loud sample.
    start: MediaTime,
    /// Its last.
    end: MediaTime,
    /// How often the sound went through zero while it was listened to, and on which side it was loud last.
    crossings: u32,
    above: bool,
}

impl Beep {
    fn listen(&mut self, now: MediaTime, sample: i16) {
        let loud = sample.unsigned_abs() >= LOUD;
        if now - self.start < LISTENED && loud && (sample > 0) != self.above {
            self.above = !self.above;
            self.crossings += 1;
        }
    }

    /// Whether its first frame is there.
    fn is_whole(&self) -> bool {
        f64::from(self.crossings) < (LOW + HIGH) * LISTENED.secs_f64()
    }
}

impl Seen {
    pub fn item(&mut self, item: &Item) {
        self.first.get_or_insert(item.time);
        match &item.payload {
            Payload::Picture(picture) => self.see(item.time, picture),
            Payload::Sound(sound) => self.hear(item.time, sound),
            other => panic!("not raw: {other:?}"),
        }
    }

    fn see(&mut self, time: MediaTime, picture: &Picture) {
        let (plane, stride) = picture.plane(0);
        let white = plane[picture.height() as usize / 2 * stride + picture.width() as usize / 2] > 128;
        if white && !self.white {
            self.flashes.push(time);
        }
        self.white = white;
    }

    fn hear(&mut self, time: MediaTime, sound: &Sound) {
        for (at, sample) in sound.samples.chunks(usize::from(sound.channels)).enumerate() {
            let now = time + MediaTime::from_ticks(at as i64, sound.rate);
            if let Some(beep) = self.beeps.last_mut() {
                beep.listen(now, sample[0]);
            }
            if sample[0].unsigned_abs() < LOUD {
                continue;
            }
            match self.beeps.last_mut().filter(|beep| now - beep.end < QUIET) {
                Some(beep) => beep.end = now,
                None => self.beeps.push(Beep { start: now, end: now, crossings: 0, above: sample[0] > 0 }),
            }
        }
    }

    /// How much later than each flash, from `from` after the first item on, it beeped. Left out are flashes whose beep
    /// lost its beginning on the way, and beeps whose flash was lost.
    pub fn late(&self, from: MediaTime) -> Vec<MediaTime> {
        let near = FRAME.nanos() * EVERY / 2;
        let late = |flash: &MediaTime| {
            let beeps = self.beeps.iter().filter(|beep| beep.is_whole()).map(|beep| beep.start - *flash);
            beeps.min_by_key(|late| late.nanos().abs()).filter(|late| late.nanos().abs() < near)
        };
        let begun = self.first.unwrap_or_default() + from;
        self.flashes.iter().filter(|flash| **flash >= begun).filter_map(late).collect()
    }
}

/// Watches an output while the pipeline runs. Clones watch the same.
#[derive(Clone, Default)]
pub struct Watcher(Arc<Mutex<Seen>>);

impl Watcher {
    /// A sink of raw media of a kind, and sound as the clip's.
    pub fn sink(&self, kind: Kind) -> Element {
        self.sink_of(raw(kind))
    }

    /// A sink of raw media of just this format.
    pub fn sink_of(&self, raw: Format) -> Element {
        let kind = raw.kind().expect("a kind");
        program::sink("watcher", kind, Caps::like(&[raw]), self.taker())
    }

    /// What takes the items of a sink.
    pub fn taker(&self) -> impl FnMut(Item) + Send + 'static {
        let seen = Arc::clone(&self.0);
        move |item| seen.lock().expect("a lock").item(&item)
    }

    /// What has been seen and heard.
    pub fn seen(&self) -> Seen {
        self.0.lock().expect("a lock").clone()
    }
}

/// Raw media of a kind as the clip has it.
pub fn raw(kind: Kind) -> Format {
    if kind == Kind::Audio { Format::raw_audio(48_000, 2) } else { Format::raw_video() }
}
