//! Between JSON and values: what is declared goes in and comes out as it was, and nothing brings the reader down.

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use trellis_model::{Args, Class, ComplexType, ObjectRef, Param, Remote, RemoteError, Value, classes, types};

struct Thing;

impl Remote for Thing {
    fn class(&self) -> &'static Class {
        Class::find("PassThrough").expect("declared")
    }

    fn invoke(&self, _: &str, _: &Args) -> Option<Result<Value, RemoteError>> {
        None
    }

    fn close(&self) {}
}

fn resolve(id: &str) -> Result<ObjectRef, RemoteError> {
    if id.starts_with("there") {
        return Ok(ObjectRef { id: id.into(), remote: Arc::new(Thing) });
    }
    Err(RemoteError::not_found(id))
}

/// Reads one value of a type, as a call's only argument.
fn read(kind: &'static str, value: Json) -> Result<Args, RemoteError> {
    let param = Param { name: "it", doc: "", kind, optional: false, default: None };
    trellis_model::json::args(&[&param], Some(&json!({ "it": value })), &resolve)
}

/// JSON that a client might send for a type; optional fields may be left out.
fn valid(kind: &str) -> BoxedStrategy<Json> {
    if let Some(item) = kind.strip_suffix("[]") {
        return prop::collection::vec(valid(item), 0..3).prop_map(Json::from).boxed();
    }
    if let Some(item) = kind.strip_suffix("<>") {
        let entries = prop::collection::btree_map("[a-z]{1,4}", valid(item), 0..3);
        return entries.prop_map(|entries| Json::Object(entries.into_iter().collect())).boxed();
    }
    match kind {
        "String" => any::<String>().prop_map(Json::from).boxed(),
        "boolean" => any::<bool>().prop_map(Json::from).boxed(),
        "int" => any::<i32>().prop_map(Json::from).boxed(),
        "int64" => any::<i64>().prop_map(Json::from).boxed(),
        "float" | "double" => prop::num::f64::NORMAL.prop_map(Json::from).boxed(),
        _ => match ComplexType::find(kind) {
            Some(ComplexType::Enum { values, .. }) => {
                prop::sample::select(values.to_vec()).prop_map(Json::from).boxed()
            }
            Some(register) => register_of(register),
            // What there is, is a PassThrough.
            None => "there[0-9]".prop_map(Json::from).boxed(),
        },
    }
}

fn register_of(register: &'static ComplexType) -> BoxedStrategy<Json> {
    let fields = register.fields().into_iter().map(|field| {
        let there = if field.optional { any::<bool>().boxed() } else { Just(true).boxed() };
        (Just(field.name), there, valid(field.kind))
    });
    let object = |fields: Vec<(&str, bool, Json)>| {
        let there = fields.into_iter().filter(|(_, there, _)| *there);
        Json::Object(there.map(|(name, _, value)| (name.to_owned(), value)).collect())
    };
    fields.collect::<Vec<_>>().prop_map(object).boxed()
}

/// What registers have on their way out besides their fields: marks, and fields by names that they had in 6.x.
const ADDED: &[&str] = &[
    "__module__",
    "__type__",
    "streamID",
    "componentID",
    "timestamp",
    "inputAudioLatency",
    "inputVideoLatency",
    "audioE2ELatency",
    "videoE2ELatency",
];

/// What came out without what was added to what went in.
fn without_added(out: Json, sent: &Json) -> Json {
    match (out, sent) {
        (Json::Object(members), Json::Object(sent)) => {
            let mut kept = Map::new();
            for (name, value) in members {
                match sent.get(&name) {
                    Some(sent) => drop(kept.insert(name, without_added(value, sent))),
                    None if ADDED.contains(&&*name) => {}
                    None => drop(kept.insert(name, value)),
                }
            }
            kept.into()
        }
        (Json::Array(items), Json::Array(sent)) if items.len() == sent.len() => {
            items.into_iter().zip(sent).map(|(item, sent)| without_added(item, sent)).collect()
        }
        (other, _) => other,
    }
}

