//! What a fuzzer starts from: collected files, copied into the target's corpus.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Where the seeds of a target lie: folders of the project, and folders of the media.
struct Source {
    target: &'static str,
    ours: &'static [&'static str],
    media: &'static [&'static str],
}

const SOURCES: [Source; 6] = [
    Source { target: "sdp", ours: &[], media: &["corpora/sdp-corpus", "sdp"] },
    Source {
        target: "rtp",
        ours: &[],
        media: &["corpora/rtp-corpus", "corpora/aiortc", "corpora/h264-depacketizer-fuzzer-corpus"],
    },
    Source { target: "rtcp", ours: &[], media: &["corpora/rtcp-corpus", "corpora/aiortc"] },
    Source {
        target: "stun_demux",
        ours: &[],
        media: &["corpora/stun-corpus", "corpora/sctp-packet-corpus", "corpora/rtp-corpus"],
    },
    // Nobody collects such messages: these are ours.
    Source { target: "jsonrpc", ours: &["fuzz/seeds/jsonrpc"], media: &[] },
    Source { target: "demux", ours: &[], media: &["broken", "mkv/muxer-small"] },
];

/// Copies the seeds of a target into its corpus, where they are not there yet, and answers with how many it has.
///
/// # Errors
/// When a file cannot be copied.
pub fn plant(target: &str, root: &Path, media: Option<&Path>, corpus: &Path) -> Result<usize> {
    let folders = SOURCES.iter().filter(|source| source.target == target).flat_map(|source| {
        let ours = source.ours.iter().map(|folder| root.join(folder));
        let collected = source.media.iter().filter_map(|folder| Some(media?.join(folder)));
        ours.chain(collected)
    });
    fs::create_dir_all(corpus).with_context(|| corpus.display().to_string())?;
    let mut count = 0;
    for folder in folders.filter(|folder| folder.is_dir()) {
        for file in files(&folder)? {
            copy(&folder, &file, corpus)?;
            count += 1;
        }
    }
    Ok(count)
}

/// Copies one seed. Its name keeps the way to it, as folders have files of the same name; its rights are those of a new
/// file, as the fuzzer removes what it has no use for, and the collection may be read-only.
fn copy(folder: &Path, file: &Path, corpus: &Path) -> Result<()> {
    let way = file.strip_prefix(folder.parent().unwrap_or(folder)).unwrap_or(file);
    let seed = corpus.join(way.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "-"));
    if seed.exists() {
        return Ok(());
    }
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    fs::write(&seed, bytes).with_context(|| seed.display().to_string())
}

/// The files of a folder and of the folders in it.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_fuzz_target_has_a_line_here() {
        let known: BTreeSet<String> = SOURCES.iter().map(|source| source.target.to_owned()).collect();
        assert_eq!(known, super::super::targets().unwrap());
    }

    #[test]
    fn seeds_are_copied_once_and_may_be_written_to() {
        let root = crate::workspace::root();
        let corpus = std::env::temp_dir().join(format!("trellis-seeds-{}", std::process::id()));
        let planted = plant("jsonrpc", &root, None, &corpus).unwrap();
        assert!(planted > 0);
        assert_eq!(planted, files(&corpus).unwrap().len(), "each under a name of its own");
        assert_eq!(planted, plant("jsonrpc", &root, None, &corpus).unwrap());
        let writable = |path: &PathBuf| !fs::metadata(path).unwrap().permissions().readonly();
        assert!(files(&corpus).unwrap().iter().all(writable));
        fs::remove_dir_all(&corpus).unwrap();
    }
}
