use trellis_graph::{Context, Element, Node, NodeError};
use trellis_media::{Caps, Item, Kind};

struct PassThrough;

impl Node for PassThrough {
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        cx.emit(input, item);
        Ok(())
    }
}

pub fn element() -> Element {
    Element::filter("pass through", Kind::Video, Caps::any_of(Kind::Video), PassThrough)
}
