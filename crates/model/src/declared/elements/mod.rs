//! Module `elements`: endpoints and hubs.

mod files;
mod http;
mod hubs;
mod rtp;
mod webrtc;

use super::KURENTO_VERSION;
use crate::Module;

pub(super) static MODULE: Module = Module {
    name: "elements",
    version: KURENTO_VERSION,
    doc: "Endpoints for browsers, RTP, files and HTTP, and hubs for many parties.",
    kurento_version: Some("^7.1.0"),
    imports: &[],
    packages: &[
        ("kmd.java.mavenGroupId", "org.kurento"),
        ("kmd.java.mavenArtifactId", "kms-api-elements"),
        ("api.java.packageName", "org.kurento.client"),
        ("api.java.mavenGroupId", "org.kurento"),
        ("api.java.mavenArtifactId", "kurento-client"),
        ("api.js.nodeName", "kurento-client-elements"),
        ("api.js.npmDescription", "Endpoints and hubs, for JavaScript"),
        ("api.js.npmGit", "https://github.com/Kurento/kurento-client-elements-js.git"),
        ("implementation.cppNamespace", "kurento"),
    ],
    parts: &[&webrtc::PART, &rtp::PART, &files::PART, &http::PART, &hubs::PART],
};
