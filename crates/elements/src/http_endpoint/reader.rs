//! One who reads a stream.

use super::broadcast::{Broadcast, Closed, Given, Place};
use bytes::Bytes;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Why nobody is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The session is over.
    #[error("the session is over")]
    Over,
    /// There are as many readers as there may be.
    #[error("there are too many readers")]
    Full,
    /// Somebody else is there, and there is room for one.
    #[error("somebody else is sending")]
    Busy,
}

/// A reader of a stream; it leaves when it is dropped.
///
/// It is given the header, then whole parts, of which the first begins with a keyframe.
pub struct Reader {
    broadcast: Arc<Broadcast>,
    id: u64,
    place: Place,
}

impl Reader {
    pub(super) fn enter(broadcast: &Arc<Broadcast>) -> Result<Reader, Refusal> {
        let (id, place) = broadcast.enter().map_err(|closed| match closed {
            Closed::Over => Refusal::Over,
            Closed::Full => Refusal::Full,
        })?;
        Ok(Reader { broadcast: Arc::clone(broadcast), id, place })
    }

    /// The next bytes; `None` at the end.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match self.broadcast.next(self.id, self.place, cx.waker()) {
            Given::Bytes(bytes, place) => {
                self.place = place;
                Poll::Ready(Some(bytes))
            }
            Given::Wait(place) => {
                self.place = place;
                Poll::Pending
            }
            Given::End => Poll::Ready(None),
        }
    }

    /// Ready when it is known what the stream is, or when it is over.
    pub fn poll_known(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.broadcast.is_known(self.id, cx.waker()) { Poll::Ready(()) } else { Poll::Pending }
    }

    /// What the stream is, as far as it is known.
    pub fn media_type(&self) -> Arc<str> {
        self.broadcast.media_type()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.broadcast.leave(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;
    use trellis_containers::{ContainerKind, Piece};
    use trellis_media::Kind;

    fn stream() -> Arc<Broadcast> {
        let broadcast = Broadcast::new(ContainerKind::WebM, Kind::Video);
        broadcast.push(Piece::Header { bytes: "head".into(), mime: "video/webm; codecs=\"vp8\"".into() });
        broadcast
    }

    fn part(number: usize, keyframe: bool) -> Piece {
        Piece::Part { bytes: number.to_string().into(), keyframe }
    }

    /// What a reader is given without waiting.
    fn drain(reader: &mut Reader) -> Vec<Bytes> {
        let mut cx = Context::from_waker(Waker::noop());
        std::iter::from_fn(|| match reader.poll_next(&mut cx) {
            Poll::Ready(bytes) => bytes,
            Poll::Pending => None,
        })
        .collect()
    }

    #[test]
    fn a_late_reader_gets_the_header_and_a_new_keyframe() {
        let broadcast = stream();
        broadcast.push(part(0, true));
        let mut reader = Reader::enter(&broadcast).ok().unwrap();
        assert_eq!(drain(&mut reader), ["head"]);
        broadcast.push(part(1, false));
        assert!(drain(&mut reader).is_empty());
        broadcast.push(part(2, true));
        broadcast.push(part(3, false));
        assert_eq!(drain(&mut reader), ["2", "3"]);
    }

    #[test]
    fn where_no_new_keyframe_comes_the_newest_will_do() {
        let broadcast = stream();
        (0..3).for_each(|number| broadcast.push(part(number, number == 1)));
        let mut reader = Reader::enter(&broadcast).ok().unwrap();
        assert_eq!(drain(&mut reader), ["head"]);
        broadcast.admit();
        assert_eq!(drain(&mut reader), ["1", "2"]);
    }

    #[test]
    fn a_slow_reader_loses_parts_up_to_a_keyframe_and_holds_nothing() {
        let broadcast = stream();
        let mut reader = Reader::enter(&broadcast).ok().unwrap();
        broadcast.push(part(0, true));
        assert_eq!(drain(&mut reader), ["head", "0"]);
        let large = Bytes::from(vec![0; 1 << 20]);
        (1..=20).for_each(|at| broadcast.push(Piece::Part { bytes: large.clone(), keyframe: at % 5 == 0 }));
        assert_eq!(drain(&mut reader).len(), 1, "the newest keyframe is the last part");
        assert_eq!(broadcast.lost(), 19);
        let mut quick = Reader::enter(&broadcast).ok().unwrap();
        broadcast.admit();
        assert_eq!(drain(&mut quick).len(), 2, "nobody else is delayed");
    }

    #[test]
    fn at_the_end_everybody_gets_what_is_left() {
        let broadcast = stream();
        let mut reader = Reader::enter(&broadcast).ok().unwrap();
        broadcast.push(part(0, true));
        broadcast.end();
        assert_eq!(drain(&mut reader), ["head", "0"]);
        assert!(matches!(reader.poll_next(&mut Context::from_waker(Waker::noop())), Poll::Ready(None)));
        assert!(matches!(Reader::enter(&broadcast), Err(Refusal::Over)));
    }

    #[test]
    fn there_are_only_so_many_readers() {
        let broadcast = stream();
        let mut readers = Vec::new();
        let refused = loop {
            match Reader::enter(&broadcast) {
                Ok(reader) => readers.push(reader),
                Err(refusal) => break refusal,
            }
        };
        assert_eq!((refused, readers.len()), (Refusal::Full, 1_000));
        readers.pop();
        assert!(Reader::enter(&broadcast).is_ok());
    }
}
