//! Pads, which are objects to Thrift clients: those that elements have, and who is connected to whom.

use super::connection::Client;
use super::generated::types::{KmsMediaObjectRef, KmsMediaType, MARSHALL_ERROR, MEDIA_OBJECT_NOT_FOUND};
use super::house::House;
use super::wire::{Call, Given};
use super::{Outcome, failure};
use serde_json::Value as Json;
use std::sync::Arc;
use trellis_model::Class;

/// Kinds of media, by their numbers in the interface.
pub(super) const KINDS: [&str; 3] = ["AUDIO", "VIDEO", "DATA"];
/// The only description that pads have.
pub(super) const DESCRIPTION: &str = "default";
/// Elements that only give, and elements that only take.
const ONE_WAY: &[(&str, Direction)] = &[
    ("PlayerEndpoint", Direction::Source),
    ("HttpPostEndpoint", Direction::Source),
    ("RecorderEndpoint", Direction::Sink),
    ("HttpGetEndpoint", Direction::Sink),
];

/// Which way media goes through a pad, seen from the element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Sink,
    Source,
}

/// A pad of an element.
#[derive(Clone, Debug)]
pub(super) struct Pad {
    pub element: Arc<str>,
    pub direction: Direction,
    /// One of [`KINDS`].
    pub kind: &'static str,
}

/// Does a method that is about pads or connections; `None` when it is another.
pub(super) fn method(client: &Client, call: &Call) -> Option<Outcome<Given>> {
    Some(match call.name.as_str() {
        "getMediaSrcs" | "getMediaSrcsByMediaType" | "getMediaSrcsByFullDescription" => {
            listed(client, call, Direction::Source)
        }
        "getMediaSinks" | "getMediaSinksByMediaType" | "getMediaSinksByFullDescription" => {
            listed(client, call, Direction::Sink)
        }
        "connectElements" | "connectElementsByMediaType" | "connectElementsByFullDescription" => {
            connect_elements(client, call)
        }
        "connect" | "disconnect" => join(client, call),
        "getConnectedSinks" => connected_sinks(client, call),
        "getConnectedSrc" => connected_source(client, call),
        "getMediaElement" => call
            .reference(1)
            .and_then(|pad| client.house.pad(pad, None))
            .and_then(|pad| client.house.refer(&pad.element).map(Given::Reference)),
        _ => return None,
    })
}

/// The kind of an argument; `None` where the method has no such argument.
fn kind(call: &Call, argument: i16) -> Outcome<Option<&'static str>> {
    if !(call.name.ends_with("ByMediaType") || call.name.ends_with("ByFullDescription")) {
        return Ok(None);
    }
    let KmsMediaType(number) = KmsMediaType(call.number(argument)?);
    let known = usize::try_from(number).ok().and_then(|number| KINDS.get(number));
    known.copied().map(Some).ok_or_else(|| failure(MARSHALL_ERROR, format_args!("{number} is no KmsMediaType")))
}

/// The description of an argument; that of all pads where the method has no such argument.
fn description(call: &Call, argument: i16) -> Outcome<&str> {
    if call.name.ends_with("ByFullDescription") { call.text(argument) } else { Ok(DESCRIPTION) }
}

fn listed(client: &Client, call: &Call, direction: Direction) -> Outcome<Given> {
    let element = client.house.object(call.reference(1)?, "MediaElement")?;
    let (wanted, description) = (kind(call, 2)?, description(call, 3)?);
    if description != DESCRIPTION || !has(client.house.class(&element)?, direction) {
        return Ok(Given::References(Vec::new()));
    }
    let kinds = KINDS.iter().filter(|kind| wanted.is_none_or(|wanted| wanted == **kind));
    let pad = |kind: &&'static str| Pad { element: Arc::clone(&element), direction, kind };
    let references: Outcome<_> = kinds.map(pad).map(|pad| client.house.refer_pad(&pad)).collect();
    references.map(Given::References)
}

/// Whether elements of a class have pads of a direction.
fn has(class: &'static Class, direction: Direction) -> bool {
    ONE_WAY.iter().find(|(name, _)| class.is_a(name)).is_none_or(|(_, only)| *only == direction)
}

fn connect_elements(client: &Client, call: &Call) -> Outcome<Given> {
    let source = client.house.object(call.reference(1)?, "MediaElement")?;
    let sink = client.house.object(call.reference(2)?, "MediaElement")?;
    let kind = kind(call, 3)?.map_or(Json::Null, Json::from);
    let description = description(call, 4)?;
    let pads = [
        ("sink", Json::from(&*sink)),
        ("mediaType", kind),
        ("sourceMediaDescription", description.into()),
        ("sinkMediaDescription", description.into()),
    ];
    client.house.invoke(&source, "connect", pads)?;
    Ok(Given::Nothing)
}

/// Connects a source pad and a sink pad, or disconnects them: the method is called so today too.
fn join(client: &Client, call: &Call) -> Outcome<Given> {
    let source = client.house.pad(call.reference(1)?, Some(Direction::Source))?;
    let sink = client.house.pad(call.reference(2)?, Some(Direction::Sink))?;
    if source.kind != sink.kind {
        let text = format_args!("a source of {} and a sink of {}", source.kind, sink.kind);
        return Err(failure(super::generated::types::CONNECT_ERROR, text));
    }
    let pads = [("sink", Json::from(&*sink.element)), ("mediaType", source.kind.into())];
    client.house.invoke(&source.element, &call.name, pads)?;
    Ok(Given::Nothing)
}

fn connected_sinks(client: &Client, call: &Call) -> Outcome<Given> {
    let source = client.house.pad(call.reference(1)?, Some(Direction::Source))?;
    let references: Outcome<_> =
        others(&client.house, &source)?.iter().map(|pad| client.house.refer_pad(pad)).collect();
    references.map(Given::References)
}

fn connected_source(client: &Client, call: &Call) -> Outcome<Given> {
    let sink = client.house.pad(call.reference(1)?, Some(Direction::Sink))?;
    let unfed = || failure(MEDIA_OBJECT_NOT_FOUND, "no source feeds this pad");
    let source = others(&client.house, &sink)?.pop().ok_or_else(unfed)?;
    let reference: KmsMediaObjectRef = client.house.refer_pad(&source)?;
    Ok(Given::Reference(reference))
}

/// The pads that a pad is connected to.
fn others(house: &House, pad: &Pad) -> Outcome<Vec<Pad>> {
    let (list, end, direction) = match pad.direction {
        Direction::Source => ("getSinkConnections", "sink", Direction::Sink),
        Direction::Sink => ("getSourceConnections", "source", Direction::Source),
    };
    let connections = house.invoke(&pad.element, list, [("mediaType", pad.kind.into())])?;
    let ids = connections.as_array().into_iter().flatten().filter_map(|connection| connection.get(end)?.as_str());
    Ok(ids.map(|id| Pad { element: id.into(), direction, kind: pad.kind }).collect())
}
