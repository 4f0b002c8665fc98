//! The web page, its modules and the browser SDK, embedded as they are: there is no build step, and `cargo build` needs
//! no Node.
//!
//! What lies in `web/` is what the browser gets at `/`, and what lies in `sdk/` at `/sdk/`. The modules carry their types
//! in JSDoc comments; the tests run TypeScript's checker over them. `sdk/trellis.js` and `sdk/trellis.mjs` are the SDK in
//! one file, which `cargo xtask sdk` makes from the other modules there.

#![forbid(unsafe_code)]

/// One file that the server gives to a browser.
struct Asset {
    path: &'static str,
    mime: &'static str,
    bytes: &'static [u8],
}

macro_rules! asset {
    ($path:literal, $mime:expr) => {
        Asset { path: $path, mime: $mime, bytes: include_bytes!(concat!("../web/", $path)) }
    };
}

macro_rules! sdk {
    ($file:literal) => {
        Asset { path: concat!("sdk/", $file), mime: MODULE, bytes: include_bytes!(concat!("../sdk/", $file)) }
    };
}

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const MODULE: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";

const ASSETS: &[Asset] = &[
    asset!("index.html", HTML),
    asset!("style.css", STYLE),
    asset!("access.js", MODULE),
    asset!("app.js", MODULE),
    asset!("figures.js", MODULE),
    asset!("mirror.js", MODULE),
    asset!("plans.js", MODULE),
    asset!("source.js", MODULE),
    asset!("view.js", MODULE),
    asset!("hat.svg", SVG),
    asset!("hat.png", PNG),
    sdk!("content.js"),
    sdk!("devices.js"),
    sdk!("endpoint.js"),
    sdk!("errors.js"),
    sdk!("events.js"),
    sdk!("http.js"),
    sdk!("index.js"),
    sdk!("negotiation.js"),
    sdk!("player.js"),
    sdk!("session.js"),
    sdk!("socket.js"),
    sdk!("trellis.js"),
    sdk!("trellis.mjs"),
    sdk!("uploader.js"),
    sdk!("webrtc-content.js"),
];

/// The file at an HTTP path, as its MIME type and its bytes; the page itself at `/`.
///
/// Paths are compared as they are, so nothing outside the table can be named.
pub fn file(path: &str) -> Option<(&'static str, &'static [u8])> {
    let name = match path.strip_prefix('/').unwrap_or(path) {
        "" => "index.html",
        name => name,
    };
    ASSETS.iter().find(|asset| asset.path == name).map(|asset| (asset.mime, asset.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str) -> &'static str {
        std::str::from_utf8(file(path).unwrap().1).unwrap()
    }

    /// The quoted strings of a text that end in one of these extensions, without a leading `./`.
    fn named_files(text: &'static str) -> impl Iterator<Item = &'static str> {
        let quoted = text.split(['"', '\'']).map(|word| word.strip_prefix("./").unwrap_or(word));
        quoted.filter(|word| [".js", ".css", ".svg", ".png"].iter().any(|extension| word.ends_with(extension)))
    }

    #[test]
    fn the_page_is_at_the_root() {
        let (mime, bytes) = file("/").unwrap();
        assert_eq!(mime, HTML);
        assert!(bytes.starts_with(b"<!doctype html>"));
    }

    #[test]
    fn every_file_that_the_page_and_its_modules_name_is_embedded() {
        for asset in ASSETS.iter().filter(|asset| asset.mime == HTML || asset.mime == MODULE) {
            let folder = asset.path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            for name in named_files(text(asset.path)) {
                assert!(file(&format!("{folder}{name}")).is_some(), "{} names {name}", asset.path);
            }
        }
    }

    #[test]
    fn every_file_in_the_folders_is_embedded() {
        for (folder, place) in [("web", ""), ("sdk", "sdk/")] {
            for entry in std::fs::read_dir(format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!(file(&format!("{place}{name}")).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn the_hat_is_a_png_with_alpha() {
        let (_, bytes) = file("/hat.png").unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
        // The colour type of the header chunk (PNG specification 11.2.1): 6 is colour with alpha.
        assert_eq!(bytes[25], 6);
        assert!(bytes.len() < 30_000);
    }

    #[test]
    fn nothing_outside_the_folder_can_be_named() {
        for path in ["/../Cargo.toml", "//index.html", "/INDEX.HTML", "/web/index.html", "index.html/"] {
            assert!(file(path).is_none(), "{path}");
        }
    }
}
