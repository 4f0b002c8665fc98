//! ServerManager: what the server says of itself.

mod support;

use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use support::{Client, real};

const MANAGER: &str = "manager_ServerManager";

#[test]
fn every_module_is_told_with_its_version_and_only_what_can_be_created_is_among_the_factories() {
    let control = real(std::path::Path::new("/"));
    let mut client = Client::of(&control);
    let info = client.value(MANAGER, "getInfo", json!({}));
    let told: Vec<(&Json, &Json)> =
        info["modules"].as_array().unwrap().iter().map(|module| (&module["name"], &module["version"])).collect();
    let declared = trellis_model::modules();
    let declared: Vec<(Json, Json)> =
        declared.iter().map(|module| (module.name.into(), module.version.into())).collect();
    assert!(declared.iter().map(|(name, version)| (name, version)).eq(told));
    let made: BTreeSet<&str> = info["modules"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|module| module["factories"].as_array().unwrap())
        .filter_map(Json::as_str)
        .collect();
    for name in ["MediaPipeline", "PassThrough", "PlayerEndpoint", "WebRtcEndpoint", "FaceOverlayFilter"] {
        assert!(made.contains(name), "{name}");
    }
    for name in ["MediaElement", "Hub", "ServerManager", "OpenCVFilter"] {
        assert!(!made.contains(name), "{name} is abstract");
    }
}

#[test]
fn a_class_that_is_no_factory_is_refused_by_every_name_and_a_factory_is_not() {
    let control = real(std::path::Path::new("/"));
    let mut client = Client::of(&control);
    let info = client.value(MANAGER, "getInfo", json!({}));
    let pipeline = client.create("MediaPipeline", json!({}));
    let mut refused = 0;
    for class in trellis_model::classes() {
        let modules = info["modules"].as_array().unwrap();
        let module = modules.iter().find(|module| module["name"] == class.module).unwrap();
        let made = module["factories"].as_array().unwrap().iter().any(|name| name == class.name);
        // What else its constructor needs does not matter: whether there is a factory is known first.
        let params = json!({ "mediaPipeline": pipeline, "uri": "/nothing" });
        for name in [class.name.to_owned(), class.qualified_name()] {
            let answer = client.call("create", json!({ "type": name, "constructorParams": params }));
            let error = &answer["error"];
            if made {
                assert_ne!(error["code"], 40_108, "{name}: {answer}");
            } else {
                refused += 1;
                assert_eq!(error["code"], 40_108, "{name}: {answer}");
                assert_eq!(error["message"], format!("Factory '{name}' not found"));
            }
        }
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn the_descriptor_of_each_module_is_given_as_text() {
    let control = real(std::path::Path::new("/"));
    let mut client = Client::of(&control);
    let info = client.value(MANAGER, "getInfo", json!({}));
    for module in info["modules"].as_array().unwrap() {
        let text = client.value(MANAGER, "getKmd", json!({ "moduleName": module["name"] }));
        let kmd: Json = serde_json::from_str(text.as_str().unwrap()).unwrap();
        assert_eq!((&kmd["name"], &kmd["version"]), (&module["name"], &module["version"]));
        let declared: Vec<&str> =
            kmd["remoteClasses"].as_array().unwrap().iter().filter_map(|class| class["name"].as_str()).collect();
        for factory in module["factories"].as_array().unwrap() {
            assert!(declared.contains(&factory.as_str().unwrap()), "{factory} is not in {}", module["name"]);
        }
    }
    assert_eq!(client.code(MANAGER, "getKmd", json!({ "moduleName": "nothing" })), 40_500);
}

#[test]
fn the_process_and_what_is_in_it_are_told_as_they_are() {
    let control = real(std::path::Path::new("/"));
    let mut client = Client::of(&control);
    let pipeline = client.create("MediaPipeline", json!({}));
    assert_eq!(client.value(MANAGER, "getPipelines", json!({})), json!([pipeline]));
    let session = client.ok("describe", json!({ "object": MANAGER }))["sessionId"].clone();
    assert_eq!(client.value(MANAGER, "getSessions", json!({})), json!([session]));
    assert_eq!(client.value(MANAGER, "getMetadata", json!({})), "");
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(client.value(MANAGER, "getCpuCount", json!({})), json!(cores));
    let before = client.value(MANAGER, "getUsedMemory", json!({})).as_i64().unwrap();
    let taken = vec![1u8; 64 << 20];
    let after = client.value(MANAGER, "getUsedMemory", json!({})).as_i64().unwrap();
    assert!(taken.iter().all(|byte| *byte == 1));
    assert!((60_000..100_000).contains(&(after - before)), "{} KiB more for 64 MiB", after - before);
}

#[test]
fn the_cpu_is_measured_for_the_interval_and_nobody_else_waits() {
    let control = real(std::path::Path::new("/"));
    let (mut one, mut other) = (Client::of(&control), Client::of(&control));
    let used = std::thread::scope(|scope| {
        let used = scope.spawn(move || one.value(MANAGER, "getUsedCpu", json!({ "interval": 1_000 })));
        let pipeline = other.create("MediaPipeline", json!({}));
        other.value(&pipeline, "getName", json!({}));
        assert!(!used.is_finished(), "the other socket waited");
        used.join().unwrap()
    });
    let used = used.as_f64().unwrap();
    assert!(used > 0.0 && used < 110.0, "{used} %");
    for interval in [0, -5, 1_000_000] {
        let mut client = Client::of(&control);
        assert_eq!(client.code(MANAGER, "getUsedCpu", json!({ "interval": interval })), 40_107);
    }
}
