//! What one forwarded WebRTC packet costs: a stream to 50 connected receivers, six packets a frame, each receiver with
//! a port of its own, as browsers have; SRTP_AES128_CM_HMAC_SHA1_80, with the history that NACK and RTX need.
//!
//! `cargo bench --bench forward`. The rival in the same run sends bytes of the same lengths to the same number of
//! sockets, one call a frame and receiver, without sealing and numbering anything. CPU time of the pushing thread, by
//! the kernel's accounting; the receivers' part of the kernel's work is in it, as it always is on loopback.

mod support;

use parking_lot::Mutex;
use quinn_udp::{Transmit, UdpSocketState};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use support::{Spread, head, spread, thread_cpu};
use trellis::media::{Codec, Kind, MediaTime, RtpPacket};
use trellis_webrtc::{
    ConnectionState, IceCandidate, Network, NetworkConfig, OfferOptions, Peer, PeerConfig, PeerObserver, PeerState,
    Received, SendLeg, SrtpProfile,
};

const RECEIVERS: usize = 50;
const PACKETS: u16 = 6;
const PAYLOAD: usize = 1_188;
const FRAMES: u16 = 60;
const ROUNDS: usize = 7;
const FRAME_TIME: Duration = Duration::from_millis(33);

#[derive(Default)]
struct Count {
    connected: AtomicU64,
    received: AtomicU64,
    candidates: Mutex<Vec<IceCandidate>>,
}

impl PeerObserver for Count {
    fn media(&self, _kind: Kind, packets: &[Received]) {
        self.received.fetch_add(packets.len() as u64, Ordering::Relaxed);
    }
    fn keyframe_requested(&self, _kind: Kind) {}
    fn bandwidth(&self, _kind: Kind, _bits_per_second: u64) {}
    fn state(&self, state: PeerState) {
        if state == PeerState::Connection(ConnectionState::Connected) {
            self.connected.fetch_add(1, Ordering::Relaxed);
        }
    }
    fn candidate(&self, candidate: IceCandidate) {
        self.candidates.lock().push(candidate);
    }
}

fn network() -> Network {
    let start = Instant::now();
    let clock = Arc::new(move || MediaTime::from(start.elapsed()));
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    Network::bind(NetworkConfig { listen, external: Vec::new(), clock }).expect("a free port")
}

fn connect(from: &Network, to: &Network, count: &Arc<Count>) -> [Peer; 2] {
    let config = || PeerConfig { srtp: vec![SrtpProfile::AesCmSha1], ..PeerConfig::default() };
    let peers = [from, to].map(|network| network.peer(config(), count.clone()).expect("a peer"));
    let offer = peers[0].create_offer(OfferOptions { audio: false, video: true }).expect("an offer");
    peers[0].process_answer(&peers[1].process_offer(&offer).expect("an answer")).expect("negotiated");
    for (one, other) in [(0, 1), (1, 0)] {
        peers[one].gather_candidates().expect("candidates");
        for candidate in count.candidates.lock().drain(..) {
            peers[other].add_candidate(candidate).expect("a candidate");
        }
    }
    peers
}

/// Pushes frames into every leg.
struct Forward {
    legs: Vec<SendLeg>,
    sequence: u16,
}

impl Forward {
    fn frame(&mut self) {
        let time = MediaTime::from_millis(i64::from(self.sequence / PACKETS) * 33);
        let packets: Vec<RtpPacket> = (0..PACKETS).map(|number| self.packet(number)).collect();
        for leg in &self.legs {
            for packet in &packets {
                leg.push(Codec::Vp8, packet, time);
            }
            leg.flush();
        }
        self.sequence = self.sequence.wrapping_add(PACKETS);
    }

    fn packet(&self, number: u16) -> RtpPacket {
        RtpPacket {
            payload_type: 96,
            marker: number + 1 == PACKETS,
            sequence: self.sequence.wrapping_add(number),
            timestamp: u32::from(self.sequence / PACKETS) * 3_000,
            ssrc: 1,
            starts_keyframe: false,
            payload: vec![0x10; PAYLOAD].into(),
        }
    }
}

/// Sends what has the same lengths, and nothing else.
struct Bare {
    socket: UdpSocket,
    state: UdpSocketState,
    receivers: Vec<SocketAddr>,
    bytes: Vec<u8>,
}

