//! Who is connected to whom in a pipeline, as the application said it.
//!
//! Invariant: a sink pad has one link at the most. A link goes with either of its elements.

use super::element::{ElementCore, ElementObject, kinds_of, media_type};
use super::pipeline::PipelineObject;
use crate::pads::pad;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use trellis_graph::ElementId;
use trellis_media::Kind;
use trellis_model::{Args, ObjectRef, RemoteError, Value};

/// The only description that pads have here.
const DESCRIPTION: &str = "default";

/// The links of one pipeline, by sink pad.
#[derive(Default)]
pub(crate) struct Links(Mutex<BTreeMap<(ElementId, usize), Link>>);

/// A link between two elements.
#[derive(Clone)]
pub(crate) struct Link {
    pub source: End,
    pub sink: End,
    pub kind: Kind,
}

/// An element at an end of a link.
#[derive(Clone)]
pub(crate) struct End {
    pub key: ElementId,
    id: Arc<str>,
    object: Weak<dyn ElementObject>,
}

impl End {
    pub fn of(core: &ElementCore, object: Weak<dyn ElementObject>) -> End {
        End { key: core.key, id: Arc::clone(&core.id), object }
    }

    /// The object, while it lives.
    fn object(&self) -> Option<ObjectRef> {
        Some(ObjectRef { id: Arc::clone(&self.id), remote: self.object.upgrade()? })
    }

    /// Does something with the element, while it lives.
    pub fn with<R>(&self, work: impl FnOnce(&dyn ElementObject) -> R) -> Option<R> {
        self.object.upgrade().map(|object| work(&*object))
    }
}

impl Links {
    /// What feeds a sink pad from now on; what fed it before.
    fn put(&self, link: Link) -> Option<Link> {
        self.0.lock().insert((link.sink.key, pad(link.kind)), link)
    }

    /// Takes a link out, when there is one between these two.
    fn take(&self, source: ElementId, sink: ElementId, kind: Kind) -> Option<Link> {
        let mut links = self.0.lock();
        let place = (sink, pad(kind));
        links.get(&place).filter(|link| link.source.key == source)?;
        links.remove(&place)
    }

    /// Takes out all links of an element.
    fn take_all(&self, element: ElementId) -> Vec<Link> {
        let mut taken = Vec::new();
        self.0.lock().retain(|_, link| {
            let stays = link.source.key != element && link.sink.key != element;
            if !stays {
                taken.push(link.clone());
            }
            stays
        });
        taken
    }

    /// The links from an element.
    pub fn from(&self, element: ElementId) -> Vec<Link> {
        self.0.lock().values().filter(|link| link.source.key == element).cloned().collect()
    }

    /// The links to an element.
    pub fn to(&self, element: ElementId) -> Vec<Link> {
        self.0.lock().values().filter(|link| link.sink.key == element).cloned().collect()
    }

    /// The link to one sink pad.
    pub fn feeding(&self, sink: ElementId, kind: Kind) -> Option<Link> {
        self.0.lock().get(&(sink, pad(kind))).cloned()
    }
}

impl Link {
    /// The source tells of its new or lost sink.
    fn raise(&self, event: &str) {
        let Some(sink) = self.sink.object() else { return };
        let fields = [
            ("sink", Value::Object(sink)),
            ("mediaType", media_type(self.kind)),
            ("sourceMediaDescription", DESCRIPTION.into()),
            ("sinkMediaDescription", DESCRIPTION.into()),
        ];
        self.source.with(|source| source.core().events.raise(event, fields));
    }

    fn data(&self) -> Option<Value> {
        let fields = [
            ("source", Value::Object(self.source.object()?)),
            ("sink", Value::Object(self.sink.object()?)),
            ("type", media_type(self.kind)),
            ("sourceDescription", DESCRIPTION.into()),
            ("sinkDescription", DESCRIPTION.into()),
        ];
        Some(Value::record("ElementConnectionData", fields))
    }
}

