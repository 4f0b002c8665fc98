//! What a loopback through WebRTC adds to a packet's way, against a bare UDP echo that is interleaved in the same run.
//!
//! `cargo bench --bench loopback`. A client's peer sends a packet every 5 ms; the server's peer pushes what arrives
//! back through its sending leg. Round trips, wall time: the client's own opening and sealing is in them.

mod support;

use parking_lot::Mutex;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use support::head;
use trellis::media::{Codec, Kind, MediaTime, RtpPacket};
use trellis_webrtc::{
    ConnectionState, IceCandidate, Network, NetworkConfig, OfferOptions, Peer, PeerConfig, PeerObserver, PeerState,
    Received, SendLeg,
};

const PACKETS: u16 = 3_000;
const PAYLOAD: usize = 1_188;
const PACE: Duration = Duration::from_millis(5);

/// Tells what arrives, or sends it back when it has a leg.
struct Ear {
    leg: Mutex<Option<SendLeg>>,
    arrived: Sender<(Instant, u16)>,
    connected: Sender<()>,
    candidates: Mutex<Vec<IceCandidate>>,
}

impl PeerObserver for Ear {
    fn media(&self, _kind: Kind, packets: &[Received]) {
        if let Some(leg) = &*self.leg.lock() {
            packets.iter().for_each(|received| leg.push(received.codec, &received.packet, received.time));
            leg.flush();
            return;
        }
        for received in packets {
            let number = u16::from_be_bytes([received.packet.payload[1], received.packet.payload[2]]);
            let _ = self.arrived.send((Instant::now(), number));
        }
    }
    fn keyframe_requested(&self, _kind: Kind) {}
    fn bandwidth(&self, _kind: Kind, _bits_per_second: u64) {}
    fn state(&self, state: PeerState) {
        if state == PeerState::Connection(ConnectionState::Connected) {
            let _ = self.connected.send(());
        }
    }
    fn candidate(&self, candidate: IceCandidate) {
        self.candidates.lock().push(candidate);
    }
}

fn side(arrived: &Sender<(Instant, u16)>, connected: &Sender<()>) -> (Network, Peer, Arc<Ear>) {
    let start = Instant::now();
    let clock = Arc::new(move || MediaTime::from(start.elapsed()));
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let network = Network::bind(NetworkConfig { listen, external: Vec::new(), clock }).expect("a free port");
    let (arrived, connected) = (arrived.clone(), connected.clone());
    let ear = Arc::new(Ear { leg: Mutex::default(), arrived, connected, candidates: Mutex::default() });
    let peer = network.peer(PeerConfig::default(), ear.clone()).expect("a peer");
    (network, peer, ear)
}

fn packet(number: u16) -> RtpPacket {
    let mut payload = vec![0x10; PAYLOAD];
    payload[1..3].copy_from_slice(&number.to_be_bytes());
    RtpPacket {
        payload_type: 96,
        marker: true,
        sequence: number,
        timestamp: u32::from(number) * 450,
        ssrc: 1,
        starts_keyframe: false,
        payload: payload.into(),
    }
}

/// The echo that a packet of the same length has without WebRTC.
fn bare_echo() -> UdpSocket {
    let open = || UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let (client, server) = (open(), open());
    client.connect(server.local_addr().expect("an address")).expect("a socket");
    client.set_read_timeout(Some(Duration::from_secs(1))).expect("a socket");
    std::thread::spawn(move || {
        let mut buffer = [0; 2_048];
        while let Ok((length, from)) = server.recv_from(&mut buffer) {
            let _ = server.send_to(&buffer[..length], from);
        }
    });
    client
}

fn at(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

fn webrtc_trip(leg: &SendLeg, arrivals: &Receiver<(Instant, u16)>, number: u16) -> Option<f64> {
    let sent = Instant::now();
    leg.push(Codec::Vp8, &packet(number), MediaTime::from_millis(i64::from(number) * 5));
    leg.flush();
    loop {
        let (arrived, echoed) = arrivals.recv_timeout(Duration::from_secs(1)).ok()?;
        if echoed == number {
            return Some((arrived - sent).as_secs_f64() * 1e3);
        }
    }
}

fn main() {
    let ((arrived, arrivals), (connected, connections)) = (channel(), channel());
    let sides = [side(&arrived, &connected), side(&arrived, &connected)];
    let [(_, client, _), (_, server, server_ear)] = &sides;
    let offer = client.create_offer(OfferOptions { audio: false, video: true }).expect("an offer");
    client.process_answer(&server.process_offer(&offer).expect("an answer")).expect("negotiated");
    for (one, other) in [(0, 1), (1, 0)] {
        sides[one].1.gather_candidates().expect("candidates");
        for candidate in sides[one].2.candidates.lock().drain(..) {
            sides[other].1.add_candidate(candidate).expect("a candidate");
        }
    }
    for _ in 0..2 {
        connections.recv_timeout(Duration::from_secs(10)).expect("a connection");
    }
    *server_ear.leg.lock() = server.leg(Kind::Video);
    let leg = client.leg(Kind::Video).expect("a leg");
    let (echo, mut buffer) = (bare_echo(), [0; 2_048]);
    let (mut webrtc, mut bare) = (Vec::new(), Vec::new());
    for number in 0..PACKETS {
        webrtc.extend(webrtc_trip(&leg, &arrivals, number));
        let sent = Instant::now();
        if echo.send(&vec![7; PAYLOAD + 22]).and_then(|_| echo.recv(&mut buffer)).is_ok() {
            bare.push(sent.elapsed().as_secs_f64() * 1e3);
        }
        std::thread::sleep(PACE);
    }
    webrtc.sort_by(f64::total_cmp);
    bare.sort_by(f64::total_cmp);
    head("round trip of a packet of 1,200 bytes, one each 5 ms: ms");
    for (name, share, goal) in [("median", 0.5, 1), ("p99", 0.99, 3)] {
        let (with, without) = (at(&webrtc, share), at(&bare, share));
        println!("{name}: webrtc {with:.3}, bare UDP {without:.3}, added {:.3} (goal {goal})", with - without);
    }
    println!("{} and {} of {PACKETS} came back", webrtc.len(), bare.len());
}
