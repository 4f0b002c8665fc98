//! What a network counts.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The live counters.
#[derive(Default)]
pub struct Counters {
    pub received: AtomicU64,
    pub garbage: AtomicU64,
    pub unknown: AtomicU64,
    pub sent: AtomicU64,
    pub send_failed: AtomicU64,
    pub media_dropped: AtomicU64,
    pub data_dropped: AtomicU64,
}

/// What a network has counted since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkCounters {
    /// Datagrams that came.
    pub received: u64,
    /// Of these: neither STUN nor DTLS nor media.
    pub garbage: u64,
    /// Of these: for no peer that is known.
    pub unknown: u64,
    /// Datagrams that were sent.
    pub sent: u64,
    /// Datagrams that the system refused to send.
    pub send_failed: u64,
    /// Packets that came to a sending leg before its peer was connected, or in a codec that was not negotiated.
    pub media_dropped: u64,
    /// Data messages that found their channel full.
    pub data_dropped: u64,
    /// Peers that are open now.
    pub peers: u64,
}

impl Counters {
    /// As they are now.
    pub fn read(&self, peers: usize) -> NetworkCounters {
        NetworkCounters {
            received: self.received.load(Relaxed),
            garbage: self.garbage.load(Relaxed),
            unknown: self.unknown.load(Relaxed),
            sent: self.sent.load(Relaxed),
            send_failed: self.send_failed.load(Relaxed),
            media_dropped: self.media_dropped.load(Relaxed),
            data_dropped: self.data_dropped.load(Relaxed),
            peers: peers as u64,
        }
    }
}

impl NetworkCounters {
    /// By name, for figures that are exported.
    pub fn named(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("datagrams_received", self.received),
            ("datagrams_garbage", self.garbage),
            ("datagrams_unknown", self.unknown),
            ("datagrams_sent", self.sent),
            ("datagrams_send_failed", self.send_failed),
            ("media_dropped", self.media_dropped),
            ("data_dropped", self.data_dropped),
            ("peers", self.peers),
        ]
    }
}

/// Adds some.
pub fn add(counter: &AtomicU64, number: usize) {
    counter.fetch_add(number as u64, Relaxed);
}

/// Adds one.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}
