//! From the options in force to the plan of every pad.

use super::answer::Answers;
use super::wiring::Wiring;
use super::{Gives, MOST_FILTERS_IN_A_ROW, Network, NetworkPlan, Pad, PadPlan};
use crate::hash::HashMap;
use crate::{Cost, Plan, Unserved, Work, unserved};
use std::collections::BTreeMap;
use trellis_media::Format;

/// A source pad whose formats are known, and what was lost before it.
struct Known {
    pad: Pad,
    formats: Vec<Format>,
    /// Generations and latency on the way from the first source.
    before: Cost,
}

/// The plan of a network under these options; `proven` says whether they are known to be the best.
pub(crate) fn finish<'n>(
    wiring: &Wiring<'n>,
    answers: &mut Answers<'n>,
    choices: Vec<usize>,
    proven: bool,
) -> NetworkPlan {
    let mut finisher =
        Finisher { wiring, answers, choices: &choices, pads: BTreeMap::new(), cost: Cost::default(), proven };
    let mut known: Vec<Known> = wiring
        .sources()
        .filter_map(|pad| match &wiring.pads(pad.element, choices[pad.element]).sources[pad.pad] {
            Gives::All(formats) => Some(Known { pad, formats: formats.clone(), before: Cost::default() }),
            Gives::Follows(_) | Gives::Nothing => None,
        })
        .collect();
    while let Some(next) = known.pop() {
        known.extend(finisher.pad(next));
    }
    // Nothing comes out of what is left.
    for pad in wiring.sources() {
        if !finisher.pads.contains_key(&pad) {
            finisher.pad(Known { pad, formats: Vec::new(), before: Cost::default() });
        }
    }
    let Finisher { pads, cost, proven, .. } = finisher;
    let proven = proven && answers.demands.complete;
    NetworkPlan { choices, pads: pads.into_values().collect(), cost, without: Vec::new(), proven }
}

struct Finisher<'f, 'n> {
    wiring: &'f Wiring<'n>,
    answers: &'f mut Answers<'n>,
    choices: &'f [usize],
    pads: BTreeMap<Pad, PadPlan>,
    cost: Cost,
    proven: bool,
}

impl Finisher<'_, '_> {
    /// Plans a pad; what follows from the sinks that it feeds.
    fn pad(&mut self, known: Known) -> Vec<Known> {
        let Known { pad, formats, before } = known;
        let sinks = self.wiring.fed_by(pad).to_vec();
        let plan = self.plan(pad, &formats, &sinks);
        self.proven &= plan.proven;
        let depths = depths(&plan);
        let mut next = Vec::new();
        for (sink, attachment) in sinks.iter().zip(&plan.sinks) {
            let Some(attachment) = attachment else { continue };
            let work = self.wiring.pads(sink.element, self.choices[sink.element]).work(sink.pad);
            let work = work.cost(&attachment.format);
            let at_sink = before + attachment.step.map_or(Cost::default(), |step| depths[step]);
            let at_sink = at_sink + Cost { cpu: 0, ..work };
            self.cost.cpu = self.cost.cpu.saturating_add(work.cpu);
            let follow = self.following(*sink, &attachment.format, at_sink);
            if !follow.iter().any(|known| !self.wiring.fed_by(known.pad).is_empty()) {
                self.cost = self.cost + at_sink;
            }
            next.extend(follow);
        }
        let cpu = plan.steps.iter().fold(0, |sum: u64, step| sum.saturating_add(step.cost.cpu));
        self.cost = self.cost + Cost { cpu, ..Cost::default() };
        self.pads.insert(pad, PadPlan { pad, formats, sinks, plan });
        next
    }

