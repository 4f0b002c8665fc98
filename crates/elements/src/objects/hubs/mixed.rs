//! The mixer of the graph, as a hub uses it.

use super::Ports;
use crate::hub_port::inner;
use crate::mixer::{self, Life, MAX_PORTS, MixerCommand, MixerSettings, Port, PortSet};
use crate::objects::element::raise_error;
use crate::objects::pipeline::PipelineObject;
use std::sync::Arc;
use trellis_graph::{ElementId, Notice, Turn};
use trellis_media::Kind;
use trellis_model::{NewObject, RemoteError};

/// A mixer that lives as long as its hub does. Port numbers are the hub's.
pub(super) struct Mixed {
    pub key: ElementId,
}

impl Mixed {
    /// Puts a mixer for as many ports as there can be into the pipeline.
    pub fn new(
        pipeline: &Arc<PipelineObject>,
        name: &str,
        settings: MixerSettings,
        new: NewObject,
    ) -> Result<Mixed, RemoteError> {
        let settings = MixerSettings { ports: MAX_PORTS, life: Life::Clock, ..settings };
        let element = mixer::element(name, settings).map_err(RemoteError::illegal_param)?;
        let key = pipeline.graph().add(element);
        let (within, hub, events) = (Arc::downgrade(pipeline), new.id, new.events);
        pipeline.listen(key, move |notice| match notice {
            Notice::Error(error) => {
                raise_error(&events, "UNEXPECTED_ELEMENT_ERROR", &error);
                if let Some(pipeline) = within.upgrade() {
                    pipeline.failed(&hub, &error);
                }
            }
            Notice::Warning(error) => raise_error(&events, "MEDIA_OBJECT_OPERATION_NOT_SUPPORTED", &error),
            _ => {}
        });
        Ok(Mixed { key })
    }

    /// Feeds the mixer with what comes into a port, which somebody has been connected to.
    pub fn feed(&self, ports: &Ports, turn: &mut Turn<'_>, kind: Kind, number: usize) {
        if let (Some(key), Some(input)) = (ports.key(number), input(kind, number)) {
            ports.link(turn, (key, inner(kind)), (self.key, input));
        }
    }

    /// Has what the mixer gives by one of its pads leave by a port.
    pub fn give(&self, ports: &Ports, turn: &mut Turn<'_>, pad: (Kind, usize), number: usize) {
        if let Some(key) = ports.key(number) {
            ports.link(turn, (self.key, pad.1), (key, inner(pad.0)));
        }
    }

    /// Whom a port hears from now on.
    pub fn hear(&self, turn: &mut Turn<'_>, number: usize, whom: PortSet) {
        turn.command(self.key, Box::new(MixerCommand::Hear(Port(number), whom)));
    }

    /// Nothing more comes from a port: it is over at once, and what is on its way still is not wanted.
    pub fn starve(&self, turn: &mut Turn<'_>, kind: Kind, number: usize) {
        if let Some(input) = input(kind, number) {
            turn.disconnect(self.key, input);
            turn.command(self.key, Box::new(MixerCommand::Disconnected(input)));
        }
    }

    pub fn close(&self, ports: &Ports) {
        ports.pipeline.remove_inner(self.key);
    }
}

/// The mixer's sink pad of a port.
fn input(kind: Kind, number: usize) -> Option<usize> {
    match kind {
        Kind::Audio => Some(Port(number).sound()),
        Kind::Video => Some(Port(number).picture()),
        Kind::Data => None,
    }
}
