//! How many encoders may run: a bound that several pipelines share.
//!
//! A plan that wants more than there is room for is made anew without the encoders that there is no room for: another
//! way that needs none is taken, who shares what runs is served, and the other sinks are told why not. They are thought
//! of again every [`AGAIN`], and whenever the tree is planned anew.

use crate::deadlines::Timer;
use crate::machine::Machine;
use crate::slot::ElementId;
use crate::tree::Tree;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use trellis_media::MediaTime;
use trellis_negotiator::{Conversion, Plan};

/// How often sinks that there is no encoder for are thought of.
const AGAIN: MediaTime = MediaTime::from_secs(1);

/// Room for a number of encoders. Clones share it.
#[derive(Clone, Debug)]
pub struct EncoderAllowance(Arc<Room>);

#[derive(Debug)]
struct Room {
    limit: usize,
    taken: AtomicUsize,
}

impl EncoderAllowance {
    /// Room for this many.
    pub fn new(limit: usize) -> EncoderAllowance {
        EncoderAllowance(Arc::new(Room { limit, taken: AtomicUsize::new(0) }))
    }

    /// How many there may be.
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// How many there are.
    pub fn taken(&self) -> usize {
        self.0.taken.load(Ordering::Acquire)
    }

    /// Whether anybody else holds it.
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// Takes a place though there may be none: for an encoder in place of one that is about to go.
    fn take_anyway(&self) -> Permit {
        self.0.taken.fetch_add(1, Ordering::AcqRel);
        Permit(Arc::clone(&self.0))
    }

    fn take(&self) -> Option<Permit> {
        let room = |taken: usize| (taken < self.0.limit).then_some(taken + 1);
        self.0.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, room).ok()?;
        Some(Permit(Arc::clone(&self.0)))
    }
}

/// Room for one encoder, until it is dropped.
struct Permit(Arc<Room>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The encoders of one pipeline.
pub(crate) struct Encoders {
    allowance: EncoderAllowance,
    /// By converter.
    permits: HashMap<ElementId, Permit>,
    /// For the plan that is being changed to.
    ready: Vec<Permit>,
}

impl Machine {
    /// From now on encoders count.
    pub fn set_encoder_allowance(&mut self, allowance: EncoderAllowance) {
        self.encoders = Some(Box::new(Encoders { allowance, permits: HashMap::new(), ready: Vec::new() }));
    }

    /// A plan that there is room for, and whether that is not the one that was wanted.
    pub fn affordable(&mut self, tree: &Tree, plan: Option<Plan>) -> (Option<Plan>, bool) {
        let Some(mut encoders) = self.encoders.take() else { return (plan, false) };
        let mut plan = plan;
        let mut denied: Vec<Conversion> = Vec::new();
        // Each time round something more is denied, and there are only so many conversions.
        while let Some(wanted) = &plan {
            let new = new_encoders(tree, wanted);
            while encoders.ready.len() < new.len() {
                let Some(permit) = encoders.allowance.take() else { break };
                encoders.ready.push(permit);
            }
            let missing = &new[encoders.ready.len().min(new.len())..];
            if missing.is_empty() {
                break;
            }
            denied.extend(missing);
            plan = tree.format.map(|source| self.plan_without(tree, source, &denied));
        }
        self.encoders = Some(encoders);
        (plan, !denied.is_empty())
    }

    /// An encoder has been made by a plan that there is room for. One that was thought to run already, and cannot be used
    /// again, counts beside the old one until that is gone.
    pub fn note_encoder(&mut self, node: ElementId) {
        if let Some(encoders) = &mut self.encoders {
            let permit = encoders.ready.pop().unwrap_or_else(|| encoders.allowance.take_anyway());
            encoders.permits.insert(node, permit);
        }
    }

    /// The plan is changed to: what it did not need is left to others.
    pub fn leave_encoders(&mut self, source: (ElementId, usize), denied: bool) {
        if let Some(encoders) = &mut self.encoders {
            encoders.ready.clear();
        }
        if denied {
            self.deadlines.set(self.now + AGAIN, Timer::Denied(source.0, source.1));
        }
    }

    /// A converter is gone.
    pub fn forget_encoder(&mut self, node: ElementId) {
        if let Some(encoders) = &mut self.encoders {
            encoders.permits.remove(&node);
        }
    }

    /// Whether there is room now for what there was none for.
    pub fn denied_due(&mut self, key: ElementId, output: usize) {
        let room =
            self.encoders.as_ref().is_some_and(|encoders| encoders.allowance.taken() < encoders.allowance.limit());
        let denied = self.tree_mut(key, output).is_some_and(|tree| tree.denied);
        match (denied, room) {
            (true, true) => self.replan(key, output),
            (true, false) => self.deadlines.set(self.now + AGAIN, Timer::Denied(key, output)),
            (false, _) => {}
        }
    }

    /// Why a tree has sinks that there is no encoder for, in words; nothing where none is denied.
    pub fn named_denial(&self, tree: &Tree) -> String {
        match &self.encoders {
            Some(encoders) if tree.denied => {
                format!("; quota 'encoders' is reached: at most {}", encoders.allowance.limit())
            }
            _ => String::new(),
        }
    }
}

/// The encoders of a plan that do not run yet.
fn new_encoders(tree: &Tree, plan: &Plan) -> Vec<Conversion> {
    let mut running: Vec<Conversion> =
        tree.running.iter().map(|running| (running.rule, running.input, running.output)).collect();
    let lossy = plan.steps.iter().filter(|step| step.cost.generations > 0);
    let conversions = lossy.map(|step| (step.rule, step.input, step.output));
    conversions
        .filter(|conversion| match running.iter().position(|running| running == conversion) {
            Some(place) => {
                running.swap_remove(place);
                false
            }
            None => true,
        })
        .collect()
}
