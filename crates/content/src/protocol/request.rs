//! One JSON-RPC 2.0 request of the Open API, read into what it asks for, and its answer.

use super::constraints::Constraints;
use crate::error::{Code, ContentError};
use crate::handler::Command;
use crate::kind::Tag;
use crate::session::core::Wanted;
use serde_json::{Map, Value as Json, json};

/// Bytes of a reason's text that a client may give.
const MAX_REASON: usize = 512;

/// What a client asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Call {
    /// A start; it names a session that a command began, or else begins one.
    Start {
        session: Option<String>,
        wanted: Wanted,
    },
    Poll {
        session: String,
    },
    /// A command; without a session it begins one.
    Execute {
        session: Option<String>,
        command: Command,
    },
    Terminate {
        session: String,
        code: Code,
        message: String,
    },
}

/// A request with the id that its answer bears.
#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    pub id: i64,
    pub call: Call,
}

impl Request {
    /// Reads a request for contents of one kind. An error comes with the id, as far as it could be read.
    pub fn read(text: &str, kind: Tag) -> Result<Request, (Option<i64>, ContentError)> {
        let value: Json = serde_json::from_str(text).map_err(|_| (None, Code(10020).into()))?;
        let members = match value {
            Json::Object(members) => members,
            Json::Null => return Err((None, Code(10020).into())),
            Json::Array(_) => return Err((None, ContentError::about(10000, "batches are not taken"))),
            _ => return Err((None, ContentError::about(10000, "it is no object"))),
        };
        let id = members.get("id").and_then(Json::as_i64);
        let read = || {
            let id = id.ok_or(Code(10023))?;
            if members.get("jsonrpc").and_then(Json::as_str) != Some("2.0") {
                return Err(ContentError::about(10000, "it is not JSON-RPC 2.0"));
            }
            let method = members.get("method").and_then(Json::as_str).filter(|method| !method.is_empty());
            let method = method.ok_or(Code(10007))?;
            let params = members.get("params").and_then(Json::as_object).ok_or(Code(10024))?;
            Ok(Request { id, call: Call::read(method, params, kind)? })
        };
        read().map_err(|error| (id, error))
    }
}

impl Call {
    fn read(method: &str, params: &Map<String, Json>, kind: Tag) -> Result<Call, ContentError> {
        match method {
            "start" => Call::start(params, kind),
            "poll" => Ok(Call::Poll { session: session(params)? }),
            "execute" => Ok(Call::Execute {
                session: params.get("sessionId").map(|_| session(params)).transpose()?,
                command: command(params)?,
            }),
            "terminate" => {
                let (code, message) = reason(params.get("reason"))?;
                Ok(Call::Terminate { session: session(params)?, code, message })
            }
            other => Err(ContentError::about(10008, other)),
        }
    }

    fn start(params: &Map<String, Json>, kind: Tag) -> Result<Call, ContentError> {
        let constraints = Constraints::read(params.get("constraints"), kind)?;
        let offer = params.get("sdp").and_then(Json::as_str).filter(|offer| !offer.is_empty());
        let offer = match kind.has_sdp() {
            true => Some(offer.ok_or(Code(10013))?.to_owned()),
            false => None,
        };
        let session = params.get("sessionId").map(|_| session(params)).transpose()?;
        Ok(Call::Start { session, wanted: Wanted { constraints, offer } })
    }
}

fn session(params: &Map<String, Json>) -> Result<String, ContentError> {
    let named = params.get("sessionId").and_then(Json::as_str).filter(|id| !id.is_empty());
    Ok(named.ok_or(Code(10022))?.to_owned())
}

fn command(params: &Map<String, Json>) -> Result<Command, ContentError> {
    let command = params.get("command").and_then(Json::as_object).ok_or(Code(10027))?;
    let kind = command.get("type").and_then(Json::as_str).filter(|kind| !kind.is_empty()).ok_or(Code(10012))?;
    let data = match command.get("data") {
        None | Some(Json::Null) => "",
        Some(data) => data.as_str().ok_or(Code(10028))?,
    };
    Ok(Command { kind: kind.to_owned(), data: data.to_owned() })
}

fn reason(value: Option<&Json>) -> Result<(Code, String), ContentError> {
    let reason = value.and_then(Json::as_object).ok_or(Code(10030))?;
    let code =
        reason.get("code").and_then(Json::as_i64).and_then(|code| i32::try_from(code).ok()).ok_or(Code(10030))?;
    let message = match reason.get("message") {
        None | Some(Json::Null) => "",
        Some(message) => message.as_str().ok_or(Code(10030))?,
    };
    Ok((Code(code), message.chars().take(MAX_REASON).collect()))
}

/// The answer of a request that went well.
pub(crate) fn success(id: i64, result: impl serde::Serialize) -> String {
    #[derive(serde::Serialize)]
    struct Answer<T> {
        jsonrpc: &'static str,
        id: i64,
        result: T,
    }
    serde_json::to_string(&Answer { jsonrpc: "2.0", id, result }).unwrap_or_default()
}

/// The answer of a request that went wrong. Its `data` is the code of the table.
pub(crate) fn failure(id: Option<i64>, error: &ContentError) -> String {
    let code = error.code;
    json!({
        "jsonrpc": "2.0",
        "id": id,
        "error": { "code": code.json_rpc(), "message": error.message, "data": code.0 },
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Direction;

    fn read(value: Json, kind: Tag) -> Result<Call, i32> {
        Request::read(&value.to_string(), kind).map(|request| request.call).map_err(|(_, error)| error.code.0)
    }

    fn envelope(method: &str, params: Json) -> Json {
        json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
    }

    #[test]
    fn every_method_is_read() {
        let (audio, video) = (Direction::SendRecv, Direction::Inactive);
        let start = json!({ "constraints": { "audio": "sendrecv", "video": "inactive" }, "sdp": "v=0" });
        let read = |method, params| read(envelope(method, params), Tag::WebRtc).unwrap();
        let constraints = Constraints { audio, video };
        let wanted = Wanted { constraints, offer: Some("v=0".to_owned()) };
        assert_eq!(read("start", start), Call::Start { session: None, wanted });
        let session = "s".to_owned();
        assert_eq!(read("poll", json!({ "sessionId": "s" })), Call::Poll { session: session.clone() });
        let command = Command { kind: "a".to_owned(), data: String::new() };
        assert_eq!(
            read("execute", json!({ "command": { "type": "a" } })),
            Call::Execute { session: None, command: command.clone() }
        );
        assert_eq!(
            read("execute", json!({ "sessionId": "s", "command": { "type": "a", "data": "" } })),
            Call::Execute { session: Some(session.clone()), command }
        );
        assert_eq!(
            read("terminate", json!({ "sessionId": "s", "reason": { "code": 1, "message": "m" } })),
            Call::Terminate { session, code: Code::NORMAL, message: "m".to_owned() }
        );
    }

    #[test]
    fn an_error_bears_the_id_if_there_is_one() {
        let failed = |value: Json| Request::read(&value.to_string(), Tag::Rtp).unwrap_err();
        assert_eq!(failed(json!({ "id": 7, "jsonrpc": "1.0" })).0, Some(7));
        let (id, error) = failed(json!({ "id": "seven" }));
        assert_eq!((id, error.code.0), (None, 10023));
        assert_eq!(failure(id, &error), json!({
            "jsonrpc": "2.0", "id": null, "error": { "code": -32500, "message": "the id is no integer", "data": 10023 }
        }).to_string());
    }
}
