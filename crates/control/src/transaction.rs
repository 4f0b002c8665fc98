//! Several requests in one, in order, up to the first that fails. Later ones may name the results of earlier ones.

use crate::realm::Realm;
use crate::rpc::{Request, RpcError, answer};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use trellis_model::RemoteError;

/// Requests in one transaction.
const MAX_OPERATIONS: usize = 1_000;
/// Parameters within each other deeper than this are refused.
const MAX_DEPTH: usize = 32;

pub(crate) fn execute(realm: &Arc<Realm>, request: &Request, session: &Arc<str>) -> Result<Json, RpcError> {
    let operations = match request.params()?.get("operations") {
        None | Some(Json::Null) => return Err(RpcError::new(-32_000, "'operations' parameter is required")),
        Some(Json::Array(operations)) => operations,
        Some(_) => return Err(RpcError::new(-32_000, "'operations' parameter should be an array")),
    };
    if operations.len() > MAX_OPERATIONS {
        return Err(RemoteError::malformed_transaction(format_args!("more than {MAX_OPERATIONS} operations")).into());
    }
    for (index, operation) in operations.iter().enumerate() {
        if operation.get("id").and_then(Json::as_u64) != Some(index as u64) {
            let text = format_args!("Id of request '{index}' should be '{index}'");
            return Err(RemoteError::malformed_transaction(text).into());
        }
    }
    let mut responses: Vec<Json> = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        let id = json!(index);
        let result = resolved(operation, &responses).and_then(|operation| {
            let mut request = Request::read(operation)?;
            let params = request.params.get_or_insert_default();
            params.insert("sessionId".into(), (&**session).into());
            if request.method == "transaction" {
                return Err(RemoteError::malformed_transaction("a transaction within a transaction").into());
            }
            realm.execute(&request, session)
        });
        let failed = result.is_err();
        responses.push(answer(&id, result));
        if failed {
            break;
        }
    }
    Ok(json!({ "value": responses, "sessionId": &**session }))
}

/// The operation with every `newref:N` replaced by the value of response N.
fn resolved(operation: &Json, responses: &[Json]) -> Result<Json, RpcError> {
    let mut operation = operation.clone();
    if let Some(params) = operation.get_mut("params") {
        replace(params, responses, 0)?;
    }
    Ok(operation)
}

fn replace(json: &mut Json, responses: &[Json], depth: usize) -> Result<(), RpcError> {
    if depth > MAX_DEPTH {
        return Err(RemoteError::malformed_transaction("parameters within each other too deeply").into());
    }
    match json {
        Json::String(text) => {
            let Some(index) = text.strip_prefix("newref:") else { return Ok(()) };
            let wrong = || RemoteError::malformed_transaction(format_args!("Invalid index of newref '{text}'"));
            let index: usize = index.parse().map_err(|_| wrong())?;
            let missing = || RemoteError::malformed_transaction(format_args!("Result not found on request {index}"));
            *json = responses
                .get(index)
                .and_then(|response| response.pointer("/result/value"))
                .ok_or_else(missing)?
                .clone();
            Ok(())
        }
        Json::Array(items) => items.iter_mut().try_for_each(|item| replace(item, responses, depth + 1)),
        Json::Object(fields) => fields.values_mut().try_for_each(|field| replace(field, responses, depth + 1)),
        _ => Ok(()),
    }
}
