//! The cheapest conversion tree between caps: pure functions, no I/O, no clock, no codec.
//!
//! A [`Problem`] is a source format, the caps of all its sinks, and the [`Rule`]s of the converters there are.
//! [`plan`] answers with a [`Plan`]: a tree of converters that hangs off the source, shared by the sinks.
//!
//! ```text
//! caps of sinks -> distinct demands -> wants (demands pulled back through the rules)
//!                                        |
//! source format -> closure (formats that the rules reach towards a want) -> exact tree, or union of paths
//! ```
//!
//! What always holds:
//! - A sink that accepts the source format is fed by the source itself.
//! - Every sink gets the least number of lossy generations that it could get if it were alone: sharing never costs
//!   quality. Nor does it get a smaller picture, a slower one or fewer channels than it must: of what one alternative
//!   of its caps allows, it gets only what was changed least on the way from the source.
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

pub use difference::{Difference, difference};
pub use dot::dot;
pub use explain::{explain, reasons};
pub use network::{
    Element, Follows, Gives, Link, MOST_CHOICES, MOST_FILTERS_IN_A_ROW, Network, NetworkError, NetworkPlan, Pad,
    PadPlan, Pads, dot_network, explain_network, plan_network,
};
pub use plan::{Attachment, Plan, Problem, Step};
pub use planner::{plan, plan_within};
pub use rule::{Cost, Rule};
pub use stability::{Percent, STABILITY_PERCENT};
pub use unserved::{Closest, Unserved};
