//! A file into another format: `cargo run --example convert -- in.mp4 out.webm`.

use std::error::Error;
use std::path::Path;
use trellis::Studio;

/// Converts whatever the output's container does not take as it is.
pub fn convert(input: &Path, output: &Path) -> Result<(), Box<dyn Error>> {
    let studio = Studio::start()?;
    let mut pipeline = studio.pipeline();
    let player = pipeline.player(input)?;
    let recorder = pipeline.recorder(output)?;
    pipeline.connect_all(player, recorder)?;
    pipeline.run()?;
    println!("{}", pipeline.explain());
    check(input, output)
}

/// Looks whether the new file holds as many tracks, as long as the old one's.
fn check(input: &Path, output: &Path) -> Result<(), Box<dyn Error>> {
    let mut pipeline = Studio::start()?.pipeline();
    let [old, new] = [pipeline.player(input)?, pipeline.player(output)?];
    let (before, after) = (pipeline.tracks(old).count(), pipeline.tracks(new).count());
    let length = |player| pipeline.tracks(player).map(|track| track.duration.secs_f64()).fold(0.0, f64::max);
    println!("{before} tracks of {:.2} s became {after} of {:.2} s", length(old), length(new));
    for track in pipeline.tracks(new) {
        println!("  {}", track.format);
    }
    if before != after || (length(old) - length(new)).abs() > 0.05 * length(old) + 0.1 {
        return Err("the new file is not what the old one was".into());
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = std::env::args_os().skip(1);
    let (Some(input), Some(output)) = (paths.next(), paths.next()) else {
        return Err("usage: convert INPUT OUTPUT, as in: convert in.mp4 out.webm".into());
    };
    convert(Path::new(&input), Path::new(&output))
}
