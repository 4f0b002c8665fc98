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
mod long;
mod measure;
mod peers;
mod relay;
mod sender;
mod server;
mod viewer;

use clip::{FRAME, Sampling};
use measure::{Seen, Watcher};
use peers::{offer, through};
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
/// How far apart flash and beep may be, in milliseconds.
const APART: f64 = 20.0;
/// How long it takes at the most until the sender's reports have put its streams together.
const SETTLED: MediaTime = MediaTime::from_millis(3_200);
/// How many of the thirteen flashes after that must come through with their beeps whole.
const ENOUGH: usize = 7;

/// What each output showed of a call.
fn call(seed: u64, drift: Drift) -> Vec<(&'static str, Seen)> {
    let folder = tempfile::tempdir().expect("a folder");
    let studio = Studio::start().expect("threads");
    let (server, sender) = (Server::start(folder.path()), Sender::new());
    let relay = connect_sender(&server, &sender, seed);
    let mut viewers = [(Codec::Opus, Codec::Vp8), (Codec::Pcmu, Codec::H264)].map(|(audio, video)| {
        let viewer = Viewer::new(audio, video);
        viewer.peer.process_answer(&answer(&server.endpoint(), &offer(&viewer.peer))).expect("negotiated");
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
    let offer = through(&offer(&sender.peer), ends[0].port(), relay.port_for(0));
    let answer = through(&answer(&server.source, &offer), ends[1].port(), relay.port_for(1));
    sender.peer.process_answer(&answer).expect("negotiated");
    sender.wait_connected();
    relay
}

fn millis(time: MediaTime) -> f64 {
    time.secs_f64() * 1e3
}

/// Every flash of every output is near its beep, once the sender's reports can be known: they come every second, one in
/// twenty is lost, and before the first of each stream the streams are put together by when they arrived.
fn holds(name: &str, enough: usize, outputs: &[(&str, Seen)]) {
    let mut failures = Vec::new();
    for (output, seen) in outputs {
        let worst = |late: &[MediaTime]| late.iter().map(|late| millis(*late).abs()).fold(0.0, f64::max);
        let (all, settled) = (seen.late(MediaTime::ZERO), seen.late(SETTLED));
        println!(
            "{name}: {output}: worst of {} flashes {:.1} ms, of all {} {:.1} ms",
            settled.len(),
            worst(&settled),
            all.len(),
            worst(&all)
        );
        if settled.len() < enough || worst(&settled) > APART {
            failures.push((*output, all));
        }
    }
    assert!(failures.is_empty(), "{name}: {failures:?}");
}

#[test]
fn flash_and_beep_stay_together_on_every_output_when_the_sender_s_clocks_are_fast() {
    holds("both 300 ppm fast", ENOUGH, &call(1, Drift { sound: 300.0, pictures: 300.0 }));
}

#[test]
fn flash_and_beep_stay_together_on_every_output_when_the_sender_s_clocks_drift_apart() {
    holds("sound 300 ppm slow, pictures fast", ENOUGH, &call(2, Drift { sound: -300.0, pictures: 300.0 }));
}

/// A minute and a half: sound and pictures would be 54 ms apart at the end.
#[test]
fn flash_and_beep_stay_together_through_minutes_in_which_the_clocks_drift_apart() {
    let (drift, length) = (Drift { sound: 300.0, pictures: -300.0 }, MediaTime::from_secs(90));
    holds("90 seconds, sound 300 ppm fast, pictures slow", 120, &long::call(drift, length, 3));
}

/// The most that the estimate follows is 2,000 ppm.
#[test]
fn flash_and_beep_stay_together_when_the_clocks_are_as_wrong_as_can_be_followed() {
    let (drift, length) = (Drift { sound: -1_500.0, pictures: -1_500.0 }, MediaTime::from_secs(30));
    holds("30 seconds, both 1,500 ppm slow", 35, &long::call(drift, length, 4));
}

#[test]
fn the_measure_sees_a_beep_that_is_forty_milliseconds_off() {
    for shift in [-40, 0, 40] {
        let mut seen = Seen::default();
        for frame in 0..100 {
            let time = MediaTime::from_nanos(FRAME.nanos() * frame);
            seen.item(&Item { time, payload: Payload::Picture(clip::picture(frame)) });
            let time = time + MediaTime::from_millis(shift);
            seen.item(&Item { time, payload: Payload::Sound(clip::sound(frame, Sampling::EVEN)) });
        }
        let late = seen.late(MediaTime::ZERO);
        assert_eq!(late.len(), 3);
        assert!(late.iter().all(|late| (millis(*late) - shift as f64).abs() < 0.1), "{shift} ms: {late:?}");
    }
}

#[test]
fn the_measure_leaves_out_a_beep_that_has_lost_its_beginning() {
    let mut seen = Seen::default();
    for frame in (0..100).filter(|frame| *frame != 2 * clip::EVERY) {
        let time = MediaTime::from_nanos(FRAME.nanos() * frame);
        seen.item(&Item { time, payload: Payload::Sound(clip::sound(frame, Sampling::EVEN)) });
    }
    (0..100).for_each(|frame| {
        let time = MediaTime::from_nanos(FRAME.nanos() * frame);
        seen.item(&Item { time, payload: Payload::Picture(clip::picture(frame)) });
    });
    assert_eq!(seen.late(MediaTime::ZERO).len(), 2);
}
