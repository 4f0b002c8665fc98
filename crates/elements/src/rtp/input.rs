//! The receiving end of a stream.

use crate::rtp::{Port, RtpStream};
use std::io;
use std::net::UdpSocket;
use trellis_graph::{Context, Element, ElementId, Node, NodeError, PadSpec, WeakPipeline};
use trellis_media::{Item, MediaTime, Payload, RtpPacket, SourceClock};
use trellis_rtp::{parse_rtp, starts_keyframe};

/// Packets that are taken into the pipeline in one turn.
const BATCH: usize = 64;
/// No packet that media is sent in is longer.
const LONGEST_PACKET: usize = 2_048;

/// The element: one source pad. Its packets are brought in by an [`Input`].
pub(crate) fn element(name: &str, stream: RtpStream) -> Element {
    let sources = vec![PadSpec::source(stream.codec.kind())];
    Element { name: name.into(), sinks: Vec::new(), sources, live: true, node: Box::new(InputNode) }
}

struct InputNode;

impl Node for InputNode {
    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }
}

/// A socket, and the element that what it receives goes to.
pub(crate) struct Input {
    socket: UdpSocket,
    pipeline: WeakPipeline,
    element: ElementId,
    stream: RtpStream,
    timestamps: Timestamps,
    batch: Vec<RtpPacket>,
}

impl Input {
    /// The socket must not block.
    pub fn new(socket: UdpSocket, pipeline: WeakPipeline, element: ElementId, stream: RtpStream) -> Input {
        let timestamps = Timestamps::new(stream.codec.clock_rate());
        Input { socket, pipeline, element, stream, timestamps, batch: Vec::with_capacity(BATCH) }
    }

    /// A packet of the stream; `None` for everything else that may come to a port.
    fn parse(&self, datagram: &[u8]) -> Option<RtpPacket> {
        let mut packet = parse_rtp(datagram).ok().filter(|packet| packet.payload_type == self.stream.payload_type)?;
        packet.starts_keyframe = starts_keyframe(self.stream.codec, &packet.payload);
        Some(packet)
    }
}

impl Port for Input {
    fn sockets(&self) -> Vec<&UdpSocket> {
        vec![&self.socket]
    }

    fn is_wanted(&self) -> bool {
        self.pipeline.upgrade().is_some()
    }

    fn receive(&mut self, _socket: usize) {
        let mut buffer = [0; LONGEST_PACKET];
        while self.batch.len() < BATCH {
            match self.socket.recv(&mut buffer) {
                Ok(length) => self.batch.extend(self.parse(&buffer[..length])),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // What came back for a datagram of ours says nothing about the next that comes in.
                Err(_) => break,
            }
        }
        let (batch, timestamps, element) = (&mut self.batch, &mut self.timestamps, self.element);
        self.pipeline.turn(|turn| {
            for packet in batch.drain(..) {
                let time = timestamps.time(packet.timestamp, turn.now());
                turn.emit(element, 0, Item { time, payload: Payload::Rtp(packet) });
            }
        });
        self.batch.clear();
    }
}

/// Puts RTP timestamps onto the pipeline's clock, beginning with when the first packet came. A sender's clock that runs
/// too fast or too slow is followed.
struct Timestamps {
    rate: u32,
    /// The last timestamp, and how many ticks it is after the first.
    last: Option<(u32, i64)>,
    clock: SourceClock,
}

impl Timestamps {
    fn new(rate: u32) -> Timestamps {
        Timestamps { rate, last: None, clock: SourceClock::new() }
    }

    fn time(&mut self, timestamp: u32, arrival: MediaTime) -> MediaTime {
        let since_first = self
            .last
            .map_or(0, |(before, since_first)| since_first + i64::from(timestamp.wrapping_sub(before).cast_signed()));
        self.last = Some((timestamp, since_first));
        let stamp = MediaTime::from_ticks(since_first, self.rate);
        self.clock.observe(stamp, arrival);
        self.clock.time(stamp).unwrap_or(arrival)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_follow_the_timestamps_and_not_the_jitter_across_the_wrap() {
        let mut timestamps = Timestamps::new(90_000);
        let start = u32::MAX - 4_500;
        let millis = MediaTime::from_millis;
        assert_eq!(timestamps.time(start, millis(500)), millis(500));
        assert_eq!(timestamps.time(start.wrapping_add(9_000), millis(637)), millis(600));
        assert_eq!(timestamps.time(start.wrapping_add(4_500), millis(640)), millis(550), "one out of order");
        assert_eq!(timestamps.time(start.wrapping_add(18_000), millis(690)), millis(700));
    }

    #[test]
    fn a_jump_begins_anew_where_the_packet_came() {
        let mut timestamps = Timestamps::new(8_000);
        let secs = MediaTime::from_secs;
        timestamps.time(0, secs(1));
        assert_eq!(timestamps.time(1 << 30, secs(2)), secs(2));
        assert_eq!(timestamps.time((1 << 30) + 8_000, secs(3)), secs(3));
    }

    /// Half an hour of a clock that is 300 millionths too fast: half a second, if nobody looked after it.
    #[test]
    fn a_clock_that_runs_wrong_is_followed() {
        let mut timestamps = Timestamps::new(90_000);
        for frame in 0..1_800 * 50_i64 {
            let taken = MediaTime::from_nanos((frame as f64 * 20e6 / 1.000_3) as i64);
            // Arrivals vary by 30 ms.
            let arrival = taken + MediaTime::from_millis(10 + frame * 7919 % 31);
            let late = timestamps.time((frame * 1_800) as u32, arrival) - taken - MediaTime::from_millis(10);
            assert!(late.nanos().abs() < 20_000_000, "frame {frame}: {late} from when it was taken");
        }
    }
}
