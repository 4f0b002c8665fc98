//! What is exported is what Kurento published: each module's descriptor is compared with Kurento's, member by member.
//!
//! Kurento's descriptors lie beside the media folder, in `kmd`: at `$TRELLIS_MEDIA/../kmd`, by default
//! `../shared/kmd`. Without them the tests are counted as skipped.

use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where an exported descriptor is not Kurento's, and why. `*` in a path stands for any one step, `**` at its end for all
/// that is left.
const DIFFERENT: &[(&str, &str)] = &[
    ("*/version", "what Trellis is compatible with is the release 7.3.0; these descriptors are of what came after it"),
    ("*/code/api/js/npmDescription", "prose, and so our own"),
    ("*/remoteClasses/*/constructor/params/*/final", "says nothing: what a constructor is given is given once"),
    ("markerdetector/remoteClasses/ArMarkerdetector/methods/*/return/name", "a result has no name on the wire"),
    ("elements/remoteClasses/HttpGetEndpoint/**", "of Kurento 5 and 6, which 7 has no longer: media over HTTP"),
    ("elements/remoteClasses/WebRtcEndpoint/methods/getRtcStats/**", "our own: statistics as the W3C has them today"),
];

/// Published modules that are not declared here, and why.
const NOT_DECLARED: &[(&str, &str)] = &[
    ("gstreamerexample", "a template for authors of modules in C"),
    ("opencvexample", "a template for authors of modules in C++"),
];

fn folder() -> Option<PathBuf> {
    let media = std::env::var_os("TRELLIS_MEDIA").map(PathBuf::from);
    let media = media.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media"));
    let folder = media.join("../kmd").canonicalize().ok();
    if folder.is_none() {
        println!("skipped: no descriptors of Kurento (kmd)");
    }
    folder
}

/// JSON as descriptors have it: with `//` comments and with line ends within texts.
fn lenient(text: &str) -> Json {
    let (mut strict, mut letters, mut quoted) = (String::new(), text.chars().peekable(), false);
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quoted => strict.extend([Some(letter), letters.next()].into_iter().flatten()),
            '\n' | '\r' | '\t' if quoted => strict.push(' '),
            '/' if !quoted && letters.peek() == Some(&'/') => {
                while letters.next_if(|letter| *letter != '\n').is_some() {}
            }
            _ => {
                quoted ^= letter == '"';
                strict.push(letter);
            }
        }
    }
    serde_json::from_str(&strict).expect("a descriptor")
}

/// All files of a folder, those within its folders too.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Kurento's modules by name: the file that names the module, with what the files beside it declare.
fn published(folder: &Path) -> BTreeMap<String, Json> {
    let mut folders: BTreeMap<PathBuf, Map<String, Json>> = BTreeMap::new();
    for path in files(folder) {
        let module = folders.entry(path.parent().expect("a folder").to_owned()).or_default();
        let Json::Object(part) = lenient(&std::fs::read_to_string(&path).expect("a file")) else { panic!("{path:?}") };
        for (key, value) in part {
            match (module.get_mut(&key), value) {
                (Some(Json::Array(all)), Json::Array(more)) => all.extend(more),
                (None, value) => drop(module.insert(key, value)),
                (Some(_), _) => panic!("{key} twice in {path:?}"),
            }
        }
    }
    let named = |module: Map<String, Json>| (module["name"].as_str().expect("a name").to_owned(), module.into());
    folders.into_values().map(named).collect()
}

