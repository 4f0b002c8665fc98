//! Where a viewer can start.

use crate::{av1, h264, h265, vp8, vp9};
use trellis_media::{Codec, Kind};

/// Whether a decoder can start at the packet with this payload: it is the first of a key picture, or of the parameter
/// sets before one. Always true for audio; false for video codecs that have no payload format here.
///
/// Rules: VP8 RFC 7741 section 4.3; VP9 RFC 9628 section 4.2; H.264 RFC 6184 section 5.2 (an SPS, or the slice of an
/// IDR picture with macroblock 0, alone, in a STAP-A or at the start of an FU-A); H.265 RFC 7798 likewise with any
/// parameter set or IRAP picture; AV1 the N bit of the aggregation header, or a sequence header as first OBU.
pub fn starts_keyframe(codec: Codec, payload: &[u8]) -> bool {
    match codec {
        Codec::Vp8 => vp8::starts_keyframe(payload),
        Codec::Vp9 => vp9::starts_keyframe(payload),
        Codec::H264 => h264::starts_keyframe(payload),
        Codec::H265 => h265::starts_keyframe(payload),
        Codec::Av1 => av1::starts_keyframe(payload),
        other => other.kind() == Kind::Audio,
    }
}
