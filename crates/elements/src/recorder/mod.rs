//! Recorders: what comes is stored as it comes, when the container takes it.

mod node;
mod sending;
pub(crate) mod tracks;

pub use node::{AtEnd, RecorderCommand, RecorderEvent, RecorderNode};
pub(crate) use sending::Destination;

use crate::pads::{sinks, sources};
use std::path::PathBuf;
pub use trellis_containers::ContainerKind;
use trellis_containers::accepts;
use trellis_graph::Element;
use trellis_media::{Caps, Kind};

/// What a recording holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The container.
    pub container: ContainerKind,
    /// Whether sound is recorded.
    pub audio: bool,
    /// Whether pictures are recorded.
    pub video: bool,
}

impl Profile {
    /// Sound and pictures in this container.
    pub fn of(container: ContainerKind) -> Profile {
        Profile { container, audio: true, video: true }
    }

    /// Whether one kind of media is recorded.
    pub fn has(&self, kind: Kind) -> bool {
        match kind {
            Kind::Audio => self.audio,
            Kind::Video => self.video,
            Kind::Data => false,
        }
    }

    /// What a sink pad of this recording accepts.
    pub fn caps(&self, kind: Kind) -> Caps {
        if self.has(kind) { accepts(self.container, kind) } else { Caps::none() }
    }
}

/// A recorder of a profile into a file, which stops at the end of what it records.
pub fn element(name: &str, path: PathBuf, profile: Profile) -> Element {
    of(name, RecorderNode::new(path, profile.container), profile)
}

/// A recorder with a node that was made for the profile.
pub(crate) fn of(name: &str, node: RecorderNode, profile: Profile) -> Element {
    Element {
        name: name.into(),
        sinks: sinks(|kind| profile.caps(kind)),
        sources: sources(),
        live: false,
        node: Box::new(node),
    }
}
