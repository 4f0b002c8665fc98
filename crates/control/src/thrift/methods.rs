//! What each method of the service does.

use super::connection::Visit;
use super::wire::{Call, Failed, Given, not_a_method};
use super::{creation, events, objects, pads, tunnel};

/// Does a call of a client that has come in.
pub(super) fn execute(visit: &Visit, call: &Call) -> Result<Given, Failed> {
    if call.name == "invokeJsonRpc" {
        let request = call.text(1).map_err(Failed::Declared)?;
        return Ok(Given::Text(tunnel::ask(visit, request)));
    }
    let known = objects::method(visit, call)
        .or_else(|| creation::method(visit, call))
        .or_else(|| pads::method(visit, call))
        .or_else(|| events::method(visit, call));
    match known {
        Some(outcome) => outcome.map_err(Failed::Declared),
        None => Err(Failed::Application(not_a_method(&call.name))),
    }
}
