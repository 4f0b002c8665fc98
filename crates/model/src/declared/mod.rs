//! Every remote class that there is, by module.

mod core;
mod elements;
mod filters;

use crate::class::{Class, ComplexType, Event};

/// What one module declares.
pub struct Module {
    /// Its classes.
    pub classes: &'static [Class],
    /// Its registers and enumerations.
    pub types: &'static [ComplexType],
    /// Its events.
    pub events: &'static [Event],
}

/// A module by its name.
pub fn module(name: &str) -> Option<Module> {
    let (classes, types, events) = match name {
        "core" => (core::CLASSES, core::TYPES, core::EVENTS),
        "elements" => (elements::CLASSES, elements::TYPES, elements::EVENTS),
        "filters" => (filters::CLASSES, filters::TYPES, filters::EVENTS),
        _ => return None,
    };
    Some(Module { classes, types, events })
}

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
