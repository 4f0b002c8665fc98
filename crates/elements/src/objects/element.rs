//! MediaElement: what every element's object does, whatever the element is.

use super::bitrates::Bitrates;
use super::formats::Accepted;
use super::links::{End, is_default};
use super::pipeline::PipelineObject;
use super::records::milliseconds;
use crate::latency::{Latencies, Measured};
use crate::pads::{KINDS, pad};
use parking_lot::Mutex;
use std::sync::{Arc, Weak};
use trellis_graph::{Element, ElementId, NodeError, Notice};
use trellis_media::{Caps, Kind};
use trellis_model::{Args, EventSink, NewObject, Remote, RemoteError, Value};

/// What the objects of all elements share: their place in the graph, their links, what they do as a `MediaElement`.
pub struct ElementCore {
    /// The pipeline that it lives in.
    pub pipeline: Arc<PipelineObject>,
    /// The element of the graph.
    pub key: ElementId,
    /// The object's id.
    pub id: Arc<str>,
    /// Where it raises its events.
    pub events: EventSink,
    pub(crate) bitrates: Bitrates,
    pub(crate) accepted: Mutex<Accepted>,
    latencies: Arc<Latencies>,
    state: Mutex<State>,
    this: Mutex<Option<Weak<dyn ElementObject>>>,
}

/// What an application can ask about.
#[derive(Default)]
struct State {
    flowing_in: [bool; 3],
    flowing_out: [bool; 3],
    /// The source pads of each kind that are transcoded; a hub port has two of a kind.
    transcoded: [Vec<usize>; 3],
    /// What was told last.
    transcoding: [Option<bool>; 3],
}

/// An element's object, as other elements and its pipeline see it.
pub trait ElementObject: Remote {
    /// What it shares with the objects of all elements.
    fn core(&self) -> &ElementCore;
    /// Hears what its node tells; the pipeline is not locked. `core().notice` raises the events that mean the same for
    /// every element.
    fn notice(&self, notice: Notice) {
        self.core().notice(notice);
    }
    /// One of its sink pads has been connected or disconnected.
    fn sink_connected(&self, _kind: Kind, _connected: bool) {}
    /// The bitrate that it asks of the encoder that feeds it, by the wishes of the element before it.
    fn video_bitrate(&self, source: &Bitrates) -> Option<u64> {
        source.wanted(None)
    }
}

impl ElementCore {
    /// Puts an element into a pipeline.
    pub fn add(pipeline: &Arc<PipelineObject>, element: Element, new: NewObject) -> ElementCore {
        ElementCore::add_accepting(pipeline, element, new, |_| Caps::none())
    }

    /// The same, of an element whose sink pads will accept something later.
    pub fn add_accepting(
        pipeline: &Arc<PipelineObject>,
        mut element: Element,
        new: NewObject,
        later: impl Fn(Kind) -> Caps,
    ) -> ElementCore {
        let accepted = Mutex::new(Accepted::new(&element.sinks, later));
        let latencies = Arc::new(Latencies::new(&pipeline.latency_stats));
        element.node = Box::new(Measured { node: element.node, latencies: Arc::clone(&latencies) });
        ElementCore {
            pipeline: Arc::clone(pipeline),
            key: pipeline.graph().add(element),
            id: new.id,
            events: new.events,
            bitrates: Bitrates::default(),
            accepted,
            latencies,
            state: Mutex::default(),
            this: Mutex::new(None),
        }
    }

    /// Has the object hear what its node tells, and be found by those that connect to it. Once, when it is made.
    pub fn adopt<T: ElementObject>(&self, object: &Arc<T>) {
        let object: Arc<dyn ElementObject> = object.clone();
        self.pipeline.adopt(self.key, &self.id, &object);
        *self.this.lock() = Some(Arc::downgrade(&object));
    }

