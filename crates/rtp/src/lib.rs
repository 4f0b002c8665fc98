//! RTP: payload formats (packetisers, depacketisers with a reorder buffer), header parsing, and transport: [sessions](session)
//! with a remote, and the [descriptions](sdp) that they are agreed on by.
//!
//! ```text
//! encoded frames -> packetiser -> RTP packets        packets of a lossy network -> reorder buffer -> depacketiser
//!                   (one function a codec)                                         (whole frames or none) -> frames
//! ```
//!
//! The payload formats are our own and not those of `rtc-rtp`: its H.264 depacketiser indexes past the end of a
//! STAP-A that was cut short (a panic from the network), none of its depacketisers notices a lost fragment, its VP9
//! packetiser marks every picture as a key picture, and its fragments differ in size, which UDP segmentation offload
//! cannot batch. RTCP is parsed by `rtc-rtcp`.
//!
//! What always holds: no input panics; a broken access unit is never given out; every buffer has a bound.
#![forbid(unsafe_code)]

mod annexb;
mod audio;
mod av1;
mod bits;
mod converters;
mod depacketiser;
mod duplicates;
mod h264;
mod h265;
mod keyframe;
mod packetiser;
mod parameter_sets;
mod payload;
mod reorder;
mod rewriter;
pub mod sdp;
mod sequence;
pub mod session;
mod split;
mod timeline;
mod vp8;
mod vp9;
mod wire;

pub use converters::converters;
pub use duplicates::Duplicates;
pub use keyframe::starts_keyframe;
pub use packetiser::PAYLOAD_LIMIT;
pub use payload::PayloadError;
pub use rewriter::{Rewriter, Rewritten};
pub use sequence::Sequence;
pub use timeline::Timeline;
pub use wire::{WireError, parse_rtcp, parse_rtp, write_rtp};
