//! Registers, enumerations and events.

use super::names::{is_given, snake, variant};
use super::page::Page;
use crate::{ComplexType, Event, Param};

pub fn complex_type(page: &mut Page, kind: &'static ComplexType) {
    match kind {
        ComplexType::Register { .. } => register(page, kind),
        ComplexType::Enum { name, values, doc, .. } => enumeration(page, name, values, doc),
    }
}

/// The fields of a struct.
pub fn fields(page: &mut Page, fields: &[Param]) {
    for field in fields {
        page.param_doc("    ", None, field);
        let kind = page.owned(field.kind);
        let kind = if field.optional { format!("Option<{kind}>") } else { kind };
        page.add(format_args!("    pub {}: {kind},\n", snake(field.name)));
    }
}

/// A struct of parameters or fields.
pub fn structure(page: &mut Page, name: &str, doc: &str, params: &[Param]) {
    page.text.push('\n');
    page.doc("", doc, "");
    let default = if params.iter().all(|param| param.optional) { "Default, " } else { "" };
    page.add(format_args!("#[derive(Clone, Debug, {default}PartialEq)]\npub struct {name} {{\n"));
    fields(page, params);
    page.text.push_str("}\n");
}

fn register(page: &mut Page, kind: &'static ComplexType) {
    let name = kind.name();
    let own: Vec<Param> = kind.fields().into_iter().copied().collect();
    structure(page, name, kind.doc(), &own);
    if is_given(name) {
        page.add(format_args!("\nimpl ToWire for {name} {{\n    fn to_wire(&self) -> Json {{\n"));
        let written: Vec<String> =
            own.iter().map(|field| format!("(\"{}\", self.{}.to_wire())", field.name, snake(field.name))).collect();
        let open = format!("record(\"{}\", \"{name}\", vec![", kind.prefix());
        page.list("        ", &open, &written, "])");
        page.text.push_str("    }\n}\n");
    }
    page.add(format_args!(
        "\nimpl FromWire for {name} {{\n    fn from_wire(json: &Json, server: &MediaServer) -> Result<{name}, ClientError> \
         {{\n"
    ));
    page.text.push_str("        let fields = Fields::of(json, server)?;\n");
    read(page, name, &own);
    page.text.push_str("    }\n}\n");
    if kind.parent().is_some() {
        page.add(format_args!("\nimpl Register for {name} {{\n    const NAME: &'static str = \"{name}\";\n}}\n"));
    }
}

/// The expression that reads a struct.
fn read(page: &mut Page, name: &str, own: &[Param]) {
    page.add(format_args!("        Ok({name} {{\n"));
    for field in own {
        page.add(format_args!("            {}: fields.get(\"{}\")?,\n", snake(field.name), field.name));
    }
    page.text.push_str("        })\n");
}

pub fn event(page: &mut Page, event: &'static Event) {
    let name = event.name;
    let own: Vec<Param> = event.fields().into_iter().copied().collect();
    structure(page, name, event.doc, &own);
    page.add(format_args!(
        "\nimpl Event for {name} {{\n    const NAME: &'static str = \"{name}\";\n\n    fn of(fields: &Fields<'_>) -> \
         Result<{name}, ClientError> {{\n"
    ));
    read(page, name, &own);
    page.text.push_str("    }\n}\n");
}

fn enumeration(page: &mut Page, name: &str, values: &[&str], doc: &str) {
    page.text.push('\n');
    page.doc("", doc, "");
    page.add(format_args!("#[derive(Clone, Debug, PartialEq, Eq, Hash)]\n#[non_exhaustive]\npub enum {name} {{\n"));
    for value in values {
        page.add(format_args!("    /// `{value}`.\n    {},\n", variant(value)));
    }
    page.text.push_str("    /// A value that is not declared here.\n    Unknown(String),\n}\n");
    page.add(format_args!("\nimpl {name} {{\n    /// Its name in the declarations.\n"));
    page.text.push_str("    pub fn name(&self) -> &str {\n        match self {\n");
    for value in values {
        page.add(format_args!("            {name}::{} => \"{value}\",\n", variant(value)));
    }
    page.add(format_args!("            {name}::Unknown(name) => name,\n        }}\n    }}\n}}\n"));
    page.add(format_args!(
        "\nimpl ToWire for {name} {{\n    fn to_wire(&self) -> Json {{\n        self.name().into()\n    }}\n}}\n"
    ));
    page.add(format_args!(
        "\nimpl FromWire for {name} {{\n    fn from_wire(json: &Json, _: &MediaServer) -> Result<{name}, ClientError> \
         {{\n"
    ));
    page.text.push_str("        Ok(match text(json)? {\n");
    for value in values {
        page.add(format_args!("            \"{value}\" => {name}::{},\n", variant(value)));
    }
    page.add(format_args!("            other => {name}::Unknown(other.to_owned()),\n        }})\n    }}\n}}\n"));
}
