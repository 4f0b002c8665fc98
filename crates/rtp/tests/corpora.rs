//! Corpora of fuzzers and what is left of them after cuts and bit flips: nothing panics.

mod support;

use support::*;
use trellis_media::{Codec, Item, MediaTime, Payload, RtpPacket};
use trellis_rtp::{parse_rtcp, parse_rtp, starts_keyframe};

const CODECS: [Codec; 9] =
    [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::H265, Codec::Av1, Codec::Opus, Codec::Pcmu, Codec::Pcma, Codec::G722];

fn corpus(folders: &[&str]) -> Vec<Vec<u8>> {
    let Some(media) = media() else { return Vec::new() };
    let folders = folders.iter().flat_map(|folder| files(media.join("corpora").join(folder)));
    folders.map(|path| std::fs::read(path).unwrap()).collect()
}

/// An input, every cut of it, and every single byte set to 0, to 255 and flipped in its high bit.
fn variants(input: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let input = &input[..input.len().min(80)];
    let cuts = (0..input.len()).map(|len| input[..len].to_vec());
    let flips = (0..input.len()).flat_map(|at| {
        [0, 0xff, input[at] ^ 0x80, input[at] ^ 0x01].map(|byte| {
            let mut changed = input.to_vec();
            changed[at] = byte;
            changed
        })
    });
    std::iter::once(input.to_vec()).chain(cuts).chain(flips)
}

/// Gives a payload to a depacketiser as a whole frame.
fn depacketise_payload(codec: Codec, payload: &[u8]) {
    let mut node = Driven::depacketiser(codec);
    for (sequence, marker) in [(0, false), (1, true)] {
        let packet = RtpPacket {
            payload_type: 96,
            marker,
            sequence,
            timestamp: 0,
            ssrc: 1,
            starts_keyframe: starts_keyframe(codec, payload),
            payload: payload.to_vec().into(),
        };
        node.give(MediaTime::ZERO, Item { time: MediaTime::ZERO, payload: Payload::Rtp(packet) });
    }
}

#[test]
fn no_rtp_packet_of_the_corpora_panics_in_any_codec() {
    for input in corpus(&["rtp-corpus", "aiortc", "h264-depacketizer-fuzzer-corpus", "rtsp-fuzz"]) {
        for variant in variants(&input) {
            let parsed = parse_rtp(&variant);
            for codec in CODECS {
                depacketise_payload(codec, &variant);
                if let Ok(packet) = &parsed {
                    depacketise_payload(codec, &packet.payload);
                }
            }
        }
    }
}

#[test]
fn no_rtcp_packet_of_the_corpora_panics() {
    for input in corpus(&["rtcp-corpus", "aiortc"]) {
        for variant in variants(&input) {
            if let Ok(packets) = parse_rtcp(&variant) {
                assert!(!packets.is_empty());
            }
        }
    }
}

#[test]
fn no_frame_of_garbage_panics_in_a_packetiser() {
    for input in corpus(&["h264-depacketizer-fuzzer-corpus", "aiortc", "rtp-corpus"]) {
        for variant in variants(&input) {
            for codec in CODECS {
                let item = frame(MediaTime::ZERO, variant.clone().into(), true);
                Driven::packetiser(codec).give(MediaTime::ZERO, item);
            }
        }
    }
}
