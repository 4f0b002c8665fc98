//! Where clients find the media of HTTP contents.

use super::TUNNELS;
use crate::error::{Code, ContentError};
use crate::session::core::{Content, Core};
use crate::settings::Delivery;
use axum::http::Uri;
use std::sync::Arc;

/// The URL of a session's media for its client: the media server's, or that of a tunnel which is opened here.
pub(super) fn url_of(core: &Arc<Core>, content: &Content, prefix: &str) -> Result<String, ContentError> {
    match (content, core.route.access.delivery) {
        (Content::Url(url), Delivery::Redirect) => Ok(url.clone()),
        (Content::Url(_) | Content::Item(_), _) => {
            core.shared.registry.open_tunnel(core);
            let base = core.shared.settings.public_url.as_deref().unwrap_or(prefix).trim_end_matches('/');
            Ok(format!("{base}{TUNNELS}/{}", core.tunnel))
        }
        (Content::Sdp(_), _) => Err(Code::INTERNAL.into()),
    }
}

/// The URL that a tunnel leads to.
///
/// # Errors
/// 20012 for what is no plain HTTP: the media server is near, and TLS ends before it.
pub(super) fn target(url: &str) -> Result<Uri, ContentError> {
    let uri: Uri = url.parse().map_err(|_| ContentError::from(Code(20012)))?;
    match (uri.scheme_str(), uri.authority()) {
        (Some("http"), Some(_)) => Ok(uri),
        _ => Err(Code(20012).into()),
    }
}
