//! A path between two UDP ports that loses a twentieth of everything, both ways.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use trellis_graph::world::Random;

/// The chance that a datagram is lost.
const LOSS: f64 = 0.05;

/// Stands between two ports and forwards what comes from one to the other.
pub struct Relay {
    losing: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    lost: Arc<AtomicU64>,
    /// What each end has for the other's address.
    seen: [SocketAddr; 2],
}

impl Relay {
    /// A relay that loses nothing yet.
    pub fn between(ends: [SocketAddr; 2], seed: u64) -> Relay {
        let sockets = [0, 1].map(|_| Arc::new(UdpSocket::bind("127.0.0.1:0").expect("a socket")));
        let seen = [0, 1].map(|end: usize| sockets[end].local_addr().expect("an address"));
        let relay = Relay { losing: Arc::default(), stop: Arc::default(), lost: Arc::default(), seen };
        let mut random = Random::new(seed);
        for end in [0, 1] {
            let (from, through) = (Arc::clone(&sockets[end]), Arc::clone(&sockets[1 - end]));
            let (losing, stop, lost) = (Arc::clone(&relay.losing), Arc::clone(&relay.stop), Arc::clone(&relay.lost));
            let (mut random, to) = (random.split(), ends[1 - end]);
            from.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
            std::thread::spawn(move || {
                let mut buffer = [0; 2_048];
                while !stop.load(Ordering::Acquire) {
                    let Ok((length, _)) = from.recv_from(&mut buffer) else { continue };
                    if losing.load(Ordering::Acquire) && random.chance(LOSS) {
                        lost.fetch_add(1, Ordering::Relaxed);
                    } else {
                        let _ = through.send_to(&buffer[..length], to);
                    }
                }
            });
        }
        relay
    }

    /// From now on it loses.
    pub fn lose(&self) {
        self.losing.store(true, Ordering::Release);
    }

    /// Datagrams that were lost.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// The port that stands for an end, in what the other end is told.
    pub fn port_for(&self, end: usize) -> u16 {
        self.seen[1 - end].port()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}
