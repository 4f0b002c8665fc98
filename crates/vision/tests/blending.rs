//! Drawing against arithmetic in floating point that does it sample by sample, and its promises at the edges.

mod support;

use image::{ImageFormat, Rgba, RgbaImage};
use std::io::Cursor;
use support::{painted, sample};
use trellis_media::Picture;
use trellis_vision::{Area, Overlay, OverlayError};

/// Rounding of colours, of alpha and of the sum, in steps of eight bits.
const ROUNDING: f64 = 2.0;

fn png(image: &RgbaImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

/// An image with every alpha and many colours.
fn colourful(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        Rgba([(x * 37 + y) as u8, (y * 53) as u8, (x * y * 7) as u8, (x * 61 + y * 29) as u8])
    })
}

fn background(width: u32, height: u32) -> Picture {
    painted(width, height, |plane, x, y| (16 + (x * 11 + y * 17 + plane * 41) % 220) as u8)
}

/// ITU-R BT.601, limited range, of a pixel: Y, U, V and alpha from 0 to 1.
fn exact(image: &RgbaImage, x: i64, y: i64) -> ([f64; 3], f64) {
    let inside = (0..i64::from(image.width())).contains(&x) && (0..i64::from(image.height())).contains(&y);
    if !inside {
        return ([0.0; 3], 0.0);
    }
    let [r, g, b, alpha] = image.get_pixel(x as u32, y as u32).0.map(f64::from);
    let luma = 16.0 + (65.481 * r + 128.553 * g + 24.966 * b) / 255.0;
    let blue = 128.0 + (-37.797 * r - 74.203 * g + 112.0 * b) / 255.0;
    let red = 128.0 + (112.0 * r - 93.786 * g - 18.214 * b) / 255.0;
    ([luma, blue, red], alpha / 255.0)
}

/// What a sample should be: the image's pixels under it, averaged by alpha, over what was there.
fn expected(under: &Picture, image: &RgbaImage, at: (i32, i32), [plane, column, row]: [usize; 3]) -> f64 {
    let side = if plane == 0 { 1 } else { 2 };
    let (left, top) = (column as i64 * side - i64::from(at.0), row as i64 * side - i64::from(at.1));
    let (mut colour, mut alphas) = (0.0, 0.0);
    for (dx, dy) in (0..side).flat_map(|dy| (0..side).map(move |dx| (dx, dy))) {
        let (yuv, alpha) = exact(image, left + dx, top + dy);
        colour += yuv[plane] * alpha;
        alphas += alpha;
    }
    let pixels = (side * side) as f64;
    f64::from(sample(under, plane, column, row)) * (1.0 - alphas / pixels) + colour / pixels
}

#[test]
fn every_sample_is_what_exact_arithmetic_says_at_even_odd_and_negative_places() {
    let image = colourful(24, 16);
    let bytes = png(&image);
    for at in [(8, 6), (7, 6), (8, 5), (7, 5), (-5, 3), (3, -7), (-1, -1), (50, 30), (49, 29), (-23, -15)] {
        let under = background(64, 40);
        let mut picture = under.clone();
        Overlay::decode(&bytes).unwrap().draw(&mut picture, Area { x: at.0, y: at.1, width: 24, height: 16 });
        for (index, plane) in picture.planes().iter().enumerate() {
            for place in (0..plane.height).flat_map(|row| (0..plane.width).map(move |column| [index, column, row])) {
                let (is, should) =
                    (f64::from(sample(&picture, place[0], place[1], place[2])), expected(&under, &image, at, place));
                assert!((is - should).abs() <= ROUNDING, "{place:?} with the image at {at:?}: {is} not {should:.2}");
            }
        }
    }
}

/// Whether a sample lies under a rectangle, even in part.
fn covered(area: &Area, [plane, column, row]: [usize; 3]) -> bool {
    let side = if plane == 0 { 1 } else { 2 };
    let meets = |sample: usize, start: i32, len: u32| {
        let first = sample as i64 * side;
        first < i64::from(start) + i64::from(len) && first + side > i64::from(start)
    };
    meets(column, area.x, area.width) && meets(row, area.y, area.height)
}

