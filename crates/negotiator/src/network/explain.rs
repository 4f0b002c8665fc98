//! The plan of a network in words.

use super::search::plan;
use super::{Element, Network, NetworkPlan, Pad, PadPlan};
use crate::explain::{Tree, groups, proof, some_of};
use crate::table::{Outcome, written};
use crate::{Cost, Step, Work};
use std::fmt::Write;
use trellis_media::{Caps, Format};

/// For each element with a choice the option in force, and what the next best would cost; for each source pad that
/// feeds anything the tree behind it, as [`crate::explain`] tells it. What the whole would cost without a converter, or
/// with another option, is what the cheapest plan for the whole network then costs.
///
/// Elements are called by these names, or by their numbers where there is none.
pub fn explain_network(network: &Network, plan: &NetworkPlan, names: &[&str]) -> String {
    let teller = Teller { network: Network { running: None, ..*network }, plan, names };
    let mut text = String::new();
    for element in (0..network.elements.len()).filter(|element| network.elements[*element].options.len() > 1) {
        let _ = writeln!(text, "{}", teller.choice(element));
    }
    for pad in plan.pads.iter().filter(|pad| !pad.sinks.is_empty()) {
        teller.pad(pad, &mut text);
    }
    for (pad, (rule, input, output)) in &plan.without {
        let name = network.rules.get(*rule).map_or("?", |rule| &rule.name);
        let _ = writeln!(text, "not to be had behind {}: {name}, {input} -> {output}", teller.source(*pad));
    }
    teller.works(&mut text);
    let _ = writeln!(text, "total {}; {}", written(plan.cost), proof(plan.proven));
    text
}

/// Why a converter is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// What it is reckoned to cost, for whom: `5.0 ms/s for viewer 1, viewer 2`.
    pub cost: String,
    /// What is wrong for them with what the source gives: `the source's codec is vp8, not vp9`.
    pub reason: String,
    /// What the cheapest plan without it would cost the whole network: `+3.2 ms/s`, `1 sink unserved`.
    pub without: String,
}

/// Why a step of a pad's plan is there; `None` where there is no such step. Elements are called by these names.
pub fn why(network: &Network, plan: &NetworkPlan, names: &[&str], (pad, step): (Pad, usize)) -> Option<Why> {
    let teller = Teller { network: Network { running: None, ..*network }, plan, names };
    let part = plan.pad(pad)?;
    let own = part.plan.steps.get(step)?;
    let served = |sink: &usize| part.plan.path(*sink).is_some_and(|path| path.contains(&step));
    let sinks: Vec<usize> = (0..part.sinks.len()).filter(served).collect();
    let whom = some_of(sinks.iter().map(|sink| teller.sink(part.sinks[*sink])));
    let all: Vec<&Caps> = part.sinks.iter().map(|sink| teller.caps(*sink)).collect();
    let reason = sinks.first().map(|sink| {
        let group = groups(all.into_iter(), &part.plan).into_iter().find(|group| group.sinks.contains(sink));
        group.map_or_else(String::new, |group| group.why_not_source(&part.formats))
    });
    Some(Why {
        cost: format!("{} for {whom}", written(own.cost)),
        reason: reason.unwrap_or_default().replacen("its", "the source's", 1),
        without: teller.without(pad, own),
    })
}

pub(crate) struct Teller<'a> {
    pub network: Network<'a>,
    pub plan: &'a NetworkPlan,
    pub names: &'a [&'a str],
}

