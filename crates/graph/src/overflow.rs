//! What may go into the inbox of a heavy node. Of a live source that its sink cannot follow is lost: encoded video up
//! to the next keyframe, of raw media the oldest; losses are counted. What is no item is not lost, but what a newer
//! entry makes useless gives way to it, so that every inbox is bounded.

use crate::inbox::{Entry, Queued};
use crate::node::Request;
use crate::slot::Slot;
use trellis_media::{Carriage, Kind};

/// Commands that may wait for one node; more than an application can mean.
const MAX_COMMANDS: usize = 1_024;

/// What becomes of an entry.
pub(crate) enum Verdict {
    /// It goes in.
    Room,
    /// It is dropped, or one that waits already does for both.
    Drop,
    /// It is dropped, and all that follow into this input up to a keyframe.
    WaitForKeyframe(usize),
}

/// Makes room for an entry, or says that there is none.
pub(crate) fn admit(slot: &mut Slot, entry: &Entry) -> Verdict {
    match entry {
        Entry::Item(input, _) if slot.live && slot.is_full(*input) => make_room(slot, *input),
        Entry::Item(..) => Verdict::Room,
        Entry::Command(_) if slot.inbox.commands >= MAX_COMMANDS => {
            slot.counters.dropped_late += 1;
            tracing::warn!(node = %slot.name, "a node does not come to its commands; one is dropped");
            Verdict::Drop
        }
        Entry::Command(_) => Verdict::Room,
        _ => coalesce(slot, entry),
    }
}

fn make_room(slot: &mut Slot, input: usize) -> Verdict {
    slot.counters.dropped_late += 1;
    let encoded_video = slot.inputs.get(input).is_some_and(|pad| {
        pad.kind == Kind::Video && pad.format.and_then(|format| format.carriage()) != Some(Carriage::Raw)
    });
    if encoded_video {
        return Verdict::WaitForKeyframe(input);
    }
    let queue = &mut slot.inbox.queue;
    let oldest = queue.iter().position(|queued| matches!(queued.entry, Entry::Item(at, _) if at == input));
    match oldest.and_then(|position| queue.remove(position)) {
        Some(_) => {
            slot.inbox.items -= 1;
            Verdict::Room
        }
        // All that wait are in the hands of a job.
        None => Verdict::Drop,
    }
}

/// Of what is said about one pad and waits, only the last counts. It keeps its order with the items.
fn coalesce(slot: &mut Slot, entry: &Entry) -> Verdict {
    let queue = &mut slot.inbox.queue;
    let same = |queued: &Queued| match (&queued.entry, entry) {
        (Entry::Wake, Entry::Wake) => true,
        (Entry::Request(waiting, Request::Keyframe), Entry::Request(output, Request::Keyframe))
        | (Entry::Request(waiting, Request::Bitrate(_)), Entry::Request(output, Request::Bitrate(_))) => {
            waiting == output
        }
        (Entry::Format(waiting, _), Entry::Format(input, _)) | (Entry::End(waiting), Entry::End(input)) => {
            waiting == input
        }
        _ => false,
    };
    match entry {
        Entry::Wake | Entry::Request(_, Request::Keyframe) => match queue.iter().any(same) {
            true => Verdict::Drop,
            false => Verdict::Room,
        },
        Entry::Request(_, Request::Bitrate(_)) => {
            if let Some(waiting) = queue.iter().position(same) {
                queue.remove(waiting);
            }
            Verdict::Room
        }
        // What came into the pad since the last one belongs to that one.
        _ => {
            let last = queue.iter().rposition(|queued| queued.entry.input() == entry.input());
            if let Some(last) = last.filter(|last| same(&queue[*last])) {
                queue.remove(last);
            }
            Verdict::Room
        }
    }
}
