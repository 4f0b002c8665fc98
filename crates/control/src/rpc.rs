//! JSON-RPC 2.0, as Kurento's clients speak it: requests in, answers out.

use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use trellis_model::RemoteError;

/// Longest name of a session, in bytes.
const LONGEST_SESSION: usize = 256;

/// An error as it goes over the wire.
pub(crate) struct RpcError {
    pub code: i32,
    pub message: String,
    pub data: Option<Json>,
}

impl RpcError {
    pub fn new(code: i32, message: impl Into<String>) -> RpcError {
        RpcError { code, message: message.into(), data: None }
    }

    pub fn parse() -> RpcError {
        RpcError::new(-32_700, "Parse error.")
    }

    pub fn invalid() -> RpcError {
        RpcError::new(-32_600, "Invalid JSON-RPC request.")
    }

    /// Kurento takes none either, and has transactions.
    pub fn batch() -> RpcError {
        let invalid = RpcError::invalid();
        let message =
            format!("{} Batches are not taken: send one request at a time, or a transaction.", invalid.message);
        RpcError { message, ..invalid }
    }

    pub fn unknown_method() -> RpcError {
        RpcError::new(-32_601, "Method not found.")
    }
}

impl From<RemoteError> for RpcError {
    fn from(error: RemoteError) -> Self {
        RpcError { code: error.code, message: error.message, data: Some(json!({ "type": error.kind })) }
    }
}

/// A request, checked for form.
pub(crate) struct Request {
    pub id: Option<Json>,
    pub method: String,
    pub params: Option<Map<String, Json>>,
}

impl Request {
    pub fn read(json: Json) -> Result<Request, RpcError> {
        let mut object = match json {
            Json::Object(object) => object,
            Json::Array(_) => return Err(RpcError::batch()),
            _ => return Err(RpcError::invalid()),
        };
        let version = object.get("jsonrpc").and_then(Json::as_str) == Some("2.0");
        let id = object.remove("id");
        let plain = !matches!(id, Some(Json::Array(_) | Json::Object(_)));
        let Some(Json::String(method)) = object.remove("method") else { return Err(RpcError::invalid()) };
        if !version || !plain {
            return Err(RpcError::invalid());
        }
        let params = match object.remove("params") {
            Some(Json::Object(params)) => Some(params),
            _ => None,
        };
        Ok(Request { id, method, params })
    }

    /// The text that answers it. A notification wants none, and is told so, with the result, as Kurento does.
    pub fn reply(&self, result: Result<Json, RpcError>) -> String {
        let Some(id) = &self.id else {
            let message = "Ignoring response because of a notification request".into();
            return answer(&Json::Null, Err(RpcError { code: -32_000, message, data: result.ok() })).to_string();
        };
        answer(id, result).to_string()
    }

    /// The parameters of a method that needs them.
    pub fn params(&self) -> Result<&Map<String, Json>, RpcError> {
        self.params.as_ref().ok_or_else(|| RpcError {
            code: -32_602,
            message: "'params' is required".into(),
            data: Some(json!({ "type": "INVALID_PARAMS" })),
        })
    }

    /// A text parameter; numbers and truths are taken as their text.
    pub fn text(&self, name: &str) -> Result<String, RpcError> {
        match self.params()?.get(name) {
            None | Some(Json::Null) => Err(RpcError::new(-32_000, format!("'{name}' parameter is required"))),
            Some(Json::String(text)) => Ok(text.clone()),
            Some(plain @ (Json::Number(_) | Json::Bool(_))) => Ok(plain.to_string()),
            Some(_) => Err(RpcError::new(-32_000, format!("'{name}' parameter should be a string"))),
        }
    }

    /// A truth that is false when it is left out; "true" and numbers are taken for what they mean.
    pub fn flag(&self, name: &str) -> Result<bool, RpcError> {
        match self.params()?.get(name) {
            None | Some(Json::Null) => Ok(false),
            Some(Json::Bool(value)) => Ok(*value),
            Some(Json::Number(number)) => Ok(number.as_f64() != Some(0.0)),
            Some(Json::String(text)) if text == "true" || text == "false" => Ok(text == "true"),
            Some(_) => Err(RpcError::new(-32_000, format!("'{name}' parameter should be a boolean"))),
        }
    }

    /// A number, if it is given; a text is taken for what it means.
    pub fn number(&self, name: &str) -> Result<Option<f64>, RpcError> {
        let number = match self.params()?.get(name) {
            None | Some(Json::Null) => return Ok(None),
            Some(Json::Number(number)) => number.as_f64(),
            Some(Json::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        let number = number.filter(|number| number.is_finite());
        let wrong = || RpcError::new(-32_000, format!("'{name}' parameter should be a number"));
        number.map(Some).ok_or_else(wrong)
    }

    /// The session that the request names, if it does.
    pub fn session(&self) -> Result<Option<Arc<str>>, RpcError> {
        let named = self.params.as_ref().and_then(|params| params.get("sessionId"));
        if named.is_none_or(|named| named.is_null() || named == "") {
            return Ok(None);
        }
        let session = self.text("sessionId")?;
        if session.len() > LONGEST_SESSION {
            return Err(RpcError::new(-32_000, format!("'sessionId' has at most {LONGEST_SESSION} bytes")));
        }
        Ok(Some(session.into()))
    }
}

/// Enough of a client's text to recognise it by.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}

/// The answer to a request.
pub(crate) fn answer(id: &Json, result: Result<Json, RpcError>) -> Json {
    match result {
        Ok(result) => json!({ "id": id, "jsonrpc": "2.0", "result": result }),
        Err(RpcError { code, message, data }) => {
            let mut error = Map::new();
            error.insert("code".into(), code.into());
            error.insert("message".into(), message.into());
            if let Some(data) = data {
                error.insert("data".into(), data);
            }
            json!({ "id": id, "jsonrpc": "2.0", "error": error })
        }
    }
}
