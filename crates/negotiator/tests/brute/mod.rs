//! A brute-force oracle: it makes every format that there could be and tries every forest of conversions, every format
//! into every filter and every combination of options. It shares no code with the planner, only the types of the data.
#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

mod forest;
mod ground;
mod judge;
mod reading;
mod whole;

pub use judge::judge;
pub use whole::{Found, best};

use trellis_media::Caps;
use trellis_negotiator::{Element, Link, NetworkPlan, Pad, PadPlan, Pads, Plan, Problem};

/// What is compared, most significant first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Total {
    pub unserved: u64,
    pub generations: u64,
    pub change: u64,
    pub cpu: u64,
    pub latency: u64,
    pub steps: u64,
    pub preference: u64,
}

impl Total {
    pub fn plus(self, other: Total) -> Total {
        Total {
            unserved: self.unserved + other.unserved,
            generations: self.generations + other.generations,
            change: self.change + other.change,
            cpu: self.cpu + other.cpu,
            latency: self.latency + other.latency,
            steps: self.steps + other.steps,
            preference: self.preference + other.preference,
        }
    }
}

/// A source pad and its sinks as a network: the source is element 0.
pub fn as_network(problem: &Problem) -> (Vec<Element>, Vec<Link>) {
    let sink = |caps: &Caps| Element::new(Pads::sink(caps.clone()));
    let elements = std::iter::once(Element::new(Pads::source([problem.source]))).chain(problem.sinks.iter().map(sink));
    let link = |element| Link { source: Pad { element: 0, pad: 0 }, sink: Pad { element, pad: 0 } };
    (elements.collect(), (1..=problem.sinks.len()).map(link).collect())
}

/// The plan of a source pad as the plan of that network.
pub fn as_network_plan(problem: &Problem, plan: &Plan) -> NetworkPlan {
    let sinks = (1..=problem.sinks.len()).map(|element| Pad { element, pad: 0 }).collect();
    let pad = PadPlan { pad: Pad { element: 0, pad: 0 }, formats: vec![problem.source], sinks, plan: plan.clone() };
    let (cost, proven) = (plan.cost, plan.proven);
    NetworkPlan { choices: vec![0; problem.sinks.len() + 1], cost, proven, pads: vec![pad], ..NetworkPlan::default() }
}
