//! VP9 (RFC 9628), non-flexible mode, one layer.
//!
//! As with VP8 we send no picture ids. A key picture announces its size in a scalability structure (section 4.2.1),
//! which browsers show before the first picture is decoded. Of a stream with spatial layers all layers of a picture
//! make one frame.

use crate::bits::BitReader;
use crate::payload::{Assembled, PayloadError};
use crate::split::evenly;
use bytes::{BufMut, Bytes, BytesMut};
use trellis_media::MediaTime;

/// Bits of the first byte of the descriptor (section 4.2).
const PICTURE_ID: u8 = 0x80;
const INTER: u8 = 0x40;
const LAYERS: u8 = 0x20;
const FLEXIBLE: u8 = 0x10;
const BEGIN: u8 = 0x08;
const END: u8 = 0x04;
const STRUCTURE: u8 = 0x02;

const DESCRIPTOR: usize = 1;
/// A scalability structure of one layer with its size: one byte of flags, two of width, two of height.
const SIZE_STRUCTURE: usize = 5;

pub(crate) fn packetise(frame: &Bytes, limit: usize, payloads: &mut Vec<Bytes>) -> Result<(), PayloadError> {
    let key_size = key_picture_size(frame);
    let reserved = if key_size.is_some() { SIZE_STRUCTURE } else { 0 };
    for range in evenly(frame.len(), limit.saturating_sub(DESCRIPTOR), reserved) {
        let mut flags = if key_size.is_some() { 0 } else { INTER };
        let mut payload = BytesMut::with_capacity(DESCRIPTOR + reserved + range.len());
        if range.end == frame.len() {
            flags |= END;
        }
        if range.start == 0 {
            flags |= BEGIN;
        }
        match key_size {
            Some((width, height)) if range.start == 0 => {
                payload.put_u8(flags | STRUCTURE);
                payload.put_u8(0x10); // One spatial layer, with its size, without a picture group.
                payload.put_u16(width);
                payload.put_u16(height);
            }
            _ => payload.put_u8(flags),
        }
        payload.put_slice(frame.get(range).unwrap_or_default());
        payloads.push(payload.freeze());
    }
    Ok(())
}

pub(crate) fn assemble(payloads: &[Bytes]) -> Result<Assembled, PayloadError> {
    let mut data = BytesMut::with_capacity(payloads.iter().map(Bytes::len).sum());
    for (index, payload) in payloads.iter().enumerate() {
        let descriptor = parse_descriptor(payload).ok_or(PayloadError::Short)?;
        if index == 0 && descriptor.flags & BEGIN == 0 {
            return Err(PayloadError::Fragment);
        }
        data.put_slice(descriptor.rest);
    }
    let keyframe = key_picture_size(&data).is_some();
    Ok(Assembled { data: data.freeze(), keyframe, duration: MediaTime::ZERO })
}

pub(crate) fn starts_keyframe(payload: &[u8]) -> bool {
    parse_descriptor(payload).is_some_and(|descriptor| {
        descriptor.flags & BEGIN != 0 && descriptor.flags & INTER == 0 && descriptor.spatial_layer == 0
    })
}

struct Descriptor<'a> {
    flags: u8,
    spatial_layer: u8,
    rest: &'a [u8],
}

fn parse_descriptor(payload: &[u8]) -> Option<Descriptor<'_>> {
    let (&flags, mut rest) = payload.split_first()?;
    let mut spatial_layer = 0;
    if flags & PICTURE_ID != 0 {
        let long = rest.first()? & 0x80 != 0;
        rest = rest.get(if long { 2 } else { 1 }..)?;
    }
    if flags & LAYERS != 0 {
        spatial_layer = rest.first()? >> 1 & 0x07;
        rest = rest.get(if flags & FLEXIBLE != 0 { 1 } else { 2 }..)?;
    }
    if flags & FLEXIBLE != 0 && flags & INTER != 0 {
        // At most three references; the last bit of each says whether another follows.
        for _ in 0..3 {
            let reference;
            (reference, rest) = rest.split_first()?;
            if reference & 1 == 0 {
                break;
            }
        }
    }
    if flags & STRUCTURE != 0 {
        rest = skip_structure(rest)?;
    }
    Some(Descriptor { flags, spatial_layer, rest })
}

/// What follows a scalability structure (section 4.2.1).
fn skip_structure(structure: &[u8]) -> Option<&[u8]> {
    let (flags, mut rest) = structure.split_first()?;
    if flags & 0x10 != 0 {
        rest = rest.get((usize::from(flags >> 5) + 1) * 4..)?;
    }
    if flags & 0x08 != 0 {
        let pictures;
        (pictures, rest) = rest.split_first()?;
        for _ in 0..*pictures {
            let references = usize::from(rest.first()? >> 2 & 0x03);
            rest = rest.get(1 + references..)?;
        }
    }
    Some(rest)
}

/// Width and height of a key picture from its uncompressed header (VP9 bitstream, section 6.2); `None` for other
/// pictures and for what is no VP9.
fn key_picture_size(frame: &[u8]) -> Option<(u16, u16)> {
    const SYNC_CODE: u32 = 0x49_83_42;
    const RGB: u32 = 7;
    let mut bits = BitReader::new(frame);
    if bits.bits(2)? != 2 {
        return None;
    }
    let profile = bits.bits(1)? | bits.bits(1)? << 1;
    if profile == 3 {
        bits.bit()?;
    }
    let show_existing = bits.bit()?;
    let inter = bits.bit()?;
    bits.bits(2)?; // show_frame, error_resilient_mode
    if show_existing || inter || bits.bits(24)? != SYNC_CODE {
        return None;
    }
    if profile >= 2 {
        bits.bit()?; // ten_or_twelve_bit
    }
    let odd_profile = profile & 1 == 1;
    if bits.bits(3)? != RGB {
        bits.bits(if odd_profile { 4 } else { 1 })?; // color_range, subsampling, reserved
    } else if odd_profile {
        bits.bit()?;
    }
    let width = bits.bits(16)?.saturating_add(1);
    let height = bits.bits(16)?.saturating_add(1);
    Some((u16::try_from(width).unwrap_or(u16::MAX), u16::try_from(height).unwrap_or(u16::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_layers_and_structures_are_skipped() {
        // Flexible mode with a long picture id, layers and three references.
        let flexible = [0xf8, 0x81, 0x02, 0x02, 0x03, 0x05, 0x06, 0xaa];
        let descriptor = parse_descriptor(&flexible).unwrap();
        assert_eq!((descriptor.spatial_layer, descriptor.rest), (1, [0xaa].as_slice()));
        // Two layers with sizes, a picture group of one picture with two references.
        let structure = [0x0a, 0x38, 0, 64, 0, 48, 0, 128, 0, 96, 1, 0x08, 1, 2, 0xbb];
        assert_eq!(parse_descriptor(&structure).unwrap().rest, [0xbb]);
        assert!(starts_keyframe(&structure) && !starts_keyframe(&flexible));
    }

    #[test]
    fn an_upper_layer_of_a_key_picture_starts_nothing() {
        assert!(!starts_keyframe(&[0x28, 0x02, 0x00, 0xaa]));
    }
}
