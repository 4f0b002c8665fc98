//! Tunnels: media of sessions through this server, between a client and a media server or the repository.

use super::delivery::target;
use super::{cors, pass, plain, simple};
use crate::application::Shared;
use crate::error::{Code, ContentError};
use crate::kind::Tag;
use crate::repository::serve;
use crate::session::core::{Content, Core, Transfer};
use crate::session::{Ended, Reason, State};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State as With};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{Method, Response as HttpResponse};
use axum::response::Response;
use futures_util::stream::{BoxStream, unfold};
use futures_util::{Stream, StreamExt, TryStreamExt};
use std::io;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::timeout;

/// Which part of a session one transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The whole: the session ends with it.
    Whole,
    /// One of several that the client makes as it likes.
    Part,
}

/// A request at the URL of a tunnel.
pub(super) async fn enter(
    With(shared): With<Arc<Shared>>,
    axum::extract::Path(id): axum::extract::Path<String>,
    request: Request,
) -> Response {
    let origin = cors::allowed(&shared.settings.origins, request.headers());
    if request.method() == Method::OPTIONS {
        return cors::preflight(origin);
    }
    let served = match shared.registry.tunnel(&id).filter(|core| core.state() == State::Active) {
        Some(core) => part(&core, request).await,
        None => Err(Code(404).into()),
    };
    let mut response = served.unwrap_or_else(|error| plain(&error));
    cors::mark(&mut response, origin);
    response
}

async fn part(core: &Arc<Core>, request: Request) -> Result<Response, ContentError> {
    simple::check(core.route.kind, &request, Code(10003))?;
    carry(core, Way::Part, request).await
}

/// Carries the media of one request, from the session's content or to it.
pub(super) async fn carry(core: &Arc<Core>, way: Way, request: Request) -> Result<Response, ContentError> {
    let place = Arc::clone(&core.shared.transfers).try_acquire_owned().map_err(|_| Code::OVERLOADED)?;
    let carried = Carried { transfer: core.transfer(), way, end: End::Broken, left: None, _place: place };
    match core.content() {
        Some(Content::Url(url)) => match ask(core, &url, request).await {
            Ok(answer) => Ok(outgoing(carried, answer)),
            Err(error) => Err(carried.fail(error)),
        },
        Some(Content::Item(item)) if core.route.kind == Tag::HttpRecorder => {
            let (parts, body) = request.into_parts();
            let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            let upload = incoming(Arc::clone(core), body, watch::channel(()).0);
            match serve::receive(&item, kind, upload.boxed()).await {
                Ok(response) => {
                    carried.done();
                    Ok(response)
                }
                Err(error) => Err(carried.fail(error)),
            }
        }
        Some(Content::Item(item)) => match serve::send(&item, request.headers()).await {
            Ok(answer) => Ok(outgoing(carried, answer)),
            Err(error) => Err(carried.fail(error)),
        },
        _ => Err(Code(404).into()),
    }
}

/// Asks the HTTP endpoint of a media server.
async fn ask(core: &Arc<Core>, url: &str, request: Request) -> Result<HttpResponse<Chunks>, ContentError> {
    let (parts, body) = request.into_parts();
    let (sender, mut sent) = watch::channel(());
    let upload = match core.route.kind {
        Tag::HttpRecorder => Body::from_stream(incoming(Arc::clone(core), body, sender)),
        _ => {
            drop(sender);
            Body::empty()
        }
    };
    let mut onward = HttpRequest::new(upload);
    *onward.method_mut() = parts.method;
    *onward.uri_mut() = target(url)?;
    *onward.headers_mut() = pass::to_media(&parts.headers);
    // The channel closes when the upload is over, or dropped.
    let sent = async move { while sent.changed().await.is_ok() {} };
    let answer = tokio::select! {
        answer = core.shared.fetch.send(onward, sent) => answer?,
        () = core.cut() => return Err(ContentError::about(410, "the session ended")),
    };
    let (head, body) = answer.into_parts();
    let chunks = Body::new(body).into_data_stream().map_err(io::Error::other).boxed();
    let mut response = HttpResponse::new(chunks);
    *response.status_mut() = head.status;
    *response.headers_mut() = pass::to_client(&head.headers);
    Ok(response)
}

