//! An element that changes nothing: what comes in on a pad leaves by the pad of the same kind, as it came.

use crate::pads::{sinks, sources_like_sinks};
use trellis_graph::{Context, Element, Node, NodeError};
use trellis_media::{Caps, Item};

/// The node of PassThrough.
#[derive(Debug, Default)]
pub struct PassThroughNode;

/// The element.
pub fn element(name: &str) -> Element {
    let node = Box::new(PassThroughNode);
    Element { name: name.into(), sinks: sinks(Caps::any_of), sources: sources_like_sinks(), live: false, node }
}

impl Node for PassThroughNode {
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        cx.emit(input, item);
        Ok(())
    }
}
