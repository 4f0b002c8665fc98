//! Whole pipelines for `trellis plan`, written in TOML: what there is, and what is fed from what.

use anyhow::{Context, anyhow, ensure};
use serde::Deserialize;
use std::fmt::Display;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use trellis_elements::catalogue::{self, ELEMENTS};
use trellis_media::{Caps, Format, Kind};
use trellis_negotiator::{Element, Gives, Link, Pad, Pads};

/// Elements that a file may come to.
const MOST_ELEMENTS: usize = 10_000;

/// A pipeline to be planned.
#[derive(Debug)]
pub struct Pipeline {
    /// What the elements are called.
    pub names: Vec<String>,
    pub elements: Vec<Element>,
    pub links: Vec<Link>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    source: Vec<Source>,
    filter: Vec<Filter>,
    endpoint: Vec<Endpoint>,
    sink: Vec<Sink>,
}

/// Gives one of several formats, or with `at_once` all of them: layers of a simulcast, several tracks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    name: Spanned<String>,
    gives: Vec<Spanned<String>>,
    #[serde(default)]
    at_once: bool,
}

/// Gives what it takes: what `takes` says, or what the `element` of the catalogue accepts, with that one's own work.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    name: Spanned<String>,
    from: Spanned<String>,
    takes: Option<Spanned<String>>,
    element: Option<Spanned<String>>,
}

/// Gives one of several formats, and takes the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Endpoint {
    name: Spanned<String>,
    from: Spanned<String>,
    answers: Vec<Spanned<String>>,
}

/// Takes what `takes` says or what the `element` of the catalogue accepts; `count` of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sink {
    name: Spanned<String>,
    from: Spanned<String>,
    takes: Option<Spanned<String>>,
    element: Option<Spanned<String>>,
    count: Option<Spanned<usize>>,
}

/// Reads a pipeline. An error names the line, and what may stand there.
pub fn parse(text: &str) -> anyhow::Result<Pipeline> {
    let file: File = toml::from_str(text)?;
    let mut reader = Reader {
        text,
        pipeline: Pipeline { names: Vec::new(), elements: Vec::new(), links: Vec::new() },
        feeders: Vec::new(),
    };
    for source in file.source {
        reader.source(&source)?;
    }
    for filter in file.filter {
        let pads = reader.taken(&filter.name, filter.takes.as_ref(), filter.element.as_ref())?;
        let sources = Pads::same(Caps::none()).sources;
        reader.add(&filter.name, Some(filter.from), Element::new(Pads { sources, ..pads }))?;
    }
    for endpoint in file.endpoint {
        reader.endpoint(endpoint)?;
    }
    for sink in file.sink {
        reader.sinks(sink)?;
    }
    reader.finish()
}

struct Reader<'t> {
    text: &'t str,
    pipeline: Pipeline,
    /// For each element what it is fed from.
    feeders: Vec<Option<Spanned<String>>>,
}

