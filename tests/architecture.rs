//! The shape of the project, read from its manifests and sources: who depends on whom, and what every crate keeps to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Where a crate stands.
enum Place {
    /// It may use what stands on lower layers, never beside it or above.
    Layer(u8),
    /// Beside the layers: it may use these crates, and is used by those.
    Side { uses: &'static [&'static str], used_by: &'static [&'static str] },
}
use Place::{Layer, Side};

/// The crates, and crates of others that each must not know.
const PLACES: &[(&str, Place, &[&str])] = &[
    ("samples", Layer(9), CODECS),
    ("server", Layer(8), CODECS),
    ("content", Layer(7), CODECS),
    ("sip", Layer(7), CODECS),
    ("cluster", Layer(7), CODECS),
    // Neither codecs nor the sockets of media.
    ("control", Layer(6), &["ffmpeg-next", "openh264", "env-libvpx-sys", "opus", "rtc", "quinn-udp", "socket2"]),
    // No control protocol.
    ("elements", Layer(5), &["axum", "hyper", "tokio-tungstenite", "serde_json"]),
    // Below elements, which binds it, as docs/architecture.md draws it; it stands on media alone.
    ("vision", Layer(4), CODECS),
    ("webrtc", Layer(4), &["trellis-graph"]),
    ("rtp", Layer(3), CODECS),
    ("codecs", Layer(3), &[]),
    ("containers", Layer(3), &[]),
    // No codec and no protocol.
    ("graph", Layer(2), &["ffmpeg-next", "openh264", "env-libvpx-sys", "opus", "rtc", "rtc-rtcp", "serde_json"]),
    ("negotiator", Layer(1), &["ffmpeg-next", "openh264", "env-libvpx-sys", "opus", "rtc", "rtc-rtcp", "tokio"]),
    // No session and no media: a remote client links it.
    ("model", Layer(1), &["trellis-media", "ffmpeg-next", "rtc", "tokio", "uuid"]),
    ("media", Layer(0), &["ffmpeg-next", "openh264", "env-libvpx-sys", "opus", "rtc", "rtc-rtcp", "tokio"]),
    ("client", Side { uses: &["model", "control"], used_by: &["content", "samples", "server"] }, CODECS),
    ("html5", Side { uses: &[], used_by: &["samples", "server"] }, CODECS),
    ("xtask", Side { uses: &[], used_by: &[] }, CODECS),
];
const CODECS: &[&str] = &["ffmpeg-next", "openh264", "openh264-sys2", "env-libvpx-sys", "opus"];

/// The library of the root package, which stands above everything and has no manifest of its own.
const FACADE: &str = "trellis";
/// Crates that call C. They deny `unsafe`, and allow it module by module.
const CALLS_C: &[&str] = &["codecs", "containers"];
/// Bytes that a source file may have.
const LARGEST_FILE: u64 = 40 * 1024;
/// Lines of code below which a crate holds nothing.
const FEWEST_LINES: usize = 20;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn manifest(folder: &Path) -> Table {
    let path = folder.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Folders under `crates/`, the facade left out.
fn crates() -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.path().is_dir());
    folders.map(|entry| entry.file_name().into_string().unwrap()).filter(|name| name != FACADE).collect()
}

/// Rust sources under a folder, at any depth.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    let deep = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    paths.into_iter().flat_map(deep).filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

/// Names of everything that a manifest depends on: to run, to be built, to be tested, and on single systems.
fn dependencies(manifest: &Table) -> BTreeSet<String> {
    let of = |table: &Table| -> Vec<String> {
        let kinds = ["dependencies", "build-dependencies", "dev-dependencies"];
        let tables = kinds.into_iter().filter_map(|kind| table.get(kind)?.as_table());
        tables.flatten().map(|(name, value)| package_name(name, value)).collect()
    };
    let systems = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let on_systems = systems.filter_map(Value::as_table).flat_map(of);
    of(manifest).into_iter().chain(on_systems).collect()
}

/// The package behind a dependency, whatever it is called here.
fn package_name(name: &str, value: &Value) -> String {
    value.get("package").and_then(Value::as_str).unwrap_or(name).to_owned()
}

