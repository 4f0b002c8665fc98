//! The converters of a tree that the plan wants no more: old ways of handovers, what empties itself, and what is kept
//! for a while in case somebody comes back.

use crate::deadlines::Timer;
use crate::inbox::Entry;
use crate::machine::Machine;
use crate::slot::{ElementId, LinkState};
use trellis_media::{Format, MediaTime};
use trellis_negotiator::Step;

/// How long a converter is kept that nobody needs any more, unless the pipeline is told otherwise.
pub(crate) const HOLD: MediaTime = MediaTime::from_secs(1);
/// Converters of one tree that are kept so.
const MAX_IDLE: usize = 8;

/// A converter of a tree.
#[derive(Clone)]
pub(crate) struct Running {
    pub node: ElementId,
    /// `None`: the source pad itself.
    pub parent: Option<ElementId>,
    pub rule: usize,
    pub input: Format,
    pub output: Format,
    pub state: RunState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunState {
    /// A step of the plan.
    Wanted,
    /// No step any more, but the old way of a handover: still fed.
    Leaving,
    /// Fed no more, and told so: what it holds comes out.
    Emptying,
    /// Fed no more, and kept until then.
    Idle(MediaTime),
    /// To be taken out.
    Gone,
}

impl RunState {
    pub fn is_fed(self) -> bool {
        matches!(self, RunState::Wanted | RunState::Leaving)
    }
}

impl Running {
    pub fn is(&self, step: &Step, parent: Option<ElementId>) -> bool {
        (self.rule, self.input, self.output, self.parent) == (step.rule, step.input, step.output, parent)
    }
}

impl Machine {
    /// Settles what becomes of the converters that are no steps of the plan.
    pub fn tidy(&mut self, key: ElementId, output: usize) {
        let Some(mut running) = self.tree_mut(key, output).map(|tree| std::mem::take(&mut tree.running)) else {
            return;
        };
        if running.iter().all(|running| running.state == RunState::Wanted) {
            return self.put_back(key, output, running);
        }
        let (feeding, draining) = self.old_ways(&running);
        let until = self.now + self.hold;
        let mut idle = 0;
        for place in (0..running.len()).rev() {
            let Running { node, state, .. } = running[place];
            running[place].state = match state {
                RunState::Wanted => state,
                _ if self.slots.get(node).is_none_or(|slot| slot.dead) => RunState::Gone,
                _ if feeding.contains(&node) => RunState::Leaving,
                _ if draining.contains(&node) => RunState::Emptying,
                RunState::Emptying | RunState::Gone => RunState::Gone,
                RunState::Idle(until) if until <= self.now || idle == MAX_IDLE => RunState::Gone,
                RunState::Idle(_) => state,
                RunState::Leaving => RunState::Idle(until),
            };
            idle += usize::from(matches!(running[place].state, RunState::Idle(_)));
            if running[place].state != state && running[place].state == RunState::Idle(until) {
                self.deadlines.set(until, Timer::Idle(key, output));
            }
        }
        self.cut_off((key, output), &running);
        running.retain(|running| running.state != RunState::Gone);
        self.put_back(key, output, running);
    }

    fn put_back(&mut self, key: ElementId, output: usize, running: Vec<Running>) {
        if let Some(tree) = self.tree_mut(key, output) {
            tree.running = running;
        }
    }

    /// The converters that old ways of handovers go through: where they must be fed, and where they must be emptied.
    fn old_ways(&self, running: &[Running]) -> (Vec<ElementId>, Vec<ElementId>) {
        let (mut feeding, mut draining) = (Vec::new(), Vec::new());
        for run in running {
            let targets = self.slots.get(run.node).into_iter().flat_map(|slot| &slot.outputs[0].targets);
            let gated = |state| matches!(state, LinkState::Leaving | LinkState::Arriving);
            for target in targets.filter(|target| gated(target.state)) {
                let pad = self.slots.get(target.node).and_then(|slot| slot.inputs.get(target.input));
                let Some(handover) = pad.and_then(|pad| pad.handover.as_deref()) else { continue };
                let fed = match target.state {
                    LinkState::Arriving => handover.last() == Some((run.node, 0)),
                    _ => handover.fed,
                };
                let way = if fed { &mut feeding } else { &mut draining };
                let mut at = Some(run.node);
                while let Some(node) = at {
                    way.push(node);
                    at = running.iter().find(|run| run.node == node).and_then(|run| run.parent);
                }
            }
        }
        (feeding, draining)
    }

    /// Takes what is no longer fed off what is, and out what is gone.
    fn cut_off(&mut self, source: (ElementId, usize), running: &[Running]) {
        for run in running.iter().filter(|run| !run.state.is_fed()) {
            let parent = running.iter().find(|parent| Some(parent.node) == run.parent);
            let fed = parent.is_none_or(|parent| parent.state.is_fed());
            let from = run.parent.map_or(source, |parent| (parent, 0));
            if run.state == RunState::Gone {
                self.unlink(from, (run.node, 0));
                self.take_out(run.node);
            } else if fed && self.target(from, (run.node, 0)).is_some() {
                self.unlink(from, (run.node, 0));
                if run.state == RunState::Emptying {
                    self.later(run.node, Entry::End(0));
                }
            }
        }
    }

    /// Takes every converter of a source pad out.
    pub fn fell(&mut self, key: ElementId, output: usize) {
        let running = self.tree_mut(key, output).map(|tree| std::mem::take(&mut tree.running)).unwrap_or_default();
        for run in running {
            self.take_out(run.node);
        }
    }
}
