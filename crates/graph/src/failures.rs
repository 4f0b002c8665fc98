//! A converter that fails: its tree is planned anew at once, so that those behind it go on.
//!
//! The first time a fresh one takes its place. One that fails again within a short time is not used any more behind
//! its source pad: another way is taken if there is one, else those that need it are told of as not served. That ends
//! when the source gives another format, or feeds nobody.

use crate::inbox::Entry;
use crate::machine::Machine;
use crate::node::{NodeError, Notice};
use crate::slot::ElementId;
use trellis_media::MediaTime;
use trellis_negotiator::Conversion;

/// A converter that fails twice within this time is not used any more.
const TOGETHER: MediaTime = MediaTime::from_secs(10);
/// Failed conversions of one tree that are remembered; the oldest is forgotten.
const MOST_REMEMBERED: usize = 16;

/// The conversions of a tree that failed.
#[derive(Default)]
pub(crate) struct Failures(Vec<Failure>);

struct Failure {
    conversion: Conversion,
    at: MediaTime,
    avoided: bool,
}

impl Failures {
    /// Notes a failure. Whether it is the first in a while: then a fresh converter will do.
    fn note(&mut self, conversion: Conversion, now: MediaTime) -> bool {
        if let Some(known) = self.0.iter_mut().find(|known| known.conversion == conversion) {
            known.avoided |= now - known.at < TOGETHER;
            known.at = now;
            return !known.avoided;
        }
        if self.0.len() == MOST_REMEMBERED {
            self.0.remove(0);
        }
        self.0.push(Failure { conversion, at: now, avoided: false });
        true
    }

    /// The conversions that are not used any more.
    pub fn avoided(&self) -> impl Iterator<Item = Conversion> {
        self.0.iter().filter(|failure| failure.avoided).map(|failure| failure.conversion)
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl Machine {
    /// A converter behind a source pad of `owner` could not go on.
    pub fn converter_failed(&mut self, node: ElementId, owner: ElementId, error: &NodeError) {
        let Some(name) = self.slots.get(node).map(|slot| slot.name.clone()) else { return };
        let Some((output, conversion)) = self.conversion_of(node, owner) else { return };
        let now = self.now;
        let first = self.tree_mut(owner, output).is_none_or(|tree| tree.failures.note(conversion, now));
        let notice = match first {
            true => Notice::Error(NodeError::new(format_args!("{name}: {error}"))),
            false => Notice::Warning(NodeError::new(format_args!("{name}: {error}; it is not used any more"))),
        };
        self.effects.outside.notices.push((owner, notice));
        for pad in self.fed_through(node) {
            self.forget_new(pad);
        }
        let behind = self.slots.get(node).map(|slot| slot.outputs[0].targets.clone()).unwrap_or_default();
        self.replan(owner, output);
        for target in behind {
            let pad = (target.node, target.input);
            match self.slots.get(target.node).map(|slot| slot.is_element()) {
                // What the converters behind it hold comes out: it is the last of the old way.
                Some(false) => self.later(target.node, Entry::End(target.input)),
                Some(true) if self.handover(pad).is_some_and(|handover| handover.old.0 == node) => {
                    self.give_up_old(pad)
                }
                _ => {}
            }
        }
    }

    /// The output behind which a converter runs, and what it converts.
    fn conversion_of(&self, node: ElementId, owner: ElementId) -> Option<(usize, Conversion)> {
        let outputs = self.slots.get(owner)?.outputs.iter().enumerate();
        let mut running = outputs.flat_map(|(output, pad)| {
            pad.tree.iter().flat_map(|tree| &tree.running).map(move |running| (output, running))
        });
        let (output, running) = running.find(|(_, running)| running.node == node)?;
        Some((output, (running.rule, running.input, running.output)))
    }

    /// The names of the converters that a tree does without because they failed.
    pub fn named_failures(&self, failures: &Failures) -> String {
        let name = |(rule, ..): Conversion| self.registry.rules().get(rule).map(|rule| rule.name.to_string());
        failures.avoided().filter_map(name).collect::<Vec<String>>().join(", ")
    }
}
