//! RTP forwarded through a filter of one's own: `cargo run --example rtp_filter`.
//!
//! The filter loses every tenth packet, to try what a receiver makes of it.

use std::error::Error;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;
use trellis::graph::{Context, Element, Node, NodeError, PadSpec};
use trellis::media::{Caps, Codec, Format, Item, Kind};
use trellis::{Pipeline, RtpStream, Studio};

struct LoseEveryTenth(u32);

impl Node for LoseEveryTenth {
    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        self.0 += 1;
        if !self.0.is_multiple_of(10) {
            cx.emit(0, item);
        }
        Ok(())
    }
    fn format(&mut self, _input: usize, format: Format, cx: &mut Context) -> Result<(), NodeError> {
        cx.set_format(0, format);
        Ok(())
    }
}

/// Forwards from a port of ours, which is returned, to another.
fn forward(pipeline: &mut Pipeline, to: SocketAddr) -> Result<SocketAddr, Box<dyn Error>> {
    let stream = RtpStream { codec: Codec::Pcmu, payload_type: 0 };
    let (sinks, sources) =
        (vec![PadSpec::sink(Kind::Audio, Caps::any_of(Kind::Audio))], vec![PadSpec::source(Kind::Audio)]);
    let filter = Element { name: "loss".into(), sinks, sources, live: false, node: Box::new(LoseEveryTenth(0)) };
    let (input, port) = pipeline.rtp_input(([127, 0, 0, 1], 0).into(), stream)?;
    let (filter, (output, _)) = (pipeline.add(filter), pipeline.rtp_output(to, stream)?);
    pipeline.connect_all(input, filter)?;
    pipeline.connect_all(filter, output)?;
    Ok(port)
}

/// Runs the example: sends a hundred packets, and looks which of them come out.
pub fn run() -> Result<(), Box<dyn Error>> {
    let (sender, receiver) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    receiver.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut pipeline = Studio::start()?.pipeline();
    let port = forward(&mut pipeline, receiver.local_addr()?)?;
    let mut came = Vec::new();
    for number in 0..100_u8 {
        let mut packet = vec![0x80, 0, 0, number, 0, 0, 0, 0, 1, 2, 3, 4];
        packet[4..8].copy_from_slice(&(u32::from(number) * 160).to_be_bytes());
        packet.extend([number; 160]);
        sender.send_to(&packet, port)?;
        // One at a time, so that no queue of the system overflows.
        if (number + 1) % 10 != 0 {
            let mut buffer = [0; 1_500];
            let length = receiver.recv(&mut buffer)?;
            came.push((u16::from_be_bytes([buffer[2], buffer[3]]), buffer[length - 1]));
        }
    }
    let first = came.first().map_or(0, |(sequence, _)| *sequence);
    let whole = came.iter().all(|(sequence, payload)| sequence.wrapping_sub(first) == u16::from(*payload));
    println!("{} of 100 packets came; the numbers show every hole: {whole}", came.len());
    if came.len() != 90 || !whole {
        return Err("not what the filter should let through".into());
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run()
}
