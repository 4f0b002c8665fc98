//! Random problems against the brute-force oracle: 100,000 with 3 to 6 distinct demands and 12 or more formats, half of
//! them whole networks.

mod brute;
mod random;

use brute::{Found, Total, as_network, as_network_plan, best, judge};
use random::{Case, Pipeline};
use std::collections::HashSet;
use trellis_media::Caps;
use trellis_negotiator::{Element, Gives, Network, Pad, Percent, Work, plan, plan_network};

/// Problems of each test here. They run side by side.
const EACH: u32 = 12_500;
// Four tests of single pads and four of networks, each of which fails when it has not compared as many.
const _: () = assert!(8 * EACH >= 100_000);
/// Problems are drawn until enough were large enough to count and small enough for the oracle.
const MOST_DRAWN: u64 = 4 * EACH as u64;
/// What is reachable must be as much as this for a problem to count.
const LEAST_FORMATS: usize = 12;

/// How many problems of what kind were compared.
#[derive(Debug, Default)]
struct Tally {
    compared: u32,
    too_small: u32,
    too_large: u32,
    of_many_steps: u32,
    sharing: u32,
    unserved: u32,
    lossy: u32,
    filters_fed_converted: u32,
    later_options: u32,
    working: u32,
}

fn single_pads(range: u64) -> Tally {
    let mut tally = Tally::default();
    for seed in (range * MOST_DRAWN..).take(MOST_DRAWN as usize) {
        if tally.compared == EACH {
            break;
        }
        let case = Case::random(seed);
        let problem = case.problem();
        let (elements, links) = as_network(&problem);
        let network =
            Network { elements: &elements, links: &links, rules: &case.rules, running: None, threshold: Percent(10) };
        let Some(found) = tally.large_enough(&network) else { continue };
        let plan = plan(&problem);
        let text = || format!("seed {seed}: {:?} to {:?}\n{:#?}\n{plan:#?}", case.source, case.sinks, case.rules);
        assert!(plan.proven, "{}", text());
        assert_eq!(judge(&network, &as_network_plan(&problem, &plan)), found.total, "{}", text());
        tally.count(found.total, plan.served().iter().any(|served| *served > 1));
    }
    println!("{tally:?}");
    tally
}

fn networks(range: u64) -> Tally {
    let mut tally = Tally::default();
    for seed in (range * MOST_DRAWN..).take(MOST_DRAWN as usize) {
        if tally.compared == EACH {
            break;
        }
        let pipeline = Pipeline::random(seed);
        let network = pipeline.network();
        let Some(found) = tally.large_enough(&network) else { continue };
        let plan = plan_network(&network).expect("a network");
        let text =
            || format!("seed {seed}: {:#?}\n{:?}\n{:#?}\n{plan:#?}", pipeline.elements, pipeline.links, pipeline.rules);
        assert!(plan.proven, "{}", text());
        assert_eq!(judge(&network, &plan), found.total, "{}", text());
        let sharing = plan.pads.iter().any(|pad| pad.plan.served().iter().any(|served| *served > 1));
        tally.count(found.total, sharing);
        let works = |element: &Element| element.options[0].work(0) != Work::NONE;
        tally.working += u32::from(pipeline.elements.iter().any(works));
        tally.later_options += u32::from(plan.choices.iter().any(|choice| *choice > 0));
        let filter =
            |pad: &Pad| matches!(pipeline.elements[pad.element].options[0].sources.first(), Some(Gives::Follows(_)));
        let converted = plan.pads.iter().any(|pad| {
            let mut fed = pad.sinks.iter().zip(&pad.plan.sinks);
            fed.any(|(sink, fed)| filter(sink) && fed.is_some_and(|fed| fed.step.is_some()))
        });
        tally.filters_fed_converted += u32::from(converted);
    }
    println!("{tally:?}");
    tally
}

impl Tally {
    /// What the oracle found, when the problem has enough distinct demands and formats.
    fn large_enough(&mut self, network: &Network) -> Option<Found> {
        let fed = network.elements.iter().filter(|element| !element.options[0].sinks.is_empty());
        let demands: HashSet<Vec<&Caps>> =
            fed.map(|element| element.options.iter().flat_map(|pads| &pads.sinks).collect()).collect();
        if !(3..=6).contains(&demands.len()) {
            self.too_small += 1;
            return None;
        }
        let found = best(network);
        self.too_large += u32::from(found.is_none());
        let small = found.as_ref().is_some_and(|found| found.formats < LEAST_FORMATS);
        self.too_small += u32::from(small);
        found.filter(|_| !small)
    }

    fn count(&mut self, best: Total, sharing: bool) {
        self.compared += 1;
        self.of_many_steps += u32::from(best.steps > 1);
        self.sharing += u32::from(sharing);
        self.unserved += u32::from(best.unserved > 0);
        self.lossy += u32::from(best.generations > 0);
    }

    /// Enough of every kind, so that the comparison says something.
    fn check(&self) {
        assert_eq!(self.compared, EACH);
        let least = EACH / 20;
        assert!(self.of_many_steps > least && self.sharing > least, "{self:?}");
        assert!(self.unserved > least && self.lossy > least, "{self:?}");
    }

    fn check_networks(&self) {
        self.check();
        let least = EACH / 20;
        assert!(self.filters_fed_converted > least && self.later_options > least, "{self:?}");
        assert!(self.working > least, "{self:?}");
    }
}

#[test]
fn no_tree_is_cheaper_than_the_plan_first_quarter() {
    single_pads(0).check();
}

#[test]
fn no_tree_is_cheaper_than_the_plan_second_quarter() {
    single_pads(1).check();
}

#[test]
fn no_tree_is_cheaper_than_the_plan_third_quarter() {
    single_pads(2).check();
}

#[test]
fn no_tree_is_cheaper_than_the_plan_fourth_quarter() {
    single_pads(3).check();
}

#[test]
fn no_network_is_cheaper_than_its_plan_first_quarter() {
    networks(0).check_networks();
}

#[test]
fn no_network_is_cheaper_than_its_plan_second_quarter() {
    networks(1).check_networks();
}

#[test]
fn no_network_is_cheaper_than_its_plan_third_quarter() {
    networks(2).check_networks();
}

#[test]
fn no_network_is_cheaper_than_its_plan_fourth_quarter() {
    networks(3).check_networks();
}
