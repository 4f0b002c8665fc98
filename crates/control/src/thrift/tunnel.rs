//! JSON-RPC through `invokeJsonRpc`, as Kurento 4.0 to 4.3 spoke it: today's methods, but objects live by a `keepAlive`
//! for each, and events go to the service that `subscribe` names.

use super::connection::Client;
use super::events::{Wanted, reach, subscribe};
use super::{names, wire};
use crate::lease::Terms;
use crate::manager;
use crate::rpc::{Request, RpcError, answer};
use crate::screen::{MessageLimits, screen};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use thrift::protocol::{TFieldIdentifier, TOutputProtocol, TType};
use trellis_model::RemoteError;

/// Methods that are those of today but for what this module does around them.
const OF_TODAY: [&str; 4] = ["create", "invoke", "describe", "release"];

/// The answer to a request.
pub(super) fn ask(client: &Client, text: &str) -> String {
    let read = || {
        screen(text, &client.house.realm.shared.settings.messages)?;
        Request::read(serde_json::from_str(text).map_err(|_| RpcError::parse())?)
    };
    match read() {
        Ok(request) => request.reply(execute(client, &request)),
        Err(error) => answer(&Json::Null, Err(error)).to_string(),
    }
}

/// The answer to a request that is not done.
pub(super) fn refuse(text: &str, limits: &MessageLimits, (code, message): (i32, &str)) -> String {
    let json = screen(text, limits).ok().and_then(|()| serde_json::from_str::<Json>(text).ok());
    let id = json.and_then(|json| json.get("id").cloned()).unwrap_or_default();
    answer(&id, Err(RpcError::new(code, message))).to_string()
}

fn execute(client: &Client, request: &Request) -> Result<Json, RpcError> {
    match request.method.as_str() {
        "keepAlive" => {
            client.house.keep_alive(&request.text("object")?)?;
            Ok(json!({}))
        }
        "subscribe" => hear(client, request),
        "unsubscribe" => {
            let (object, subscription) = (request.text("object")?, request.text("subscription")?);
            if let Ok(entry) = client.house.realm.state.lock().entry(&object) {
                entry.subscriptions.retain(|known| known.id != subscription || known.session != client.house.session);
            }
            Ok(json!({}))
        }
        method if OF_TODAY.contains(&method) => today(client, request),
        _ => Err(RpcError::unknown_method()),
    }
}

fn today(client: &Client, request: &Request) -> Result<Json, RpcError> {
    let mut params = request.params()?.clone();
    // Sessions came later.
    params.remove("sessionId");
    if let Some(given) = params.remove("creationParams") {
        params.entry("constructorParams").or_insert(given);
    }
    if request.method == "create"
        && let Some(class) = params.get("type").and_then(Json::as_str).and_then(names::class)
    {
        params.insert("type".to_owned(), class.qualified_name().into());
    }
    let used = params.get("object").and_then(Json::as_str).map(str::to_owned);
    if let Some(id) = used.as_deref().filter(|_| request.method != "release") {
        lease(client, id)?;
    }
    let operation = params.get("operation").and_then(Json::as_str).unwrap_or_default().to_owned();
    let mut result = client.house.execute(&request.method, params)?;
    if let (Some(id), "invoke", Some(value)) = (&used, request.method.as_str(), result.get_mut("value")) {
        client.house.complete(id, &operation, value)?;
    }
    if request.method == "create"
        && let Some(id) = result.get("value").and_then(Json::as_str)
    {
        lease(client, id)?;
    }
    if let Some(fields) = result.as_object_mut() {
        fields.remove("sessionId");
    }
    Ok(result)
}

/// What is used is held, so it has a lease. The manager needs none.
fn lease(client: &Client, id: &str) -> Result<(), RemoteError> {
    if id == manager::ID { Ok(()) } else { client.house.lease(id, Terms::default()) }
}

fn hear(client: &Client, request: &Request) -> Result<Json, RpcError> {
    let (id, kind) = (request.text("object")?, request.text("type")?);
    let port = request.params()?.get("port").and_then(port).unwrap_or_default();
    let handler = reach(client, &request.text("ip")?, port).map_err(of_json)?;
    lease(client, &id)?;
    let wanted = Wanted { id: Arc::from(id.as_str()), event: names::event(&kind).0.to_owned(), handler };
    let token = subscribe(client, wanted, move |token, data| {
        let params = json!({ "object": id, "type": kind, "data": data, "subscription": token });
        told(&json!({ "jsonrpc": "2.0", "method": "onEvent", "params": params }))
    });
    Ok(json!({ "value": token.map_err(of_json)? }))
}

/// A port, which some clients write as text.
fn port(given: &Json) -> Option<i32> {
    given.as_i64().or_else(|| given.as_str()?.parse().ok()).and_then(|port| i32::try_from(port).ok())
}

/// A failure as JSON-RPC tells it.
fn of_json(error: super::generated::types::KmsMediaServerException) -> RpcError {
    RpcError::new(error.error_code.unwrap_or_default(), error.description.unwrap_or_default())
}

fn told(notification: &Json) -> thrift::Result<Vec<u8>> {
    wire::call("eventJsonRpc", |output: &mut dyn TOutputProtocol| {
        output.write_field_begin(&TFieldIdentifier::new("request", TType::String, 1))?;
        output.write_string(&notification.to_string())?;
        output.write_field_end()
    })
}
