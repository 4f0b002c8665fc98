//! Classes: the newtype, what makes one, and its operations.

use super::names::{capitalised, snake};
use super::page::Page;
use super::types::structure;
use crate::{Class, Member, Operation, Param};

/// Parameters that must be given, above which they become a struct.
const MOST: usize = 4;

pub fn class(page: &mut Page, class: &'static Class) {
    let name = class.name;
    let parent = class.parent.map_or("Object", |parent| page.name(parent));
    let inner = if class.parent.is_some() { format!("{parent}::of(object)") } else { "object".to_owned() };
    page.text.push('\n');
    page.doc("", class.doc, "");
    page.add(format_args!("#[derive(Clone, Debug, PartialEq, Eq, Hash)]\npub struct {name}({parent});\n"));
    page.add(format_args!(
        "\nimpl Deref for {name} {{\n    type Target = {parent};\n\n    fn deref(&self) -> &{parent} {{\n        &self.0\n    \
         }}\n}}\n"
    ));
    page.add(format_args!(
        "\nimpl Class for {name} {{\n    const NAME: &'static str = \"{name}\";\n\n    fn of(object: Object) -> {name} {{\n        \
         {name}({inner})\n    }}\n}}\n"
    ));
    page.add(format_args!(
        "\nimpl ToWire for {name} {{\n    fn to_wire(&self) -> Json {{\n        Object::to_wire(self)\n    }}\n}}\n"
    ));
    page.add(format_args!(
        "\nimpl FromWire for {name} {{\n    fn from_wire(json: &Json, server: &MediaServer) -> Result<{name}, ClientError> \
         {{\n        Object::from_wire(json, server).map({name}::of)\n    }}\n}}\n"
    ));
    let operations = class.operations().into_iter().filter(|operation| operation.owner.name == name);
    let calls: Vec<Call> = operations.map(|operation| Call::of(class, operation)).collect();
    let constructor = class.constructor.filter(|_| !class.is_abstract);
    if constructor.is_some() || !calls.is_empty() {
        page.add(format_args!("\nimpl {name} {{\n"));
        let begin = page.text.len();
        if let Some(params) = constructor {
            makers(page, class, params);
        }
        calls.iter().for_each(|call| call.methods(page));
        // Between methods stands an empty line, before the first none.
        page.text.remove(begin);
        page.text.push_str("}\n");
    }
    if let Some(params) = constructor.filter(|params| params.iter().any(|param| param.optional)) {
        builder(page, class, params);
    }
    calls.iter().for_each(|call| call.structure(page));
}

/// `create`, and `build` where something may be left out.
fn makers(page: &mut Page, class: &'static Class, params: &'static [Param]) {
    let name = class.name;
    let required: Vec<Param> = params.iter().copied().filter(|param| !param.optional).collect();
    let all_required = required.len() == params.len();
    // A pipeline is made in no other object.
    let home = required.iter().find(|param| Class::find(param.kind).is_some());
    let (mut given, server) = match home {
        Some(home) => (Vec::new(), format!("{}.server()", snake(home.name))),
        None => (vec!["server: &MediaServer".to_owned()], "server".to_owned()),
    };
    let typed: Vec<String> = required.iter().map(|param| parameter(page, param)).collect();
    given.extend(typed);
    let written: Vec<String> = required.iter().map(argument).collect();
    let words: Vec<String> = given.iter().filter_map(|given| given.split(':').next()).map(str::to_owned).collect();
    let head = |page: &mut Page, more: &str| {
        page.text.push('\n');
        page.doc("    ", &format!("{}{more}", class.constructor_doc), "");
        param_docs(page, &required);
    };
    let create = format!("Creation::new({server}, \"{name}\", params)");
    let params = |page: &mut Page| page.list("        ", "let params = vec![", &written, "];");
    if all_required {
        head(page, "");
        page.list("    ", "pub async fn create(", &given, &format!(") -> Result<{name}, ClientError> {{"));
        params(page);
        page.add(format_args!("        {create}.create().await\n    }}\n"));
        return;
    }
    head(page, " What may be left out is set on the builder.");
    page.list("    ", "pub fn build(", &given, &format!(") -> {name}Builder {{"));
    params(page);
    page.add(format_args!("        {name}Builder({create})\n    }}\n"));
    head(page, " Nothing that may be left out is set.");
    page.list("    ", "pub async fn create(", &given, &format!(") -> Result<{name}, ClientError> {{"));
    page.add(format_args!("        {name}::build({}).create().await\n    }}\n", words.join(", ")));
}

fn builder(page: &mut Page, class: &'static Class, params: &'static [Param]) {
    let name = class.name;
    page.text.push('\n');
    page.doc("", &format!("What a `{name}` is made with; `create` makes it."), "");
    page.add(format_args!("#[derive(Clone, Debug)]\n#[must_use]\npub struct {name}Builder(Creation);\n"));
    page.add(format_args!("\nimpl {name}Builder {{\n"));
    for param in params.iter().filter(|param| param.optional) {
        page.param_doc("    ", None, param);
        let (word, kind) = (snake(param.name), page.given(param.kind));
        page.add(format_args!(
            "    pub fn {word}(self, {word}: {kind}) -> Self {{\n        {name}Builder(self.0.with(\"{}\", \
             {word}.to_wire()))\n    }}\n\n",
            param.name
        ));
    }
    page.add(format_args!(
        "    /// Makes it.\n    pub async fn create(self) -> Result<{name}, ClientError> {{\n        self.0.create().await\n    \
         }}\n}}\n"
    ));
}

