//! The sending end of a stream: its own numbers and timestamps, whatever feeds it.

use crate::rtp::RtpStream;
use parking_lot::Mutex;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use trellis_graph::{Context, Element, Flush, Node, NodeError, PadSpec};
use trellis_media::{Item, MediaTime, Payload, RtpPacket};
use trellis_rtp::write_rtp;

/// Packets of one turn; more are dropped.
const MOST_PACKETS: usize = 1_024;
/// A larger step of the numbers that come in is another source, not a loss.
const LARGEST_STEP: u16 = 1_000;

/// What an output has done; the numbers only grow.
#[derive(Debug, Default)]
pub struct OutputCounters {
    sent: AtomicU64,
    dropped: AtomicU64,
}

impl OutputCounters {
    /// Packets that the system has taken.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Packets that it had no room for.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// A sink of one pad that sends RTP packets of the stream, and what it has done. The socket is connected to the receiver
/// and does not block. [`crate::studio::Pipeline::rtp_output`] opens one.
pub fn element(name: &str, stream: RtpStream, socket: UdpSocket) -> (Element, Arc<OutputCounters>) {
    let counters = Arc::new(OutputCounters::default());
    let batch = Arc::new(Batch {
        socket,
        counters: Arc::clone(&counters),
        collected: Mutex::default(),
        sending: Mutex::default(),
    });
    let random = RandomState::new().build_hasher().finish();
    let numbers = Numbers { last: None, next: random as u16 };
    let node = OutputNode { stream, ssrc: (random >> 32) as u32, numbers, flush: Arc::clone(&batch) as _, batch };
    let sinks = vec![PadSpec::sink(stream.codec.kind(), stream.caps())];
    (Element { name: name.into(), sinks, sources: Vec::new(), live: false, node: Box::new(node) }, counters)
}

struct OutputNode {
    stream: RtpStream,
    ssrc: u32,
    numbers: Numbers,
    batch: Arc<Batch>,
    flush: Arc<dyn Flush>,
}

impl Node for OutputNode {
    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        let Payload::Rtp(packet) = item.payload else { return Ok(()) };
        let sequence = self.numbers.number(packet.ssrc, packet.sequence);
        let rate = self.stream.codec.clock_rate();
        let half_tick = MediaTime::from_nanos(500_000_000 / i64::from(rate));
        let timestamp = (item.time + half_tick).ticks(rate) as u32;
        let header =
            RtpPacket { payload_type: self.stream.payload_type, ssrc: self.ssrc, sequence, timestamp, ..packet };
        self.batch.push(&header);
        cx.flush_after_turn(&self.flush);
        Ok(())
    }
}

/// Numbers packets so that a hole in what comes in is a hole in what goes out, and another source is none.
struct Numbers {
    last: Option<(u32, u16)>,
    next: u16,
}

impl Numbers {
    fn number(&mut self, ssrc: u32, sequence: u16) -> u16 {
        let step = match self.last {
            Some((before, last)) if before == ssrc => sequence.wrapping_sub(last),
            _ => 1,
        };
        let back = step.wrapping_neg();
        if back > 0 && back < LARGEST_STEP {
            // One that was overtaken on the way.
            return self.next.wrapping_sub(1).wrapping_sub(back);
        }
        let step = if step < LARGEST_STEP { step } else { 1 };
        self.last = Some((ssrc, sequence));
        let number = self.next.wrapping_sub(1).wrapping_add(step);
        self.next = number.wrapping_add(1);
        number
    }
}

/// Packets on their way to the socket.
struct Batch {
    socket: UdpSocket,
    counters: Arc<OutputCounters>,
    collected: Mutex<Packets>,
    /// Held while sending, so that packets keep their order. Also the other buffer.
    sending: Mutex<Packets>,
}

#[derive(Default)]
struct Packets {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Batch {
    fn push(&self, packet: &RtpPacket) {
        let mut collected = self.collected.lock();
        if collected.ends.len() == MOST_PACKETS {
            self.counters.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        write_rtp(packet, &mut collected.bytes);
        let end = collected.bytes.len();
        collected.ends.push(end);
    }
}

impl Flush for Batch {
    fn flush(&self) {
        let mut sending = self.sending.lock();
        std::mem::swap(&mut *self.collected.lock(), &mut *sending);
        let mut start = 0;
        for end in &sending.ends {
            let send = || self.socket.send(&sending.bytes[start..*end]);
            // A refusal is the answer to a packet before this one, when nobody listened.
            let refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
            let sent = send().or_else(|error| if refused(&error) { send() } else { Err(error) });
            let counter = if sent.is_ok() { &self.counters.sent } else { &self.counters.dropped };
            counter.fetch_add(1, Ordering::Relaxed);
            start = *end;
        }
        sending.bytes.clear();
        sending.ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_stays_a_hole_and_another_source_is_none() {
        let mut numbers = Numbers { last: None, next: 65_534 };
        let given = [10, 11, 14, 13, 15].map(|sequence| numbers.number(1, sequence));
        assert_eq!(given, [65_534, 65_535, 2, 1, 3]);
        assert_eq!(numbers.number(2, 40_000), 4, "another sender");
        assert_eq!(numbers.number(2, 20_000), 5, "a sender that has begun anew");
        assert_eq!(numbers.number(2, 20_001), 6);
    }
}
