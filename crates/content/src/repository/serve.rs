//! Items over HTTP: sent with ranges (RFC 9110 §14), received raw or as a form (RFC 7578).

use super::Item;
use super::head::ItemState;
use super::store::Chunks;
use crate::error::{Code, ContentError};
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use futures_util::StreamExt;
use futures_util::stream::{empty, try_unfold};
use std::io;

/// A range that is asked for.
#[derive(Debug, PartialEq)]
enum Asked {
    Whole,
    /// From one byte up to another, which is not empty.
    Part(u64, u64),
    /// Beyond the end.
    Nothing,
}

/// The answer to a GET.
///
/// # Errors
/// 20036 for an item that has no media or is getting it.
pub(crate) async fn send(item: &Item, headers: &HeaderMap) -> Result<Response<Chunks>, ContentError> {
    let bytes = match item.state().await? {
        ItemState::Complete { bytes } | ItemState::Incomplete { bytes } => bytes,
        ItemState::Empty | ItemState::Recording => return Err(Code(20036).into()),
    };
    // An item is recorded once, so its media never changes.
    let tag = format!("\"{}\"", item.id());
    let same = headers.get(IF_RANGE).is_none_or(|known| known.as_bytes() == tag.as_bytes());
    let range = headers.get(RANGE).filter(|_| same).and_then(|range| range.to_str().ok());
    let (status, from, to) = match range.map_or(Asked::Whole, |range| asked(range, bytes)) {
        Asked::Whole => (StatusCode::OK, 0, bytes),
        Asked::Part(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
        Asked::Nothing => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0),
    };
    let chunks = if to > from { item.read(from, to).await? } else { empty().boxed() };
    let mut response = Response::new(chunks);
    *response.status_mut() = status;
    let text = |text: &str| HeaderValue::from_str(text).ok();
    let kind = item.content_type().await?.and_then(|kind| text(&kind));
    let part = match status {
        StatusCode::PARTIAL_CONTENT => text(&format!("bytes {from}-{}/{bytes}", to - 1)),
        StatusCode::RANGE_NOT_SATISFIABLE => text(&format!("bytes */{bytes}")),
        _ => None,
    };
    let own = [
        (ACCEPT_RANGES, text("bytes")),
        (CONTENT_LENGTH, Some(HeaderValue::from(to - from))),
        (CONTENT_TYPE, kind.or(text("application/octet-stream"))),
        (CONTENT_RANGE, part),
        (ETAG, text(&tag)),
    ];
    response.headers_mut().extend(own.into_iter().filter_map(|(name, value)| Some((name, value?))));
    Ok(response)
}

/// Reads a `Range` header. What is no single range of bytes is as if it were not there, which RFC 9110 §14.2 allows.
fn asked(range: &str, bytes: u64) -> Asked {
    let part = range.strip_prefix("bytes=").and_then(|part| part.trim().split_once('-'));
    let Some((first, last)) = part else { return Asked::Whole };
    let (first, last) = match (first.parse::<u64>(), last.parse::<u64>(), last.is_empty()) {
        (Ok(first), Ok(last), _) if first <= last => (first, last.saturating_add(1).min(bytes)),
        (Ok(first), _, true) => (first, bytes),
        // The last so many.
        (Err(_), Ok(count), _) if first.is_empty() => (bytes.saturating_sub(count), bytes),
        _ => return Asked::Whole,
    };
    if first < last { Asked::Part(first, last) } else { Asked::Nothing }
}

/// Receives an upload: the body as it is, or the first file of a form.
///
/// # Errors
/// 20026 for an upload that ends before it is whole: what came is kept. 20035, 20039, 20040.
pub(crate) async fn receive(
    item: &Item,
    content_type: Option<&str>,
    body: Chunks,
) -> Result<axum::response::Response, ContentError> {
    let boundary = content_type.and_then(|kind| multer::parse_boundary(kind).ok());
    match boundary {
        None => item.receive(content_type, body).await?,
        Some(boundary) => {
            let broken = |error: multer::Error| ContentError::about(20026, error);
            let mut form = multer::Multipart::new(body, boundary);
            let field = loop {
                match form.next_field().await.map_err(broken)? {
                    Some(field) if field.file_name().is_some() => break field,
                    Some(_) => {}
                    None => return Err(ContentError::about(20026, "the form holds no file")),
                }
            };
            let kind = field.content_type().map(|kind| kind.to_string());
            let file = try_unfold(field, |mut field| async move {
                let chunk = field.chunk().await.map_err(io::Error::other)?;
                Ok(chunk.map(|chunk| (chunk, field)))
            });
            item.receive(kind.as_deref(), Box::pin(file)).await?
        }
    };
    Ok(StatusCode::CREATED.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        let cases = [
            ("bytes=0-0", Asked::Part(0, 1)),
            ("bytes=5-", Asked::Part(5, 10)),
            ("bytes=-3", Asked::Part(7, 10)),
            ("bytes=-30", Asked::Part(0, 10)),
            ("bytes=2-99999999999", Asked::Part(2, 10)),
            ("bytes=10-", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=3-2", Asked::Whole),
            ("bytes=0-1,4-5", Asked::Whole),
            ("lines=1-2", Asked::Whole),
            ("bytes=x-2", Asked::Whole),
        ];
        for (range, expected) in cases {
            assert_eq!(asked(range, 10), expected, "{range}");
        }
    }
}