/// An operation as methods: one, or two where more than one parameter may be left out.
struct Call {
    class: &'static Class,
    /// On the wire.
    operation: String,
    doc: &'static str,
    params: Vec<Param>,
    returns: Option<&'static str>,
    returns_doc: &'static str,
    /// Whether it writes a property.
    sets: bool,
}

impl Call {
    fn of(class: &'static Class, operation: Operation) -> Call {
        let (doc, params, returns_doc) = match operation.member {
            Member::Method(method) => (method.doc, method.params.to_vec(), method.returns_doc),
            Member::Get(property) => (property.doc, Vec::new(), ""),
            Member::Set(property) => (property.doc, vec![property.parameter()], ""),
        };
        let returns = operation.member.returns();
        let sets = matches!(operation.member, Member::Set(_));
        Call { class, operation: operation.name, doc, params, returns, returns_doc, sets }
    }

    fn optional(&self) -> Vec<Param> {
        self.params.iter().copied().filter(|param| param.optional).collect()
    }

    fn required(&self) -> Vec<Param> {
        self.params.iter().copied().filter(|param| !param.optional).collect()
    }

    /// The struct of all parameters, where they are many.
    fn all(&self) -> Option<String> {
        let many = self.required().len() > MOST;
        many.then(|| format!("{}{}", self.class.name, capitalised(&self.operation)))
    }

    /// The struct of what may be left out, where that is more than one.
    fn options(&self) -> Option<String> {
        let several = self.all().is_none() && self.optional().len() > 1;
        several.then(|| format!("{}{}Options", self.class.name, capitalised(&self.operation)))
    }

    fn methods(&self, page: &mut Page) {
        if let Some(all) = self.all() {
            let written = self.params.iter().map(|param| field("params", param)).collect();
            let given = vec!["&self".to_owned(), format!("params: &{all}")];
            return self.method(page, &snake(&self.operation), (&[], given), written);
        }
        let required = self.required();
        let mut given = vec!["&self".to_owned()];
        given.extend(required.iter().map(|param| parameter(page, param)));
        let written: Vec<String> = required.iter().map(argument).collect();
        if let Some(options) = self.options() {
            let word = format!("{}_with", snake(&self.operation));
            let mut given = given.clone();
            given.push(format!("options: &{options}"));
            let more = self.optional().into_iter().map(|param| field("options", &param));
            self.method(page, &word, (&required, given), written.iter().cloned().chain(more).collect());
        }
        let mut shown = required;
        let mut written = written;
        if let Some(first) = self.optional().first() {
            shown.push(*first);
            given.push(parameter(page, first));
            written.push(argument(first));
        }
        self.method(page, &snake(&self.operation), (&shown, given), written);
    }

    /// One method: the parameters that its comment shows, what it is given, what it writes.
    fn method(&self, page: &mut Page, word: &str, (shown, given): (&[Param], Vec<String>), written: Vec<String>) {
        page.text.push('\n');
        page.doc("    ", self.doc, "");
        if !self.returns_doc.is_empty() {
            page.text.push_str("    ///\n");
            page.doc("    ", &format!("Gives: {}", self.returns_doc), "");
        }
        // What a setter is given is what its comment describes.
        if !self.sets {
            param_docs(page, shown);
        }
        let returned = page.returned(self.returns);
        page.list(
            "    ",
            &format!("pub async fn {word}("),
            &given,
            &format!(") -> Result<{returned}, ClientError> {{"),
        );
        let open = format!("Object::call(self, \"{}\", vec![", self.operation);
        page.list("        ", &open, &written, "]).await");
        page.text.push_str("    }\n");
    }

    /// The struct that one of its methods is given.
    fn structure(&self, page: &mut Page) {
        let word = snake(&self.operation);
        if let Some(name) = self.all() {
            structure(page, &name, &format!("What `{}::{word}` is given.", self.class.name), &self.params);
        }
        if let Some(name) = self.options() {
            let doc = format!("What `{}::{word}_with` may be given.", self.class.name);
            structure(page, &name, &doc, &self.optional());
        }
    }
}

fn param_docs(page: &mut Page, params: &[Param]) {
    if !params.is_empty() {
        page.text.push_str("    ///\n");
    }
    for param in params {
        page.param_doc("    ", Some(&snake(param.name)), param);
    }
}

/// A parameter with its type.
fn parameter(page: &mut Page, param: &Param) -> String {
    let kind = page.given(param.kind);
    let kind = if param.optional { format!("Option<{kind}>") } else { kind };
    format!("{}: {kind}", snake(param.name))
}

/// A parameter as it is written.
fn argument(param: &Param) -> String {
    let word = snake(param.name);
    if param.optional {
        return format!("(\"{}\", {word}.map(|it| it.to_wire()).into())", param.name);
    }
    format!("(\"{}\", {word}.to_wire())", param.name)
}

/// A field of a struct of parameters as it is written.
fn field(of: &str, param: &Param) -> String {
    format!("(\"{}\", {of}.{}.to_wire())", param.name, snake(param.name))
}
