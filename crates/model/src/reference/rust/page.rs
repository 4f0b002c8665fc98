//! A file as it is written: its text, and the declared names in it.

use super::names::{Kind, is_extended};
use crate::{Module, Param};
use std::collections::BTreeSet;
use std::fmt::{Arguments, Write};

/// The longest line.
const WIDTH: usize = 120;

/// A file as it is written.
pub struct Page {
    module: &'static Module,
    pub text: String,
    /// Classes, registers and enumerations that it names.
    pub names: BTreeSet<&'static str>,
}

impl Page {
    pub fn of(module: &'static Module) -> Page {
        Page { module, text: String::new(), names: BTreeSet::new() }
    }

    /// Writing into a text does not fail.
    pub fn add(&mut self, text: Arguments<'_>) {
        let _ = self.text.write_fmt(text);
    }

    /// One thing after another between brackets, on one line where they fit.
    pub fn list(&mut self, indent: &str, open: &str, items: &[String], close: &str) {
        let items: Vec<&str> = items.iter().map(String::as_str).collect();
        self.text.push_str(&folded(indent, open, &items, close));
    }

    /// A comment; the lines of an item of a list but the first stand `hang` to the right.
    pub fn doc(&mut self, indent: &str, text: &str, hang: &str) {
        let mut line = format!("{indent}///");
        for word in text.split_whitespace() {
            if line.len() + 1 + word.len() > WIDTH {
                self.add(format_args!("{line}\n"));
                line = format!("{indent}///{hang}");
            }
            line.push(' ');
            line.push_str(word);
        }
        self.add(format_args!("{line}\n"));
    }

    /// The comment of a parameter or field.
    pub fn param_doc(&mut self, indent: &str, name: Option<&str>, param: &Param) {
        let default = param.default.map(|json| format!(" Left out, it is `{json}`.")).unwrap_or_default();
        match name {
            Some(name) => self.doc(indent, &format!("- `{name}`: {}{default}", param.doc), "  "),
            None => self.doc(indent, &format!("{}{default}", param.doc), ""),
        }
    }

    /// The type of what is kept: a field, or what an operation gives.
    pub fn owned(&mut self, declared: &'static str) -> String {
        match Kind::of(declared, self.module) {
            Kind::Text => "String".to_owned(),
            Kind::Plain(name) => name.to_owned(),
            Kind::List(item) => format!("Vec<{}>", self.owned(item)),
            Kind::Map(item) => format!("BTreeMap<String, {}>", self.owned(item)),
            Kind::Register(name) if is_extended(name) => format!("Extended<{}>", self.name(name)),
            Kind::Object(name) | Kind::Enumeration(name) | Kind::Register(name) => self.name(name).to_owned(),
        }
    }

    /// The type of a parameter.
    pub fn given(&mut self, declared: &'static str) -> String {
        match Kind::of(declared, self.module) {
            Kind::Text => "&str".to_owned(),
            Kind::Plain(name) => name.to_owned(),
            Kind::List(item) => format!("&[{}]", self.owned(item)),
            Kind::Map(_) => format!("&{}", self.owned(declared)),
            Kind::Enumeration(name) => self.name(name).to_owned(),
            Kind::Object(name) | Kind::Register(name) => format!("&{}", self.name(name)),
        }
    }

    /// What an operation gives. A single object may be none.
    pub fn returned(&mut self, declared: Option<&'static str>) -> String {
        let Some(declared) = declared else { return "()".to_owned() };
        match Kind::of(declared, self.module) {
            Kind::Object(name) => format!("Option<{}>", self.name(name)),
            _ => self.owned(declared),
        }
    }

    /// A declared name, to be imported if need be.
    pub fn name(&mut self, name: &'static str) -> &'static str {
        self.names.insert(name);
        name
    }
}

/// One thing after another between brackets, on one line where they fit.
pub fn folded(indent: &str, open: &str, items: &[&str], close: &str) -> String {
    let line = format!("{indent}{open}{}{close}", items.join(", "));
    if line.len() <= WIDTH {
        return line + "\n";
    }
    let items: Vec<String> = items.iter().map(|item| format!("{indent}    {item},\n")).collect();
    format!("{indent}{open}\n{}{indent}{close}\n", items.concat())
}
