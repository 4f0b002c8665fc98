//! Scenarios as text: what there is, and after `--` how it runs.
//!
//! ```text
//! ## a name
//! camera gives rtp(video/vp8) & rtp(video/h264)        all at once; `or` between what it can give instead
//! overlay filters video/raw                            gives what it takes
//! bars filters video/raw into video/raw I420 640x360   gives that, and the rest as it came
//! guest answers rtp(video/vp8) or rtp(video/h264)      gives what it takes, as it answers
//! viewer*100 takes video/vp8 [width 1..1280] | video/vp9 from overlay
//! ```
//!
//! Who is not fed `from` somebody is fed from the first element.

use std::fmt::Write;
use trellis_media::{Alternative, Caps, Constraint, Field, FieldSet, Format};
use trellis_negotiator::{Element, Gives, Link, Network, NetworkPlan, Pad, PadPlan, Pads, Percent, Rule};

pub struct Scenario {
    pub name: String,
    /// The lines before `--`.
    pub given: String,
    pub names: Vec<String>,
    pub elements: Vec<Element>,
    pub links: Vec<Link>,
}

/// The scenarios of a table.
pub fn scenarios(text: &str) -> Vec<Scenario> {
    text.split("## ").skip(1).map(scenario).collect()
}

fn scenario(text: &str) -> Scenario {
    let (name, rest) = text.split_once('\n').unwrap_or((text, ""));
    let given = rest.split("--").next().unwrap_or("").trim_end().to_owned() + "\n";
    let mut scenario =
        Scenario { name: name.trim().to_owned(), given, names: Vec::new(), elements: Vec::new(), links: Vec::new() };
    for line in scenario.given.clone().lines() {
        scenario.line(line);
    }
    scenario
}

impl Scenario {
    fn line(&mut self, line: &str) {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        let [name, verb, what] = words.as_slice() else { panic!("not a line of a scenario: {line}") };
        let (what, from) = what.split_once(" from ").map_or((*what, None), |(what, from)| (what, Some(from)));
        let options: Vec<Pads> = match *verb {
            "gives" => what.split(" or ").map(gives).collect(),
            "takes" => what.split(" or ").map(|text| Pads::sink(caps(text))).collect(),
            "filters" => vec![filters(what)],
            "answers" => what.split(" or ").map(answers).collect(),
            _ => panic!("not a verb of a scenario: {line}"),
        };
        let (name, times) =
            name.split_once('*').map_or((*name, 1), |(name, times)| (name, times.parse().expect("times")));
        let source = from.map_or(0, |from| self.names.iter().position(|name| name == from).expect(from));
        for _ in 0..times {
            if *verb != "gives" {
                let sink = Pad { element: self.elements.len(), pad: 0 };
                self.links.push(Link { source: Pad { element: source, pad: 0 }, sink });
            }
            self.names.push(name.to_owned());
            self.elements.push(Element { options: options.clone() });
        }
    }

    pub fn network<'a>(&'a self, rules: &'a [Rule]) -> Network<'a> {
        Network { elements: &self.elements, links: &self.links, rules, running: None, threshold: Percent(10) }
    }

    /// How a plan runs it, as a small tree for each source pad.
    pub fn told(&self, rules: &[Rule], plan: &NetworkPlan) -> String {
        let mut text = String::new();
        for (element, choice) in plan.choices.iter().enumerate() {
            if self.elements[element].options.len() > 1 {
                let _ = writeln!(text, "{} has option {choice}", self.names[element]);
            }
        }
        for pad in plan.pads.iter().filter(|pad| !pad.sinks.is_empty()) {
            let formats: Vec<String> = pad.formats.iter().map(Format::to_string).collect();
            let formats = if formats.is_empty() { String::from("nothing") } else { formats.join(" & ") };
            let _ = writeln!(text, "{}: {formats}{}", self.names[pad.pad.element], self.takers(pad, None));
            self.branch(rules, pad, None, 1, &mut text);
            for unserved in &pad.plan.unserved {
                let _ = writeln!(text, "{} is not served: {unserved}", self.names[pad.sinks[unserved.sink].element]);
            }
        }
        let cost = plan.cost;
        let _ = write!(text, "{} lossy, {} us/s, {} us late", cost.generations, cost.cpu, cost.latency);
        text.push_str(if plan.proven { "\n" } else { ", not proven\n" });
        text
    }

    fn branch(&self, rules: &[Rule], pad: &PadPlan, parent: Option<usize>, depth: usize, text: &mut String) {
        for (index, step) in pad.plan.steps.iter().enumerate().filter(|(_, step)| step.parent == parent) {
            let takers = self.takers(pad, Some(index));
            let _ = writeln!(text, "{}{}: {}{takers}", "  ".repeat(depth), rules[step.rule].name, step.output);
            self.branch(rules, pad, Some(index), depth + 1, text);
        }
    }

    fn takers(&self, pad: &PadPlan, step: Option<usize>) -> String {
        let mut takers: Vec<(&str, usize)> = Vec::new();
        for (sink, attachment) in pad.sinks.iter().zip(&pad.plan.sinks) {
            if attachment.is_some_and(|attachment| attachment.step == step) {
                let name = self.names[sink.element].as_str();
                match takers.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, times)) => *times += 1,
                    None => takers.push((name, 1)),
                }
            }
        }
        let written =
            |(name, times): &(&str, usize)| if *times == 1 { (*name).to_owned() } else { format!("{name}*{times}") };
        let takers: Vec<String> = takers.iter().map(written).collect();
        if takers.is_empty() { String::new() } else { format!(" -> {}", takers.join(" ")) }
    }
}

fn gives(text: &str) -> Pads {
    if text == "nothing" {
        return Pads { sources: vec![Gives::Nothing], ..Pads::default() };
    }
    Pads::source(text.split(" & ").map(format).collect::<Vec<Format>>())
}

fn filters(text: &str) -> Pads {
    let Some((takes, makes)) = text.split_once(" into ") else { return Pads::same(caps(text)) };
    let output = Alternative::like(&format(makes));
    let made = FieldSet::of(&output.constraints().map(|(field, _)| field).collect::<Vec<Field>>());
    Pads::filter(caps(takes), output, FieldSet::ALL.without(made))
}

fn answers(text: &str) -> Pads {
    let sources = vec![Gives::All(vec![format(text)])];
    Pads { sources, ..Pads::sink(caps(text.split(" [").next().unwrap_or(text))) }
}

pub fn format(text: &str) -> Format {
    text.trim().parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn caps(text: &str) -> Caps {
    if text.trim() == "none" { Caps::none() } else { text.split('|').map(alternative).collect() }
}

/// A format, and perhaps `[width 1..1280, sample rate 44100 48000]`.
fn alternative(text: &str) -> Alternative {
    let (format_text, fields) = text.split_once('[').unwrap_or((text, ""));
    let fields = fields.trim().trim_end_matches(']').split(',').map(str::trim).filter(|field| !field.is_empty());
    fields.fold(Alternative::like(&format(format_text)), |alternative, text| {
        let field = Field::ALL.iter().copied().find(|field| text.starts_with(field.name())).expect(text);
        let values = text[field.name().len()..].trim();
        let number = |text: &str| text.parse::<u32>().unwrap_or_else(|_| panic!("{text}"));
        let constraint = match values.split_once("..") {
            Some((low, "")) => Constraint::range(number(low), u32::MAX),
            Some((low, high)) => Constraint::range(number(low), number(high)),
            None => Constraint::some(values.split(' ').map(number)),
        };
        alternative.with(field, constraint.expect(text))
    })
}
