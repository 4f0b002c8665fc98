//! Every remote class that there is, by module.

mod core;
mod elements;
mod filters;

use crate::class::{Class, ComplexType, Event};

/// Every class.
pub fn classes() -> impl Iterator<Item = &'static Class> {
    core::CLASSES.iter().chain(elements::CLASSES).chain(filters::CLASSES)
}

/// Every register and enumeration.
pub fn types() -> impl Iterator<Item = &'static ComplexType> {
    core::TYPES.iter().chain(elements::TYPES).chain(filters::TYPES)
}

/// Every event.
pub fn events() -> impl Iterator<Item = &'static Event> {
    core::EVENTS.iter().chain(elements::EVENTS).chain(filters::EVENTS)
}
