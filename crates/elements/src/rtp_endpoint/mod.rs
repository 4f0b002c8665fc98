//! RTP endpoints: media by plain RTP, or by SRTP with keys that descriptions bring.
//!
//! ```text
//!   sockets ─► the RTP thread ─► Session ─► Observer ─► one turn of the pipeline for all that has come
//!   ... ─► node ─► Session ─► after the turn: sockets
//! ```
//!
//! The protocol is `trellis_rtp::session`'s; here are the sockets, and the node.

mod address;
mod node;
mod ports;
mod transport;

pub(crate) use address::{Family, announced, bind_address};
pub(crate) use node::{Negotiated, WantKeyframe};
pub(crate) use ports::PortPair;
pub(crate) use transport::{Observer, Transport, random};

use crate::pads::{sinks, sources};
use crate::webrtc_endpoint;
use node::RtpNode;
use trellis_graph::Element;
use trellis_media::{Caps, Codec, Format, Kind};
use trellis_rtp::sdp::CodecLine;

/// Codecs of sound, the preferred first.
pub(crate) const AUDIO_CODECS: [Codec; 3] = [Codec::Opus, Codec::Pcmu, Codec::Pcma];
/// Codecs of pictures, the preferred first.
pub(crate) const VIDEO_CODECS: [Codec; 4] = [Codec::Vp8, Codec::H264, Codec::Vp9, Codec::Av1];
/// The same, and one that is taken when it is offered, but not offered: there is no encoder for it.
pub(crate) const ANSWERED_VIDEO_CODECS: [Codec; 5] = [Codec::Vp8, Codec::H264, Codec::Vp9, Codec::Av1, Codec::H265];

/// An endpoint before descriptions are exchanged: it accepts nothing.
pub(crate) fn element(name: &str) -> Element {
    Element {
        name: name.into(),
        sinks: sinks(|_| Caps::none()),
        sources: sources(),
        live: true,
        node: Box::new(RtpNode::default()),
    }
}

/// Everything that a sink pad may accept, depending on the remote.
pub(crate) fn all_caps(kind: Kind) -> Caps {
    match kind {
        Kind::Audio => webrtc_endpoint::caps_of(&AUDIO_CODECS),
        Kind::Video => webrtc_endpoint::caps_of(&ANSWERED_VIDEO_CODECS),
        Kind::Data => Caps::none(),
    }
}

/// The format of what a remote sends under a line of its description. Of H.264 only what the line says is known:
/// senders of plain RTP have any profile.
pub(crate) fn format_of(line: &CodecLine) -> Format {
    match line.payload_type.codec {
        Codec::H264 if !line.is_constrained_baseline() => Format::rtp(Codec::H264),
        codec => webrtc_endpoint::format_of(codec),
    }
}
