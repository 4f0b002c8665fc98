//! An image drawn over every face.
//!
//! ```text
//!   video ──► overlay ──────────────► video, drawn on
//!               │  ▲
//!         probe │  │ faces            the detector runs beside the video's path:
//!               ▼  │                  a slow look delays no picture
//!             detector
//! ```
//!
//! One look is under way at a time, so the detector's inbox never fills. Where nobody waits for the pictures (file to
//! file) the overlay looks for itself, and the hat is exactly where the face is: [`FaceOverlayNode::exact`].

use crate::catalogue::raw_video_caps;
use crate::pads::{pad, sinks, sources_like_sinks, working_on_video};
use crate::work::{DRAWING, LOOKING, LOOKING_AND_DRAWING};
use bytes::Bytes;
use trellis_graph::{Command, Context, Element, Node, NodeError, PadSpec, Weight};
use trellis_media::{Caps, DataMessage, Format, Item, Kind, MediaTime, Payload, Picture};
use trellis_vision::{Area, FaceDetector, FaceTracker, Overlay};

/// Media time between two looks for faces.
pub(crate) const INTERVAL: MediaTime = MediaTime::from_millis(200);
/// A look that has not come back after this time is given up.
const PATIENCE: MediaTime = MediaTime::from_millis(2_000);
/// The pad that faces come in by; the first three are those of every element.
const FACES: usize = 3;
/// The pad that pictures to look at leave by.
const PROBE: usize = 3;

/// Where the image goes, in sizes of the face, from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FacePlacement {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl FacePlacement {
    fn area(&self, face: Area) -> Area {
        let (width, height) = (f64::from(face.width), f64::from(face.height));
        Area {
            x: face.x + (self.x * width) as i32,
            y: face.y + (self.y * height) as i32,
            width: (self.width * width).max(0.0) as u32,
            height: (self.height * height).max(0.0) as u32,
        }
    }
}

/// What the element tells its node: the image from now on, or none.
pub struct SetOverlay(pub Option<(Overlay, FacePlacement)>);

/// The node of FaceOverlayFilter.
pub struct FaceOverlayNode {
    image: Option<(Overlay, FacePlacement)>,
    tracker: FaceTracker,
    /// Looks for itself instead of asking the detector beside it.
    own_detector: Option<FaceDetector>,
    looked: Option<MediaTime>,
    under_way: bool,
}

impl FaceOverlayNode {
    /// For live video: faces are looked for by a detector beside it, see [`detector`].
    pub fn live() -> FaceOverlayNode {
        let (image, own_detector, looked) = (None, None, None);
        FaceOverlayNode { image, tracker: FaceTracker::new(), own_detector, looked, under_way: false }
    }

    /// For files: every look is done before the picture goes on.
    pub fn exact() -> FaceOverlayNode {
        FaceOverlayNode { own_detector: Some(FaceDetector::new()), ..FaceOverlayNode::live() }
    }

    /// Sets the image, or takes it away.
    pub fn set(&mut self, image: Option<(Overlay, FacePlacement)>) {
        self.image = image;
    }

    fn look(&mut self, time: MediaTime, picture: &Picture, cx: &mut Context) {
        let due = self.looked.is_none_or(|looked| time - looked >= INTERVAL || time < looked);
        let given_up = self.looked.is_some_and(|looked| time - looked >= PATIENCE);
        if !due || (self.under_way && !given_up) {
            return;
        }
        self.looked = Some(time);
        match &mut self.own_detector {
            Some(detector) => {
                let faces = detector.detect(picture);
                self.tracker.update(time, &faces);
            }
            None => {
                self.under_way = true;
                cx.emit(PROBE, Item { time, payload: Payload::Picture(picture.clone()) });
            }
        }
    }
}

