//! `trellis plan`: the negotiator's answer in words.

use crate::output;
use anyhow::Context;
use trellis_elements::catalogue;
use trellis_media::{Caps, Format};
use trellis_negotiator::{Problem, dot, explain, plan};

/// Prints the plan from a format to caps; an error when a sink cannot be served.
pub fn print(from: &str, to: &[String], as_dot: bool) -> anyhow::Result<()> {
    let source: Format = from.parse().with_context(|| format!("--from '{from}'"))?;
    let parse = |text: &String| text.parse::<Caps>().with_context(|| format!("--to '{text}'"));
    let sinks: Vec<Caps> = to.iter().map(parse).collect::<Result<_, _>>()?;
    let registry = catalogue::converters();
    let problem = Problem { source, sinks: &sinks, rules: registry.rules(), running: None };
    let plan = plan(&problem);
    let in_words = || format!("{}costs as measured on {}\n", explain(&problem, &plan), catalogue::CALIBRATION_MACHINE);
    output::print(&if as_dot { dot(&problem, &plan) } else { in_words() })?;
    match plan.unserved.first() {
        Some(unserved) => Err(anyhow::anyhow!("--to '{}': {unserved}", to[unserved.sink])),
        None => Ok(()),
    }
}
