//! Every encoder against the decoder of its codec: one suite, instantiated for each.

use std::f64::consts::TAU;
use std::sync::Arc;
use trellis_codecs::converters;
use trellis_graph::{Context, Node, Request};
use trellis_media::{Codec, Format, Item, MediaTime, Payload, Picture, Sound};

/// The converter of a name, made for what comes and what is wanted.
fn make(name: &str, input: Format, output: Format) -> Box<dyn Node> {
    let converters = converters();
    let converter =
        converters.iter().find(|converter| converter.rule.name == name).unwrap_or_else(|| panic!("no {name}"));
    (converter.make)(&input, &output)
}

/// Runs items through a node one by one.
fn run(node: &mut dyn Node, items: &[Item]) -> Vec<Item> {
    let mut cx = Context::new(MediaTime::ZERO);
    for item in items {
        node.process(0, item.clone(), &mut cx).unwrap();
    }
    cx.take_items().into_iter().map(|(_, item)| item).collect()
}

fn finish(node: &mut dyn Node) -> Vec<Item> {
    let mut cx = Context::new(MediaTime::ZERO);
    node.end(0, &mut cx).unwrap();
    cx.take_items().into_iter().map(|(_, item)| item).collect()
}

/// A picture with detail that moves to the right.
fn picture(width: u32, height: u32, step: usize) -> Picture {
    let mut picture = Picture::black(width, height).unwrap();
    for (index, (plane, stride)) in picture.planes_mut().into_iter().enumerate() {
        for (at, sample) in plane.iter_mut().enumerate() {
            let (x, y) = (at % stride + step * 2, at / stride);
            let wave = ((x as f64 / 17.0).sin() + (y as f64 / 11.0).cos()) * 45.0;
            *sample = if index == 0 { (128.0 + wave) as u8 } else { (128.0 + wave / 4.0) as u8 };
        }
    }
    picture
}

fn pictures(width: u32, height: u32, steps: std::ops::Range<usize>) -> Vec<Item> {
    let item = |step| Item {
        time: MediaTime::from_millis(step as i64 * 33),
        payload: Payload::Picture(picture(width, height, step)),
    };
    steps.map(item).collect()
}

fn psnr(one: &Picture, other: &Picture) -> f64 {
    let [plane, ..] = one.planes();
    let ((a, stride_a), (b, stride_b)) = (one.plane(0), other.plane(0));
    let mut sum = 0.0;
    for y in 0..plane.height {
        for x in 0..plane.width {
            let difference = f64::from(a[y * stride_a + x]) - f64::from(b[y * stride_b + x]);
            sum += difference * difference;
        }
    }
    10.0 * (255.0 * 255.0 / (sum / (plane.width * plane.height) as f64).max(1e-9)).log10()
}

fn bytes(items: &[Item]) -> usize {
    items.iter().map(Item::size).sum()
}

const VIDEO: [(&str, Codec, &str); 3] = [
    ("vpx/vp8-encode", Codec::Vp8, "ffmpeg/vp8-decode"),
    ("vpx/vp9-encode", Codec::Vp9, "ffmpeg/vp9-decode"),
    ("openh264/encode", Codec::H264, "ffmpeg/h264-decode"),
];

#[test]
fn pictures_come_back_in_order_at_their_times_and_look_alike() {
    for (encoder, codec, decoder) in VIDEO {
        let sent = pictures(320, 240, 0..30);
        let mut encode = make(encoder, Format::raw_video(), Format::encoded(codec));
        let mut decode = make(decoder, Format::encoded(codec), Format::raw_video());
        let frames = run(encode.as_mut(), &sent);
        assert_eq!(frames.len(), sent.len(), "{encoder}: a frame for each picture");
        assert!(frames[0].starts_keyframe(), "{encoder}: begins with a keyframe");
        let mut shown = run(decode.as_mut(), &frames);
        shown.extend(finish(decode.as_mut()));
        assert_eq!(shown.len(), sent.len(), "{decoder}");
        for (before, after) in sent.iter().zip(&shown) {
            let (Payload::Picture(original), Payload::Picture(copy)) = (&before.payload, &after.payload) else {
                panic!()
            };
            assert!(
                (before.time - after.time).nanos().abs() < 2_000,
                "{encoder}: {} became {}",
                before.time,
                after.time
            );
            let quality = psnr(original, copy);
            assert!(quality > 30.0, "{encoder}: {quality} dB at {}", before.time);
        }
    }
}

