//! The oracle's own reading of constraints and rules.

use trellis_media::{Alternative, Caps, Constraint, Field, Format};
use trellis_negotiator::{Element, Follows, Gives, Network, Rule};

pub fn ok(constraint: &Constraint, value: u32) -> bool {
    match constraint {
        Constraint::Any => true,
        _ if value == 0 => false,
        Constraint::One(one) => value == *one,
        Constraint::Some(some) => some.contains(&value),
        Constraint::Range(low, high) => *low <= value && value <= *high,
    }
}

pub fn fits(alternative: &Alternative, format: &Format) -> bool {
    alternative.constraints().all(|(field, constraint)| ok(constraint, format.value(field)))
}

/// Which alternative first takes a format, and how far down the lists of that alternative its numbers stand.
pub fn preference(caps: &Caps, format: &Format) -> Option<(usize, u64)> {
    let one = caps.alternatives().iter().position(|one| fits(one, format))?;
    let places = caps.alternatives()[one].constraints().map(|(field, constraint)| match constraint {
        Constraint::Some(some) => some.iter().take_while(|listed| **listed != format.value(field)).count() as u64,
        _ => 0,
    });
    Some((one, 64 * one as u64 + places.sum::<u64>()))
}

/// Fields as bits.
pub type Mask = u16;

pub fn bit(field: Field) -> Mask {
    1 << (field.number() - 1)
}

/// The fields that an alternative says something about.
pub fn mask(alternative: &Alternative) -> Mask {
    alternative.constraints().fold(0, |mask, (field, _)| mask | bit(field))
}

fn stated_in(format: &Format) -> Mask {
    Field::ALL.iter().filter(|field| format.value(**field) != 0).fold(0, |mask, field| mask | bit(*field))
}

/// The numbers that anybody names, by field.
pub struct Named {
    /// The fields that anybody names, or that a source states.
    pub fields: Vec<Field>,
    /// For each of these fields, single numbers; lower limits; upper limits.
    single: Vec<Vec<u32>>,
    low: Vec<Vec<u32>>,
    high: Vec<Vec<u32>>,
}

impl Named {
    pub fn of(network: &Network) -> Named {
        let count = Field::ALL.len();
        let mut named = Named {
            fields: Vec::new(),
            single: vec![Vec::new(); count],
            low: vec![Vec::new(); count],
            high: vec![Vec::new(); count],
        };
        for rule in network.rules {
            named.hear(&rule.input);
            named.hear(&rule.output);
        }
        for pads in network.elements.iter().flat_map(|element: &Element| &element.options) {
            pads.sinks.iter().flat_map(|caps| caps.alternatives()).for_each(|one| named.hear(one));
            for gives in &pads.sources {
                if let Gives::Follows(follows) = gives {
                    named.hear(&follows.output);
                }
            }
        }
        let sources = network.elements.iter().flat_map(|element| &element.options).flat_map(|pads| &pads.sources);
        let stated: Mask = sources.fold(0, |stated, gives| {
            stated
                | match gives {
                    Gives::All(formats) => formats.iter().fold(0, |mask, format| mask | stated_in(format)),
                    Gives::Follows(follows) => mask(&follows.output),
                    Gives::Nothing => 0,
                }
        });
        let said = network.rules.iter().fold(stated, |said, rule| said | mask(&rule.output) | mask(&rule.input));
        named.fields =
            Field::ALL.iter().copied().filter(|field| said & bit(*field) != 0 || named.names(*field)).collect();
        for list in named.single.iter_mut().chain(&mut named.low).chain(&mut named.high) {
            list.sort_unstable();
            list.dedup();
        }
        named
    }

    fn names(&self, field: Field) -> bool {
        let place = field.number() as usize - 1;
        [&self.single, &self.low, &self.high].iter().any(|lists| !lists[place].is_empty())
    }

    fn hear(&mut self, alternative: &Alternative) {
        for (field, constraint) in alternative.constraints() {
            let place = field.number() as usize - 1;
            match constraint {
                Constraint::Any => {}
                Constraint::One(one) => self.single[place].push(*one),
                Constraint::Some(some) => self.single[place].extend(some),
                Constraint::Range(low, high) => {
                    self.low[place].push(*low);
                    self.high[place].push(*high);
                }
            }
        }
    }

    /// What a field that a rule may choose can leave with: as it came, at a number that somebody names, or at the limit
    /// on the side of what came (the upper one where nothing was stated).
    fn choices(&self, field: Field, came: u32) -> Vec<u32> {
        let place = field.number() as usize - 1;
        let high = self.high[place].iter().copied().filter(|high| came == 0 || *high < came);
        let low = self.low[place].iter().copied().filter(|low| came != 0 && came < *low);
        let mut all: Vec<u32> =
            std::iter::once(came).chain(self.single[place].iter().copied()).chain(high).chain(low).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Everything that a rule could give for an input, apart from whether anybody asks for what it chooses. Perhaps the input
/// itself: that is no conversion, but the rule asks of its input what it asks.
pub fn could_give(rule: &Rule, input: &Format, named: &Named) -> Vec<Format> {
    if !fits(&rule.input, input) {
        return Vec::new();
    }
    let mut all = vec![*input];
    for field in named.fields.iter().copied() {
        let (given, came) = (rule.output.constraint(field), input.value(field));
        let values = if rule.choose.contains(field) {
            named.choices(field, came)
        } else if rule.keep.contains(field) {
            vec![came]
        } else {
            match given {
                Constraint::Any => vec![0],
                Constraint::One(one) => vec![*one],
                Constraint::Some(some) => some.to_vec(),
                Constraint::Range(..) => {
                    panic!("the oracle knows no rule that gives a range of what it does not choose")
                }
            }
        };
        let values: Vec<u32> = values.into_iter().filter(|value| ok(given, *value)).collect();
        match values.as_slice() {
            [value] => all.iter_mut().for_each(|format| *format = format.with(field, *value)),
            _ => all = all.iter().flat_map(|format| values.iter().map(|value| format.with(field, *value))).collect(),
        }
    }
    all
}

/// Whether a rule gives an output that chooses only what is asked for by one of these masks.
pub fn justified(rule: &Rule, input: &Format, output: &Format, asked: &[Mask]) -> bool {
    let changed = rule.choose.iter().filter(|field| {
        let came = input.value(*field);
        came != output.value(*field) && ok(rule.output.constraint(*field), came)
    });
    let changed = changed.fold(0, |mask, field| mask | bit(field));
    asked.iter().any(|asked| asked & changed == changed)
}

/// What comes out of a filter.
pub fn follow(follows: &Follows, input: &Format) -> Option<Format> {
    let mut output = *input;
    for field in Field::ALL.iter().copied() {
        let given = follows.output.constraint(field);
        if follows.keep.contains(field) {
            if !ok(given, input.value(field)) {
                return None;
            }
            continue;
        }
        output = output.with(
            field,
            match given {
                Constraint::Any => 0,
                Constraint::One(one) => *one,
                Constraint::Some(some) => *some.first()?,
                Constraint::Range(_, high) => *high,
            },
        );
    }
    Some(output)
}
