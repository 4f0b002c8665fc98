//! What waits for a heavy node.

use crate::node::{Command, Request};
use std::collections::VecDeque;
use trellis_media::{Format, Item, MediaTime};

/// The inbox of a heavy node; of an inline node always empty. [`crate::overflow`] bounds it.
#[derive(Default)]
pub(crate) struct Inbox {
    pub queue: VecDeque<Queued>,
    /// Items that wait, those in the hands of a job included.
    pub items: usize,
    /// Commands among the entries.
    pub commands: usize,
}

/// An entry, and since when it waits.
pub(crate) struct Queued {
    pub at: MediaTime,
    pub entry: Entry,
}

/// What a node can be given.
pub(crate) enum Entry {
    Item(usize, Item),
    Format(usize, Format),
    End(usize),
    Request(usize, Request),
    Wake,
    Command(Command),
}

impl Inbox {
    pub fn push(&mut self, entry: Entry, now: MediaTime) {
        self.items += usize::from(matches!(entry, Entry::Item(..)));
        self.commands += usize::from(entry.is_command());
        self.queue.push_back(Queued { at: now, entry });
    }

    pub fn clear(&mut self) {
        *self = Inbox::default();
    }

    pub fn first_item(&self) -> Option<&Item> {
        self.queue.iter().find_map(|queued| match &queued.entry {
            Entry::Item(_, item) => Some(item),
            _ => None,
        })
    }

    /// Items of one input that wait; those in the hands of a job are not told apart.
    pub fn waiting(&self, input: usize) -> usize {
        self.queue.iter().filter(|queued| matches!(queued.entry, Entry::Item(at, _) if at == input)).count()
    }

    /// How long the oldest entry has waited.
    pub fn age(&self, now: MediaTime) -> MediaTime {
        self.queue.front().map_or(MediaTime::ZERO, |queued| now - queued.at)
    }
}

impl Entry {
    pub fn is_command(&self) -> bool {
        matches!(self, Entry::Command(_))
    }

    /// The input that it comes into.
    pub fn input(&self) -> Option<usize> {
        match self {
            Entry::Item(input, _) | Entry::Format(input, _) | Entry::End(input) => Some(*input),
            Entry::Request(..) | Entry::Wake | Entry::Command(_) => None,
        }
    }
}
