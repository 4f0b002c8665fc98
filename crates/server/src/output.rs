//! Standard output, read by people and by other programs.

use std::io::{ErrorKind, Write};

/// Prints a text. Whoever reads may stop reading early (`trellis inspect | head`): that is no error.
pub fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
