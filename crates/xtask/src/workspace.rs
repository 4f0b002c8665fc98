//! Where things are, all relative to the workspace's root.

use std::path::{Path, PathBuf};

/// The workspace's root: two folders above this crate's manifest.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The folder that Cargo builds into.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The folder with the browser tests.
pub fn browser_tests() -> PathBuf {
    root().join("tests").join("browser")
}

/// The folder with the tests of the browser SDK that need no browser.
pub fn sdk_tests() -> PathBuf {
    root().join("tests").join("sdk")
}

/// The folder with real media, vectors and corpora, when this machine has it.
pub fn media() -> Option<PathBuf> {
    let folder = std::env::var_os("TRELLIS_MEDIA").map_or_else(|| root().join("../shared/media"), PathBuf::from);
    folder.canonicalize().ok()
}

/// A binary of ours (`trellis`, `trellis-samples`) for a profile folder (`debug` or `release`).
pub fn binary(profile: &str, name: &str) -> PathBuf {
    target().join(profile).join(name)
}
