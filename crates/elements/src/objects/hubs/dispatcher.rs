//! Dispatcher: any port is fed from any port, itself included.

use super::{Call, MOST_PORTS, Ports, Routing};
use crate::pads::KINDS;
use trellis_model::RemoteError;

/// What feeds each port is in the graph, and goes with either of the two.
pub(super) struct Dispatcher;

impl Routing for Dispatcher {
    fn capacity(&self) -> usize {
        MOST_PORTS
    }

    fn join(&mut self, _ports: &Ports, _number: usize) {}

    fn leave(&mut self, _ports: &Ports, _number: usize) {}

    fn invoke(&mut self, ports: &Ports, call: &Call<'_>) -> Option<Result<(), RemoteError>> {
        (call.operation == "connect").then(|| {
            let (source, sink) = (call.port("source")?, call.port("sink")?);
            ports.graph().turn(|turn| ports.route(turn, &KINDS, source, sink));
            Ok(())
        })
    }
}
