//! What a live source's sink loses when it falls behind: encoded video up to the next keyframe, of raw media the
//! oldest. Losses are counted.

use crate::slot::{Entry, Slot};
use trellis_media::{Carriage, Kind};

/// How room was made in a full inbox.
pub(crate) enum Verdict {
    /// Something old was dropped: the new item may go in.
    Room,
    /// The new item is dropped, and all that follow up to a keyframe.
    WaitForKeyframe,
}

/// Makes room in the full inbox of a live node.
pub(crate) fn make_room(slot: &mut Slot, input: usize) -> Verdict {
    slot.counters.dropped_late += 1;
    let encoded_video = slot.inputs.get(input).is_some_and(|pad| {
        pad.kind == Kind::Video && pad.format.and_then(|format| format.carriage()) != Some(Carriage::Raw)
    });
    if encoded_video {
        return Verdict::WaitForKeyframe;
    }
    let oldest = slot.inbox.iter().position(|entry| matches!(entry, Entry::Item(at, _) if *at == input));
    if let Some(position) = oldest {
        slot.inbox.remove(position);
        slot.queued -= 1;
    }
    Verdict::Room
}
