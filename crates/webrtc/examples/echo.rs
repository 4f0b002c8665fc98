//! Sends a browser its own media and data back.
//!
//! Reads one offer from standard input, as one line in which `\n` stands for the line ends, and prints the answer in
//! the same form. Ends with its input. Codecs may be named as arguments, in order of preference.

use std::io::BufRead;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use trellis_media::{Codec, DataMessage, Kind, MediaTime};
use trellis_webrtc::{Network, NetworkConfig, Peer, PeerConfig, PeerObserver, PeerState, Received, SendLeg};

#[derive(Default)]
struct Echo {
    peer: OnceLock<Peer>,
    legs: OnceLock<[Option<SendLeg>; 2]>,
}

impl PeerObserver for Echo {
    fn media(&self, kind: Kind, packets: &[Received]) {
        let legs = self.legs.get().and_then(|legs| legs[usize::from(kind == Kind::Video)].as_ref());
        let Some(leg) = legs else { return };
        for received in packets {
            leg.push(received.codec, &received.packet, received.time);
        }
        leg.flush();
    }

    fn keyframe_requested(&self, kind: Kind) {
        eprintln!("keyframe requested: {kind}");
        if let Some(peer) = self.peer.get() {
            peer.request_keyframe();
        }
    }

    fn bandwidth(&self, kind: Kind, bits_per_second: u64) {
        eprintln!("bandwidth: {kind} {bits_per_second}");
    }

    fn state(&self, state: PeerState) {
        eprintln!("{state:?}");
    }

    fn pair_selected(&self, pair: trellis_webrtc::CandidatePair) {
        eprintln!("{pair:?}");
    }

    fn data_message(&self, _channel: u16, message: DataMessage) {
        if let Some(peer) = self.peer.get() {
            peer.broadcast_data(&message);
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let network = Network::bind(NetworkConfig {
        listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        external: Vec::new(),
        clock: Arc::new(move || MediaTime::from(start.elapsed())),
    })?;
    let mut config = PeerConfig::default();
    let codecs: Vec<Codec> = std::env::args().skip(1).map(|name| name.parse()).collect::<Result<_, _>>()?;
    if !codecs.is_empty() {
        config.video = codecs;
    }
    let echo = Arc::new(Echo::default());
    let peer = network.peer(config, echo.clone())?;
    let mut lines = std::io::stdin().lock().lines();
    let offer = lines.next().ok_or("no offer")??.replace("\\n", "\r\n");
    peer.gather_candidates()?;
    let answer = peer.process_offer(&offer)?;
    let _ = echo.legs.set([peer.leg(Kind::Audio), peer.leg(Kind::Video)]);
    let _ = echo.peer.set(peer);
    println!("{}", answer.replace("\r\n", "\\n"));
    for line in lines {
        line?;
        eprintln!("{:?}", network.counters());
    }
    Ok(())
}
