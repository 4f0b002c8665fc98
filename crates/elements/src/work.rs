//! What the elements' own work on pictures costs: for plans, and for what is promised along a path.
//!
//! Measured on [`crate::catalogue::CALIBRATION_MACHINE`], and scaled by pixels and frame rate.

use trellis_graph::{Cost, Work};
use trellis_media::{Format, FrameRate, Kind};

/// Microseconds to draw an image over a sixteenth of a picture of 1280x720: 357 to 377.
const DRAW: u64 = 360;
/// Microseconds of a look for faces, 4,100 to 6,300 whatever the size: the picture is made small for it.
const LOOK: u64 = 5_000;
/// Microseconds of a look for codes in a picture of 1280x720: in one of 640x480 it takes half of a look for faces
/// (`cargo run --example cost -p trellis-vision`).
const READ: u64 = 7_500;
/// Microseconds to bring a picture of 1280x720 to its cell of a grid and draw it there; `cargo bench --bench mix` takes
/// 750 for four of 640x480.
const MIX: u64 = 560;

/// Draws on pictures.
pub(crate) const DRAWING: Work = Work::new(|taken| of_pictures(taken, DRAW));
/// Looks for faces in some pictures.
pub(crate) const LOOKING: Work = Work::new(looks);
/// Reads the codes of some pictures.
pub(crate) const READING: Work = Work::new(reads);
/// Looks for faces in some pictures before it draws on all.
pub(crate) const LOOKING_AND_DRAWING: Work = Work::new(|taken| looks(taken) + of_pictures(taken, DRAW));
/// Mixes pictures.
pub(crate) const MIXING: Work = Work::new(|taken| of_pictures(taken, MIX));

/// So many microseconds for each picture of 1280x720: an item stays for as long.
fn of_pictures(taken: &Format, micros_at_720p: u64) -> Cost {
    if taken.kind() != Some(Kind::Video) {
        return Cost::default();
    }
    let (width, height) = taken.size().unwrap_or((1_280, 720));
    let picture = (micros_at_720p * u64::from(width) * u64::from(height) / 921_600).max(1);
    let rate = taken.frame_rate().map_or(30_000, |rate| u64::from(rate.0));
    Cost { generations: 0, cpu: picture * rate / 1_000, latency: u32::try_from(picture).unwrap_or(u32::MAX) }
}

fn looks(taken: &Format) -> Cost {
    if taken.kind() != Some(Kind::Video) {
        return Cost::default();
    }
    let looks = 1_000 / crate::filter::face_overlay::INTERVAL.millis().unsigned_abs().max(1);
    Cost { generations: 0, cpu: LOOK * looks, latency: LOOK as u32 }
}

fn reads(taken: &Format) -> Cost {
    let looks = 1_000 / crate::filter::codes::INTERVAL.millis().unsigned_abs().max(1);
    let every = of_pictures(&taken.with_frame_rate(FrameRate(1_000)), READ);
    Cost { cpu: every.cpu * looks, ..every }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trellis_media::Field;

    #[test]
    fn work_grows_with_pixels_and_rate_and_a_look_does_not() {
        let hd = Format::raw_video().with_size(1_280, 720).with(Field::FrameRate, FrameRate(30_000).0);
        let small = hd.with_size(640, 360).with(Field::FrameRate, FrameRate(15_000).0);
        let cpu = |work: Work| [work.cost(&hd).cpu, work.cost(&small).cpu];
        assert_eq!(cpu(DRAWING), [360 * 30, 90 * 15]);
        assert_eq!(cpu(LOOKING), [25_000; 2]);
        assert_eq!(cpu(LOOKING_AND_DRAWING), [25_000 + 360 * 30, 25_000 + 90 * 15]);
        assert_eq!(cpu(READING), [37_500, 37_500 / 4], "five a second, whatever the rate");
        assert_eq!(MIXING.cost(&hd).latency, 560);
        assert_eq!(DRAWING.cost(&Format::raw_audio(48_000, 2)), Cost::default());
    }
}