impl Bare {
    fn new() -> (Bare, Vec<UdpSocket>) {
        let open = || UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let (socket, receivers): (_, Vec<UdpSocket>) = (open(), (0..RECEIVERS).map(|_| open()).collect());
        let state = UdpSocketState::new((&socket).into()).expect("a socket");
        let addresses = receivers.iter().map(|socket| socket.local_addr().expect("an address")).collect();
        // Header and tag of SRTP.
        let bytes = vec![7; (PAYLOAD + 12 + 10) * usize::from(PACKETS)];
        (Bare { socket, state, receivers: addresses, bytes }, receivers)
    }

    fn frame(&mut self) {
        for destination in &self.receivers {
            let segment_size = Some(self.bytes.len() / usize::from(PACKETS));
            let run =
                Transmit { destination: *destination, ecn: None, contents: &self.bytes, segment_size, src_ip: None };
            self.state.try_send((&self.socket).into(), &run).expect("a socket that sends");
        }
    }
}

/// CPU time for each packet, in microseconds, of some frames.
fn measure(pace: Option<Duration>, mut frame: impl FnMut()) -> f64 {
    let mut spent = Duration::ZERO;
    for _ in 0..FRAMES {
        let before = thread_cpu();
        frame();
        spent += thread_cpu() - before;
        // Even a busy sender has to leave the receivers the time to empty their queues.
        std::thread::sleep(pace.unwrap_or(Duration::from_millis(2)));
    }
    spent.as_secs_f64() * 1e6 / f64::from(FRAMES) / f64::from(PACKETS) / RECEIVERS as f64
}

fn drain(sockets: Vec<UdpSocket>) -> Arc<AtomicU64> {
    let count = Arc::new(AtomicU64::new(0));
    let arrived = Arc::clone(&count);
    std::thread::spawn(move || {
        let mut buffer = [0; 2_048];
        sockets.iter().for_each(|socket| socket.set_nonblocking(true).expect("a socket"));
        loop {
            for socket in &sockets {
                while socket.recv(&mut buffer).is_ok() {
                    arrived.fetch_add(1, Ordering::Relaxed);
                }
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    count
}

fn main() {
    let (from, count) = (network(), Arc::new(Count::default()));
    let peers: Vec<_> = (0..RECEIVERS).map(|_| connect(&from, &network(), &count)).collect();
    let deadline = Instant::now() + Duration::from_secs(20);
    while count.connected.load(Ordering::Relaxed) < 2 * RECEIVERS as u64 {
        assert!(Instant::now() < deadline, "not connected");
        std::thread::sleep(Duration::from_millis(10));
    }
    let legs = peers.iter().filter_map(|[sender, _]| sender.leg(Kind::Video)).collect();
    let (mut forward, (mut bare, sockets)) = (Forward { legs, sequence: 0 }, Bare::new());
    let bare_count = drain(sockets);
    head("one packet of 1,200 bytes to one of 50 receivers, six packets a frame: us of CPU");
    for (regime, pace, goal) in [("busy", None, 5), ("paced, 30 frames a second", Some(FRAME_TIME), 7)] {
        measure(pace, || forward.frame());
        let rounds: Vec<[f64; 2]> =
            (0..ROUNDS).map(|_| [measure(pace, || forward.frame()), measure(pace, || bare.frame())]).collect();
        let of = |which: fn(&[f64; 2]) -> f64| -> Spread { spread(rounds.iter().map(which)) };
        println!("{regime}: forwarded {} (goal {goal})", of(|round| round[0]));
        println!("{regime}: bare send of as many bytes {}", of(|round| round[1]));
        println!("{regime}: ratio {}", of(|round| round[0] / round[1]));
    }
    std::thread::sleep(Duration::from_millis(300));
    let sent = u64::from(FRAMES) * u64::from(PACKETS) * RECEIVERS as u64 * 2;
    let (opened, came) = (count.received.load(Ordering::Relaxed), bare_count.load(Ordering::Relaxed));
    println!(
        "{opened} of {} packets were opened, {came} of {} bare ones came",
        sent * (ROUNDS as u64 + 1),
        sent * ROUNDS as u64
    );
}
