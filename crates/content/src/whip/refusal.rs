//! Why a request is refused, and with which status.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use trellis_client::ClientError;

/// Seconds after which whoever was refused for now may ask again.
const AGAIN: u32 = 2;

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("a bearer token is needed that is good here")]
    Unauthorized,
    #[error("pages of this origin may not ask")]
    Origin,
    #[error("the name of a stream is 1 to 128 letters, digits and -._~")]
    Name,
    #[error("there is no such resource, or no longer")]
    NoResource,
    #[error("the body must be {0}")]
    Type(&'static str),
    #[error("the body is longer than 65536 bytes")]
    TooLong,
    #[error("the body did not come in time")]
    Slow,
    #[error("the body is no text")]
    NoText,
    #[error("the offer cannot be answered: {0}")]
    Offer(String),
    #[error("the offer {0}")]
    Direction(&'static str),
    #[error("the stream is being published already")]
    Taken,
    #[error("nobody publishes the stream now")]
    NotLive,
    #[error("there are too many {0}")]
    Full(&'static str),
    #[error("the fragment cannot be read: {0}")]
    Fragment(&'static str),
    #[error("If-Match is missing: say the ETag of the resource")]
    NoTag,
    #[error("the ETag is not that of the resource")]
    OtherTag,
    #[error("ICE is not restarted here: begin a new session")]
    Restart,
    #[error("the media server failed")]
    Server(ClientError),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Refusal::Unauthorized => StatusCode::UNAUTHORIZED,
            Refusal::Origin => StatusCode::FORBIDDEN,
            Refusal::NoResource => StatusCode::NOT_FOUND,
            Refusal::Type(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Slow => StatusCode::REQUEST_TIMEOUT,
            Refusal::Name | Refusal::NoText | Refusal::Offer(_) | Refusal::Fragment(_) => StatusCode::BAD_REQUEST,
            Refusal::Direction(_) | Refusal::Restart => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::Taken | Refusal::NotLive => StatusCode::CONFLICT,
            Refusal::Full(_) => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::NoTag => StatusCode::PRECONDITION_REQUIRED,
            Refusal::OtherTag => StatusCode::PRECONDITION_FAILED,
            Refusal::Server(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What a client needs besides the status.
    fn header(&self) -> Option<(header::HeaderName, HeaderValue)> {
        Some(match self {
            Refusal::Unauthorized => (header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            Refusal::Type(kind) if *kind == super::fragment::TYPE => {
                (header::HeaderName::from_static("accept-patch"), HeaderValue::from_static(kind))
            }
            Refusal::Type(kind) => (header::HeaderName::from_static("accept-post"), HeaderValue::from_static(kind)),
            Refusal::Taken | Refusal::NotLive | Refusal::Full(_) => (header::RETRY_AFTER, AGAIN.into()),
            _ => return None,
        })
    }
}

impl From<ClientError> for Refusal {
    fn from(error: ClientError) -> Refusal {
        match error {
            ClientError::Remote { code: 40_009, message, .. } => {
                tracing::warn!(message, "the media server has no more room");
                Refusal::Full("streams and viewers for this server")
            }
            ClientError::Remote { code: 40_200..=40_299, message, .. } => Refusal::Offer(message),
            error => {
                tracing::error!(%error, "the media server failed");
                Refusal::Server(error)
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status(), HeaderMap::from_iter(self.header()), format!("{self}\n")).into_response()
    }
}
