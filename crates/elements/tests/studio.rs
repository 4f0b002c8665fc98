//! Pipelines within a program: what is refused, what fails, and what comes out.

mod support;

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use support::plain;
use trellis_elements::mixer::MixerSettings;
use trellis_elements::player::Pace;
use trellis_elements::rtp::RtpStream;
use trellis_elements::studio::{BuildError, RunError, Studio};
use trellis_graph::{Context, Element, ElementId, Node, NodeError, PadSpec};
use trellis_media::{Caps, Codec, Format, Item, Kind, MediaTime, Payload};

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
const PCMU: RtpStream = RtpStream { codec: Codec::Pcmu, payload_type: 0 };

/// Grey pictures, 40 ms apart, as fast as they are taken.
fn pictures(pipeline: &mut trellis_elements::studio::Pipeline, count: i64) -> ElementId {
    let mut numbers = 0..count;
    pipeline.source("pictures", Format::raw_video(), Pace::AsFastAsPossible, move || {
        let time = MediaTime::from_millis(numbers.next()? * 40);
        Some(Item { time, payload: Payload::Picture(plain(160, 120, [150, 128, 128])) })
    })
}

fn film(studio: &Studio, path: &Path, count: i64) {
    let mut pipeline = studio.pipeline();
    let source = pictures(&mut pipeline, count);
    let recorder = pipeline.recorder(path).unwrap();
    pipeline.connect_all(source, recorder).unwrap();
    pipeline.run().unwrap();
}