/// Any JSON, a few levels deep, with keys that mean something here among the others.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
        prop::sample::select(vec!["there1", "VIDEO", "5", "-1", "true", "0.5", "NaN", "1e999", "kurento"])
            .prop_map(Json::from),
    ];
    let keys =
        prop_oneof!["[a-z]{0,3}", Just("__type__".to_owned()), Just("__module__".to_owned()), Just("key".to_owned())];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::btree_map(keys.clone(), inner, 0..6)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_register_and_enumeration_comes_out_as_it_went_in(
        (kind, sent) in prop::sample::select(types().collect::<Vec<_>>())
            .prop_flat_map(|kind| (Just(kind), valid(kind.name())))
    ) {
        let args = read(kind.name(), sent.clone()).unwrap();
        let value = match kind {
            ComplexType::Enum { .. } => Value::Text(args.text("it").unwrap()),
            ComplexType::Register { .. } => Value::Record(args.record("it").unwrap()),
        };
        let written = trellis_model::json::write(&value);
        prop_assert_eq!(without_added(written.clone(), &sent), sent);
        // What came out goes in again, by the type that it names.
        let again = read(kind.name(), written.clone()).unwrap();
        if let Value::Record(record) = &value {
            prop_assert_eq!(&again.record("it").unwrap(), record);
            prop_assert_eq!(&written["__type__"], kind.name());
        }
    }

    #[test]
    fn no_json_brings_the_reader_down(given in any_json(), class in prop::sample::select(classes().collect::<Vec<_>>())) {
        for operation in class.operations() {
            let params = operation.member.params();
            let params: Vec<&Param> = params.iter().collect();
            let every: Map<String, Json> = params.iter().map(|param| (param.name.to_owned(), given.clone())).collect();
            for given in [given.clone(), every.into()] {
                if let Err(error) = trellis_model::json::args(&params, Some(&given), &resolve) {
                    prop_assert!([40_001, 40_003, 40_101].contains(&error.code), "{error:?}");
                    prop_assert!(error.message.len() < 2_000);
                }
            }
        }
    }

    #[test]
    fn numbers_come_as_they_are_or_not_at_all(number in any::<i64>()) {
        let long = read("int64", json!(number.to_string())).unwrap();
        prop_assert_eq!(long.int("it").unwrap(), number);
        prop_assert_eq!(read("int", json!(number)).is_ok(), i32::try_from(number).is_ok());
    }
}

/// What a value that is not of a type is refused with.
fn refusal(kind: &'static str, value: Json) -> (i32, String) {
    let error = read(kind, value).map(|_| ()).expect_err("refused");
    (error.code, error.message)
}

#[test]
fn values_are_taken_when_they_can_be_converted() {
    let text = |value: Json| read("String", value).unwrap().text("it").unwrap();
    assert_eq!([text(json!(5)), text(json!(true)), text(json!("x"))], ["5", "true", "x"]);
    let truth = |value: Json| read("boolean", value).unwrap().bool("it").unwrap();
    assert_eq!(
        [truth(json!("true")), truth(json!("false")), truth(json!(0)), truth(json!(2.5))],
        [true, false, false, true]
    );
    let whole = |value: Json| read("int", value).unwrap().int("it").unwrap();
    assert_eq!([whole(json!("5")), whole(json!(7.0)), whole(json!(true))], [5, 7, 1]);
    assert_eq!(read("float", json!("0.5")).unwrap().float("it").unwrap(), 0.5);
    assert_eq!(read("float", json!(3)).unwrap().float("it").unwrap(), 3.0);
    assert_eq!(read("MediaElement", json!("there1")).unwrap().object("it").unwrap().id, "there1".into());
}

