//! What each method of the service does.

use super::connection::Client;
use super::wire::{Call, Failed, Given, not_a_method};
use super::{creation, events, objects, pads, tunnel};

/// Does a call of a client that has come in.
pub(super) fn execute(client: &Client, call: &Call) -> Result<Given, Failed> {
    if call.name == "invokeJsonRpc" {
        let request = call.text(1).map_err(Failed::Declared)?;
        return Ok(Given::Text(tunnel::ask(client, request)));
    }
    let known = objects::method(client, call)
        .or_else(|| creation::method(client, call))
        .or_else(|| pads::method(client, call))
        .or_else(|| events::method(client, call));
    match known {
        Some(outcome) => outcome.map_err(Failed::Declared),
        None => Err(Failed::Application(not_a_method(&call.name))),
    }
}
