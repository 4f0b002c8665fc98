//! The TypeScript types of a module, as clients of the browser and of Node see remote objects.
//!
//! A class becomes an interface whose methods give promises, `getX` and `setX` of its properties among them; next to it
//! stand what its constructor is given (`XParams`) and the events that it raises (`XEvents`). An event becomes an
//! interface `XEvent`, a register an interface, an enumeration a union of texts.

use crate::{Class, ComplexType, Event, Member, Module, Operation, Param};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Arguments, Write};

/// The types of a module as the text of a `.d.ts` file; files of all modules lie side by side. `None` when there is no
/// such module.
pub fn typescript(module: &str) -> Option<String> {
    let module = Module::find(module)?;
    let mut text = format!(
        "// {} Module {}, version {}.\n// Made from the declarations of the remote classes.\n",
        module.doc, module.name, module.version
    );
    for (other, names) in imports(module) {
        let names: Vec<String> = names.into_iter().collect();
        add(&mut text, format_args!("import type {{ {} }} from \"./{other}.js\";\n", names.join(", ")));
    }
    module.types().for_each(|kind| complex_type(&mut text, kind));
    module.events().for_each(|event| interface(&mut text, &event_head(event), event.doc, event.properties));
    module.classes().for_each(|declared| class(&mut text, declared));
    // Without anything exported, a file is no module.
    text.push_str("export {};\n");
    Some(text)
}

/// Writing into a text does not fail.
fn add(text: &mut String, more: Arguments<'_>) {
    let _ = text.write_fmt(more);
}

fn doc(text: &mut String, indent: &str, doc: &str) {
    add(text, format_args!("{indent}/** {} */\n", doc.replace("*/", "* /")));
}

/// A type by its name here.
fn kind(declared: &str) -> String {
    if let Some(item) = declared.strip_suffix("[]") {
        return format!("{}[]", kind(item));
    }
    if let Some(item) = declared.strip_suffix("<>") {
        return format!("Record<string, {}>", kind(item));
    }
    match declared {
        "String" => "string",
        "int" | "int64" | "float" | "double" => "number",
        other => other,
    }
    .to_owned()
}

fn fields(text: &mut String, fields: &[Param]) {
    for field in fields {
        doc(text, "  ", field.doc);
        let optional = if field.optional { "?" } else { "" };
        add(text, format_args!("  {}{optional}: {};\n", field.name, kind(field.kind)));
    }
}

fn interface(text: &mut String, head: &str, prose: &str, properties: &[Param]) {
    text.push('\n');
    doc(text, "", prose);
    add(text, format_args!("export interface {head} {{\n"));
    fields(text, properties);
    text.push_str("}\n");
}

fn extending(name: &str, parent: Option<String>) -> String {
    parent.map_or_else(|| name.to_owned(), |parent| format!("{name} extends {parent}"))
}

fn event_head(event: &Event) -> String {
    extending(&format!("{}Event", event.name), event.parent.map(|parent| format!("{parent}Event")))
}

fn complex_type(text: &mut String, declared: &'static ComplexType) {
    match declared {
        ComplexType::Register { name, parent, properties, doc, .. } => {
            interface(text, &extending(name, parent.map(str::to_owned)), doc, properties);
        }
        ComplexType::Enum { name, values, doc: prose, .. } => {
            text.push('\n');
            doc(text, "", prose);
            let values: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
            add(text, format_args!("export type {name} = {};\n", values.join(" | ")));
        }
    }
}

fn class(text: &mut String, class: &'static Class) {
    let name = class.name;
    if let Some(params) = class.constructor {
        interface(text, &format!("{name}Params"), class.constructor_doc, params);
    }
    text.push('\n');
    doc(text, "", &format!("Events of {name}."));
    let parent = class.parent.map(|parent| format!("{parent}Events"));
    add(text, format_args!("export interface {} {{\n", extending(&format!("{name}Events"), parent)));
    for event in class.events {
        add(text, format_args!("  {event}: {event}Event;\n"));
    }
    text.push_str("}\n\n");
    doc(text, "", class.doc);
    add(text, format_args!("export interface {} {{\n", extending(name, class.parent.map(str::to_owned))));
    add(text, format_args!("  /** Only a type: what `on` knows. */\n  readonly events?: {name}Events;\n"));
    if class.parent.is_none() {
        text.push_str(
            "  /** Hears an event from now on. */\n  on<K extends keyof NonNullable<this[\"events\"]>>(event: K, \
             listener: (event: NonNullable<this[\"events\"]>[K]) => void): this;\n  /** Releases the object and what was \
             created in it. */\n  release(): Promise<void>;\n",
        );
    }
    class.operations().iter().filter(|own| own.owner.name == name).for_each(|own| operation(text, own));
    text.push_str("}\n");
}

fn operation(text: &mut String, operation: &Operation) {
    let (Member::Method(crate::Method { doc: prose, .. })
    | Member::Get(crate::Property { doc: prose, .. })
    | Member::Set(crate::Property { doc: prose, .. })) = &operation.member;
    doc(text, "  ", prose);
    let param = |param: &Param| {
        let optional = if param.optional { "?" } else { "" };
        format!("{}{optional}: {}", param.name, kind(param.kind))
    };
    let params: Vec<String> = operation.member.params().iter().map(param).collect();
    let returns = operation.member.returns().map_or_else(|| "void".to_owned(), kind);
    add(text, format_args!("  {}({}): Promise<{returns}>;\n", operation.name, params.join(", ")));
}

/// What other modules declare and this one names, by module.
fn imports(module: &'static Module) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut names: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    let mut need = |from: Option<&'static str>, name: String| {
        if let Some(from) = from.filter(|from| *from != module.name) {
            names.entry(from).or_default().insert(name);
        }
    };
    let declares = |name: &str| module.types().any(|kind| kind.name() == name);
    let base = |kind: &'static str| kind.trim_end_matches("[]").trim_end_matches("<>");
    let mut kinds: BTreeSet<&'static str> = BTreeSet::new();
    for class in module.classes() {
        if let Some(parent) = class.parent {
            kinds.insert(parent);
            need(Class::find(parent).map(|class| class.module), format!("{parent}Events"));
        }
        kinds.extend(class.constructor.unwrap_or_default().iter().map(|param| base(param.kind)));
        kinds.extend(class.properties.iter().map(|property| base(property.kind)));
        let methods = class.methods.iter();
        kinds.extend(
            methods.flat_map(|method| method.params.iter().map(|param| param.kind).chain(method.returns)).map(base),
        );
        for event in class.events {
            need(Event::find(event).map(|event| event.module), format!("{event}Event"));
        }
    }
    for kind in module.types() {
        kinds.extend(kind.parent());
        kinds.extend(kind.own_fields().iter().map(|field| base(field.kind)));
    }
    for event in module.events() {
        kinds.extend(event.properties.iter().map(|field| base(field.kind)));
        if let Some(parent) = event.parent {
            need(Event::find(parent).map(|parent| parent.module), format!("{parent}Event"));
        }
    }
    for name in kinds.into_iter().filter(|name| !declares(name)) {
        let from = Class::find(name).map(|class| class.module);
        need(from.or_else(|| ComplexType::find(name).map(ComplexType::module)), name.to_owned());
    }
    names
}