/// Every leaf of a descriptor by its path. What has a name is found by it, so that order does not count, but the order of
/// parameters does. Prose is left out; a flag that is not set and a list that holds nothing are as if they were not there.
fn leaves(json: &Json, path: &str, into: &mut BTreeMap<String, Json>) {
    match json {
        Json::Object(members) => {
            for (key, value) in members.iter().filter(|(key, _)| *key != "doc") {
                let default = key == "defaultValue";
                if default || key == "values" || (key == "events" && path.contains('/')) {
                    into.insert(format!("{path}/{key}"), if default { value.clone() } else { sorted(value) });
                } else if *value != Json::Bool(false) {
                    leaves(value, &format!("{path}/{key}"), into);
                }
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let name = item["name"].as_str().unwrap_or_else(|| panic!("no name in {path}: {item}"));
                assert!(into.insert(format!("{path}/{name}"), Json::Null).is_none(), "{path}/{name} twice");
                if path.ends_with("/params") {
                    into.insert(format!("{path}/{name}/at"), index.into());
                }
                leaves(item, &format!("{path}/{name}"), into);
            }
        }
        leaf => drop(into.insert(path.to_owned(), leaf.clone())),
    }
}

fn sorted(names: &Json) -> Json {
    let mut names: Vec<String> =
        names.as_array().expect("a list").iter().map(|name| name.as_str().expect("a name").to_owned()).collect();
    names.sort();
    names.into()
}

fn fits(pattern: &str, path: &str) -> bool {
    if let Some(above) = pattern.strip_suffix("/**") {
        return path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    }
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len() && pattern.iter().zip(path).all(|(wanted, step)| *wanted == "*" || *wanted == step)
}

#[test]
fn each_descriptor_is_kurentos_but_for_what_is_listed() {
    let Some(folder) = folder() else { return };
    let (mut wrong, mut used, mut compared) = (Vec::new(), [0; DIFFERENT.len()], 0);
    let published = published(&folder);
    for (name, theirs) in &published {
        let Some(ours) = trellis_model::kmd(name) else {
            assert!(NOT_DECLARED.iter().any(|(known, _)| known == name), "{name} is not declared");
            continue;
        };
        let (mut our, mut their) = (BTreeMap::new(), BTreeMap::new());
        leaves(&ours, name, &mut our);
        leaves(theirs, name, &mut their);
        compared += their.len();
        let both: std::collections::BTreeSet<&String> = our.keys().chain(their.keys()).collect();
        for path in both {
            let (our, their) = (our.get(path), their.get(path));
            if our != their {
                match DIFFERENT.iter().position(|(pattern, _)| fits(pattern, path)) {
                    Some(listed) => used[listed] += 1,
                    None => wrong.push(format!("{path}: ours is {our:?}, theirs {their:?}")),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 1_500, "only {compared} facts were compared");
    for ((pattern, _), times) in DIFFERENT.iter().zip(used) {
        assert!(times > 0, "{pattern} is listed and differs nowhere");
    }
    for (name, _) in NOT_DECLARED {
        assert!(published.contains_key(*name), "{name} is listed and not published");
    }
}

#[test]
fn no_prose_is_kurentos() {
    let Some(folder) = folder() else { return };
    let prose = |module: &Json| {
        let mut all = Vec::new();
        docs(module, &mut all);
        all
    };
    let ours = trellis_model::modules().into_iter().flat_map(|module| prose(&trellis_model::kmd(module.name).unwrap()));
    let theirs: Vec<String> = published(&folder).values().flat_map(prose).collect();
    // Few words can be put in few ways.
    let ours: Vec<String> = ours.filter(|ours| ours.split(' ').count() > 5).collect();
    let same = ours.iter().filter(|ours| theirs.iter().any(|theirs| theirs.contains(ours.trim_end_matches('.'))));
    assert_eq!(same.collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(ours.len() > 200, "only {} texts were compared", ours.len());
}

fn docs(json: &Json, into: &mut Vec<String>) {
    match json {
        Json::Object(members) => {
            let doc = members.get("doc").and_then(Json::as_str);
            into.extend(doc.map(|doc| doc.split_whitespace().collect::<Vec<_>>().join(" ")));
            members.values().for_each(|value| docs(value, into));
        }
        Json::Array(items) => items.iter().for_each(|item| docs(item, into)),
        _ => {}
    }
}
