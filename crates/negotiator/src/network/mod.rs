//! Whole pipelines: elements with choices, the links between their pads, and the cheapest way to run them all.
//!
//! ```text
//!   element 0              element 1 (filter)         element 2 (not answered yet)
//!  ┌─────────┐ All       ┌──────────────┐ Follows   ┌──────────────────────┐
//!  │ camera  ├──tree────►│ face overlay ├──tree────►│ option 0: answer VP8  │
//!  └─────────┘     │     └──────────────┘           │ option 1: answer H264 │
//!                  └──────────────────────► ...     └──────────────────────┘
//! ```
//!
//! What is compared, most significant first, over the whole network:
//! 1. sinks that are served;
//! 2. lossy generations, summed over the *ends*: sinks that nothing follows from. An end behind filters counts what was
//!    lost before them too;
//! 3. what is thrown away on the way, summed likewise: by how much what one sees and hears was changed; for an end that
//!    may be given several formats, the least of them;
//! 4. CPU of everything, the elements' own [`Work`] included; 5. latency summed over the ends; 6. steps; 7. what sinks and elements prefer.
//!
//! Given the options in force, the best formats into all filters follow exactly (see `answer`), so only the options
//! are tried out: all of them together while a part of the network that hangs together has at most
//! [`MOST_CHOICES`] combinations.

mod answer;
mod demand;
mod dot;
mod explain;
mod finish;
mod lead;
mod search;
mod wiring;

use crate::closure::Conversion;
use crate::stability::Percent;
use crate::{Cost, Plan, Rule, Work};
use trellis_media::{Alternative, Caps, FieldSet, Format};

pub use dot::dot_network;
pub use explain::{Why, explain_network, why};
pub use search::MOST_CHOICES;

/// Elements with choices, the links between their pads, and the converters there are.
#[derive(Clone, Copy, Debug)]
pub struct Network<'a> {
    /// The elements.
    pub elements: &'a [Element],
    /// What feeds what. At most one link ends at a sink pad.
    pub links: &'a [Link],
    /// The converters.
    pub rules: &'a [Rule],
    /// The plan that runs now, if any: of the same elements, so far as they were there.
    pub running: Option<&'a NetworkPlan>,
    /// How much must be saved before what runs is changed.
    pub threshold: Percent,
}

/// An element as the negotiator sees it: the ways its pads can be. Exactly one is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The options, the preferred one first; all with as many pads. An element without a choice has one.
    pub options: Vec<Pads>,
}

/// The pads of an element under one of its options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pads {
    /// What each sink pad accepts.
    pub sinks: Vec<Caps>,
    /// What each source pad gives.
    pub sources: Vec<Gives>,
    /// What it costs the element to take what comes into each sink pad. Pads beyond the end of the list cost nothing.
    pub work: Vec<Work>,
}

/// What a source pad gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gives {
    /// All of these formats at once, the best first; a sink is fed from any of them: layers of a simulcast, several
    /// tracks. An element that can give *one of* several formats has as many options.
    All(Vec<Format>),
    /// What follows from what comes into a sink pad of the same element.
    Follows(Box<Follows>),
    /// Nothing that is known yet.
    Nothing,
}

/// How what a filter gives follows from what it is given. Each field of what comes out
///
/// | is | leaves as |
/// | --- | --- |
/// | in `keep` | it came, which `output` must allow |
/// | not in `keep` | what `output` says: of a list the first, of a range the upper limit; not stated where it says nothing |
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Follows {
    /// The sink pad that it follows.
    pub sink: usize,
    /// What it gives, as far as the filter decides it.
    pub output: Alternative,
    /// Fields that leave as they came.
    pub keep: FieldSet,
}

/// A pad: an element's place in [`Network::elements`], and the pad's place among its sinks or its sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pad {
    /// The element.
    pub element: usize,
    /// The pad.
    pub pad: usize,
}

/// A source pad that feeds a sink pad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// The source pad.
    pub source: Pad,
    /// The sink pad.
    pub sink: Pad,
}

/// How a network runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkPlan {
    /// For each element the option that is in force.
    pub choices: Vec<usize>,
    /// Every source pad, in order of element and pad.
    pub pads: Vec<PadPlan>,
    /// Lossy generations summed over the ends that are served; CPU summed over all steps and the work of all elements;
    /// latency, of steps and work, summed over the ends that are served.
    pub cost: Cost,
    /// Conversions behind source pads that were not to be had, see [`plan_network_without`].
    pub without: Vec<(Pad, Conversion)>,
    /// Whether nothing is cheaper; false when a part was too large for the exact search.
    pub proven: bool,
}

