//! MediaElement: what every element's object does, whatever the element is.

use super::pipeline::{Listener, PipelineObject};
use crate::pads::{KINDS, pad};
use parking_lot::Mutex;
use std::sync::Arc;
use trellis_graph::{ElementId, NodeError, Notice};
use trellis_media::Kind;
use trellis_model::{Args, EventSink, NewObject, ObjectRef, Remote, RemoteError, Value};

/// What the objects of all elements share.
pub(crate) struct ElementCore {
    pub pipeline: Arc<PipelineObject>,
    pub key: ElementId,
    pub id: Arc<str>,
    pub events: EventSink,
    state: Mutex<State>,
    this: Mutex<Option<std::sync::Weak<dyn Remote>>>,
}

/// What an application can ask about.
#[derive(Default)]
struct State {
    flowing_in: [bool; 3],
    flowing_out: [bool; 3],
    transcoding: [bool; 3],
    /// Connections that the application made from this element to others: at most one for each sink pad there is.
    links: Vec<Link>,
}

#[derive(Clone)]
struct Link {
    sink: ObjectRef,
    sink_key: ElementId,
    kind: Kind,
}

/// An element's object, as other elements see it.
pub(crate) trait ElementObject: Send + Sync {
    fn core(&self) -> &ElementCore;
    /// One of its sink pads has been connected or disconnected.
    fn sink_connected(&self, _kind: Kind, _connected: bool) {}
}

impl ElementCore {
    pub fn new(pipeline: &Arc<PipelineObject>, key: ElementId, new: NewObject) -> ElementCore {
        let NewObject { id, events } = new;
        ElementCore { pipeline: Arc::clone(pipeline), key, id, events, state: Mutex::default(), this: Mutex::new(None) }
    }

    /// Has the object hear what its node tells.
    pub fn adopt<T: ElementObject + Listener + Remote>(&self, object: &Arc<T>) {
        let listener: Arc<dyn Listener> = object.clone();
        self.pipeline.listen(self.key, Arc::downgrade(&listener));
        let remote: Arc<dyn Remote> = object.clone();
        *self.this.lock() = Some(Arc::downgrade(&remote));
    }

    /// Raises the events of notices that mean the same for every element; gives back the others.
    pub fn notice(&self, notice: Notice) -> Option<Notice> {
        match notice {
            Notice::Flow { sink, kind, flowing } => self.flow(sink, kind, flowing),
            Notice::Transcoding { kind, transcoding } => self.transcoding(kind, transcoding),
            Notice::Error(error) => self.error("UNEXPECTED_ELEMENT_ERROR", &error),
            Notice::Warning(error) => self.error("MEDIA_OBJECT_OPERATION_NOT_SUPPORTED", &error),
            other => return Some(other),
        }
        None
    }

    fn flow(&self, sink: bool, kind: Kind, flowing: bool) {
        let mut state = self.state.lock();
        let pads = if sink { &mut state.flowing_in } else { &mut state.flowing_out };
        pads[pad(kind)] = flowing;
        drop(state);
        let name = if sink { "MediaFlowInStateChanged" } else { "MediaFlowOutStateChanged" };
        let flow = if flowing { "FLOWING" } else { "NOT_FLOWING" };
        let fields = [("state", flow.into()), ("padName", "default".into()), ("mediaType", media_type(kind))];
        self.events.raise(name, fields);
    }

    fn transcoding(&self, kind: Kind, transcoding: bool) {
        self.state.lock().transcoding[pad(kind)] = transcoding;
        let state = if transcoding { "TRANSCODING" } else { "NOT_TRANSCODING" };
        let fields = [("state", state.into()), ("binName", "default".into()), ("mediaType", media_type(kind))];
        self.events.raise("MediaTranscodingStateChanged", fields);
    }

    /// Raises `Error`: what went wrong, in words, of this element.
    pub fn error(&self, kind: &str, error: &NodeError) {
        let fields = [("description", error.to_string().into()), ("errorCode", Value::Int(0)), ("type", kind.into())];
        self.events.raise("Error", fields);
    }

    /// Connects pads of the same kind; all kinds when none is named.
    pub fn connect(&self, args: &Args) -> Result<Value, RemoteError> {
        let (sink_ref, kinds) = (args.object("sink")?, kinds_of(args)?);
        let sink = super::as_element(&sink_ref)?;
        let other = sink.core();
        if !Arc::ptr_eq(&self.pipeline, &other.pipeline) {
            return Err(RemoteError::connect("the elements are in different pipelines"));
        }
        for kind in kinds {
            let link = self.pipeline.graph().connect((self.key, pad(kind)), (other.key, pad(kind)));
            link.map_err(RemoteError::connect)?;
            self.forget(other.key, kind);
            self.state.lock().links.push(Link { sink: sink_ref.clone(), sink_key: other.key, kind });
            sink.sink_connected(kind, true);
            self.raise_connected("ElementConnected", &sink_ref, kind);
        }
        Ok(Value::Null)
    }

