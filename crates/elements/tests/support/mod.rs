//! What the tests of elements share: made-up pictures and sounds, and how alike they are.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod stage;

use std::f64::consts::TAU;
use std::sync::{Arc, Mutex};
use trellis_elements::program;
use trellis_graph::Element;
use trellis_media::{Caps, Item, Kind, MediaTime, Payload, Picture, Sound};

/// A picture of one colour.
pub fn plain(width: u32, height: u32, [y, u, v]: [u8; 3]) -> Picture {
    let mut picture = Picture::black(width, height).unwrap();
    for ((plane, _), value) in picture.planes_mut().into_iter().zip([y, u, v]) {
        plane.fill(value);
    }
    picture
}

/// A picture with smooth detail, another one for each `seed`.
pub fn waves(width: u32, height: u32, seed: usize) -> Picture {
    let mut picture = Picture::black(width, height).unwrap();
    for (index, (plane, stride)) in picture.planes_mut().into_iter().enumerate() {
        for (at, sample) in plane.iter_mut().enumerate() {
            let (x, y) = ((at % stride) as f64 / f64::from(width), (at / stride) as f64 / f64::from(height));
            let (x, y) = if index == 0 { (x, y) } else { (x * 2.0, y * 2.0) };
            let wave = (x * TAU * (2.0 + seed as f64)).sin() * 40.0 + (y * TAU * 3.0 + seed as f64).cos() * 40.0;
            *sample = if index == 0 { (128.0 + wave) as u8 } else { (128.0 + wave / 3.0) as u8 };
        }
    }
    picture
}

/// A part of a picture.
pub fn cut(picture: &Picture, [x, y, width, height]: [u32; 4]) -> Picture {
    let mut part = Picture::black(width, height).unwrap();
    let planes = part.planes();
    for (index, (target, stride)) in part.planes_mut().into_iter().enumerate() {
        let shift = u32::from(index > 0);
        let (x, y) = ((x >> shift) as usize, (y >> shift) as usize);
        let (source, source_stride) = picture.plane(index);
        for (row, to) in target.chunks_mut(stride).take(planes[index].height).enumerate() {
            let from = (y + row) * source_stride + x;
            to[..planes[index].width].copy_from_slice(&source[from..from + planes[index].width]);
        }
    }
    part
}

/// PSNR of all three planes together, in dB; 99 for the same picture.
pub fn psnr(one: &Picture, other: &Picture) -> f64 {
    assert_eq!((one.width(), one.height()), (other.width(), other.height()));
    let (mut sum, mut count) = (0.0, 0.0);
    for (index, plane) in one.planes().into_iter().enumerate() {
        let ((a, stride), (b, _)) = (one.plane(index), other.plane(index));
        for (a, b) in a.chunks(stride).zip(b.chunks(stride)).take(plane.height) {
            for (a, b) in a.iter().zip(b).take(plane.width) {
                sum += (f64::from(*a) - f64::from(*b)).powi(2);
                count += 1.0;
            }
        }
    }
    if sum == 0.0 { 99.0 } else { 10.0 * (255.0_f64.powi(2) * count / sum).log10() }
}

/// The luma in the middle of a rectangle.
pub fn luma(picture: &Picture, x: usize, y: usize) -> u8 {
    let (plane, stride) = picture.plane(0);
    plane[y * stride + x]
}

/// 20 ms of a tone at 48 kHz, stereo, which goes on from block to block.
pub fn tone(hertz: f64, block: usize) -> Sound {
    let sample = |frame: usize| ((frame as f64 * hertz * TAU / 48_000.0).sin() * 8_000.0) as i16;
    let samples = (block * 960..(block + 1) * 960).flat_map(|frame| [sample(frame); 2]).collect();
    Sound { rate: 48_000, channels: 2, samples }
}

/// How loud a tone is in the left channel, as an amplitude (Goertzel).
pub fn loudness(samples: &[i16], hertz: f64) -> f64 {
    let count = samples.len() / 2;
    let factor = 2.0 * (TAU * hertz / 48_000.0).cos();
    let (mut before, mut last) = (0.0, 0.0);
    for sample in samples.iter().step_by(2) {
        (before, last) = (last, f64::from(*sample) + factor * last - before);
    }
    2.0 * (last * last + before * before - factor * last * before).max(0.0).sqrt() / count as f64
}

/// What a sink has taken.
#[derive(Clone, Default)]
pub struct Taken(Arc<Mutex<Vec<Item>>>);

impl Taken {
    /// A sink that keeps what comes.
    pub fn sink(&self, name: &str, kind: Kind, caps: Caps) -> Element {
        let kept = Arc::clone(&self.0);
        program::sink(name, kind, caps, move |item| kept.lock().unwrap().push(item))
    }

    pub fn items(&self) -> Vec<Item> {
        self.0.lock().unwrap().clone()
    }

    pub fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    pub fn pictures(&self) -> Vec<(MediaTime, Picture)> {
        let picture = |item: Item| match item.payload {
            Payload::Picture(picture) => (item.time, picture),
            other => panic!("not a picture: {other:?}"),
        };
        self.items().into_iter().map(picture).collect()
    }

    /// All samples one after another, and the time of the first.
    pub fn samples(&self) -> (MediaTime, Vec<i16>) {
        let items = self.items();
        let first = items.first().map_or(MediaTime::ZERO, |item| item.time);
        let samples = items.iter().flat_map(|item| match &item.payload {
            Payload::Sound(sound) => sound.samples.to_vec(),
            other => panic!("not sound: {other:?}"),
        });
        (first, samples.collect())
    }
}
