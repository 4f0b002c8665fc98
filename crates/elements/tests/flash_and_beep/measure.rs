//! When a stream flashes and when it beeps, by the times that its pictures and blocks of sound have.
//!
//! What the measure itself gets wrong: a flash is as exact as its picture's time, a beep is found where the sound first
//! gets loud, which is 0.04 ms into a tone of 1 kHz. Opus smears an onset by some 3 ms either way, and what libopus
//! encodes comes out 6.5 ms late, as nobody on the way of a call takes its look-ahead off; both count as errors here. A
//! mixer's picture is up to half a picture's time from the picture that it shows.

use crate::clip::{BEEP, EVERY, FRAME};
use std::sync::{Arc, Mutex};
use trellis_elements::program;
use trellis_graph::Element;
use trellis_media::{Caps, Format, Item, Kind, MediaTime, Payload, Picture, Sound};

/// Sound is loud from here on: a quarter of the beep.
const LOUD: u16 = 2_000;
/// A beep is over when nothing was loud for so long. Longer than what a lost packet cuts out of it.
const QUIET: MediaTime = MediaTime::from_millis(150);
/// A beep that is shorter or longer than it was by more than this has lost its beginning or its end.
const SMEARED: MediaTime = MediaTime::from_millis(8);

/// What was seen and heard of one output.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The time of the first item.
    pub first: Option<MediaTime>,
    /// When pictures turned white.
    flashes: Vec<MediaTime>,
    white: bool,
    /// From the first loud sample of each beep to the last.
    beeps: Vec<(MediaTime, MediaTime)>,
}

/// A flash whose beep arrived whole.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// When it flashed.
    pub flash: MediaTime,
    /// How much later it beeped.
    pub late: MediaTime,
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
            if sample[0].unsigned_abs() < LOUD {
                continue;
            }
            let now = time + MediaTime::from_ticks(at as i64, sound.rate);
            match self.beeps.last_mut().filter(|(_, end)| now - *end < QUIET) {
                Some((_, end)) => *end = now,
                None => self.beeps.push((now, now)),
            }
        }
    }

    /// Every flash with its beep. Flashes whose beep lost its beginning or its end on the way are left out, as the
    /// beeps are whose flash was lost.
    pub fn pairs(&self) -> Vec<Pair> {
        let length = MediaTime::from_nanos(FRAME.nanos() * BEEP);
        let whole = |(start, end): &&(MediaTime, MediaTime)| (*end - *start - length).nanos().abs() < SMEARED.nanos();
        let near = FRAME.nanos() * EVERY / 2;
        let pair = |flash: &MediaTime| {
            let beeps = self.beeps.iter().filter(whole).map(|(start, _)| *start - *flash);
            let late = beeps.min_by_key(|late| late.nanos().abs()).filter(|late| late.nanos().abs() < near)?;
            Some(Pair { flash: *flash, late })
        };
        self.flashes.iter().filter_map(pair).collect()
    }
}

/// Watches an output while the pipeline runs. Clones watch the same.
#[derive(Clone, Default)]
pub struct Watcher(Arc<Mutex<Seen>>);

impl Watcher {
    /// A sink of raw media of a kind.
    pub fn sink(&self, kind: Kind) -> Element {
        let raw = if kind == Kind::Audio { Format::raw_audio(48_000, 2) } else { Format::raw_video() };
        self.sink_of(raw)
    }

    /// A sink of raw media of just this format.
    pub fn sink_of(&self, raw: Format) -> Element {
        let seen = Arc::clone(&self.0);
        let kind = raw.kind().expect("a kind");
        program::sink("watcher", kind, Caps::like(&[raw]), move |item| seen.lock().expect("a lock").item(&item))
    }

    /// What has been seen and heard.
    pub fn seen(&self) -> Seen {
        self.0.lock().expect("a lock").clone()
    }
}
