//! What a crowd costs behind a pad that gives certain formats.
//!
//! Given the options in force, every sink has one feeder, so pads and filters form trees, and the best formats into all
//! filters follow from the leaves: for a filter, every format that its feeder can make for it is tried, with what the
//! crowds behind it cost then. What leads the comparison (see [`Lead`]) is the filter's own affair, because sharing
//! never betters it; what remains weighs on the format as a leaf of the feeder's Steiner tree.

use super::Pad;
use super::demand::{Demands, Kind};
use super::lead::Lead;
use crate::closure::{Closure, Conversion, Origin, Reach};
use crate::exact::Goal;
use crate::forest::{Demand, Forest};
use crate::hash::HashMap;
use crate::loss::{Loss, lack};
use crate::planner::{demand, preference};
use crate::stability::Bias;
use crate::want::{Wants, usable};
use crate::weight::Weight;
use crate::{Attachment, Cost, Network, Work};
use smallvec::SmallVec;
use std::rc::Rc;
use trellis_media::{Caps, Format};

/// More formats into one filter than this are not tried, and the plan is not called proven.
const MOST_INPUTS: usize = 64;

/// What a crowd costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub lead: Lead,
    pub weight: Weight,
    pub proven: bool,
}

/// Answers that were found, for one network.
pub(crate) struct Answers<'n> {
    pub demands: Demands<'n>,
    network: &'n Network<'n>,
    /// For each pad behind which something runs, or something may not be used.
    biases: HashMap<Pad, Bias>,
    fresh: Bias,
    known: HashMap<Question, Answer>,
    /// What kinds of sinks want of everything between, by the rules that can be used.
    wants: HashMap<(Vec<usize>, Vec<usize>), Wants>,
}

/// Formats, crowd, and the pad when its bias is its own.
type Question = (SmallVec<[Format; 1]>, usize, Option<Pad>);

impl Network<'_> {
    /// Whether the elements of any of these sinks work on what they take.
    fn work_on(&self, sinks: &[Pad]) -> bool {
        let options = |sink: &Pad| self.elements.get(sink.element).map_or(&[][..], |element| &element.options);
        sinks.iter().any(|sink| options(sink).iter().any(|pads| pads.work(sink.pad) != Work::NONE))
    }
}

/// What a pad does for its crowd.
pub(crate) struct Ground {
    /// For each member of the crowd the format that it takes as it comes.
    pub passes: Vec<Option<Format>>,
    /// The converters for the others.
    pub grown: Option<(Closure, Forest)>,
    pub answer: Answer,
}

