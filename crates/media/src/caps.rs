//! Caps: a set of formats, written as alternatives in order of preference.

use crate::{Field, Format, FormatError, Kind};
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// What an alternative asks of one field. A field that a format leaves unstated satisfies only [`Constraint::Any`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Constraint {
    /// Whatever it is.
    #[default]
    Any,
    /// Exactly this number.
    One(u32),
    /// One of these numbers, in order of preference.
    Some(SmallVec<[u32; 4]>),
    /// From the first to the second, both included.
    Range(u32, u32),
}

impl Constraint {
    /// One of these numbers, in order of preference, in its simplest form; `None` when there is no number.
    pub fn some(values: impl IntoIterator<Item = u32>) -> Option<Constraint> {
        let mut some: SmallVec<[u32; 4]> = SmallVec::new();
        for value in values {
            if !some.contains(&value) {
                some.push(value);
            }
        }
        match some.as_slice() {
            [] => None,
            [one] => Some(Constraint::One(*one)),
            _ => Some(Constraint::Some(some)),
        }
    }

    /// From the first to the second, in its simplest form; `None` when the first is the larger.
    pub fn range(low: u32, high: u32) -> Option<Constraint> {
        match low.cmp(&high) {
            Ordering::Less => Some(Constraint::Range(low, high)),
            Ordering::Equal => Some(Constraint::One(low)),
            Ordering::Greater => None,
        }
    }

    /// Whether a field's number satisfies it.
    pub fn allows(&self, value: u32) -> bool {
        match self {
            Constraint::Any => true,
            _ if value == 0 => false,
            Constraint::One(one) => value == *one,
            Constraint::Some(some) => some.contains(&value),
            Constraint::Range(low, high) => (*low..=*high).contains(&value),
        }
    }

    /// What both allow, in this one's order of preference; `None` when there is nothing.
    pub fn intersect(&self, other: &Constraint) -> Option<Constraint> {
        match (self, other) {
            (Constraint::Any, any) | (any, Constraint::Any) => any.is_possible().then(|| any.clone()),
            (Constraint::One(one), many) | (many, Constraint::One(one)) => {
                (*one != 0 && many.allows(*one)).then_some(Constraint::One(*one))
            }
            (Constraint::Range(low, high), Constraint::Range(other_low, other_high)) => {
                Constraint::range((*low.max(other_low)).max(1), *high.min(other_high))
            }
            (Constraint::Some(some), many) | (many, Constraint::Some(some)) => {
                Constraint::some(some.iter().copied().filter(|value| many.allows(*value)))
            }
        }
    }

    /// Whether both allow something in common: whether [`Constraint::intersect`] gives anything.
    pub fn overlaps(&self, other: &Constraint) -> bool {
        match (self, other) {
            (Constraint::Any, any) | (any, Constraint::Any) => any.is_possible(),
            (Constraint::One(one), many) | (many, Constraint::One(one)) => *one != 0 && many.allows(*one),
            (Constraint::Range(low, high), Constraint::Range(other_low, other_high)) => {
                (*low.max(other_low)).max(1) <= *high.min(other_high)
            }
            (Constraint::Some(some), many) | (many, Constraint::Some(some)) => {
                some.iter().any(|value| many.allows(*value))
            }
        }
    }

    /// Whether it allows everything that the other does.
    pub fn contains(&self, other: &Constraint) -> bool {
        match (self, other) {
            (Constraint::Any, _) => true,
            (_, Constraint::Any) => false,
            (_, Constraint::One(one)) => *one == 0 || self.allows(*one),
            (_, Constraint::Some(some)) => some.iter().all(|value| *value == 0 || self.allows(*value)),
            (Constraint::Range(low, high), Constraint::Range(other_low, other_high)) => {
                !other.is_possible() || low <= (&(*other_low).max(1)) && other_high <= high
            }
            (Constraint::One(_) | Constraint::Some(_), Constraint::Range(low, high)) => {
                // A range longer than the list cannot be in it, so the walk is as short as the list.
                let listed = if let Constraint::Some(some) = self { some.len() } else { 1 };
                let low = (*low).max(1);
                !other.is_possible()
                    || usize::try_from(high - low).is_ok_and(|longer| longer < listed)
                        && (low..=*high).all(|value| self.allows(value))
            }
        }
    }

