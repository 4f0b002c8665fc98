//! Codes that are read in the pictures that pass.
//!
//! ```text
//!   audio, video, data ──► filter ──► as it came
//!                            │
//!                      video ▼
//!                        (decoder) ──► detector ──► what was found, to the application
//! ```
//!
//! What passes is not even decoded: the graph decodes beside the path, for the detector alone, and what this is too
//! slow for is dropped there.

use crate::catalogue::raw_video_caps;
use crate::pads::{KINDS, pad, sinks, sources_like_sinks};
use crate::work::READING;
use trellis_graph::{Context, Element, Node, NodeError, Notice, PadSpec, Request, Weight};
use trellis_media::{Caps, Item, Kind, MediaTime, Payload};
use trellis_vision::{Code, CodeReader};

/// The pad that the video leaves by for the detector.
pub const PROBE: usize = KINDS.len();
/// Media time between two looks for codes.
pub(crate) const INTERVAL: MediaTime = MediaTime::from_millis(200);
/// The same code is told again after this time, while it is still seen.
const AGAIN: MediaTime = MediaTime::from_secs(1);
/// Codes that are remembered as told.
const MOST_TOLD: usize = 64;

/// What the detector tells, in a [`Notice::Custom`].
pub struct CodesFound(pub Vec<Code>);

/// The node of ZBarFilter.
struct CodesNode;

impl Node for CodesNode {
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if input == pad(Kind::Video) {
            cx.emit(PROBE, item.clone());
        }
        cx.emit(input, item);
        Ok(())
    }

    fn end(&mut self, input: usize, cx: &mut Context) -> Result<(), NodeError> {
        if input == pad(Kind::Video) {
            cx.end(PROBE);
        }
        cx.end(input);
        Ok(())
    }

    fn request(&mut self, output: usize, request: Request, cx: &mut Context) {
        cx.request(if output == PROBE { pad(Kind::Video) } else { output }, request);
    }
}

/// Reads the codes of some of the pictures that it is given.
#[derive(Default)]
pub struct CodeDetectorNode {
    reader: CodeReader,
    looked: Option<MediaTime>,
    /// When each code was told last.
    told: Vec<(Code, MediaTime)>,
}

impl CodeDetectorNode {
    /// Of the codes in a picture those that are to be told; they are taken as told then.
    fn new_ones(&mut self, time: MediaTime, codes: Vec<Code>) -> Vec<Code> {
        self.told.retain(|(_, told)| is_within(AGAIN, *told, time));
        let unknown = |code: &Code| self.told.iter().all(|(other, _)| other != code);
        let new: Vec<Code> = codes.into_iter().filter(unknown).collect();
        self.told.extend(new.iter().map(|code| (code.clone(), time)));
        self.told.truncate(MOST_TOLD);
        new
    }
}

/// Whether less than an interval has passed. A source that begins anew may be earlier.
fn is_within(interval: MediaTime, before: MediaTime, now: MediaTime) -> bool {
    now >= before && now - before < interval
}

impl Node for CodeDetectorNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        let Payload::Picture(picture) = &item.payload else { return Ok(()) };
        if self.looked.is_some_and(|looked| is_within(INTERVAL, looked, item.time)) {
            return Ok(());
        }
        self.looked = Some(item.time);
        let codes = self.reader.read(picture);
        let new = self.new_ones(item.time, codes);
        if !new.is_empty() {
            cx.notify(Notice::Custom(Box::new(CodesFound(new))));
        }
        Ok(())
    }
}

/// The filter as an element, to be connected by [`PROBE`] to a [`detector`].
pub fn element(name: &str) -> Element {
    let mut sources = sources_like_sinks();
    sources.push(PadSpec::source_like(Kind::Video, pad(Kind::Video)));
    Element { name: name.into(), sinks: sinks(Caps::any_of), sources, live: false, node: Box::new(CodesNode) }
}

/// The detector beside the filter: it tells [`CodesFound`].
pub fn detector(name: &str) -> Element {
    Element {
        name: name.into(),
        sinks: vec![PadSpec::sink(Kind::Video, raw_video_caps(Kind::Video)).working(READING)],
        sources: Vec::new(),
        live: false,
        node: Box::new(CodeDetectorNode::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trellis_vision::Symbology;

    fn code(text: &str) -> Code {
        Code { symbology: Symbology::QrCode, text: text.to_owned() }
    }

    #[test]
    fn a_code_is_told_again_a_second_after_it_was_told_last() {
        let mut detector = CodeDetectorNode::default();
        let mut seen = |millis, texts: &[&str]| {
            let codes = texts.iter().copied().map(code).collect();
            detector.new_ones(MediaTime::from_millis(millis), codes).len()
        };
        assert_eq!((seen(0, &["a"]), seen(400, &["a", "b"]), seen(999, &["a", "b"])), (1, 1, 0));
        assert_eq!((seen(1_000, &["a", "b"]), seen(1_400, &["a", "b"]), seen(1_800, &["a"])), (1, 1, 0));
        assert_eq!(seen(100, &["a"]), 1, "a source that begins anew");
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let mut detector = CodeDetectorNode::default();
        let many: Vec<Code> = (0..1_000).map(|number| code(&number.to_string())).collect();
        assert_eq!(detector.new_ones(MediaTime::ZERO, many).len(), 1_000);
        assert_eq!(detector.told.len(), MOST_TOLD);
    }
}
