//! Who looks after a session: one task each, which asks the handler, lets the session expire, and cleans up behind it.

use super::core::{Core, Release};
use super::life::{Age, State};
use super::reason::{Ended, Reason};
use crate::error::{Code, ContentError};
use crate::handler::Command;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// How long the release of one object may take.
const RELEASE: Duration = Duration::from_secs(10);

/// Looks after a session until it is forgotten.
pub(crate) async fn keep(core: Arc<Core>) {
    let mut cleaned = false;
    loop {
        if core.state() == State::Terminated && !cleaned {
            cleaned = true;
            core.shared.registry.close_tunnel(&core);
            clean(&core);
        }
        match core.age() {
            Age::Young(until) => core.until_ended(until).await,
            Age::Idle => {
                let (code, by) = (Code::EXPIRED, Ended::ByApplication);
                core.terminate(Reason { code, message: code.text().to_owned(), by });
            }
            Age::Over => break,
        }
    }
    core.shared.registry.remove(&core);
}

/// Releases what the session held and tells the handler; neither waits for the other.
fn clean(core: &Arc<Core>) {
    let held = core.take_held();
    if !held.is_empty() {
        tokio::spawn(release(held));
    }
    let core = Arc::clone(core);
    tokio::spawn(async move {
        let Some(reason) = core.reason() else { return };
        let told = call(&core, core.route.handler.on_session_terminated(Arc::clone(&core), reason)).await;
        if let Err(error) = told {
            uncaught(&core, error).await;
        }
    });
}

async fn release(held: Vec<Release>) {
    // What was made last goes first: a recorder is closed before its pipeline goes.
    for one in held.into_iter().rev() {
        if timeout(RELEASE, one()).await.is_err() {
            tracing::warn!("something that a session held is not released in time");
        }
    }
}

/// Asks the handler about the content that a client wants, and sees to it that the client gets an answer.
pub(crate) async fn ask(core: Arc<Core>) {
    let late = Instant::now() + core.shared.settings.handler_timeout;
    let asked = call(&core, core.route.handler.on_content_request(Arc::clone(&core))).await;
    match asked.and_then(|answer| answer) {
        Ok(()) => {}
        Err(error) => {
            uncaught(&core, error.clone()).await;
            return core.fail(error);
        }
    }
    // A handler may give the session to somebody who starts it later, but not for ever.
    if timeout_at(late, core.outcome()).await.is_err() {
        core.fail(Code::NO_ANSWER.into());
    }
}

/// Tells the handler that the client has its answer.
pub(crate) fn started(core: &Arc<Core>) {
    let core = Arc::clone(core);
    tokio::spawn(async move {
        let told = call(&core, core.route.handler.on_content_started(Arc::clone(&core))).await;
        if let Err(error) = told.and_then(|answer| answer) {
            uncaught(&core, error.clone()).await;
            core.fail(error);
        }
    });
}

/// Tells the client and the handler that the media failed.
pub(crate) fn failed(core: &Arc<Core>, error: ContentError) {
    core.tell_of(&error);
    let core = Arc::clone(core);
    tokio::spawn(async move {
        let told = call(&core, core.route.handler.on_session_error(Arc::clone(&core), error)).await;
        if let Err(error) = told {
            uncaught(&core, error.clone()).await;
            core.fail(error);
        }
    });
}

async fn uncaught(core: &Arc<Core>, error: ContentError) {
    let told = call(core, core.route.handler.on_uncaught_error(Arc::clone(core), error)).await;
    if let Err(error) = told {
        tracing::error!(session = %core.id, %error, "the handler of errors failed itself");
    }
}

/// Runs a handler within its time. A panic is an error with the code 9999; the rest of the server never sees it.
pub(crate) async fn call<T: Send + 'static>(
    core: &Core,
    handler: impl Future<Output = T> + Send + 'static,
) -> Result<T, ContentError> {
    let mut task = tokio::spawn(handler);
    match timeout(core.shared.settings.handler_timeout, &mut task).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => {
            tracing::error!(session = %core.id, %error, "a handler panicked");
            Err(Code::HANDLER.into())
        }
        Err(_) => {
            task.abort();
            Err(Code::NO_ANSWER.into())
        }
    }
}

/// Gives a command to the handler. A panic ends the session.
pub(crate) async fn command(core: &Arc<Core>, command: Command) -> Result<String, ContentError> {
    match call(core, core.route.handler.on_content_command(Arc::clone(core), command)).await {
        Ok(answer) => answer,
        Err(error) if error.code == Code::HANDLER => {
            let error = ContentError::from(Code::COMMAND_PANICKED);
            uncaught(core, error.clone()).await;
            core.fail(error.clone());
            Err(error)
        }
        Err(error) => Err(error),
    }
}