/// Pictures of a file.
fn count(studio: &Studio, path: &Path) -> usize {
    let mut pipeline = studio.pipeline();
    let player = pipeline.player(path).unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let sink = pipeline.sink("count", Kind::Video, Caps::like(&[Format::raw_video()]), move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    pipeline.connect_all(player, sink).unwrap();
    pipeline.run().unwrap();
    count.load(Ordering::Relaxed)
}

#[test]
fn a_line_of_text_runs_and_a_mixer_in_it_repeats_pictures_to_its_rate() {
    let (studio, folder) = (Studio::start().unwrap(), tempfile::tempdir().unwrap());
    let (input, output) = (folder.path().join("in.webm"), folder.path().join("out.webm"));
    film(&studio, &input, 25);
    let (from, to) = (input.display(), output.display());
    let line = format!("player uri={from} ! mixer width=64 height=48 framerate=50 ! recorder uri={to}");
    let pipeline = studio.launch(&line).unwrap();
    pipeline.run().unwrap();
    let report = pipeline.report();
    let encoders: Vec<_> = report.converters.iter().filter(|(name, _)| name.ends_with("-encode")).collect();
    assert!(matches!(encoders[..], [(_, 1)]), "{:?}", report.converters);
    assert!(pipeline.length() >= MediaTime::from_millis(960));
    drop(pipeline);
    assert!((48..=50).contains(&count(&studio, &output)), "{} pictures", count(&studio, &output));
}

#[test]
fn lines_without_a_player_and_a_recorder_at_their_ends_are_refused() {
    let studio = Studio::start().unwrap();
    for line in ["passthrough ! recorder uri=x.webm", "recorder uri=x.webm", "passthrough"] {
        assert!(matches!(studio.launch(line), Err(BuildError::Ends)), "{line}");
    }
    assert!(matches!(studio.launch(""), Err(BuildError::Launch(_))));
    assert!(matches!(studio.launch("player uri=none.mp4 ! recorder uri=x.webm"), Err(BuildError::Launch(_))));
}

#[test]
fn what_cannot_be_made_or_connected_is_refused_with_a_reason() {
    let (studio, folder) = (Studio::start().unwrap(), tempfile::tempdir().unwrap());
    let mut pipeline = studio.pipeline();
    assert!(matches!(pipeline.player(folder.path().join("none.mp4")), Err(BuildError::Open(..))));
    assert!(matches!(pipeline.recorder("out.avi"), Err(BuildError::Ending(_))));
    let mixer = MixerSettings { width: 3, ..MixerSettings::default() };
    assert!(matches!(pipeline.mixer(mixer), Err(BuildError::Mixer(_))));
    let stream = RtpStream { payload_type: 128, ..PCMU };
    assert!(matches!(pipeline.rtp_input(LOOPBACK, stream), Err(BuildError::PayloadType(128))));
    let (_, port) = pipeline.rtp_input(LOOPBACK, PCMU).unwrap();
    assert!(matches!(pipeline.rtp_input(port, PCMU), Err(BuildError::Socket(..))), "the port is taken");
    let source = pictures(&mut pipeline, 1);
    let (output, _) = pipeline.rtp_output(port, PCMU).unwrap();
    let refused = pipeline.connect_all(source, output).unwrap_err();
    assert_eq!(refused.to_string(), "'pictures' gives nothing that 'rtp out' has a pad for");
    assert!(pipeline.connect((source, 0), (output, 7)).is_err());
}

#[test]
fn each_source_gets_a_port_of_its_own_until_the_mixer_is_full() {
    let studio = Studio::start().unwrap();
    let mut pipeline = studio.pipeline();
    let settings = MixerSettings { ports: 2, pace: Pace::AsFastAsPossible, ..MixerSettings::default() };
    let mixer = pipeline.mixer(settings).unwrap();
    for _ in 0..2 {
        let source = pictures(&mut pipeline, 10);
        pipeline.connect_all(source, mixer).unwrap();
    }
    let third = pictures(&mut pipeline, 10);
    assert!(matches!(pipeline.connect_all(third, mixer), Err(BuildError::MixerIsFull(_))));
    pipeline.disconnect(mixer, trellis_elements::mixer::Port(0).picture()).unwrap();
    pipeline.connect_all(third, mixer).unwrap();
    let sink = pipeline.sink("sink", Kind::Video, Caps::any_of(Kind::Video), |_| ());
    pipeline.connect_all(mixer, sink).unwrap();
    pipeline.run().unwrap();
}

#[test]
fn a_film_in_real_time_is_mixed_at_the_ticks_of_the_clock_and_comes_to_its_end() {
    let (studio, folder) = (Studio::start().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("film.webm");
    film(&studio, &file, 25);
    let mut pipeline = studio.pipeline();
    let player = pipeline.player_at(&file, Pace::RealTime).unwrap();
    let mixer = pipeline.mixer(MixerSettings { width: 64, height: 48, ..MixerSettings::default() }).unwrap();
    let (tell, told) = mpsc::channel();
    let sink = pipeline.sink("sink", Kind::Video, Caps::any_of(Kind::Video), move |item| drop(tell.send(item)));
    pipeline.connect_all(player, mixer).unwrap();
    pipeline.connect_all(mixer, sink).unwrap();
    let before = pipeline.graph().now();
    pipeline.run().unwrap();
    let took = pipeline.graph().now() - before;
    assert!(took >= MediaTime::from_millis(960), "{took}: faster than real time");
    let times: Vec<MediaTime> = told.try_iter().map(|item| item.time).collect();
    // A busy machine may miss ticks, but does not make any up.
    assert!((5..=16).contains(&times.len()), "{} pictures", times.len());
    let ticks = times.iter().map(|time| (time.nanos() * 15 + 500_000_000) / 1_000_000_000);
    let exact = ticks.clone().zip(&times).all(|(tick, time)| MediaTime::from_ticks(tick, 15) == *time);
    assert!(exact && ticks.is_sorted(), "{times:?}");
}

/// A numbered picture each `step` milliseconds, for 20 seconds.
fn numbered(pipeline: &mut trellis_elements::studio::Pipeline, step: i64) -> ElementId {
    let mut numbers = 0..20_000 / step;
    pipeline.source("numbered", Format::raw_video(), Pace::AsFastAsPossible, move || {
        let time = MediaTime::from_millis(numbers.next()? * step);
        // The luma tells the time in units of 100 ms.
        let picture = plain(160, 120, [16 + (time.millis() / 100) as u8, 128, 128]);
        Some(Item { time, payload: Payload::Picture(picture) })
    })
}

#[test]
fn files_of_different_rates_are_mixed_without_one_running_ahead() {
    let studio = Studio::start().unwrap();
    let mut pipeline = studio.pipeline();
    let settings = MixerSettings { width: 320, height: 120, pace: Pace::AsFastAsPossible, ..MixerSettings::default() };
    let mixer = pipeline.mixer(settings).unwrap();
    for step in [2, 40] {
        let source = numbered(&mut pipeline, step);
        pipeline.connect_all(source, mixer).unwrap();
    }
    let (tell, told) = mpsc::channel();
    let sink = pipeline.sink("sink", Kind::Video, Caps::any_of(Kind::Video), move |item| {
        if let Payload::Picture(picture) = item.payload {
            let (luma, stride) = picture.plane(0);
            let at = |x: usize| i64::from(luma[60 * stride + x]) - 16;
            let _ = tell.send((item.time.millis(), at(80), at(240)));
        }
    });
    pipeline.connect_all(mixer, sink).unwrap();
    let mut warnings = Vec::new();
    pipeline.start();
    pipeline.wait_and_see(|seen| warnings.extend(seen.warnings)).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    let shown: Vec<(i64, i64, i64)> = told.try_iter().collect();
    // Whole grids only: at the end the one is over before the other.
    assert!((300..=301).contains(&shown.len()), "{} pictures", shown.len());
    for (time, left, right) in &shown[..297] {
        // A tick at 66.67 ms shows what is not after it, by a millisecond at most.
        let now = (time + 1) / 100;
        assert!((left - now).abs() <= 1 && (right - now).abs() <= 1, "at {time} ms: {left}, {right}");
    }
}

/// Fails at the third item.
struct Breaks(u32);

impl Node for Breaks {
    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        self.0 += 1;
        if self.0 == 3 {
            return Err(NodeError::new("the third is too much"));
        }
        cx.emit(0, item);
        Ok(())
    }
    fn format(&mut self, _input: usize, format: Format, cx: &mut Context) -> Result<(), NodeError> {
        cx.set_format(0, format);
        Ok(())
    }
}

#[test]
fn who_fails_is_named() {
    let studio = Studio::start().unwrap();
    let mut pipeline = studio.pipeline();
    let source = pictures(&mut pipeline, 10);
    let breaks = pipeline.add(Element {
        name: "breaks".into(),
        sinks: vec![PadSpec::sink(Kind::Video, Caps::any_of(Kind::Video))],
        sources: vec![PadSpec::source(Kind::Video)],
        live: false,
        node: Box::new(Breaks(0)),
    });
    let sink = pipeline.sink("sink", Kind::Video, Caps::any_of(Kind::Video), |_| ());
    pipeline.connect_all(source, breaks).unwrap();
    pipeline.connect_all(breaks, sink).unwrap();
    let failed = RunError::Failed { element: "breaks".into(), cause: "the third is too much".into() };
    assert_eq!(pipeline.run(), Err(failed));
}

#[test]
fn a_recording_that_cannot_be_written_is_a_failure() {
    let (studio, folder) = (Studio::start().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("a file");
    std::fs::write(&file, "no folder").unwrap();
    let mut pipeline = studio.pipeline();
    let source = pictures(&mut pipeline, 10);
    let recorder = pipeline.recorder(file.join("out.webm")).unwrap();
    pipeline.connect_all(source, recorder).unwrap();
    assert!(matches!(pipeline.run(), Err(RunError::Failed { element, .. }) if element == "recorder"));
}

fn packet(payload_type: u8, sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, payload_type];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 160).to_be_bytes());
    packet.extend([9, 9, 9, 9]);
    packet.extend([sequence as u8; 160]);
    packet
}

