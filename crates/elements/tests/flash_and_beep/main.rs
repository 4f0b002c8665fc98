//! A call whose remote flashes and beeps together, over a path that loses a twentieth of everything, by clocks that run
//! wrong: on every output flash and beep stay within 20 ms.
//!
//! ```text
//!   camera, microphone ─► encoders ─► peer ═ lossy relay ═► endpoint ─┬─► endpoint ═► viewer of the same codecs
//!   (their clocks drift)                                             ├─► endpoint ═► viewer of other codecs
//!                                                                    ├─► recorders: WebM, MP4
//!                                                                    ├─► plain RTP
//!                                                                    └─► mixer
//! ```
//!
//! Only times in the media are measured, never when anything arrives.

mod clip;
mod measure;
mod peers;
mod relay;
mod sender;
mod server;
mod viewer;

use clip::FRAME;
use measure::{Seen, Watcher};
use peers::through;
use relay::Relay;
use sender::{Drift, Sender};
use server::{Server, answer, recorded};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use trellis_elements::studio::Studio;
use trellis_media::{Codec, Item, MediaTime, Payload};
use viewer::Viewer;

/// Frames that a call lasts.
const FRAMES: i64 = 500;
/// How far apart flash and beep may be.
const APART: MediaTime = MediaTime::from_millis(20);
/// How many of some eighteen flashes must come through everywhere with their beeps whole.
const ENOUGH: usize = 6;

/// What each output showed of a call.
fn call(seed: u64, drift: Drift) -> Vec<(&'static str, Seen)> {
    let folder = tempfile::tempdir().expect("a folder");
    let studio = Studio::start().expect("threads");
    let (server, sender) = (Server::start(folder.path()), Sender::new());
    let relay = connect_sender(&server, &sender, seed);
    let mut viewers = [(Codec::Opus, Codec::Vp8), (Codec::Pcmu, Codec::H264)].map(|(audio, video)| {
        let viewer = Viewer::new(audio, video);
        viewer.peer.process_answer(&answer(&server.endpoint(), &viewer.offer())).expect("negotiated");
        viewer
    });
    viewers.iter().for_each(Viewer::wait_connected);
    let files = [("call.webm", "WEBM"), ("call.mp4", "MP4")];
    let recorders = files.map(|(file, profile)| server.recorder(file, profile));
    let plain = [Codec::Opus, Codec::Vp8].map(|codec| server.plain(codec));
    let mixed = server.mixer();
    relay.lose();
    let sent = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            sender.send(&studio, FRAMES, drift);
            // What is late or lost comes yet: nothing waits longer than the mixer.
            std::thread::sleep(Duration::from_millis(600));
            sent.store(true, Ordering::Release);
        });
        while !sent.load(Ordering::Acquire) {
            viewers.iter_mut().for_each(Viewer::note_reports);
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    assert!(relay.lost() > 20, "{} datagrams were lost", relay.lost());
    assert_eq!(server.errors(), Vec::<String>::new());
    let [webm, mp4] = std::array::from_fn(|at| recorded(&recorders[at], &studio, &folder.path().join(files[at].0)));
    let heard = Watcher::default();
    plain.into_iter().for_each(|listener| listener.close(&heard));
    let [same, other] = viewers.map(|viewer| viewer.seen());
    vec![
        ("viewer, passed through", same),
        ("viewer, transcoded", other),
        ("recording, WebM", webm),
        ("recording, MP4", mp4),
        ("plain RTP", heard.seen()),
        ("mixer", mixed.seen()),
    ]
}

fn connect_sender(server: &Server, sender: &Sender, seed: u64) -> Relay {
    let ends = [sender.network.local_addr().expect("an address"), server.port()];
    let relay = Relay::between(ends, seed);
    let offer = through(&sender.offer(), ends[0].port(), relay.port_for(0));
    let answer = through(&answer(&server.source, &offer), ends[1].port(), relay.port_for(1));
    sender.peer.process_answer(&answer).expect("negotiated");
    sender.wait_connected();
    relay
}

fn millis(time: MediaTime) -> f64 {
    time.secs_f64() * 1e3
}

/// Every flash of every output is near its beep.
fn holds(name: &str, outputs: &[(&str, Seen)]) {
    let mut failures = Vec::new();
    for (output, seen) in outputs {
        let pairs = seen.pairs();
        let late: Vec<String> = pairs.iter().map(|pair| format!("{:.1}", millis(pair.late))).collect();
        let worst = pairs.iter().map(|pair| pair.late.nanos().abs()).max().unwrap_or_default();
        let worst = MediaTime::from_nanos(worst);
        println!("{name}: {output}: {} flashes, worst {:.1} ms: {}", pairs.len(), millis(worst), late.join(" "));
        if pairs.len() < ENOUGH || worst > APART {
            failures.push(*output);
        }
    }
    assert!(failures.is_empty(), "{name}: {failures:?}");
}

#[test]
fn flash_and_beep_stay_together_on_every_output_when_the_sender_s_clocks_are_fast() {
    holds("300 ppm fast", &call(1, Drift { sound: 300.0, pictures: 300.0 }));
}

#[test]
fn flash_and_beep_stay_together_on_every_output_when_the_sender_s_clocks_are_slow() {
    holds("300 ppm slow", &call(2, Drift { sound: -300.0, pictures: -300.0 }));
}

#[test]
fn the_measure_sees_a_beep_that_is_forty_milliseconds_late() {
    for shift in [-40, 0, 40] {
        let mut seen = Seen::default();
        for frame in 0..100 {
            let time = MediaTime::from_nanos(FRAME.nanos() * frame);
            seen.item(&Item { time, payload: Payload::Picture(clip::picture(frame)) });
            let time = time + MediaTime::from_millis(shift);
            seen.item(&Item { time, payload: Payload::Sound(clip::sound(frame)) });
        }
        let late: Vec<f64> = seen.pairs().iter().map(|pair| millis(pair.late)).collect();
        assert_eq!(late.len(), 3);
        assert!(late.iter().all(|late| (late - shift as f64).abs() < 0.1), "{shift} ms: {late:?}");
    }
}
