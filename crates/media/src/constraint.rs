//! Constraints: what caps ask of one field.

use smallvec::SmallVec;
use std::cmp::Ordering;

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

    /// Which of its listed numbers this is, counted from 0; 0 also when it lists none.
    pub fn preference(&self, value: u32) -> usize {
        match self {
            Constraint::Some(some) => some.iter().position(|one| *one == value).unwrap_or(0),
            _ => 0,
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
