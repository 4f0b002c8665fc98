//! Tagged values: a tag, and bytes that hold what the tag says.

use super::generated::types::{
    BOOL_DATA_TYPE, BYTE_DATA_TYPE, DOUBLE_DATA_TYPE, I16_DATA_TYPE, I32_DATA_TYPE, I64_DATA_TYPE, JSON_DATA_TYPE,
    KmsMediaParam, STRING_DATA_TYPE, UNMARSHALL_ERROR, VOID_DATA_TYPE,
};
use super::wire::reader;
use super::{Outcome, failure};
use crate::rpc::cut;
use crate::screen::{MessageLimits, screen};
use serde_json::{Value as Json, json};
use thrift::protocol::{TBinaryOutputProtocol, TInputProtocol, TOutputProtocol, TSerializable};

/// A value that goes out: its tag and its bytes.
pub(super) struct Tagged {
    pub tag: String,
    pub data: Option<Vec<u8>>,
}

impl Tagged {
    pub fn void() -> Tagged {
        Tagged { tag: VOID_DATA_TYPE.to_owned(), data: None }
    }

    /// A struct, by its tag.
    pub fn of(tag: &str, value: &impl TSerializable) -> Tagged {
        Tagged::written(tag, |output| value.write_to_out_protocol(output))
    }

    /// A value of a declared type, as the object model has it: plain ones by the tags of old, all others as JSON.
    pub fn value(kind: Option<&str>, value: &Json) -> Tagged {
        match (kind, value) {
            (None, _) | (_, Json::Null) => Tagged::void(),
            (_, Json::Bool(value)) => Tagged::written(BOOL_DATA_TYPE, |output| output.write_bool(*value)),
            (_, Json::String(text)) => Tagged::text(text),
            (Some("int"), Json::Number(number)) if fits_i32(number).is_some() => {
                let number = fits_i32(number).unwrap_or_default();
                Tagged::written(I32_DATA_TYPE, |output| output.write_i32(number))
            }
            (Some("int" | "int64"), Json::Number(number)) if number.is_i64() => {
                let number = number.as_i64().unwrap_or_default();
                Tagged::written(I64_DATA_TYPE, |output| output.write_i64(number))
            }
            (_, Json::Number(number)) => {
                let number = number.as_f64().unwrap_or_default();
                Tagged::written(DOUBLE_DATA_TYPE, |output| output.write_double(number))
            }
            (_, json) => Tagged::json(json),
        }
    }

    pub fn text(text: &str) -> Tagged {
        Tagged::written(STRING_DATA_TYPE, |output| output.write_string(text))
    }

    pub fn json(json: &Json) -> Tagged {
        Tagged::written(JSON_DATA_TYPE, |output| output.write_string(&json.to_string()))
    }

    fn written(tag: &str, write: impl FnOnce(&mut dyn TOutputProtocol) -> thrift::Result<()>) -> Tagged {
        let mut bytes = Vec::new();
        // Memory takes what is written to it.
        let data = write(&mut TBinaryOutputProtocol::new(&mut bytes, true)).ok().map(|()| bytes);
        Tagged { tag: tag.to_owned(), data }
    }
}

fn fits_i32(number: &serde_json::Number) -> Option<i32> {
    i32::try_from(number.as_i64()?).ok()
}

/// The tag of a value that came in.
pub(super) fn tag(given: &KmsMediaParam) -> &str {
    given.data_type.as_deref().unwrap_or_default()
}

/// A plain value that came in; `None` when its tag is that of a struct.
pub(super) fn plain(given: &KmsMediaParam, limits: &MessageLimits) -> Outcome<Option<Json>> {
    let read = |read: fn(&mut dyn TInputProtocol) -> thrift::Result<Json>| data(given, read).map(Some);
    match tag(given) {
        VOID_DATA_TYPE => Ok(Some(Json::Null)),
        BOOL_DATA_TYPE => read(|input| Ok(json!(input.read_bool()?))),
        BYTE_DATA_TYPE => read(|input| Ok(json!(input.read_i8()?))),
        I16_DATA_TYPE => read(|input| Ok(json!(input.read_i16()?))),
        I32_DATA_TYPE => read(|input| Ok(json!(input.read_i32()?))),
        I64_DATA_TYPE => read(|input| Ok(json!(input.read_i64()?))),
        DOUBLE_DATA_TYPE => read(|input| Ok(json!(input.read_double()?))),
        STRING_DATA_TYPE => read(|input| Ok(json!(input.read_string()?))),
        JSON_DATA_TYPE => {
            let text = data(given, |input| input.read_string())?;
            screen(&text, limits)?;
            serde_json::from_str(&text).map(Some).map_err(|error| failure(UNMARSHALL_ERROR, error))
        }
        _ => Ok(None),
    }
}

/// A struct that came in.
pub(super) fn structure<T: TSerializable>(given: &KmsMediaParam) -> Outcome<T> {
    data(given, |input| T::read_from_in_protocol(input))
}

fn data<T>(given: &KmsMediaParam, read: impl FnOnce(&mut dyn TInputProtocol) -> thrift::Result<T>) -> Outcome<T> {
    let mut bytes = given.data.as_deref().unwrap_or_default();
    let unreadable = |error: &dyn std::fmt::Display| {
        failure(UNMARSHALL_ERROR, format_args!("a value tagged '{}' cannot be read: {error}", cut(tag(given))))
    };
    let mut input = reader(&mut bytes).map_err(|error| unreadable(&error))?;
    read(&mut input).map_err(|error| unreadable(&error))
}
