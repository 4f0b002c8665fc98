//! Players: media as sources, from files and from networks.

mod fed;
mod feed;
mod node;

pub(crate) use fed::{FedCommand, FedNode, Uploading};
pub(crate) use feed::{Failure, Feed, Reading, Source};
pub use node::{Pace, PlayerCommand, PlayerEvent, PlayerNode};

use crate::pads::{sinks, sources};
use std::path::{Path, PathBuf};
use trellis_containers::{ContainerError, Demuxer, Track};
use trellis_graph::{Element, Node};
use trellis_media::Caps;

/// A player, ready to be put into a pipeline, and what its file holds.
pub struct Opened {
    /// The element.
    pub element: Element,
    /// The tracks of the file.
    pub tracks: Vec<Track>,
}

/// Opens a file for playing.
pub fn open(name: &str, path: &Path, pace: Pace) -> Result<Opened, ContainerError> {
    let (demuxer, tracks) = Demuxer::open(path)?;
    Ok(Opened { element: element(name, PlayerNode::opened(demuxer, tracks.clone(), pace)), tracks })
}

/// A player of a file that is opened when it is first played.
pub fn later(name: &str, path: PathBuf, pace: Pace) -> Element {
    element(name, PlayerNode::new(path, pace))
}

/// A player of what comes over a network.
pub(crate) fn fed(name: &str, node: FedNode) -> Element {
    element(name, node)
}

fn element(name: &str, node: impl Node + 'static) -> Element {
    let node = Box::new(node);
    Element { name: name.into(), sinks: sinks(|_| Caps::none()), sources: sources(), live: false, node }
}