    /// Whether any number satisfies it.
    pub fn is_possible(&self) -> bool {
        match self {
            Constraint::Any => true,
            Constraint::One(one) => *one != 0,
            Constraint::Some(some) => some.iter().any(|value| *value != 0),
            Constraint::Range(low, high) => low <= high && *high > 0,
        }
    }

    /// The allowed number that changes a value least: the value itself; else, of a list, the preferred number; of a
    /// range, the edge on the value's side. What is not stated becomes the upper edge, or the lower one of a range
    /// without an upper limit. `None` when nothing is allowed.
    pub fn nearest(&self, value: u32) -> Option<u32> {
        if self.allows(value) {
            return Some(value);
        }
        match self {
            Constraint::Any => Some(value),
            Constraint::One(one) => Some(*one).filter(|one| *one != 0),
            Constraint::Some(some) => some.iter().copied().find(|value| *value != 0),
            Constraint::Range(..) if !self.is_possible() => None,
            Constraint::Range(low, u32::MAX) if value == 0 => Some((*low).max(1)),
            Constraint::Range(_, high) if value == 0 || value > *high => Some(*high),
            Constraint::Range(low, _) => Some(*low),
        }
    }
}

/// One alternative of caps: a constraint on each field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Alternative {
    fields: [Constraint; Field::COUNT],
}

impl Alternative {
    /// Any format at all.
    pub fn any() -> Self {
        Self::default()
    }

    /// Exactly the stated fields of a format; unstated ones may be anything.
    pub fn like(format: &Format) -> Self {
        let mut alternative = Self::default();
        for field in Field::ALL {
            if let Some(value) = format.stated(*field) {
                alternative = alternative.with(*field, Constraint::One(value));
            }
        }
        alternative
    }

    /// This alternative with one field's constraint replaced.
    pub fn with(mut self, field: Field, constraint: Constraint) -> Self {
        self.fields[field.number() as usize - 1] = constraint;
        self
    }

    /// The constraint on a field.
    pub fn constraint(&self, field: Field) -> &Constraint {
        &self.fields[field.number() as usize - 1]
    }

    /// Whether a format is one of this alternative's.
    pub fn accepts(&self, format: &Format) -> bool {
        self.failing(format).is_none()
    }

    /// The first field of a format that this alternative does not allow.
    pub fn failing(&self, format: &Format) -> Option<Field> {
        Field::ALL.iter().copied().find(|field| !self.constraint(*field).allows(format.value(*field)))
    }

    /// Every field of a format that this alternative does not allow, in order of [`Field::ALL`].
    pub fn all_failing(&self, format: &Format) -> Vec<Field> {
        let fails = |field: &Field| !self.constraint(*field).allows(format.value(*field));
        Field::ALL.iter().copied().filter(fails).collect()
    }

    /// The formats of both; `None` when there is none.
    pub fn intersect(&self, other: &Alternative) -> Option<Alternative> {
        if !self.overlaps(other) {
            return None;
        }
        let mut both = Alternative::default();
        for ((field, one), other) in both.fields.iter_mut().zip(&self.fields).zip(&other.fields) {
            *field = one.intersect(other)?;
        }
        Some(both)
    }

    /// Whether any format is in both.
    pub fn overlaps(&self, other: &Alternative) -> bool {
        self.fields.iter().zip(&other.fields).all(|(one, other)| one.overlaps(other))
    }

    /// Whether every format of the other is one of this one's.
    pub fn contains(&self, other: &Alternative) -> bool {
        !other.is_possible() || self.fields.iter().zip(&other.fields).all(|(one, other)| one.contains(other))
    }

    /// Whether there is a format that it accepts.
    pub fn is_possible(&self) -> bool {
        self.fields.iter().all(Constraint::is_possible)
    }

    /// The accepted format that differs least from another one (see [`Constraint::nearest`]); that one itself when it
    /// is accepted. `None` when nothing is accepted.
    pub fn fixate(&self, near: &Format) -> Option<Format> {
        let mut format = *near;
        for field in Field::ALL.iter().copied() {
            format = format.with(field, self.constraint(field).nearest(near.value(field))?);
        }
        Some(format)
    }
}

