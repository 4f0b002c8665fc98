//! `trellis run`: one pipeline without a server, as fast as it can be done.

use indicatif::{ProgressBar, ProgressStyle};
use trellis_elements::studio::Studio;
use trellis_media::MediaTime;

/// Runs a pipeline to its end. An error when anything failed; then no half file passes for a whole one.
pub fn run(line: &str, quiet: bool) -> anyhow::Result<()> {
    let pipeline = Studio::start()?.launch(line)?;
    let bar = progress_bar(pipeline.length(), quiet);
    pipeline.start();
    let outcome = pipeline.wait_and_see(|seen| {
        for (_, warning) in seen.warnings {
            bar.suspend(|| eprintln!("trellis: {warning}"));
        }
        bar.set_position(u64::try_from(seen.position.millis()).unwrap_or(0));
        bar.set_message(format!("{:.1} s", seen.position.secs_f64()));
    });
    if outcome.is_ok() {
        bar.finish_and_clear();
    } else {
        bar.abandon();
    }
    Ok(outcome?)
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
