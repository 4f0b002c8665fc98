//! What each converter turns into what, and at what cost: microseconds of CPU a second of media, by [`calibration`],
//! scaled by pixels and frame rate.

use crate::aac::AacEncoder;
use crate::calibration::{self, DECODE_PICTURE, DECODE_SOUND, ENCODE_PICTURE, ENCODE_SOUND};
use crate::decode::{AudioDecoder, VideoDecoder};
use crate::encode::EncoderNode;
use crate::g711::G711Encoder;
use crate::h264::H264Encoder;
use crate::opus_encode::OpusEncoder;
use crate::resample::ResampleNode;
use crate::scale::ScaleNode;
use crate::vpx::VpxEncoder;
use trellis_graph::Converter;
use trellis_media::{Alternative, Codec, Constraint, Field, FieldSet, Format, Kind, Profile};
use trellis_negotiator::{Cost, Rule};

const SHAPE: [Field; 3] = [Field::Width, Field::Height, Field::FrameRate];
const SAMPLING: [Field; 2] = [Field::SampleRate, Field::Channels];

/// Every converter of this crate.
pub fn converters() -> Vec<Converter> {
    // IMA ADPCM cannot be decoded without the size of its blocks, which frames do not carry.
    let decoded = Codec::ALL.iter().filter(|codec| **codec != Codec::AdpcmIma);
    let mut converters: Vec<Converter> = decoded.map(|codec| decoder(*codec)).collect();
    converters.extend([
        video_encoder("vpx/vp8-encode", Codec::Vp8, |picture, settings| {
            Ok(Box::new(VpxEncoder::open(Codec::Vp8, picture, settings)?))
        }),
        video_encoder("vpx/vp9-encode", Codec::Vp9, |picture, settings| {
            Ok(Box::new(VpxEncoder::open(Codec::Vp9, picture, settings)?))
        }),
        video_encoder("openh264/encode", Codec::H264, |picture, settings| {
            Ok(Box::new(H264Encoder::open(picture, settings)?))
        }),
        opus_encoder(),
        aac_encoder(),
        g711_encoder("g711/pcmu-encode", Codec::Pcmu),
        g711_encoder("g711/pcma-encode", Codec::Pcma),
        scaler(),
        resampler(),
    ]);
    converters
}

/// Microseconds a second of media, from microseconds a picture of 1280x720.
fn per_second(format: &Format, micros_at_720p: u64) -> u64 {
    let (width, height) = format.size().unwrap_or((1_280, 720));
    let rate = format.frame_rate().map_or(30_000, |rate| rate.0);
    let pixels = u64::from(width) * u64::from(height);
    (micros_at_720p * pixels / 921_600).max(1) * u64::from(rate) / 1_000
}

/// What a table says of a codec; of one that was not measured, what the dearest costs.
fn measured(table: &[(Codec, u64)], codec: Option<Codec>) -> u64 {
    let dearest = || table.iter().map(|(_, micros)| *micros).max();
    let known = table.iter().find(|(of, _)| Some(*of) == codec).map(|(_, micros)| *micros);
    known.or_else(dearest).unwrap_or(1)
}

fn video_encode_cost(input: &Format, output: &Format) -> Cost {
    Cost { generations: 1, cpu: per_second(input, measured(ENCODE_PICTURE, output.codec())), latency: 0 }
}

/// The cost of encoding sound with so much delay, in microseconds: what the encoder gathers and looks ahead.
fn sound_encode_cost(output: &Format, latency: u32) -> Cost {
    Cost { generations: 1, cpu: measured(ENCODE_SOUND, output.codec()), latency }
}

fn decode_cost(input: &Format, _output: &Format) -> Cost {
    let cpu = match input.kind() {
        Some(Kind::Video) => per_second(input, measured(DECODE_PICTURE, input.codec())),
        _ => measured(DECODE_SOUND, input.codec()),
    };
    Cost { generations: 0, cpu, latency: 0 }
}

