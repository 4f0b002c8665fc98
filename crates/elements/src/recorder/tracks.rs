//! What a recorder knows of each of its tracks, and the list of tracks that the muxer is made with.

use std::sync::Arc;
use trellis_containers::TrackSpec;
use trellis_graph::NodeError;
use trellis_media::{Format, Item, MediaTime, Payload};

/// One track to be.
#[derive(Debug, Default)]
pub(crate) struct TrackState {
    expected: bool,
    ended: bool,
    format: Option<Format>,
    first: Option<Item>,
    config: Option<Arc<[u8]>>,
    muxed: Option<usize>,
    waits_for_keyframe: bool,
}

impl TrackState {
    pub fn set_expected(&mut self, expected: bool) {
        self.expected = expected;
    }

    pub fn is_expected(&self) -> bool {
        self.expected
    }

    pub fn set_format(&mut self, format: Format) {
        self.format = Some(format);
    }

    /// Whether it is known what will come.
    pub fn is_announced(&self) -> bool {
        self.format.is_some()
    }

    pub fn set_ended(&mut self) {
        self.ended = true;
    }

    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// Whether its first item has come.
    pub fn is_known(&self) -> bool {
        self.first.is_some() || self.ended
    }

    /// After a pause video goes on at a keyframe.
    pub fn resume(&mut self) {
        self.waits_for_keyframe = self.first.is_some();
    }

    /// Whether an item may be recorded: a track begins, and goes on after a pause, with a keyframe.
    pub fn admits(&mut self, item: &Item) -> bool {
        if (self.first.is_none() || self.waits_for_keyframe) && !item.starts_keyframe() {
            return false;
        }
        self.waits_for_keyframe = false;
        true
    }

    pub fn learn(&mut self, item: &Item) {
        if self.first.is_some() {
            return;
        }
        if let Payload::Frame(frame) = &item.payload {
            self.config = frame.config.clone();
        }
        self.first = Some(item.clone());
    }

    /// The track's number in the muxer.
    pub fn muxed(&self) -> Option<usize> {
        self.muxed
    }
}

/// The tracks that a muxer is made with.
pub(crate) struct TrackSpecs(Vec<TrackSpec>);

impl TrackSpecs {
    /// The tracks of which something has come, video first, each told its number.
    pub fn of(tracks: &mut [TrackState; 2]) -> Result<TrackSpecs, NodeError> {
        let mut specs = Vec::new();
        for track in tracks.iter_mut().rev() {
            if let (Some(format), Some(_)) = (track.format, &track.first) {
                track.muxed = Some(specs.len());
                specs.push(TrackSpec { format, config: track.config.clone() });
            }
        }
        if specs.is_empty() {
            return Err(NodeError::new("nothing to record has come"));
        }
        Ok(TrackSpecs(specs))
    }

    pub fn as_slice(&self) -> &[TrackSpec] {
        &self.0
    }
}

/// Moves an item's times so that `origin` becomes zero.
pub(crate) fn shift(item: &mut Item, origin: MediaTime) {
    item.time = item.time - origin;
    if let Payload::Frame(frame) = &mut item.payload {
        frame.decode_time = frame.decode_time - origin;
    }
}
