//! Our VP8 encoder against the crate `vpx-encode` on the same pictures at the same bitrate, both over libvpx.
//!
//! `cargo bench --bench encode`. CPU time of the whole process, for each frame of 1280x720. `vpx-encode` offers no
//! choice of speed, threads or rate control: eight threads and libvpx's slowest realtime preset are what it has.

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::time::Duration;
use support::process_cpu;
use trellis::graph::{Context, Node};
use trellis::media::{Codec, Format, Item, MediaTime, Payload, Picture};

const WIDTH: u32 = 1_280;
const HEIGHT: u32 = 720;
const BITRATE: u32 = 1_935;
/// The kernel counts CPU in hundredths of a second: fewer frames could not be told apart.
const FRAMES: i64 = 60;

/// A pattern with detail that moves, a second of it.
fn pictures() -> Vec<Picture> {
    let moved = |step: usize| {
        let mut picture = Picture::black(WIDTH, HEIGHT).expect("a picture");
        for (index, (plane, stride)) in picture.planes_mut().into_iter().enumerate() {
            for (at, sample) in plane.iter_mut().enumerate() {
                let (x, y) = (at % stride + step * 3, at / stride + step);
                let wave = (x as f32 / 17.0).sin() * 40.0 + (y as f32 / 11.0).cos() * 40.0;
                *sample = if index == 0 { (128.0 + wave) as u8 } else { (128.0 + wave / 4.0) as u8 };
            }
        }
        picture
    };
    (0..30).map(moved).collect()
}

/// The planes one after another without gaps, as `vpx-encode` wants them.
fn packed(picture: &Picture) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, plane) in picture.planes().iter().enumerate() {
        let (samples, stride) = picture.plane(index);
        samples.chunks(stride).take(plane.height).for_each(|row| bytes.extend_from_slice(&row[..plane.width]));
    }
    bytes
}

fn ours() -> Box<dyn Node> {
    let converters = trellis_codecs::converters();
    let encoder = converters.iter().find(|converter| converter.rule.name == "vpx/vp8-encode").expect("an encoder");
    (encoder.make)(&Format::raw_video(), &Format::encoded(Codec::Vp8))
}

/// CPU for `rounds` frames, out of whole runs of them.
fn cpu_of(rounds: u64, mut run: impl FnMut()) -> Duration {
    let runs = rounds.div_ceil(FRAMES as u64);
    let before = process_cpu();
    (0..runs).for_each(|_| run());
    (process_cpu() - before).mul_f64(rounds as f64 / (runs * FRAMES as u64) as f64)
}

fn encode(criterion: &mut Criterion) {
    let pictures = pictures();
    let packed: Vec<Vec<u8>> = pictures.iter().map(packed).collect();
    let mut group = criterion.benchmark_group("VP8, one frame of 1280x720, CPU");
    group.throughput(Throughput::Elements(1)).sample_size(10).measurement_time(Duration::from_secs(20));
    group.bench_function("trellis", |bencher| {
        bencher.iter_custom(|rounds| {
            cpu_of(rounds, || {
                let (mut encoder, mut cx) = (ours(), Context::new(MediaTime::ZERO));
                for frame in 0..FRAMES {
                    let payload = Payload::Picture(pictures[frame as usize % pictures.len()].clone());
                    let item = Item { time: MediaTime::from_millis(frame * 33), payload };
                    encoder.process(0, item, &mut cx).expect("a frame");
                    std::hint::black_box(cx.take_items());
                }
            })
        });
    });
    group.bench_function("vpx-encode", |bencher| {
        bencher.iter_custom(|rounds| {
            cpu_of(rounds, || {
                let (codec, timebase) = (vpx_encode::VideoCodecId::VP8, [1, 1_000]);
                let config = vpx_encode::Config { width: WIDTH, height: HEIGHT, timebase, bitrate: BITRATE, codec };
                let mut encoder = vpx_encode::Encoder::new(config).expect("an encoder");
                for frame in 0..FRAMES {
                    let packets = encoder.encode(frame * 33, &packed[frame as usize % packed.len()]).expect("a frame");
                    assert!(packets.map(std::hint::black_box).count() <= 1);
                }
            })
        });
    });
    group.finish();
}

criterion_group!(benches, encode);
criterion_main!(benches);
