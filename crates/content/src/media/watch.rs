//! Who hears the events of a session's media: one task each, until the session ends.

use super::failed;
use crate::error::{Code, ContentError};
use crate::session::core::Core;
use crate::session::{Ended, Reason, keeper};
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, SelectAll};
use std::sync::Arc;
use trellis_client::{
    EndOfStream, Error, Event, Events, HttpEndpoint, MediaObject, MediaSessionStarted, MediaSessionTerminated, Object,
    PlayerEndpoint, RecorderEndpoint, SessionEndpoint,
};

/// Something that the media did.
enum Happened {
    /// The client asked for the first byte.
    Started,
    /// The media came to its end, or its client went away for good.
    Ended,
    Failed(ContentError),
    /// The media server has nothing more to say.
    Silent,
}

/// What is listened to.
pub(super) struct Watch {
    core: Arc<Core>,
    all: SelectAll<BoxStream<'static, Happened>>,
    /// Played when the client asks for the first byte.
    player: Option<PlayerEndpoint>,
    /// Closed before the session ends.
    recorder: Option<RecorderEndpoint>,
}

impl Watch {
    pub fn of(core: &Arc<Core>) -> Watch {
        Watch { core: Arc::clone(core), all: SelectAll::new(), player: None, recorder: None }
    }

    /// Tells of the failures of an object.
    pub async fn failures(&mut self, object: &MediaObject) -> Result<(), ContentError> {
        let meaning = |error: Error| Happened::Failed(ContentError::new(Code(error.error_code), error.description));
        self.hear(object, meaning).await
    }

    async fn hear<E: Event + Send + 'static>(
        &mut self,
        object: &Object,
        meaning: fn(E) -> Happened,
    ) -> Result<(), ContentError> {
        let events: Events<E> = object.on::<E>().await.map_err(failed(20025))?;
        self.all.push(events.map(meaning).chain(futures_util::stream::iter([Happened::Silent])).boxed());
        Ok(())
    }

    /// Plays from when the endpoint has its first reader.
    pub async fn started(&mut self, endpoint: &HttpEndpoint, player: PlayerEndpoint) -> Result<(), ContentError> {
        self.player = Some(player);
        self.hear::<MediaSessionStarted>(endpoint, |_| Happened::Started).await
    }

    /// Ends the session with that of the endpoint.
    pub async fn terminated(&mut self, endpoint: &SessionEndpoint) -> Result<(), ContentError> {
        self.hear::<MediaSessionTerminated>(endpoint, |_| Happened::Ended).await
    }

    /// Ends the session with the media of an object.
    pub async fn ended(&mut self, object: &MediaObject) -> Result<(), ContentError> {
        self.hear::<EndOfStream>(object, |_| Happened::Ended).await
    }

    /// Closes the recording before the session ends.
    pub fn recorded(&mut self, recorder: &RecorderEndpoint) {
        self.recorder = Some(recorder.clone());
    }

    /// Listens from now on.
    pub fn begin(self) {
        tokio::spawn(self.run());
    }

    async fn run(self) {
        let Watch { core, mut all, player, recorder } = self;
        loop {
            let happened = tokio::select! {
                happened = all.next() => happened,
                () = core.over() => return,
            };
            let code = match happened {
                Some(Happened::Started) => {
                    play(&core, player.as_ref()).await;
                    continue;
                }
                Some(Happened::Failed(error)) => {
                    keeper::failed(&core, error);
                    continue;
                }
                Some(Happened::Ended) => Code::NORMAL,
                // Objects that are released say nothing more, and so does a server that is gone.
                Some(Happened::Silent) | None => Code(20013),
            };
            close(&core, recorder.as_ref()).await;
            core.terminate(Reason { code, message: code.text().to_owned(), by: Ended::ByMedia });
            return;
        }
    }
}

async fn play(core: &Arc<Core>, player: Option<&PlayerEndpoint>) {
    let Some(player) = player else { return };
    if let Err(error) = player.play().await.map_err(failed(20021)) {
        keeper::failed(core, error);
    }
}

async fn close(core: &Arc<Core>, recorder: Option<&RecorderEndpoint>) {
    let Some(recorder) = recorder else { return };
    if let Err(error) = recorder.stop_and_wait().await.map_err(failed(20022)) {
        keeper::failed(core, error);
    }
}
