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

/// The sound of a frame: 48 kHz, stereo.
pub fn sound(frame: i64) -> Sound {
    let beeps = frame >= EVERY && frame % EVERY < BEEP;
    let wave = |at: i64| ((at as f64 * 1_000.0 * TAU / 48_000.0).sin() * 8_000.0) as i16;
    let sample = |at: i64| if beeps { wave(at) } else { 0 };
    let samples = (frame * 960..(frame + 1) * 960).flat_map(|at| [sample(at); 2]).collect();
    Sound { rate: 48_000, channels: 2, samples }
}
