use trellis_graph::{Context, Element, Node, NodeError, Weight};
use trellis_media::{Caps, Format, Item, Kind, Payload};

/// Dark becomes light, and every colour its opposite.
struct Negative;

impl Node for Negative {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, input: usize, mut item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if let Payload::Picture(picture) = &mut item.payload {
            for sample in picture.make_mut() {
                *sample = 255 - *sample;
            }
        }
        cx.emit(input, item);
        Ok(())
    }
}

pub fn element() -> Element {
    Element::filter("negative", Kind::Video, Caps::like(&[Format::raw_video()]), Negative)
}
