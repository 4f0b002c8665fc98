//! DispatcherOneToMany: every port, the chosen one included, is fed from the chosen one.

use super::{Call, MOST_PORTS, Ports, Routing};
use crate::pads::KINDS;
use trellis_model::RemoteError;

/// The port that feeds all.
#[derive(Default)]
pub(super) struct OneToMany {
    source: Option<usize>,
}

impl OneToMany {
    fn set(&mut self, ports: &Ports, source: Option<usize>) {
        self.source = source;
        ports.graph().turn(|turn| {
            for sink in ports.numbers() {
                match source {
                    Some(source) => ports.route(turn, &KINDS, source, sink),
                    None => ports.cut(turn, &KINDS, sink),
                }
            }
        });
    }
}

impl Routing for OneToMany {
    fn capacity(&self) -> usize {
        MOST_PORTS
    }

    fn join(&mut self, ports: &Ports, number: usize) {
        if let Some(source) = self.source {
            ports.graph().turn(|turn| ports.route(turn, &KINDS, source, number));
        }
    }

    fn leave(&mut self, ports: &Ports, number: usize) {
        if self.source == Some(number) {
            self.set(ports, None);
        }
    }

    fn invoke(&mut self, ports: &Ports, call: &Call<'_>) -> Option<Result<(), RemoteError>> {
        Some(match call.operation {
            "setSource" => call.port("source").map(|source| self.set(ports, Some(source))),
            "removeSource" => {
                self.set(ports, None);
                Ok(())
            }
            _ => return None,
        })
    }
}
