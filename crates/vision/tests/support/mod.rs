//! Pictures of the media folder.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::PathBuf;
use trellis_media::Picture;
use trellis_vision::Area;
use yuv::{BufferStoreMut, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix, rgba_to_yuv420};

/// A file of the media folder; `None`, and a word about it, where it is missing.
pub fn media(name: &str) -> Option<Vec<u8>> {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/media"));
    let folder = std::env::var_os("TRELLIS_MEDIA").map_or_else(default, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no media");
        return None;
    }
    Some(std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// A still picture of the media folder as I420.
pub fn still(name: &str) -> Option<Picture> {
    let image = image::load_from_memory(&media(name)?).unwrap().into_rgba8();
    let (width, height) = image.dimensions();
    let mut picture = Picture::black(width, height).unwrap();
    let [(y, y_stride), (u, u_stride), (v, v_stride)] = picture.planes_mut();
    let mut planes = YuvPlanarImageMut {
        y_plane: BufferStoreMut::Borrowed(y),
        y_stride: y_stride as u32,
        u_plane: BufferStoreMut::Borrowed(u),
        u_stride: u_stride as u32,
        v_plane: BufferStoreMut::Borrowed(v),
        v_stride: v_stride as u32,
        width,
        height,
    };
    let (range, matrix) = (YuvRange::Limited, YuvStandardMatrix::Bt601);
    rgba_to_yuv420(&mut planes, image.as_raw(), width * 4, range, matrix, YuvConversionMode::Balanced).unwrap();
    Some(picture)
}

/// A picture of which every sample comes from a function of plane, column and row.
pub fn painted(width: u32, height: u32, paint: impl Fn(usize, usize, usize) -> u8) -> Picture {
    let mut picture = Picture::black(width, height).unwrap();
    let planes = picture.planes();
    let bytes = picture.make_mut();
    for (index, plane) in planes.iter().enumerate() {
        for row in 0..plane.height {
            for column in 0..plane.width {
                bytes[plane.offset + row * plane.stride + column] = paint(index, column, row);
            }
        }
    }
    picture
}

/// A sample of a plane.
pub fn sample(picture: &Picture, plane: usize, column: usize, row: usize) -> u8 {
    let (bytes, stride) = picture.plane(plane);
    bytes[row * stride + column]
}

/// An area as the catalogue writes it.
pub fn area([x, y, width, height]: [i32; 4]) -> Area {
    Area { x, y, width: width as u32, height: height as u32 }
}
