//! Contents without the control protocol: the request is answered with the media, or takes it.

use super::control::{begin, decide};
use super::delivery::target;
use super::tunnel::{self, Way};
use super::{Visit, plain};
use crate::error::{Code, ContentError};
use crate::kind::Tag;
use crate::protocol::{Constraints, MediaType};
use crate::session::core::{Content, Outcome, Wanted};
use crate::settings::Delivery;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

pub(super) async fn enter(visit: Visit) -> Response {
    match serve(visit).await {
        Ok(response) => response,
        Err(error) => plain(&error),
    }
}

/// Whether a request may get, or bring, the media of a kind of content.
pub(super) fn check(kind: Tag, request: &Request, otherwise: Code) -> Result<(), ContentError> {
    let fits = match kind {
        Tag::HttpRecorder => [Method::POST, Method::PUT].contains(request.method()),
        _ => request.method() == Method::GET,
    };
    if fits {
        return Ok(());
    }
    let header = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let json = request.method() == Method::POST && header.is_some() && MediaType::read(header).is_ok();
    Err(if json { Code(10010) } else { otherwise }.into())
}

async fn serve(visit: Visit) -> Result<Response, ContentError> {
    let kind = visit.desk.route.kind;
    check(kind, &visit.request, Code(10002))?;
    let (desk, asked, body) = visit.ask();
    let parts = asked.parts.clone();
    let core = begin(&desk, asked)?;
    let wanted = Wanted { constraints: Constraints::usual(kind), offer: None };
    let decided = decide(&desk, &core, wanted).await;
    if let Err(error) = &decided {
        core.kill(error);
    }
    let content = match decided? {
        Outcome::Started(content) => content,
        Outcome::Rejected(reason) => return Err(ContentError::new(reason.code, reason.message)),
        Outcome::Failed(error) => return Err(error),
    };
    if let (Content::Url(url), Delivery::Redirect) = (&content, desk.route.access.delivery) {
        let location = target(url).ok().and_then(|_| HeaderValue::from_str(url).ok());
        let Some(location) = location else {
            let error = ContentError::from(Code(20004));
            core.kill(&error);
            return Err(error);
        };
        return Ok((StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response());
    }
    let served = tunnel::carry(&core, Way::Whole, Request::from_parts(parts, body)).await;
    if let Err(error) = &served {
        core.kill(error);
    }
    served
}
