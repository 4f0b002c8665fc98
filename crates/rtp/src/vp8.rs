//! VP8 (RFC 7741).
//!
//! We send the one-byte descriptor: without picture ids a receiver goes by sequence numbers, which the sending leg
//! keeps continuous even where it changes from one encoder to another.

use crate::payload::{Assembled, PayloadError};
use crate::split::evenly;
use bytes::{BufMut, Bytes, BytesMut};
use trellis_media::MediaTime;

const DESCRIPTOR: usize = 1;
/// S bit: start of a partition (section 4.2).
const START: u8 = 0x10;

pub(crate) fn packetise(frame: &Bytes, limit: usize, payloads: &mut Vec<Bytes>) -> Result<(), PayloadError> {
    for range in evenly(frame.len(), limit.saturating_sub(DESCRIPTOR), 0) {
        let mut payload = BytesMut::with_capacity(DESCRIPTOR + range.len());
        payload.put_u8(if range.start == 0 { START } else { 0 });
        payload.put_slice(frame.get(range).unwrap_or_default());
        payloads.push(payload.freeze());
    }
    Ok(())
}

pub(crate) fn assemble(payloads: &[Bytes]) -> Result<Assembled, PayloadError> {
    let mut data = BytesMut::with_capacity(payloads.iter().map(Bytes::len).sum());
    for (index, payload) in payloads.iter().enumerate() {
        let (descriptor, rest) = split_descriptor(payload).ok_or(PayloadError::Short)?;
        if index == 0 && !begins_frame(descriptor) {
            return Err(PayloadError::Fragment);
        }
        data.put_slice(rest);
    }
    let keyframe = data.first().is_some_and(|tag| tag & 1 == 0);
    Ok(Assembled { data: data.freeze(), keyframe, duration: MediaTime::ZERO })
}

pub(crate) fn starts_keyframe(payload: &[u8]) -> bool {
    // The P bit of the frame tag (RFC 6386, section 9.1) is zero for a key frame.
    split_descriptor(payload)
        .is_some_and(|(descriptor, rest)| begins_frame(descriptor) && rest.first().is_some_and(|tag| tag & 1 == 0))
}

/// S set and partition 0.
fn begins_frame(descriptor: u8) -> bool {
    descriptor & START != 0 && descriptor & 0x07 == 0
}

/// The first byte of the payload descriptor (section 4.2), and what follows the whole descriptor.
fn split_descriptor(payload: &[u8]) -> Option<(u8, &[u8])> {
    let (first, mut rest) = payload.split_first()?;
    if first & 0x80 != 0 {
        let extensions;
        (extensions, rest) = rest.split_first()?;
        if extensions & 0x80 != 0 {
            let long = rest.first()? & 0x80 != 0;
            rest = rest.get(if long { 2 } else { 1 }..)?;
        }
        if extensions & 0x40 != 0 {
            rest = rest.get(1..)?;
        }
        if extensions & 0x30 != 0 {
            rest = rest.get(1..)?;
        }
    }
    Some((*first, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_optional_field_of_the_descriptor_is_skipped() {
        let long_id_and_all = [0x90, 0xf0, 0x81, 0x23, 5, 0x60, 0x00, 1, 2];
        assert_eq!(split_descriptor(&long_id_and_all), Some((0x90, [0x00, 1, 2].as_slice())));
        let short_id = [0x90, 0x80, 0x11, 0x00, 1];
        assert_eq!(split_descriptor(&short_id), Some((0x90, [0x00, 1].as_slice())));
        assert!(starts_keyframe(&short_id) && starts_keyframe(&long_id_and_all));
    }

    #[test]
    fn inter_frames_continuations_and_later_partitions_start_nothing() {
        assert!(!starts_keyframe(&[0x10, 0x01]));
        assert!(!starts_keyframe(&[0x00, 0x00]));
        assert!(!starts_keyframe(&[0x11, 0x00]));
        assert!(!starts_keyframe(&[0x10]));
        assert!(!starts_keyframe(&[]));
    }

    #[test]
    fn a_frame_without_its_beginning_is_refused() {
        assert_eq!(assemble(&[Bytes::from_static(&[0x00, 1, 2])]), Err(PayloadError::Fragment));
    }
}