impl Teller<'_> {
    pub fn name(&self, element: usize) -> String {
        self.names.get(element).map_or_else(|| format!("element {element}"), |name| String::from(*name))
    }

    /// The element, with the number of the pad where it has several of the kind.
    pub fn sink(&self, sink: Pad) -> String {
        let sinks = self.network.elements[sink.element].options.first().map_or(0, |pads| pads.sinks.len());
        let name = self.name(sink.element);
        if sinks > 1 { format!("{name} (sink {})", sink.pad) } else { name }
    }

    fn source(&self, source: Pad) -> String {
        let sources = self.network.elements[source.element].options.first().map_or(0, |pads| pads.sources.len());
        let name = self.name(source.element);
        if sources > 1 { format!("{name} (source {})", source.pad) } else { name }
    }

    pub fn caps(&self, sink: Pad) -> &Caps {
        &self.network.elements[sink.element].options[self.plan.choices[sink.element]].sinks[sink.pad]
    }

    /// What elements do themselves, where that costs anything; those of one pad that are alike together.
    fn works(&self, text: &mut String) {
        for pad in &self.plan.pads {
            let mut works: Vec<(Cost, Format, Vec<String>)> = Vec::new();
            for (sink, attachment) in pad.sinks.iter().zip(&pad.plan.sinks) {
                let Some(format) = attachment.map(|attachment| attachment.format) else { continue };
                let cost = self.work(*sink).cost(&format);
                match works.iter_mut().find(|known| (known.0, known.1) == (cost, format)) {
                    Some((.., names)) => names.push(self.sink(*sink)),
                    None => works.push((cost, format, vec![self.sink(*sink)])),
                }
            }
            for (cost, format, names) in works.into_iter().filter(|(cost, ..)| *cost != Cost::default()) {
                let each = if names.len() > 1 { " each" } else { "" };
                let _ =
                    writeln!(text, "own work of {} on {format}: {}{each}", some_of(names.into_iter()), written(cost));
            }
        }
    }

    /// What it costs an element to take what comes into a sink pad.
    pub fn work(&self, sink: Pad) -> Work {
        self.network.elements[sink.element].options[self.plan.choices[sink.element]].work(sink.pad)
    }

    fn choice(&self, element: usize) -> String {
        let chosen = self.plan.choices[element];
        let others = (0..self.network.elements[element].options.len()).filter(|option| *option != chosen);
        let others = others.filter_map(|option| Some((self.with_option(element, option)?, option)));
        let next = others.min_by_key(|(other, _)| (std::cmp::Reverse(other.served), other.cost, other.change));
        let rest = next.map_or_else(String::new, |(other, option)| {
            format!("; the next best, option {option}: {}", outcome(self.plan).against(&other))
        });
        format!("{} has option {chosen}{rest}", self.name(element))
    }

    /// What the network would come to with an element's other option.
    fn with_option(&self, element: usize, option: usize) -> Option<Outcome> {
        let mut elements: Vec<Element> = self.network.elements.to_vec();
        elements[element] = Element::new(elements[element].options[option].clone());
        let other = plan(&Network { elements: &elements, ..self.network }, &self.plan.without).ok()?;
        Some(outcome(&other))
    }

    /// What the whole would cost if a pad could do without a step.
    fn without(&self, pad: Pad, step: &Step) -> String {
        let mut without = self.plan.without.clone();
        without.push((pad, (step.rule, step.input, step.output)));
        let other = plan(&self.network, &without);
        other.map_or_else(|_| String::new(), |other| outcome(self.plan).against(&outcome(&other)))
    }

    fn pad(&self, pad: &PadPlan, text: &mut String) {
        let formats: Vec<String> = pad.formats.iter().map(ToString::to_string).collect();
        let gives = if formats.is_empty() { String::from("nothing") } else { formats.join(" and ") };
        let _ = writeln!(text, "{} gives {gives}", self.source(pad.pad));
        let without = |step: &Step| self.without(pad.pad, step);
        let names = |sinks: &[usize]| some_of(sinks.iter().map(|sink| self.sink(pad.sinks[*sink])));
        let tree = Tree {
            sources: &pad.formats,
            rules: self.network.rules,
            plan: &pad.plan,
            without: &without,
            names: &names,
        };
        tree.write(pad.sinks.iter().map(|sink| self.caps(*sink)).collect(), text);
    }
}

fn outcome(plan: &NetworkPlan) -> Outcome {
    let pads = plan.pads.iter().map(|pad| pad.plan.outcome());
    let sum = pads.fold((0, 0), |sum, pad| (sum.0 + pad.served, sum.1 + pad.change));
    Outcome { served: sum.0, cost: plan.cost, change: sum.1 }
}
