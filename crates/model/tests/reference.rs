//! Pages and types that are made from the declarations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use trellis_model::modules;
use trellis_model::reference::{markdown, typescript};

#[test]
fn the_pages_in_the_documentation_are_what_the_declarations_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    for module in modules() {
        let name = module.name;
        let page = std::fs::read_to_string(folder.join(format!("{name}.md"))).unwrap_or_default();
        let current = markdown(name).expect("a module");
        assert!(page == current, "run: trellis model markdown {name} > docs/reference/{name}.md");
    }
    let pages = std::fs::read_dir(folder).expect("the pages").count();
    assert_eq!(pages, modules().len(), "a page of no module");
    assert!(markdown("nothing").is_none());
}

#[test]
fn every_link_of_a_page_leads_to_a_heading() {
    let pages: BTreeMap<&str, String> =
        modules().iter().map(|module| (module.name, markdown(module.name).expect("a module"))).collect();
    let mut links = 0;
    for (name, page) in &pages {
        for link in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (module, heading) = link.split_once(".md#").expect("a link to a heading");
            let found = pages[module].lines().filter_map(|line| line.strip_prefix("### "));
            assert_eq!(found.filter(|title| title.to_lowercase() == heading).count(), 1, "{link} in {name}");
            links += 1;
        }
    }
    assert!(links > 100, "{links}");
}

#[test]
fn types_are_those_of_the_declarations() {
    let text = typescript("elements").expect("a module");
    for line in [
        "import type {",
        "export interface PlayerEndpointParams {",
        "  useEncodedMedia?: boolean;",
        "export interface PlayerEndpoint extends UriEndpoint {",
        "  play(): Promise<void>;",
        "  getVideoInfo(): Promise<VideoInfo>;",
        "  getICECandidatePairs(): Promise<IceCandidatePair[]>;",
        "  setPosition(position: number): Promise<void>;",
        "export type CertificateKeyType = \"RSA\" | \"ECDSA\";",
        "export interface EndOfStreamEvent extends MediaEvent {",
        "export interface PlayerEndpointEvents extends UriEndpointEvents {",
        "  EndOfStream: EndOfStreamEvent;",
    ] {
        assert!(text.lines().any(|known| known.starts_with(line)), "{line}");
    }
    assert!(!text.contains("setVideoInfo") && !text.contains("String") && !text.contains(": int"));
    let core = typescript("core").expect("a module");
    assert!(core.contains("getStats(mediaType?: MediaType): Promise<Record<string, Stats>>;"));
    assert!(core.contains("  on<K extends keyof NonNullable<this[\"events\"]>>"));
    assert!(!text.contains("  on<K"), "it is inherited");
    assert!(typescript("nothing").is_none());
}

#[test]
fn what_a_module_imports_is_what_another_exports_and_it_does_not_declare() {
    let texts: BTreeMap<&str, String> =
        modules().iter().map(|module| (module.name, typescript(module.name).expect("a module"))).collect();
    let exported = |name: &str| -> BTreeSet<&str> {
        let lines = texts[name].lines().filter_map(|line| line.strip_prefix("export "));
        lines.filter_map(|line| line.split(' ').nth(1)).collect()
    };
    for (name, text) in &texts {
        let mut known = exported(name);
        for line in text.lines().filter_map(|line| line.strip_prefix("import type { ")) {
            let (names, from) = line.split_once(" } from \"./").expect("an import");
            let from = from.strip_suffix(".js\";").expect("a module");
            for imported in names.split(", ") {
                assert!(exported(from).contains(imported), "{name} imports {imported} from {from}");
                assert!(known.insert(imported), "{name} has {imported} twice");
            }
        }
        for extended in text.lines().filter_map(|line| line.split(" extends ").nth(1)).filter(|_| name != &"core") {
            let extended = extended.trim_end_matches(" {");
            assert!(known.contains(extended), "{name} does not know {extended}");
        }
    }
}
