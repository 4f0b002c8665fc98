//! Recordings that are sent to an HTTP server while they are made: one chunked PUT.

use crate::fetch;
use crate::pipe::{PipeReader, PipeWriter, pipe};
use crate::policy::UriPolicy;
use crate::threads;
use parking_lot::Mutex;
use std::io::{self, Write};
use std::sync::Arc;
use trellis_containers::{ContainerKind, media_type};
use trellis_media::Kind;
use ureq::SendBody;
use ureq::http::header;

/// Bytes that wait for the server; a recording that needs more fails.
const CAPACITY: usize = 16 << 20;

/// Where a recording is sent.
pub(crate) struct Destination {
    pub policy: Arc<UriPolicy>,
    pub uri: String,
    /// Told when the server has answered, or why it has not.
    pub answered: Arc<dyn Fn(Result<(), String>) + Send + Sync>,
}

impl Destination {
    /// Begins to send.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn open(&self, container: ContainerKind) -> io::Result<Outgoing> {
        let (writer, reader) = pipe(CAPACITY);
        let agent = fetch::agent(&self.policy);
        let (uri, answered) = (self.uri.clone(), Arc::clone(&self.answered));
        threads::spawn("trellis-send", move || {
            let request = Request { uri: &uri, media_type: media_type(container, Kind::Video) };
            answered(request.send(&agent, reader));
        })?;
        Ok(Outgoing(Arc::new(Mutex::new(Some(writer)))))
    }
}

struct Request<'a> {
    uri: &'a str,
    media_type: &'a str,
}

impl Request<'_> {
    fn send(&self, agent: &ureq::Agent, mut recording: PipeReader) -> Result<(), String> {
        let request = agent.put(self.uri).header(header::CONTENT_TYPE, self.media_type);
        // What has been sent cannot be sent once more to somebody else.
        let request = request.config().max_redirects(0).build();
        let answer = request.send(SendBody::from_reader(&mut recording));
        answer.map(drop).map_err(|error| format!("{}: {error}", self.uri))
    }
}

/// A recording on its way: clones write the same one. Dropped without [`Outgoing::finish`] it breaks off.
#[derive(Clone)]
pub(crate) struct Outgoing(Arc<Mutex<Option<PipeWriter>>>);

impl Outgoing {
    /// All has been written.
    pub fn finish(&self) {
        if let Some(writer) = self.0.lock().take() {
            writer.finish();
        }
    }
}

impl Write for Outgoing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut writer = self.0.lock();
        match writer.as_mut().map_or(Ok(bytes.len()), |writer| writer.write(bytes)) {
            // Why nobody takes it is told by who sent it.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            other => other,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
