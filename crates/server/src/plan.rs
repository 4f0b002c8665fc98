//! `trellis plan`: the negotiator's answer in words.

mod pipeline;

use crate::output;
use anyhow::{Context, anyhow};
use std::path::Path;
use trellis_elements::catalogue;
use trellis_media::{Caps, Format};
use trellis_negotiator::{
    Network, NetworkError, NetworkPlan, Percent, Problem, dot, dot_network, explain, explain_network, plan,
    plan_network,
};

/// Prints the plan from a format to caps; an error when a sink cannot be served.
pub fn print(from: &str, to: &[String], as_dot: bool) -> anyhow::Result<()> {
    let source: Format = from.parse().with_context(|| format!("--from '{from}'"))?;
    let parse = |text: &String| text.parse::<Caps>().with_context(|| format!("--to '{text}'"));
    let sinks: Vec<Caps> = to.iter().map(parse).collect::<Result<_, _>>()?;
    let registry = catalogue::converters();
    let problem = Problem { source, sinks: &sinks, rules: registry.rules(), running: None };
    let plan = plan(&problem);
    output::print(&if as_dot { dot(&problem, &plan) } else { measured(explain(&problem, &plan)) })?;
    match plan.unserved.first() {
        Some(unserved) => Err(anyhow::anyhow!("--to '{}': {unserved}", to[unserved.sink])),
        None => Ok(()),
    }
}

/// Prints the plan of a whole pipeline, which a file describes; an error when a sink cannot be served.
pub fn print_pipeline(path: &Path, as_dot: bool) -> anyhow::Result<()> {
    let (text, unserved) = told(&pipeline::read(path)?, as_dot)?;
    output::print(&text)?;
    unserved.map_or(Ok(()), |unserved| Err(anyhow!(unserved)))
}

/// The plan of a pipeline in words or as a graph, and the first sink that is not served, with the reason.
fn told(pipeline: &pipeline::Pipeline, as_dot: bool) -> anyhow::Result<(String, Option<String>)> {
    let registry = catalogue::converters();
    let network = Network {
        elements: &pipeline.elements,
        links: &pipeline.links,
        rules: registry.rules(),
        running: None,
        threshold: Percent::default(),
    };
    let names: Vec<&str> = pipeline.names.iter().map(String::as_str).collect();
    let plan = plan_network(&network).map_err(|error| match error {
        NetworkError::Cycle(pad) => anyhow!("'{}' is fed from itself", names[pad.element]),
        error => anyhow!(error),
    })?;
    let text = match as_dot {
        true => dot_network(&network, &plan, &names),
        false => measured(explain_network(&network, &plan, &names)),
    };
    Ok((text, first_unserved(&plan, &names)))
}

fn first_unserved(plan: &NetworkPlan, names: &[&str]) -> Option<String> {
    let (pad, unserved) = plan.pads.iter().find_map(|pad| Some((pad, pad.plan.unserved.first()?)))?;
    Some(format!("'{}': {unserved}", names[pad.sinks[unserved.sink].element]))
}

fn measured(text: String) -> String {
    format!("{text}costs as measured on {}\n", catalogue::CALIBRATION_MACHINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(text: &str, as_dot: bool) -> (String, Option<String>) {
        told(&pipeline::parse(text).unwrap(), as_dot).unwrap()
    }

    #[test]
    fn the_example_of_the_help_is_planned_as_it_stands_there() {
        let help = crate::cli::help_of("plan");
        let (_, example) = help.split_once("# A camera").expect("an example");
        let (text, unserved) = planned(&format!("# A camera{example}"), false);
        assert_eq!(unserved, None);
        // One look at the faces, one size and one encoder for ten viewers; the guest takes what the camera sends.
        assert!(text.contains("camera has option") && text.contains("guest has option"), "{text}");
        assert!(text.contains("viewer 1, viewer 2, viewer 3 and 7 more: takes"), "{text}");
        assert!(text.contains("own work of hat on video/raw I420 640x360@30"), "{text}");
        assert_eq!(text.matches("-encode").count() + text.matches("/encode").count(), 1, "{text}");
        assert!(text.contains("no plan is cheaper"), "{text}");
    }

    #[test]
    fn a_pipeline_is_drawn_with_the_names_of_its_elements() {
        let (dot, _) = planned(include_str!("plan/example.toml"), true);
        assert!(dot.starts_with("digraph network {") && dot.contains("label=\"hat\""), "{dot}");
    }

    #[test]
    fn a_sink_that_cannot_be_served_is_named_with_the_reason() {
        let text = "[[source]]\nname = \"a\"\ngives = [\"audio/opus\"]\n[[sink]]\nname = \"b\"\nfrom = \"a\"\ntakes = \"video/vp8\"";
        let (_, unserved) = planned(text, false);
        assert!(unserved.as_deref().is_some_and(|why| why.starts_with("'b': it accepts video/vp8")), "{unserved:?}");
    }

    #[test]
    fn a_pipeline_that_feeds_itself_is_refused_by_name() {
        let filter = |name: &str, from: &str| {
            format!("[[filter]]\nname = \"{name}\"\nfrom = \"{from}\"\ntakes = \"video/raw\"\n")
        };
        let pipeline = pipeline::parse(&(filter("a", "b") + &filter("b", "a"))).unwrap();
        let error = told(&pipeline, false).unwrap_err().to_string();
        assert!(error.ends_with("is fed from itself"), "{error}");
    }
}
