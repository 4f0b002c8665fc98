//! What carries requests to a server.

use crate::error::ClientError;
use serde_json::{Map, Value as Json};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::watch;

/// What comes of a request.
pub(crate) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Json, ClientError>> + Send + 'a>>;

/// How a server is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Link {
    /// It answers.
    Connected,
    /// The connection is broken and being made anew. Requests wait; events are lost.
    Broken,
    /// The session has ended.
    Gone,
}

/// Carries the requests of one session.
pub(crate) trait Transport: Send + Sync {
    /// Sends a request, when it is polled; the result in its answer. Who asks bounds how long and how many.
    fn request<'a>(&'a self, method: &'a str, params: Map<String, Json>) -> Answer<'a>;

    /// The session.
    fn session(&self) -> Arc<str>;

    /// How the server is reached.
    fn link(&self) -> watch::Receiver<Link>;

    /// Carries nothing any more.
    fn close(&self);
}

/// The text of a request (JSON-RPC 2.0).
pub(crate) fn request_text(id: &Json, method: &str, params: Map<String, Json>) -> String {
    let (method, params) = (Json::from(method), Json::Object(params));
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":{method},"params":{params}}}"#)
}

/// What an answer says.
pub(crate) fn outcome(mut answer: Json) -> Result<Json, ClientError> {
    if let Some(result) = answer.get_mut("result") {
        return Ok(result.take());
    }
    let Some(error) = answer.get_mut("error") else {
        return Err(ClientError::Unreadable("an answer without a result".to_owned()));
    };
    let code = error.get("code").and_then(Json::as_i64).and_then(|code| code.try_into().ok()).unwrap_or_default();
    let message = error.get("message").and_then(Json::as_str).unwrap_or_default().to_owned();
    let data = error.get_mut("data").map(Json::take);
    Err(ClientError::Remote { code, message, data })
}
