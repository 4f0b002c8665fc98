//! Where one client's upload comes in.

use super::reader::Refusal;
use crate::pipe::{PipeReader, PipeWriter, pipe};
use bytes::Bytes;
use parking_lot::Mutex;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

/// Bytes that wait to be demuxed; more are left on the connection.
const CAPACITY: usize = 1 << 20;

type Watch = Box<dyn Fn(super::Attendance) + Send + Sync>;

/// The inlet of one endpoint: one upload goes through it.
#[derive(Default)]
pub(crate) struct Inlet {
    state: Mutex<State>,
    watch: OnceLock<Watch>,
}

#[derive(Default)]
struct State {
    phase: Phase,
    reader: Option<PipeReader>,
    /// Whether all has come that the client wanted to send.
    whole: bool,
    /// Whether it is media, and why not.
    verdict: Option<Result<(), String>>,
    asker: Option<Waker>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// Nobody has come.
    #[default]
    Free,
    /// Somebody sends, or what was sent is played.
    Busy,
    /// The session is over.
    Over,
}

impl Inlet {
    /// Has somebody hear of the client that comes and goes. Once; nothing is locked when it is called.
    pub fn watch(&self, watch: impl Fn(super::Attendance) + Send + Sync + 'static) {
        let _ = self.watch.set(Box::new(watch));
    }

    pub(super) fn enter(self: &Arc<Inlet>) -> Result<Upload, Refusal> {
        let (writer, reader) = pipe(CAPACITY);
        {
            let mut state = self.state.lock();
            match state.phase {
                Phase::Free => state.phase = Phase::Busy,
                Phase::Busy => return Err(Refusal::Busy),
                Phase::Over => return Err(Refusal::Over),
            }
            state.reader = Some(reader);
        }
        self.tell(super::Attendance::Came);
        Ok(Upload { inlet: Arc::clone(self), writer: Some(writer) })
    }

    /// The bytes that come, for who reads them.
    pub fn take_reader(&self) -> Option<PipeReader> {
        self.state.lock().reader.take()
    }

    /// Says whether what comes is media.
    pub fn settle(&self, verdict: Result<(), String>) {
        let asker = {
            let mut state = self.state.lock();
            state.verdict.get_or_insert(verdict);
            state.asker.take()
        };
        if let Some(asker) = asker {
            asker.wake();
        }
    }

    /// Whether all has come that the client wanted to send.
    pub fn is_whole(&self) -> bool {
        self.state.lock().whole
    }

    /// Lets nobody in any more.
    pub fn close(&self) {
        self.state.lock().phase = Phase::Over;
        self.settle(Err("the session is over".into()));
    }

    fn tell(&self, attendance: super::Attendance) {
        if let Some(watch) = self.watch.get() {
            watch(attendance);
        }
    }
}

/// An upload. One that is dropped without [`Upload::finish`] has broken off: what came of it is played to its end.
pub struct Upload {
    inlet: Arc<Inlet>,
    writer: Option<PipeWriter>,
}

impl Upload {
    /// Ready when more may come (true), or when nobody takes it (false).
    pub fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        self.writer.as_ref().map_or(Poll::Ready(false), |writer| writer.poll_room(cx))
    }

    /// Hands bytes on, when there was room.
    ///
    /// # Errors
    /// When there is none, or nobody takes them.
    pub fn push(&mut self, bytes: Bytes) -> std::io::Result<()> {
        self.writer.as_ref().map_or_else(|| Err(std::io::ErrorKind::BrokenPipe.into()), |writer| writer.push(bytes))
    }

    /// All has come.
    pub fn finish(&mut self) {
        if let Some(writer) = self.writer.take() {
            self.inlet.state.lock().whole = true;
            writer.finish();
        }
    }

    /// Ready when it is known whether this is media; why not.
    pub fn poll_verdict(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), String>> {
        let mut state = self.inlet.state.lock();
        match &state.verdict {
            Some(verdict) => Poll::Ready(verdict.clone()),
            None => {
                state.asker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.writer = None;
        self.inlet.tell(super::Attendance::Went);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn one_upload_at_a_time_and_none_after_the_end() {
        let inlet = Arc::new(Inlet::default());
        let mut upload = inlet.enter().ok().unwrap();
        assert_eq!(inlet.enter().err(), Some(Refusal::Busy));
        upload.push("media".into()).unwrap();
        upload.finish();
        drop(upload);
        assert_eq!(inlet.enter().err(), Some(Refusal::Busy), "it is still played");
        let mut text = String::new();
        inlet.take_reader().unwrap().read_to_string(&mut text).unwrap();
        assert!(text == "media" && inlet.is_whole());
        inlet.close();
        assert_eq!(inlet.enter().err(), Some(Refusal::Over));
    }

    #[test]
    fn an_upload_that_breaks_off_is_known_as_such() {
        let inlet = Arc::new(Inlet::default());
        drop(inlet.enter());
        assert!(!inlet.is_whole() && inlet.take_reader().is_some());
    }

    #[test]
    fn who_uploads_is_told_what_became_of_it() {
        let inlet = Arc::new(Inlet::default());
        let mut upload = inlet.enter().ok().unwrap();
        let mut cx = Context::from_waker(Waker::noop());
        assert_eq!(upload.poll_verdict(&mut cx), Poll::Pending);
        inlet.settle(Err("not media".into()));
        inlet.settle(Ok(()));
        assert_eq!(upload.poll_verdict(&mut cx), Poll::Ready(Err("not media".into())));
    }
}
