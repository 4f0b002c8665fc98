//! Media files: a [`Demuxer`] that reads whatever FFmpeg opens into items, and a [`Muxer`] that writes items as WebM,
//! Matroska or fragmented MP4; a [`StreamMuxer`] does so in pieces, for a file that many read while it is written.
//!
//! What always holds: a hostile file gives errors, never a hang or a panic; a file being written can be read after a
//! kill at any moment and lacks at most its last second; what lies between audio and video stays as it was.
#![deny(unsafe_code)]

mod codec;
mod demuxer;
mod error;
mod filter;
mod flush;
mod kind;
mod mime;
mod muxer;
mod opening;
mod parameters;
mod pcm;
mod start;
mod stream;
mod time;
mod track;
mod writer;

pub use demuxer::Demuxer;
pub use error::ContainerError;
pub use kind::{ContainerKind, accepts};
pub use mime::media_type;
pub use muxer::Muxer;
pub use start::TrackSpec;
pub use stream::{Piece, StreamMuxer};
pub use track::Track;

/// Makes FFmpeg ready, once: the texts of its errors, and no log of its own, since what goes wrong is in ours.
fn prepare() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        if let Err(error) = ffmpeg_next::init() {
            tracing::warn!(%error, "FFmpeg is not ready");
        }
        ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Fatal);
    });
}
