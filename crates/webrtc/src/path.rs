//! The way of sealed media to the remote: packets are written, sealed in place, and handed over by one call.

use crate::history::Sent;
use crate::sealer::{HEADER, Sealer};
use std::net::SocketAddr;

/// Packets in one call. More would burst past the queue of a slow receiver's link.
pub const MOST_PACKETS: usize = 12;
/// The system takes no more bytes in one call.
const MOST_BYTES: usize = 60_000;
/// The system joins datagrams of one size only, and a frame's packets often differ by a byte: the shorter ones are
/// padded (RFC 3550 section 5.1) by at most this.
const MOST_PADDING: usize = 8;
const VERSION: u8 = 0x80;
const PADDED: u8 = 0x20;
const MARKER: u8 = 0x80;

/// Sends datagrams: their bytes, the size of each but the last, their number, and where to.
pub type Send<'a> = &'a mut dyn FnMut(&[u8], usize, usize, SocketAddr);

/// Where sealed media goes, once keys and a pair of candidates are there.
#[derive(Default)]
pub struct Path {
    pub sealer: Option<Sealer>,
    pub remote: Option<SocketAddr>,
    /// Our address at the TURN server that it goes through, if it does.
    pub relayed: Option<SocketAddr>,
    /// Datagrams that have gone this way, and their bytes.
    pub packets: u64,
    pub bytes: u64,
    buffer: Vec<u8>,
    size: usize,
    count: usize,
}

/// What identifies a stream on the wire.
#[derive(Clone, Copy)]
pub struct Identity {
    pub ssrc: u32,
    /// Sequence number with its roll-overs.
    pub index: u64,
    pub payload_type: u8,
}

impl Path {
    /// Whether media can be sent.
    pub fn is_open(&self) -> bool {
        self.sealer.is_some() && self.remote.is_some()
    }

    /// Writes a packet and seals it. `original` precedes the payload of a retransmission (RFC 4588 section 4).
    pub fn add(&mut self, identity: Identity, sent: &Sent, original: Option<u16>) {
        let Some(sealer) = &mut self.sealer else { return };
        let start = self.buffer.len();
        let padded = if sent.padding > 0 { PADDED } else { 0 };
        let marker = if sent.marker { MARKER } else { 0 };
        self.buffer.extend_from_slice(&[VERSION | padded, marker | identity.payload_type]);
        self.buffer.extend_from_slice(&(identity.index as u16).to_be_bytes());
        self.buffer.extend_from_slice(&sent.timestamp.to_be_bytes());
        self.buffer.extend_from_slice(&identity.ssrc.to_be_bytes());
        if let Some(sequence) = original {
            self.buffer.extend_from_slice(&sequence.to_be_bytes());
        }
        self.buffer.extend_from_slice(&sent.payload);
        for left in (0..sent.padding).rev() {
            self.buffer.push(if left == 0 { sent.padding } else { 0 });
        }
        if let Err(error) = sealer.seal(&mut self.buffer, start, identity.ssrc, identity.index) {
            tracing::debug!(%error, "packet not sealed");
            self.buffer.truncate(start);
            return;
        }
        if self.count == 0 {
            self.size = self.buffer.len();
        }
        self.count += 1;
    }

    /// Hands over what was added.
    pub fn send(&mut self, send: Send<'_>) {
        if let Some(remote) = self.remote.filter(|_| self.count > 0) {
            self.packets += self.count as u64;
            self.bytes += self.buffer.len() as u64;
            send(&self.buffer, self.size, self.count, remote);
        }
        self.buffer.clear();
        self.count = 0;
    }
}

/// How many packets of these payload lengths, from the first on, can go in one call, and the length to which all of
/// them but the last have to be padded.
pub fn run(mut lengths: impl Iterator<Item = usize>) -> (usize, usize) {
    let Some(first) = lengths.next() else { return (0, 0) };
    let (mut least, mut most, mut count) = (first, first, 1);
    for length in lengths {
        let (lower, upper) = (least.min(length), most.max(length));
        let full = count >= MOST_PACKETS || (count + 1) * (upper + HEADER) > MOST_BYTES;
        if full || upper - least > MOST_PADDING {
            break;
        }
        count += 1;
        if upper - lower > MOST_PADDING {
            break;
        }
        (least, most) = (lower, upper);
    }
    (count, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(lengths: &[usize]) -> Vec<(usize, usize)> {
        let (mut left, mut runs) = (lengths, Vec::new());
        while !left.is_empty() {
            let (count, size) = run(left.iter().copied());
            runs.push((count, size));
            left = &left[count..];
        }
        runs
    }

    #[test]
    fn packets_that_differ_by_a_byte_are_one_run_in_any_order() {
        assert_eq!(runs(&[1_000, 1_001, 1_001, 1_000]), [(4, 1_001)]);
        assert_eq!(runs(&[1_001, 1_000]), [(2, 1_001)]);
    }

    #[test]
    fn shorter_packet_ends_a_run_and_a_longer_one_begins_another() {
        assert_eq!(runs(&[1_000, 1_000, 300, 1_000]), [(3, 1_000), (1, 1_000)]);
        assert_eq!(runs(&[300, 1_000, 1_000]), [(1, 300), (2, 1_000)]);
        assert_eq!(runs(&[1_000, 992, 990]), [(3, 1_000)]);
        assert_eq!(runs(&[1_000, 992, 1_001]), [(2, 1_000), (1, 1_001)]);
    }

    #[test]
    fn runs_are_bounded() {
        assert_eq!(runs(&[1_000; 30]), [(12, 1_000), (12, 1_000), (6, 1_000)]);
        assert_eq!(runs(&[20_000; 4]), [(2, 20_000), (2, 20_000)]);
    }
}
