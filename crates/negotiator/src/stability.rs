//! What runs stays while little would be saved.

use crate::Cost;
use crate::Plan;
use crate::closure::Conversion;
use crate::hash::HashSet;
use crate::weight::Weight;
use trellis_media::Format;

/// By how much cheaper a plan must be, in percent of its CPU, to replace what runs, if the caller names nothing else.
pub const STABILITY_PERCENT: u64 = 10;

/// A threshold: a change of what runs must save more than so many percent of the CPU of the new plan. With 0 the
/// cheapest plan always wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(pub u32);

impl Default for Percent {
    fn default() -> Self {
        Percent(STABILITY_PERCENT as u32)
    }
}

/// What changes a search without being part of the problem.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bias {
    /// Conversions that may not be used.
    without: Vec<Conversion>,
    running: HashSet<Conversion>,
    /// What the sinks of the running plan are given, where any of them works on it.
    taken: HashSet<Format>,
    threshold: Percent,
}

impl Bias {
    /// A bias for the steps of a running plan.
    pub fn new(running: Option<&Plan>, threshold: Percent) -> Bias {
        let running = running.iter().flat_map(|plan| &plan.steps).map(|step| (step.rule, step.input, step.output));
        Bias { without: Vec::new(), running: running.collect(), taken: HashSet::default(), threshold }
    }

    /// This bias, and conversions that may not be used.
    pub fn without(mut self, without: impl IntoIterator<Item = Conversion>) -> Bias {
        self.without.extend(without);
        self
    }

    /// Whether a conversion may be used.
    pub fn allows(&self, conversion: &Conversion) -> bool {
        !self.without.contains(conversion)
    }

    /// This bias, and what the sinks of the running plan are given, for [`Bias::work`].
    pub fn taking(mut self, running: &Plan) -> Bias {
        self.taken = running.sinks.iter().flatten().map(|attachment| attachment.format).collect();
        self
    }

    /// What the search takes for an element's work on a format, for so many ends: as [`Bias::cpu`] counts.
    pub fn work(&self, format: &Format, cost: Cost, ends: u32) -> Weight {
        Weight::work(self.counted(cost.cpu, self.taken.contains(format)), cost.latency, ends)
    }

    /// What the search takes for the CPU of a conversion: in hundredths of a microsecond, and more by the threshold
    /// when it does not run yet. So a plan that stays costs at most the threshold more than the cheapest one.
    pub fn cpu(&self, conversion: &Conversion, cpu: u64) -> u64 {
        let runs = !self.running.is_empty() && self.running.contains(conversion);
        self.counted(cpu, runs)
    }

    fn counted(&self, cpu: u64, runs: bool) -> u64 {
        cpu.saturating_mul(if runs { 100 } else { 100 + u64::from(self.threshold.0) })
    }
}