/// What hangs off one source pad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PadPlan {
    /// The source pad.
    pub pad: Pad,
    /// What it gives; nothing when that is not known, or when nothing comes into what it follows.
    pub formats: Vec<Format>,
    /// The sinks that it feeds, in the order of the links. [`Plan::sinks`] and [`crate::Unserved::sink`] are places in
    /// this list.
    pub sinks: Vec<Pad>,
    /// The converters. Steps and sinks without a parent take the format of [`PadPlan::formats`] that is their input.
    /// Its cost is that of this tree alone.
    pub plan: Plan,
}

/// What is not a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// An element without an option.
    #[error("element {0} has no option")]
    NoOption(usize),
    /// An element whose options have not all as many pads.
    #[error("the options of element {0} differ in their pads")]
    Pads(usize),
    /// A link from or to a pad that is not there, or a pad that follows one.
    #[error("there is no pad {} of element {}", .0.pad, .0.element)]
    NoPad(Pad),
    /// A sink pad with two links.
    #[error("sink pad {} of element {} has two links", .0.pad, .0.element)]
    TwoLinks(Pad),
    /// A source pad that follows from itself.
    #[error("what source pad {} of element {} gives follows from itself", .0.pad, .0.element)]
    Cycle(Pad),
    /// More filters in a row than [`MOST_FILTERS_IN_A_ROW`].
    #[error("too many filters in a row before source pad {} of element {}", .0.pad, .0.element)]
    TooLong(Pad),
}

/// More filters in a row than this are refused.
pub const MOST_FILTERS_IN_A_ROW: usize = 128;

/// The cheapest way to run a network; see the module's page for what is compared.
///
/// Sinks that nothing can serve do not keep others from being served: the plan of their source pad lists them. An
/// element that has several options gets the one at its place in [`NetworkPlan::choices`]: that is how the codec of an
/// answer is found.
///
/// # Errors
/// When links and pads do not fit together, or a pad follows from itself.
pub fn plan_network(network: &Network) -> Result<NetworkPlan, NetworkError> {
    search::plan(network, &[])
}

/// As [`plan_network`], where some conversions behind some source pads are not to be had: they failed.
///
/// # Errors
/// As [`plan_network`].
pub fn plan_network_without(network: &Network, without: &[(Pad, Conversion)]) -> Result<NetworkPlan, NetworkError> {
    search::plan(network, without)
}

impl NetworkPlan {
    /// What hangs off a source pad.
    pub fn pad(&self, pad: Pad) -> Option<&PadPlan> {
        self.pads.binary_search_by_key(&pad, |plan| plan.pad).ok().map(|place| &self.pads[place])
    }

    /// What a sink pad is given; `None` when it is not served.
    pub fn given(&self, sink: Pad) -> Option<Format> {
        let feeds =
            |pad: &PadPlan| pad.sinks.iter().position(|other| *other == sink).map(|place| pad.plan.sinks[place]);
        let attachment = self.pads.iter().find_map(feeds)??;
        Some(attachment.format)
    }
}

impl Element {
    /// An element without a choice.
    pub fn new(pads: Pads) -> Element {
        Element { options: vec![pads] }
    }
}

impl Pads {
    /// One source pad.
    pub fn source(formats: impl Into<Vec<Format>>) -> Pads {
        Pads { sources: vec![Gives::All(formats.into())], ..Pads::default() }
    }

    /// One sink pad.
    pub fn sink(caps: Caps) -> Pads {
        Pads { sinks: vec![caps], ..Pads::default() }
    }

    /// One sink pad and one source pad that follows from it.
    pub fn filter(caps: Caps, output: Alternative, keep: FieldSet) -> Pads {
        let follows = Follows { sink: 0, output, keep };
        Pads { sinks: vec![caps], sources: vec![Gives::Follows(Box::new(follows))], ..Pads::default() }
    }

    /// One sink pad and a source pad that gives what came in.
    pub fn same(caps: Caps) -> Pads {
        Pads::filter(caps, Alternative::any(), FieldSet::ALL)
    }

    /// These pads, where the first sink pad's items cost the element this.
    pub fn working(self, work: Work) -> Pads {
        Pads { work: vec![work], ..self }
    }

    /// What it costs the element to take what comes into a sink pad.
    pub fn work(&self, sink: usize) -> Work {
        self.work.get(sink).copied().unwrap_or_default()
    }
}

impl Follows {
    /// What comes out when a format comes in; `None` when nothing does.
    pub fn format(&self, input: &Format) -> Option<Format> {
        FieldSet::ALL.iter().try_fold(*input, |format, field| {
            let (given, came) = (self.output.constraint(field), input.value(field));
            if self.keep.contains(field) {
                given.allows(came).then_some(format)
            } else {
                Some(format.with(field, given.nearest(0)?))
            }
        })
    }
}
