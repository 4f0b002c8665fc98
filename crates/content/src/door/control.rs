//! The control protocol: one JSON-RPC request a POST.

use super::delivery::url_of;
use super::{Desk, Visit, plain};
use crate::error::{Code, ContentError};
use crate::handler::Command;
use crate::protocol::{Call, MediaType, Request, failure, success};
use crate::session::core::{Asked, Content, Core, Outcome, Wanted};
use crate::session::{Ended, Reason, State, keeper};
use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

/// How long a client may take to send its request.
const BODY: Duration = Duration::from_secs(10);

pub(super) async fn enter(visit: Visit) -> Response {
    match *visit.request.method() {
        Method::POST => {}
        // A page that is opened where JSON is to be posted.
        Method::GET | Method::HEAD => return plain(&Code(501).into()),
        _ => return plain(&Code(10009).into()),
    }
    let prefix = visit.prefix.clone();
    let (desk, asked, body) = visit.ask();
    let request = match read(&desk, &asked, body).await {
        Ok(request) => request,
        Err((id, error)) => return told(id, error),
    };
    let id = request.id;
    let answered = match request.call {
        Call::Start { session, wanted } => start(&desk, asked, session, wanted, &prefix).await,
        Call::Poll { session } => match find(&desk, &session) {
            Ok(core) => match core.poll().await {
                Ok(mail) => return json_answer(StatusCode::OK, success(id, mail)),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        },
        Call::Execute { session, command } => execute(&desk, asked, session, command).await,
        Call::Terminate { session, code, message } => find(&desk, &session).map(|core| {
            core.terminate(Reason { code, message, by: Ended::ByClient });
            json!({})
        }),
    };
    match answered {
        Ok(result) => json_answer(StatusCode::OK, success(id, result)),
        Err(error) => told(Some(id), error),
    }
}

/// Reads the request within its bounds of time and size.
async fn read(desk: &Desk, asked: &Asked, body: Body) -> Result<Request, (Option<i64>, ContentError)> {
    let header = asked.parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = MediaType::read(header).map_err(|error| (None, error))?;
    let bytes = timeout(BODY, to_bytes(body, desk.shared.settings.max_request_bytes)).await;
    let bytes = bytes.map_err(|_| (None, Code(408).into()))?.map_err(|_| (None, Code(10017).into()))?;
    let text = kind.charset.decode(&bytes).ok_or((None, Code(10020).into()))?;
    Request::read(&text, desk.route.kind)
}

fn told(id: Option<i64>, error: ContentError) -> Response {
    json_answer(error.code.status(), failure(id, &error))
}

fn json_answer(status: StatusCode, text: String) -> Response {
    let kind = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    (status, [kind], text).into_response()
}

/// A session of this path. One that ended is there as long as its end is to be told.
fn find(desk: &Desk, session: &str) -> Result<Arc<Core>, ContentError> {
    let found = desk.shared.registry.find(session).filter(|core| Arc::ptr_eq(&core.route, &desk.route));
    found.ok_or_else(|| Code::UNKNOWN_SESSION.into())
}

/// A place among the requests in work.
fn place(desk: &Desk) -> Result<OwnedSemaphorePermit, ContentError> {
    Arc::clone(&desk.shared.requests).try_acquire_owned().map_err(|_| Code::OVERLOADED.into())
}

/// A new session, looked after from now on.
pub(super) fn begin(desk: &Desk, asked: Asked) -> Result<Arc<Core>, ContentError> {
    let core = Arc::new(Core::new(Arc::clone(&desk.shared), Arc::clone(&desk.route), asked));
    desk.shared.registry.insert(&core)?;
    tokio::spawn(keeper::keep(Arc::clone(&core)));
    Ok(core)
}

/// Asks the handler, and waits for what becomes of it. A client that goes away meanwhile ends the session.
pub(super) async fn decide(desk: &Desk, core: &Arc<Core>, wanted: Wanted) -> Result<Outcome, ContentError> {
    let place = place(desk)?;
    core.begin(wanted)?;
    let mut unanswered = Unanswered(Some(Arc::clone(core)));
    let asked = Arc::clone(core);
    // A client that goes away does not make room while its handler is at work.
    tokio::spawn(async move {
        let _place = place;
        keeper::ask(asked).await;
    });
    let outcome = core.outcome().await;
    unanswered.0 = None;
    if matches!(outcome, Outcome::Started(_)) {
        keeper::started(core);
    }
    Ok(outcome)
}

async fn start(
    desk: &Desk,
    asked: Asked,
    session: Option<String>,
    wanted: Wanted,
    prefix: &str,
) -> Result<Json, ContentError> {
    let (core, new) = match session {
        Some(session) => (find(desk, &session)?, false),
        None => (begin(desk, asked)?, true),
    };
    let decided = decide(desk, &core, wanted).await;
    if let Err(error) = &decided
        && new
    {
        core.kill(error);
    }
    match decided? {
        Outcome::Started(Content::Sdp(sdp)) => Ok(json!({ "sessionId": core.id.to_string(), "sdp": sdp })),
        Outcome::Started(content) => {
            let url = url_of(&core, &content, prefix)?;
            Ok(json!({ "sessionId": core.id.to_string(), "url": url }))
        }
        Outcome::Rejected(reason) => Ok(json!({ "rejected": { "code": reason.code.0, "message": reason.message } })),
        Outcome::Failed(error) => Err(error),
    }
}

async fn execute(desk: &Desk, asked: Asked, session: Option<String>, command: Command) -> Result<Json, ContentError> {
    let place = place(desk)?;
    let (core, new) = match session {
        Some(session) => (find(desk, &session)?, false),
        None => (begin(desk, asked)?, true),
    };
    if core.state() == State::Terminated {
        return Err(Code::UNKNOWN_SESSION.into());
    }
    let id = core.id.to_string();
    // What a command does is not broken off when its client goes away.
    let done = tokio::spawn(async move {
        let _place = place;
        let done = keeper::command(&core, command).await;
        match &done {
            Ok(_) => core.executed(),
            Err(error) if new => core.kill(error),
            Err(_) => {}
        }
        done
    });
    let result = done.await.map_err(|_| Code::INTERNAL)??;
    Ok(json!({ "sessionId": id, "commandResult": result }))
}

/// A session whose start is not answered: it ends when the request goes away.
struct Unanswered(Option<Arc<Core>>);

impl Drop for Unanswered {
    fn drop(&mut self) {
        if let Some(core) = self.0.take() {
            let message = "the client went away".to_owned();
            core.terminate(Reason { code: Code(408), message, by: Ended::ByClient });
        }
    }
}
