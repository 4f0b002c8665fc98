//! Events and errors: subscribed for a service of the application's, and told to it.

use super::connection::Client;
use super::front::Outside;
use super::generated::parameters::KmsMediaEventCodeFoundData;
use super::generated::types::{
    KmsMediaError, KmsMediaEvent, KmsMediaEventData, KmsMediaObjectRef, MEDIA_OBJECT_EVENT_NOT_SUPPORTED,
    MEDIA_OBJECT_ILLEGAL_PARAM, MEDIA_OBJECT_NOT_FOUND,
};
use super::house::Named;
use super::names::{self, Carries};
use super::tagged::Tagged;
use super::wire::{self, Call, Given};
use super::{Outcome, failure};
use crate::objects::Subscription;
use crate::session::Callback;
use serde_json::{Map, Value as Json, json};
use std::net::SocketAddr;
use std::sync::Arc;
use thrift::protocol::{TFieldIdentifier, TOutputProtocol, TSerializable, TType};
use uuid::Uuid;

/// The event that errors are.
const ERROR: &str = "Error";
/// Fields that every event has, which are not its own.
const COMMON: [&str; 5] = ["source", "tags", "timestampMillis", "timestamp", "type"];

type Data = Map<String, Json>;

/// Does a method that is about events; `None` when it is another.
pub(super) fn method(client: &Client, call: &Call) -> Option<Outcome<Given>> {
    Some(match call.name.as_str() {
        "subscribeEvent" => subscribe_event(client, call),
        "subscribeError" => subscribe_error(client, call),
        "unsubscribeEvent" | "unsubscribeError" => unsubscribe(client, call),
        _ => return None,
    })
}

fn subscribe_event(client: &Client, call: &Call) -> Outcome<Given> {
    let (reference, name) = (call.reference(1)?, call.text(2)?);
    let id = object(client, reference)?;
    let handler = reach(client, call.text(3)?, call.number(4)?)?;
    let (event, carries) = names::event(name);
    let (name, source) = (name.to_owned(), client.house.refer(&id)?);
    subscribe(client, Wanted { id, event: event.to_owned(), handler }, move |token, data| {
        let data = carried(carries, data).map(|Tagged { tag, data }| KmsMediaEventData::new(tag, data));
        told("onEvent", token, &KmsMediaEvent::new(name.clone(), source.clone(), data))
    })
    .map(Given::Text)
}

fn subscribe_error(client: &Client, call: &Call) -> Outcome<Given> {
    let id = object(client, call.reference(1)?)?;
    let handler = reach(client, call.text(2)?, call.number(3)?)?;
    let source = client.house.refer(&id)?;
    subscribe(client, Wanted { id, event: ERROR.to_owned(), handler }, move |token, data| {
        let text = |name: &str| data.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let code = data.get("errorCode").and_then(Json::as_i64).and_then(|code| i32::try_from(code).ok());
        told("onError", token, &KmsMediaError::new(text("type"), text("description"), code, source.clone()))
    })
    .map(Given::Text)
}

/// The object of a reference; pads raise no events.
fn object(client: &Client, reference: &KmsMediaObjectRef) -> Outcome<Arc<str>> {
    match client.house.resolve(reference)? {
        Named::Object(id) => Ok(id),
        Named::Pad(_) => Err(failure(MEDIA_OBJECT_EVENT_NOT_SUPPORTED, "pads raise no events")),
    }
}

/// What is subscribed.
pub(super) struct Wanted {
    pub id: Arc<str>,
    /// By its name of today, or of 6.x.
    pub event: String,
    pub handler: SocketAddr,
}

/// Where an application's service is reached.
pub(super) fn reach(client: &Client, host: &str, port: i32) -> Outcome<SocketAddr> {
    let port = u16::try_from(port).ok().filter(|port| *port > 0);
    let port = port.ok_or_else(|| failure(MEDIA_OBJECT_ILLEGAL_PARAM, "the handler's port is no port"))?;
    Ok(client.outside.reach(host, port, client.peer)?)
}

/// Subscribes; `message` makes what the handler is sent of the subscription's token and an event's data. The token.
pub(super) fn subscribe(
    client: &Client,
    wanted: Wanted,
    message: impl Fn(&str, &Data) -> thrift::Result<Vec<u8>> + Send + Sync + 'static,
) -> Outcome<String> {
    let token = Uuid::new_v4().to_string();
    let Wanted { id, event, handler } = wanted;
    let (outside, known) = (Arc::clone(&client.outside) as Arc<dyn Outside>, token.clone());
    let known_handler = client.house.handler(handler)?;
    let tell = move |data: &Data| match message(&known, data) {
        Ok(message) => outside.send(handler, message),
        Err(error) => tracing::error!(%error, "an event cannot be written"),
    };
    let callback = Some(Callback { handler: known_handler, tell: Box::new(tell) });
    let session = Arc::clone(&client.house.session);
    client.house.realm.hear(&id, Subscription { id: token.clone(), event, session, callback })?;
    Ok(token)
}

fn unsubscribe(client: &Client, call: &Call) -> Outcome<Given> {
    let id = object(client, call.reference(1)?)?;
    let token = call.text(2)?;
    let mut state = client.house.realm.state.lock();
    let subscriptions = &mut state.entry(&id)?.subscriptions;
    let before = subscriptions.len();
    subscriptions.retain(|known| known.id != token || known.session != client.house.session);
    if subscriptions.len() == before {
        return Err(failure(MEDIA_OBJECT_NOT_FOUND, "there is no subscription of that token"));
    }
    Ok(Given::Nothing)
}

/// What an event carries.
fn carried(carries: Carries, data: &Data) -> Option<Tagged> {
    let text = |name: &str| data.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    match carries {
        Carries::Nothing => None,
        Carries::Text(field) => Some(Tagged::text(&text(field))),
        Carries::Code => {
            Some(Tagged::of("EventCodeFoundData", &KmsMediaEventCodeFoundData::new(text("codeType"), text("value"))))
        }
        Carries::Fields => {
            let own = data.iter().filter(|(name, _)| !COMMON.contains(&name.as_str()));
            Some(Tagged::json(&json!(own.map(|(name, value)| (name.clone(), value.clone())).collect::<Data>())))
        }
    }
}

/// A call of the handler with a token and what is told.
fn told(method: &str, token: &str, what: &impl TSerializable) -> thrift::Result<Vec<u8>> {
    wire::call(method, |output: &mut dyn TOutputProtocol| {
        output.write_field_begin(&TFieldIdentifier::new("callbackToken", TType::String, 1))?;
        output.write_string(token)?;
        output.write_field_end()?;
        output.write_field_begin(&TFieldIdentifier::new("what", TType::Struct, 2))?;
        what.write_to_out_protocol(output)?;
        output.write_field_end()
    })
}