    /// Disconnects what was connected; what was not stays as it is.
    pub fn disconnect(&self, args: &Args) -> Result<Value, RemoteError> {
        let (sink_ref, kinds) = (args.object("sink")?, kinds_of(args)?);
        let sink = super::as_element(&sink_ref)?;
        for kind in kinds {
            if self.forget(sink.core().key, kind) {
                self.pipeline.graph().disconnect(sink.core().key, pad(kind));
                sink.sink_connected(kind, false);
                self.raise_connected("ElementDisconnected", &sink_ref, kind);
            }
        }
        Ok(Value::Null)
    }

    fn forget(&self, sink: ElementId, kind: Kind) -> bool {
        let links = &mut self.state.lock().links;
        let before = links.len();
        links.retain(|link| link.sink_key != sink || link.kind != kind);
        links.len() != before
    }

    fn raise_connected(&self, name: &str, sink: &ObjectRef, kind: Kind) {
        let fields = [
            ("sink", Value::Object(sink.clone())),
            ("mediaType", media_type(kind)),
            ("sourceMediaDescription", "default".into()),
            ("sinkMediaDescription", "default".into()),
        ];
        self.events.raise(name, fields);
    }

    /// The links from this element, as (sink, kind).
    pub fn links(&self) -> Vec<(ObjectRef, Kind)> {
        self.state.lock().links.iter().map(|link| (link.sink.clone(), link.kind)).collect()
    }

    pub fn is_flowing_in(&self, args: &Args) -> Result<Value, RemoteError> {
        Ok(Value::Bool(self.state.lock().flowing_in[pad(kind_of(&args.text("mediaType")?)?)]))
    }

    pub fn is_flowing_out(&self, args: &Args) -> Result<Value, RemoteError> {
        Ok(Value::Bool(self.state.lock().flowing_out[pad(kind_of(&args.text("mediaType")?)?)]))
    }

    pub fn is_transcoding(&self, args: &Args) -> Result<Value, RemoteError> {
        Ok(Value::Bool(self.state.lock().transcoding[pad(kind_of(&args.text("mediaType")?)?)]))
    }

    /// Takes the element out of its pipeline, and lets go of what it was connected to.
    pub fn close(&self) {
        self.pipeline.remove(self.key);
        self.state.lock().links.clear();
    }

    /// Does a member of MediaElement; `None` when it is none of those that are bound here.
    pub fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        Some(match operation {
            "connect" => self.connect(args),
            "disconnect" => self.disconnect(args),
            "isMediaFlowingIn" => self.is_flowing_in(args),
            "isMediaFlowingOut" => self.is_flowing_out(args),
            "isMediaTranscoding" => self.is_transcoding(args),
            "getSinkConnections" => self.sink_connections(args),
            "getGstreamerDot" => Ok(self.dot()),
            "getStats" => Ok(self.stats()),
            _ => return None,
        })
    }

    fn sink_connections(&self, args: &Args) -> Result<Value, RemoteError> {
        let kinds = kinds_of(args)?;
        let Some(this) = self.this.lock().as_ref().and_then(std::sync::Weak::upgrade) else {
            return Ok(Value::List(Vec::new()));
        };
        let source = ObjectRef { id: Arc::clone(&self.id), remote: this };
        let links = self.links().into_iter().filter(|(_, kind)| kinds.contains(kind));
        let connection = |(sink, kind): (ObjectRef, Kind)| {
            let fields = [
                ("source", Value::Object(source.clone())),
                ("sink", Value::Object(sink)),
                ("type", media_type(kind)),
                ("sourceDescription", "default".into()),
                ("sinkDescription", "default".into()),
            ];
            Value::record("ElementConnectionData", fields)
        };
        Ok(Value::List(links.map(connection).collect()))
    }

    /// `ElementStats` by the element's id.
    fn stats(&self) -> Value {
        let millis = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_millis();
        let fields = [
            ("id", Value::from(&*self.id)),
            ("type", "element".into()),
            ("timestampMillis", Value::Int(i64::try_from(millis).unwrap_or(i64::MAX))),
            ("inputAudioLatency", Value::Float(0.0)),
            ("inputVideoLatency", Value::Float(0.0)),
            ("inputLatency", Value::List(Vec::new())),
        ];
        Value::Map([(self.id.to_string(), Value::record("ElementStats", fields))].into())
    }

    /// The whole pipeline as DOT: the tree behind each pad is what an application wants to see.
    pub fn dot(&self) -> Value {
        self.pipeline.graph().report().dot().into()
    }
}

/// `MediaType` of a kind.
pub(crate) fn media_type(kind: Kind) -> Value {
    match kind {
        Kind::Audio => "AUDIO".into(),
        Kind::Video => "VIDEO".into(),
        Kind::Data => "DATA".into(),
    }
}

/// The kind of a `MediaType`.
pub(crate) fn kind_of(text: &str) -> Result<Kind, RemoteError> {
    match text {
        "AUDIO" => Ok(Kind::Audio),
        "VIDEO" => Ok(Kind::Video),
        "DATA" => Ok(Kind::Data),
        _ => Err(RemoteError::marshal("Invalid value for 'MediaType'")),
    }
}

/// The kinds that an optional `mediaType` names.
pub(crate) fn kinds_of(args: &Args) -> Result<Vec<Kind>, RemoteError> {
    match args.optional_text("mediaType")? {
        Some(text) => Ok(vec![kind_of(&text)?]),
        None => Ok(KINDS.to_vec()),
    }
}
