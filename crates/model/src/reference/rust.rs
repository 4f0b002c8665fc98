//! The Rust classes of a module, as the crate `trellis-client` and programs with modules of their own have them.
//!
//! A class becomes a newtype of its parent that dereferences to it, with an async method for each operation. Next to it
//! stands a builder for what its constructor may be given, where something may be left out. A register becomes a struct, an
//! enumeration an enum that keeps values it does not know, an event a struct. A file is one part of a module; a module
//! of several parts has one more, which names them.

mod classes;
mod names;
mod page;
mod types;

use crate::{Class, ComplexType, Event, Module, Part, declared};
use page::Page;
use std::collections::{BTreeMap, BTreeSet};

/// The Rust classes of a module, or of one of its parts: `chroma`, `core/element`. A module of several parts by itself is
/// the file that names these. `None` when there is no such module or part.
pub fn rust(path: &str) -> Option<String> {
    let (name, part) = path.split_once('/').map_or((path, None), |(name, part)| (name, Some(part)));
    let module = Module::find(name)?;
    match (part, module.parts) {
        (None, [only]) => Some(file(path, module, only)),
        (None, several) => Some(contents(module, several)),
        (Some(_), [_]) => None,
        (Some(part), several) => Some(file(path, module, several.iter().find(|known| known.name() == part)?)),
    }
}

fn head(path: &str, doc: &str) -> String {
    format!("//! {doc}\n//!\n//! Made from the declarations of the remote classes: `trellis model rust {path}`.\n\n")
}

/// The file that names the parts of a module.
fn contents(module: &Module, parts: &[&Part]) -> String {
    let mut text = head(module.name, &format!("Module `{}`. {}", module.name, module.doc));
    let mut names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
    names.sort_unstable();
    names.iter().for_each(|name| text.push_str(&format!("mod {name};\n")));
    text.push('\n');
    names.iter().for_each(|name| text.push_str(&format!("pub use {name}::*;\n")));
    text
}

/// The file of one part.
fn file(path: &str, module: &'static Module, part: &'static Part) -> String {
    let mut page = Page::of(module);
    part.types.iter().for_each(|kind| types::complex_type(&mut page, kind));
    part.events.iter().filter(|event| is_raised(event)).for_each(|event| types::event(&mut page, event));
    part.classes.iter().for_each(|class| classes::class(&mut page, class));
    let doc = match module.parts {
        [_] => format!("Module `{}`. {}", module.name, module.doc),
        _ => format!("Module `{}`, part `{}`.", module.name, part.name()),
    };
    let mut text = head(path, &doc);
    for (from, names) in imports(&page.names, module, part) {
        let names: Vec<&str> = names.into_iter().collect();
        match names[..] {
            [name] => text.push_str(&format!("use {from}::{name};\n")),
            _ => text.push_str(&page::folded("", &format!("use {from}::{{"), &names, "};")),
        }
    }
    text.push_str("use trellis_client::generated::*;\n");
    text.push_str(&page.text);
    text
}

/// Whether an event is more than what others extend.
fn is_raised(event: &Event) -> bool {
    crate::events().all(|other| other.parent != Some(event.name))
}

/// What is named here and declared elsewhere, by the Rust module that it is in.
fn imports(
    names: &BTreeSet<&'static str>,
    module: &'static Module,
    part: &'static Part,
) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut imports: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for name in names.iter().copied().filter(|name| !declares(part, name)) {
        let from = if module.parts.iter().any(|part| declares(part, name)) {
            "super".to_owned()
        } else {
            let Some(other) = owner(name) else { continue };
            let out = if module.parts.len() == 1 { "super" } else { "super::super" };
            let root = if is_built_in(other) { "trellis_client::classes" } else { out };
            format!("{root}::{other}")
        };
        imports.entry(from).or_default().insert(name);
    }
    imports
}

fn declares(part: &Part, name: &str) -> bool {
    part.classes.iter().any(|class| class.name == name) || part.types.iter().any(|kind| kind.name() == name)
}

fn owner(name: &str) -> Option<&'static str> {
    Class::find(name).map(|class| class.module).or_else(|| ComplexType::find(name).map(ComplexType::module))
}

fn is_built_in(module: &str) -> bool {
    declared::MODULES.iter().any(|known| known.name == module)
}
