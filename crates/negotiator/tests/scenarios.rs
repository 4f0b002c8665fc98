//! What is planned where, by name: tables of scenarios, each with its plan as a tree. That no other plan is cheaper is
//! the oracle's word, which tries them all; and it counts each plan's cost itself.

mod brute;
mod common;
mod table;

use brute::{best, judge};
use expect_test::{ExpectFile, expect_file};
use std::collections::BTreeSet;
use std::fmt::Write;
use table::scenarios;
use trellis_negotiator::plan_network;

/// Plans every scenario of a table anew, has the oracle assert each cost, and compares with what the table says.
fn check(table: &ExpectFile) {
    let rules = common::rules();
    let mut text = String::new();
    for scenario in scenarios(&table.data()) {
        let network = scenario.network(&rules);
        let plan = plan_network(&network).unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
        let found = best(&network).unwrap_or_else(|| panic!("{}: too large for the oracle", scenario.name));
        assert_eq!(judge(&network, &plan), found.total, "{}\n{}", scenario.name, scenario.told(&rules, &plan));
        let _ = writeln!(text, "## {}\n{}--\n{}", scenario.name, scenario.given, scenario.told(&rules, &plan));
    }
    table.assert_eq(&text);
}

fn tables() -> [ExpectFile; 10] {
    [
        expect_file!["scenarios/forwarding.txt"],
        expect_file!["scenarios/transcoding.txt"],
        expect_file!["scenarios/sizes.txt"],
        expect_file!["scenarios/rates.txt"],
        expect_file!["scenarios/profiles.txt"],
        expect_file!["scenarios/sound.txt"],
        expect_file!["scenarios/filters.txt"],
        expect_file!["scenarios/answers.txt"],
        expect_file!["scenarios/simulcast.txt"],
        expect_file!["scenarios/refusals.txt"],
    ]
}

#[test]
fn there_are_two_hundred_scenarios_each_with_its_own_name() {
    let all: Vec<String> = tables().iter().flat_map(|table| scenarios(&table.data())).map(|one| one.name).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    assert!(all.len() >= 200, "{}", all.len());
}

#[test]
fn forwarding() {
    check(&tables()[0]);
}

#[test]
fn transcoding() {
    check(&tables()[1]);
}

#[test]
fn sizes() {
    check(&tables()[2]);
}

#[test]
fn frame_rates_and_rate_classes() {
    check(&tables()[3]);
}

#[test]
fn profiles_levels_and_colours() {
    check(&tables()[4]);
}

#[test]
fn sound() {
    check(&tables()[5]);
}

#[test]
fn filters() {
    check(&tables()[6]);
}

#[test]
fn answers() {
    check(&tables()[7]);
}

#[test]
fn simulcast_and_tracks() {
    check(&tables()[8]);
}

#[test]
fn refusals() {
    check(&tables()[9]);
}