impl Reader<'_> {
    fn line(&self, span: Range<usize>) -> String {
        let before = self.text.get(..span.start).unwrap_or_default();
        format!("line {}", before.matches('\n').count() + 1)
    }

    /// An error at what was written.
    fn at<T>(&self, written: &Spanned<T>, error: impl Display) -> anyhow::Error {
        anyhow!("{}: {error}", self.line(written.span()))
    }

    fn format(&self, text: &Spanned<String>) -> anyhow::Result<Format> {
        text.get_ref().parse().map_err(|error| self.at(text, error))
    }

    fn add(&mut self, name: &Spanned<String>, from: Option<Spanned<String>>, element: Element) -> anyhow::Result<()> {
        if self.pipeline.names.contains(name.get_ref()) {
            return Err(self.at(name, format_args!("'{}' is there already: names must differ", name.get_ref())));
        }
        self.push(name.get_ref().clone(), from, element)
    }

    fn push(&mut self, name: String, from: Option<Spanned<String>>, element: Element) -> anyhow::Result<()> {
        ensure!(self.pipeline.names.len() < MOST_ELEMENTS, "no more than {MOST_ELEMENTS} elements");
        self.pipeline.names.push(name);
        self.pipeline.elements.push(element);
        self.feeders.push(from);
        Ok(())
    }

    fn source(&mut self, source: &Source) -> anyhow::Result<()> {
        let formats = source.gives.iter().map(|text| self.format(text)).collect::<anyhow::Result<Vec<Format>>>()?;
        let options: Vec<Pads> = match source.at_once {
            true => vec![Pads::source(formats)],
            false => formats.into_iter().map(|format| Pads::source([format])).collect(),
        };
        if source.gives.is_empty() {
            return Err(
                self.at(&source.name, "'gives' names no format; for example gives = [\"video/vp8 1280x720@30\"]")
            );
        }
        self.add(&source.name, None, Element { options })
    }

    fn endpoint(&mut self, endpoint: Endpoint) -> anyhow::Result<()> {
        let option = |text: &Spanned<String>| {
            let format = self.format(text)?;
            let sources = vec![Gives::All(vec![format])];
            Ok(Pads { sources, ..Pads::sink(Caps::like(&[format])) })
        };
        let options = endpoint.answers.iter().map(option).collect::<anyhow::Result<Vec<Pads>>>()?;
        if options.is_empty() {
            return Err(
                self.at(&endpoint.name, "'answers' names no format; for example answers = [\"rtp(video/vp8)\"]")
            );
        }
        self.add(&endpoint.name, Some(endpoint.from), Element { options })
    }

    fn sinks(&mut self, sink: Sink) -> anyhow::Result<()> {
        let pads = self.taken(&sink.name, sink.takes.as_ref(), sink.element.as_ref())?;
        let Some(count) = &sink.count else { return self.add(&sink.name, Some(sink.from), Element::new(pads)) };
        if !(1..=MOST_ELEMENTS).contains(count.get_ref()) {
            return Err(self.at(count, format_args!("a count is 1 to {MOST_ELEMENTS}")));
        }
        for number in 1..=*count.get_ref() {
            let name = format!("{} {number}", sink.name.get_ref());
            self.push(name, Some(sink.from.clone()), Element::new(pads.clone()))?;
        }
        Ok(())
    }

    /// The sink pad that is written, or that of an element of the catalogue.
    fn taken(
        &self,
        name: &Spanned<String>,
        takes: Option<&Spanned<String>>,
        element: Option<&Spanned<String>>,
    ) -> anyhow::Result<Pads> {
        match (takes, element) {
            (Some(takes), None) => takes
                .get_ref()
                .parse()
                .map(Pads::sink)
                .map_err(|error: trellis_media::FormatError| self.at(takes, error)),
            (None, Some(element)) => {
                let kind = catalogue::find(element.get_ref()).ok_or_else(|| {
                    let known: Vec<&str> = ELEMENTS.iter().map(|kind| kind.name).collect();
                    let there = known.join(", ");
                    self.at(element, format_args!("there is no element '{}'; there are: {there}", element.get_ref()))
                })?;
                let pad = (kind.sinks)().into_iter().find(|pad| pad.kind == Kind::Video && !pad.caps.is_none());
                let pad = pad.ok_or_else(|| self.at(element, format_args!("a {} takes no video", kind.name)))?;
                Ok(Pads::sink(pad.caps).working(pad.work))
            }
            _ => Err(self.at(name, format_args!("'{}' needs either takes or element", name.get_ref()))),
        }
    }

    /// Links everybody to what it is fed from.
    fn finish(mut self) -> anyhow::Result<Pipeline> {
        let gives = |element: &Element| element.options.iter().all(|pads| !pads.sources.is_empty());
        let givers: Vec<usize> =
            (0..self.feeders.len()).filter(|place| gives(&self.pipeline.elements[*place])).collect();
        let mut links = Vec::new();
        for (element, from) in self.feeders.iter().enumerate() {
            let Some(from) = from else { continue };
            let feeder = givers.iter().find(|place| self.pipeline.names[**place] == *from.get_ref());
            let feeder = feeder.ok_or_else(|| self.no_giver(from, &givers))?;
            links.push(Link { source: Pad { element: *feeder, pad: 0 }, sink: Pad { element, pad: 0 } });
        }
        self.pipeline.links = links;
        Ok(self.pipeline)
    }

    fn no_giver(&self, from: &Spanned<String>, givers: &[usize]) -> anyhow::Error {
        let names: Vec<&str> = givers.iter().map(|place| self.pipeline.names[*place].as_str()).collect();
        let there = if names.is_empty() { String::from("nothing; add a [[source]]") } else { names.join(", ") };
        self.at(from, format_args!("nothing called '{}' gives anything; what does: {there}", from.get_ref()))
    }
}

