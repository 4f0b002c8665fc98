//! Whether what an event carried is what is declared of it.

use serde_json::Value as Json;
use trellis_model::{Class, ComplexType, Event, Param};

/// What is wrong with the data of an event; `None` when it has every declared field, each of its type.
pub fn fault(event: &'static Event, data: &Json) -> Option<String> {
    let faults = event.fields().into_iter().filter_map(|field| missing(field, data));
    let named = (data["type"] != event.name && event.name != "Error").then(|| format!("its type is {}", data["type"]));
    faults.chain(named).next()
}

fn missing(field: &Param, within: &Json) -> Option<String> {
    match within.get(field.name) {
        None if field.optional => None,
        None => Some(format!("{} is missing", field.name)),
        Some(value) => wrong(field.kind, value).map(|what| format!("{} {what}", field.name)),
    }
}

fn wrong(kind: &str, value: &Json) -> Option<String> {
    if let Some(item) = kind.strip_suffix("[]") {
        let Some(items) = value.as_array() else { return Some(format!("is no list: {value}")) };
        return items.iter().find_map(|value| wrong(item, value));
    }
    let good = match kind {
        "String" => value.is_string(),
        "boolean" => value.is_boolean(),
        "int" | "int64" => value.is_i64(),
        "float" | "double" => value.is_number(),
        _ => match ComplexType::find(kind) {
            Some(ComplexType::Enum { values, .. }) => value.as_str().is_some_and(|value| values.contains(&value)),
            Some(register) => return register.fields().into_iter().find_map(|field| missing(field, value)),
            // Objects go by their ids.
            None => Class::find(kind).is_some() && value.as_str().is_some_and(|id| !id.is_empty()),
        },
    };
    (!good).then(|| format!("is no {kind}: {value}"))
}
