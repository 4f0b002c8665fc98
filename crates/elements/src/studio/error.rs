//! What can go wrong while a pipeline is built, and while it runs.

use crate::launch::LaunchError;
use crate::mixer::MixerError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use trellis_containers::ContainerError;
use trellis_graph::LinkError;

/// Why an element cannot be made or connected.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A file that cannot be opened, or is no media.
    #[error("{0}: {1}")]
    Open(PathBuf, ContainerError),
    /// A recording's file name that does not say which container is meant.
    #[error("{0}: a recording ends in .webm, .mp4 or .mkv")]
    Ending(PathBuf),
    /// Settings that no mixer can have.
    #[error(transparent)]
    Mixer(#[from] MixerError),
    /// Every port of the mixer is taken.
    #[error("every port of the mixer '{0}' is taken")]
    MixerIsFull(String),
    /// A socket that cannot be opened.
    #[error("UDP, {0}: {1}")]
    Socket(SocketAddr, io::Error),
    /// A payload type beyond 127 (RFC 3551).
    #[error("{0} is no payload type of RTP: 0 to 127 are")]
    PayloadType(u8),
    /// Pads that do not fit, or that are not there.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Two elements without any kind of media that the one gives and the other takes.
    #[error("'{0}' gives nothing that '{1}' has a pad for")]
    NothingInCommon(String, String),
    /// A line of text that cannot be read, or an element in it that cannot be made.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// A line of text with other ends.
    #[error(
        "a pipeline begins with a player and ends with a recorder, as in 'player uri=in.mp4 ! recorder uri=out.webm'"
    )]
    Ends,
}

/// Why a pipeline has not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// An element could not go on.
    #[error("{element}: {cause}")]
    Failed {
        /// Its name.
        element: String,
        /// What it said.
        cause: String,
    },
    /// No item has moved for a long time.
    #[error("nothing has moved for {seconds} seconds{}", warning.as_ref().map(|text| format!("; {text}")).unwrap_or_default())]
    Stalled {
        /// How long that was.
        seconds: u64,
        /// What an element warned of last.
        warning: Option<String>,
    },
}
