//! `kurento.conf.json` and the files of modules beside it.

use super::Imported;
use super::draft::Draft;
use anyhow::{Context, bail};
use configparser::ini::Ini;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// No file of configuration is larger.
const MAX_BYTES: u64 = 1 << 20;
/// Objects within each other that are looked into.
const MAX_DEPTH: usize = 8;

/// Reads Kurento's files: a folder such as `/etc/kurento`, or the main file in it; modules are in `modules` beside it.
///
/// # Errors
/// A file that cannot be read, with its path and line.
pub fn files(path: &Path) -> anyhow::Result<Imported> {
    let main = if path.is_dir() { path.join("kurento.conf.json") } else { path.to_owned() };
    let base = main.parent().map(Path::to_owned).unwrap_or_default();
    let mut draft = Draft::default();
    draft.base = base;
    let place = main.display().to_string();
    let Json::Object(parts) = read(&main)? else { bail!("{place}: not a JSON object") };
    for (name, value) in &parts {
        match name.as_str() {
            "//" => {}
            "metadata" => draft.take(&place, name, value),
            _ => flatten(&mut draft, &place, name, value, MAX_DEPTH),
        }
    }
    for file in modules(&main.with_file_name("modules"))? {
        let place = file.display().to_string();
        let class = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next());
        flatten(&mut draft, &place, class.unwrap_or_default(), &read(&file)?, MAX_DEPTH);
    }
    Ok(draft.done())
}

/// Takes every value of an object by its full name.
fn flatten(draft: &mut Draft, place: &str, name: &str, value: &Json, depth: usize) {
    match value {
        Json::Object(parts) if depth > 0 => {
            for (part, value) in parts.iter().filter(|(part, _)| *part != "//") {
                flatten(draft, place, &format!("{name}.{part}"), value, depth - 1);
            }
        }
        _ => draft.take(place, name, value),
    }
}

fn read(path: &Path) -> anyhow::Result<Json> {
    let place = || path.display().to_string();
    if std::fs::metadata(path).with_context(place)?.len() > MAX_BYTES {
        bail!("{}: larger than {MAX_BYTES} bytes", path.display());
    }
    let text = std::fs::read_to_string(path).with_context(place)?;
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => serde_json::from_str(&text).with_context(place),
        Some("ini") => ini(&text).with_context(place),
        _ => bail!("{}: only .json and .ini files are read; rewrite it as one of those", path.display()),
    }
}

/// An INI file as the object that it means: sections are objects.
fn ini(text: &str) -> anyhow::Result<Json> {
    let mut reader = Ini::new_cs();
    let mut rules = reader.defaults();
    // URLs hold what would begin a comment.
    rules.inline_comment_symbols = Some(Vec::new());
    rules.delimiters = vec!['='];
    reader.load_defaults(rules);
    let read = reader.read(text.to_owned()).map_err(anyhow::Error::msg)?;
    let mut object = serde_json::Map::new();
    for (section, properties) in read {
        let values = properties.into_iter().map(|(key, value)| (key, value.map_or(Json::Null, Json::from)));
        match section.as_str() {
            "default" => object.extend(values),
            _ => {
                object.insert(section, Json::Object(values.collect()));
            }
        }
    }
    Ok(object.into())
}

/// The files `modules/<prefix>/<Class>.conf.*`, in the order of their names.
fn modules(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for prefix in entries(folder)? {
        if prefix.is_dir() {
            let named = |path: &PathBuf| {
                path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains(".conf."))
            };
            found.extend(entries(&prefix)?.into_iter().filter(named));
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Composite, Config};

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn what_an_operator_has_becomes_ours_and_the_rest_a_warning_each() {
        let main = r#"{ "//": "a comment", "//": "another", "mediaServer": {
            "resources": { "garbageCollectorPeriod": 100, "disableRequestCache": true, "killLimit": 0.7 },
            "net": { "websocket": { "port": 9999, "address": "127.0.0.5", "path": "media", "threads": 10, "wings": 2, "secure": { "port": 8433, "certificate": "all.pem" } } } },
            "metadata": { "colour": "green" } }"#;
        let folder = folder(&[
            ("kurento.conf.json", main),
            ("modules/kurento/UriEndpoint.conf.ini", "; where\ndefaultPath=file:///srv/media/\n"),
            (
                "modules/kurento/WebRtcEndpoint.conf.ini",
                "externalIPv4=203.0.113.7\nexternalIPv6=2001:db8::7\niceTcp=1\n",
            ),
            ("modules/kurento/BaseRtpEndpoint.conf.ini", "minPort=50000\nmaxPort=half\n"),
            (
                "modules/kurento/SdpEndpoint.conf.json",
                r#"{ "numAudioMedias": 1, "audioCodecs": [{ "name": "opus/48000/2" }] }"#,
            ),
            ("modules/kurento/Composite.conf.ini", "width=1280\nheight=720\nframerate=0\n"),
            ("modules/kurento/notes.txt", "nothing"),
        ]);
        let imported = files(folder.path()).unwrap();
        let config: Config = imported.table.try_into().unwrap();
        assert_eq!(config.http.listen.to_string(), "127.0.0.5:9999");
        assert_eq!((config.control.garbage_collector_period, config.control.request_cache), (100, false));
        assert_eq!(config.control.metadata, r#"{"colour":"green"}"#);
        assert_eq!((config.limits.kill, config.http.path.as_str()), (Some(0.7), "media"));
        assert_eq!(config.http.tls.unwrap().key, folder.path().join("all.pem"));
        assert_eq!(config.media.default_path, Path::new("/srv/media/"));
        assert_eq!(config.webrtc.listen.unwrap().to_string(), "0.0.0.0:50000");
        assert_eq!(config.webrtc.external_addresses.len(), 2);
        let Composite { width, height, framerate } = config.composite;
        assert_eq!((width, height, framerate), (1_280, 720, 15));
        let warnings = imported.warnings.join("\n");
        for name in [
            "secure.port",
            "threads",
            "wings is not a key",
            "iceTcp",
            "maxPort",
            "numAudioMedias",
            "audioCodecs",
            "framerate",
        ] {
            assert_eq!(
                imported.warnings.iter().filter(|warning| warning.contains(name)).count(),
                1,
                "{name}:\n{warnings}"
            );
        }
        assert_eq!(imported.warnings.len(), 8, "{warnings}");
    }

    #[test]
    fn a_value_that_cannot_be_used_is_a_warning_and_a_file_that_cannot_be_read_an_error() {
        let bad =
            folder(&[("kurento.conf.json", r#"{ "mediaServer": { "net": { "websocket": { "port": 99999 } } } }"#)]);
        let imported = files(bad.path()).unwrap();
        assert!(imported.table.is_empty() && imported.warnings[0].contains("99999"), "{:?}", imported.warnings);
        let port =
            folder(&[("kurento.conf.json", r#"{ "mediaServer": { "net": { "websocket": { "port": "8888" } } } }"#)]);
        let imported = files(port.path()).unwrap();
        assert!(imported.warnings[0].contains("http.listen"), "{:?}", imported.warnings);
        assert_eq!(imported.table["http"]["listen"].as_str(), Some("127.0.0.1:8888"));
        for (name, text) in [("kurento.conf.json", "{"), ("kurento.conf.json", "[]"), ("kurento.conf.xml", "<x/>")] {
            let folder = folder(&[(name, text)]);
            let error = format!("{:#}", files(&folder.path().join(name)).unwrap_err());
            assert!(error.contains(name), "{error}");
        }
        assert!(files(Path::new("/nowhere")).is_err());
    }
}
