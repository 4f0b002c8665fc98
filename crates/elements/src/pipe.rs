//! Bytes on their way to a thread that waits for them: a bounded queue, which is polled where they come in and blocks
//! where they are read.

use bytes::{Buf, Bytes};
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Makes a pipe that takes more as long as it holds fewer bytes than these.
pub(crate) fn pipe(capacity: usize) -> (PipeWriter, PipeReader) {
    let inner = Arc::new(Inner { capacity, state: Mutex::default(), readable: Condvar::new() });
    (PipeWriter(Arc::clone(&inner)), PipeReader(inner))
}

struct Inner {
    capacity: usize,
    state: Mutex<State>,
    readable: Condvar,
}

#[derive(Default)]
struct State {
    chunks: VecDeque<Bytes>,
    bytes: usize,
    writer: Option<Waker>,
    end: Option<End>,
    /// Nobody reads any more.
    closed: bool,
}

/// How the bytes end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    Broken,
}

/// Where bytes come in. One that is dropped without [`PipeWriter::finish`] has broken off.
pub(crate) struct PipeWriter(Arc<Inner>);

/// Where bytes are read. At a break it gives what has come, and then an error.
pub(crate) struct PipeReader(Arc<Inner>);

/// Ends a pipe from outside: its reader waits no longer.
pub(crate) struct PipeStop(Arc<Inner>);

impl PipeWriter {
    /// Ready when there is room (true), or when nobody reads (false).
    pub fn poll_room(&self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut state = self.0.state.lock();
        if state.closed {
            return Poll::Ready(false);
        }
        if state.bytes < self.0.capacity {
            return Poll::Ready(true);
        }
        state.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Puts bytes in, when there is room and somebody reads.
    ///
    /// # Errors
    /// What hinders it.
    pub fn push(&self, bytes: Bytes) -> io::Result<()> {
        let mut state = self.0.state.lock();
        if state.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if state.bytes >= self.0.capacity {
            return Err(io::Error::other("what is to be sent is not taken quickly enough"));
        }
        if !bytes.is_empty() {
            state.bytes += bytes.len();
            state.chunks.push_back(bytes);
            self.0.readable.notify_one();
        }
        Ok(())
    }

    /// All has come.
    pub fn finish(self) {
        self.0.end(End::Whole);
    }
}

impl io::Write for PipeWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(Bytes::copy_from_slice(bytes)).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.0.end(End::Broken);
    }
}

impl Inner {
    fn end(&self, end: End) {
        self.state.lock().end.get_or_insert(end);
        self.readable.notify_one();
    }

    fn close(&self) {
        let writer = {
            let mut state = self.state.lock();
            state.closed = true;
            state.chunks.clear();
            state.writer.take()
        };
        self.readable.notify_one();
        if let Some(writer) = writer {
            writer.wake();
        }
    }
}

impl PipeReader {
    /// What ends this pipe.
    pub fn stop(&self) -> PipeStop {
        PipeStop(Arc::clone(&self.0))
    }
}

impl PipeStop {
    /// Ends the pipe.
    pub fn stop(&self) {
        self.0.close();
    }
}

impl io::Read for PipeReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let (taken, writer) = {
            let mut state = self.0.state.lock();
            let taken = loop {
                if state.closed {
                    return Err(io::ErrorKind::BrokenPipe.into());
                }
                if let Some(first) = state.chunks.front_mut() {
                    let taken = first.len().min(into.len());
                    first.copy_to_slice(&mut into[..taken]);
                    if first.is_empty() {
                        state.chunks.pop_front();
                    }
                    break taken;
                }
                match state.end {
                    Some(End::Whole) => return Ok(0),
                    Some(End::Broken) => return Err(io::ErrorKind::UnexpectedEof.into()),
                    None => self.0.readable.wait(&mut state),
                }
            };
            state.bytes -= taken;
            let room = state.bytes < self.0.capacity;
            (taken, if room { state.writer.take() } else { None })
        };
        if let Some(writer) = writer {
            writer.wake();
        }
        Ok(taken)
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn room(writer: &PipeWriter) -> Poll<bool> {
        writer.poll_room(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn who_writes_waits_for_who_reads() {
        let (writer, mut reader) = pipe(4);
        assert_eq!(room(&writer), Poll::Ready(true));
        writer.push("abcdef".into()).unwrap();
        assert_eq!(room(&writer), Poll::Pending);
        assert!(writer.push("g".into()).is_err(), "full");
        let mut some = [0; 4];
        assert_eq!((reader.read(&mut some).unwrap(), &some), (4, b"abcd"));
        assert_eq!(room(&writer), Poll::Ready(true));
        writer.finish();
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "ef");
    }

    #[test]
    fn a_break_is_told_from_an_end() {
        let (writer, mut reader) = pipe(4);
        writer.push("ab".into()).unwrap();
        drop(writer);
        let mut all = Vec::new();
        assert_eq!(reader.read_to_end(&mut all).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(all, b"ab");
    }

    #[test]
    fn who_waits_for_bytes_can_be_stopped() {
        let (writer, mut reader) = pipe(4);
        let stop = reader.stop();
        let waiting = std::thread::spawn(move || reader.read(&mut [0; 4]).map_err(|error| error.kind()));
        stop.stop();
        assert_eq!(waiting.join().unwrap(), Err(io::ErrorKind::BrokenPipe));
        assert_eq!(room(&writer), Poll::Ready(false));
    }
}
