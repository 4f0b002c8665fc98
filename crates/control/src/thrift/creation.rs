//! How objects are made.

use super::connection::Client;
use super::generated::types::{
    KmsMediaObjectRef, MEDIA_OBJECT_CONSTRUCTOR_NOT_FOUND, MEDIA_OBJECT_NOT_AVAILABLE, MEDIA_OBJECT_TYPE_NOT_FOUND,
};
use super::parameters::{self, Parameters};
use super::wire::{Call, Given};
use super::{Outcome, failure, names};
use crate::rpc::cut;
use trellis_model::Class;

/// Does a method that makes an object; `None` when it is another.
pub(super) fn method(client: &Client, call: &Call) -> Option<Outcome<Given>> {
    let made = match call.name.as_str() {
        "createMediaPipeline" => create(client, "MediaPipeline", None, Parameters::default()),
        "createMediaPipelineWithParams" => {
            parameters(client, call, 1).and_then(|params| create(client, "MediaPipeline", None, params))
        }
        "createMediaElement" | "createMediaElementWithParams" => typed(client, call, "MediaElement"),
        "createMediaMixer" | "createMediaMixerWithParams" => typed(client, call, "Hub"),
        "createMixerEndPoint" | "createMixerEndPointWithParams" => port(client, call),
        _ => return None,
    };
    Some(made.map(Given::Reference))
}

/// An element or a mixer, whose type the client names.
fn typed(client: &Client, call: &Call, kind: &str) -> Outcome<KmsMediaObjectRef> {
    let pipeline = client.house.object(call.reference(1)?, "MediaPipeline")?;
    let name = call.text(2)?;
    let unknown = || failure(MEDIA_OBJECT_TYPE_NOT_FOUND, format_args!("there is no {kind} '{}'", cut(name)));
    let class = names::class(name).filter(|class| class.is_a(kind) && !class.is_abstract).ok_or_else(unknown)?;
    if class.name == "HubPort" {
        return Err(failure(MEDIA_OBJECT_CONSTRUCTOR_NOT_FOUND, "createMixerEndPoint makes the ports of mixers"));
    }
    made_here(client, class)?;
    let params = parameters(client, call, 3)?;
    create(client, class.name, Some(("mediaPipeline", &pipeline)), params)
}

/// What is known and not made is refused before its parameters are looked at.
fn made_here(client: &Client, class: &'static Class) -> Outcome<()> {
    if client.house.realm.shared.factory.makes(class) {
        return Ok(());
    }
    let text = format_args!("{} is known, but this server does not make it", class.name);
    Err(failure(MEDIA_OBJECT_NOT_AVAILABLE, text))
}

fn port(client: &Client, call: &Call) -> Outcome<KmsMediaObjectRef> {
    let hub = client.house.object(call.reference(1)?, "Hub")?;
    let params = parameters(client, call, 2)?;
    create(client, "HubPort", Some(("hub", &hub)), params)
}

/// The parameters of the methods that have some.
fn parameters(client: &Client, call: &Call, argument: i16) -> Outcome<Parameters> {
    match call.name.ends_with("WithParams") {
        true => parameters::read(&client.house, call.parameters(argument)?),
        false => Ok(Parameters::default()),
    }
}

fn create(
    client: &Client,
    class: &str,
    parent: Option<(&str, &str)>,
    mut params: Parameters,
) -> Outcome<KmsMediaObjectRef> {
    params.named.extend(parent.map(|(name, id)| (name.to_owned(), id.into())));
    let made = client.house.value("create", [("type", class.into()), ("constructorParams", params.named.into())])?;
    let id: &str = made.as_str().unwrap_or_default();
    client.house.lease(id, params.terms)?;
    client.house.refer(id)
}
