//! Hubs: objects that have ports, and connect what comes into these to what leaves by them.
//!
//! ```text
//!   element ─► HubPort ─┐         ┌─► HubPort ─► element
//!   element ─► HubPort ─┼─► hub ──┼─► HubPort ─► element
//!                       └─────────┘
//! ```
//!
//! A hub is no element of the graph: its [`Routing`] connects the inner pads of its ports, to each other or to a mixer.
//! What is asked of one hub is done one after another, under the lock of its ports.

mod composite;
mod dispatcher;
mod mixed;
mod mixer;
mod one_to_many;
mod port;

pub(super) use port::HubPortObject;

use super::pipeline::PipelineObject;
use crate::hub_port::inner;
use parking_lot::Mutex;
use std::any::Any;
use std::sync::Arc;
use trellis_graph::{ElementId, Pipeline, Turn};
use trellis_media::Kind;
use trellis_model::{Args, Class, NewObject, ObjectRef, Remote, RemoteError, Value};

/// Ports of a hub that only connects them.
const MOST_PORTS: usize = 1_024;

/// What a hub does with its ports. `join` and `leave` come in pairs; nothing is called twice at once.
trait Routing: Send {
    /// Ports that it can have at the most.
    fn capacity(&self) -> usize;
    /// What it mixes, rather than passes on.
    fn mixed(&self) -> &'static [Kind] {
        &[]
    }
    /// A port has come.
    fn join(&mut self, ports: &Ports, number: usize);
    /// A port goes; its element is still there.
    fn leave(&mut self, ports: &Ports, number: usize);
    /// An element has been connected to, or disconnected from, a port.
    fn fed(&mut self, _ports: &Ports, _number: usize, _kind: Kind, _connected: bool) {}
    /// Does a method of the hub's own; `None` when it has none of that name.
    fn invoke(&mut self, ports: &Ports, call: &Call<'_>) -> Option<Result<(), RemoteError>>;
    /// The hub goes, after its ports.
    fn close(&mut self, _ports: &Ports) {}
}

/// The ports of a hub, by number. A number that is free again is given to the next.
struct Ports {
    pipeline: Arc<PipelineObject>,
    keys: Vec<Option<ElementId>>,
}

/// A method that is called, with its arguments.
struct Call<'a> {
    hub: &'a HubObject,
    operation: &'a str,
    args: &'a Args,
}

/// A hub's object.
pub(super) struct HubObject {
    class: &'static str,
    id: Arc<str>,
    pipeline: Arc<PipelineObject>,
    /// What it mixes, rather than passes on.
    mixed: &'static [Kind],
    state: Mutex<State>,
}

struct State {
    ports: Ports,
    routing: Box<dyn Routing>,
}

impl HubObject {
    pub fn dispatcher(pipeline: &Arc<PipelineObject>, new: NewObject) -> Arc<HubObject> {
        HubObject::of("Dispatcher", pipeline, new.id, Box::new(dispatcher::Dispatcher))
    }

    pub fn one_to_many(pipeline: &Arc<PipelineObject>, new: NewObject) -> Arc<HubObject> {
        HubObject::of("DispatcherOneToMany", pipeline, new.id, Box::<one_to_many::OneToMany>::default())
    }

    pub fn composite(
        pipeline: &Arc<PipelineObject>,
        args: &Args,
        new: NewObject,
    ) -> Result<Arc<HubObject>, RemoteError> {
        let id = Arc::clone(&new.id);
        let routing = composite::Composite::new(pipeline, args, new)?;
        Ok(HubObject::of("Composite", pipeline, id, Box::new(routing)))
    }

    pub fn mixer(pipeline: &Arc<PipelineObject>, new: NewObject) -> Result<Arc<HubObject>, RemoteError> {
        let id = Arc::clone(&new.id);
        let routing = mixer::Mixer::new(pipeline, new)?;
        Ok(HubObject::of("Mixer", pipeline, id, Box::new(routing)))
    }

    fn of(
        class: &'static str,
        pipeline: &Arc<PipelineObject>,
        id: Arc<str>,
        routing: Box<dyn Routing>,
    ) -> Arc<HubObject> {
        let ports = Ports { pipeline: Arc::clone(pipeline), keys: Vec::new() };
        let mixed = routing.mixed();
        let state = Mutex::new(State { ports, routing });
        Arc::new(HubObject { class, id, pipeline: Arc::clone(pipeline), mixed, state })
    }

