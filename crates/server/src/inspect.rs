//! `trellis inspect`: what elements there are.

use anyhow::bail;
use trellis_elements::catalogue::{self, ELEMENTS, ElementKind};

/// Lists the elements and the converters that may stand between them.
pub fn list() -> anyhow::Result<()> {
    println!("Elements ('trellis inspect ELEMENT' shows one):\n");
    for kind in ELEMENTS {
        println!("  {:<14} {:<20} {}", kind.name, kind.class, kind.doc);
    }
    println!("\nConverters, inserted where they are needed:\n");
    for rule in catalogue::converters().rules() {
        println!("  {:<28} {} -> {}", rule.name, rule.input, rule.output);
    }
    println!("\nLibraries:\n");
    for (name, version) in trellis_elements::versions() {
        println!("  {name:<14} {version}");
    }
    Ok(())
}

/// Shows one element.
pub fn show(name: &str) -> anyhow::Result<()> {
    let Some(kind) = catalogue::find(name) else {
        let known: Vec<&str> = ELEMENTS.iter().map(|kind| kind.name).collect();
        bail!("there is no element '{name}'; there are: {}", known.join(", "));
    };
    let ElementKind { name, class, doc, sinks, gives, properties, .. } = kind;
    println!("{name} ({class})\n  {doc}\n\nSink pads:");
    for pad in sinks() {
        println!("  {:<6} {}", pad.kind.to_string(), pad.caps);
    }
    println!("\nSource pads: {gives}\n");
    if properties.is_empty() {
        println!("No properties in text pipelines.");
    } else {
        println!("Properties in text pipelines:");
    }
    for property in *properties {
        let default = if property.default.is_empty() { String::new() } else { format!(" [{}]", property.default) };
        println!("  {:<8} {}{default}", property.name, property.doc);
    }
    Ok(())
}
