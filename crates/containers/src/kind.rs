//! The containers that are written, and what they take.

use std::fmt;
use trellis_media::{Caps, Codec, Format, Kind};

/// A container that [`crate::Muxer`] writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContainerKind {
    /// WebM.
    WebM,
    /// MP4 in fragments (ISO/IEC 14496-12, movie fragments).
    Mp4,
    /// Matroska.
    Matroska,
}

impl ContainerKind {
    /// Codecs of a kind that it takes as they come, the preferred one first.
    const fn codecs(self, kind: Kind) -> &'static [Codec] {
        match (self, kind) {
            (ContainerKind::WebM, Kind::Video) => &[Codec::Vp8, Codec::Vp9, Codec::Av1],
            (ContainerKind::WebM, Kind::Audio) => &[Codec::Opus, Codec::Vorbis],
            (ContainerKind::Mp4, Kind::Video) => &[Codec::H264, Codec::H265, Codec::Av1],
            (ContainerKind::Mp4, Kind::Audio) => &[Codec::Aac, Codec::Opus],
            (ContainerKind::Matroska, Kind::Video) => &[Codec::H264, Codec::Vp8, Codec::Vp9, Codec::Av1, Codec::H265],
            (ContainerKind::Matroska, Kind::Audio) => &[Codec::Opus, Codec::Aac, Codec::Vorbis],
            (_, Kind::Data) => &[],
        }
    }

    /// Whether it takes a codec as it comes.
    pub(crate) fn takes(self, codec: Codec) -> bool {
        self.codecs(codec.kind()).contains(&codec)
    }

    /// FFmpeg's name of the muxer.
    pub(crate) const fn muxer(self) -> &'static str {
        match self {
            ContainerKind::WebM => "webm",
            ContainerKind::Mp4 => "mp4",
            ContainerKind::Matroska => "matroska",
        }
    }
}

impl fmt::Display for ContainerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ContainerKind::WebM => "WebM",
            ContainerKind::Mp4 => "MP4",
            ContainerKind::Matroska => "Matroska",
        })
    }
}

/// What a container takes of a kind of media as it comes: caps for the sink of a recorder.
pub fn accepts(container: ContainerKind, kind: Kind) -> Caps {
    let formats: Vec<Format> = container.codecs(kind).iter().map(|codec| Format::encoded(*codec)).collect();
    Caps::like(&formats)
}
