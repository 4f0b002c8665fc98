//! What is done with any object.

use super::connection::Client;
use super::generated::types::{
    KmsMediaInvocationReturn, MEDIA_OBJECT_HAS_NOT_PARENT, MEDIA_OBJECT_METHOD_NOT_FOUND, NOT_IMPLEMENTED, VERSION,
};
use super::house::Named;
use super::parameters::{self, REFERENCE};
use super::tagged::Tagged;
use super::wire::{Call, Given};
use super::{Outcome, failure, names};
use crate::rpc::cut;
use serde_json::Value as Json;
use trellis_model::Class;

/// Does a method that any object has; `None` when it is another.
pub(super) fn method(client: &Client, call: &Call) -> Option<Outcome<Given>> {
    Some(match call.name.as_str() {
        "getVersion" => Ok(Given::Number(VERSION)),
        "keepAlive" => keep_alive(client, call),
        "release" => release(client, call),
        "invoke" => invoke(client, call).map(Given::Value),
        "getParent" => parent(client, call),
        "getMediaPipeline" => pipeline(client, call),
        _ => return None,
    })
}

fn keep_alive(client: &Client, call: &Call) -> Outcome<Given> {
    client.house.keep_alive(client.house.resolve(call.reference(1)?)?.object())?;
    Ok(Given::Nothing)
}

fn release(client: &Client, call: &Call) -> Outcome<Given> {
    match client.house.resolve(call.reference(1)?)? {
        Named::Object(id) => client.house.value("release", [("object", (*id).into())])?,
        Named::Pad(_) => return Err(failure(NOT_IMPLEMENTED, "a pad goes with its element, not by itself")),
    };
    Ok(Given::Nothing)
}

fn parent(client: &Client, call: &Call) -> Outcome<Given> {
    let id = match client.house.resolve(call.reference(1)?)? {
        Named::Pad(pad) => pad.element.to_string(),
        Named::Object(id) => {
            let parent = client.house.invoke(&id, "getParent", [])?;
            let none = || failure(MEDIA_OBJECT_HAS_NOT_PARENT, "a pipeline has no parent");
            parent.as_str().ok_or_else(none)?.to_owned()
        }
    };
    client.house.refer(&id).map(Given::Reference)
}

fn pipeline(client: &Client, call: &Call) -> Outcome<Given> {
    let named = client.house.resolve(call.reference(1)?)?;
    let pipeline = client.house.invoke(named.object(), "getMediaPipeline", [])?;
    client.house.refer(pipeline.as_str().unwrap_or_default()).map(Given::Reference)
}

/// Invokes a member, by its name of old or of today.
fn invoke(client: &Client, call: &Call) -> Outcome<KmsMediaInvocationReturn> {
    let (reference, method) = (call.reference(1)?, call.text(2)?);
    let missing = || failure(MEDIA_OBJECT_METHOD_NOT_FOUND, format_args!("there is no method '{}'", cut(method)));
    let Named::Object(id) = client.house.resolve(reference)? else { return Err(missing()) };
    let class = client.house.class(&id)?;
    let operation = names::operation(class, method);
    let today = trellis_model::legacy::operation(operation).map(|renamed| renamed.operation);
    let member = class.member(today.as_deref().unwrap_or(operation)).ok_or_else(missing)?;
    let params = parameters::read(&client.house, call.parameters(3)?)?.named;
    let params = [("object", (*id).into()), ("operation", operation.into()), ("operationParams", params.into())];
    let mut value = client.house.value("invoke", params)?;
    if operation != method {
        // Who uses the names of old knows of no candidates apart from descriptions.
        client.house.complete(&id, operation, &mut value)?;
    }
    let Tagged { tag, data } = tagged(client, member.returns(), &value)?;
    Ok(KmsMediaInvocationReturn::new(tag, data))
}

/// A value that goes out: an object as a reference to it.
fn tagged(client: &Client, kind: Option<&str>, value: &Json) -> Outcome<Tagged> {
    match (kind.and_then(Class::find), value.as_str()) {
        (Some(_), Some(id)) => Ok(Tagged::of(REFERENCE, &client.house.refer(id)?)),
        _ => Ok(Tagged::value(kind, value)),
    }
}
