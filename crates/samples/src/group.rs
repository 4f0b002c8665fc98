//! Group call: each party is a port of the room's Composite.

use crate::rooms::{Rooms, enter};
use trellis_client::{Composite, HubPort, MediaPipeline, MediaServer, WebRtcEndpoint};
use trellis_content::{Code, ContentError, ContentHandler, Reason, Session, WebRtc};

/// People in a room at the most.
const PARTIES: usize = 16;

pub struct Group {
    server: MediaServer,
    rooms: Rooms<Room>,
}

struct Room {
    pipeline: MediaPipeline,
    mix: Composite,
    parties: Vec<(Session<WebRtc>, WebRtcEndpoint, HubPort)>,
}

impl Group {
    pub fn new(server: &MediaServer) -> Group {
        Group { server: server.clone(), rooms: Rooms::default() }
    }

    async fn room(&self) -> Result<Room, ContentError> {
        let pipeline = MediaPipeline::create(&self.server).await?;
        let mix = Composite::create(&pipeline).await?;
        Ok(Room { pipeline, mix, parties: Vec::new() })
    }
}

impl Room {
    fn count(&self) {
        for (session, ..) in &self.parties {
            let _ = session.publish_event("parties", self.parties.len().to_string());
        }
    }
}

impl ContentHandler<WebRtc> for Group {
    async fn on_content_request(&self, session: Session<WebRtc>) -> Result<(), ContentError> {
        let mut rooms = self.rooms.lock().await;
        let room = enter(&mut rooms, session.content_id(), self.room()).await?;
        if room.parties.len() == PARTIES {
            session.terminate(Code(409), "the room is full");
            return Ok(());
        }
        let endpoint = WebRtcEndpoint::create(&room.pipeline).await?;
        let port = HubPort::create(&room.mix).await?;
        endpoint.connect(&port, None).await?;
        port.connect(&endpoint, None).await?;
        if let Err(error) = session.start_with(&endpoint).await {
            endpoint.release().await?;
            port.release().await?;
            return Err(error);
        }
        room.parties.push((session, endpoint, port));
        room.count();
        Ok(())
    }

    async fn on_session_terminated(&self, session: Session<WebRtc>, _: Reason) {
        let mut rooms = self.rooms.lock().await;
        let Some(room) = rooms.get_mut(session.content_id()) else { return };
        if let Some(index) = room.parties.iter().position(|(party, ..)| party.id() == session.id()) {
            let (_, endpoint, port) = room.parties.remove(index);
            let _ = endpoint.release().await;
            let _ = port.release().await;
            room.count();
        }
        if room.parties.is_empty() {
            let _ = room.pipeline.release().await;
            rooms.remove(session.content_id());
        }
    }
}
