//! Gathers datagrams that one system call can send: one destination, one size, only the last may be shorter.

use std::net::SocketAddr;

/// Datagrams in a run. More would burst past the queue of a slow receiver's link.
const MOST_DATAGRAMS: usize = 12;
/// The system takes no more bytes in one call.
const MOST_BYTES: usize = 60_000;

/// Sends a run: its bytes, the size and the number of its datagrams, and where to.
pub type Send<'a> = &'a mut dyn FnMut(&[u8], usize, usize, SocketAddr);

/// The run that is being gathered.
#[derive(Default)]
pub struct Run {
    bytes: Vec<u8>,
    size: usize,
    count: usize,
    remote: Option<SocketAddr>,
    /// The last datagram was shorter: nothing can follow it.
    ended: bool,
}

impl Run {
    /// Adds a datagram. What it cannot be joined to is sent first.
    pub fn add(&mut self, datagram: &[u8], remote: SocketAddr, send: Send<'_>) {
        let joins = self.remote == Some(remote)
            && !self.ended
            && datagram.len() <= self.size
            && self.count < MOST_DATAGRAMS
            && self.bytes.len() + datagram.len() <= MOST_BYTES;
        if !joins {
            self.finish(send);
            self.size = datagram.len();
            self.remote = Some(remote);
        }
        self.bytes.extend_from_slice(datagram);
        self.count += 1;
        self.ended = datagram.len() < self.size;
    }

    /// Hands over what is left.
    pub fn finish(&mut self, send: Send<'_>) {
        if let Some(remote) = self.remote.take() {
            send(&self.bytes, self.size, self.count, remote);
        }
        self.bytes.clear();
        (self.size, self.count, self.ended) = (0, 0, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(datagrams: &[(usize, u16)]) -> Vec<(usize, usize, u16)> {
        let mut sent = Vec::new();
        let mut send = |bytes: &[u8], size: usize, count: usize, remote: SocketAddr| {
            assert_eq!(bytes.len().div_ceil(size), count);
            sent.push((size, count, remote.port()));
        };
        let mut run = Run::default();
        for (size, port) in datagrams {
            run.add(&vec![1; *size], SocketAddr::from(([127, 0, 0, 1], *port)), &mut send);
        }
        run.finish(&mut send);
        run.finish(&mut send);
        sent
    }

    #[test]
    fn equal_datagrams_and_a_shorter_last_one_are_one_run() {
        assert_eq!(runs(&[(1_000, 1), (1_000, 1), (400, 1), (400, 1)]), [(1_000, 3, 1), (400, 1, 1)]);
    }

    #[test]
    fn longer_datagram_or_other_destination_begins_a_run() {
        assert_eq!(runs(&[(400, 1), (1_000, 1), (1_000, 2)]), [(400, 1, 1), (1_000, 1, 1), (1_000, 1, 2)]);
    }

    #[test]
    fn runs_are_bounded() {
        assert_eq!(runs(&[(1_000, 1); 30]), [(1_000, 12, 1), (1_000, 12, 1), (1_000, 6, 1)]);
    }
}
