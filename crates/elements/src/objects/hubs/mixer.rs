//! Mixer: pictures and data go from port to port, the sound of several ports is mixed for a port.

use super::mixed::Mixed;
use super::{Call, Ports, Routing};
use crate::mixer::{MAX_PORTS, MixerSettings, Port, PortSet};
use crate::objects::element::kind_of;
use crate::objects::pipeline::PipelineObject;
use std::collections::BTreeMap;
use std::sync::Arc;
use trellis_media::Kind;
use trellis_model::{NewObject, RemoteError};

pub(super) struct Mixer {
    mixed: Mixed,
    /// Whom each port hears.
    heard: BTreeMap<usize, PortSet>,
    /// What feeds each port, where one does.
    routes: BTreeMap<(Kind, usize), usize>,
}

/// What `connect` and `disconnect` are given.
struct Way {
    kind: Kind,
    source: usize,
    sink: usize,
}

impl Way {
    fn of(call: &Call<'_>) -> Result<Way, RemoteError> {
        let kind = kind_of(&call.args.text("media")?)?;
        Ok(Way { kind, source: call.port("source")?, sink: call.port("sink")? })
    }
}

impl Mixer {
    pub fn new(pipeline: &Arc<PipelineObject>, new: NewObject) -> Result<Mixer, RemoteError> {
        let mixed = Mixed::new(pipeline, "Mixer", MixerSettings::default(), new)?;
        Ok(Mixer { mixed, heard: BTreeMap::new(), routes: BTreeMap::new() })
    }

    fn connect(&mut self, ports: &Ports, way: Way) {
        match way.kind {
            Kind::Audio => self.hear(ports, way.sink, |whom| whom.with(Port(way.source))),
            Kind::Video | Kind::Data => {
                self.routes.insert((way.kind, way.sink), way.source);
                ports.graph().turn(|turn| ports.route(turn, &[way.kind], way.source, way.sink));
            }
        }
    }

    /// Disconnects what was connected; what was not stays as it is.
    fn disconnect(&mut self, ports: &Ports, way: Way) {
        let place = (way.kind, way.sink);
        if way.kind == Kind::Audio {
            self.hear(ports, way.sink, |whom| whom.without(Port(way.source)));
        } else if self.routes.get(&place) == Some(&way.source) {
            self.routes.remove(&place);
            ports.graph().turn(|turn| ports.cut(turn, &[way.kind], way.sink));
        }
    }

    fn hear(&mut self, ports: &Ports, sink: usize, change: impl Fn(PortSet) -> PortSet) {
        let whom = self.heard.entry(sink).or_default();
        *whom = change(*whom);
        ports.graph().turn(|turn| self.mixed.hear(turn, sink, *whom));
    }
}

impl Routing for Mixer {
    fn capacity(&self) -> usize {
        MAX_PORTS
    }

    fn mixed(&self) -> &'static [Kind] {
        &[Kind::Audio]
    }

    fn join(&mut self, ports: &Ports, number: usize) {
        ports.graph().turn(|turn| self.mixed.give(ports, turn, (Kind::Audio, Port(number).others()), number));
    }

    fn leave(&mut self, ports: &Ports, number: usize) {
        // Its number may be another's soon.
        self.routes.retain(|(_, sink), source| *sink != number && *source != number);
        let hearers: Vec<usize> = self.heard.keys().copied().collect();
        for sink in hearers {
            self.hear(ports, sink, |whom| if sink == number { PortSet::default() } else { whom.without(Port(number)) });
        }
        self.heard.remove(&number);
        ports.graph().turn(|turn| self.mixed.starve(turn, Kind::Audio, number));
    }

    fn fed(&mut self, ports: &Ports, number: usize, kind: Kind, connected: bool) {
        if kind == Kind::Audio {
            ports.graph().turn(|turn| match connected {
                true => self.mixed.feed(ports, turn, kind, number),
                false => self.mixed.starve(turn, kind, number),
            });
        }
    }

    fn invoke(&mut self, ports: &Ports, call: &Call<'_>) -> Option<Result<(), RemoteError>> {
        Some(match call.operation {
            "connect" => Way::of(call).map(|way| self.connect(ports, way)),
            "disconnect" => Way::of(call).map(|way| self.disconnect(ports, way)),
            _ => return None,
        })
    }

    fn close(&mut self, ports: &Ports) {
        self.mixed.close(ports);
    }
}
