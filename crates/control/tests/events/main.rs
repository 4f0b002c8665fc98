//! Every event that an object of a class may raise has a cause: the acts of `acts` bring it about with real media, or it
//! stands among those that nothing causes here, with the reason.
//!
//! What there is to cause follows from the declarations: an event of a class that can be created, inherited ones too,
//! that is in neither list fails the test, and so does one that is listed as silent and comes.

mod acts;
mod payload;
mod stage;

#[path = "../support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use support::{Client, real};
use trellis_model::Class;

/// An event of a class.
type Pair = (&'static str, &'static str);

/// Events of classes that nothing causes here, and why.
const SILENT: &[(&[&str], &str, &str)] = &[
    (
        &["PlayerEndpoint", "HttpPostEndpoint"],
        "MediaFlowInStateChanged",
        "no element feeds it: what it gives comes from a file, or a client",
    ),
    (
        &["RecorderEndpoint", "HttpGetEndpoint"],
        "MediaFlowOutStateChanged",
        "it feeds no element: what it is given goes to a file, or clients",
    ),
    (&["RecorderEndpoint", "HttpGetEndpoint"], "MediaTranscodingStateChanged", "it feeds no element"),
    (
        &["WebRtcEndpoint", "RtpEndpoint"],
        "MediaSessionTerminated",
        "only endpoints of HTTP end a session, as in Kurento",
    ),
    (&["Dispatcher", "DispatcherOneToMany"], "Error", "these hubs have no node that could fail"),
    (&["Mixer"], "Error", "its mixer takes all sound there is, and fails only by a fault of ours"),
    (&["ServerManager"], "Error", "it has no media that could fail"),
];

/// Every event of every class that can be created, and of the manager.
fn declared() -> BTreeSet<Pair> {
    let control = real(std::path::Path::new("/"));
    let mut client = Client::of(&control);
    let info = client.value(stage::MANAGER, "getInfo", serde_json::json!({}));
    let modules = info["modules"].as_array().expect("modules").iter();
    let names = modules.flat_map(|module| module["factories"].as_array().expect("factories").clone());
    let classes = names.map(|name| Class::find(name.as_str().expect("a name")).expect("declared"));
    let classes = classes.chain(Class::find("ServerManager"));
    classes.flat_map(|class| class.all_events().map(|event| (class.name, event.name))).collect()
}

fn silent() -> BTreeMap<Pair, &'static str> {
    SILENT.iter().flat_map(|(classes, event, why)| classes.iter().map(|class| ((*class, *event), *why))).collect()
}

#[test]
fn every_event_of_every_class_is_caused_by_a_real_act_or_listed_with_the_reason() {
    let (declared, silent) = (declared(), silent());
    let caused: BTreeSet<Pair> = acts::ACTS.iter().flat_map(acts::Act::caused).collect();
    let uncaused: Vec<_> =
        declared.iter().filter(|pair| !caused.contains(*pair) && !silent.contains_key(*pair)).collect();
    assert!(uncaused.is_empty(), "neither caused nor listed: {uncaused:?}");
    let heard: BTreeSet<Pair> = acts::ACTS.iter().flat_map(acts::Act::perform).collect();
    let loud: Vec<_> = silent.keys().filter(|pair| heard.contains(*pair)).collect();
    assert!(loud.is_empty(), "listed as silent, and heard: {loud:?}");
    let unknown: Vec<_> = silent.keys().filter(|pair| !declared.contains(*pair)).collect();
    assert!(unknown.is_empty(), "listed, and not declared: {unknown:?}");
    println!("{} events of classes: {} caused, {} listed", declared.len(), caused.len(), silent.len());
    for ((class, event), why) in &silent {
        println!("  {class} {event}: {why}");
    }
}
