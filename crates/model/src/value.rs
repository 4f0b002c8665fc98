//! Values: what goes into and comes out of remote objects, typed.

use crate::{Remote, RemoteError};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A value of any declared type.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// `boolean`.
    Bool(bool),
    /// `int`, `int64`.
    Int(i64),
    /// `float`, `double`.
    Float(f64),
    /// `String`, and the names of enumerations.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(BTreeMap<String, Value>),
    /// A register.
    Record(Record),
    /// A reference to an object.
    Object(ObjectRef),
}

/// A register: its type's name and its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Name of the type. The name of its module and a dot may stand before it, and do where it is not one of Kurento's
    /// own three that it came in by.
    pub kind: String,
    /// Fields by name; those that are not set are left out.
    pub fields: Vec<(String, Value)>,
}

/// A reference to a live object.
#[derive(Clone)]
pub struct ObjectRef {
    /// The object's id.
    pub id: Arc<str>,
    /// The object.
    pub remote: Arc<dyn Remote>,
}

impl fmt::Debug for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

impl PartialEq for ObjectRef {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Value {
    /// A register.
    pub fn record<'a>(kind: &str, fields: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Value::Record(Record { kind: kind.to_owned(), fields })
    }

    fn number(&self) -> Option<f64> {
        match self {
            Value::Float(value) => Some(*value),
            Value::Int(value) => Some(*value as f64),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl Record {
    /// A field; `None` when it is not set.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// A text field.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// A whole number field.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// A number field.
    pub fn float(&self, name: &str) -> Option<f64> {
        self.get(name)?.number()
    }

    /// A list field.
    pub fn list(&self, name: &str) -> Option<&[Value]> {
        match self.get(name)? {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// A register field.
    pub fn record(&self, name: &str) -> Option<&Record> {
        match self.get(name)? {
            Value::Record(record) => Some(record),
            _ => None,
        }
    }

    /// A truth field.
    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

/// The arguments of a call, checked against the declaration: what is required is there, and of its type.
#[derive(Clone, Debug, Default)]
pub struct Args(BTreeMap<String, Value>);

impl Args {
    /// From checked values by name.
    pub fn new(values: BTreeMap<String, Value>) -> Args {
        Args(values)
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| **value != Value::Null)
    }

    fn need<'a, T>(&'a self, name: &str, read: impl Fn(&'a Value) -> Option<T>) -> Result<T, RemoteError> {
        self.get(name)
            .and_then(read)
            .ok_or_else(|| RemoteError::marshal(format_args!("'{name}' parameter is required")))
    }

    /// A text.
    pub fn text(&self, name: &str) -> Result<String, RemoteError> {
        self.need(name, |value| if let Value::Text(text) = value { Some(text.clone()) } else { None })
    }

    /// A text that may be left out.
    pub fn optional_text(&self, name: &str) -> Result<Option<String>, RemoteError> {
        self.get(name).map(|_| self.text(name)).transpose()
    }

    /// A text, or what it is when left out.
    pub fn text_or(&self, name: &str, default: &str) -> Result<String, RemoteError> {
        Ok(self.optional_text(name)?.unwrap_or_else(|| default.to_owned()))
    }

    /// A truth.
    pub fn bool(&self, name: &str) -> Result<bool, RemoteError> {
        self.need(name, |value| if let Value::Bool(value) = value { Some(*value) } else { None })
    }

    /// A truth, or what it is when left out.
    pub fn bool_or(&self, name: &str, default: bool) -> Result<bool, RemoteError> {
        self.get(name).map_or(Ok(default), |_| self.bool(name))
    }

    /// A whole number.
    pub fn int(&self, name: &str) -> Result<i64, RemoteError> {
        self.need(name, |value| if let Value::Int(value) = value { Some(*value) } else { None })
    }

    /// A whole number, or what it is when left out.
    pub fn int_or(&self, name: &str, default: i64) -> Result<i64, RemoteError> {
        self.get(name).map_or(Ok(default), |_| self.int(name))
    }

    /// A number.
    pub fn float(&self, name: &str) -> Result<f64, RemoteError> {
        self.need(name, Value::number)
    }

    /// A list.
    pub fn list(&self, name: &str) -> Result<Vec<Value>, RemoteError> {
        self.need(name, |value| if let Value::List(items) = value { Some(items.clone()) } else { None })
    }

    /// An object.
    pub fn object(&self, name: &str) -> Result<ObjectRef, RemoteError> {
        self.need(name, |value| if let Value::Object(object) = value { Some(object.clone()) } else { None })
    }

    /// A register.
    pub fn record(&self, name: &str) -> Result<Record, RemoteError> {
        self.need(name, |value| if let Value::Record(record) = value { Some(record.clone()) } else { None })
    }

    /// A register that may be left out.
    pub fn optional_record(&self, name: &str) -> Result<Option<Record>, RemoteError> {
        self.get(name).map(|_| self.record(name)).transpose()
    }
}
