//! What the payload formats have in common.

use bytes::Bytes;
use trellis_media::MediaTime;

/// Why a payload, or the payloads of one frame together, are not what the payload format says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// A length or a header points past the end.
    #[error("the payload is cut short")]
    Short,
    /// The first packet does not begin a frame, or a fragment lacks its beginning or its end.
    #[error("a fragment without its beginning or its end")]
    Fragment,
    /// A packet type that this payload format reserves, or that was not negotiated.
    #[error("packet type {0} is reserved or was not negotiated")]
    Type(u8),
    /// A key picture without parameter sets, and none seen before.
    #[error("a key picture came without parameter sets, and none were seen before")]
    ParameterSets,
}

/// One frame, put together again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assembled {
    /// The frame in the form that `EncodedFrame` documents; empty when the packets carried no picture.
    pub data: Bytes,
    pub keyframe: bool,
    /// Zero when the payload does not tell.
    pub duration: MediaTime,
}

/// Puts the payloads of one frame together. May remember parameter sets from one frame to the next.
pub(crate) trait Assemble: Send {
    /// `payloads` are all payloads of one frame, in order, none empty.
    fn assemble(&mut self, payloads: &[Bytes]) -> Result<Assembled, PayloadError>;
}

/// A payload format that remembers nothing.
impl<F: FnMut(&[Bytes]) -> Result<Assembled, PayloadError> + Send> Assemble for F {
    fn assemble(&mut self, payloads: &[Bytes]) -> Result<Assembled, PayloadError> {
        self(payloads)
    }
}

/// Cuts a frame into payloads of at most `limit` bytes, appended to `payloads`.
pub(crate) type Packetise = fn(frame: &Bytes, limit: usize, payloads: &mut Vec<Bytes>) -> Result<(), PayloadError>;