impl Node for FaceOverlayNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, input: usize, mut item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if input == FACES {
            if let Payload::Data(message) = &item.payload {
                self.under_way = false;
                self.tracker.update(item.time, &unpack(&message.data));
            }
            return Ok(());
        }
        if let (Payload::Picture(picture), true) = (&mut item.payload, self.image.is_some()) {
            self.look(item.time, picture, cx);
            let faces = self.tracker.positions(item.time);
            if let Some((overlay, placement)) = &mut self.image {
                for face in faces {
                    overlay.draw(picture, placement.area(face));
                }
            }
        }
        cx.emit(input, item);
        Ok(())
    }

    fn end(&mut self, input: usize, cx: &mut Context) -> Result<(), NodeError> {
        if input != FACES {
            cx.end(input);
        }
        Ok(())
    }

    fn command(&mut self, command: Command, _cx: &mut Context) -> Result<(), NodeError> {
        if let Ok(command) = command.downcast::<SetOverlay>() {
            self.set(command.0);
        }
        Ok(())
    }
}

/// Finds the faces of the pictures that it is given; gives them as data messages.
pub struct DetectorNode(FaceDetector);

impl Node for DetectorNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if let Payload::Picture(picture) = &item.payload {
            let data = pack(&self.0.detect(picture));
            cx.emit(0, Item { time: item.time, payload: Payload::Data(DataMessage { text: false, data }) });
        }
        Ok(())
    }

    fn format(&mut self, _input: usize, _format: Format, cx: &mut Context) -> Result<(), NodeError> {
        cx.set_format(0, Format::data());
        Ok(())
    }
}

/// Faces as bytes: x, y, width and height of each, 32 bit little-endian.
fn pack(faces: &[Area]) -> Bytes {
    let numbers = faces.iter().flat_map(|face| [face.x as u32, face.y as u32, face.width, face.height]);
    numbers.flat_map(u32::to_le_bytes).collect()
}

fn unpack(bytes: &[u8]) -> Vec<Area> {
    let number = |bytes: &[u8]| bytes.try_into().map(u32::from_le_bytes).unwrap_or_default();
    let faces = bytes.chunks_exact(16).map(|face| Area {
        x: number(&face[..4]) as i32,
        y: number(&face[4..8]) as i32,
        width: number(&face[8..12]),
        height: number(&face[12..]),
    });
    faces.collect()
}

/// The filter as an element; a live one has pads for a [`detector`] besides those of every element.
pub fn element(name: &str, node: FaceOverlayNode) -> Element {
    let work = if node.own_detector.is_some() { LOOKING_AND_DRAWING } else { DRAWING };
    let (mut sinks, mut sources) = (working_on_video(sinks(raw_video_caps), work), sources_like_sinks());
    if node.own_detector.is_none() {
        sinks.push(PadSpec::sink(Kind::Data, Caps::any_of(Kind::Data)));
        sources.push(PadSpec::source_like(Kind::Video, pad(Kind::Video)));
    }
    Element { name: name.into(), sinks, sources, live: false, node: Box::new(node) }
}

/// The detector beside a live filter: its sink pad 0 is fed from the filter's pad 3, and feeds the filter's pad 3.
pub fn detector(name: &str) -> Element {
    Element {
        name: name.into(),
        sinks: vec![PadSpec::sink(Kind::Video, raw_video_caps(Kind::Video)).working(LOOKING)],
        sources: vec![PadSpec::source(Kind::Data)],
        live: false,
        node: Box::new(DetectorNode(FaceDetector::new())),
    }
}

/// The pads that join a live filter and its detector: (filter's source, filter's sink).
pub const DETECTOR_PADS: (usize, usize) = (PROBE, FACES);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faces_survive_the_way_between_detector_and_overlay() {
        let faces = [Area { x: -4, y: 7, width: 100, height: 90 }, Area { x: 300, y: 0, width: 1, height: 2 }];
        assert_eq!(unpack(&pack(&faces)), faces);
    }

    #[test]
    fn a_hat_sits_above_the_face() {
        let hat = FacePlacement { x: -0.1, y: -0.9, width: 1.2, height: 1.0 };
        let face = Area { x: 100, y: 200, width: 100, height: 100 };
        assert_eq!(hat.area(face), Area { x: 90, y: 110, width: 120, height: 100 });
    }
}
