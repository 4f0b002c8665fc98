//! Between JSON and values, checked against the declarations.
//!
//! Inwards a value is taken when it can be converted without loss of meaning: a number where a text is wanted, the
//! text "5" where a number is. Outwards a register carries its type and module.

use crate::class::{ComplexType, Param};
use crate::{Args, ObjectRef, Record, RemoteError, Value, legacy};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Lists and registers within each other deeper than this are refused.
const MAX_DEPTH: usize = 16;

/// What registers of Kurento's own modules carry as `__module__`.
const KURENTO: &str = "kurento";

/// Finds the object of an id.
pub type Resolve<'a> = &'a dyn Fn(&str) -> Result<ObjectRef, RemoteError>;

/// The arguments of a call, from the JSON object of its parameters.
pub fn args(params: &[&Param], given: Option<&Json>, resolve: Resolve<'_>) -> Result<Args, RemoteError> {
    let empty = Map::new();
    let given = match given {
        None | Some(Json::Null) => &empty,
        Some(Json::Object(object)) => object,
        Some(_) => return Err(RemoteError::marshal("'operationParams' parameter should be an object")),
    };
    let mut values = BTreeMap::new();
    for param in params {
        match given.get(param.name).filter(|value| !value.is_null()) {
            Some(value) => {
                let value = read(param.kind, value, resolve, 0)?.ok_or_else(|| mistyped(param))?;
                values.insert(param.name.to_owned(), value);
            }
            None if param.optional => {
                let default = param.default.and_then(|text| serde_json::from_str::<Json>(text).ok());
                if let Some(value) = default.and_then(|json| read(param.kind, &json, resolve, 0).ok().flatten()) {
                    values.insert(param.name.to_owned(), value);
                }
            }
            None => return Err(RemoteError::marshal(format_args!("'{}' parameter is required", param.name))),
        }
    }
    Ok(Args::new(values))
}

fn mistyped(param: &Param) -> RemoteError {
    match ComplexType::find(param.kind) {
        Some(ComplexType::Enum { name, .. }) => RemoteError::marshal(format_args!("Invalid value for '{name}'")),
        _ => {
            let kind = param.kind;
            let article = match kind {
                "String" => "a string",
                "int" | "int64" => "an integer",
                "float" | "double" => "a double",
                "boolean" => "a boolean",
                _ => return RemoteError::marshal(format_args!("'{}' parameter should be of type {kind}", param.name)),
            };
            RemoteError::marshal(format_args!("'{}' parameter should be {article}", param.name))
        }
    }
}

/// A value of a declared type; `None` when the JSON is not one.
fn read(kind: &str, json: &Json, resolve: Resolve<'_>, depth: usize) -> Result<Option<Value>, RemoteError> {
    if depth > MAX_DEPTH {
        return Err(RemoteError::marshal("parameters within each other too deeply"));
    }
    if let Some(item) = kind.strip_suffix("[]") {
        let Json::Array(items) = json else { return Ok(None) };
        let items: Result<Option<Vec<Value>>, RemoteError> =
            items.iter().map(|json| read(item, json, resolve, depth + 1)).collect();
        return Ok(items?.map(Value::List));
    }
    if let Some(item) = kind.strip_suffix("<>") {
        let Json::Object(items) = json else { return Ok(None) };
        let mut map = BTreeMap::new();
        for (key, json) in items {
            let Some(value) = read(item, json, resolve, depth + 1)? else { return Ok(None) };
            map.insert(key.clone(), value);
        }
        return Ok(Some(Value::Map(map)));
    }
    Ok(match kind {
        "String" => text(json).map(Value::Text),
        "boolean" => match json {
            Json::Bool(value) => Some(Value::Bool(*value)),
            Json::String(text) => text.parse().ok().map(Value::Bool),
            Json::Number(number) => number.as_f64().map(|number| Value::Bool(number != 0.0)),
            _ => None,
        },
        "int" => integer(json).filter(|number| i32::try_from(*number).is_ok()).map(Value::Int),
        "int64" => integer(json).map(Value::Int),
        "float" | "double" => match json {
            Json::Number(number) => number.as_f64().map(Value::Float),
            Json::String(text) => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Float),
            _ => None,
        },
        _ => match ComplexType::find(kind) {
            Some(ComplexType::Enum { values, .. }) => {
                text(json).filter(|text| values.contains(&text.as_str())).map(Value::Text)
            }
            Some(register) => register_of(register, json, resolve, depth)?,
            None => match object_id(json) {
                Some(id) => Some(resolve(id)?).filter(|object| object.remote.class().is_a(kind)).map(Value::Object),
                None => None,
            },
        },
    })
}