#[test]
fn rtp_of_the_stream_comes_in_and_nothing_else_does() {
    let studio = Studio::start().unwrap();
    let mut pipeline = studio.pipeline();
    let (input, port) = pipeline.rtp_input(LOOPBACK, PCMU).unwrap();
    let (tell, told) = mpsc::channel();
    let sink = pipeline.sink("sink", Kind::Audio, Caps::any_of(Kind::Audio), move |item| {
        let _ = tell.send(item);
    });
    pipeline.connect_all(input, sink).unwrap();
    let sender = UdpSocket::bind(LOOPBACK).unwrap();
    for datagram in [packet(0, 1), packet(8, 2), vec![], vec![0x40; 40], vec![0x80, 0, 1], packet(0, 3)] {
        sender.send_to(&datagram, port).unwrap();
    }
    let mut times = Vec::new();
    for expected in [1, 3] {
        let item = told.recv_timeout(Duration::from_secs(10)).unwrap();
        let Payload::Rtp(rtp) = item.payload else { panic!("no packet") };
        assert_eq!(rtp.sequence, expected);
        times.push(item.time);
    }
    assert_eq!(times[1] - times[0], MediaTime::from_millis(40), "times follow the timestamps");
}

#[test]
fn a_port_is_free_again_when_its_pipeline_has_gone() {
    let studio = Studio::start().unwrap();
    let mut pipeline = studio.pipeline();
    let (_, port) = pipeline.rtp_input(LOOPBACK, PCMU).unwrap();
    drop(pipeline);
    let deadline = Instant::now() + Duration::from_secs(10);
    while UdpSocket::bind(port).is_err() {
        assert!(Instant::now() < deadline, "the port is still taken");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_is_not_the_outputs_codec_is_converted() {
    let studio = Studio::start().unwrap();
    let receiver = UdpSocket::bind(LOOPBACK).unwrap();
    receiver.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut pipeline = studio.pipeline();
    let source = pictures(&mut pipeline, 3);
    let stream = RtpStream { codec: Codec::Vp8, payload_type: 100 };
    let (output, counters) = pipeline.rtp_output(receiver.local_addr().unwrap(), stream).unwrap();
    pipeline.connect_all(source, output).unwrap();
    pipeline.run().unwrap();
    let mut buffer = [0; 2_000];
    let mut ends = 0;
    let (mut packets, mut timestamps) = (0, Vec::new());
    while ends < 3 {
        let length = receiver.recv(&mut buffer).unwrap();
        assert!(length > 12 && buffer[0] == 0x80 && buffer[1] & 0x7f == 100);
        ends += usize::from(buffer[1] & 0x80 != 0);
        packets += 1;
        timestamps.push(u32::from_be_bytes([buffer[4], buffer[5], buffer[6], buffer[7]]));
    }
    timestamps.dedup();
    assert_eq!((timestamps[1] - timestamps[0], timestamps[2] - timestamps[1]), (3_600, 3_600));
    let deadline = Instant::now() + Duration::from_secs(10);
    while counters.sent() < packets {
        assert!(Instant::now() < deadline, "a packet was received and not counted");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!((counters.sent(), counters.dropped()), (packets, 0));
}
