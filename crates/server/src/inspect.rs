//! `trellis inspect`: what elements there are.

use crate::output::print;
use anyhow::bail;
use std::fmt::Write;
use trellis_elements::catalogue::{self, ELEMENTS, ElementKind};

/// Lists the elements and the converters that may stand between them.
pub fn list() -> anyhow::Result<()> {
    let mut text = String::from("Elements ('trellis inspect ELEMENT' shows one):\n\n");
    for kind in ELEMENTS {
        writeln!(text, "  {:<14} {:<20} {}", kind.name, kind.class, kind.doc)?;
    }
    text.push_str("\nConverters, inserted where they are needed:\n\n");
    for rule in catalogue::converters().rules() {
        writeln!(text, "  {:<28} {} -> {}", rule.name, rule.input, rule.output)?;
    }
    text.push_str("\nLibraries:\n\n");
    for (name, version) in trellis_elements::versions() {
        writeln!(text, "  {name:<14} {version}")?;
    }
    print(&text)
}

/// Shows one element.
pub fn show(name: &str) -> anyhow::Result<()> {
    let Some(kind) = catalogue::find(name) else {
        let known: Vec<&str> = ELEMENTS.iter().map(|kind| kind.name).collect();
        bail!("there is no element '{name}'; there are: {}", known.join(", "));
    };
    let ElementKind { name, class, doc, sinks, gives, properties, .. } = kind;
    let mut text = format!("{name} ({class})\n  {doc}\n\nSink pads:\n");
    for pad in sinks() {
        writeln!(text, "  {:<6} {}", pad.kind.to_string(), pad.caps)?;
    }
    writeln!(text, "\nSource pads: {gives}\n")?;
    text.push_str(if properties.is_empty() {
        "No properties in text pipelines.\n"
    } else {
        "Properties in text pipelines:\n"
    });
    for property in *properties {
        let default = if property.default.is_empty() { String::new() } else { format!(" [{}]", property.default) };
        writeln!(text, "  {:<8} {}{default}", property.name, property.doc)?;
    }
    print(&text)
}
