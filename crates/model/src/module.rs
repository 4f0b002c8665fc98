//! A module: classes, types and events that are declared and exported together.

use crate::{Class, ComplexType, Event, registry};

/// A module of remote classes.
#[derive(Debug)]
pub struct Module {
    /// Its name: `elements`.
    pub name: &'static str,
    /// Its version, as clients compare it: `7.3.0`.
    pub version: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// The versions of Kurento that it works with, as a range: `^7.1.0`.
    pub kurento_version: Option<&'static str>,
    /// Modules whose types it uses, besides Kurento's own three: name and range of versions.
    pub imports: &'static [(&'static str, &'static str)],
    /// What generators of client libraries need to know: the path within the descriptor's `code` section, and the
    /// text there, as in `("api.js.nodeName", "kurento-client-elements")`.
    pub packages: &'static [(&'static str, &'static str)],
    /// Its declarations.
    pub parts: &'static [&'static Part],
}

/// Declarations of one file of a module; [`declarations!`](crate::declarations) makes them.
#[derive(Debug)]
pub struct Part {
    /// The path of the Rust module that declares it; [`Part::name`] is the end of it.
    pub path: &'static str,
    /// Remote classes.
    pub classes: &'static [Class],
    /// Registers and enumerations.
    pub types: &'static [ComplexType],
    /// Events.
    pub events: &'static [Event],
}

impl Part {
    /// What it is called among the parts of its module: the file that declares it, `webrtc`.
    pub fn name(&self) -> &'static str {
        self.path.rsplit("::").next().unwrap_or(self.path)
    }
}

impl Module {
    /// The module of a name.
    pub fn find(name: &str) -> Option<&'static Module> {
        registry::find(|index| index.module(name))
    }

    /// What stands before the names of its classes on the wire: `kurento` for Kurento's own three, its own name else.
    pub fn prefix(&self) -> &'static str {
        prefix(self.name)
    }

    /// Its classes.
    pub fn classes(&self) -> impl Iterator<Item = &'static Class> + use<> {
        self.parts.iter().flat_map(|part| part.classes)
    }

    /// Its registers and enumerations.
    pub fn types(&self) -> impl Iterator<Item = &'static ComplexType> + use<> {
        self.parts.iter().flat_map(|part| part.types)
    }

    /// Its events.
    pub fn events(&self) -> impl Iterator<Item = &'static Event> + use<> {
        self.parts.iter().flat_map(|part| part.events)
    }
}

/// The prefix of a module's names.
pub(crate) fn prefix(module: &'static str) -> &'static str {
    match module {
        "core" | "elements" | "filters" => "kurento",
        other => other,
    }
}
