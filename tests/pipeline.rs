//! Whole pipelines from file to file, on real media, as an embedding program makes them.

mod support;

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use support::{media, probe};
use trellis::elements::pads::{KINDS, pad};
use trellis::elements::player::PlayerCommand;
use trellis::elements::recorder::{RecorderCommand, RecorderEvent};
use trellis::elements::{catalogue, launch};
use trellis::graph::{ElementId, Executor, MonotonicClock, Notice, Pipeline, Report};

/// Runs a text pipeline to its end; what went wrong, or the report just before the end.
fn run(line: &str) -> Result<Report, String> {
    let elements = launch::parse(line).map_err(|error| error.to_string())?;
    let (tell, told) = mpsc::channel();
    let observer = move |_: ElementId, notice: Notice| {
        let end = match notice {
            Notice::Error(error) | Notice::Warning(error) => Some(Err(error.to_string())),
            Notice::Custom(event) => match event.downcast_ref::<RecorderEvent>() {
                Some(RecorderEvent::Stopped(failure)) => Some(failure.clone().map_or(Ok(()), Err)),
                _ => None,
            },
            _ => None,
        };
        if let Some(end) = end {
            let _ = tell.send(end);
        }
    };
    let executor = Executor::start(2).map_err(|error| error.to_string())?;
    let pipeline = Pipeline::new(&executor, Arc::new(MonotonicClock), Arc::new(catalogue::converters()), observer);
    let (mut keys, mut tracks) = (Vec::new(), Vec::new());
    for element in &elements {
        let built = element.build().map_err(|error| error.to_string())?;
        tracks.extend(built.tracks);
        keys.push(pipeline.add(built.element));
    }
    for kind in KINDS.into_iter().filter(|kind| tracks.iter().any(|track| track.format.kind() == Some(*kind))) {
        for pair in keys.windows(2) {
            pipeline.connect((pair[0], pad(kind)), (pair[1], pad(kind))).map_err(|error| error.to_string())?;
        }
        pipeline.command(keys[keys.len() - 1], RecorderCommand::Connected(pad(kind), true));
    }
    pipeline.command(keys[keys.len() - 1], RecorderCommand::Record);
    pipeline.command(keys[0], PlayerCommand::Play);
    told.recv_timeout(Duration::from_secs(60)).map_err(|_| "nothing has moved for a minute".to_owned())??;
    Ok(pipeline.report())
}

fn run_to(input: &Path, middle: &str, output: &Path) -> Result<Report, String> {
    run(&format!("player uri=\"{}\" ! {middle} recorder uri=\"{}\"", input.display(), output.display()))
}

fn codecs(path: &Path) -> Option<Vec<String>> {
    let (streams, _) = probe(path)?;
    let mut codecs: Vec<String> = streams.into_iter().map(|stream| stream.codec).collect();
    codecs.sort();
    Some(codecs)
}

#[test]
fn h264_and_aac_become_vp8_and_opus_with_every_frame_and_the_same_length() {
    let Some(input) = media("mp4/sample.mp4") else { return };
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.webm");
    let report = run_to(&input, "", &output).unwrap();
    assert_eq!(report.converters.get("ffmpeg/h264-decode"), Some(&1));
    let (Some((before, length)), Some((after, new_length))) = (probe(&input), probe(&output)) else { return };
    assert_eq!(codecs(&output).unwrap(), ["opus", "vp8"]);
    let frames = |streams: &[support::Stream]| streams.iter().find(|stream| stream.kind == "video").unwrap().packets;
    assert_eq!(frames(&after), frames(&before), "a frame was lost");
    // The clip's sound ends 65 ms after the length that its header states, and Opus frames are whole 20 ms.
    assert!((new_length - length).abs() <= length * 0.05 + 0.1, "{length} s became {new_length} s");
}

#[test]
fn what_the_container_takes_is_stored_as_it_comes() {
    let Some(input) = media("mkv/input_bbb.mkv") else { return };
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.webm");
    let report = run_to(&input, "", &output).unwrap();
    assert!(report.converters.is_empty(), "nothing needed converting: {:?}", report.converters);
    assert!(codecs(&output).is_none_or(|codecs| codecs == ["opus", "vp8"]));
}

#[test]
fn vp8_and_opus_become_h264_in_mp4() {
    let Some(input) = media("mkv/input_bbb.mkv") else { return };
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.mp4");
    let report = run_to(&input, "", &output).unwrap();
    assert_eq!(report.converters.get("openh264/encode"), Some(&1));
    assert!(codecs(&output).is_none_or(|codecs| codecs == ["h264", "opus"]));
}

#[test]
fn broken_files_are_refused_or_played_as_far_as_they_go_and_nothing_hangs() {
    let Some(folder) = media("broken") else { return };
    let output = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for entry in walk(&folder) {
        let target = output.path().join(format!("{seen}.webm"));
        match run_to(&entry, "", &target) {
            Ok(_) => {}
            Err(error) => {
                assert!(!error.contains("a minute") && !error.contains("internal error"), "{entry:?}: {error}")
            }
        }
        seen += 1;
    }
    assert!(seen > 5, "the folder holds {seen} files only");
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}
