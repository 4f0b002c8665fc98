//! Whole films mixed into one recording: what was together in each file is together in the mix.

mod support;

use std::path::Path;
use std::sync::{Arc, Mutex};
use support::media;
use trellis::elements::mixer::MixerSettings;
use trellis::media::{Caps, Format, FrameRate, Kind, MediaTime, Payload};
use trellis::{Pace, Studio};

/// Mixes films as fast as it can be done; what was warned of.
fn mix(studio: &Studio, films: &[&Path], recording: &Path) -> Vec<String> {
    let mut pipeline = studio.pipeline();
    let settings = MixerSettings {
        width: 640,
        height: 240,
        frame_rate: FrameRate(25_000),
        pace: Pace::AsFastAsPossible,
        ..MixerSettings::default()
    };
    let mixer = pipeline.mixer(settings).unwrap();
    for film in films {
        let player = pipeline.player(film).unwrap();
        pipeline.connect_all(player, mixer).unwrap();
    }
    let recorder = pipeline.recorder(recording).unwrap();
    pipeline.connect_all(mixer, recorder).unwrap();
    let mut warnings = Vec::new();
    pipeline.start();
    pipeline.wait_and_see(|seen| warnings.extend(seen.warnings.into_iter().map(|(_, text)| text))).unwrap();
    warnings
}

/// Each picture's time and luma in the middle, and when a beep begins after silence.
fn look_and_listen(studio: &Studio, recording: &Path) -> (Vec<(MediaTime, u8)>, Vec<MediaTime>) {
    let (seen, heard) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let mut pipeline = studio.pipeline();
    let player = pipeline.player(recording).unwrap();
    let lumas = Arc::clone(&seen);
    let eye = pipeline.sink("eye", Kind::Video, Caps::like(&[Format::raw_video()]), move |item| {
        let Payload::Picture(picture) = item.payload else { panic!("no picture") };
        let (luma, stride) = picture.plane(0);
        lumas.lock().unwrap().push((item.time, luma[120 * stride + 320]));
    });
    let (beeps, mut loud) = (Arc::clone(&heard), MediaTime::from_secs(-1));
    let ear = pipeline.sink("ear", Kind::Audio, Caps::like(&[Format::raw_audio(48_000, 2)]), move |item| {
        let Payload::Sound(sound) = item.payload else { panic!("no sound") };
        for (frame, samples) in sound.samples.chunks(2).enumerate() {
            let time = item.time + MediaTime::from_ticks(frame as i64, 48_000);
            if samples[0].unsigned_abs() > 4_000 {
                if time - loud > MediaTime::from_millis(500) {
                    beeps.lock().unwrap().push(time);
                }
                loud = time;
            }
        }
    });
    pipeline.connect_all(player, eye).unwrap();
    pipeline.connect_all(player, ear).unwrap();
    pipeline.run().unwrap();
    (std::mem::take(&mut seen.lock().unwrap()), std::mem::take(&mut heard.lock().unwrap()))
}

#[test]
fn flashes_and_beeps_of_films_stay_together_within_20_ms() {
    let names = ["synth/out/avsync.mp4", "synth/out/avsync.webm"];
    let Some(films) = names.into_iter().map(media).collect::<Option<Vec<_>>>() else { return };
    let (studio, folder) = (Studio::start().unwrap(), tempfile::tempdir().unwrap());
    for film in films {
        let recording = folder.path().join("mixed.webm");
        let warnings = mix(&studio, &[&film], &recording);
        assert!(warnings.is_empty(), "{warnings:?}");
        let (seen, beeps) = look_and_listen(&studio, &recording);
        assert!((250..=251).contains(&seen.len()), "{} pictures", seen.len());
        let flashes: Vec<MediaTime> = seen.iter().filter(|(_, luma)| *luma > 150).map(|(time, _)| *time).collect();
        assert_eq!((flashes.len(), beeps.len()), (10, 10), "{flashes:?} {beeps:?}");
        for (flash, beep) in flashes.iter().zip(&beeps) {
            let apart = (*flash - *beep).nanos().abs();
            assert!(apart <= 20_000_000, "{}: {} ms apart at {flash}", film.display(), apart as f64 / 1e6);
        }
    }
}

#[test]
fn films_of_other_codecs_sizes_and_rates_fill_the_grid_until_the_longest_ends() {
    let names = ["mp4/sample.mp4", "mkv/input_bbb.mkv", "synth/out/counter_h264.mp4"];
    let Some(films) = names.into_iter().map(media).collect::<Option<Vec<_>>>() else { return };
    let (studio, folder) = (Studio::start().unwrap(), tempfile::tempdir().unwrap());
    let recording = folder.path().join("mixed.webm");
    let warnings = mix(&studio, &films.iter().map(|film| film.as_path()).collect::<Vec<_>>(), &recording);
    assert!(warnings.is_empty(), "{warnings:?}");
    let mut pipeline = studio.pipeline();
    let longest = |pipeline: &trellis::Pipeline| pipeline.length().secs_f64();
    for film in &films {
        pipeline.player(film).unwrap();
    }
    let wanted = longest(&pipeline);
    let mut pipeline = studio.pipeline();
    pipeline.player(&recording).unwrap();
    assert!((longest(&pipeline) - wanted).abs() < 0.2, "{} s of {wanted} s", longest(&pipeline));
}
