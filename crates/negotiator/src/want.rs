//! Wants: what a format on the way to a sink must look like. The demands themselves, and the demands pulled back
//! through the rules: who wants `video/vp8 640x360` also wants `video/raw 640x360`, because an encoder keeps the size.
//!
//! Wants steer the search. A rule that can choose a field (a scaler its size) chooses what a want asks for and
//! nothing else. Two wants that fit together are a want too: the format that serves both is where sinks can share.

use crate::Rule;
use smallvec::SmallVec;
use std::collections::HashSet;
use trellis_media::{Alternative, Caps, Constraint, Field, FieldSet, Format};

/// More wants than this are not looked at, and the plan is not called proven.
const MOST_WANTS: usize = 512;
/// More formats than this from one rule, input and want are not looked at.
const MOST_CHOICES: usize = 64;

/// Values of one field that a rule can give.
pub(crate) type Values = SmallVec<[u32; 8]>;

/// All wants of a problem.
pub(crate) struct Wants {
    wants: Vec<Alternative>,
    /// For each rule, the wants that its output can satisfy. Empty for rules that the source cannot lead to.
    by_rule: Vec<Vec<usize>>,
    /// Whether all wants are here.
    pub complete: bool,
}

impl Wants {
    /// The wants of these demands, with the rules that can matter between the source and them.
    pub fn new(source: &Format, demands: &[&Caps], rules: &[Rule]) -> Wants {
        let usable = usable(source, rules);
        let mut set = WantSet::default();
        for alternative in demands.iter().flat_map(|caps| caps.alternatives()) {
            set.insert(alternative.clone());
        }
        let mut next = 0;
        while let Some(want) = set.list.get(next).cloned() {
            for rule in usable.iter().map(|index| &rules[*index]) {
                if let Some(earlier) = pull_back(rule, &want) {
                    set.insert(earlier);
                }
            }
            next += 1;
        }
        set.close_under_intersection();
        let mut by_rule = vec![Vec::new(); rules.len()];
        for rule in usable {
            by_rule[rule] =
                (0..set.list.len()).filter(|want| pull_back(&rules[rule], &set.list[*want]).is_some()).collect();
        }
        Wants { wants: set.list, by_rule, complete: !set.overflowed }
    }

    /// Everything that a rule makes of a format towards any want.
    pub fn outputs(&self, index: usize, rule: &Rule, input: &Format, found: &mut Vec<Format>) {
        found.clear();
        if self.by_rule[index].is_empty() || !rule.input.accepts(input) {
            return;
        }
        for want in &self.by_rule[index] {
            outputs(rule, input, &self.wants[*want], found);
        }
        found.retain(|output| output != input);
        found.sort_unstable();
        found.dedup();
    }
}

/// Wants without repetition, in the order in which they were found.
#[derive(Default)]
struct WantSet {
    list: Vec<Alternative>,
    known: HashSet<Alternative>,
    overflowed: bool,
}

impl WantSet {
    fn insert(&mut self, want: Alternative) {
        if self.list.len() >= MOST_WANTS {
            self.overflowed |= !self.known.contains(&want);
        } else if self.known.insert(want.clone()) {
            self.list.push(want);
        }
    }

    fn close_under_intersection(&mut self) {
        let mut next = 1;
        while next < self.list.len() {
            for other in 0..next {
                if let Some(both) = self.list[other].intersect(&self.list[next]) {
                    self.insert(both);
                }
            }
            next += 1;
        }
    }
}

/// The fields that any rule can choose.
fn chosen_fields(rules: &[Rule]) -> FieldSet {
    rules.iter().fold(FieldSet::NONE, |chosen, rule| chosen.union(rule.choose))
}

