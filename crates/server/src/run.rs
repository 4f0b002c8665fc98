//! `trellis run`: one pipeline without a server, as fast as it can be done.

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;
use trellis_elements::pads::{KINDS, pad};
use trellis_elements::player::{PlayerCommand, PlayerEvent};
use trellis_elements::recorder::{RecorderCommand, RecorderEvent};
use trellis_elements::{catalogue, launch};
use trellis_graph::{ElementId, Executor, MonotonicClock, Notice, Pipeline};
use trellis_media::{Kind, MediaTime};

enum Told {
    Position(MediaTime),
    Ended(ElementId),
    Failed(String),
    Warned(String),
}

/// Runs a pipeline to its end. An error when anything failed; then no half file passes for a whole one.
pub fn run(line: &str, quiet: bool) -> anyhow::Result<()> {
    let elements = launch::parse(line)?;
    let first = elements.first().context("an empty pipeline")?;
    let last = elements.last().context("an empty pipeline")?;
    if first.kind.name != "player" || last.kind.name != "recorder" {
        bail!(
            "a pipeline begins with a player and ends with a recorder, as in 'player uri=in.mp4 ! recorder uri=out.webm'"
        );
    }
    let (tell, told) = mpsc::channel();
    let executor = Executor::start(0)?;
    let observer = move |element: ElementId, notice: Notice| {
        let message = match notice {
            Notice::Error(error) => Told::Failed(error.to_string()),
            Notice::Warning(error) => Told::Warned(error.to_string()),
            Notice::Custom(event) => match (event.downcast_ref::<PlayerEvent>(), event.downcast_ref::<RecorderEvent>())
            {
                (Some(PlayerEvent::Position(position)), _) => Told::Position(*position),
                (_, Some(RecorderEvent::Stopped(Some(error)))) => Told::Failed(error.clone()),
                (_, Some(RecorderEvent::Stopped(None))) => Told::Ended(element),
                _ => return,
            },
            _ => return,
        };
        let _ = tell.send(message);
    };
    let pipeline = Pipeline::new(&executor, Arc::new(MonotonicClock), Arc::new(catalogue::converters()), observer);
    let mut keys = Vec::new();
    let mut tracks = Vec::new();
    for element in &elements {
        let built = element.build()?;
        tracks.extend(built.tracks);
        keys.push(pipeline.add(built.element));
    }
    let kinds: Vec<Kind> =
        KINDS.into_iter().filter(|kind| tracks.iter().any(|track| track.format.kind() == Some(*kind))).collect();
    let (source, sink) = (keys[0], keys[keys.len() - 1]);
    for kind in &kinds {
        for pair in keys.windows(2) {
            pipeline.connect((pair[0], pad(*kind)), (pair[1], pad(*kind)))?;
        }
        pipeline.command(sink, RecorderCommand::Connected(pad(*kind), true));
    }
    pipeline.command(sink, RecorderCommand::Record);
    pipeline.command(source, PlayerCommand::Play);
    let length = tracks.iter().map(|track| track.duration).max().unwrap_or(MediaTime::ZERO);
    follow(&told, sink, &progress_bar(length, quiet))
}

fn progress_bar(length: MediaTime, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(length.millis()).unwrap_or(0));
    let style = ProgressStyle::with_template("{wide_bar} {percent:>3} %  {msg}  {elapsed} (still {eta})");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn follow(told: &mpsc::Receiver<Told>, sink: ElementId, bar: &ProgressBar) -> anyhow::Result<()> {
    loop {
        match told.recv_timeout(Duration::from_secs(30)) {
            Ok(Told::Position(position)) => {
                bar.set_position(u64::try_from(position.millis()).unwrap_or(0));
                bar.set_message(format!("{:.1} s", position.secs_f64()));
            }
            Ok(Told::Warned(warning)) => bar.suspend(|| eprintln!("trellis: {warning}")),
            Ok(Told::Failed(error)) => {
                bar.abandon();
                bail!("{error}");
            }
            Ok(Told::Ended(element)) if element == sink => {
                bar.finish_and_clear();
                return Ok(());
            }
            Ok(Told::Ended(_)) => {}
            Err(_) => bail!("nothing has moved for 30 seconds"),
        }
    }
}
