//! A small application: at `/booth/NAME` visitors see themselves and are recorded, at `/watch/NAME` a recording is played.
//!
//! `cargo run -p trellis-content --example studio -- ws://127.0.0.1:8888/kurento FOLDER` beside a media server that sees
//! the folder.

use anyhow::Context;
use tokio::net::TcpListener;
use trellis_client::{MediaPipeline, MediaServer, RecorderEndpoint, WebRtcEndpoint};
use trellis_content::{
    Application, Attributes, Code, Command, ContentError, ContentHandler, HttpPlayer, Reason, Repository, Session,
    WebRtc,
};

/// Recordings by their names.
struct Watch;

impl ContentHandler<HttpPlayer> for Watch {
    async fn on_content_request(&self, session: Session<HttpPlayer>) -> Result<(), ContentError> {
        let found = session.repository()?.with_attribute("name", session.content_id()).await?;
        match found.into_iter().next() {
            Some(recording) => session.start(recording).await,
            None => {
                session.terminate(Code(404), "there is no such recording");
                Ok(())
            }
        }
    }
}

/// A mirror that records until the visitor says `stop`, or leaves.
struct Booth;

impl ContentHandler<WebRtc> for Booth {
    async fn on_content_request(&self, session: Session<WebRtc>) -> Result<(), ContentError> {
        let pipeline = MediaPipeline::create(session.media_server().await?).await?;
        let ending = pipeline.clone();
        session.when_ended(move || async move { drop(ending.release().await) }).await?;
        let visitor = WebRtcEndpoint::create(&pipeline).await?;
        let name = Attributes::from([("name".to_owned(), session.content_id().to_owned())]);
        let recording = session.repository()?.create(name).await?.record().await?;
        let recorder = RecorderEndpoint::create(&pipeline, recording.url()).await?;
        visitor.connect(&visitor, None).await?;
        visitor.connect(&recorder, None).await?;
        recorder.record().await?;
        // What is promised last is done first: the recorder is closed before the pipeline goes.
        let closing = move || async move {
            if recorder.stop_and_wait().await.is_ok() {
                let _ = recording.end().await;
            }
        };
        session.when_ended(closing).await?;
        session.start_with(&visitor).await
    }

    async fn on_content_started(&self, session: Session<WebRtc>) -> Result<(), ContentError> {
        session.publish_event("recording", session.content_id())
    }

    async fn on_content_command(&self, session: Session<WebRtc>, command: Command) -> Result<String, ContentError> {
        if command.kind != "stop" {
            return Err(Code::NO_COMMANDS.into());
        }
        session.terminate(Code::NORMAL, "recorded");
        Ok(String::new())
    }

    async fn on_session_terminated(&self, session: Session<WebRtc>, reason: Reason) {
        println!("{} has left: {}", session.content_id(), reason.message);
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let (url, folder) = (args.next().context("the URL of a media server")?, args.next().context("a folder")?);
    let application = Application::new(MediaServer::connect(&url).await?)
        .repository(Repository::folder(folder)?)
        .player("/watch", Watch)
        .webrtc("/booth", Booth);
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, application.into_router()).await?)
}
