//! No member of a class is silently ignored: each that is declared is bound, or stands in a list with the reason.

mod support;

use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use support::{Client, real};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};
use trellis_model::{Class, ComplexType, Param};

/// Members that are declared and answer 40006, and why. `Parent.member` is unbound in every class below the parent.
const UNBOUND: &[(&str, &str)] = &[];

/// Properties that are kept, given back and warned of, because nothing follows from the value that is set here.
const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("iceTcp", "true: there are no TCP candidates"),
    ("mtu", "below 1200: packets of our own have up to that size, and others' are not cut"),
    ("rembParams", "all but rembOnConnect tune an estimator that is not here"),
    ("stunServerAddress", "unless it is an IP address, which the real property has to be too"),
    ("turnUrl", "unless it names the server and credentials, and UDP reaches it"),
];

/// Collects the properties that warnings name.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<BTreeSet<String>>>);

impl Visit for Warnings {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "property" {
            self.0.lock().unwrap().insert(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// A value of a type, as a client would give it.
fn sample(kind: &str, objects: &BTreeMap<&str, String>) -> Json {
    if let Some(item) = kind.strip_suffix("[]") {
        return json!([sample(item, objects)]);
    }
    match kind {
        "String" => json!("sample"),
        "boolean" => json!(true),
        "int" | "int64" => json!(1),
        "float" | "double" => json!(0.5),
        _ => match ComplexType::find(kind) {
            Some(ComplexType::Enum { values, .. }) => json!(values[0]),
            Some(register) => {
                let field = |field: &&Param| (field.name.to_owned(), sample(field.kind, objects));
                Json::Object(register.fields().iter().map(field).collect())
            }
            None => json!(objects.get(kind).unwrap_or_else(|| panic!("no object of class {kind}"))),
        },
    }
}

fn samples(params: &[Param], objects: &BTreeMap<&str, String>) -> Json {
    params.iter().map(|param| (param.name.to_owned(), sample(param.kind, objects))).collect::<Map<_, _>>().into()
}

/// What a constructor needs; the rest is as it is by itself.
fn required(params: &[Param], objects: &BTreeMap<&str, String>) -> Json {
    let needed = params.iter().filter(|param| !param.optional);
    needed.map(|param| (param.name.to_owned(), sample(param.kind, objects))).collect::<Map<_, _>>().into()
}

/// Every operation that a class and its ancestors declare, with its parameters: the declaring class, the operation.
fn operations(class: &'static Class, objects: &BTreeMap<&str, String>) -> Vec<(&'static str, String, Json)> {
    let mut all = Vec::new();
    for declaring in class.lineage() {
        for method in declaring.methods {
            all.push((declaring.name, method.name.to_owned(), samples(method.params, objects)));
        }
        for property in declaring.properties {
            let (first, rest) = property.name.split_at(1);
            let name = format!("{}{rest}", first.to_uppercase());
            all.push((declaring.name, format!("get{name}"), json!({})));
            if !property.read_only && !property.is_final {
                all.push((
                    declaring.name,
                    format!("set{name}"),
                    json!({ property.name: sample(property.kind, objects) }),
                ));
            }
        }
    }
    all
}

/// The classes that the server says it makes, and its manager's.
fn made(client: &mut Client) -> Vec<&'static Class> {
    let info = client.value("manager_ServerManager", "getInfo", json!({}));
    let factories =
        info["modules"].as_array().expect("modules").iter().flat_map(|module| module["factories"].as_array());
    let names = factories.flatten().filter_map(Json::as_str).chain(["ServerManager"]);
    names.map(|name| Class::find(name).unwrap_or_else(|| panic!("{name} is not declared"))).collect()
}

/// A property that was set is read as it was set. Methods may begin with `set` too; formats cannot be read.
fn kept(client: &mut Client, object: &str, property: &str, params: &Json) {
    let answer = client.invoke(object, &format!("get{property}"), json!({}));
    let Some(value) = params.as_object().and_then(|params| params.values().next()) else { return };
    if answer["error"]["code"] == 40_008 {
        return;
    }
    let read = &answer["result"]["value"];
    let same = match (value, read) {
        (Json::Object(set), Json::Object(read)) => set.iter().all(|(field, value)| read.get(field) == Some(value)),
        _ => value == read,
    };
    // Without a file, a player stays where it is.
    assert!(same || property == "Position", "{property} of {object}: set to {value}, read as {answer}");
}

fn names(list: &[(&str, &str)]) -> BTreeSet<String> {
    list.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn every_member_is_bound_or_listed_with_the_reason() {
    let warnings = Warnings::default();
    let found = tracing::subscriber::with_default(warnings.clone(), unbound);
    assert_eq!(found, names(UNBOUND), "found unbound, and listed as such");
    assert_eq!(*warnings.0.lock().unwrap(), names(WITHOUT_EFFECT), "warned of, and listed as such");
}

/// Invokes every member of every class; those that are unbound.
fn unbound() -> BTreeSet<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let control = real(folder.path());
    let mut client = Client::of(&control);
    let (mut tried, mut unbound) = (BTreeMap::new(), BTreeMap::new());
    for class in made(&mut client) {
        let pipeline = client.create("MediaPipeline", json!({}));
        let other = client.create("PassThrough", json!({ "mediaPipeline": pipeline }));
        let hub = client.create("Dispatcher", json!({ "mediaPipeline": pipeline }));
        let port = client.create("HubPort", json!({ "hub": hub }));
        let objects = [("MediaPipeline", pipeline.clone()), ("MediaElement", other), ("Hub", hub), ("HubPort", port)];
        let objects = BTreeMap::from(objects);
        for (declaring, operation, params) in operations(class, &objects) {
            // Each on an object of its own: what one has done must not decide about another.
            let object = match class.constructor {
                Some(params) => client.create(class.name, required(params, &objects)),
                None => "manager_ServerManager".to_owned(),
            };
            let answer = client.invoke(&object, &operation, params.clone());
            if let Some(property) = operation.strip_prefix("set").filter(|_| answer.get("error").is_none()) {
                kept(&mut client, &object, property, &params);
            }
            let member = (declaring, operation.clone());
            tried.entry(member.clone()).or_insert_with(BTreeSet::new).insert(class.name);
            let error = &answer["error"];
            assert_ne!(error["code"], 40_008, "{}.{operation}: {answer}", class.name);
            if error["code"] == 40_006 && error["message"] == format!("{}.{operation}", class.name) {
                unbound.entry(member).or_insert_with(BTreeSet::new).insert(class.name);
            }
            if class.constructor.is_some() {
                client.ok("release", json!({ "object": object }));
            }
        }
        client.ok("release", json!({ "object": pipeline }));
    }
    assert!(tried.len() > 100, "only {} members were tried", tried.len());
    let mut found = BTreeSet::new();
    for (member, classes) in unbound {
        let (declaring, operation) = &member;
        let everywhere = tried[&member] == classes;
        let owners = if everywhere { BTreeSet::from([*declaring]) } else { classes };
        found.extend(owners.into_iter().map(|class| format!("{class}.{operation}")));
    }
    found
}
