//! WebRTC endpoints: what a peer may be sent, and what it sends.

mod node;

pub use node::{LimitReceived, Negotiated, WantKeyframe, WebRtcNode};

use crate::pads::{sinks, sources};
use trellis_graph::Element;
use trellis_media::{Alternative, Caps, Codec, Constraint, Field, Format, Kind, Profile};

/// Codecs of sound, the preferred first.
pub const AUDIO_CODECS: [Codec; 3] = [Codec::Opus, Codec::Pcmu, Codec::Pcma];
/// Codecs of pictures, the preferred first.
pub const VIDEO_CODECS: [Codec; 4] = [Codec::Vp8, Codec::H264, Codec::Vp9, Codec::Av1];

/// What a sink pad accepts when the peer takes these codecs, in its order of preference.
pub fn caps_of(codecs: &[Codec]) -> Caps {
    codecs.iter().map(|codec| constrained(*codec)).collect()
}

/// RTP of a codec, limited to what every WebRTC peer decodes: H.264 within the constrained baseline profile that is
/// negotiated (RFC 7742 section 6.2), and no reordered pictures.
fn constrained(codec: Codec) -> Alternative {
    let alternative = Alternative::like(&Format::rtp(codec));
    if codec != Codec::H264 {
        return alternative;
    }
    let profile = Constraint::One(Profile::ConstrainedBaseline.number());
    alternative.with(Field::Profile, profile).with(Field::Reordered, Constraint::One(1))
}

/// Everything that a sink pad may accept, depending on the peer.
pub fn all_caps(kind: Kind) -> Caps {
    match kind {
        Kind::Audio => caps_of(&AUDIO_CODECS),
        Kind::Video => caps_of(&VIDEO_CODECS),
        Kind::Data => Caps::any_of(Kind::Data),
    }
}

/// The format of what a peer sends.
pub fn format_of(codec: Codec) -> Format {
    let format = Format::rtp(codec);
    match codec {
        Codec::H264 => format.with_profile(Profile::ConstrainedBaseline).with(Field::Reordered, 1),
        Codec::Opus => format.with_sampling(48_000, 2),
        Codec::Pcmu | Codec::Pcma => format.with_sampling(8_000, 1),
        _ => format,
    }
}

/// An endpoint before its descriptions are exchanged: it accepts data only.
pub fn element(name: &str) -> Element {
    let accepts = |kind| if kind == Kind::Data { Caps::any_of(kind) } else { Caps::none() };
    Element {
        name: name.into(),
        sinks: sinks(accepts),
        sources: sources(),
        live: true,
        node: Box::new(WebRtcNode::default()),
    }
}
