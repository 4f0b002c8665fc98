//! One-to-many broadcast: who sends is the channel's presenter, who receives is connected to it.

use crate::rooms::{Rooms, enter};
use trellis_client::{MediaPipeline, MediaServer, WebRtcEndpoint};
use trellis_content::{Code, ContentError, ContentHandler, Direction, Reason, Session, WebRtc};

pub struct Broadcast {
    server: MediaServer,
    channels: Rooms<Channel>,
}

struct Channel {
    pipeline: MediaPipeline,
    presenter: Session<WebRtc>,
    endpoint: WebRtcEndpoint,
    viewers: Vec<(Session<WebRtc>, WebRtcEndpoint)>,
}

impl Broadcast {
    pub fn new(server: &MediaServer) -> Broadcast {
        Broadcast { server: server.clone(), channels: Rooms::default() }
    }

    async fn channel(&self, presenter: &Session<WebRtc>) -> Result<Channel, ContentError> {
        let pipeline = MediaPipeline::create(&self.server).await?;
        let endpoint = WebRtcEndpoint::create(&pipeline).await?;
        if let Err(error) = presenter.start_with(&endpoint).await {
            // What a stranger offers may be nothing that can be answered.
            pipeline.release().await?;
            return Err(error);
        }
        Ok(Channel { pipeline, presenter: presenter.clone(), endpoint, viewers: Vec::new() })
    }
}

impl Channel {
    fn count(&self) {
        let _ = self.presenter.publish_event("viewers", self.viewers.len().to_string());
    }
}

impl ContentHandler<WebRtc> for Broadcast {
    async fn on_content_request(&self, session: Session<WebRtc>) -> Result<(), ContentError> {
        let mut channels = self.channels.lock().await;
        let presents = session.constraints().video == Direction::SendOnly;
        let known = channels.get_mut(session.content_id());
        match known {
            Some(_) if presents => session.terminate(Code(409), "somebody presents on this channel already"),
            None if presents => {
                enter(&mut channels, session.content_id(), self.channel(&session)).await?;
            }
            None => session.terminate(Code(404), "nobody presents on this channel"),
            Some(channel) => {
                let viewer = WebRtcEndpoint::create(&channel.pipeline).await?;
                channel.endpoint.connect(&viewer, None).await?;
                if let Err(error) = session.start_with(&viewer).await {
                    viewer.release().await?;
                    return Err(error);
                }
                channel.viewers.push((session, viewer));
                channel.count();
            }
        }
        Ok(())
    }

    async fn on_session_terminated(&self, session: Session<WebRtc>, _: Reason) {
        let mut channels = self.channels.lock().await;
        let Some(channel) = channels.get_mut(session.content_id()) else { return };
        if channel.presenter.id() == session.id() {
            for (viewer, _) in &channel.viewers {
                viewer.terminate(Code::NORMAL, "The presenter has ended.");
            }
            let _ = channel.pipeline.release().await;
            channels.remove(session.content_id());
        } else if let Some(index) = channel.viewers.iter().position(|(viewer, _)| viewer.id() == session.id()) {
            let (_, endpoint) = channel.viewers.remove(index);
            let _ = endpoint.release().await;
            channel.count();
        }
    }
}