    /// Raises the events of notices that mean the same for every element; gives back the others.
    pub fn notice(&self, notice: Notice) -> Option<Notice> {
        match notice {
            // What flows between an element and what belongs to it is nobody else's business.
            Notice::Flow { pad: inner, .. } if inner >= KINDS.len() => {}
            Notice::Flow { sink, kind, flowing, .. } => self.flow(sink, kind, flowing),
            Notice::Transcoding { kind, pad, transcoding } => self.transcoding(kind, pad, transcoding),
            Notice::Error(error) => {
                self.error("UNEXPECTED_ELEMENT_ERROR", &error);
                self.pipeline.failed(&self.id, &error);
            }
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
        if !sink && kind == Kind::Video && flowing {
            // There may be encoders that were not there before.
            self.ask_encoders();
        }
        let name = if sink { "MediaFlowInStateChanged" } else { "MediaFlowOutStateChanged" };
        let flow = if flowing { "FLOWING" } else { "NOT_FLOWING" };
        let fields = [("state", flow.into()), ("padName", "default".into()), ("mediaType", media_type(kind))];
        self.events.raise(name, fields);
    }

    /// What leaves by one of its source pads is transcoded, or no longer.
    pub(super) fn transcoding(&self, kind: Kind, source: usize, transcoding: bool) {
        if transcoding && kind == Kind::Video {
            self.ask_encoders();
        }
        let any = {
            let mut state = self.state.lock();
            let transcoded = &mut state.transcoded[pad(kind)];
            transcoded.retain(|other| *other != source);
            if transcoding {
                transcoded.push(source);
            }
            let any = !transcoded.is_empty();
            if state.transcoding[pad(kind)].replace(any) == Some(any) {
                return;
            }
            any
        };
        let state = if any { "TRANSCODING" } else { "NOT_TRANSCODING" };
        let fields = [("state", state.into()), ("binName", "default".into()), ("mediaType", media_type(kind))];
        self.events.raise("MediaTranscodingStateChanged", fields);
    }

    /// Raises `Error`: what went wrong, in words, of this element.
    pub fn error(&self, kind: &str, error: &NodeError) {
        raise_error(&self.events, kind, error);
    }

    /// This element as an end of links.
    pub(crate) fn end(&self) -> Option<End> {
        Some(End::of(self, self.this.lock().clone()?))
    }

    /// Whether a state of pads holds for the pad that a call names. Pads of another description than the one that all
    /// have are not there.
    fn holds(&self, args: &Args, description: &str, state: fn(&State, usize) -> bool) -> Result<Value, RemoteError> {
        let kind = kind_of(&args.text("mediaType")?)?;
        let there = is_default(&args.text_or(description, "")?);
        Ok(Value::Bool(there && state(&self.state.lock(), pad(kind))))
    }

    /// Takes the element out of its pipeline, and lets go of what it was connected to.
    pub fn close(&self) {
        self.unlink();
        self.pipeline.remove(self.key, &self.id);
    }

    /// Does a member of MediaElement; `None` when it is none of those that are bound here.
    pub fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        Some(match operation {
            "connect" => self.connect(args),
            "disconnect" => self.disconnect(args),
            "isMediaFlowingIn" => self.holds(args, "sinkMediaDescription", |state, pad| state.flowing_in[pad]),
            "isMediaFlowingOut" => self.holds(args, "sourceMediaDescription", |state, pad| state.flowing_out[pad]),
            "isMediaTranscoding" => self.holds(args, "binName", |state, pad| state.transcoding[pad] == Some(true)),
            "getSourceConnections" => self.source_connections(args),
            "getSinkConnections" => self.sink_connections(args),
            "setAudioFormat" => self.set_format(Kind::Audio, args),
            "setVideoFormat" => self.set_format(Kind::Video, args),
            "getGstreamerDot" => Ok(self.pipeline.dot()),
            "dumpGstreamerDot" => self.pipeline.dump_dot(&self.id),
            "getStats" => self.stats(args),
            _ => return self.bitrate(operation, args),
        })
    }

    /// `ElementStats` by the element's id. Latencies are measured while `latencyStats` is set at the pipeline.
    pub fn stats(&self, args: &Args) -> Result<Value, RemoteError> {
        let fields = [("type", "element".into()), ("inputLatency", self.latencies(args)?)];
        Ok(self.record("ElementStats", fields.into()))
    }

    /// `EndpointStats` in its place: of an element where media leaves the server, which it does as soon as it has come
    /// to it. The time from end to end is that up to there.
    pub fn endpoint_stats(&self, args: &Args) -> Result<Value, RemoteError> {
        let latencies = self.latencies(args)?;
        let fields = [("type", "endpoint".into()), ("inputLatency", latencies.clone()), ("E2ELatency", latencies)];
        Ok(self.record("EndpointStats", fields.into()))
    }

    /// A `MediaLatencyStat` for each kind that has come, in nanoseconds.
    fn latencies(&self, args: &Args) -> Result<Value, RemoteError> {
        let latency = |kind: &Kind| {
            let average = self.latencies.average(pad(*kind))?.nanos();
            let name = format!("sink_{kind}_default");
            let fields = [("name", name.into()), ("type", media_type(*kind)), ("avg", Value::Float(average as f64))];
            Some(Value::record("MediaLatencyStat", fields))
        };
        Ok(Value::List(kinds_of(args)?.iter().filter_map(latency).collect()))
    }

    fn record(&self, class: &str, mut fields: Vec<(&str, Value)>) -> Value {
        fields.extend([("id", Value::from(&*self.id)), ("timestampMillis", Value::Int(milliseconds()))]);
        Value::Map([(self.id.to_string(), Value::record(class, fields))].into())
    }
}

/// Raises `Error` of an object that need not be an element's.
pub(super) fn raise_error(events: &EventSink, kind: &str, error: &NodeError) {
    let code = Value::Int(error_code(kind));
    let fields = [("description", error.to_string().into()), ("errorCode", code), ("type", kind.into())];
    events.raise("Error", fields);
}

/// The number that goes with a category of errors: as calls are answered with, or as GStreamer counts resource errors.
fn error_code(kind: &str) -> i64 {
    match kind {
        "MEDIA_OBJECT_ILLEGAL_PARAM_ERROR" => 40_107,
        "MEDIA_OBJECT_OPERATION_NOT_SUPPORTED" => 40_111,
        "PLAYER_SEEK_FAIL" => 40_700,
        "RESOURCE_ERROR_READ" => 9,
        "RESOURCE_ERROR_WRITE" => 10,
        "UNEXPECTED_ELEMENT_ERROR" | "UNEXPECTED_PIPELINE_ERROR" => 40_003,
        _ => 0,
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