/// The id of an object: its text, or that within what kurento-client writes of an object in the place of its id, as it
/// does with all but some parameters.
fn object_id(json: &Json) -> Option<&str> {
    json.as_str().or_else(|| json.as_object()?.get("id")?.as_str())
}

fn integer(json: &Json) -> Option<i64> {
    match json {
        Json::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Json::String(text) => text.parse().ok(),
        Json::Bool(value) => Some(i64::from(*value)),
        _ => None,
    }
}

fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

fn text(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// A register: of the type that it names, when that is the declared one or extends it.
fn register_of(
    declared: &'static ComplexType,
    json: &Json,
    resolve: Resolve<'_>,
    depth: usize,
) -> Result<Option<Value>, RemoteError> {
    let Json::Object(given) = json else { return Ok(None) };
    let named = |key| given.get(key).and_then(Json::as_str);
    let kind = match (named("__module__"), named("__type__")) {
        (Some(module), Some(name)) => extension(declared, module, name)?,
        _ => declared,
    };
    let mut fields = Vec::new();
    for field in kind.fields() {
        match given.get(field.name).filter(|value| !value.is_null()) {
            Some(value) => {
                let value = read(field.kind, value, resolve, depth + 1)?;
                let wrong =
                    || RemoteError::marshal(format_args!("'{}' property should be of type {}", field.name, field.kind));
                fields.push((field.name.to_owned(), value.ok_or_else(wrong)?));
            }
            None if field.optional => {}
            None => return Err(RemoteError::marshal(format_args!("'{}' property is required", field.name))),
        }
    }
    let prefixed = || format!("{}.{}", kind.prefix(), kind.name());
    let name = if kind.prefix() == KURENTO { kind.name().to_owned() } else { prefixed() };
    Ok(Some(Value::Record(Record { kind: name, fields })))
}

/// The type of a name, which must extend the declared one.
fn extension(declared: &'static ComplexType, module: &str, name: &str) -> Result<&'static ComplexType, RemoteError> {
    let missing = || {
        let (module, name): (String, String) = (module.chars().take(100).collect(), name.chars().take(100).collect());
        RemoteError::unexpected(format_args!("Type {name} does not exist in module {module}"))
    };
    let found = ComplexType::find(&format!("{module}.{name}"));
    found.filter(|kind| kind.is_a(declared.name())).ok_or_else(missing)
}

/// A value as JSON.
pub fn write(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Float(value) => json!(value),
        Value::Text(text) => json!(text),
        Value::List(items) => items.iter().map(write).collect(),
        Value::Map(items) => Json::Object(items.iter().map(|(key, value)| (key.clone(), write(value))).collect()),
        Value::Object(object) => json!(&*object.id),
        Value::Record(record) => {
            let mut object = Map::new();
            let declared = || ComplexType::find(&record.kind).map_or(KURENTO, ComplexType::prefix);
            let (module, kind) = record.kind.split_once('.').unwrap_or_else(|| (declared(), &record.kind));
            object.insert("__module__".into(), module.into());
            object.insert("__type__".into(), kind.into());
            object.extend(record.fields.iter().map(|(name, value)| (name.clone(), write(value))));
            object.extend(legacy::fields(record).map(|(name, value)| (name.to_owned(), write(&value))));
            Json::Object(object)
        }
    }
}
