//! URIs of files.

use std::path::{Path, PathBuf};

/// Why a URI does not name a file here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// A scheme that nothing here opens.
    #[error("'{0}' URIs are not supported; a path or a file:// URI is")]
    Scheme(String),
    /// A percent escape that is not one.
    #[error("'{0}' holds a bad percent escape")]
    Escape(String),
}

/// The path of a `file:` URI, or a path as it is.
pub fn path_of(uri: &str) -> Result<PathBuf, UriError> {
    let Some((scheme, rest)) = uri.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
        return Ok(PathBuf::from(uri));
    };
    if !scheme.eq_ignore_ascii_case("file") {
        return Err(UriError::Scheme(scheme.to_owned()));
    }
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => rest,
    };
    unescape(path).ok_or_else(|| UriError::Escape(uri.to_owned()))
}

/// The path of a URI, relative ones in a folder.
pub fn path_in(folder: &Path, uri: &str) -> Result<PathBuf, UriError> {
    Ok(folder.join(path_of(uri)?))
}

fn is_scheme(text: &str) -> bool {
    text.len() > 1 && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn unescape(path: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_file_uris_name_files() {
        for (uri, path) in [
            ("clip.mp4", "clip.mp4"),
            ("/a b/clip.mp4", "/a b/clip.mp4"),
            ("file:///a%20b/clip.mp4", "/a b/clip.mp4"),
            ("file://localhost/x", "/x"),
            ("file:/x", "/x"),
        ] {
            assert_eq!(path_of(uri), Ok(PathBuf::from(path)), "{uri}");
        }
        assert_eq!(path_of("rtmp://h/x"), Err(UriError::Scheme("rtmp".into())));
        assert!(path_of("file:///%zz").is_err() && path_of("file:///%f").is_err());
        assert_eq!(path_in(Path::new("/base"), "x.webm"), Ok(PathBuf::from("/base/x.webm")));
    }
}
