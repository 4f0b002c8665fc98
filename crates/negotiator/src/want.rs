//! Wants: what a format on the way to a sink must look like. The demands themselves, and the demands pulled back
//! through the rules: who wants `video/vp8 640x360` also wants `video/raw 640x360`, because an encoder keeps the size.
//!
//! Wants steer the search. A rule that can choose a field (a scaler its size) chooses what a want asks for and
//! nothing else. Two wants that fit together are a want too: the format that serves both is where sinks can share.

use crate::hash::HashSet;
use crate::{Follows, Rule};
use smallvec::SmallVec;
use trellis_media::{Alternative, Constraint, Field, FieldSet, Format};

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
    /// The wants behind what is wanted, through these of the rules: those that are [`usable`].
    pub fn new<'w>(wanted: impl Iterator<Item = &'w Alternative>, rules: &[Rule], usable: &[usize]) -> Wants {
        let set = WantSet::closed(wanted, usable.iter().map(|index| &rules[*index]));
        let mut by_rule = vec![Vec::new(); rules.len()];
        for rule in usable.iter().copied() {
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
            outputs(rule, input, &self.wants[*want], FieldSet::ALL, found);
        }
        found.retain(|output| output != input);
        found.sort_unstable();
        found.dedup();
    }
}

/// Wants without repetition, in the order in which they were found.
#[derive(Default)]
pub(crate) struct WantSet {
    pub list: Vec<Alternative>,
    known: HashSet<Alternative>,
    pub overflowed: bool,
}

impl WantSet {
    /// What is wanted, and all that is wanted for its sake.
    pub fn closed<'w, 'r>(
        wanted: impl Iterator<Item = &'w Alternative>,
        rules: impl Iterator<Item = &'r Rule> + Clone,
    ) -> WantSet {
        let mut set = WantSet::default();
        for alternative in wanted {
            set.insert(alternative.clone());
        }
        let mut next = 0;
        while next < set.list.len() {
            for rule in rules.clone() {
                if let Some(earlier) = pull_back(rule, &set.list[next]) {
                    set.insert(earlier);
                }
            }
            next += 1;
        }
        set.close_under_intersection();
        set
    }

    pub fn insert(&mut self, want: Alternative) {
        if self.known.contains(&want) {
            return;
        }
        if self.list.len() >= MOST_WANTS {
            self.overflowed = true;
        } else {
            self.known.insert(want.clone());
            self.list.push(want);
        }
    }

    fn close_under_intersection(&mut self) {
        let mut next = 1;
        while next < self.list.len() {
            for other in 0..next {
                let (one, other) = (&self.list[next], &self.list[other]);
                // Of two wants, one within the other, the narrower is what both have in common.
                if !one.overlaps(other) || one.contains(other) || other.contains(one) {
                    continue;
                }
                if let Some(both) = one.intersect(other) {
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

/// The rules that something made from the sources can reach, taking every field that can be chosen as fitting.
pub(crate) fn usable(sources: &[Format], rules: &[Rule]) -> Vec<usize> {
    let chosen = chosen_fields(rules);
    let fixed = FieldSet::ALL.without(chosen);
    let nothing = Alternative::any();
    let mut used = vec![false; rules.len()];
    // Chosen fields do not count, so they are all left as the sources have them.
    let mut formats = sources.to_vec();
    let (mut next, mut found) = (0, Vec::new());
    while let Some(format) = formats.get(next).copied().filter(|_| next < MOST_WANTS) {
        for (rule, used) in rules.iter().zip(&mut used) {
            if !fixed.iter().all(|field| rule.input.constraint(field).allows(format.value(field))) {
                continue;
            }
            *used = true;
            found.clear();
            outputs(rule, &format, &nothing, fixed, &mut found);
            for output in &found {
                if !formats.contains(output) {
                    formats.push(*output);
                }
            }
        }
        next += 1;
    }
    (0..rules.len()).filter(|rule| used[*rule]).collect()
}

/// What must go into a rule so that what comes out can satisfy a want; `None` when nothing does.
fn pull_back(rule: &Rule, want: &Alternative) -> Option<Alternative> {
    if !want.constraints().all(|(field, wanted)| can_give(rule, field, wanted)) {
        return None;
    }
    let mut earlier = rule.input.clone();
    let passing = rule.keep.without(rule.choose);
    for field in passing.intersect(want.asked().union(rule.output.asked())).iter() {
        let passed = rule.output.constraint(field).intersect(want.constraint(field))?;
        earlier = earlier.with(field, rule.input.constraint(field).intersect(&passed)?);
    }
    Some(earlier)
}

/// Whether a field can leave a rule as wanted, if only the right thing comes in.
fn can_give(rule: &Rule, field: Field, wanted: &Constraint) -> bool {
    let given = rule.output.constraint(field);
    let left_open = *given == Constraint::Any && !rule.choose.contains(field) && !rule.keep.contains(field);
    if left_open { *wanted == Constraint::Any } else { given.overlaps(wanted) }
}

/// The formats that a rule makes of an input that it accepts and that satisfy a want, looking at some fields only.
fn outputs(rule: &Rule, input: &Format, want: &Alternative, fields: FieldSet, found: &mut Vec<Format>) {
    let passing = rule.keep.without(rule.choose);
    // Most wants fail at a field that passes through: find that out before anything is made.
    let checked = want.asked().union(rule.output.asked()).intersect(fields);
    for field in checked.intersect(passing).iter() {
        let value = input.value(field);
        if !want.constraint(field).allows(value) || !rule.output.constraint(field).allows(value) {
            return;
        }
    }
    // Fields that nobody says anything about are no longer stated.
    let open = fields.without(passing).without(rule.choose).without(rule.output.asked());
    if !open.intersect(want.asked()).is_empty() {
        return;
    }
    let first = found.len();
    found.push(open.iter().fold(*input, |format, field| format.with(field, 0)));
    for field in fields.without(passing).without(open).iter() {
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

/// The values that a field can leave with that a rule chooses or says something about.
fn values(rule: &Rule, field: Field, came: u32, wanted: &Constraint) -> Values {
    let given = rule.output.constraint(field);
    if rule.choose.contains(field) && *wanted == Constraint::Any && given.allows(came) {
        return Values::from_slice(&[came]);
    }
    match given.intersect(wanted) {
        Some(Constraint::Some(some)) => Values::from_slice(&some),
        // Of a range, what changes the least: its edges are limits, not wishes.
        Some(one) => one.nearest(came).into_iter().collect(),
        None => Values::new(),
    }
}

/// What a rule makes of a format when nobody wants anything in particular: for telling what could have been reached.
pub(crate) fn natural_outputs(rule: &Rule, input: &Format) -> Vec<Format> {
    let mut found = Vec::new();
    if rule.input.accepts(input) {
        outputs(rule, input, &Alternative::any(), FieldSet::ALL, &mut found);
    }
    found
}

/// What must come into a filter, within one alternative of what it accepts, so that what follows from it satisfies a
/// want; `None` when nothing does.
pub(crate) fn pull_through(follows: &Follows, accepted: &Alternative, want: &Alternative) -> Option<Alternative> {
    let mut earlier = accepted.clone();
    for field in Field::ALL.iter().copied() {
        let (given, wanted) = (follows.output.constraint(field), want.constraint(field));
        if follows.keep.contains(field) {
            let passed = given.intersect(wanted)?;
            earlier = earlier.with(field, accepted.constraint(field).intersect(&passed)?);
        } else if !wanted.allows(given.nearest(0)?) {
            return None;
        }
    }
    Some(earlier)
}
