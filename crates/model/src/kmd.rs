//! A module as Kurento's descriptor of it (kmd): what generators of client libraries read.

use crate::{Class, ComplexType, Event, Method, Module, Param, Property};
use serde_json::{Map, Value as Json, json};

/// The descriptor of a module; `None` when there is no such module.
pub fn kmd(module: &str) -> Option<Json> {
    let module = Module::find(module)?;
    let mut descriptor = json!({
        "name": module.name,
        "version": module.version,
        "remoteClasses": module.classes().map(class).collect::<Vec<_>>(),
        "complexTypes": module.types().map(complex_type).collect::<Vec<_>>(),
        "events": module.events().map(event).collect::<Vec<_>>(),
    });
    if let Some(version) = module.kurento_version {
        descriptor["kurentoVersion"] = version.into();
    }
    if !module.imports.is_empty() {
        let import = |(name, version): &(&str, &str)| json!({ "name": name, "version": version });
        descriptor["imports"] = module.imports.iter().map(import).collect();
    }
    if !module.packages.is_empty() {
        descriptor["code"] = code(module.packages);
    }
    Some(descriptor)
}

/// Texts at the ends of their paths.
fn code(packages: &[(&str, &str)]) -> Json {
    let mut code = json!({});
    for (path, text) in packages {
        let mut place = &mut code;
        for step in path.split('.') {
            place = &mut place[step];
        }
        *place = (*text).into();
    }
    code
}

/// What every member has: a name and prose.
fn named(name: &str, doc: &str) -> Map<String, Json> {
    Map::from_iter([("name".to_owned(), name.into()), ("doc".to_owned(), doc.into())])
}

/// Flags are written only where they are set, and lists only where they hold something, as Kurento's are.
fn note(into: &mut Map<String, Json>, name: &str, set: bool) {
    if set {
        into.insert(name.to_owned(), true.into());
    }
}

fn list<T>(into: &mut Map<String, Json>, name: &str, items: &[T], write: impl Fn(&T) -> Json) {
    if !items.is_empty() {
        into.insert(name.to_owned(), items.iter().map(write).collect());
    }
}

fn class(class: &Class) -> Json {
    let mut json = named(class.name, class.doc);
    if let Some(parent) = class.parent {
        json.insert("extends".into(), parent.into());
    }
    note(&mut json, "abstract", class.is_abstract);
    if let Some(params) = class.constructor {
        let params: Vec<Json> = params.iter().map(param).collect();
        json.insert("constructor".into(), json!({ "doc": class.constructor_doc, "params": params }));
    }
    list(&mut json, "properties", class.properties, property);
    list(&mut json, "methods", class.methods, method);
    list(&mut json, "events", class.events, |event| (*event).into());
    json.into()
}

fn param(param: &Param) -> Json {
    let mut json = named(param.name, param.doc);
    json.insert("type".into(), param.kind.into());
    note(&mut json, "optional", param.optional);
    default(&mut json, param.default);
    json.into()
}

fn default(into: &mut Map<String, Json>, text: Option<&str>) {
    if let Some(default) = text.and_then(|text| serde_json::from_str(text).ok()) {
        into.insert("defaultValue".into(), default);
    }
}

fn property(property: &Property) -> Json {
    let mut json = named(property.name, property.doc);
    json.insert("type".into(), property.kind.into());
    note(&mut json, "readOnly", property.read_only);
    note(&mut json, "final", property.is_final);
    default(&mut json, property.default);
    json.into()
}

fn method(method: &Method) -> Json {
    let mut json = named(method.name, method.doc);
    json.insert("params".into(), method.params.iter().map(param).collect());
    if let Some(returns) = method.returns {
        json.insert("return".into(), json!({ "doc": method.returns_doc, "type": returns }));
    }
    json.into()
}

fn complex_type(kind: &ComplexType) -> Json {
    let mut json = named(kind.name(), kind.doc());
    match kind {
        ComplexType::Enum { values, .. } => {
            json.insert("typeFormat".into(), "ENUM".into());
            json.insert("values".into(), values.iter().copied().collect());
        }
        ComplexType::Register { parent, properties, .. } => {
            json.insert("typeFormat".into(), "REGISTER".into());
            if let Some(parent) = parent {
                json.insert("extends".into(), (*parent).into());
            }
            json.insert("properties".into(), properties.iter().map(param).collect());
        }
    }
    json.into()
}

fn event(event: &Event) -> Json {
    let mut json = named(event.name, event.doc);
    if let Some(parent) = event.parent {
        json.insert("extends".into(), parent.into());
    }
    json.insert("properties".into(), event.properties.iter().map(param).collect());
    json.into()
}