#[test]
fn a_keyframe_comes_when_it_is_asked_for() {
    for (encoder, codec, _) in VIDEO {
        let mut encode = make(encoder, Format::raw_video(), Format::encoded(codec));
        let before = run(encode.as_mut(), &pictures(320, 240, 0..10));
        assert_eq!(before.iter().filter(|frame| frame.starts_keyframe()).count(), 1, "{encoder}");
        encode.request(0, Request::Keyframe, &mut Context::new(MediaTime::ZERO));
        let after = run(encode.as_mut(), &pictures(320, 240, 10..20));
        assert!(after[0].starts_keyframe(), "{encoder}");
        assert_eq!(after.iter().filter(|frame| frame.starts_keyframe()).count(), 1, "{encoder}: one, and not more");
    }
}

#[test]
fn a_lower_bitrate_takes_effect_while_it_runs() {
    for (encoder, codec, _) in VIDEO {
        let mut encode = make(encoder, Format::raw_video(), Format::encoded(codec));
        let mut cx = Context::new(MediaTime::ZERO);
        encode.request(0, Request::Bitrate(2_000_000), &mut cx);
        let noisy = |steps: std::ops::Range<usize>| -> Vec<Item> {
            let mut items = pictures(640, 480, steps);
            for (seed, item) in items.iter_mut().enumerate() {
                let Payload::Picture(picture) = &mut item.payload else { continue };
                let mut state = seed as u32 + 1;
                for sample in picture.make_mut() {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *sample = sample.wrapping_add((state >> 28) as u8);
                }
            }
            items
        };
        let rich = bytes(&run(encode.as_mut(), &noisy(0..60))[30..]);
        encode.request(0, Request::Bitrate(300_000), &mut cx);
        let poor = bytes(&run(encode.as_mut(), &noisy(60..150))[60..]);
        assert!(poor * 2 < rich, "{encoder}: {rich} bytes at 2 Mbit/s, {poor} at 0.3");
    }
}

#[test]
fn a_new_size_goes_on_with_a_keyframe_of_that_size() {
    for (encoder, codec, decoder) in VIDEO {
        let mut encode = make(encoder, Format::raw_video(), Format::encoded(codec));
        let mut decode = make(decoder, Format::encoded(codec), Format::raw_video());
        for (width, height, steps) in [(320, 240, 0..5), (640, 360, 5..10), (160, 120, 10..15)] {
            let frames = run(encode.as_mut(), &pictures(width, height, steps));
            assert!(frames[0].starts_keyframe(), "{encoder} {width}x{height}");
            let mut shown = run(decode.as_mut(), &frames);
            let Some(Payload::Picture(last)) = shown.pop().map(|item| item.payload) else { panic!("{decoder}") };
            assert_eq!((last.width(), last.height()), (width, height), "{encoder}");
        }
    }
}

#[test]
fn what_is_no_stream_is_survived_and_a_keyframe_is_asked_for() {
    for (_, codec, decoder) in VIDEO {
        let mut decode = make(decoder, Format::encoded(codec), Format::raw_video());
        let mut seed = 7u32;
        let mut asked = 0;
        for length in (0..3_000).step_by(37) {
            let data: Vec<u8> = (0..length)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 24) as u8
                })
                .collect();
            let frame = trellis_media::EncodedFrame {
                data: data.into(),
                keyframe: true,
                decode_time: MediaTime::ZERO,
                duration: MediaTime::ZERO,
                config: None,
            };
            let mut cx = Context::new(MediaTime::ZERO);
            let _ = decode.process(0, Item { time: MediaTime::ZERO, payload: Payload::Frame(frame) }, &mut cx);
            asked += cx.take_requests().len();
        }
        assert!(asked > 0, "{decoder} never asked");
    }
}

/// A tone of `frequency`, in blocks of 10 ms.
fn tone(rate: u32, channels: u16, frequency: f64) -> Vec<Item> {
    let block = rate as usize / 100;
    (0..100)
        .map(|index| {
            let sample = |at: usize| ((at as f64 * frequency * TAU / f64::from(rate)).sin() * 12_000.0) as i16;
            let samples: Arc<[i16]> = (index * block..(index + 1) * block)
                .flat_map(|at| std::iter::repeat_n(sample(at), usize::from(channels)))
                .collect();
            Item {
                time: MediaTime::from_millis(index as i64 * 10),
                payload: Payload::Sound(Sound { rate, channels, samples }),
            }
        })
        .collect()
}

