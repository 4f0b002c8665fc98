//! Measures what a forwarded packet costs: one stream to 50 connected peers, six packets a frame. Each receiver has a
//! port of its own, as browsers have: two ports can hold one connection between them.
//!
//! Prints the CPU time of the pushing thread for each outgoing packet, from Linux' accounting; the receivers' system
//! work on loopback is in it. An argument paces the frames by so many milliseconds.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use trellis_media::{Codec, Kind, MediaTime, RtpPacket};
use trellis_webrtc::{
    IceCandidate, Network, NetworkConfig, OfferOptions, Peer, PeerConfig, PeerObserver, PeerState, Received,
    SrtpProfile,
};

const RECEIVERS: usize = 50;
const FRAMES: u16 = 500;
const PACKETS_A_FRAME: u16 = 6;

#[derive(Default)]
struct Count {
    connected: AtomicU64,
    received: AtomicU64,
    candidates: parking_lot::Mutex<Vec<IceCandidate>>,
}

impl PeerObserver for Count {
    fn media(&self, _kind: Kind, packets: &[Received]) {
        self.received.fetch_add(packets.len() as u64, Ordering::Relaxed);
    }
    fn keyframe_requested(&self, _kind: Kind) {}
    fn bandwidth(&self, _kind: Kind, _bits_per_second: u64) {}
    fn state(&self, state: PeerState) {
        if state == PeerState::Connection(trellis_webrtc::ConnectionState::Connected) {
            self.connected.fetch_add(1, Ordering::Relaxed);
        }
    }
    fn candidate(&self, candidate: IceCandidate) {
        self.candidates.lock().push(candidate);
    }
}

fn network() -> Result<Network, trellis_webrtc::NetworkError> {
    let start = Instant::now();
    let clock = Arc::new(move || MediaTime::from(start.elapsed()));
    Network::bind(NetworkConfig { listen: SocketAddr::from(([127, 0, 0, 1], 0)), external: Vec::new(), clock })
}

/// Nanoseconds that this thread has been running.
fn thread_time() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn connect(from: &Network, to: &Network, count: &Arc<Count>) -> Result<[Peer; 2], Box<dyn std::error::Error>> {
    let config = || PeerConfig { srtp: vec![SrtpProfile::AesCmSha1], ..PeerConfig::default() };
    let peers = [from.peer(config(), count.clone())?, to.peer(config(), count.clone())?];
    let offer = peers[0].create_offer(OfferOptions { audio: false, video: true })?;
    peers[0].process_answer(&peers[1].process_offer(&offer)?)?;
    for (one, other) in [(0, 1), (1, 0)] {
        peers[one].gather_candidates()?;
        for candidate in count.candidates.lock().drain(..) {
            peers[other].add_candidate(candidate)?;
        }
    }
    Ok(peers)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pace = std::env::args().nth(1).map(|text| text.parse()).transpose()?.map(Duration::from_millis);
    let (from, count) = (network()?, Arc::new(Count::default()));
    let peers: Vec<_> = (0..RECEIVERS).map(|_| connect(&from, &network()?, &count)).collect::<Result<_, _>>()?;
    let legs: Vec<_> = peers.iter().filter_map(|[sender, _]| sender.leg(Kind::Video)).collect();
    while count.connected.load(Ordering::Relaxed) < 2 * RECEIVERS as u64 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut spent = 0;
    for frame in 0..FRAMES {
        let packets = (0..PACKETS_A_FRAME).map(|number| RtpPacket {
            payload_type: 96,
            marker: number + 1 == PACKETS_A_FRAME,
            sequence: frame.wrapping_mul(PACKETS_A_FRAME).wrapping_add(number),
            timestamp: u32::from(frame) * 3_000,
            ssrc: 1,
            starts_keyframe: false,
            payload: vec![0x10; 1_180].into(),
        });
        let packets: Vec<_> = packets.collect();
        let before = thread_time().ok_or("no accounting of threads")?;
        for leg in &legs {
            for packet in &packets {
                leg.push(Codec::Vp8, packet, MediaTime::from_millis(i64::from(frame) * 33));
            }
            leg.flush();
        }
        spent += thread_time().ok_or("no accounting of threads")? - before;
        std::thread::sleep(pace.unwrap_or(Duration::from_millis(2)));
    }
    std::thread::sleep(Duration::from_millis(300));
    let sent = u64::from(FRAMES) * u64::from(PACKETS_A_FRAME) * RECEIVERS as u64;
    println!("{} ns a packet, {} of {sent} received", spent / sent, count.received.load(Ordering::Relaxed));
    println!("{:?}", from.counters());
    Ok(())
}