    fn plan(&mut self, pad: Pad, formats: &[Format], sinks: &[Pad]) -> Plan {
        let mut plan = Plan { proven: true, ..Plan::default() };
        if sinks.is_empty() {
            return plan;
        }
        let crowd = self.answers.demands.crowd(self.wiring, self.choices, pad);
        let ground = (!formats.is_empty()).then(|| self.answers.ground(formats, crowd, pad));
        if let Some(ground) = &ground {
            plan.proven = ground.answer.proven;
            plan.steps = ground.grown.as_ref().map_or_else(Vec::new, |(closure, forest)| forest.steps(closure));
        }
        let mut reasons: HashMap<usize, Unserved> = HashMap::default();
        for (place, sink) in sinks.iter().enumerate() {
            let kind = self.answers.demands.kind(self.wiring, self.choices, *sink);
            let members = &self.answers.demands.crowds[crowd].members;
            let member = members.iter().position(|(member, _)| *member == kind);
            let attachment = ground.as_ref().zip(member).and_then(|(ground, member)| ground.attachment(member));
            if attachment.is_none() {
                let (caps, rules) = (self.answers.demands.kinds[kind].caps, self.wiring.network.rules);
                let reason = reasons.entry(kind).or_insert_with(|| unserved::explain(formats, rules, place, caps));
                plan.unserved.push(Unserved { sink: place, ..reason.clone() });
            }
            plan.sinks.push(attachment);
        }
        plan.cost = plan.total();
        plan
    }

    /// The source pads that follow from a sink pad that is given a format.
    fn following(&self, sink: Pad, given: &Format, before: Cost) -> Vec<Known> {
        let sources = self.wiring.pads(sink.element, self.choices[sink.element]).sources.iter().enumerate();
        let follow = sources.filter_map(|(pad, gives)| match gives {
            Gives::Follows(follows) if follows.sink == sink.pad => {
                let formats = follows.format(given).into_iter().collect();
                Some(Known { pad: Pad { element: sink.element, pad }, formats, before })
            }
            _ => None,
        });
        follow.collect()
    }
}

impl NetworkPlan {
    /// This plan with its cost reckoned from its parts: for one that was put together from what runs.
    pub fn reckoned(mut self, network: &Network) -> NetworkPlan {
        let choice = |element: usize| self.choices.get(element).copied().unwrap_or(0);
        let pads = |element: usize| network.elements.get(element).and_then(|it| it.options.get(choice(element)));
        let mut cost = Cost::default();
        // What each sink suffers on the way from the pad that feeds it.
        let mut suffered: HashMap<Pad, (Pad, Cost)> = HashMap::default();
        for pad in &self.pads {
            cost.cpu = pad.plan.steps.iter().fold(cost.cpu, |sum, step| sum.saturating_add(step.cost.cpu));
            let depths = depths(&pad.plan);
            for (sink, fed) in pad.sinks.iter().zip(&pad.plan.sinks).filter_map(|(sink, fed)| Some((sink, (*fed)?))) {
                let work = pads(sink.element).map_or(Work::NONE, |pads| pads.work(sink.pad)).cost(&fed.format);
                cost.cpu = cost.cpu.saturating_add(work.cpu);
                let way = fed.step.and_then(|step| depths.get(step).copied()).unwrap_or_default();
                suffered.insert(*sink, (pad.pad, way + Cost { cpu: 0, ..work }));
            }
        }
        let follows = |source: Pad| match pads(source.element)?.sources.get(source.pad)? {
            Gives::Follows(follows) => Some(Pad { element: source.element, pad: follows.sink }),
            Gives::All(_) | Gives::Nothing => None,
        };
        let feeds = |pad: &PadPlan| if pad.sinks.is_empty() { None } else { follows(pad.pad) };
        let inner: Vec<Pad> = self.pads.iter().filter_map(feeds).collect();
        for end in suffered.keys().filter(|sink| !inner.contains(sink)) {
            let up = std::iter::successors(suffered.get(end), |(source, _)| suffered.get(&follows(*source)?));
            cost = up.take(MOST_FILTERS_IN_A_ROW).fold(cost, |sum, (_, way)| sum + *way);
        }
        self.cost = cost;
        self.proven = self.pads.iter().all(|pad| pad.plan.proven);
        self
    }
}

/// Generations and latency from the source to behind each step.
fn depths(plan: &Plan) -> Vec<Cost> {
    let mut depths: Vec<Cost> = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        let before = step.parent.map_or(Cost::default(), |parent| depths[parent]);
        depths.push(before + Cost { cpu: 0, ..step.cost });
    }
    depths
}
