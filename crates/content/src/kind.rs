//! The kinds of content, as types: what a session of each can be started with differs.

use crate::protocol::Direction;

/// A kind of content. There are four.
pub trait Kind: sealed::Sealed + Send + Sync + 'static {
    /// Its name, for people.
    const NAME: &'static str;
    /// The same as a value.
    #[doc(hidden)]
    const TAG: Tag;
}

/// Media that the client gets over HTTP.
#[derive(Debug)]
pub enum HttpPlayer {}
/// Media that the client uploads over HTTP.
#[derive(Debug)]
pub enum HttpRecorder {}
/// Media over RTP, agreed on by SDP.
#[derive(Debug)]
pub enum Rtp {}
/// Media over WebRTC.
#[derive(Debug)]
pub enum WebRtc {}

/// A kind of content as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// [`HttpPlayer`].
    HttpPlayer,
    /// [`HttpRecorder`].
    HttpRecorder,
    /// [`Rtp`].
    Rtp,
    /// [`WebRtc`].
    WebRtc,
}

impl Tag {
    /// The only direction that a client of this kind may ask for, if there is only one.
    pub(crate) fn direction(self) -> Option<Direction> {
        match self {
            Tag::HttpPlayer => Some(Direction::RecvOnly),
            Tag::HttpRecorder => Some(Direction::SendOnly),
            Tag::Rtp | Tag::WebRtc => None,
        }
    }

    /// Whether its media is agreed on by SDP.
    pub(crate) fn has_sdp(self) -> bool {
        matches!(self, Tag::Rtp | Tag::WebRtc)
    }
}

impl Kind for HttpPlayer {
    const NAME: &'static str = "HTTP player";
    const TAG: Tag = Tag::HttpPlayer;
}
impl Kind for HttpRecorder {
    const NAME: &'static str = "HTTP recorder";
    const TAG: Tag = Tag::HttpRecorder;
}
impl Kind for Rtp {
    const NAME: &'static str = "RTP";
    const TAG: Tag = Tag::Rtp;
}
impl Kind for WebRtc {
    const NAME: &'static str = "WebRTC";
    const TAG: Tag = Tag::WebRtc;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::HttpPlayer {}
    impl Sealed for super::HttpRecorder {}
    impl Sealed for super::Rtp {}
    impl Sealed for super::WebRtc {}
}
