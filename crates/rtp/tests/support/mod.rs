//! What the tests of this crate share: captures, and nodes driven by hand.
#![allow(dead_code, reason = "each test file uses a part of it")]

use bytes::Bytes;
use std::path::PathBuf;
use trellis_graph::{Context, Node, Request};
use trellis_media::{Codec, EncodedFrame, Format, Item, MediaTime, Payload, RtpPacket};
use trellis_rtp::{converters, parse_rtp};

/// The folder of real media; `None`, and a word about it, where it is missing.
pub fn media() -> Option<PathBuf> {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/media"));
    let folder = std::env::var_os("TRELLIS_MEDIA").map_or_else(default, PathBuf::from);
    if !folder.is_dir() {
        eprintln!("skipped: no media");
        return None;
    }
    Some(folder)
}

/// The files of a folder, sorted.
pub fn files(folder: PathBuf) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

/// The UDP payloads of a pcap file: little-endian, Ethernet, IPv4.
pub fn pcap(file: &[u8]) -> Vec<Vec<u8>> {
    let mut datagrams = Vec::new();
    let mut rest = &file[24..];
    while rest.len() > 16 {
        let len = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        let frame = &rest[16..16 + len];
        rest = &rest[16 + len..];
        let header = usize::from(frame[14] & 0x0f) * 4;
        if frame[12..14] == [8, 0] && frame[23] == 17 {
            let end = 14 + usize::from(u16::from_be_bytes([frame[16], frame[17]]));
            datagrams.push(frame[14 + header + 8..end.min(frame.len())].to_vec());
        }
    }
    datagrams
}

/// The packets of an rtpdump file.
pub fn rtpdump(file: &[u8]) -> Vec<Vec<u8>> {
    let line = file.iter().position(|byte| *byte == b'\n').unwrap();
    let mut rest = &file[line + 1 + 16..];
    let mut packets = Vec::new();
    while rest.len() > 8 {
        let len = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        packets.push(rest[8..len].to_vec());
        rest = &rest[len..];
    }
    packets
}

/// The RTP packets of the stream with most packets.
pub fn main_stream(datagrams: &[Vec<u8>]) -> Vec<RtpPacket> {
    let mut packets: Vec<RtpPacket> = datagrams.iter().filter_map(|datagram| parse_rtp(datagram).ok()).collect();
    packets.retain(|packet| !(64..96).contains(&packet.payload_type)); // RTCP (RFC 5761, section 4).
    let count = |ssrc| packets.iter().filter(|packet| packet.ssrc == ssrc).count();
    let ssrc = packets.iter().map(|packet| packet.ssrc).max_by_key(|ssrc| count(*ssrc)).unwrap();
    packets.into_iter().filter(|packet| packet.ssrc == ssrc).collect()
}

/// The frames of an IVF file.
pub fn ivf(file: &[u8]) -> Vec<Bytes> {
    let mut frames = Vec::new();
    let mut rest = &file[32..];
    while rest.len() > 12 {
        let len = u32::from_le_bytes(rest[0..4].try_into().unwrap()) as usize;
        let Some(frame) = rest.get(12..12 + len) else { break };
        frames.push(Bytes::copy_from_slice(frame));
        rest = &rest[12 + len..];
    }
    frames
}

/// A converter of this crate by the end of its name, driven by hand.
pub struct Driven {
    node: Box<dyn Node>,
    pub requests: usize,
}

impl Driven {
    pub fn packetiser(codec: Codec) -> Driven {
        Driven::new(codec, "packetise", &Format::encoded(codec), &Format::rtp(codec))
    }

    pub fn depacketiser(codec: Codec) -> Driven {
        Driven::new(codec, "depacketise", &Format::rtp(codec), &Format::encoded(codec))
    }

    fn new(codec: Codec, direction: &str, from: &Format, to: &Format) -> Driven {
        let name = format!("rtp/{codec}-{direction}");
        let converter = converters().into_iter().find(|converter| converter.rule.name == name).unwrap();
        Driven { node: (converter.make)(from, to), requests: 0 }
    }

    pub fn give(&mut self, now: MediaTime, item: Item) -> Vec<Item> {
        self.call(now, |node, cx| node.process(0, item, cx).unwrap())
    }

    pub fn wake(&mut self, now: MediaTime) -> Vec<Item> {
        self.call(now, |node, cx| node.wake(cx).unwrap())
    }

    pub fn end(&mut self, now: MediaTime) -> Vec<Item> {
        self.call(now, |node, cx| node.end(0, cx).unwrap())
    }

    fn call(&mut self, now: MediaTime, call: impl FnOnce(&mut dyn Node, &mut Context)) -> Vec<Item> {
        let mut cx = Context::new(now);
        call(self.node.as_mut(), &mut cx);
        self.requests += cx.take_requests().iter().filter(|(_, request)| *request == Request::Keyframe).count();
        cx.take_items().into_iter().map(|(_, item)| item).collect()
    }
}

pub fn frame_of(item: &Item) -> &EncodedFrame {
    match &item.payload {
        Payload::Frame(frame) => frame,
        other => panic!("not a frame: {other:?}"),
    }
}

pub fn packet_of(item: &Item) -> &RtpPacket {
    match &item.payload {
        Payload::Rtp(packet) => packet,
        other => panic!("not a packet: {other:?}"),
    }
}

pub fn frame(time: MediaTime, data: Bytes, keyframe: bool) -> Item {
    let frame = EncodedFrame { data, keyframe, decode_time: time, duration: MediaTime::ZERO, config: None };
    Item { time, payload: Payload::Frame(frame) }
}

/// Frames depacketised from packets that come in order, each at the time of its timestamp.
pub fn depacketise(codec: Codec, packets: &[RtpPacket]) -> Vec<EncodedFrame> {
    let mut node = Driven::depacketiser(codec);
    let base = packets[0].timestamp;
    let mut items = Vec::new();
    for packet in packets {
        let ticks = i64::from(packet.timestamp.wrapping_sub(base));
        let time = MediaTime::from_ticks(ticks, codec.clock_rate());
        items.extend(node.give(time, Item { time, payload: Payload::Rtp(packet.clone()) }));
    }
    items.extend(node.end(MediaTime::from_secs(3_600)));
    items.iter().map(|item| frame_of(item).clone()).collect()
}

/// Packets of frames, 40 ms apart.
pub fn packetise(codec: Codec, frames: &[EncodedFrame]) -> Vec<RtpPacket> {
    let mut node = Driven::packetiser(codec);
    let mut packets = Vec::new();
    for (index, encoded) in frames.iter().enumerate() {
        let time = MediaTime::from_millis(40 * index as i64);
        let items = node.give(time, frame(time, encoded.data.clone(), encoded.keyframe));
        packets.extend(items.iter().map(|item| packet_of(item).clone()));
    }
    packets
}
