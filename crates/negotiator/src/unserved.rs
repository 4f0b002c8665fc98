//! Why a sink cannot be served.

use crate::Rule;
use crate::hash::HashSet;
use crate::want::natural_outputs;
use std::fmt;
use trellis_media::{Caps, Field, Format};

/// Formats that are looked at to find the closest ones.
const MOST_EXPLORED: usize = 128;
/// Closest formats that are named.
const MOST_NAMED: usize = 3;

/// A sink that no conversion leads to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Unserved {
    /// The sink, by its place in [`crate::Problem::sinks`].
    pub sink: usize,
    /// What it accepts.
    pub wanted: Caps,
    /// What can be reached and comes closest, the closest first. Empty when the sink accepts nothing at all, or when
    /// nothing comes from its source.
    pub closest: Vec<Closest>,
}

/// A format that can be reached but does not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closest {
    /// The format.
    pub format: Format,
    /// What is wrong with it, against the alternative that it comes closest to; never empty.
    pub failing: Vec<Field>,
}

impl fmt::Display for Unserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.wanted.is_none() {
            return f.write_str("it accepts nothing");
        }
        if self.closest.is_empty() {
            return write!(f, "it accepts {}; nothing comes from its source", self.wanted);
        }
        write!(f, "it accepts {}; what comes closest is ", self.wanted)?;
        for (index, closest) in self.closest.iter().enumerate() {
            if index > 0 {
                f.write_str(" or ")?;
            }
            let failing: Vec<&str> = closest.failing.iter().map(|field| field.name()).collect();
            write!(f, "{} (wrong {})", closest.format, failing.join(", "))?;
        }
        Ok(())
    }
}

/// Finds out why a sink with these caps cannot be served.
pub(crate) fn explain(sources: &[Format], rules: &[Rule], sink: usize, caps: &Caps) -> Unserved {
    let mut closest: Vec<Closest> = explore(sources, rules)
        .into_iter()
        .filter_map(|format| {
            let failing = caps.alternatives().iter().map(|alternative| alternative.all_failing(&format));
            Some(Closest { format, failing: failing.min_by_key(|failing| distance(failing))? })
        })
        .filter(|closest| !closest.failing.is_empty())
        .collect();
    closest.sort_by_key(|closest| distance(&closest.failing));
    let least = closest.first().map(|closest| distance(&closest.failing));
    closest.retain(|closest| Some(distance(&closest.failing)) == least);
    let wrong_kind = closest.first().is_some_and(|closest| closest.failing.contains(&Field::Kind));
    closest.truncate(if wrong_kind { 1 } else { MOST_NAMED });
    Unserved { sink, wanted: caps.clone(), closest }
}

/// The wrong codec in the right carriage is closer than anything in the wrong carriage, and so on: fields come in
/// order of weight.
fn distance(failing: &[Field]) -> u32 {
    failing.iter().map(|field| 1 << (Field::ALL.len() as u32 - field.number())).sum()
}

/// What the rules make of the sources without any goal, the sources first.
fn explore(sources: &[Format], rules: &[Rule]) -> Vec<Format> {
    let mut formats = sources.to_vec();
    let mut known: HashSet<Format> = sources.iter().copied().collect();
    let mut next = 0;
    while let Some(format) = formats.get(next).copied() {
        for output in rules.iter().flat_map(|rule| natural_outputs(rule, &format)) {
            if formats.len() < MOST_EXPLORED && known.insert(output) {
                formats.push(output);
            }
        }
        next += 1;
    }
    formats
}
