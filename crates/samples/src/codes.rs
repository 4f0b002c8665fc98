//! Codes to text: what ZBarFilter reads in the caller's picture becomes events of the session.

use trellis_client::{CodeFound, MediaPipeline, WebRtcEndpoint, ZBarFilter};
use trellis_content::{ContentError, ContentHandler, Session, WebRtc};

pub struct Codes;

impl ContentHandler<WebRtc> for Codes {
    async fn on_content_request(&self, session: Session<WebRtc>) -> Result<(), ContentError> {
        let pipeline = MediaPipeline::create(session.media_server().await?).await?;
        let ending = pipeline.clone();
        session.when_ended(move || async move { drop(ending.release().await) }).await?;
        let endpoint = WebRtcEndpoint::create(&pipeline).await?;
        let reader = ZBarFilter::create(&pipeline).await?;
        endpoint.connect(&reader, None).await?;
        reader.connect(&endpoint, None).await?;
        let mut found = reader.on::<CodeFound>().await?;
        session.start_with(&endpoint).await?;
        // Ends with the pipeline, as all event streams of it do.
        tokio::spawn(async move {
            let mut last = String::new();
            while let Some(code) = found.next().await {
                if code.value != last {
                    last.clone_from(&code.value);
                    let _ = session.publish_event("code", code.value);
                }
            }
        });
        Ok(())
    }
}
