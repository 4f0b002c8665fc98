//! One-to-one call with recording: a room is a pipeline; whoever enters it second is connected to the first.

use crate::pages;
use crate::rooms::{Rooms, enter};
use std::path::{Path, PathBuf};
use trellis_client::{MediaPipeline, MediaServer, RecorderEndpoint, WebRtcEndpoint};
use trellis_content::{Code, ContentError, ContentHandler, Reason, Session, WebRtc};

pub struct Call {
    server: MediaServer,
    recordings: PathBuf,
    rooms: Rooms<Room>,
}

struct Room {
    pipeline: MediaPipeline,
    parties: Vec<Party>,
}

struct Party {
    session: Session<WebRtc>,
    endpoint: WebRtcEndpoint,
    recorder: RecorderEndpoint,
}

impl Call {
    pub fn new(server: &MediaServer, recordings: &Path) -> Call {
        Call { server: server.clone(), recordings: recordings.to_owned(), rooms: Rooms::default() }
    }

    async fn room(&self) -> Result<Room, ContentError> {
        Ok(Room { pipeline: MediaPipeline::create(&self.server).await?, parties: Vec::new() })
    }
}

impl ContentHandler<WebRtc> for Call {
    async fn on_content_request(&self, session: Session<WebRtc>) -> Result<(), ContentError> {
        let mut rooms = self.rooms.lock().await;
        let room = enter(&mut rooms, session.content_id(), self.room()).await?;
        if room.parties.len() == 2 {
            session.terminate(Code(409), "two are in this room already");
            return Ok(());
        }
        let file = pages::recording(&self.recordings, session.content_id(), &session.id());
        let endpoint = WebRtcEndpoint::create(&room.pipeline).await?;
        let recorder = RecorderEndpoint::create(&room.pipeline, &pages::uri(&file)).await?;
        endpoint.connect(&recorder, None).await?;
        for other in &room.parties {
            endpoint.connect(&other.endpoint, None).await?;
            other.endpoint.connect(&endpoint, None).await?;
        }
        if let Err(error) = session.start_with(&endpoint).await {
            recorder.release().await?;
            endpoint.release().await?;
            return Err(error);
        }
        recorder.record().await?;
        session.publish_event("recording", pages::name(&file))?;
        room.parties.push(Party { session, endpoint, recorder });
        if room.parties.len() == 2 {
            for party in &room.parties {
                party.session.publish_event("met", "")?;
            }
        }
        Ok(())
    }

    async fn on_session_terminated(&self, session: Session<WebRtc>, _: Reason) {
        let mut rooms = self.rooms.lock().await;
        let Some(room) = rooms.get_mut(session.content_id()) else { return };
        let leaving = room.parties.iter().position(|party| party.session.id() == session.id());
        if let Some(Party { endpoint, recorder, .. }) = leaving.map(|index| room.parties.remove(index)) {
            // The file is whole before the page may play it.
            let _ = recorder.stop_and_wait().await;
            let _ = recorder.release().await;
            let _ = endpoint.release().await;
        }
        for other in &room.parties {
            let _ = other.session.publish_event("left", "");
        }
        if room.parties.is_empty() {
            let _ = room.pipeline.release().await;
            rooms.remove(session.content_id());
        }
    }
}
