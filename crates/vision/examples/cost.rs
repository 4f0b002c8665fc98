//! What a look for faces, one for codes and the drawing of an image cost here, in milliseconds: the median of several.
//!
//! `cargo run --release -p trellis-vision --example cost PICTURE`, where the picture (PNG or JPEG) fills 640x480.

use image::imageops::{FilterType, resize};
use image::{ImageFormat, Rgba, RgbaImage};
use std::error::Error;
use std::io::Cursor;
use std::time::{Duration, Instant};
use trellis_media::Picture;
use trellis_vision::{Area, CodeReader, FaceDetector, Overlay};

const ROUNDS: usize = 31;

fn median(mut work: impl FnMut(usize)) -> f64 {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|round| {
            let begun = Instant::now();
            work(round);
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[ROUNDS / 2].as_secs_f64() * 1_000.0
}

fn luma(image: &RgbaImage) -> Result<Picture, Box<dyn Error>> {
    let grey = image::DynamicImage::from(image.clone()).into_luma8();
    let mut picture = Picture::black(image.width(), image.height())?;
    let [(plane, stride), ..] = picture.planes_mut();
    for (row, samples) in plane.chunks_mut(stride).zip(grey.rows()) {
        row.iter_mut().zip(samples).for_each(|(sample, pixel)| *sample = pixel.0[0]);
    }
    Ok(picture)
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a picture")?;
    let image = resize(&image::open(path)?.into_rgba8(), 640, 480, FilterType::Triangle);
    let picture = luma(&image)?;
    let mut detector = FaceDetector::new();
    println!("faces: {:?}", detector.detect(&picture));
    println!("look at 640x480: {:.2}", median(|_| drop(detector.detect(&picture))));
    let mut reader = CodeReader::new();
    println!("codes: {:?}", reader.read(&picture));
    println!("look for codes at 640x480: {:.2}", median(|_| drop(reader.read(&picture))));

    let mut bytes = Vec::new();
    RgbaImage::from_pixel(512, 512, Rgba([200, 100, 50, 128]))
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
    let mut overlay = Overlay::decode(&bytes)?;
    let mut target = Picture::black(1280, 720)?;
    let mut draw = |width, height, x| overlay.draw(&mut target, Area { x, y: 1, width, height });
    println!("draw 200x200, the size known: {:.2}", median(|_| draw(200, 200, 101)));
    println!("draw 200x200, each time another size: {:.2}", median(|round| draw(200 + 4 * round as u32, 200, 101)));
    println!("draw 1280x720, the size known: {:.2}", median(|_| draw(1280, 720, 0)));
    Ok(())
}
