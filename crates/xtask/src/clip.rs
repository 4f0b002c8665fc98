//! The demo's default clip: a face that moves, made on this machine.
//!
//! The picture is `astronaut.png`, a public-domain portrait that Debian's `python3-skimage` carries. The package is
//! downloaded and unpacked, not installed: it would bring a scientific Python with it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{run, workspace};

const PACKAGE: &str = "python3-skimage";
const PICTURE: &str = "usr/lib/python3/dist-packages/skimage/data/astronaut.png";

/// Seconds of the clip: a whole number of both periods of the camera's walk below.
const SECONDS: &str = "20";

/// The face goes round in the picture as if a hand held the camera. The picture is continued at the top by its first line,
/// so that there is room for a hat.
const MOVING_FACE: &str = "scale=820:820:flags=lanczos,pad=820:1000:0:180,fillborders=top=180:mode=smear,\
     crop=640:480:x='90+85*sin(2*PI*t/10)':y='130+40*sin(2*PI*t/4)',format=yuv420p";

/// A soft chord that swells and fades, so that the way of the sound can be heard.
const SOFT_TONE: &str = "aevalsrc='(0.05*sin(2*PI*220*t)+0.04*sin(2*PI*277.2*t)+0.04*sin(2*PI*329.6*t))\
     *(0.6+0.4*sin(2*PI*t/4))|(0.05*sin(2*PI*220*t)+0.04*sin(2*PI*329.6*t))*(0.6-0.4*sin(2*PI*t/4))':s=48000";

/// The clip's path; makes it on the first call.
///
/// # Errors
/// When ffmpeg is missing or fails.
pub fn ensure() -> Result<PathBuf> {
    let folder = workspace::target().join("demo");
    let clip = folder.join("face.mp4");
    if clip.is_file() {
        return Ok(clip);
    }
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    match picture(&folder) {
        Ok(picture) => encode(&["-loop", "1", "-framerate", "30", "-i", &text(&picture)], MOVING_FACE, &clip)?,
        Err(error) => {
            println!("no picture of a face ({error:#}): the demo's clip is a test card, and nobody there wears a hat");
            // Not kept under the clip's name: the next run, with a network, tries again.
            let card = folder.join("card.mp4");
            encode(&["-f", "lavfi", "-i", "testsrc2=s=640x480:r=30"], "format=yuv420p", &card)?;
            return Ok(card);
        }
    }
    Ok(clip)
}

/// The portrait: from an earlier run, from the folder of real media, or out of the Debian package.
fn picture(folder: &Path) -> Result<PathBuf> {
    let kept = folder.join("astronaut.png");
    if kept.is_file() {
        return Ok(kept);
    }
    if let Some(media) = workspace::media().map(|media| media.join("face/astronaut.png")).filter(|file| file.is_file())
    {
        return Ok(media);
    }
    println!("fetching the picture of a face out of Debian's {PACKAGE} (21 MB, not installed)");
    let scratch = folder.join("package");
    fs::create_dir_all(&scratch)?;
    run::must(run::command("apt-get", ["download", PACKAGE]).current_dir(&scratch))?;
    let package = fs::read_dir(&scratch)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"));
    let Some(package) = package else { bail!("apt-get downloaded no package") };
    run::must(&mut run::command("dpkg-deb", ["-x".into(), package, scratch.clone()]))?;
    fs::copy(scratch.join(PICTURE), &kept).context("the package holds no such picture")?;
    fs::remove_dir_all(&scratch)?;
    Ok(kept)
}

/// H.264 baseline without B-frames and AAC: what a browser takes as it is. Written aside and renamed, so that an
/// interrupted run leaves nothing that looks like a clip.
fn encode(picture: &[&str], filter: &str, clip: &Path) -> Result<()> {
    println!("making the demo's clip: {}", clip.display());
    let unfinished = clip.with_extension("part.mp4");
    let unfinished_text = text(&unfinished);
    let mut arguments = vec!["-nostdin", "-v", "error", "-y"];
    arguments.extend(picture);
    arguments.extend(["-f", "lavfi", "-i", SOFT_TONE, "-t", SECONDS, "-vf", filter, "-r", "30"]);
    arguments.extend(["-c:v", "libx264", "-profile:v", "baseline", "-preset", "fast", "-b:v", "1500k", "-g", "60"]);
    arguments.extend(["-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart", &unfinished_text]);
    run::must(&mut run::command("ffmpeg", arguments))?;
    fs::rename(&unfinished, clip).context("keeping the clip")
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
