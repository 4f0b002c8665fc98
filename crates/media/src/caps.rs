//! Caps: a set of formats, written as alternatives in order of preference.

use crate::{Alternative, Constraint, Field, Format, FormatError, Kind};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A set of formats: alternatives in order of preference. No alternative accepts nothing. A clone shares them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Caps {
    alternatives: Arc<[Alternative]>,
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
        for one in &*self.alternatives {
            for both in other.alternatives.iter().filter_map(|other| one.intersect(other)) {
                if !alternatives.iter().any(|known| known.contains(&both)) {
                    alternatives.push(both);
                }
            }
        }
        Caps { alternatives: alternatives.into() }
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
        Caps { alternatives: [alternative].into() }
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
