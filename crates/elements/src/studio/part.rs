//! What a pipeline knows of each of its elements beside what the graph does: enough to connect by kind.

use crate::studio::flow::Origin;
use std::sync::Arc;
use trellis_graph::Element;
use trellis_media::Kind;

/// What an element wants to be told, and whether it is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Player,
    Recorder,
    Mixer,
    /// See [`crate::program::source`].
    Source,
    /// See [`crate::program::sink`].
    Sink,
    Other,
}

/// An element of the pipeline.
pub(super) struct Part {
    pub name: Arc<str>,
    pub role: Role,
    sinks: Vec<SinkPad>,
    sources: Vec<Kind>,
    /// What a player's file holds; `None` for what gives whatever its pads are for.
    pub tracks: Option<Vec<Kind>>,
    /// Where the chain that it stands in begins, when that is a source that can be told to stand still.
    pub origin: Option<Origin>,
}

struct SinkPad {
    kind: Kind,
    connected: bool,
}

impl Part {
    pub fn of(element: &Element, role: Role) -> Part {
        let sinks = element.sinks.iter().map(|pad| SinkPad { kind: pad.kind, connected: false });
        let sources = element.sources.iter().map(|pad| pad.kind);
        Part {
            name: Arc::clone(&element.name),
            role,
            sinks: sinks.collect(),
            sources: sources.collect(),
            tracks: None,
            origin: None,
        }
    }

    /// Kinds of media that come out of it: what its file holds, or what comes in where anything comes in.
    pub fn gives(&self) -> Vec<Kind> {
        let comes = |kind: Kind| match &self.tracks {
            Some(tracks) => tracks.contains(&kind),
            None => self.sinks.is_empty() || self.sinks.iter().any(|pad| pad.kind == kind && pad.connected),
        };
        Kind::ALL.iter().copied().filter(|kind| self.source(*kind).is_some() && comes(*kind)).collect()
    }

    /// The first source pad of a kind.
    pub fn source(&self, kind: Kind) -> Option<usize> {
        self.sources.iter().position(|source| *source == kind)
    }

    /// The first sink pad of a kind.
    pub fn sink(&self, kind: Kind) -> Option<usize> {
        self.sinks.iter().position(|pad| pad.kind == kind)
    }

    pub fn has_sink(&self, sink: usize) -> bool {
        sink < self.sinks.len()
    }

    pub fn set_connected(&mut self, sink: usize, connected: bool) {
        if let Some(pad) = self.sinks.get_mut(sink) {
            pad.connected = connected;
        }
    }

    pub fn is_connected(&self, sink: usize) -> bool {
        self.sinks.get(sink).is_some_and(|pad| pad.connected)
    }

    /// Whether anything is.
    pub fn is_fed(&self) -> bool {
        self.sinks.iter().any(|pad| pad.connected)
    }
}
