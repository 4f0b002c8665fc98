//! Which options are in force.
//!
//! The network is cut into parts that have nothing to do with each other. In each part all combinations of options are
//! tried; where they are too many, one element after the other is given its best option, over and over, until nothing
//! gets better.

use super::answer::Answers;
use super::finish::finish;
use super::lead::Lead;
use super::wiring::Wiring;
use super::{Gives, Network, NetworkError, NetworkPlan, Pad};
use crate::closure::Conversion;
use crate::weight::Weight;
use std::collections::BTreeMap;

/// More combinations of options than this in one part are not all tried, and the plan is not called proven.
pub const MOST_CHOICES: usize = 4_096;
/// How often every element of a part is given another choice.
const MOST_ROUNDS: usize = 8;

/// The cheapest way to run a network in which some conversions behind some pads are not to be had.
pub(crate) fn plan(network: &Network, without: &[(Pad, Conversion)]) -> Result<NetworkPlan, NetworkError> {
    let wiring = Wiring::new(network)?;
    let mut answers = Answers::new(network, without);
    let mut search = Search { answers: &mut answers, choices: first_choices(network), wiring: &wiring };
    let mut proven = true;
    for part in parts(&wiring) {
        proven &= search.choose(&part);
    }
    let choices = search.choices;
    let plan = finish(&wiring, &mut answers, choices, proven);
    Ok(NetworkPlan { without: without.to_vec(), ..plan })
}

/// What runs, else the first option of each element.
fn first_choices(network: &Network) -> Vec<usize> {
    let running = network.running.map_or(&[][..], |running| &running.choices);
    let choice = |(index, element): (usize, &super::Element)| {
        running.get(index).copied().filter(|choice| *choice < element.options.len()).unwrap_or(0)
    };
    network.elements.iter().enumerate().map(choice).collect()
}

/// A part of a network.
#[derive(Default)]
struct Part {
    /// Its source pads that feed something.
    sources: Vec<Pad>,
    /// Its elements that have a choice.
    undecided: Vec<usize>,
}

/// What a part costs.
type Total = (Lead, Weight);

struct Search<'s, 'n> {
    wiring: &'s Wiring<'n>,
    answers: &'s mut Answers<'n>,
    choices: Vec<usize>,
}

impl Search<'_, '_> {
    /// Puts the best options of a part in force; whether they are proven to be the best.
    fn choose(&mut self, part: &Part) -> bool {
        let options = |element: &usize| self.wiring.network.elements[*element].options.len();
        let combinations = part.undecided.iter().map(options).fold(1, usize::saturating_mul);
        match combinations {
            1 => true,
            2..=MOST_CHOICES => {
                self.try_all(part);
                true
            }
            _ => {
                self.descend(part);
                false
            }
        }
    }

    /// The options of an element, the one in force first: it stays when others are no better.
    fn options(&self, element: usize) -> Vec<usize> {
        let now = self.choices[element];
        let others = (0..self.wiring.network.elements[element].options.len()).filter(|option| *option != now);
        std::iter::once(now).chain(others).collect()
    }

    fn try_all(&mut self, part: &Part) {
        let options: Vec<Vec<usize>> = part.undecided.iter().map(|element| self.options(*element)).collect();
        let mut counters = vec![0; options.len()];
        let mut best: Option<(Total, Vec<usize>)> = None;
        loop {
            for ((element, options), counter) in part.undecided.iter().zip(&options).zip(&counters) {
                self.choices[*element] = options[*counter];
            }
            let total = self.total(part);
            if best.as_ref().is_none_or(|(best, _)| total < *best) {
                best = Some((total, self.choices.clone()));
            }
            // The last element counts fastest, so the first found is the one whose first elements are best off.
            let Some(place) = (0..counters.len()).rev().find(|place| counters[*place] + 1 < options[*place].len())
            else {
                break;
            };
            counters[place] += 1;
            counters[place + 1..].fill(0);
        }
        if let Some((_, choices)) = best {
            self.choices = choices;
        }
    }

    /// From what is in force, and from what would be best for each element alone; the better of the two is taken.
    fn descend(&mut self, part: &Part) {
        let begin = self.choices.clone();
        let alone: Vec<usize> = part
            .undecided
            .iter()
            .map(|element| {
                self.improve(part, *element);
                std::mem::replace(&mut self.choices[*element], begin[*element])
            })
            .collect();
        let from_begin = self.settle(part);
        let settled = std::mem::replace(&mut self.choices, begin);
        for (element, choice) in part.undecided.iter().zip(alone) {
            self.choices[*element] = choice;
        }
        if self.settle(part) >= from_begin {
            self.choices = settled;
        }
    }