fn place(name: &str) -> Option<&'static Place> {
    PLACES.iter().find(|(known, ..)| *known == name).map(|(_, place, _)| place)
}

/// Whether one of our crates may use another.
fn may_use(user: &str, used: &str) -> bool {
    match (place(user), place(used)) {
        (Some(Side { uses, .. }), _) if uses.contains(&used) => true,
        (_, Some(Side { used_by, .. })) => used_by.contains(&user),
        (Some(Layer(upper)), Some(Layer(lower))) => upper > lower,
        _ => false,
    }
}

#[test]
fn dependencies_point_down() {
    let mut wrong = Vec::new();
    for user in crates() {
        let all = dependencies(&manifest(&root().join("crates").join(&user)));
        let ours = all.iter().filter_map(|name| name.strip_prefix("trellis-").or((name == FACADE).then_some(FACADE)));
        wrong.extend(ours.filter(|used| !may_use(&user, used)).map(|used| format!("{user} uses {used}")));
    }
    assert!(wrong.is_empty(), "up or sideways: {wrong:#?}");
}

#[test]
fn crates_do_not_know_what_they_must_not() {
    let mut wrong = Vec::new();
    for (name, _, unknown) in PLACES.iter().filter(|(name, ..)| crates().contains(*name)) {
        let all = dependencies(&manifest(&root().join("crates").join(name)));
        wrong.extend(unknown.iter().filter(|used| all.contains(**used)).map(|used| format!("{name} knows {used}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_rule_knows_up_from_down() {
    assert!(may_use("server", "control") && may_use("graph", "media") && may_use("server", "html5"));
    let wrong = [("media", "graph"), ("rtp", "codecs"), ("negotiator", "graph"), ("graph", "html5"), ("media", FACADE)];
    for (user, used) in wrong {
        assert!(!may_use(user, used), "{user} may use {used}");
    }
    let text = "[dependencies]\na = \"1\"\n[target.'cfg(unix)'.dependencies]\nb = { package = \"trellis-x\" }";
    assert_eq!(dependencies(&text.parse().unwrap()), BTreeSet::from(["a".to_owned(), "trellis-x".to_owned()]));
}

#[test]
fn every_crate_has_a_place_is_a_member_and_holds_something() {
    let workspace = manifest(root());
    let list = |key: &str| workspace["workspace"][key].as_array().unwrap().clone();
    assert_eq!(list("members"), [Value::from("crates/*")]);
    let left_out =
        list("exclude").into_iter().filter_map(|path| path.as_str()?.strip_prefix("crates/").map(str::to_owned));
    assert_eq!(left_out.collect::<Vec<_>>(), [FACADE], "only the facade is no member of its own");
    for name in crates() {
        assert!(place(&name).is_some(), "{name} has no place in the table");
        let folder = root().join("crates").join(&name);
        let package = manifest(&folder)["package"]["name"].as_str().unwrap().to_owned();
        assert!(package == format!("trellis-{name}") || (package == name && name == "xtask"), "{name} is {package}");
        let lines: usize = sources(&folder.join("src")).iter().map(|path| code_lines(path)).sum();
        assert!(lines >= FEWEST_LINES, "{name} holds {lines} lines of code");
    }
}

/// Lines that are neither blank nor comments.
fn code_lines(path: &Path) -> usize {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

#[test]
fn no_source_file_outgrows_a_head() {
    for path in sources(&root().join("crates")) {
        let len = path.metadata().unwrap().len();
        assert!(len <= LARGEST_FILE, "{} has {len} bytes", path.display());
    }
}

#[test]
fn unsafe_is_forbidden_but_where_c_is_called() {
    let mut wrong = Vec::new();
    for name in crates().into_iter().chain([FACADE.to_owned()]) {
        let level = if CALLS_C.contains(&name.as_str()) { "deny" } else { "forbid" };
        let tops = ["lib.rs", "main.rs"].map(|top| root().join("crates").join(&name).join("src").join(top));
        for top in tops.iter().filter(|top| top.is_file()) {
            let text = std::fs::read_to_string(top).unwrap();
            if !text.lines().any(|line| line == format!("#![{level}(unsafe_code)]")) {
                wrong.push(format!("{name}: no {level}(unsafe_code) in {}", top.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
