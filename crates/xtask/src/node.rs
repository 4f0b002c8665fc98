//! Node and the packages of the browser tests.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::{run, workspace};

/// The oldest Node whose own test runner has what we use (Debian 12 has 18.20).
const OLDEST: u32 = 18;

/// Whether a Node that is new enough, and npm, are on the path.
pub fn is_usable() -> bool {
    let version = run::answer("node", &["--version"]).and_then(|text| major(&text));
    version.is_some_and(|version| version >= OLDEST) && run::answer("npm", &["--version"]).is_some()
}

/// Installs the browser tests' packages as their lock file says; does nothing, and needs no network, when the lock is
/// the one that was installed last.
///
/// # Errors
/// When Node is missing or too old, or npm fails.
pub fn install() -> Result<()> {
    if !is_usable() {
        bail!("Node {OLDEST} or later with npm is needed on the path");
    }
    let folder = workspace::browser_tests();
    let lock = fs::read(folder.join("package-lock.json")).context("tests/browser/package-lock.json")?;
    if fs::read(stamp()).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    run::must(run::command("npm", arguments).current_dir(&folder))?;
    fs::write(stamp(), lock).context("writing the stamp of the installed packages")
}

/// A copy of the lock file that was installed. It lies within `node_modules`, so that it goes when that goes.
fn stamp() -> PathBuf {
    workspace::browser_tests().join("node_modules").join(".installed-lock.json")
}

fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_node_prints_them() {
        assert_eq!(major("v18.20.4\n"), Some(18));
        assert_eq!(major("20.1.0"), None);
    }
}
