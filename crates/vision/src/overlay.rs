//! Images with alpha, blended into planar pictures.

use crate::Area;
use image::imageops::{FilterType, resize};
use image::{ImageReader, Limits, RgbaImage};
use std::io::Cursor;
use std::sync::Arc;
use trellis_media::Picture;

/// Largest side of an image, in pixels.
const MAX_SIDE: u32 = 4_096;
/// Memory that decoding an image may take, in bytes.
const MAX_MEMORY: u64 = 128 * 1024 * 1024;
/// Sizes that an overlay keeps ready: a few faces, each of which changes its size by little from picture to picture.
const READY_SIZES: usize = 4;

/// Why bytes are not an image that can be drawn.
#[derive(Debug, thiserror::Error)]
pub enum OverlayError {
    /// Not an image, broken, or too large.
    #[error("not an image that can be read: {0}")]
    Image(#[from] image::ImageError),
    /// The bytes could not be read.
    #[error("not an image that can be read: {0}")]
    Read(#[from] std::io::Error),
}

/// An image to be drawn onto pictures.
#[derive(Clone, Debug)]
pub struct Overlay {
    image: Arc<RgbaImage>,
    ready: Vec<Arc<Scaled>>,
}

/// The image in one size, as planes: luma with its alpha, chroma with theirs.
#[derive(Debug)]
struct Scaled {
    width: u32,
    height: u32,
    /// For each pixel luma and alpha.
    luma: Vec<[u8; 2]>,
    /// For each pixel U and V.
    chroma: Vec<[u8; 2]>,
}

impl Overlay {
    /// Reads PNG or JPEG; the content decides, not a name.
    pub fn decode(bytes: &[u8]) -> Result<Overlay, OverlayError> {
        let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(MAX_SIDE);
        limits.max_image_height = Some(MAX_SIDE);
        limits.max_alloc = Some(MAX_MEMORY);
        reader.limits(limits);
        Ok(Overlay { image: Arc::new(reader.decode()?.into_rgba8()), ready: Vec::new() })
    }

    /// Width and height of the image.
    pub fn size(&self) -> (u32, u32) {
        self.image.dimensions()
    }

    /// Blends the image into a rectangle of a picture; what lies outside is cut off.
    pub fn draw(&mut self, picture: &mut Picture, area: Area) {
        let (width, height) = (picture.width(), picture.height());
        let size_is_sane = (1..=MAX_SIDE).contains(&area.width) && (1..=MAX_SIDE).contains(&area.height);
        // Farther out than any image reaches; it also keeps the sums below within bounds.
        let near = |start: i32, limit: u32| (-(MAX_SIDE as i32)..limit as i32).contains(&start);
        if !size_is_sane || !near(area.x, width) || !near(area.y, height) {
            return;
        }
        let scaled = self.scaled(area.width, area.height);
        let [luma, u, v] = picture.planes_mut();
        blend_luma(&scaled, luma, (width, height), (area.x, area.y));
        blend_chroma(&scaled, [u, v], (width.div_ceil(2), height.div_ceil(2)), (area.x, area.y));
    }

    fn scaled(&mut self, width: u32, height: u32) -> Arc<Scaled> {
        if let Some(index) = self.ready.iter().position(|ready| (ready.width, ready.height) == (width, height)) {
            // The last used is kept longest.
            let found = self.ready.remove(index);
            self.ready.push(Arc::clone(&found));
            return found;
        }
        let image = resize(&*self.image, width, height, FilterType::Triangle);
        let scaled = Arc::new(Scaled::of(&image));
        if self.ready.len() == READY_SIZES {
            self.ready.remove(0);
        }
        self.ready.push(Arc::clone(&scaled));
        scaled
    }
}

impl Scaled {
    /// BT.601, limited range: what cameras and codecs of this size use.
    fn of(image: &RgbaImage) -> Scaled {
        let pixels = image.pixels().map(|pixel| pixel.0.map(i32::from));
        let mut luma = Vec::with_capacity(image.len() / 4);
        let mut chroma = Vec::with_capacity(image.len() / 4);
        for [r, g, b, alpha] in pixels {
            let y = (66 * r + 129 * g + 25 * b + 128) / 256 + 16;
            let u = (-38 * r - 74 * g + 112 * b + 128) / 256 + 128;
            let v = (112 * r - 94 * g - 18 * b + 128) / 256 + 128;
            luma.push([y.clamp(0, 255) as u8, alpha.clamp(0, 255) as u8]);
            chroma.push([u.clamp(0, 255) as u8, v.clamp(0, 255) as u8]);
        }
        Scaled { width: image.width(), height: image.height(), luma, chroma }
    }

    /// Alpha and chroma of a pixel; nothing outside.
    fn chroma_at(&self, x: i32, y: i32) -> Option<([u8; 2], u32)> {
        let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
        if x >= self.width || y >= self.height {
            return None;
        }
        let index = (y * self.width + x) as usize;
        Some((self.chroma[index], u32::from(self.luma[index][1])))
    }
}

/// `under` with `over` on it, `alpha` of 255.
fn mix(under: u8, over: u32, alpha: u32) -> u8 {
    ((u32::from(under) * (255 - alpha) + over * alpha + 127) / 255) as u8
}

fn blend_luma(scaled: &Scaled, (plane, stride): (&mut [u8], usize), (width, height): (u32, u32), (x, y): (i32, i32)) {
    let first = (-x).max(0) as usize;
    let count = (scaled.width as i32).min(width as i32 - x).max(0) as usize;
    for row in (-y).max(0)..(scaled.height as i32).min(height as i32 - y) {
        let source = &scaled.luma[row as usize * scaled.width as usize..][..scaled.width as usize];
        let target = &mut plane[(y + row) as usize * stride..][..width as usize];
        let at = (x + first as i32) as usize;
        for (under, [luma, alpha]) in target[at..].iter_mut().zip(source.get(first..count).unwrap_or_default()) {
            *under = mix(*under, u32::from(*luma), u32::from(*alpha));
        }
    }
}

/// A sample of chroma covers four pixels: their alphas and colours are averaged, those outside count as clear.
fn blend_chroma(scaled: &Scaled, planes: [(&mut [u8], usize); 2], (width, height): (u32, u32), (x, y): (i32, i32)) {
    let [(u, u_stride), (v, v_stride)] = planes;
    let from = |start: i32| start.div_euclid(2).max(0);
    let to = |start: i32, length: u32, limit: u32| ((start + length as i32 + 1).div_euclid(2)).clamp(0, limit as i32);
    for cy in from(y)..to(y, scaled.height, height) {
        for cx in from(x)..to(x, scaled.width, width) {
            let (mut sum, mut alphas) = ([0u32; 2], 0u32);
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                if let Some((colour, alpha)) = scaled.chroma_at(cx * 2 + dx - x, cy * 2 + dy - y) {
                    sum[0] += u32::from(colour[0]) * alpha;
                    sum[1] += u32::from(colour[1]) * alpha;
                    alphas += alpha;
                }
            }
            if alphas == 0 {
                continue;
            }
            let alpha = alphas / 4;
            let (u_at, v_at) = (cy as usize * u_stride + cx as usize, cy as usize * v_stride + cx as usize);
            u[u_at] = mix(u[u_at], sum[0] / alphas, alpha);
            v[v_at] = mix(v[v_at], sum[1] / alphas, alpha);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageFormat, Rgba};

    fn overlay(pixel: [u8; 4], width: u32, height: u32) -> Overlay {
        let mut bytes = Vec::new();
        let image = RgbaImage::from_pixel(width, height, Rgba(pixel));
        image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        Overlay::decode(&bytes).unwrap()
    }

    #[test]
    fn an_opaque_image_replaces_what_is_under_it_and_nothing_beside_it() {
        let mut picture = Picture::black(64, 48).unwrap();
        overlay([255, 255, 255, 255], 8, 8).draw(&mut picture, Area { x: 16, y: 8, width: 16, height: 16 });
        let (luma, stride) = picture.plane(0);
        assert_eq!((luma[8 * stride + 16], luma[23 * stride + 31]), (235, 235));
        assert_eq!((luma[7 * stride + 16], luma[8 * stride + 15], luma[24 * stride + 31]), (16, 16, 16));
    }

    #[test]
    fn half_alpha_is_half_of_both_and_clear_is_nothing() {
        let mut picture = Picture::black(32, 32).unwrap();
        overlay([255, 255, 255, 128], 8, 8).draw(&mut picture, Area { x: 0, y: 0, width: 32, height: 32 });
        assert!((125..=127).contains(&picture.plane(0).0[0]));
        let before = picture.bytes().to_vec();
        overlay([255, 0, 0, 0], 8, 8).draw(&mut picture, Area { x: 0, y: 0, width: 32, height: 32 });
        assert_eq!(picture.bytes(), before);
    }

    #[test]
    fn colours_are_what_bt601_says() {
        let mut picture = Picture::black(16, 16).unwrap();
        overlay([255, 0, 0, 255], 4, 4).draw(&mut picture, Area { x: 0, y: 0, width: 16, height: 16 });
        let sample = |plane: usize| picture.plane(plane).0[0];
        assert_eq!((sample(0), sample(1), sample(2)), (82, 91, 240));
    }

    #[test]
    fn every_position_in_and_around_an_odd_picture_is_clipped() {
        let mut hat = overlay([10, 200, 30, 200], 7, 9);
        for x in (-40..60).step_by(3) {
            for y in (-40..60).step_by(3) {
                let mut picture = Picture::black(33, 27).unwrap();
                hat.draw(&mut picture, Area { x, y, width: 13, height: 11 });
            }
        }
        let mut picture = Picture::black(33, 27).unwrap();
        for area in
            [(i32::MIN, 0, 5, 5), (0, i32::MIN, 5, 5), (i32::MAX, 0, 5, 5), (0, 0, u32::MAX, 1), (-9, -9, 4_096, 4_096)]
        {
            hat.draw(&mut picture, Area { x: area.0, y: area.1, width: area.2, height: area.3 });
        }
    }

    #[test]
    fn what_is_no_image_is_refused_with_a_cause() {
        let mut seed = 1u32;
        for length in 0..200 {
            let bytes: Vec<u8> = (0..length)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 24) as u8
                })
                .collect();
            assert!(Overlay::decode(&bytes).is_err());
        }
        assert!(Overlay::decode(b"\x89PNG\r\n\x1a\n").is_err());
    }
}
