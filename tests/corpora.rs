//! The functions of the fuzz targets over collected files, as they are, cut short and bent: nothing panics, nothing
//! hangs, and what each function promises holds. Together with the fuzzer they share every line but this file.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longest that a target may take over one input on a busy machine without optimisation.
const SLOWEST: Duration = Duration::from_secs(20);
/// Time after which a target takes no more variants; every file itself is always tried.
const ENOUGH: Duration = Duration::from_secs(20);

/// The folder of real media; `None`, and a word about it, where it is missing.
fn media() -> Option<PathBuf> {
    let folder = std::env::var_os("TRELLIS_MEDIA").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/media"));
    if !folder.is_dir() {
        println!("skipped: no media");
        return None;
    }
    Some(folder)
}

/// The files of a folder and of the folders in it, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// An input cut short and bent, in a few ways that depend on nothing but the input.
fn variants(input: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64 ^ input.len() as u64;
    (0..if input.is_empty() { 0 } else { 8 }).map(move |round| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Bent near the start as often as elsewhere: the headers are there.
        let reach = if round % 2 == 0 { input.len() } else { input.len().min(64) };
        let place = (random >> 33) as usize % reach;
        if round < 2 {
            return input[..place].to_vec();
        }
        let mut bent = input.to_vec();
        bent[place] = if round % 3 == 0 { 0xff } else { bent[place] ^ (1 << (random >> 20 & 7)) };
        bent
    })
}

/// Runs a target over folders of files.
fn run(name: &str, target: fn(&[u8]), folders: &[PathBuf]) {
    let begun = Instant::now();
    let timed = |input: &[u8], path: &Path| {
        let begun = Instant::now();
        target(input);
        assert!(begun.elapsed() < SLOWEST, "{name} took {:?} over {}", begun.elapsed(), path.display());
    };
    let (mut count, mut bent) = (0, 0);
    for path in folders.iter().flat_map(|folder| files(folder)) {
        let input = std::fs::read(&path).unwrap();
        timed(&input, &path);
        count += 1;
        for variant in variants(&input).take_while(|_| begun.elapsed() < ENOUGH) {
            timed(&variant, &path);
            bent += 1;
        }
    }
    println!("{name}: {count} files and {bent} variants in {:.1} s", begun.elapsed().as_secs_f64());
    assert!(count > 0 && bent > 0, "{name} was given nothing");
}

/// Runs a target over folders of the media folder; each target meets the corpora of all the others too.
fn run_collected(name: &str, target: fn(&[u8]), folders: &[&str]) {
    let Some(media) = media() else { return };
    let folders: Vec<PathBuf> = folders.iter().chain([&"corpora"]).map(|folder| media.join(folder)).collect();
    run(name, target, &folders);
}

#[test]
fn sdp_corpus_is_answered_or_refused() {
    run_collected("sdp", targets::sdp, &["sdp"]);
}

#[test]
fn rtp_corpus_is_depacketised_or_dropped() {
    run_collected("rtp", targets::rtp, &[]);
}

#[test]
fn rtcp_corpus_is_parsed_or_refused() {
    run_collected("rtcp", targets::rtcp, &[]);
}

#[test]
fn stun_demux_corpus_is_sorted_by_its_first_byte() {
    run_collected("stun_demux", targets::stun_demux, &[]);
}

#[test]
fn demux_corpus_ends() {
    run_collected("demux", targets::demux, &["broken", "mkv/muxer-small"]);
}

#[test]
fn jsonrpc_corpus_is_answered_in_form() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/jsonrpc");
    run("jsonrpc", targets::jsonrpc, &[seeds]);
    run_collected("jsonrpc", targets::jsonrpc, &[]);
}