    /// Improves every element in turn until none gets better.
    fn settle(&mut self, part: &Part) -> Total {
        let mut total = self.total(part);
        for _ in 0..MOST_ROUNDS {
            let before = total;
            for element in &part.undecided {
                total = self.improve(part, *element);
            }
            if total == before {
                break;
            }
        }
        total
    }

    /// Gives an element its best option while all others stay.
    fn improve(&mut self, part: &Part, element: usize) -> Total {
        let mut best: Option<(Total, usize)> = None;
        for option in self.options(element) {
            self.choices[element] = option;
            let total = self.total(part);
            if best.is_none_or(|(best, _)| total < best) {
                best = Some((total, option));
            }
        }
        let (total, option) = best.unwrap_or(((Lead::default(), Weight::ZERO), 0));
        self.choices[element] = option;
        total
    }

    /// What a part costs under the options in force.
    fn total(&mut self, part: &Part) -> Total {
        let mut total = (Lead::default(), Weight::ZERO);
        for source in &part.sources {
            let pads = self.wiring.pads(source.element, self.choices[source.element]);
            let formats = match &pads.sources[source.pad] {
                Gives::All(formats) => formats.as_slice(),
                Gives::Nothing => &[],
                // Who is fed is counted with its feeder.
                Gives::Follows(follows) => {
                    if self.wiring.feeder(Pad { element: source.element, pad: follows.sink }).is_some() {
                        continue;
                    }
                    &[]
                }
            };
            let crowd = self.answers.demands.crowd(self.wiring, &self.choices, *source);
            let answer = self.answers.answer(formats, crowd, *source);
            total = (total.0 + answer.lead, total.1.plus(answer.weight));
        }
        total
    }
}

/// Cuts a network into parts: links, filters and elements with a choice hold together.
fn parts(wiring: &Wiring) -> Vec<Part> {
    let mut sets = Sets::default();
    let elements = wiring.network.elements.iter().enumerate();
    let undecided: Vec<usize> = elements.filter(|(_, element)| element.options.len() > 1).map(|(at, _)| at).collect();
    for source in wiring.sources() {
        let place = sets.place(Joint::Source(source));
        for sink in wiring.fed_by(source) {
            let sink = sets.place(Joint::Sink(*sink));
            sets.join(place, sink);
        }
        for sink in wiring.followed(source) {
            let sink = sets.place(Joint::Sink(sink));
            sets.join(place, sink);
        }
        if undecided.binary_search(&source.element).is_ok() {
            let element = sets.place(Joint::Element(source.element));
            sets.join(place, element);
        }
    }
    for element in &undecided {
        let place = sets.place(Joint::Element(*element));
        for pad in 0..wiring.pads(*element, 0).sinks.len() {
            let sink = sets.place(Joint::Sink(Pad { element: *element, pad }));
            sets.join(place, sink);
        }
    }
    let mut parts: BTreeMap<usize, Part> = BTreeMap::new();
    for source in wiring.sources().filter(|source| !wiring.fed_by(*source).is_empty()) {
        let place = sets.place(Joint::Source(source));
        parts.entry(sets.root(place)).or_default().sources.push(source);
    }
    for element in undecided {
        let place = sets.place(Joint::Element(element));
        if let Some(part) = parts.get_mut(&sets.root(place)) {
            part.undecided.push(element);
        }
    }
    parts.into_values().collect()
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Joint {
    Source(Pad),
    Sink(Pad),
    Element(usize),
}

/// Disjoint sets of joints.
#[derive(Default)]
struct Sets {
    places: BTreeMap<Joint, usize>,
    above: Vec<usize>,
}

impl Sets {
    fn place(&mut self, joint: Joint) -> usize {
        let next = self.above.len();
        let place = *self.places.entry(joint).or_insert(next);
        if place == next {
            self.above.push(next);
        }
        place
    }

    fn root(&mut self, mut place: usize) -> usize {
        while self.above[place] != place {
            self.above[place] = self.above[self.above[place]];
            place = self.above[place];
        }
        place
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.above[one.max(other)] = one.min(other);
    }
}
