//! What can go wrong with a file.

use crate::ContainerKind;
use std::path::PathBuf;
use trellis_media::Codec;

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    /// The file is not there or may not be read.
    #[error("{0}: {1}")]
    Open(PathBuf, #[source] std::io::Error),
    /// Nothing known is in it, or what would tell (an MP4's index, say) is missing or damaged.
    #[error("not a media file, or one whose beginning or index is missing or damaged ({0})")]
    NotMedia(String),
    /// Its tracks are all in codecs that are not known here, which are named.
    #[error("no track that can be decoded (found: {0})")]
    NoTrack(String),
    /// The file ends early or is damaged at the place reached. What came before is good; nothing follows.
    #[error("the file is cut off or damaged here ({0})")]
    Damaged(String),
    /// The place asked for cannot be reached.
    #[error("cannot seek there ({0})")]
    Seek(String),
    /// The container cannot carry this codec.
    #[error("{0} cannot carry {1}")]
    Codec(ContainerKind, Codec),
    /// A track cannot begin: its configuration or its picture size is not known.
    #[error("track {0} cannot begin: {1}")]
    Start(usize, String),
    /// An item that is not an encoded frame, or of a track that was not announced.
    #[error("track {0} takes encoded frames of its codec only")]
    Item(usize),
    /// Nothing that a file could hold was written.
    #[error("nothing was recorded")]
    Empty,
    /// The file could not be written: the disk is full, for one.
    #[error("cannot write ({0})")]
    Write(String),
}
