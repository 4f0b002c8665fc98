//! The built-in declarations as a whole.

use std::collections::BTreeMap;
use trellis_model::{Class, ComplexType, Param, classes, events, kmd, modules, types};

#[test]
fn all_modules_are_there_in_an_order_in_which_each_knows_what_it_extends() {
    let names: Vec<&str> = modules().iter().map(|module| module.name).collect();
    let kurentos = ["core", "elements", "filters"];
    assert_eq!(names[..3], kurentos);
    for name in ["chroma", "crowddetector", "datachannelexample", "markerdetector", "platedetector"] {
        assert!(names.contains(&name), "{name}");
    }
    assert!(names.contains(&"pointerdetector") && names.contains(&"videosampler"));
    for class in classes() {
        let place = |class: &Class| names.iter().position(|name| *name == class.module).expect("a module");
        assert!(class.lineage().all(|ancestor| place(ancestor) <= place(class)), "{}", class.name);
        let root = class.lineage().last().map(|class| class.name);
        assert_eq!(root, Some("MediaObject"), "{}", class.name);
    }
}

/// Prose that is there is whole sentences.
fn sentence(doc: &str) -> Result<(), String> {
    let begins = doc.starts_with(|letter: char| letter.is_uppercase() || letter.is_ascii_digit() || letter == '`');
    let good = begins && doc.ends_with('.') && !doc.contains("  ") && doc.len() < 600;
    if good { Ok(()) } else { Err(format!("'{doc}'")) }
}

#[test]
fn everything_is_explained() {
    let mut explained = 0;
    let mut check = |what: String, doc: &str| {
        explained += 1;
        sentence(doc).unwrap_or_else(|doc| panic!("{what}: {doc}"));
    };
    let mut fields = |owner: &str, fields: &[Param]| {
        fields.iter().for_each(|field| check(format!("{owner}.{}", field.name), field.doc));
    };
    for class in classes() {
        let name = class.name;
        fields(name, class.constructor.unwrap_or_default());
        for method in class.methods {
            fields(&format!("{name}.{}", method.name), method.params);
        }
    }
    types().for_each(|kind| fields(kind.name(), kind.own_fields()));
    events().for_each(|event| fields(event.name, event.properties));
    for class in classes() {
        let name = class.name;
        check(name.to_owned(), class.doc);
        if class.constructor.is_some() {
            check(format!("new {name}"), class.constructor_doc);
        }
        for property in class.properties {
            check(format!("{name}.{}", property.name), property.doc);
        }
        for method in class.methods {
            check(format!("{name}.{}", method.name), method.doc);
            if method.returns.is_some() {
                check(format!("what {name}.{} returns", method.name), method.returns_doc);
            }
        }
    }
    types().for_each(|kind| check(kind.name().to_owned(), kind.doc()));
    events().for_each(|event| check(event.name.to_owned(), event.doc));
    modules().iter().for_each(|module| check(module.name.to_owned(), module.doc));
    assert!(explained > 500, "only {explained}");
}

#[test]
fn classes_that_can_be_created_say_how_and_others_do_not() {
    for class in classes() {
        assert_eq!(class.constructor.is_some(), !class.is_abstract, "{}", class.name);
        let parent = class.constructor.and_then(|params| params.first());
        let kind = parent.map(|param| param.kind);
        let root = class.is_abstract || class.name == "MediaPipeline";
        assert!(root || matches!(kind, Some("MediaPipeline" | "Hub")), "{}", class.name);
    }
}

#[test]
fn names_of_one_kind_mean_one_thing() {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for class in classes() {
        assert!(seen.insert(class.name, class.module).is_none(), "{}", class.name);
        assert!(ComplexType::find(class.name).is_none(), "{} is a class and a type", class.name);
    }
}

#[test]
fn a_descriptor_says_what_is_declared() {
    let named = |list: &serde_json::Value, name: &str| {
        let mut items = list.as_array().unwrap().iter();
        items.find(|item| item["name"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let elements = kmd("elements").unwrap();
    assert_eq!((&elements["name"], &elements["kurentoVersion"]), (&"elements".into(), &"^7.1.0".into()));
    assert_eq!(elements["code"]["api"]["js"]["nodeName"], "kurento-client-elements");
    let endpoint = named(&elements["remoteClasses"], "WebRtcEndpoint");
    assert_eq!(endpoint["extends"], "BaseRtpEndpoint");
    let flag = named(&endpoint["constructor"]["params"], "useDataChannels");
    assert_eq!((&flag["optional"], &flag["defaultValue"]), (&true.into(), &false.into()));
    let create = named(&endpoint["methods"], "createDataChannel");
    assert_eq!(named(&create["params"], "maxRetransmits")["defaultValue"], -1);
    assert!(create.get("return").is_none());
    let get = named(&named(&kmd("core").unwrap()["remoteClasses"], "MediaObject")["methods"], "getTag");
    assert_eq!((&get["return"]["type"], &get["return"]["doc"]), (&"String".into(), &"The text.".into()));
    assert!(kmd("nothing").is_none());
}