impl<'n> Answers<'n> {
    pub fn new(network: &'n Network<'n>, without: &[(Pad, Conversion)]) -> Answers<'n> {
        let fresh = Bias::new(None, network.threshold);
        let running = network.running.iter().flat_map(|running| &running.pads);
        let mut biases: HashMap<Pad, Bias> = HashMap::default();
        for pad in running {
            let works = network.work_on(&pad.sinks);
            if works || !pad.plan.steps.is_empty() {
                let bias = Bias::new(Some(&pad.plan), network.threshold);
                biases.insert(pad.pad, if works { bias.taking(&pad.plan) } else { bias });
            }
        }
        for (pad, conversion) in without {
            let bias = biases.remove(pad).unwrap_or_else(|| fresh.clone());
            biases.insert(*pad, bias.without([*conversion]));
        }
        let demands = Demands::new(network.rules, biases.keys().copied().collect());
        Answers { demands, network, biases, fresh, known: HashMap::default(), wants: HashMap::default() }
    }

    /// What a crowd costs behind a pad that gives these formats; none: that gives nothing.
    pub fn answer(&mut self, sources: &[Format], crowd: usize, pad: Pad) -> Answer {
        if sources.is_empty() {
            let lead = Lead::unserved(self.demands.crowds[crowd].sinks);
            return Answer { lead, weight: Weight::ZERO, proven: true };
        }
        let question = (sources.into(), crowd, self.biases.contains_key(&pad).then_some(pad));
        if let Some(answer) = self.known.get(&question) {
            return *answer;
        }
        let answer = self.ground(sources, crowd, pad).answer;
        self.known.insert(question, answer);
        answer
    }

    /// What a pad that gives these formats (at least one) does for a crowd.
    pub fn ground(&mut self, sources: &[Format], crowd: usize, pad: Pad) -> Ground {
        let members = Rc::clone(&self.demands.crowds[crowd].members);
        let mut answer = Answer { lead: Lead::default(), weight: Weight::ZERO, proven: true };
        let mut passes = Vec::with_capacity(members.len());
        for (kind, count) in members.iter() {
            let pass = self.pass(sources, *kind, pad);
            if let Some((_, lead, weight)) = pass {
                answer.lead = answer.lead + lead.times(*count);
                answer.weight = answer.weight.plus(weight.times(*count));
            }
            passes.push(pass.map(|(format, _, _)| format));
        }
        if passes.iter().all(Option::is_some) {
            return Ground { passes, grown: None, answer };
        }
        let converted: Vec<(usize, u32)> =
            members.iter().zip(&passes).filter(|(_, pass)| pass.is_none()).map(|(member, _)| *member).collect();
        let closure = self.closure(sources, &converted, pad);
        let demands: Vec<Option<Demand>> =
            converted.iter().map(|(kind, count)| self.member((&closure, pad), (*kind, *count), &mut answer)).collect();
        let forest = Forest::grow(&closure, &demands);
        answer.weight = answer.weight.plus(forest.weight);
        answer.proven &= forest.proven;
        Ground { passes, grown: Some((closure, forest)), answer }
    }

    /// The format that a sink takes as it comes, with what it costs: an end always takes one if it can; a filter for
    /// certain when nothing at all has to be done in it and behind it either.
    fn pass(&mut self, sources: &[Format], kind: usize, pad: Pad) -> Option<(Format, Lead, Weight)> {
        let caps = self.demands.kinds[kind].caps;
        let accepted = |source: &Format| Some((caps.preference(source)?, lack(source, sources), *source));
        let accepted = sources.iter().filter_map(accepted);
        if self.demands.kinds[kind].behind.is_empty() {
            let weight = |one: usize, format: &Format| self.work(kind, format, pad).plus(preference(caps, one, format));
            let weighed = accepted.map(|(one, loss, format)| (one, loss, weight(one, &format), format));
            let (_, loss, weight, format) = weighed.min_by_key(|(one, loss, weight, _)| (*one, *loss, *weight))?;
            return Some((format, Lead::loss(loss, 1), weight));
        }
        let work = self.demands.kinds[kind].work;
        let best: SmallVec<[Format; 4]> = accepted
            .filter(|(one, loss, _)| *one == 0 && *loss == Loss::default())
            .filter(|(one, _, format)| preference(caps, *one, format) == Weight::ZERO)
            .filter(|(_, _, format)| work.cost(format) == Cost::default())
            .map(|(_, _, format)| format)
            .collect();
        let nothing = |answer: Answer| answer.lead == Lead::default() && answer.weight == Weight::ZERO && answer.proven;
        let format = best.into_iter().find(|format| nothing(self.behind(kind, format)))?;
        Some((format, Lead::default(), Weight::ZERO))
    }

    fn closure(&mut self, sources: &[Format], converted: &[(usize, u32)], pad: Pad) -> Closure {
        let rules = self.network.rules;
        let kinds: Vec<usize> = converted.iter().map(|(kind, _)| *kind).collect();
        let usable = usable(sources, rules);
        let all = &self.demands.kinds;
        let alternatives = |kind: &usize| all[*kind].caps.alternatives().iter().chain(&*all[*kind].asks);
        let wants = self
            .wants
            .entry((kinds, usable))
            .or_insert_with_key(|(kinds, usable)| Wants::new(kinds.iter().flat_map(alternatives), rules, usable));
        let bias = self.biases.get(&pad).unwrap_or(&self.fresh);
        let origin = Origin { sources, rules, bias };
        let caps: Vec<&Caps> = converted.iter().map(|(kind, _)| all[*kind].caps).collect();
        let ends_only = converted.iter().all(|(kind, _)| all[*kind].behind.is_empty());
        Closure::new(origin, wants, if ends_only { Reach::Met(&caps) } else { Reach::End })
    }

    /// What a member of a crowd asks of the pad; `None` when it cannot be served.
    fn member(
        &mut self,
        (closure, pad): (&Closure, Pad),
        (kind, count): (usize, u32),
        sum: &mut Answer,
    ) -> Option<Demand> {
        let (lead, demand) = if self.demands.kinds[kind].behind.is_empty() {
            let mut demand = demand(closure, self.demands.kinds[kind].caps, count);
            for (format, weight) in demand.iter_mut().flat_map(|demand| &mut demand.goal.formats) {
                *weight = weight.plus(self.work(kind, &closure.formats[*format], pad));
            }
            let losses =
                demand.iter().flat_map(|demand| &demand.goal.formats).map(|(format, _)| closure.losses[*format]);
            (losses.min().map_or(Lead::unserved(1), |loss| Lead::loss(loss, 1)), demand)
        } else {
            match self.filter((closure, pad), kind, &mut sum.proven) {
                Some((lead, goal)) => (lead, Some(Demand { goal, count })),
                None => (Lead::unserved(self.demands.kinds[kind].sinks), None),
            }
        };
        sum.lead = sum.lead + lead.times(count);
        demand
    }

    /// The formats that are best for a filter and what is behind it, and what leads the comparison then.
    fn filter(&mut self, (closure, pad): (&Closure, Pad), kind: usize, proven: &mut bool) -> Option<(Lead, Goal)> {
        let ends = self.demands.kinds[kind].ends;
        let mut inputs = closure.accepted(self.demands.kinds[kind].caps);
        inputs.sort_by_key(|(format, _)| (closure.losses[*format], *format));
        *proven &= inputs.len() <= MOST_INPUTS;
        inputs.truncate(MOST_INPUTS);
        let mut best: Option<Lead> = None;
        let mut formats: Vec<(usize, Weight)> = Vec::new();
        for (format, alternative) in inputs {
            let before = Lead::loss(closure.losses[format], ends);
            if best.is_some_and(|best| best < before) {
                break;
            }
            let behind = self.behind(kind, &closure.formats[format]);
            *proven &= behind.proven;
            let lead = before + behind.lead;
            if best.is_none_or(|best| lead < best) {
                best = Some(lead);
                formats.clear();
            }
            if best == Some(lead) {
                let taken = preference(self.demands.kinds[kind].caps, alternative, &closure.formats[format]);
                let work = self.work(kind, &closure.formats[format], pad);
                formats.push((format, behind.weight.plus(work).plus(taken)));
            }
        }
        Some((best?, Goal { formats, sinks: ends }))
    }

    /// What it weighs that a pad's sink takes a format.
    fn work(&self, kind: usize, format: &Format, pad: Pad) -> Weight {
        let Kind { work, ends, .. } = &self.demands.kinds[kind];
        self.biases.get(&pad).unwrap_or(&self.fresh).work(format, work.cost(format), *ends)
    }

    /// What everything behind a filter costs when this format comes in.
    fn behind(&mut self, kind: usize, input: &Format) -> Answer {
        let mut sum = Answer { lead: Lead::default(), weight: Weight::ZERO, proven: true };
        for place in 0..self.demands.kinds[kind].behind.len() {
            let behind = self.demands.kinds[kind].behind[place];
            let output = behind.follows.format(input);
            let answer = self.answer(output.as_slice(), behind.crowd, behind.pad);
            sum.lead = sum.lead + answer.lead;
            sum.weight = sum.weight.plus(answer.weight);
            sum.proven &= answer.proven;
        }
        sum
    }
}

impl Ground {
    /// What feeds a member of the crowd, by its place.
    pub fn attachment(&self, member: usize) -> Option<Attachment> {
        if let Some(format) = self.passes[member] {
            return Some(Attachment { step: None, format });
        }
        let (closure, forest) = self.grown.as_ref()?;
        let place = self.passes[..member].iter().filter(|pass| pass.is_none()).count();
        forest.attachment(closure, place)
    }
}