/// Pads of another description are not here: nothing can be connected to them.
fn default_pads(args: &Args) -> Result<(), RemoteError> {
    for name in ["sourceMediaDescription", "sinkMediaDescription"] {
        let description = args.text_or(name, DESCRIPTION)?;
        if !is_default(&description) {
            return Err(RemoteError::connect(format_args!("there is no pad '{description}'")));
        }
    }
    Ok(())
}

/// Whether a description means the pads that every element has.
pub(crate) fn is_default(description: &str) -> bool {
    description.is_empty() || description == DESCRIPTION
}

impl ElementCore {
    fn links(&self) -> &Links {
        &self.pipeline.links
    }

    /// Another element of the same pipeline.
    fn other(&self, object: &ObjectRef) -> Result<Arc<dyn ElementObject>, RemoteError> {
        if !object.remote.class().is_a("MediaElement") {
            return Err(RemoteError::marshal("'sink' parameter should be a MediaElement"));
        }
        let element = self.pipeline.element(&object.id);
        element.ok_or_else(|| RemoteError::connect("the elements are in different pipelines"))
    }

    /// Connects pads of the same kind; all kinds when none is named.
    pub fn connect(&self, args: &Args) -> Result<Value, RemoteError> {
        let (sink_ref, kinds) = (args.object("sink")?, kinds_of(args)?);
        default_pads(args)?;
        let sink = self.other(&sink_ref)?;
        let other = sink.core();
        let Some(source) = self.end() else { return Ok(Value::Null) };
        for kind in kinds {
            let made = self.pipeline.graph().connect((self.key, pad(kind)), (other.key, pad(kind)));
            made.map_err(RemoteError::connect)?;
            let end = End::of(other, Arc::downgrade(&sink));
            let link = Link { source: source.clone(), sink: end, kind };
            if let Some(before) = self.links().put(link.clone()).filter(|before| before.source.key != self.key) {
                before.raise("ElementDisconnected");
            }
            sink.sink_connected(kind, true);
            link.raise("ElementConnected");
        }
        self.ask_encoders();
        Ok(Value::Null)
    }

    /// Disconnects what was connected; what was not stays as it is.
    pub fn disconnect(&self, args: &Args) -> Result<Value, RemoteError> {
        let (sink_ref, kinds) = (args.object("sink")?, kinds_of(args)?);
        default_pads(args)?;
        let sink = self.other(&sink_ref)?;
        for kind in kinds {
            if let Some(link) = self.links().take(self.key, sink.core().key, kind) {
                self.pipeline.graph().disconnect(link.sink.key, pad(kind));
                sink.sink_connected(kind, false);
                link.raise("ElementDisconnected");
            }
        }
        Ok(Value::Null)
    }

    /// The element goes: its links go with it, and those at their other ends hear of it.
    pub fn unlink(&self) {
        for link in self.links().take_all(self.key) {
            if link.sink.key != self.key {
                self.pipeline.graph().disconnect(link.sink.key, pad(link.kind));
                link.sink.with(|sink| sink.sink_connected(link.kind, false));
            }
            link.raise("ElementDisconnected");
        }
    }

    /// `getSourceConnections`: who feeds this element.
    pub fn source_connections(&self, args: &Args) -> Result<Value, RemoteError> {
        listed(self.links().to(self.key), args)
    }

    /// `getSinkConnections`: whom this element feeds.
    pub fn sink_connections(&self, args: &Args) -> Result<Value, RemoteError> {
        listed(self.links().from(self.key), args)
    }
}

fn listed(links: Vec<Link>, args: &Args) -> Result<Value, RemoteError> {
    let kinds = kinds_of(args)?;
    let wanted = is_default(&args.text_or("description", DESCRIPTION)?);
    let links = links.iter().filter(|link| wanted && kinds.contains(&link.kind));
    Ok(Value::List(links.filter_map(Link::data).collect()))
}

impl PipelineObject {
    /// The element that feeds a sink pad, as far as the application connected one.
    pub(crate) fn feeding(&self, sink: ElementId, kind: Kind) -> Option<End> {
        self.links.feeding(sink, kind).map(|link| link.source)
    }
}
