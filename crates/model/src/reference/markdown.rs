//! The reference page of a module.

use crate::{Class, ComplexType, Event, Method, Module, Param, Property};
use std::fmt::Write;

const INTRODUCTION: &str = "
This page is made from the declarations: `trellis model markdown` writes it. A class is created by its name, alone or
behind the prefix of its module; which classes a server makes is told by `ServerManager.getInfo`, and the others are
refused with error 40108. A property `x` is read by `getX` and, unless it is read-only or final, written by `setX`. `?`
marks what may be left out, `X[]` a list of `X`, `X<>` a map from texts to `X`.
";

/// The reference page of a module, in Markdown; pages of all modules lie side by side. `None` when there is no such
/// module.
pub fn markdown(module: &str) -> Option<String> {
    let module = Module::find(module)?;
    let mut page = format!("# Module `{}`\n\n{} Version {}.\n", module.name, module.doc, module.version);
    page.push_str(INTRODUCTION);
    section(&mut page, "Classes", module.classes(), class);
    section(&mut page, "Registers", module.types().filter(|kind| is_register(kind)), register);
    section(&mut page, "Enumerations", module.types().filter(|kind| !is_register(kind)), enumeration);
    section(&mut page, "Events", module.events(), event);
    Some(page)
}

fn is_register(kind: &ComplexType) -> bool {
    matches!(kind, ComplexType::Register { .. })
}

fn section<T>(page: &mut String, title: &str, items: impl Iterator<Item = T>, write: impl Fn(&mut String, T)) {
    let mut items = items.peekable();
    if items.peek().is_some() {
        add(page, format_args!("\n## {title}\n"));
        items.for_each(|item| write(page, item));
    }
}

/// Writing into a text does not fail.
fn add(page: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = page.write_fmt(text);
}

fn class(page: &mut String, class: &'static Class) {
    let form = if class.is_abstract { "Abstract" } else { "Class" };
    add(page, format_args!("\n### {}\n\n{form} `{}`", class.name, class.qualified_name()));
    match class.parent.and_then(Class::find) {
        Some(parent) => add(page, format_args!(", extends {}. {}\n", link(parent.name, parent.module), class.doc)),
        None => add(page, format_args!(". {}\n", class.doc)),
    }
    if let Some(params) = class.constructor {
        add(page, format_args!("\n**Constructor.** {}\n", class.constructor_doc));
        fields(page, params);
    }
    if !class.properties.is_empty() {
        page.push_str("\n**Properties**\n\n");
        class.properties.iter().for_each(|item| property(page, item));
    }
    if !class.methods.is_empty() {
        page.push_str("\n**Methods**\n\n");
        class.methods.iter().for_each(|item| method(page, item));
    }
    if !class.events.is_empty() {
        let events = class.events.iter().filter_map(|name| Event::find(name));
        let events: Vec<String> = events.map(|event| link(event.name, event.module)).collect();
        add(page, format_args!("\n**Events** {}\n", events.join(", ")));
    }
}

/// A name that leads to its heading: headings are found by their text in lower case.
fn link(name: &str, module: &str) -> String {
    format!("[`{name}`]({module}.md#{})", name.to_lowercase())
}

fn property(page: &mut String, property: &Property) {
    let access = match (property.is_final, property.read_only) {
        (true, _) => " (final)",
        (_, true) => " (read-only)",
        _ => "",
    };
    let Property { name, kind, doc, .. } = property;
    add(page, format_args!("- `{name}: {kind}{}`{access}: {doc}\n", default(property.default)));
}

fn default(json: Option<&str>) -> String {
    json.map(|json| format!(" = {json}")).unwrap_or_default()
}

fn method(page: &mut String, method: &Method) {
    let names: Vec<String> = method.params.iter().map(signature).collect();
    let returns = method.returns.map(|kind| format!(": {kind}")).unwrap_or_default();
    add(page, format_args!("- `{}({}){returns}`: {}\n", method.name, names.join(", "), method.doc));
    for param in method.params {
        add(page, format_args!("  - `{}`: {}\n", param.name, param.doc));
    }
    if method.returns.is_some() {
        add(page, format_args!("  - gives: {}\n", method.returns_doc));
    }
}

fn signature(param: &Param) -> String {
    let optional = if param.optional { "?" } else { "" };
    format!("{}{optional}: {}{}", param.name, param.kind, default(param.default))
}

fn fields(page: &mut String, fields: &[Param]) {
    if !fields.is_empty() {
        page.push('\n');
    }
    for field in fields {
        add(page, format_args!("- `{}`: {}\n", signature(field), field.doc));
    }
}

/// The heading and the prose of something that extends nothing, or something of a module.
fn headed(page: &mut String, name: &str, parent: Option<(&str, &str)>, doc: &str) {
    match parent {
        Some((parent, module)) => add(page, format_args!("\n### {name}\n\nExtends {}. {doc}\n", link(parent, module))),
        None => add(page, format_args!("\n### {name}\n\n{doc}\n")),
    }
}

fn register(page: &mut String, kind: &'static ComplexType) {
    let parent = kind.parent().and_then(ComplexType::find);
    headed(page, kind.name(), parent.map(|parent| (parent.name(), parent.module())), kind.doc());
    fields(page, kind.own_fields());
}

fn enumeration(page: &mut String, kind: &'static ComplexType) {
    headed(page, kind.name(), None, kind.doc());
    if let ComplexType::Enum { values, .. } = kind {
        let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        add(page, format_args!("\n{}\n", values.join(", ")));
    }
}

fn event(page: &mut String, event: &'static Event) {
    let parent = event.parent.and_then(Event::find);
    headed(page, event.name, parent.map(|parent| (parent.name, parent.module)), event.doc);
    fields(page, event.properties);
}