/// Reads a file of at most a megabyte; `-` is the standard input.
pub fn read(path: &Path) -> anyhow::Result<Pipeline> {
    const MOST_BYTES: u64 = 1 << 20;
    let mut text = String::new();
    let read = |from: &mut dyn Read, text: &mut String| from.take(MOST_BYTES + 1).read_to_string(text);
    let outcome = match path.to_str() {
        Some("-") => read(&mut std::io::stdin(), &mut text),
        _ => std::fs::File::open(path).and_then(|mut file| read(&mut file, &mut text)),
    };
    outcome.with_context(|| format!("{} cannot be read", path.display()))?;
    ensure!(text.len() as u64 <= MOST_BYTES, "{} is larger than a megabyte", path.display());
    parse(&text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text).map(|_| ()).map_err(|error| format!("{error:#}")).expect_err("it is wrong")
    }

    const CAMERA: &str = "[[source]]\nname = \"camera\"\ngives = [\"video/vp8\"]\n";

    fn with(rest: &str) -> String {
        error(&format!("{CAMERA}{rest}"))
    }

    #[test]
    fn errors_name_the_line_and_what_may_stand_there() {
        assert!(
            with("[[sink]]\nname = \"a\"\nfrom = \"cam\"\ntakes = \"video/vp9\"")
                .starts_with("line 6: nothing called 'cam'")
        );
        assert!(with("[[sink]]\nname = \"a\"\nfrom = \"cam\"\ntakes = \"video/vp9\"").ends_with("what does: camera"));
        assert!(with("[[sink]]\nname = \"a\"\nfrom = \"camera\"\ntakes = \"video/vp\"").starts_with("line 7: "));
        assert!(
            with("[[sink]]\nname = \"a\"\nfrom = \"camera\"").contains("line 5: 'a' needs either takes or element")
        );
        assert!(with("[[filter]]\nname = \"a\"\nfrom = \"camera\"\nelement = \"hat\"").contains("faceoverlay"));
        assert!(with("[[filter]]\nname = \"a\"\nfrom = \"camera\"\nelement = \"player\"").contains("takes no video"));
        assert!(
            with("[[filter]]\nname = \"camera\"\nfrom = \"camera\"\ntakes = \"video/raw\"")
                .starts_with("line 5: 'camera' is there")
        );
        assert!(with("[[sink]]\nname = \"a\"\nform = \"camera\"").contains("line 6"));
        assert!(with("[[endpoint]]\nname = \"a\"\nfrom = \"camera\"\nanswers = []").starts_with("line 5"));
        assert!(error("[[source]]\nname = \"a\"\ngives = []").starts_with("line 2"));
        let many = "[[sink]]\nname = \"a\"\nfrom = \"camera\"\ntakes = \"video/vp9\"\ncount = 10_001";
        assert!(with(many).starts_with("line 8: a count"));
    }

    #[test]
    fn a_sink_may_stand_before_what_feeds_it_and_an_endpoint_feeds_too() {
        let text = r#"
            sink = [{ name = "far", from = "guest", takes = "video/vp9" }]
            endpoint = [{ name = "guest", from = "camera", answers = ["video/vp8", "video/vp9"] }]
            source = [{ name = "camera", gives = ["video/vp8", "video/h264"], at_once = true }]
        "#;
        let pipeline = parse(text).unwrap();
        assert_eq!(pipeline.names, ["camera", "guest", "far"]);
        let link = |source, sink| Link { source: Pad { element: source, pad: 0 }, sink: Pad { element: sink, pad: 0 } };
        assert_eq!(pipeline.links, [link(0, 1), link(1, 2)]);
        assert_eq!(pipeline.elements.iter().map(|element| element.options.len()).collect::<Vec<_>>(), [1, 2, 1]);
    }
}