#[test]
fn nothing_outside_the_rectangle_changes_and_all_inside_does() {
    for (width, height) in [(12, 8), (13, 11), (1, 1), (5, 30), (70, 3)] {
        let mut red = Overlay::decode(&png(&RgbaImage::from_pixel(7, 9, Rgba([255, 0, 0, 255])))).unwrap();
        for (x, y) in (-20..50).step_by(7).flat_map(|x| (-20..50).step_by(9).map(move |y| (x, y))) {
            let area = Area { x, y, width, height };
            let mut picture = painted(33, 27, |_, _, _| 40);
            red.draw(&mut picture, area);
            for (index, plane) in picture.planes().iter().enumerate() {
                for row in 0..plane.height {
                    for column in 0..plane.width {
                        let changed = sample(&picture, index, column, row) != 40;
                        assert_eq!(changed, covered(&area, [index, column, row]), "{index} {column} {row} at {area:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_shared_picture_is_copied_and_the_other_owner_sees_nothing() {
    let shared = background(64, 48);
    let (mut picture, before) = (shared.clone(), shared.bytes().to_vec());
    let mut image = Overlay::decode(&png(&colourful(16, 16))).unwrap();
    image.draw(&mut picture, Area { x: 8, y: 8, width: 32, height: 32 });
    assert_eq!(shared.bytes(), before);
    assert_ne!(picture.bytes(), before);
}

#[test]
fn jpeg_is_read_by_its_content() {
    let mut bytes = Vec::new();
    let grey = image::RgbImage::from_pixel(16, 16, image::Rgb([128; 3]));
    grey.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Jpeg).unwrap();
    assert_eq!(Overlay::decode(&bytes).unwrap().size(), (16, 16));
}

/// A PNG of one chunk that promises a size and delivers nothing.
fn promise(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(&RgbaImage::new(1, 1));
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// The checksum of a PNG chunk (W3C PNG, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

#[test]
fn images_that_would_fill_the_memory_are_refused_before_they_do() {
    assert_eq!(Overlay::decode(&promise(1, 1)).unwrap().size(), (1, 1));
    for (width, height) in [(100_000, 100_000), (4_097, 1), (1, 4_097), (u32::MAX, u32::MAX)] {
        let refused = Overlay::decode(&promise(width, height)).unwrap_err();
        let by_limit = matches!(&refused, OverlayError::Image(image::ImageError::Limits(_)));
        assert!(by_limit || width == u32::MAX, "{width}x{height}: {refused}");
    }
}

#[test]
fn a_broken_image_is_refused_or_whole_wherever_it_is_cut() {
    let bytes = png(&colourful(12, 12));
    let drawn = |mut image: Overlay| {
        let mut picture = background(16, 16);
        image.draw(&mut picture, Area { x: 0, y: 0, width: 12, height: 12 });
        picture.bytes().to_vec()
    };
    let whole = drawn(Overlay::decode(&bytes).unwrap());
    let cuts = (0..bytes.len()).filter_map(|len| Overlay::decode(&bytes[..len]).ok());
    // Checksums and the chunk that ends a file may be missing: twelve bytes, four of the checksum before, and those of
    // the compressed data's own.
    assert!(cuts.map(|image| assert!(drawn(image) == whole)).count() <= 12 + 4 + 4);
}

#[test]
fn an_image_bent_anywhere_is_refused_or_still_of_a_sane_size() {
    let whole = png(&colourful(12, 12));
    for place in 0..whole.len() {
        let mut bent = whole.clone();
        bent[place] ^= 0x55;
        if let Ok(image) = Overlay::decode(&bent) {
            assert!(image.size().0 <= 4_096 && image.size().1 <= 4_096);
        }
    }
}
