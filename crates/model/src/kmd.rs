//! The declarations of a module as Kurento's descriptors (KMD) say them: JSON that its client generators read.

use crate::class::{Class, ComplexType, Event, Method, Param, Property};
use crate::declared::{self, Module};
use serde_json::{Map, Value as Json, json};

/// The descriptor of a module; `None` when there is no such module. It describes without prose, and names no package
/// of a client library.
pub fn kmd(module: &str, version: &str) -> Option<Json> {
    let Module { classes, types, events } = declared::module(module)?;
    let mut descriptor = json!({
        "name": module,
        "version": version,
        "remoteClasses": classes.iter().map(class).collect::<Vec<_>>(),
        "complexTypes": types.iter().map(complex_type).collect::<Vec<_>>(),
        "events": events.iter().map(event).collect::<Vec<_>>(),
    });
    if module != "core" {
        descriptor["kurentoVersion"] = format!("^{version}").into();
    }
    Some(descriptor)
}

/// What every member has: a name and a place for prose.
fn named(name: &str) -> Map<String, Json> {
    Map::from_iter([("name".to_owned(), name.into()), ("doc".to_owned(), "".into())])
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
    let mut json = named(class.name);
    if let Some(parent) = class.parent {
        json.insert("extends".into(), parent.into());
    }
    note(&mut json, "abstract", class.is_abstract);
    if let Some(params) = class.constructor {
        json.insert("constructor".into(), json!({ "doc": "", "params": params.iter().map(param).collect::<Vec<_>>() }));
    }
    list(&mut json, "properties", class.properties, property);
    list(&mut json, "methods", class.methods, method);
    list(&mut json, "events", class.events, |event| (*event).into());
    json.into()
}

fn param(param: &Param) -> Json {
    let mut json = named(param.name);
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
    let mut json = named(property.name);
    json.insert("type".into(), property.kind.into());
    note(&mut json, "readOnly", property.read_only);
    note(&mut json, "final", property.is_final);
    default(&mut json, property.default);
    json.into()
}

fn method(method: &Method) -> Json {
    let mut json = named(method.name);
    json.insert("params".into(), method.params.iter().map(param).collect());
    if let Some(returns) = method.returns {
        json.insert("return".into(), json!({ "doc": "", "type": returns }));
    }
    json.into()
}

fn complex_type(kind: &ComplexType) -> Json {
    let mut json = named(kind.name());
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
    let mut json = named(event.name);
    if let Some(parent) = event.parent {
        json.insert("extends".into(), parent.into());
    }
    json.insert("properties".into(), event.properties.iter().map(param).collect());
    json.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named<'a>(list: &'a Json, name: &str) -> &'a Json {
        list.as_array().unwrap().iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("no {name}"))
    }

    #[test]
    fn a_descriptor_says_what_is_declared() {
        let elements = kmd("elements", "7.3.0").unwrap();
        assert_eq!((&elements["name"], &elements["kurentoVersion"]), (&json!("elements"), &json!("^7.3.0")));
        let endpoint = named(&elements["remoteClasses"], "WebRtcEndpoint");
        assert_eq!(endpoint["extends"], "BaseRtpEndpoint");
        let flag = named(&endpoint["constructor"]["params"], "useDataChannels");
        assert_eq!(
            (&flag["type"], &flag["optional"], &flag["defaultValue"]),
            (&json!("boolean"), &json!(true), &json!(false))
        );
        assert_eq!(named(&endpoint["properties"], "ICECandidatePairs")["readOnly"], true);
        let create = named(&endpoint["methods"], "createDataChannel");
        assert_eq!(named(&create["params"], "maxRetransmits")["defaultValue"], -1);
        assert!(create.get("return").is_none());
        let core = kmd("core", "7.3.0").unwrap();
        assert!(core.get("kurentoVersion").is_none());
        let pipeline = named(&core["remoteClasses"], "MediaPipeline");
        assert_eq!(named(&pipeline["properties"], "latencyStats")["defaultValue"], false);
        assert_eq!(named(&core["complexTypes"], "ServerType")["values"], json!(["KMS", "KCS"]));
        assert_eq!(named(&core["complexTypes"], "ElementStats")["extends"], "Stats");
        assert_eq!(named(&core["events"], "Error")["extends"], "RaiseBase");
        assert!(kmd("nothing", "7.3.0").is_none());
    }
}