/// Media, piece by piece.
pub(crate) type Chunks = BoxStream<'static, io::Result<Bytes>>;

type HttpRequest = axum::http::Request<Body>;

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    Broken,
    /// It did not begin, or broke off on our side.
    Failed(Code),
}

/// A transfer that goes on, and what it means for its session that it ends.
struct Carried {
    transfer: Transfer,
    way: Way,
    end: End,
    /// Bytes that are to come, if the answer says so.
    left: Option<u64>,
    _place: OwnedSemaphorePermit,
}

impl Carried {
    fn fail(mut self, error: ContentError) -> ContentError {
        self.end = End::Failed(error.code);
        error
    }

    /// The next piece of an answer.
    async fn next(&mut self, chunks: &mut Chunks) -> Option<io::Result<Bytes>> {
        let core = Arc::clone(self.transfer.core());
        let next = tokio::select! {
            next = timeout(core.shared.settings.stall_timeout, chunks.next()) => next,
            () = core.cut() => return self.cut_off(&core),
        };
        match next {
            Ok(Some(Ok(chunk))) => {
                // Nobody asks for more when that was the last of it.
                self.left = self.left.map(|left| left.saturating_sub(chunk.len() as u64));
                if self.left == Some(0) {
                    self.end = End::Whole;
                }
                Some(Ok(chunk))
            }
            Ok(Some(Err(error))) => {
                self.end = End::Failed(Code(20018));
                Some(Err(error))
            }
            Ok(None) => {
                self.end = End::Whole;
                None
            }
            Err(_) => {
                self.end = End::Failed(Code(20018));
                Some(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }

    /// What is told of media whose session ended. Of live media who ended it himself misses nothing.
    fn cut_off(&self, core: &Core) -> Option<io::Result<Bytes>> {
        let by_client = core.reason().is_some_and(|reason| reason.by == Ended::ByClient);
        match self.left {
            None if by_client => None,
            _ => Some(Err(io::Error::other("the session ended"))),
        }
    }

    /// An upload is the content: with it the session is done.
    fn done(mut self) {
        (self.way, self.end) = (Way::Whole, End::Whole);
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        let core = self.transfer.core();
        let (code, by) = match (self.end, self.way) {
            (_, Way::Part) => return,
            (End::Failed(code), Way::Whole) => (code, Ended::ByMedia),
            (End::Whole, Way::Whole) => (Code::NORMAL, Ended::ByMedia),
            (End::Broken, Way::Whole) => (Code(20026), Ended::ByClient),
        };
        core.terminate(Reason { code, message: code.text().to_owned(), by });
    }
}

/// Media on its way to the client: cut when either side ends the session, given up when it stalls.
fn outgoing(mut carried: Carried, answer: HttpResponse<Chunks>) -> Response {
    let length = answer.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    carried.left = length;
    if length == Some(0) {
        carried.end = End::Whole;
    }
    answer.map(|chunks| {
        Body::from_stream(unfold(Some((carried, chunks)), |state| async move {
            let (mut carried, mut chunks) = state?;
            match carried.next(&mut chunks).await? {
                Ok(chunk) => Some((Ok(chunk), Some((carried, chunks)))),
                Err(error) => Some((Err(error), None)),
            }
        }))
    })
}

/// Media on its way from the client. `_sender` goes when it is over.
fn incoming(
    core: Arc<Core>,
    body: Body,
    sender: watch::Sender<()>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    unfold(Some((core, body.into_data_stream(), sender)), |state| async move {
        let (core, mut chunks, sender) = state?;
        let next = tokio::select! {
            next = timeout(core.shared.settings.stall_timeout, chunks.next()) => next,
            () = core.cut() => Ok(Some(Err(axum::Error::new("the session ended")))),
        };
        match next {
            Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some((core, chunks, sender)))),
            Ok(Some(Err(error))) => Some((Err(io::Error::other(error)), None)),
            Ok(None) => None,
            Err(_) => Some((Err(io::ErrorKind::TimedOut.into()), None)),
        }
    })
}
