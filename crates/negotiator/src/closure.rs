//! The formats that can be reached from a source, and the conversions between them.

use crate::{Cost, Rule};
use trellis_media::{Caps, Constraint, Field, Format};

/// Formats beyond which the closure is cut off; a plan from a cut closure is not proven cheapest.
const MAX_FORMATS: usize = 512;

/// One conversion.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub from: usize,
    pub to: usize,
    pub rule: usize,
    pub cost: Cost,
}

/// Everything that can be reached; format 0 is the source.
#[derive(Debug)]
pub(crate) struct Closure {
    pub formats: Vec<Format>,
    pub edges: Vec<Edge>,
    pub complete: bool,
}

/// Values that somebody names for each field: what a converter that can choose would choose from.
struct Wishes([Vec<u32>; Field::COUNT]);

impl Wishes {
    fn of(demands: &[&Caps], rules: &[Rule]) -> Wishes {
        let mut wishes = Wishes(Default::default());
        let alternatives = demands.iter().flat_map(|caps| caps.alternatives());
        for alternative in alternatives.chain(rules.iter().map(|rule| &rule.input)) {
            for field in Field::ALL {
                let named: &[u32] = match alternative.constraint(*field) {
                    Constraint::Any => &[],
                    Constraint::One(value) => &[*value],
                    Constraint::Some(values) => values,
                    Constraint::Range(low, high) => &[*low, *high],
                };
                let known = &mut wishes.0[field.number() as usize - 1];
                for value in named {
                    if *value != 0 && !known.contains(value) {
                        known.push(*value);
                    }
                }
            }
        }
        wishes
    }
}

impl Closure {
    pub fn of(source: Format, demands: &[&Caps], rules: &[Rule]) -> Closure {
        let wishes = Wishes::of(demands, rules);
        let mut closure = Closure { formats: vec![source], edges: Vec::new(), complete: true };
        let mut from = 0;
        while from < closure.formats.len() {
            let input = closure.formats[from];
            for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.input.accepts(&input)) {
                for output in outputs(rule, &input, &wishes) {
                    if output != input {
                        closure.add(from, index, rule, output);
                    }
                }
            }
            from += 1;
        }
        closure
    }

    fn add(&mut self, from: usize, index: usize, rule: &Rule, output: Format) {
        let to = match self.formats.iter().position(|format| *format == output) {
            Some(to) => to,
            None if self.formats.len() == MAX_FORMATS => {
                self.complete = false;
                return;
            }
            None => {
                self.formats.push(output);
                self.formats.len() - 1
            }
        };
        self.edges.push(Edge { from, to, rule: index, cost: (rule.cost)(&self.formats[from], &output) });
    }
}

/// Every format that a rule can make of an input.
fn outputs(rule: &Rule, input: &Format, wishes: &Wishes) -> Vec<Format> {
    let blank = Field::ALL.iter().fold(*input, |format, field| format.with(*field, 0));
    let mut outputs = vec![blank];
    for field in Field::ALL {
        let values = values(rule, *field, input, wishes);
        outputs = outputs.iter().flat_map(|output| values.iter().map(|value| output.with(*field, *value))).collect();
    }
    outputs
}

fn values(rule: &Rule, field: Field, input: &Format, wishes: &Wishes) -> Vec<u32> {
    let constraint = rule.output.constraint(field);
    let kept = rule.keep.contains(field).then(|| input.value(field));
    let mut values: Vec<u32> = kept.filter(|value| constraint.allows(*value)).into_iter().collect();
    if rule.choose.contains(field) {
        let wished = wishes.0[field.number() as usize - 1].iter().copied();
        values.extend(wished.filter(|value| constraint.allows(*value) && Some(*value) != kept));
    }
    if values.is_empty() {
        match constraint {
            Constraint::Any => values.push(0),
            Constraint::One(value) => values.push(*value),
            Constraint::Some(some) => values.extend(some),
            Constraint::Range(low, _) => values.push(*low),
        }
    }
    values
}
