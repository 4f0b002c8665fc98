//! The clip that is sent: black pictures of which one in twenty-five is white, and silence in which a beep begins with
//! every white picture.

use std::f64::consts::TAU;
use trellis_media::{MediaTime, Picture, Sound};

/// How long a picture is shown, and a block of sound lasts.
pub const FRAME: MediaTime = MediaTime::from_millis(20);
/// From flash to flash, in frames.
pub const EVERY: i64 = 25;
/// How long a beep lasts, in frames.
pub const BEEP: i64 = 5;
/// The tones of a beep's first frame and of the others, in hertz.
pub const LOW: f64 = 1_000.0;
pub const HIGH: f64 = 2_000.0;
/// Width and height of the pictures in pixels.
pub const SIZE: (u32, u32) = (160, 120);

/// The picture of a frame.
pub fn picture(frame: i64) -> Picture {
    let mut picture = Picture::black(SIZE.0, SIZE.1).expect("a size");
    if frame > 0 && frame % EVERY == 0 {
        let [(luma, _), ..] = picture.planes_mut();
        luma.fill(235);
    }
    picture
}

/// A microphone: how its samples lie against the pictures.
#[derive(Clone, Copy, Debug)]
pub struct Sampling {
    /// Samples by which everything is early.
    pub early: i64,
    /// Samples that it takes for each that it would take if its clock ran as the camera's does.
    pub pace: f64,
}

impl Sampling {
    /// In step with the pictures.
    pub const EVEN: Sampling = Sampling { early: 0, pace: 1.0 };
}

/// The sound of a frame, 48 kHz and stereo. The first frame of a beep is lower than the others: who does not hear it low
/// has not heard its beginning.
pub fn sound(frame: i64, sampling: Sampling) -> Sound {
    let period = (EVERY * 960) as f64 * sampling.pace;
    let sample = |at: i64| {
        let beep = (at as f64 / period).floor();
        let of_beep = at - (beep * period).round() as i64;
        let hertz = if of_beep < 960 { LOW } else { HIGH };
        let beeps = beep >= 1.0 && of_beep < BEEP * 960;
        if beeps { ((of_beep as f64 * hertz * TAU / 48_000.0).sin() * 8_000.0) as i16 } else { 0 }
    };
    let samples = (frame * 960..(frame + 1) * 960).flat_map(|at| [sample(at + sampling.early); 2]).collect();
    Sound { rate: 48_000, channels: 2, samples }
}
