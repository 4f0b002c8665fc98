//! Plain RTP over UDP: one stream in from a port of ours, one stream out to somebody else's.
//!
//! ```text
//!   socket ─► receiver's thread ─► one turn of the pipeline for all that has come ─► input element ─► ...
//!   ... ─► output element ─► batch of the turn ─► socket, when the pipeline's lock has been released
//! ```
//!
//! This is the special case of [`crate::rtp_endpoint`] in which nothing is described and nobody answers. All inputs share one
//! thread, as all endpoints do. Nothing is queued here: what comes too fast is dropped by the kernel, what cannot be
//! sent at once is dropped and counted. RTCP is neither read nor sent, so nobody can be asked for a key picture, and
//! the streams of one sender are put together by when they came.

mod input;
mod output;
mod receiver;

pub(crate) use input::{Input, element as input_element};
pub use output::{OutputCounters, element as output_element};
pub(crate) use receiver::{Port, Receiver};

use trellis_media::{Caps, Codec, Format};

/// One RTP stream, as both ends must know it beforehand where no description is exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpStream {
    /// What it carries.
    pub codec: Codec,
    /// The payload type that its packets have (RFC 3551), 0 to 127.
    pub payload_type: u8,
}

impl RtpStream {
    /// The format of its packets.
    pub fn format(&self) -> Format {
        let format = Format::rtp(self.codec);
        match self.codec {
            Codec::Opus => format.with_sampling(48_000, 2),
            Codec::Pcmu | Codec::Pcma => format.with_sampling(8_000, 1),
            Codec::G722 => format.with_sampling(16_000, 1),
            _ => format,
        }
    }

    fn caps(&self) -> Caps {
        Caps::like(&[Format::rtp(self.codec)])
    }
}
