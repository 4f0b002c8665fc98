//! Receivers of RTP: they put the streams together by the sender reports, as a browser does, and decode them.

use crate::measure::{Seen, Watcher};
use crate::peers::{Gate, network};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use trellis_elements::catalogue;
use trellis_graph::{Context, Element, Node, NodeError, PadSpec, Simulation};
use trellis_media::{Codec, Format, Item, Kind, MediaTime, Payload, RtpPacket};
use trellis_rtp::{parse_rtp, starts_keyframe};
use trellis_webrtc::{Peer, PeerConfig, PeerObserver, PeerState, Received, SenderClock};

/// A remote that only watches.
pub struct Viewer {
    pub peer: Peer,
    ear: Arc<Ear>,
    /// The reports of each stream, in order.
    reports: Vec<(Codec, SenderClock)>,
}

#[derive(Default)]
struct Ear {
    gate: Gate,
    came: Mutex<Vec<(Codec, RtpPacket)>>,
}

impl PeerObserver for Ear {
    fn media(&self, _kind: Kind, packets: &[Received]) {
        let packets = packets.iter().map(|received| (received.codec, received.packet.clone()));
        self.came.lock().expect("a lock").extend(packets);
    }

    fn keyframe_requested(&self, _kind: Kind) {}

    fn bandwidth(&self, _kind: Kind, _bits_per_second: u64) {}

    fn state(&self, state: PeerState) {
        self.gate.heard(state);
    }
}

impl Viewer {
    /// A viewer that takes these codecs only.
    pub fn new(audio: Codec, video: Codec) -> Viewer {
        let (network, ear) = (network(), Arc::new(Ear::default()));
        let config = PeerConfig { audio: vec![audio], video: vec![video], ..PeerConfig::default() };
        let peer = network.peer(config, Arc::clone(&ear) as _).expect("a peer");
        Viewer { peer, ear, reports: Vec::new() }
    }

    pub fn wait_connected(&self) {
        self.ear.gate.wait();
    }

    /// Notes the reports that have come; to be called more often than they come.
    pub fn note_reports(&mut self) {
        for stream in self.peer.stats().received {
            let report = stream.reported.map(|report| (stream.codec.0, report));
            self.reports.extend(report.filter(|report| !self.reports.contains(report)));
        }
    }

    /// Decodes what has come, and looks when it flashes and beeps on the clock of the reports.
    pub fn seen(&self) -> Seen {
        let (watcher, came) = (Watcher::default(), self.ear.came.lock().expect("a lock").clone());
        for kind in [Kind::Audio, Kind::Video] {
            let stream = came.iter().filter(|(codec, _)| codec.kind() == kind);
            let timed = stream.filter_map(|(codec, packet)| Some((*codec, self.time(*codec, packet)?, packet.clone())));
            decode(timed.collect(), &watcher);
        }
        watcher.seen()
    }

    /// When a packet was sampled: by the last report before it, or the first where there is none before it.
    fn time(&self, codec: Codec, packet: &RtpPacket) -> Option<MediaTime> {
        let since = |report: &SenderClock| i64::from(packet.timestamp.wrapping_sub(report.timestamp) as i32);
        let reports = || self.reports.iter().filter(|(of, _)| *of == codec).map(|(_, report)| report);
        let report = reports().rfind(|report| since(report) >= 0).or_else(|| reports().next())?;
        let nanos = (i128::from(report.ntp) * 1_000_000_000) >> 32;
        let sampled = MediaTime::from_nanos(i64::try_from(nanos).expect("a time before 2192"));
        Some(sampled + MediaTime::from_ticks(since(report), codec.clock_rate()))
    }
}

/// A receiver of plain RTP: one stream on a port of its own.
pub struct Listener {
    codec: Codec,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<RtpPacket>>,
}

impl Listener {
    /// Listens; and a socket that sends to it.
    pub fn open(codec: Codec) -> (Listener, UdpSocket) {
        let own = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        own.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
        let other = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        other.connect(own.local_addr().expect("an address")).expect("connected");
        other.set_nonblocking(true).expect("non-blocking");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let (mut packets, mut buffer) = (Vec::new(), [0; 2_048]);
            while !stopped.load(Ordering::Acquire) {
                let Ok(length) = own.recv(&mut buffer) else { continue };
                let mut packet = parse_rtp(&buffer[..length]).expect("RTP");
                packet.starts_keyframe = starts_keyframe(codec, &packet.payload);
                packets.push(packet);
            }
            packets
        });
        (Listener { codec, stop, thread }, other)
    }

    /// What has come, its time by its timestamps: those of all streams count from one zero.
    pub fn close(self, watcher: &Watcher) {
        self.stop.store(true, Ordering::Release);
        let (codec, packets) = (self.codec, self.thread.join().expect("the listener"));
        let time = |packet: &RtpPacket| MediaTime::from_ticks(i64::from(packet.timestamp), codec.clock_rate());
        decode(packets.into_iter().map(|packet| (codec, time(&packet), packet)).collect(), watcher);
    }
}

/// A live source that the test feeds.
struct Port;

impl Node for Port {
    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }
}

/// Takes a stream apart with the converters of a pipeline, in virtual time.
fn decode(packets: Vec<(Codec, MediaTime, RtpPacket)>, watcher: &Watcher) {
    let (codec, base, _) = *packets.first().as_ref().expect("packets have come");
    let (kind, rtp) = (codec.kind(), Format::rtp(*codec));
    let (rtp, raw) = match codec {
        Codec::Opus => (rtp.with_sampling(48_000, 2), Format::raw_audio(48_000, 2)),
        Codec::Pcmu => (rtp.with_sampling(8_000, 1), Format::raw_audio(8_000, 1)),
        _ => (rtp, Format::raw_video()),
    };
    let mut pipeline = Simulation::new(catalogue::converters());
    let sources = vec![PadSpec::source(kind)];
    let port = Element { name: "port".into(), sinks: Vec::new(), sources, live: true, node: Box::new(Port) };
    let port = pipeline.turn(|turn| {
        let (port, sink) = (turn.add(port), turn.add(watcher.sink_of(raw)));
        turn.set_format(port, 0, rtp);
        turn.connect((port, 0), (sink, 0)).expect("connected");
        port
    });
    let mut now = MediaTime::ZERO;
    for (_, time, packet) in &packets {
        // Packets that were sent again come late; time does not go back for them.
        now = now.max(*time - *base);
        pipeline.run_until(now);
        pipeline.turn(|turn| turn.emit(port, 0, Item { time: *time, payload: Payload::Rtp(packet.clone()) }));
    }
    pipeline.run_until(now + MediaTime::from_secs(1));
}
