//! Datagrams from one peer of a network to another: they have one address, so the system cannot tell who is meant.

use std::net::SocketAddr;
use std::sync::Arc;

/// What may wait: as much as the socket would hold.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Datagrams that one peer has sent to another.
pub struct Parcel {
    /// ICE user name fragments.
    pub from: Arc<str>,
    pub to: Arc<str>,
    /// Our own address, which they were sent to and seem to come from.
    pub address: SocketAddr,
    pub bytes: Vec<u8>,
    /// Bytes of each datagram but the last.
    pub stride: usize,
}

/// The parcels that wait for the I/O thread: it alone gives datagrams to peers, each under its own lock.
#[derive(Default)]
pub struct Inside {
    parcels: Vec<Parcel>,
    bytes: usize,
}

impl Inside {
    /// Takes a parcel, if there is room for it.
    pub fn put(&mut self, parcel: Parcel) -> bool {
        let room = self.bytes + parcel.bytes.len() <= MOST_BYTES;
        if room {
            self.bytes += parcel.bytes.len();
            self.parcels.push(parcel);
        }
        room
    }

    /// Gives out all of them, in their order.
    pub fn take(&mut self) -> Vec<Parcel> {
        self.bytes = 0;
        std::mem::take(&mut self.parcels)
    }

    pub fn is_empty(&self) -> bool {
        self.parcels.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_queue_takes_nothing_until_it_is_emptied() {
        let parcel = || Parcel {
            from: "a".into(),
            to: "b".into(),
            address: SocketAddr::from(([127, 0, 0, 1], 9)),
            bytes: vec![0; 60_000],
            stride: 1_200,
        };
        let mut inside = Inside::default();
        let taken = (0..100).filter(|_| inside.put(parcel())).count();
        assert_eq!(taken, MOST_BYTES / 60_000);
        assert_eq!(inside.take().len(), taken);
        assert!(inside.is_empty() && inside.put(parcel()));
    }
}