/// The rules that something made from the source can reach, taking every field that can be chosen as fitting.
fn usable(source: &Format, rules: &[Rule]) -> Vec<usize> {
    let chosen = chosen_fields(rules);
    let loosen = |alternative: &Alternative| {
        chosen.iter().fold(alternative.clone(), |loose, field| loose.with(field, Constraint::Any))
    };
    let loose: Vec<Rule> = rules
        .iter()
        .map(|rule| Rule { input: loosen(&rule.input), output: loosen(&rule.output), ..rule.clone() })
        .collect();
    let bare = |format: Format| chosen.iter().fold(format, |bare, field| bare.with(field, 0));
    let mut used = vec![false; rules.len()];
    let mut formats = vec![bare(*source)];
    let (mut next, mut found) = (0, Vec::new());
    while let Some(format) = formats.get(next).copied().filter(|_| next < MOST_WANTS) {
        for (rule, used) in loose.iter().zip(&mut used) {
            if !rule.input.accepts(&format) {
                continue;
            }
            *used = true;
            found.clear();
            outputs(rule, &format, &Alternative::any(), &mut found);
            for output in found.iter().map(|output| bare(*output)) {
                if !formats.contains(&output) {
                    formats.push(output);
                }
            }
        }
        next += 1;
    }
    (0..rules.len()).filter(|rule| used[*rule]).collect()
}

/// What must go into a rule so that what comes out can satisfy a want; `None` when nothing does.
fn pull_back(rule: &Rule, want: &Alternative) -> Option<Alternative> {
    let mut earlier = rule.input.clone();
    for field in Field::ALL.iter().copied() {
        let (given, wanted) = (rule.output.constraint(field), want.constraint(field));
        let undecided = *given == Constraint::Any;
        if rule.choose.contains(field) {
            given.intersect(wanted)?;
        } else if rule.keep.contains(field) {
            let passed = rule.input.constraint(field).intersect(given)?.intersect(wanted)?;
            earlier = earlier.with(field, passed);
        } else if undecided && *wanted != Constraint::Any {
            return None;
        } else {
            given.intersect(wanted)?;
        }
    }
    Some(earlier)
}

/// The formats that a rule makes of an input that it accepts and that satisfy a want.
pub(crate) fn outputs(rule: &Rule, input: &Format, want: &Alternative, found: &mut Vec<Format>) {
    let first = found.len();
    found.push(*input);
    for field in Field::ALL.iter().copied() {
        let values = values(rule, field, input.value(field), want.constraint(field));
        let Some((value, others)) = values.split_first() else {
            found.truncate(first);
            return;
        };
        let made = found.len();
        for other in others {
            for format in first..made {
                if found.len() - first < MOST_CHOICES {
                    found.push(found[format].with(field, *other));
                }
            }
        }
        for format in &mut found[first..made] {
            *format = format.with(field, *value);
        }
    }
}

/// The values that a field can leave with.
fn values(rule: &Rule, field: Field, came: u32, wanted: &Constraint) -> Values {
    let given = rule.output.constraint(field);
    let (keeps, chooses) = (rule.keep.contains(field), rule.choose.contains(field));
    if keeps && !chooses || chooses && *wanted == Constraint::Any && given.allows(came) {
        return if given.allows(came) && wanted.allows(came) { Values::from_slice(&[came]) } else { Values::new() };
    }
    if !chooses && *given == Constraint::Any {
        return if *wanted == Constraint::Any { Values::from_slice(&[0]) } else { Values::new() };
    }
    let Some(both) = given.intersect(wanted) else { return Values::new() };
    match &both {
        Constraint::Some(some) => Values::from_slice(some),
        // Of a range, what changes the least: its edges are limits, not wishes.
        one => one.nearest(came).into_iter().collect(),
    }
}

/// What the rules make of a format when nobody wants anything in particular: for telling what could have been reached.
pub(crate) fn natural_outputs(rule: &Rule, input: &Format) -> Vec<Format> {
    let mut found = Vec::new();
    if rule.input.accepts(input) {
        outputs(rule, input, &Alternative::any(), &mut found);
    }
    found
}