    /// The hub that a reference means.
    fn find(hub: ObjectRef) -> Result<Arc<HubObject>, RemoteError> {
        let remote: Arc<dyn Any + Send + Sync> = hub.remote;
        remote.downcast().map_err(|_| RemoteError::marshal("'hub' parameter should be a Hub"))
    }

    /// Takes a port in; its number.
    fn join(&self, key: ElementId) -> Result<usize, RemoteError> {
        let State { ports, routing } = &mut *self.state.lock();
        let number = ports.keys.iter().position(Option::is_none).unwrap_or(ports.keys.len());
        if number >= routing.capacity() {
            let text = format!("this {} has {number} ports already, as many as it can have", self.class);
            return Err(RemoteError::not_enough_resources(text));
        }
        match ports.keys.get_mut(number) {
            Some(place) => *place = Some(key),
            None => ports.keys.push(Some(key)),
        }
        routing.join(ports, number);
        Ok(number)
    }

    /// Lets a port go.
    fn leave(&self, number: usize) {
        let State { ports, routing } = &mut *self.state.lock();
        routing.leave(ports, number);
        if let Some(place) = ports.keys.get_mut(number) {
            *place = None;
        }
    }

    fn fed(&self, number: usize, kind: Kind, connected: bool) {
        let State { ports, routing } = &mut *self.state.lock();
        routing.fed(ports, number, kind, connected);
    }
}

impl Ports {
    fn graph(&self) -> &Pipeline {
        self.pipeline.graph()
    }

    /// The element of a port, while it is there.
    fn key(&self, number: usize) -> Option<ElementId> {
        self.keys.get(number).copied().flatten()
    }

    /// The numbers of all ports.
    fn numbers(&self) -> impl Iterator<Item = usize> {
        self.keys.iter().enumerate().filter_map(|(number, key)| key.is_some().then_some(number))
    }

    /// Has what comes into one port leave by another, in place of what did so before.
    fn route(&self, turn: &mut Turn<'_>, kinds: &[Kind], source: usize, sink: usize) {
        let (Some(source), Some(sink)) = (self.key(source), self.key(sink)) else { return };
        for kind in kinds {
            self.link(turn, (source, inner(*kind)), (sink, inner(*kind)));
        }
    }

    /// Has nothing leave by a port any more.
    fn cut(&self, turn: &mut Turn<'_>, kinds: &[Kind], sink: usize) {
        let Some(sink) = self.key(sink) else { return };
        for kind in kinds {
            turn.disconnect(sink, inner(*kind));
        }
    }

    fn link(&self, turn: &mut Turn<'_>, from: (ElementId, usize), to: (ElementId, usize)) {
        // Pads that are there and of one kind are always connected.
        if let Err(error) = turn.connect(from, to) {
            tracing::error!(%error, "pads of a hub cannot be connected");
        }
    }
}

impl Call<'_> {
    /// The port that an argument names.
    fn port(&self, name: &str) -> Result<usize, RemoteError> {
        let remote: Arc<dyn Any + Send + Sync> = self.args.object(name)?.remote;
        let wrong = |_| RemoteError::marshal(format_args!("'{name}' parameter should be a HubPort"));
        let port: Arc<HubPortObject> = remote.downcast().map_err(wrong)?;
        match port.number_at(self.hub) {
            Some(number) => Ok(number),
            None => Err(RemoteError::connect(format_args!("'{name}' is a port of another hub"))),
        }
    }
}

impl Remote for HubObject {
    fn class(&self) -> &'static Class {
        super::class(self.class)
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        Some(match operation {
            "getGstreamerDot" => Ok(self.pipeline.dot()),
            "dumpGstreamerDot" => self.pipeline.dump_dot(&self.id),
            _ => {
                let State { ports, routing } = &mut *self.state.lock();
                routing.invoke(ports, &Call { hub: self, operation, args })?.map(|()| Value::Null)
            }
        })
    }

    fn close(&self) {
        let State { ports, routing } = &mut *self.state.lock();
        routing.close(ports);
    }
}
