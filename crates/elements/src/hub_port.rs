//! A hub's port: what is connected to it goes to the hub, what the hub has for it leaves by it.
//!
//! ```text
//!                ┌───────────┐
//!   in     0..3 ►├──────────►├► 3..6  to the hub
//!   from   3..6 ►├──────────►├► 0..3  out
//!   the hub      └───────────┘
//! ```
//!
//! The outer pads are those of every element, the inner ones belong to the hub, and both are numbered by kind. Nothing is
//! changed on either way: conversions are the graph's, wherever they are cheapest.

use crate::pads::{KINDS, pad, sinks};
use trellis_graph::{Context, Element, Node, NodeError, Notice, PadSpec, Request};
use trellis_media::{Caps, Carriage, Format, Item, Kind};

/// The inner pad of a kind: of the sinks what the hub feeds, of the sources what feeds the hub.
pub fn inner(kind: Kind) -> usize {
    opposite(pad(kind))
}

/// The pad at the other end of the way that a pad is an end of.
fn opposite(pad: usize) -> usize {
    (pad + KINDS.len()) % (2 * KINDS.len())
}

/// What the node tells its element, in a [`Notice::Custom`]: whether what the hub mixes has been encoded before it came
/// here, as it is when that is cheapest for all ports together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixedComes {
    /// The kind of media.
    pub kind: Kind,
    /// Whether it comes encoded.
    pub encoded: bool,
}

/// The node of HubPort.
struct HubPortNode {
    /// What the hub mixes.
    mixed: &'static [Kind],
}

impl Node for HubPortNode {
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        cx.emit(opposite(input), item);
        Ok(())
    }

    fn format(&mut self, input: usize, format: Format, cx: &mut Context) -> Result<(), NodeError> {
        if let Some(kind) = self.mixed.iter().copied().find(|kind| inner(*kind) == input) {
            let encoded = format.carriage() != Some(Carriage::Raw);
            cx.notify(Notice::Custom(Box::new(MixedComes { kind, encoded })));
        }
        Ok(())
    }

    fn end(&mut self, input: usize, cx: &mut Context) -> Result<(), NodeError> {
        cx.end(opposite(input));
        Ok(())
    }

    fn request(&mut self, output: usize, request: Request, cx: &mut Context) {
        cx.request(opposite(output), request);
    }
}

/// The element; of a hub that mixes media of some kinds it tells [`MixedComes`] of them.
pub fn element(name: &str, mixed: &'static [Kind]) -> Element {
    let (outer, from_hub) = (sinks(Caps::any_of), sinks(Caps::any_of));
    let sources =
        (0..2 * KINDS.len()).map(|source| PadSpec::source_like(KINDS[source % KINDS.len()], opposite(source)));
    Element {
        name: name.into(),
        sinks: outer.into_iter().chain(from_hub).collect(),
        sources: sources.collect(),
        live: false,
        node: Box::new(HubPortNode { mixed }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_joins_pads_of_one_kind() {
        let port = element("port", &[]);
        for (source, spec) in port.sources.iter().enumerate() {
            let followed = spec.follows.as_ref().map(|follows| follows.sink);
            assert_eq!(followed, Some(opposite(source)));
            assert_eq!(port.sinks[opposite(source)].kind, spec.kind);
        }
        assert_eq!(KINDS.map(inner), [3, 4, 5]);
    }
}
