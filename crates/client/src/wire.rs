//! Between the values of the declarations and JSON.

use crate::error::ClientError;
use crate::object::Object;
use crate::server::MediaServer;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::ops::Deref;

/// What goes to a server.
pub trait ToWire {
    /// As JSON.
    fn to_wire(&self) -> Json;
}

/// What comes from a server.
pub trait FromWire: Sized {
    /// From JSON; objects are those of the server.
    ///
    /// # Errors
    /// JSON that is not what is declared.
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Self, ClientError>;
}

/// A register that extends another.
pub trait Register: FromWire {
    /// Its name in the declarations.
    const NAME: &'static str;
}

fn unreadable(wanted: &str, json: &Json) -> ClientError {
    let mut found = json.to_string();
    if let Some((end, _)) = found.char_indices().nth(100) {
        found.truncate(end);
    }
    ClientError::Unreadable(format!("{found} is no {wanted}"))
}

/// The text in a value.
pub fn text(json: &Json) -> Result<&str, ClientError> {
    json.as_str().ok_or_else(|| unreadable("text", json))
}

/// A register as JSON; what is not set is left out.
pub fn record(module: &str, name: &str, fields: Vec<(&'static str, Json)>) -> Json {
    let kind = [("__module__", module.into()), ("__type__", name.into())];
    named(kind.into_iter().chain(fields)).into()
}

/// Values by their names; what is null is left out.
pub(crate) fn named(fields: impl IntoIterator<Item = (&'static str, Json)>) -> Map<String, Json> {
    let set = fields.into_iter().filter(|(_, value)| !value.is_null());
    set.map(|(name, value)| (name.to_owned(), value)).collect()
}

impl ToWire for str {
    fn to_wire(&self) -> Json {
        self.into()
    }
}

impl ToWire for String {
    fn to_wire(&self) -> Json {
        self.as_str().into()
    }
}

impl FromWire for String {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<String, ClientError> {
        text(json).map(str::to_owned)
    }
}

impl ToWire for bool {
    fn to_wire(&self) -> Json {
        (*self).into()
    }
}

impl FromWire for bool {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<bool, ClientError> {
        json.as_bool().ok_or_else(|| unreadable("truth", json))
    }
}

impl ToWire for i32 {
    fn to_wire(&self) -> Json {
        (*self).into()
    }
}

impl FromWire for i32 {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<i32, ClientError> {
        json.as_i64().and_then(|number| number.try_into().ok()).ok_or_else(|| unreadable("int", json))
    }
}

impl ToWire for i64 {
    fn to_wire(&self) -> Json {
        (*self).into()
    }
}

impl FromWire for i64 {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<i64, ClientError> {
        json.as_i64().ok_or_else(|| unreadable("whole number", json))
    }
}

impl ToWire for f64 {
    fn to_wire(&self) -> Json {
        (*self).into()
    }
}

impl FromWire for f64 {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<f64, ClientError> {
        json.as_f64().ok_or_else(|| unreadable("number", json))
    }
}

/// An operation that gives nothing.
impl FromWire for () {
    fn from_wire(_: &Json, _: &MediaServer) -> Result<(), ClientError> {
        Ok(())
    }
}

impl<T: ToWire> ToWire for Option<T> {
    fn to_wire(&self) -> Json {
        self.as_ref().map_or(Json::Null, ToWire::to_wire)
    }
}

impl<T: FromWire> FromWire for Option<T> {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Option<T>, ClientError> {
        if json.is_null() { Ok(None) } else { T::from_wire(json, server).map(Some) }
    }
}

impl<T: ToWire> ToWire for [T] {
    fn to_wire(&self) -> Json {
        self.iter().map(ToWire::to_wire).collect()
    }
}

impl<T: ToWire> ToWire for Vec<T> {
    fn to_wire(&self) -> Json {
        self.as_slice().to_wire()
    }
}

impl<T: FromWire> FromWire for Vec<T> {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Vec<T>, ClientError> {
        match json {
            Json::Array(items) => items.iter().map(|item| T::from_wire(item, server)).collect(),
            Json::Null => Ok(Vec::new()),
            _ => Err(unreadable("list", json)),
        }
    }
}

impl<T: ToWire> ToWire for BTreeMap<String, T> {
    fn to_wire(&self) -> Json {
        Json::Object(self.iter().map(|(key, item)| (key.clone(), item.to_wire())).collect())
    }
}

impl<T: FromWire> FromWire for BTreeMap<String, T> {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<BTreeMap<String, T>, ClientError> {
        match json {
            Json::Object(items) => {
                items.iter().map(|(key, item)| Ok((key.clone(), T::from_wire(item, server)?))).collect()
            }
            Json::Null => Ok(BTreeMap::new()),
            _ => Err(unreadable("map", json)),
        }
    }
}

impl ToWire for Object {
    fn to_wire(&self) -> Json {
        self.id().into()
    }
}

impl FromWire for Object {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Object, ClientError> {
        Ok(server.object(text(json)?))
    }
}

/// The fields of a register or an event.
pub struct Fields<'a> {
    fields: &'a Map<String, Json>,
    server: &'a MediaServer,
}

impl<'a> Fields<'a> {
    /// Those of a JSON object.
    ///
    /// # Errors
    /// JSON that is no object.
    pub fn of(json: &'a Json, server: &'a MediaServer) -> Result<Fields<'a>, ClientError> {
        let fields = json.as_object().ok_or_else(|| unreadable("register", json))?;
        Ok(Fields { fields, server })
    }

    /// A field; one that is not there is read as null is.
    ///
    /// # Errors
    /// What is not of the type.
    pub fn get<T: FromWire>(&self, name: &str) -> Result<T, ClientError> {
        T::from_wire(self.fields.get(name).unwrap_or(&Json::Null), self.server).map_err(|error| match error {
            ClientError::Unreadable(why) => ClientError::Unreadable(format!("'{name}': {why}")),
            error => error,
        })
    }

    /// All of them, as they came.
    pub fn all(&self) -> &'a Map<String, Json> {
        self.fields
    }
}

/// A register of a type that others extend, so that what came may have more fields than the type. It dereferences to what
/// all have.
#[derive(Clone, Debug, PartialEq)]
pub struct Extended<T> {
    base: T,
    whole: Json,
    server: MediaServer,
}

impl<T> Extended<T> {
    /// The name of the type that it is of.
    pub fn name(&self) -> &str {
        self.whole.get("__type__").and_then(Json::as_str).unwrap_or_default()
    }

    /// The register as one that extends its type; `None` when it is of another.
    ///
    /// # Errors
    /// Fields that are not what is declared.
    pub fn get<U: Register>(&self) -> Result<Option<U>, ClientError> {
        (self.name() == U::NAME).then(|| U::from_wire(&self.whole, &self.server)).transpose()
    }

    /// All its fields, as they came.
    pub fn whole(&self) -> &Json {
        &self.whole
    }
}

impl<T> Deref for Extended<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.base
    }
}

impl<T: FromWire> FromWire for Extended<T> {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Extended<T>, ClientError> {
        Ok(Extended { base: T::from_wire(json, server)?, whole: json.clone(), server: server.clone() })
    }
}
