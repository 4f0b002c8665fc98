//! One more sink of a kind that is served already: no search.

use crate::{Attachment, Cost, Gives, Network, NetworkPlan, Pad, Plan, Problem, Step, Unserved, Work};
use trellis_media::Caps;

impl Plan {
    /// Serves one more sink like another one with equal caps, if there is one: the sink that the problem has and the
    /// plan has not, the last. Everything else about the problem must be as it was when this plan was made. Whether it
    /// was done; if not, the plan is as before, and [`crate::plan`] is to be asked.
    ///
    /// The plan is then the one that [`crate::plan`] would give with this one running, unless there are plans with the
    /// same CPU that differ in latency: what runs stays.
    pub fn join(&mut self, problem: &Problem) -> bool {
        let Some((new, known)) = problem.sinks.split_last() else { return false };
        if known.len() != self.sinks.len() {
            return false;
        }
        let Some(alike) = known.iter().position(|caps| caps == new) else { return false };
        self.attach_like(alike);
        true
    }

    /// Adds a sink that is served as another one is, or is not for the same reason.
    fn attach_like(&mut self, alike: usize) {
        let attachment = self.sinks[alike];
        if attachment.is_none() {
            let sink = self.sinks.len();
            let reason = self.unserved.iter().find(|unserved| unserved.sink == alike).cloned();
            self.unserved.extend(reason.map(|reason| Unserved { sink, ..reason }));
        }
        self.sinks.push(attachment);
        self.cost = self.cost + self.suffered(attachment);
    }

    /// Generations and latency on the way from the source to a sink.
    fn suffered(&self, attachment: Option<Attachment>) -> Cost {
        let first = attachment.and_then(|attachment| attachment.step);
        let steps = std::iter::successors(first.map(|step| &self.steps[step]), |step: &&Step| {
            step.parent.map(|parent| &self.steps[parent])
        });
        steps.fold(Cost::default(), |sum, step| sum + Cost { cpu: 0, ..step.cost })
    }
}

impl NetworkPlan {
    /// Serves one more element as [`Plan::join`] does: the last element, with one sink pad and no source pad, which the
    /// last link feeds. Everything else must be as it was when this plan was made. Where one sink more could tip a
    /// choice it is refused: while any element has options, behind a filter, and for one that works on what it takes.
    pub fn join(&mut self, network: &Network) -> bool {
        let (Some(element), Some(link)) = (network.elements.last(), network.links.last()) else { return false };
        let decided = network.elements.iter().all(|element| element.options.len() == 1);
        let new = Pad { element: self.choices.len(), pad: 0 };
        if !decided || network.elements.len() != self.choices.len() + 1 || link.sink != new {
            return false;
        }
        let [caps] = element.options[0].sinks.as_slice() else { return false };
        let pads = network.elements.get(link.source.element).map(|element| &element.options[0]);
        let gives = pads.and_then(|pads| pads.sources.get(link.source.pad));
        let Ok(place) = self.pads.binary_search_by_key(&link.source, |pad| pad.pad) else { return false };
        let alike = self.pads[place].sinks.iter().position(|sink| end_like(network, *sink, caps));
        let idle = element.options[0].work(0) == Work::NONE;
        let fits =
            idle && element.options[0].sources.is_empty() && matches!(gives, Some(Gives::All(_) | Gives::Nothing));
        let Some(alike) = alike.filter(|_| fits) else { return false };
        let pad = &mut self.pads[place];
        pad.sinks.push(new);
        pad.plan.attach_like(alike);
        self.cost = self.cost + pad.plan.suffered(pad.plan.sinks[alike]);
        self.choices.push(0);
        true
    }
}

/// Whether a sink pad is that of an element with these caps, no source pad and no work of its own.
fn end_like(network: &Network, sink: Pad, caps: &Caps) -> bool {
    let pads = network.elements.get(sink.element).and_then(|element| element.options.first());
    pads.is_some_and(|pads| {
        pads.sources.is_empty() && pads.sinks.get(sink.pad) == Some(caps) && pads.work(sink.pad) == Work::NONE
    })
}
