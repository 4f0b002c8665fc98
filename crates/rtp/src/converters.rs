//! The packetisers and depacketisers as converters of the graph.

use crate::depacketiser::Depacketiser;
use crate::h264::H264Assembler;
use crate::h265::H265Assembler;
use crate::packetiser::Packetiser;
use crate::payload::{Assemble, Packetise};
use crate::{audio, av1, h264, h265, vp8, vp9};
use trellis_graph::Converter;
use trellis_media::{Alternative, Codec, Field, FieldSet, Format, Kind};
use trellis_negotiator::{Cost, Rule};

/// A codec with an RTP payload format here.
#[derive(Clone, Copy)]
struct PayloadFormat {
    codec: Codec,
    packetise: Packetise,
    assembler: fn() -> Box<dyn Assemble>,
}

const PAYLOAD_FORMATS: [PayloadFormat; 9] = [
    PayloadFormat { codec: Codec::Vp8, packetise: vp8::packetise, assembler: || Box::new(vp8::assemble) },
    PayloadFormat { codec: Codec::Vp9, packetise: vp9::packetise, assembler: || Box::new(vp9::assemble) },
    PayloadFormat { codec: Codec::H264, packetise: h264::packetise, assembler: || Box::new(H264Assembler::default()) },
    PayloadFormat { codec: Codec::H265, packetise: h265::packetise, assembler: || Box::new(H265Assembler::default()) },
    PayloadFormat { codec: Codec::Av1, packetise: av1::packetise, assembler: || Box::new(av1::assemble) },
    audio_format(Codec::Opus, || Box::new(|payloads: &[_]| audio::assemble(Codec::Opus, payloads))),
    samples_format(Codec::Pcmu, || Box::new(|payloads: &[_]| audio::assemble(Codec::Pcmu, payloads))),
    samples_format(Codec::Pcma, || Box::new(|payloads: &[_]| audio::assemble(Codec::Pcma, payloads))),
    samples_format(Codec::G722, || Box::new(|payloads: &[_]| audio::assemble(Codec::G722, payloads))),
];

const fn audio_format(codec: Codec, assembler: fn() -> Box<dyn Assemble>) -> PayloadFormat {
    PayloadFormat { codec, packetise: audio::packetise, assembler }
}

const fn samples_format(codec: Codec, assembler: fn() -> Box<dyn Assemble>) -> PayloadFormat {
    PayloadFormat { codec, packetise: audio::packetise_samples, assembler }
}

/// Everything but [`Field::Carriage`] and how it is packetised: RTP carries a stream as it is.
const KEPT: FieldSet = FieldSet::of(&[
    Field::Kind,
    Field::Codec,
    Field::Profile,
    Field::Reordered,
    Field::Width,
    Field::Height,
    Field::FrameRate,
    Field::SampleRate,
    Field::Channels,
    Field::RateClass,
    Field::Level,
    Field::Colour,
]);

/// `rtp/<codec>-packetise` and `rtp/<codec>-depacketise` for VP8, VP9, H.264, H.265, AV1, Opus, PCMU, PCMA and G.722.
pub fn converters() -> Vec<Converter> {
    PAYLOAD_FORMATS.iter().flat_map(|format| [packetiser(*format), depacketiser(*format)]).collect()
}

fn packetiser(format: PayloadFormat) -> Converter {
    let rule = Rule {
        name: format!("rtp/{}-packetise", format.codec).into(),
        input: Alternative::like(&Format::encoded(format.codec)),
        output: Alternative::like(&Format::rtp(format.codec)),
        keep: KEPT,
        choose: FieldSet::NONE,
        cost: |input, _| Cost { generations: 0, cpu: cpu(input), latency: 0 },
    };
    Converter::new(rule, move |_, _| Box::new(Packetiser::new(format.codec, format.packetise)))
}

fn depacketiser(format: PayloadFormat) -> Converter {
    let rule = Rule {
        name: format!("rtp/{}-depacketise", format.codec).into(),
        input: Alternative::like(&Format::rtp(format.codec)),
        output: Alternative::like(&Format::encoded(format.codec)),
        keep: KEPT,
        choose: FieldSet::NONE,
        // A frame is whole when its last packet has come.
        cost: |input, _| Cost { generations: 0, cpu: cpu(input), latency: 1_000 },
    };
    Converter::new(rule, move |_, _| Box::new(Depacketiser::new(format.codec, (format.assembler)())))
}

/// About a microsecond a packet: thirty frames of six packets, or fifty packets of audio a second.
fn cpu(format: &Format) -> u64 {
    if format.kind() == Some(Kind::Video) { 180 } else { 50 }
}
