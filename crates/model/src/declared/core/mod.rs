//! Module `core`: what every object, element and endpoint has.

mod element;
mod endpoint;
mod object;
mod server;
mod stats;

use super::KURENTO_VERSION;
use crate::Module;

pub(super) static MODULE: Module = Module {
    name: "core",
    version: KURENTO_VERSION,
    doc: "Objects, pipelines, elements and the endpoints' common ground.",
    kurento_version: None,
    imports: &[],
    packages: &[
        ("kmd.java.mavenGroupId", "org.kurento"),
        ("kmd.java.mavenArtifactId", "kms-api-core"),
        ("api.java.packageName", "org.kurento.client"),
        ("api.java.mavenGroupId", "org.kurento"),
        ("api.java.mavenArtifactId", "kurento-client"),
        ("api.js.nodeName", "kurento-client-core"),
        ("api.js.npmDescription", "Pipelines, elements and endpoints, for JavaScript"),
        ("api.js.npmGit", "https://github.com/Kurento/kurento-client-core-js.git"),
        ("implementation.cppNamespace", "kurento"),
    ],
    parts: &[&object::PART, &server::PART, &element::PART, &endpoint::PART, &stats::PART],
};
