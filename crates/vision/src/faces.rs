//! Faces in a picture, by rustface (SeetaFace) on a small luma picture.

use crate::Area;
use rustface::{Detector, ImageData};
use std::cell::RefCell;
use trellis_media::Picture;

/// The model of rustface's package (BSD-2-Clause, see `model/LICENSE`).
const MODEL: &[u8] = include_bytes!("../model/seeta_fd_frontal_v1.0.bin");
/// Pictures are looked at in this width at the most.
const LOOK_WIDTH: usize = 320;
/// Faces narrower than this, in pixels of the small picture, are not looked for: the cost is in the small ones.
const MIN_FACE: u32 = 36;
/// Scores below are no faces.
const MIN_SCORE: f64 = 2.0;
/// Faces given for one picture.
const MAX_FACES: usize = 16;

thread_local! {
    // A detector cannot go from thread to thread: each thread of the pool that looks for faces has its own.
    static DETECTOR: RefCell<Option<Box<dyn Detector>>> = const { RefCell::new(None) };
}

/// Finds faces. The detector behind it is made on the first look.
#[derive(Debug, Default)]
pub struct FaceDetector {
    small: Vec<u8>,
}

impl FaceDetector {
    /// A detector.
    pub fn new() -> FaceDetector {
        Self::default()
    }

    /// The faces of a picture, in its coordinates, the surest first.
    pub fn detect(&mut self, picture: &Picture) -> Vec<Area> {
        let step = (picture.width() as usize).div_ceil(LOOK_WIDTH).max(1);
        let (width, height) = (picture.width() as usize / step, picture.height() as usize / step);
        if width < MIN_FACE as usize || height < MIN_FACE as usize {
            return Vec::new();
        }
        self.shrink(picture, step, width, height);
        let image = ImageData::new(&self.small, width as u32, height as u32);
        let mut faces = DETECTOR.with_borrow_mut(|detector| {
            if detector.is_none() {
                *detector = open();
            }
            detector.as_mut().map(|detector| detector.detect(&image)).unwrap_or_default()
        });
        faces.sort_by(|one, other| other.score().total_cmp(&one.score()));
        let scale = step as u32;
        let area = |face: &rustface::FaceInfo| {
            let found = face.bbox();
            let (x, y) = (found.x().saturating_mul(scale as i32), found.y().saturating_mul(scale as i32));
            Area { x, y, width: found.width().saturating_mul(scale), height: found.height().saturating_mul(scale) }
        };
        faces.iter().take(MAX_FACES).map(area).collect()
    }

    /// Luma in a smaller picture: the mean of each block.
    fn shrink(&mut self, picture: &Picture, step: usize, width: usize, height: usize) {
        let (luma, stride) = picture.plane(0);
        self.small.clear();
        for y in 0..height {
            for x in 0..width {
                let rows =
                    (y * step..(y + 1) * step).map(|row| &luma[row * stride + x * step..row * stride + (x + 1) * step]);
                let sum: usize = rows.flatten().map(|sample| usize::from(*sample)).sum();
                self.small.push((sum / (step * step)) as u8);
            }
        }
    }
}

fn open() -> Option<Box<dyn Detector>> {
    let model = match rustface::read_model(MODEL) {
        Ok(model) => model,
        Err(error) => {
            tracing::error!(%error, "the face model cannot be read");
            return None;
        }
    };
    let mut detector = rustface::create_detector_with_model(model);
    detector.set_min_face_size(MIN_FACE);
    detector.set_score_thresh(MIN_SCORE);
    detector.set_pyramid_scale_factor(0.8);
    detector.set_slide_window_step(4, 4);
    Some(detector)
}
