//! The structs of the Thrift interface are what the compiler makes of its files.

use std::path::Path;
use std::process::Command;

/// The compiler whose output is kept.
const COMPILER: &str = "Thrift version 0.17.0";

#[test]
fn generated_structs_are_those_of_the_interface() {
    let version = Command::new("thrift").arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if version != COMPILER {
        println!("skipped: no {COMPILER} ('{version}')");
        return;
    }
    let (folder, here) = (tempfile::tempdir().unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")));
    for name in ["types", "parameters", "filters"] {
        let interface = here.join("thrift").join(name).with_extension("thrift");
        let made = Command::new("thrift").args(["--gen", "rs", "-out"]).arg(folder.path()).arg(interface).status();
        assert!(made.unwrap().success());
        let file = Path::new(name).with_extension("rs");
        let made = std::fs::read_to_string(folder.path().join(&file)).unwrap();
        let kept = std::fs::read_to_string(here.join("src/thrift/generated").join(&file)).unwrap();
        assert!(made == kept, "{} is not current: cargo xtask thrift", file.display());
    }
}
