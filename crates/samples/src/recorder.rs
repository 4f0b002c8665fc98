//! HTTP recorder: an upload becomes a file.

use crate::pages;
use std::path::{Path, PathBuf};
use trellis_content::{ContentError, ContentHandler, HttpRecorder, Session};

pub struct Recorder {
    recordings: PathBuf,
}

impl Recorder {
    pub fn new(recordings: &Path) -> Recorder {
        Recorder { recordings: recordings.to_owned() }
    }
}

impl ContentHandler<HttpRecorder> for Recorder {
    async fn on_content_request(&self, session: Session<HttpRecorder>) -> Result<(), ContentError> {
        let file = pages::recording(&self.recordings, session.content_id(), &session.id());
        session.start(pages::uri(&file)).await?;
        // Where it will be when the session has ended.
        session.publish_event("recording", pages::name(&file))
    }
}
