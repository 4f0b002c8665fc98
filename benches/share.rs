//! One H.264 source to 100 VP8 viewers: one decoder and one encoder, and hardly more CPU than these and the sending.
//!
//! `cargo bench --bench share [-- SECONDS]`, 10 s of film by default. Viewers are RTP outputs to 100 sockets on
//! loopback. The rival in the same run is a bare loop: the same decoder and encoder called one after the other, and the
//! same packets sent to as many sockets, one call each, as the outputs do it. CPU time of all threads. The part of the
//! kernel's work that falls to receivers is in both.

mod support;

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use support::{head, process_cpu, spread};
use trellis::graph::{Context, Converter, Node};
use trellis::media::{Codec, Format, Item, MediaTime, Payload};
use trellis::{RtpStream, Studio};
use trellis_containers::Demuxer;

const ROUNDS: usize = 5;
const VIEWERS: usize = 100;
const STREAM: RtpStream = RtpStream { codec: Codec::Vp8, payload_type: 96 };

fn film(folder: &Path, seconds: u32) -> std::path::PathBuf {
    let film = folder.join("film.mp4");
    let card = "testsrc2=s=1280x720:r=30,noise=alls=8:allf=t";
    let encode = format!("-t {seconds} -an -c:v libx264 -preset veryfast -b:v 3M -bf 0 -g 60 -pix_fmt yuv420p");
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", card]).args(encode.split_whitespace());
    let output = command.arg(&film).output().expect("ffmpeg runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    film
}

/// Sockets that nobody reads: the kernel drops what does not fit, at the same price for both.
fn viewers() -> Vec<UdpSocket> {
    (0..VIEWERS).map(|_| UdpSocket::bind("127.0.0.1:0").expect("a free port")).collect()
}

fn measured<R>(work: impl FnOnce() -> R) -> (f64, R) {
    let before = process_cpu();
    let result = work();
    ((process_cpu() - before).as_secs_f64(), result)
}

/// The film through the engine. Returns CPU seconds and the packets of one viewer.
fn engine(film: &Path, viewers: &[SocketAddr]) -> (f64, u64) {
    let studio = Studio::start().expect("threads");
    let mut pipeline = studio.pipeline();
    let player = pipeline.player(film).expect("a film");
    let outputs: Vec<_> = viewers
        .iter()
        .map(|viewer| {
            let (output, counters) = pipeline.rtp_output(*viewer, STREAM).expect("a socket");
            pipeline.connect_all(player, output).expect("a connection");
            counters
        })
        .collect();
    let (spent, ()) = measured(|| {
        pipeline.run().expect("an end");
        // The player has given all; what is still in the decoder and the encoder follows.
        let mut sent = u64::MAX;
        loop {
            let report = pipeline.report();
            let now = outputs.iter().map(|counters| counters.sent() + counters.dropped()).sum();
            if report.nodes.iter().all(|node| node.queued == 0) && std::mem::replace(&mut sent, now) == now {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    });
    let converters = pipeline.report().converters;
    let expected = ["ffmpeg/h264-decode", "vpx/vp8-encode", "rtp/vp8-packetise"];
    assert!(expected.iter().all(|name| converters.get(*name) == Some(&1)), "one of each: {converters:?}");
    assert_eq!(converters.len(), expected.len(), "and nothing else: {converters:?}");
    let packets = outputs[0].sent() + outputs[0].dropped();
    assert!(outputs.iter().all(|counters| counters.sent() + counters.dropped() == packets), "everybody gets the same");
    (spent, packets)
}

/// Decoder, encoder, packetiser and sends, called one after the other. Returns CPU seconds of codecs, of sends, and the
/// packets of one viewer.
fn bare(film: &Path, viewers: &[SocketAddr]) -> (f64, f64, u64) {
    let all: Vec<Converter> = trellis_codecs::converters().into_iter().chain(trellis_rtp::converters()).collect();
    let make = |name: &str, input: Format, output: Format| -> Box<dyn Node> {
        let named = |converter: &&Converter| converter.rule.name == name;
        (all.iter().find(named).unwrap_or_else(|| panic!("no {name}")).make)(&input, &output)
    };
    let mut decoder = make("ffmpeg/h264-decode", Format::encoded(Codec::H264), Format::raw_video());
    let mut encoder = make("vpx/vp8-encode", Format::raw_video(), Format::encoded(Codec::Vp8));
    let mut packetiser = make("rtp/vp8-packetise", Format::encoded(Codec::Vp8), Format::rtp(Codec::Vp8));
    let (mut demuxer, _) = Demuxer::open(film).expect("a film");
    let step = |node: &mut dyn Node, item: Item| {
        let mut cx = Context::new(MediaTime::ZERO);
        node.process(0, item, &mut cx).expect("an item");
        cx.take_items().into_iter().map(|(_, item)| item).collect::<Vec<Item>>()
    };
    let (codecs, packets) = measured(|| {
        let mut packets = Vec::new();
        let mut pictures = Vec::new();
        let mut encode = |pictures: &mut Vec<Item>, packets: &mut Vec<Vec<u8>>| {
            for picture in pictures.drain(..) {
                for frame in step(encoder.as_mut(), picture) {
                    for packet in step(packetiser.as_mut(), frame) {
                        let Payload::Rtp(packet) = packet.payload else { panic!("no packet") };
                        let mut bytes = Vec::new();
                        trellis_rtp::write_rtp(&packet, &mut bytes);
                        packets.push(bytes);
                    }
                }
            }
        };
        while let Some((_, item)) = demuxer.next().expect("an item") {
            let mut cx = Context::new(MediaTime::ZERO);
            decoder.process(0, item, &mut cx).expect("a picture");
            pictures.extend(cx.take_items().into_iter().map(|(_, item)| item));
            encode(&mut pictures, &mut packets);
        }
        let mut cx = Context::new(MediaTime::ZERO);
        decoder.end(0, &mut cx).expect("the last pictures");
        pictures.extend(cx.take_items().into_iter().map(|(_, item)| item));
        encode(&mut pictures, &mut packets);
        packets
    });
    let sockets: Vec<UdpSocket> = viewers
        .iter()
        .map(|viewer| {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
            socket.connect(viewer).expect("an address");
            socket.set_nonblocking(true).expect("a socket");
            socket
        })
        .collect();
    let (sends, ()) = measured(|| {
        for packet in &packets {
            for socket in &sockets {
                let _ = socket.send(packet);
            }
        }
    });
    (codecs, sends, packets.len() as u64)
}

fn main() {
    let seconds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(10);
    let folder = tempfile::tempdir().expect("a folder");
    let film = film(folder.path(), seconds);
    let sockets = viewers();
    let addresses: Vec<SocketAddr> = sockets.iter().map(|socket| socket.local_addr().expect("an address")).collect();
    head(&format!("{seconds} s of 1280x720 at 30 frames a second, H.264 to {VIEWERS} viewers of VP8: s of CPU"));
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (ours, packets) = engine(&film, &addresses);
        let (codecs, sends, bare_packets) = bare(&film, &addresses);
        // A key picture that a viewer asked for is cut a little differently.
        assert!(packets.abs_diff(bare_packets) * 50 <= bare_packets, "{packets} packets, and {bare_packets} bare");
        rounds.push([ours, codecs, sends, packets as f64]);
    }
    let of = |which: &dyn Fn(&[f64; 4]) -> f64| spread(rounds.iter().map(which));
    println!("one decoder and one encoder in each round; {:.0} packets a viewer", of(&|round| round[3]));
    println!("the engine {}", of(&|round| round[0]));
    println!("bare: codecs {}, sends {}", of(&|round| round[1]), of(&|round| round[2]));
    println!("ratio {} (goal 1.1)", of(&|round| round[0] / (round[1] + round[2])));
}