#[test]
fn what_cannot_be_converted_is_refused_in_kurentos_words() {
    for (kind, value, text) in [
        ("String", json!({}), "'it' parameter should be a string"),
        ("int", json!("five"), "'it' parameter should be an integer"),
        ("int", json!(2_147_483_648_i64), "'it' parameter should be an integer"),
        ("int", json!(0.5), "'it' parameter should be an integer"),
        ("boolean", json!("yes"), "'it' parameter should be a boolean"),
        ("float", json!("1e999"), "'it' parameter should be a double"),
        ("MediaType", json!("SMELL"), "Invalid value for 'MediaType'"),
        ("String[]", json!("one"), "'it' parameter should be of type String[]"),
        ("String<>", json!([]), "'it' parameter should be of type String<>"),
        ("MediaElement", json!(5), "'it' parameter should be of type MediaElement"),
        ("Fraction", json!({ "numerator": 1 }), "'denominator' property is required"),
        ("Fraction", json!({ "numerator": 1, "denominator": "x" }), "'denominator' property should be of type int"),
        ("String", Json::Null, "'it' parameter is required"),
    ] {
        assert_eq!(refusal(kind, value), (40_001, text.to_owned()));
    }
    assert_eq!(refusal("MediaElement", json!("gone")).0, 40_101);
    let (code, text) = refusal("HubPort", json!("there1"));
    assert_eq!((code, &*text), (40_001, "'it' parameter should be of type HubPort"), "there is a PassThrough");
    assert_eq!(refusal("MediaElement", json!({ "id": 5 })).0, 40_001);
}

#[test]
fn an_object_is_known_by_its_id_also_within_what_kurento_client_writes_of_it() {
    for given in [json!("there1"), json!({ "_events": {}, "_eventsCount": 3, "id": "there1" })] {
        let object = read("MediaElement", given).unwrap().object("it").unwrap();
        assert_eq!(&*object.id, "there1");
    }
}

#[test]
fn a_register_is_of_the_type_that_it_names_if_that_extends_the_declared_one() {
    let stats = json!({ "id": "1", "type": "element", "timestampMillis": 5, "inputLatency": [] });
    let named = |module: &str, name: &str| {
        let mut value = stats.clone();
        value["__module__"] = module.into();
        value["__type__"] = name.into();
        value
    };
    let kind = |value: Json| read("Stats", value).map(|args| args.record("it").unwrap().kind);
    assert_eq!(kind(named("kurento", "ElementStats")).as_deref(), Ok("ElementStats"));
    let mut half = stats.clone();
    half["__type__"] = "ElementStats".into();
    assert_eq!(kind(half).as_deref(), Ok("Stats"), "both are needed");
    for (module, name) in [("kurento", "Nothing"), ("kurento", "Tag"), ("chroma", "ElementStats")] {
        let error = kind(named(module, name)).unwrap_err();
        let text = format!("Type {name} does not exist in module {module}");
        assert_eq!((error.code, error.message), (40_003, text));
    }
}

#[test]
fn registers_of_other_modules_say_so() {
    let window = json!({ "topRightCornerX": 1, "topRightCornerY": 2, "width": 3, "height": 4 });
    for module in ["chroma", "pointerdetector"] {
        let mut sent = window.clone();
        sent["__module__"] = module.into();
        sent["__type__"] = "WindowParam".into();
        let record = read("WindowParam", sent.clone()).unwrap().record("it").unwrap();
        assert_eq!(trellis_model::json::write(&Value::Record(record)), sent);
    }
}

#[test]
fn lists_of_registers_within_registers_are_read() {
    let points = json!([{ "x": 0, "y": 0.25 }, { "x": "0.5", "y": 1 }]);
    let region = json!({ "id": "door", "points": points, "regionOfInterestConfig": { "occupancyLevelMin": "12" } });
    let regions = read("RegionOfInterest[]", json!([region])).unwrap().list("it").unwrap();
    let [Value::Record(region)] = &regions[..] else { panic!("{regions:?}") };
    let corners = region.list("points").unwrap().iter().map(|point| match point {
        Value::Record(point) => (point.float("x").unwrap(), point.float("y").unwrap()),
        other => panic!("{other:?}"),
    });
    assert_eq!(corners.collect::<Vec<_>>(), [(0.0, 0.25), (0.5, 1.0)]);
    assert_eq!(region.record("regionOfInterestConfig").and_then(|config| config.int("occupancyLevelMin")), Some(12));
    assert_eq!((region.record("points"), region.list("id"), region.float("id")), (None, None, None));
}
