//! Alternatives: a constraint on each field.

use crate::{Constraint, Field, FieldSet, Format};
use smallvec::SmallVec;
use std::fmt;

/// One alternative of caps: a constraint on each field. Only those that ask for anything are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Alternative {
    /// The fields with a constraint other than [`Constraint::Any`].
    asked: FieldSet,
    /// Their constraints, in order of [`Field::ALL`].
    constraints: SmallVec<[Constraint; 5]>,
}

impl Alternative {
    /// Any format at all.
    pub fn any() -> Self {
        Self::default()
    }

    /// Exactly the stated fields of a format; unstated ones may be anything.
    pub fn like(format: &Format) -> Self {
        let mut alternative = Self::default();
        for field in Field::ALL.iter().copied() {
            if let Some(value) = format.stated(field) {
                alternative.push(field, Constraint::One(value));
            }
        }
        alternative
    }

    /// This alternative with one field's constraint replaced.
    pub fn with(mut self, field: Field, constraint: Constraint) -> Self {
        let place = self.asked.before(field);
        match (self.asked.contains(field), constraint == Constraint::Any) {
            (true, false) => self.constraints[place] = constraint,
            (true, true) => {
                self.constraints.remove(place);
                self.asked = self.asked.without(FieldSet::of(&[field]));
            }
            (false, false) => {
                self.constraints.insert(place, constraint);
                self.asked = self.asked.union(FieldSet::of(&[field]));
            }
            (false, true) => {}
        }
        self
    }

    /// Adds the constraint on a field that comes after all that are asked for.
    fn push(&mut self, field: Field, constraint: Constraint) {
        self.asked = self.asked.union(FieldSet::of(&[field]));
        self.constraints.push(constraint);
    }

    /// The constraint on a field.
    pub fn constraint(&self, field: Field) -> &Constraint {
        if self.asked.contains(field) { &self.constraints[self.asked.before(field)] } else { &Constraint::Any }
    }

    /// The fields that it asks anything of.
    pub fn asked(&self) -> FieldSet {
        self.asked
    }

    /// The fields that it asks anything of, in order of [`Field::ALL`], with what it asks.
    pub fn constraints(&self) -> impl Iterator<Item = (Field, &Constraint)> {
        self.asked.iter().zip(&self.constraints)
    }

    /// Whether a format is one of this alternative's.
    pub fn accepts(&self, format: &Format) -> bool {
        self.failing(format).is_none()
    }

    /// The first field of a format that this alternative does not allow.
    pub fn failing(&self, format: &Format) -> Option<Field> {
        self.constraints().find(|(field, one)| !one.allows(format.value(*field))).map(|(field, _)| field)
    }

    /// How far a format that it accepts is from what it prefers: the sum of [`Constraint::preference`] over the fields.
    pub fn preference(&self, format: &Format) -> usize {
        self.constraints().map(|(field, one)| one.preference(format.value(field))).sum()
    }

    /// Every field of a format that this alternative does not allow, in order of [`Field::ALL`].
    pub fn all_failing(&self, format: &Format) -> Vec<Field> {
        let failing = self.constraints().filter(|(field, one)| !one.allows(format.value(*field)));
        failing.map(|(field, _)| field).collect()
    }

    /// The formats of both; `None` when there is none.
    pub fn intersect(&self, other: &Alternative) -> Option<Alternative> {
        if !self.overlaps(other) {
            return None;
        }
        let mut both = Alternative::default();
        for field in self.asked.union(other.asked).iter() {
            both.push(field, self.constraint(field).intersect(other.constraint(field))?);
        }
        Some(both)
    }

    /// Whether any format is in both.
    pub fn overlaps(&self, other: &Alternative) -> bool {
        self.asked.union(other.asked).iter().all(|field| self.constraint(field).overlaps(other.constraint(field)))
    }

    /// Whether every format of the other is one of this one's.
    pub fn contains(&self, other: &Alternative) -> bool {
        let within = || self.constraints().all(|(field, one)| one.contains(other.constraint(field)));
        !other.is_possible() || self.asked.without(other.asked).is_empty() && within()
    }

    /// Whether there is a format that it accepts.
    pub fn is_possible(&self) -> bool {
        self.constraints.iter().all(Constraint::is_possible)
    }

    /// The accepted format that differs least from another one (see [`Constraint::nearest`]); that one itself when it
    /// is accepted. `None` when nothing is accepted.
    pub fn fixate(&self, near: &Format) -> Option<Format> {
        let mut format = *near;
        for (field, constraint) in self.constraints() {
            format = format.with(field, constraint.nearest(near.value(field))?);
        }
        Some(format)
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
