//! The configuration of Kurento, read as ours: its files, and the environment of its container image.
//!
//! Every key that is known becomes a key of ours or a warning that says why it has no meaning here; a key that is not
//! known is a warning too. Nothing is dropped in silence.

mod draft;
mod environment;
mod files;
mod keys;

pub use environment::environment;
pub use files::files;

/// What a foreign configuration means.
#[derive(Debug, Default)]
pub struct Imported {
    /// Keys of ours; what was not said is not in it.
    pub table: toml::Table,
    /// What has no meaning here, or another one, in words.
    pub warnings: Vec<String>,
}
