//! The pages of the samples, and what they recorded.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use std::path::{Path, PathBuf};
use tower_http::services::ServeDir;

macro_rules! page {
    ($name:literal, $mime:expr) => {
        ($name, $mime, include_str!(concat!("../web/", $name)))
    };
}

const HTML: &str = "text/html; charset=utf-8";
const MODULE: &str = "text/javascript; charset=utf-8";

/// What the browser gets: name, MIME type, text.
const PAGES: &[(&str, &str, &str)] = &[
    page!("broadcast.html", HTML),
    page!("broadcast.js", MODULE),
    page!("call.html", HTML),
    page!("call.js", MODULE),
    page!("codes.html", HTML),
    page!("codes.js", MODULE),
    page!("group.html", HTML),
    page!("group.js", MODULE),
    page!("index.html", HTML),
    page!("player.html", HTML),
    page!("player.js", MODULE),
    page!("recorder.html", HTML),
    page!("recorder.js", MODULE),
    page!("samples.css", "text/css; charset=utf-8"),
    page!("walk.js", MODULE),
];

/// `/samples/`, with the recordings under it, and the magic mirror.
pub fn routes(recordings: &Path) -> Router {
    let pages = PAGES.iter().fold(Router::new(), |router, (name, mime, text)| {
        router.route(&format!("/samples/{name}"), get(move || async move { file(mime, *text) }))
    });
    pages
        .route("/", get(|| async { file(HTML, mirror()) }))
        .route("/samples", get(|| async { Redirect::permanent("/samples/") }))
        .route("/samples/", get(|| async { file(HTML, include_str!("../web/index.html")) }))
        .nest_service("/samples/recordings", ServeDir::new(recordings))
}

fn file(mime: &'static str, text: impl IntoResponse) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, "no-cache")], text)
}

/// The magic mirror's page, with a way from there to here.
fn mirror() -> String {
    let page = trellis_html5::file("/").map(|(_, bytes)| String::from_utf8_lossy(bytes)).unwrap_or_default();
    page.replacen("</header>", "  <nav><a href=\"/samples/\">More samples</a></nav>\n  </header>", 1)
}

/// A file of the recordings: what a person typed, reduced to what names a file everywhere, and something that makes it
/// one's own.
pub fn recording(folder: &Path, name: &str, own: &str) -> PathBuf {
    let plain = |text: &str, most: usize| -> String {
        text.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').take(most).collect()
    };
    folder.join(format!("{}-{}.webm", plain(name, 40), plain(own, 8)))
}

/// The URI of a file whose folder the server's own configuration names.
pub fn uri(file: &Path) -> String {
    format!("file://{}", file.display())
}

/// The name of a file, for a page.
pub fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_leads_to_the_samples() {
        assert!(mirror().contains(r#"<a href="/samples/">"#));
    }

    #[test]
    fn what_a_person_types_names_no_other_folder() {
        let file = recording(Path::new("/r"), "../../etc/passwd", "12345678-9abc");
        assert_eq!(file, Path::new("/r/etcpasswd-12345678.webm"));
    }
}
