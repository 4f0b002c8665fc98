//! HTTP player with a filter: a clip with a hat on every face, live at a URL.

use crate::pages::uri;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::{Path, PathBuf};
use trellis_client::{
    FaceOverlayFilter, FaceOverlayFilterSetOverlayedImage, HttpGetEndpoint, MediaPipeline, MediaSessionStarted,
    PlayerEndpoint,
};
use trellis_content::{Code, ContentError, ContentHandler, HttpPlayer, Session};

pub struct Player {
    clip: Option<PathBuf>,
}

impl Player {
    pub fn new(clip: Option<&Path>) -> Player {
        Player { clip: clip.map(Path::to_owned) }
    }
}

impl ContentHandler<HttpPlayer> for Player {
    async fn on_content_request(&self, session: Session<HttpPlayer>) -> Result<(), ContentError> {
        let Some(clip) = &self.clip else {
            session.terminate(Code(404), "the server was started without a clip (--demo-file)");
            return Ok(());
        };
        let pipeline = MediaPipeline::create(session.media_server().await?).await?;
        let ending = pipeline.clone();
        session.when_ended(move || async move { drop(ending.release().await) }).await?;
        let player = PlayerEndpoint::create(&pipeline, &uri(clip)).await?;
        let filter = FaceOverlayFilter::create(&pipeline).await?;
        filter.set_overlayed_image(&hat()).await?;
        let output = HttpGetEndpoint::build(&pipeline).terminate_on_eos(true).create().await?;
        player.connect(&filter, None).await?;
        filter.connect(&output, None).await?;
        // The clip waits for who watches it.
        let mut starts = output.on::<MediaSessionStarted>().await?;
        tokio::spawn(async move {
            if starts.next().await.is_some() {
                let _ = player.play().await;
            }
        });
        session.start_with(&output).await
    }
}

/// The hat and where it sits, in parts of the face's size.
fn hat() -> FaceOverlayFilterSetOverlayedImage {
    let image = trellis_html5::file("hat.png").map(|(_, bytes)| STANDARD.encode(bytes)).unwrap_or_default();
    FaceOverlayFilterSetOverlayedImage {
        uri: format!("data:image/png;base64,{image}"),
        offset_x_percent: -0.3,
        offset_y_percent: -1.14,
        width_percent: 1.6,
        height_percent: 1.35,
    }
}
