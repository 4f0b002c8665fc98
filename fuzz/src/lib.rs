//! One function for each fuzz target: bytes from outside against the code that meets them first.
//!
//! A function panics when something that must always hold does not. `fuzz_targets/` calls these functions with what
//! the fuzzer thinks of, `tests/corpora.rs` with collected files, so that ordinary tests compile and run them too.

mod control;
mod sdp;

pub use control::jsonrpc;
pub use sdp::sdp;

use std::io::Cursor;
use trellis_containers::Demuxer;
use trellis_graph::Context;
use trellis_media::{Codec, Format, Item, MediaTime, Payload, RtpPacket};
use trellis_rtp::{converters, parse_rtcp, parse_rtp, starts_keyframe};
use trellis_webrtc::{Datagram, classify};

/// Codecs with an RTP payload format.
const CODECS: [Codec; 9] =
    [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::H265, Codec::Av1, Codec::Opus, Codec::Pcmu, Codec::Pcma, Codec::G722];
/// More items than any input of a fuzzer's size holds.
const MOST_ITEMS: usize = 1_000_000;

/// An RTP packet: its header, then its payload in every payload format, whole and in two pieces.
pub fn rtp(data: &[u8]) {
    let Ok(packet) = parse_rtp(data) else { return };
    assert!(packet.payload.len() + 12 <= data.len(), "the payload is longer than the packet");
    let (front, back) = packet.payload.split_at(packet.payload.len() / 2);
    for codec in CODECS {
        depacketise(codec, &[&packet.payload]);
        depacketise(codec, &[front, back]);
    }
}

/// Gives payloads to a depacketiser as the packets of one frame, with an empty packet behind them.
fn depacketise(codec: Codec, payloads: &[&[u8]]) {
    let name = format!("rtp/{codec}-depacketise");
    let converter = converters().into_iter().find(|converter| converter.rule.name == name).expect("a depacketiser");
    let mut node = (converter.make)(&Format::rtp(codec), &Format::encoded(codec));
    let numbered = payloads.iter().copied().chain([[].as_slice()]).zip(0u16..);
    for (payload, sequence) in numbered {
        let packet = RtpPacket {
            payload_type: 96,
            marker: usize::from(sequence) + 1 >= payloads.len(),
            sequence,
            timestamp: if usize::from(sequence) < payloads.len() { 0 } else { 3_000 },
            ssrc: 1,
            starts_keyframe: starts_keyframe(codec, payload),
            payload: payload.to_vec().into(),
        };
        let mut cx = Context::new(MediaTime::ZERO);
        let item = Item { time: MediaTime::ZERO, payload: Payload::Rtp(packet) };
        node.process(0, item, &mut cx).expect("a bad packet is dropped, it does not end the stream");
        for (_, item) in cx.take_items() {
            assert!(matches!(item.payload, Payload::Frame(_)), "a depacketiser gives frames");
        }
    }
}

/// An RTCP packet, compound or of reduced size.
pub fn rtcp(data: &[u8]) {
    if let Ok(packets) = parse_rtcp(data) {
        assert!(!packets.is_empty(), "an RTCP packet without a packet");
    }
}

/// A datagram on the shared port: sorted by its first byte (RFC 7983, section 7) or thrown away.
pub fn stun_demux(data: &[u8]) {
    let range = match classify(data) {
        Datagram::Stun { local_fragment } => {
            let inside = |name: &str| data.windows(name.len() + 1).any(|bytes| bytes == format!("{name}:").as_bytes());
            assert!(local_fragment.is_none_or(inside), "a user name that is not in the message");
            0..=3
        }
        Datagram::Dtls => 20..=63,
        Datagram::Media => 128..=191,
        Datagram::Garbage => return,
    };
    assert!(data.first().is_some_and(|byte| range.contains(byte)), "sorted against its first byte");
}

/// A file of any container: read to its end, sought in, and read again.
pub fn demux(data: &[u8]) {
    let Ok((mut demuxer, tracks)) = Demuxer::read(Cursor::new(data.to_vec())) else { return };
    assert!(!tracks.is_empty(), "a file without a track is refused");
    read_to_end(&mut demuxer);
    if demuxer.seek(MediaTime::from_millis(500)).is_ok() {
        read_to_end(&mut demuxer);
    }
}

fn read_to_end(demuxer: &mut Demuxer) {
    let read = (0..MOST_ITEMS).take_while(|_| matches!(demuxer.next(), Ok(Some(_)))).count();
    assert!(read < MOST_ITEMS, "a file without end");
}