/// How much of the first channel's power lies at a frequency (Goertzel), from 0 to 1.
fn share(items: &[Item], frequency: f64) -> f64 {
    let mut samples = Vec::new();
    let mut rate = 0;
    for item in items {
        let Payload::Sound(sound) = &item.payload else { panic!("not sound") };
        rate = sound.rate;
        samples.extend(sound.samples.iter().step_by(usize::from(sound.channels)).map(|sample| f64::from(*sample)));
    }
    // The encoders' beginning and end are no tone.
    let edge = samples.len() / 8;
    let samples = &samples[edge..samples.len() - edge];
    let (mut re, mut im, mut power) = (0.0, 0.0, 0.0);
    for (index, sample) in samples.iter().enumerate() {
        let angle = index as f64 * frequency * TAU / f64::from(rate);
        re += sample * angle.cos();
        im += sample * angle.sin();
        power += sample * sample;
    }
    2.0 * (re * re + im * im) / (power * samples.len() as f64)
}

#[test]
fn a_tone_is_heard_through_every_audio_codec() {
    let codecs = [
        ("opus/encode", Codec::Opus, "ffmpeg/opus-decode", 48_000, 2),
        ("opus/encode", Codec::Opus, "ffmpeg/opus-decode", 48_000, 1),
        ("ffmpeg/aac-encode", Codec::Aac, "ffmpeg/aac-decode", 44_100, 2),
        ("ffmpeg/aac-encode", Codec::Aac, "ffmpeg/aac-decode", 48_000, 1),
        ("g711/pcmu-encode", Codec::Pcmu, "ffmpeg/pcmu-decode", 8_000, 1),
        ("g711/pcma-encode", Codec::Pcma, "ffmpeg/pcma-decode", 8_000, 1),
    ];
    for (encoder, codec, decoder, rate, channels) in codecs {
        let format = Format::encoded(codec).with_sampling(rate, channels);
        let mut encode = make(encoder, Format::raw_audio(rate, channels), format);
        let mut decode = make(decoder, format, Format::raw_audio(rate, channels));
        let mut frames = run(encode.as_mut(), &tone(rate, channels, 1_000.0));
        frames.extend(finish(encode.as_mut()));
        let mut heard = run(decode.as_mut(), &frames);
        heard.extend(finish(decode.as_mut()));
        let length: i64 = heard
            .iter()
            .map(|item| if let Payload::Sound(sound) = &item.payload { sound.duration().millis() } else { 0 })
            .sum();
        assert!((950..=1_100).contains(&length), "{encoder} {rate}/{channels}: {length} ms of sound");
        let pure = share(&heard, 1_000.0);
        assert!(pure > 0.9, "{encoder} {rate}/{channels}: {pure} of the power is the tone");
        assert!(share(&heard, 1_500.0) < 0.01);
    }
}

#[test]
fn a_resampled_tone_keeps_its_pitch_and_its_length() {
    for (from, to) in [((44_100, 1), (48_000, 2)), ((48_000, 2), (8_000, 1)), ((48_000, 6), (48_000, 2))] {
        let output = Format::raw_audio(to.0, to.1);
        let mut node = make("swresample/resample", Format::raw_audio(from.0, from.1), output);
        let heard = run(node.as_mut(), &tone(from.0, from.1, 1_000.0));
        let Payload::Sound(sound) = &heard[0].payload else { panic!() };
        assert_eq!((sound.rate, sound.channels), to);
        let samples: usize =
            heard.iter().map(|item| if let Payload::Sound(sound) = &item.payload { sound.frames() } else { 0 }).sum();
        assert!(
            samples.abs_diff(to.0 as usize) < to.0 as usize / 50,
            "{from:?} -> {to:?}: {samples} samples of a second"
        );
        assert!(share(&heard, 1_000.0) > 0.95, "{from:?} -> {to:?}");
    }
}

#[test]
fn a_scaled_picture_has_its_size_and_looks_like_the_original_scaled_back() {
    let small = Format::raw_video().with_size(160, 120);
    let mut down = make("swscale/scale", Format::raw_video(), small);
    let mut up = make("swscale/scale", small, Format::raw_video().with_size(320, 240));
    let sent = pictures(320, 240, 0..2);
    let between = run(down.as_mut(), &sent);
    let Payload::Picture(picture) = &between[0].payload else { panic!() };
    assert_eq!((picture.width(), picture.height()), (160, 120));
    let back = run(up.as_mut(), &between);
    let (Payload::Picture(original), Payload::Picture(copy)) = (&sent[0].payload, &back[0].payload) else { panic!() };
    assert!(psnr(original, copy) > 30.0, "{} dB", psnr(original, copy));
}
