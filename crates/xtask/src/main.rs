//! Set-up, run, test and bench commands.
fn main() {}
