//! Caps: a set of formats, written as alternatives in order of preference.

use crate::{Field, Format, FormatError, Kind};
use smallvec::SmallVec;
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
    /// Whether a field's number satisfies it.
    pub fn allows(&self, value: u32) -> bool {
        match self {
            Constraint::Any => true,
            Constraint::One(one) => value == *one,
            Constraint::Some(some) => some.contains(&value),
            Constraint::Range(low, high) => (*low..=*high).contains(&value),
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
