//! The cheapest conversion trees between caps: pure functions, no I/O, no clock, no codec.
//!
//! A [`Problem`] is a source format, the caps of all its sinks, and the [`Rule`]s of the converters there are.
//! [`plan`] answers with a [`Plan`]: a tree of converters that hangs off the source, shared by the sinks. A [`Network`]
//! is a whole pipeline: elements that can be one thing or another, filters whose output follows from their input,
//! sources that give several formats at once. [`plan_network`] answers with a plan for every source pad, and with the
//! option of every element.
//!
//! ```text
//! caps of sinks -> distinct demands -> wants (demands pulled back through the rules, and through filters)
//!                                        |
//! source format -> closure (formats that the rules reach towards a want) -> exact tree, or union of paths
//! ```
//!
//! ```
//! use trellis_media::{Alternative, Caps, Codec, FieldSet, Format};
//! use trellis_negotiator::{Cost, Element, Link, Network, Pad, Pads, Percent, Rule, plan_network};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let rule = |name: &'static str, from: &str, to: &str, cost| -> Result<Rule, Box<dyn std::error::Error>> {
//!     let (input, output) = (Alternative::like(&from.parse()?), Alternative::like(&to.parse()?));
//!     Ok(Rule { name: name.into(), input, output, keep: FieldSet::NONE, choose: FieldSet::NONE, cost })
//! };
//! let rules = [
//!     rule("decode", "video/vp8", "video/raw", |_, _| Cost { generations: 0, cpu: 1_000, latency: 0 })?,
//!     rule("encode-vp8", "video/raw", "video/vp8", |_, _| Cost { generations: 1, cpu: 8_000, latency: 0 })?,
//!     rule("encode-h264", "video/raw", "video/h264", |_, _| Cost { generations: 1, cpu: 7_000, latency: 0 })?,
//! ];
//! // A camera behind a filter; a recorder that takes VP8; a guest who has not answered yet.
//! let vp8: Caps = "video/vp8".parse()?;
//! let elements = [
//!     Element::new(Pads::source([Format::encoded(Codec::Vp8)])),
//!     Element::new(Pads::same("video/raw".parse()?)),
//!     Element::new(Pads::sink(vp8.clone())),
//!     Element { options: vec![Pads::sink("video/h264".parse()?), Pads::sink(vp8)] },
//! ];
//! let link = |source, sink| Link { source: Pad { element: source, pad: 0 }, sink: Pad { element: sink, pad: 0 } };
//! let links = [link(0, 1), link(1, 2), link(1, 3)];
//! let network = Network { elements: &elements, links: &links, rules: &rules, running: None, threshold: Percent::default() };
//! let plan = plan_network(&network)?;
//! // The guest joins the recorder's encoder, although H.264 alone would be cheaper to make.
//! assert_eq!(plan.choices[3], 1);
//! assert_eq!(plan.cost, Cost { generations: 2, cpu: 9_000, latency: 0 });
//! # Ok(())
//! # }
//! ```
//!
//! What always holds:
//! - A sink that accepts the source format is fed by the source itself. (A filter need not be: what it is given, those
//!   behind it are given.)
//! - Every sink gets the least number of lossy generations that it could get if it were alone: sharing never costs
//!   quality. Nor does it get a smaller picture, a slower one, a duller sound or fewer channels than it must: of what its
//!   caps allow, it gets only what was changed least on the way from the source.
//! - Among such trees the one with the least CPU wins, then the one with the least latency summed over the sinks, then
//!   the one with the fewest steps, then the one whose formats the sinks prefer: by the
//!   order of their alternatives, then of the numbers that these list.
//! - [`Plan::proven`] says whether the tree was shown to be the best or is the union of every sink's own best path.
//! - The same problem gives the same plan, step by step.
#![forbid(unsafe_code)]

mod approximate;
mod closure;
mod difference;
mod dot;
mod exact;
mod explain;
mod forest;
mod hash;
mod join;
mod loss;
mod network;
mod plan;
mod planner;
mod rule;
mod stability;
mod table;
mod unserved;
mod want;
mod weight;
mod work;

pub use closure::Conversion;
pub use difference::{Difference, difference};
pub use dot::dot;
pub use explain::{explain, reasons};
pub use network::{
    Element, Follows, Gives, Link, MOST_CHOICES, MOST_FILTERS_IN_A_ROW, Network, NetworkError, NetworkPlan, Pad,
    PadPlan, Pads, Why, dot_network, explain_network, plan_network, plan_network_without, why,
};
pub use plan::{Attachment, Plan, Problem, Step};
pub use planner::{plan, plan_within, plan_without};
pub use rule::{Cost, Rule};
pub use stability::{Percent, STABILITY_PERCENT};
pub use unserved::{Closest, Unserved};
pub use work::Work;
