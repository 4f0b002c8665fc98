//! Images drawn onto every picture that passes.

use crate::catalogue::raw_video_caps;
use crate::pads::{sinks, sources_like_sinks, working_on_video};
use crate::work::DRAWING;
use std::sync::Arc;
use trellis_graph::{Command, Context, Element, Node, NodeError, Weight};
use trellis_media::{Item, Payload};
use trellis_vision::{Overlay, Placement};

/// Images that one filter holds at the most.
const MAX_IMAGES: usize = 32;

/// An image and where it goes, in fractions of the picture's size.
#[derive(Clone, Debug)]
pub struct PlacedImage {
    /// The application's name for it; adding the same name again replaces it.
    pub id: Arc<str>,
    /// The decoded image.
    pub overlay: Overlay,
    /// Where it goes.
    pub placement: Placement,
}

/// What the element tells its node.
pub enum ImageOverlayCommand {
    /// Draws an image from now on.
    Add(Box<PlacedImage>),
    /// Draws the image of this name no more.
    Remove(Arc<str>),
}

/// The node of ImageOverlayFilter: raw video is drawn on, everything else passes.
#[derive(Debug, Default)]
pub struct ImageOverlayNode {
    images: Vec<PlacedImage>,
}

impl ImageOverlayNode {
    /// With one image from the beginning.
    pub fn with(image: PlacedImage) -> ImageOverlayNode {
        ImageOverlayNode { images: vec![image] }
    }
}

/// Left, top, width and height in fractions of the picture; the image fills them.
pub fn placement([x, y, width, height]: [f64; 4]) -> Placement {
    Placement { x, y, width, height, keep_aspect_ratio: false, center: false }
}

/// The filter as an element.
pub fn element(name: &str, node: ImageOverlayNode) -> Element {
    Element {
        name: name.into(),
        sinks: working_on_video(sinks(raw_video_caps), DRAWING),
        sources: sources_like_sinks(),
        live: false,
        node: Box::new(node),
    }
}

impl Node for ImageOverlayNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, input: usize, mut item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if let Payload::Picture(picture) = &mut item.payload {
            for image in &mut self.images {
                let area = image.placement.area(picture.width(), picture.height(), image.overlay.size());
                image.overlay.draw(picture, area);
            }
        }
        cx.emit(input, item);
        Ok(())
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Result<(), NodeError> {
        match command.downcast::<ImageOverlayCommand>().map(|command| *command) {
            Ok(ImageOverlayCommand::Add(image)) => {
                self.images.retain(|other| other.id != image.id);
                if self.images.len() == MAX_IMAGES {
                    let text = format!("no more than {MAX_IMAGES} images; '{}' is not drawn", image.id);
                    cx.notify(trellis_graph::Notice::Warning(NodeError::new(text)));
                } else {
                    self.images.push(*image);
                }
            }
            Ok(ImageOverlayCommand::Remove(id)) => self.images.retain(|image| image.id != id),
            Err(_) => {}
        }
        Ok(())
    }
}