fn decoder(codec: Codec) -> Converter {
    let (output, keep) = match codec.kind() {
        Kind::Video => (Format::raw_video(), &SHAPE[..]),
        _ => (Format::raw_audio(0, 0), &SAMPLING[..]),
    };
    let rule = Rule {
        name: format!("ffmpeg/{codec}-decode").into(),
        input: Alternative::like(&Format::encoded(codec)),
        output: Alternative::like(&output),
        keep: FieldSet::of(keep),
        choose: FieldSet::NONE,
        cost: decode_cost,
    };
    Converter::new(rule, move |input, _| match codec.kind() {
        Kind::Video => Box::new(VideoDecoder::new(codec)),
        _ => Box::new(AudioDecoder::new(codec, input)),
    })
}

fn video_encoder(name: &'static str, codec: Codec, open: crate::encode::OpenEncoder) -> Converter {
    let output = Alternative::like(&Format::encoded(codec)).with(Field::Reordered, Constraint::One(1));
    let output = match codec {
        Codec::H264 => output.with(Field::Profile, Constraint::One(Profile::ConstrainedBaseline.number())),
        Codec::Vp9 => output.with(Field::Profile, Constraint::One(Profile::Profile0.number())),
        _ => output,
    };
    let rule = Rule {
        name: name.into(),
        input: Alternative::like(&Format::raw_video()),
        output,
        keep: FieldSet::of(&SHAPE),
        choose: FieldSet::of(&[Field::RateClass]),
        cost: video_encode_cost,
    };
    Converter::new(rule, move |_, output| Box::new(EncoderNode::new(open, output)))
}

fn opus_encoder() -> Converter {
    let input = Alternative::like(&Format::raw_audio(48_000, 0)).with(Field::Channels, Constraint::Range(1, 2));
    let rule = Rule {
        name: "opus/encode".into(),
        input,
        output: Alternative::like(&Format::encoded(Codec::Opus)),
        keep: FieldSet::of(&SAMPLING),
        choose: FieldSet::NONE,
        cost: |_, output| sound_encode_cost(output, 20_000),
    };
    Converter::new(rule, |_, _| Box::new(OpusEncoder::default()))
}

fn aac_encoder() -> Converter {
    let rates = Constraint::Some([48_000, 44_100].as_slice().into());
    let input = Alternative::like(&Format::raw_audio(0, 0))
        .with(Field::SampleRate, rates)
        .with(Field::Channels, Constraint::Range(1, 2));
    let rule = Rule {
        name: "ffmpeg/aac-encode".into(),
        input,
        output: Alternative::like(&Format::encoded(Codec::Aac)),
        keep: FieldSet::of(&SAMPLING),
        choose: FieldSet::NONE,
        cost: |_, output| sound_encode_cost(output, 43_000),
    };
    Converter::new(rule, |_, _| Box::new(AacEncoder::default()))
}

fn g711_encoder(name: &'static str, codec: Codec) -> Converter {
    let rule = Rule {
        name: name.into(),
        input: Alternative::like(&Format::raw_audio(8_000, 1)),
        output: Alternative::like(&Format::encoded(codec)),
        keep: FieldSet::of(&SAMPLING),
        choose: FieldSet::NONE,
        cost: |_, output| sound_encode_cost(output, 0),
    };
    Converter::new(rule, move |_, _| Box::new(G711Encoder(codec)))
}

fn scaler() -> Converter {
    let rule = Rule {
        name: "swscale/scale".into(),
        input: Alternative::like(&Format::raw_video()),
        output: Alternative::like(&Format::raw_video()),
        keep: FieldSet::of(&SHAPE),
        choose: FieldSet::of(&[Field::Width, Field::Height]),
        cost: |input, _| Cost { generations: 0, cpu: per_second(input, calibration::SCALE_PICTURE), latency: 0 },
    };
    Converter::new(rule, |_, output| Box::new(ScaleNode::new(output)))
}

fn resampler() -> Converter {
    let rule = Rule {
        name: "swresample/resample".into(),
        input: Alternative::like(&Format::raw_audio(0, 0)),
        output: Alternative::like(&Format::raw_audio(0, 0)),
        keep: FieldSet::of(&SAMPLING),
        choose: FieldSet::of(&SAMPLING),
        cost: |_, _| Cost { generations: 0, cpu: calibration::RESAMPLE_SOUND, latency: 1_000 },
    };
    Converter::new(rule, |_, output| Box::new(ResampleNode::new(output)))
}