/// A set of formats: alternatives in order of preference. No alternative accepts nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Caps {
    alternatives: Vec<Alternative>,
}

impl Caps {
    /// Accepts nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Accepts everything of one kind.
    pub fn any_of(kind: Kind) -> Self {
        Alternative::any().with(Field::Kind, Constraint::One(kind.number())).into()
    }

    /// Accepts whatever looks like one of these formats (see [`Alternative::like`]), the first preferred.
    pub fn like(formats: &[Format]) -> Self {
        Caps { alternatives: formats.iter().map(Alternative::like).collect() }
    }

    /// The alternatives, the preferred one first.
    pub fn alternatives(&self) -> &[Alternative] {
        &self.alternatives
    }

    /// Whether a format is in the set.
    pub fn accepts(&self, format: &Format) -> bool {
        self.alternatives.iter().any(|alternative| alternative.accepts(format))
    }

    /// Which alternative, counted from 0, first accepts a format.
    pub fn preference(&self, format: &Format) -> Option<usize> {
        self.alternatives.iter().position(|alternative| alternative.accepts(format))
    }

    /// Whether nothing is accepted.
    pub fn is_none(&self) -> bool {
        self.alternatives.is_empty()
    }

    /// The formats of both, in this one's order of preference, then in the other's.
    pub fn intersect(&self, other: &Caps) -> Caps {
        let mut alternatives: Vec<Alternative> = Vec::new();
        for one in &self.alternatives {
            for both in other.alternatives.iter().filter_map(|other| one.intersect(other)) {
                if !alternatives.iter().any(|known| known.contains(&both)) {
                    alternatives.push(both);
                }
            }
        }
        Caps { alternatives }
    }

    /// Whether every format of the other is one of this one's. Looks at alternatives one by one: false also when only
    /// several alternatives together cover one of the other's.
    pub fn contains(&self, other: &Caps) -> bool {
        other.alternatives.iter().all(|other| self.alternatives.iter().any(|one| one.contains(other)))
    }

    /// A format to use: the given one when it is accepted, else the preferred alternative's nearest to it. `None` when
    /// nothing is accepted.
    pub fn fixate(&self, near: &Format) -> Option<Format> {
        if self.accepts(near) {
            return Some(*near);
        }
        self.alternatives.iter().find_map(|alternative| alternative.fixate(near))
    }
}

impl From<Alternative> for Caps {
    fn from(alternative: Alternative) -> Self {
        Caps { alternatives: vec![alternative] }
    }
}

impl FromIterator<Alternative> for Caps {
    fn from_iter<T: IntoIterator<Item = Alternative>>(alternatives: T) -> Self {
        Caps { alternatives: alternatives.into_iter().collect() }
    }
}

/// Formats separated by `|`, the preferred one first; each stands for all formats that have its stated fields.
impl FromStr for Caps {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Caps, FormatError> {
        text.split('|').map(|part| Ok(Alternative::like(&part.parse()?))).collect()
    }
}

impl fmt::Display for Caps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return f.write_str("none");
        }
        for (index, alternative) in self.alternatives.iter().enumerate() {
            if index > 0 {
                f.write_str(" | ")?;
            }
            fmt::Display::fmt(alternative, f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut exact = Format::data().with(Field::Kind, 0).with(Field::Carriage, 0);
        let mut open = Vec::new();
        for field in Field::ALL {
            match self.constraint(*field) {
                Constraint::Any => {}
                Constraint::One(value) => exact = exact.with(*field, *value),
                Constraint::Some(some) => open.push(format!("{field} in {:?}", some.as_slice())),
                Constraint::Range(low, high) => open.push(format!("{field} {low} to {high}")),
            }
        }
        match exact.kind() {
            None => f.write_str("any")?,
            Some(kind) if exact.carriage().is_none() => write!(f, "any {kind}")?,
            Some(_) => write!(f, "{exact}")?,
        }
        for constraint in open {
            write!(f, ", {constraint}")?;
        }
        Ok(())
    }
}
