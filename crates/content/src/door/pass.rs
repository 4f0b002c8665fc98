//! Which headers a tunnel passes: those that Kurento's did, without the hop-by-hop ones (RFC 9110 §7.6.1), and with
//! those that say how the body is framed and what it is.

use axum::http::HeaderMap;
use axum::http::header::HeaderName;

const TO_MEDIA: &[&str] = &[
    "cache-control",
    "content-length",
    "content-type",
    "date",
    "expect",
    "max-forwards",
    "pragma",
    "range",
    "via",
    "x-forwarded-for",
];
/// Beginnings of names.
const TO_MEDIA_ALL: &[&str] = &["accept", "if-"];

const TO_CLIENT: &[&str] = &[
    "accept-ranges",
    "cache-control",
    "content-encoding",
    "content-length",
    "content-location",
    "content-md5",
    "content-range",
    "content-type",
    "etag",
    "expires",
    "last-modified",
];

/// The headers of a client's request that the media server gets.
pub(super) fn to_media(headers: &HeaderMap) -> HeaderMap {
    kept(headers, |name| TO_MEDIA.contains(&name) || TO_MEDIA_ALL.iter().any(|start| name.starts_with(start)))
}

/// The headers of the media server's answer that the client gets.
pub(super) fn to_client(headers: &HeaderMap) -> HeaderMap {
    kept(headers, |name| TO_CLIENT.contains(&name))
}

fn kept(headers: &HeaderMap, keep: impl Fn(&str) -> bool) -> HeaderMap {
    let all = headers.iter().filter(|(name, _)| keep(name.as_str()));
    let mut kept = HeaderMap::new();
    for (name, value) in all {
        kept.append(HeaderName::clone(name), value.clone());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn neither_cookies_nor_tokens_pass() {
        let all = ["cookie", "authorization", "connection", "te", "host", "range", "if-none-match", "accept-language"];
        let headers: HeaderMap =
            all.iter().map(|name| (HeaderName::from_static(name), HeaderValue::from_static("x"))).collect();
        assert_eq!(names(&to_media(&headers)), ["accept-language", "if-none-match", "range"]);
        let all = ["set-cookie", "server", "transfer-encoding", "content-range", "etag", "x-own"];
        let headers: HeaderMap =
            all.iter().map(|name| (HeaderName::from_static(name), HeaderValue::from_static("x"))).collect();
        assert_eq!(names(&to_client(&headers)), ["content-range", "etag"]);
    }
}
