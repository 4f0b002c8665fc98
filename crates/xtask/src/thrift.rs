//! `cargo xtask thrift`: makes the structs of the Thrift interface anew, with the compiler of Debian.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::packages::{self, Purpose};
use crate::{run, workspace};

/// The interface files that Rust is made of. The methods of the services are read and answered without generated code.
const MADE: [&str; 3] = ["types", "parameters", "filters"];
/// The compiler whose output is kept; another one writes other code.
const COMPILER: &str = "Thrift version 0.17.0";

/// Makes every file anew.
///
/// # Errors
/// When there is no compiler, or it is another one.
pub fn thrift() -> Result<()> {
    packages::ensure(Purpose::Thrift)?;
    let version = run::answer("thrift", &["--version"]).unwrap_or_default();
    if version.trim() != COMPILER {
        bail!("'{COMPILER}' is wanted, as Debian 12 has it; this is '{}'", version.trim());
    }
    let control = workspace::root().join("crates").join("control");
    let generated = control.join("src").join("thrift").join("generated");
    for name in MADE {
        let interface = control.join("thrift").join(format!("{name}.thrift"));
        run::must(run::command("thrift", ["--gen", "rs", "-out"]).arg(&generated).arg(interface))?;
        let made: PathBuf = generated.join(format!("{name}.rs"));
        let size = fs::metadata(&made).with_context(|| made.display().to_string())?.len();
        println!("{}: {size} bytes", made.display());
    }
    Ok(())
}
