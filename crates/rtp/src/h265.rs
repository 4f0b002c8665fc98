//! H.265 (RFC 7798) without decoding order numbers: single NAL units, aggregation packets and fragmentation units.

use crate::annexb::{START_CODE, nal_units};
use crate::bits::BitReader;
use crate::parameter_sets::ParameterSets;
use crate::payload::{Assemble, Assembled, PayloadError};
use crate::split::evenly;
use bytes::{BufMut, Bytes, BytesMut};
use std::ops::RangeInclusive;
use trellis_media::MediaTime;

/// NAL unit types (H.265, table 7-1) and packet types (RFC 7798, section 4.4).
const RANDOM_ACCESS: RangeInclusive<u8> = 16..=23;
const VIDEO_SET: u8 = 32;
const SEQUENCE_SET: u8 = 33;
const PICTURE_SET: u8 = 34;
/// Delimiter, end of sequence, end of bitstream, filler data.
const NOT_SENT: RangeInclusive<u8> = 35..=38;
const AGGREGATION: u8 = 48;
const FRAGMENT: u8 = 49;

/// Bytes of a NAL unit header.
const UNIT_HEADER: usize = 2;
/// Bits of the FU header (section 4.4.3).
const FU_START: u8 = 0x80;
const FU_END: u8 = 0x40;
const FU_HEADER: usize = 3;

const fn kind(header: [u8; 2]) -> u8 {
    header[0] >> 1 & 0x3f
}

pub(crate) fn packetise(frame: &Bytes, limit: usize, payloads: &mut Vec<Bytes>) -> Result<(), PayloadError> {
    let mut small: Vec<Bytes> = Vec::new();
    for unit in nal_units(frame) {
        let Some((header, body)) = unit.split_first_chunk::<2>() else { continue };
        if NOT_SENT.contains(&kind(*header)) {
            continue;
        }
        if unit.len() > limit {
            flush(&mut small, payloads);
            fragment(*header, body, limit, payloads);
        } else {
            let together = small.iter().fold(UNIT_HEADER + 2 + unit.len(), |sum, unit| sum + 2 + unit.len());
            if together > limit {
                flush(&mut small, payloads);
            }
            small.push(unit);
        }
    }
    flush(&mut small, payloads);
    Ok(())
}

/// Writes units as a single NAL unit packet or as an aggregation packet (section 4.4.2).
fn flush(units: &mut Vec<Bytes>, payloads: &mut Vec<Bytes>) {
    if units.len() < 2 {
        payloads.append(units);
        return;
    }
    // Layer and temporal id are the lowest of the units'.
    let ids = units.iter().filter_map(|unit| Some(u16::from_be_bytes([*unit.first()? & 0x01, *unit.get(1)?]))).min();
    let mut payload = BytesMut::with_capacity(units.iter().fold(UNIT_HEADER, |sum, unit| sum + 2 + unit.len()));
    payload.put_u16(u16::from(AGGREGATION) << 9 | ids.unwrap_or(1));
    for unit in units.drain(..) {
        payload.put_u16(u16::try_from(unit.len()).unwrap_or(u16::MAX));
        payload.put_slice(&unit);
    }
    payloads.push(payload.freeze());
}

fn fragment(header: [u8; 2], body: &[u8], limit: usize, payloads: &mut Vec<Bytes>) {
    for range in evenly(body.len(), limit.saturating_sub(FU_HEADER), 0) {
        let start = if range.start == 0 { FU_START } else { 0 };
        let end = if range.end == body.len() { FU_END } else { 0 };
        let mut payload = BytesMut::with_capacity(FU_HEADER + range.len());
        payload.put_u8(header[0] & 0x81 | FRAGMENT << 1);
        payload.put_u8(header[1]);
        payload.put_u8(start | end | kind(header));
        payload.put_slice(body.get(range).unwrap_or_default());
        payloads.push(payload.freeze());
    }
}

pub(crate) fn starts_keyframe(payload: &[u8]) -> bool {
    let Some((header, body)) = payload.split_first_chunk::<2>() else { return false };
    match kind(*header) {
        AGGREGATION => aggregated(body).any(|unit| {
            let unit = unit.ok().and_then(|unit| unit.split_first_chunk::<2>());
            unit.is_some_and(|(header, body)| begins_key_picture(kind(*header), body))
        }),
        FRAGMENT => {
            body.split_first().is_some_and(|(fu, body)| fu & FU_START != 0 && begins_key_picture(fu & 0x3f, body))
        }
        other => begins_key_picture(other, body),
    }
}

/// A parameter set that goes before a picture, or the first slice segment (its first bit is set) of an IRAP picture.
fn begins_key_picture(kind: u8, body: &[u8]) -> bool {
    matches!(kind, VIDEO_SET | SEQUENCE_SET)
        || RANDOM_ACCESS.contains(&kind) && body.first().is_some_and(|byte| byte & 0x80 != 0)
}

/// The NAL units of an aggregation packet, after its header.
fn aggregated(mut body: &[u8]) -> impl Iterator<Item = Result<&[u8], PayloadError>> {
    std::iter::from_fn(move || {
        if body.is_empty() {
            return None;
        }
        let unit = body.split_first_chunk::<2>().and_then(|(size, rest)| {
            let (unit, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*size)))?;
            body = rest;
            Some(unit)
        });
        if unit.is_none() {
            body = &[];
        }
        Some(unit.ok_or(PayloadError::Short))
    })
}

/// Puts access units together, and parameter sets before IRAP pictures that lack them.
#[derive(Default)]
pub(crate) struct H265Assembler {
    sets: ParameterSets,
}

/// What was seen of an access unit so far.
#[derive(Default)]
struct AccessUnit {
    stream: BytesMut,
    /// Where the unit that is being put together from fragments begins.
    open: Option<usize>,
    random_access: bool,
    /// Which of video, sequence and picture sets came.
    sets: [bool; 3],
}

impl Assemble for H265Assembler {
    fn assemble(&mut self, payloads: &[Bytes]) -> Result<Assembled, PayloadError> {
        let len: usize = payloads.iter().map(|payload| payload.len() + START_CODE.len()).sum();
        let mut access = AccessUnit { stream: BytesMut::with_capacity(len), ..AccessUnit::default() };
        for payload in payloads {
            self.add_packet(payload, &mut access)?;
        }
        if access.open.is_some() {
            return Err(PayloadError::Fragment);
        }
        if access.random_access && access.sets != [true; 3] {
            if !self.sets.has_all(&[VIDEO_SET, SEQUENCE_SET, PICTURE_SET]) {
                return Err(PayloadError::ParameterSets);
            }
            access.stream = self.sets.before(&access.stream);
        }
        Ok(Assembled { data: access.stream.freeze(), keyframe: access.random_access, duration: MediaTime::ZERO })
    }
}

impl H265Assembler {
    fn add_packet(&mut self, payload: &[u8], access: &mut AccessUnit) -> Result<(), PayloadError> {
        let (header, body) = payload.split_first_chunk::<2>().ok_or(PayloadError::Short)?;
        if access.open.is_some() && kind(*header) != FRAGMENT {
            return Err(PayloadError::Fragment);
        }
        match kind(*header) {
            0..=47 => {
                self.add_unit(payload, access);
                Ok(())
            }
            AGGREGATION => aggregated(body).try_for_each(|unit| {
                self.add_unit(unit?, access);
                Ok(())
            }),
            FRAGMENT => self.add_fragment(*header, body, access),
            other => Err(PayloadError::Type(other)),
        }
    }

    fn add_unit(&mut self, unit: &[u8], access: &mut AccessUnit) {
        access.stream.put_slice(&START_CODE);
        access.stream.put_slice(unit);
        self.note(unit, access);
    }

    fn add_fragment(&mut self, header: [u8; 2], body: &[u8], access: &mut AccessUnit) -> Result<(), PayloadError> {
        let (fu, body) = body.split_first().ok_or(PayloadError::Short)?;
        match (fu & FU_START != 0, access.open) {
            (true, None) => {
                access.stream.put_slice(&START_CODE);
                access.open = Some(access.stream.len());
                access.stream.put_u8(header[0] & 0x81 | (fu & 0x3f) << 1);
                access.stream.put_u8(header[1]);
            }
            (false, Some(_)) => {}
            _ => return Err(PayloadError::Fragment),
        }
        access.stream.put_slice(body);
        if fu & FU_END != 0 {
            let start = access.open.take().unwrap_or(0);
            let stream = std::mem::take(&mut access.stream);
            self.note(stream.get(start..).unwrap_or_default(), access);
            access.stream = stream;
        }
        Ok(())
    }

    /// Takes notice of a whole unit.
    fn note(&mut self, unit: &[u8], access: &mut AccessUnit) {
        let Some((header, body)) = unit.split_first_chunk::<2>() else { return };
        let kind = kind(*header);
        match kind {
            VIDEO_SET | SEQUENCE_SET | PICTURE_SET => {
                if let Some(seen) = access.sets.get_mut(usize::from(kind - VIDEO_SET)) {
                    *seen = true;
                }
                // Of video and sequence sets streams have one; a picture set begins with its id (section 7.3.2.3).
                let id = if kind == PICTURE_SET { BitReader::new(body).exp_golomb() } else { None };
                self.sets.remember(kind, id.unwrap_or(0), unit);
            }
            kind => access.random_access |= RANDOM_ACCESS.contains(&kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(kind: u8, body: &[u8]) -> Vec<u8> {
        [&[kind << 1, 1], body].concat()
    }

    fn stream(units: &[Vec<u8>]) -> Bytes {
        units.iter().flat_map(|unit| START_CODE.iter().chain(unit)).copied().collect()
    }

    #[test]
    fn sets_are_aggregated_slices_cut_and_all_put_together_again() {
        let units = [unit(32, &[1, 2]), unit(33, &[3, 4]), unit(34, &[0xc0, 6]), unit(19, &[0x9a; 4_000])];
        let mut payloads = Vec::new();
        packetise(&stream(&units), 1_000, &mut payloads).unwrap();
        assert_eq!(payloads[0][0] >> 1, AGGREGATION);
        assert!(payloads.iter().all(|payload| payload.len() <= 1_000));
        assert!(starts_keyframe(&payloads[0]) && starts_keyframe(&payloads[1]) && !starts_keyframe(&payloads[2]));
        let mut assembler = H265Assembler::default();
        let whole = assembler.assemble(&payloads).unwrap();
        assert_eq!((whole.data, whole.keyframe), (stream(&units), true));
        // Without the sets, which are known now.
        assert_eq!(assembler.assemble(&payloads[1..]).unwrap().data, stream(&units));
        assert_eq!(H265Assembler::default().assemble(&payloads[1..]), Err(PayloadError::ParameterSets));
    }

    #[test]
    fn lost_fragments_and_cut_aggregates_are_refused() {
        let mut assembler = H265Assembler::default();
        assert_eq!(assembler.assemble(&[Bytes::from_static(&[0x62, 1, 0x41, 3])]), Err(PayloadError::Fragment));
        assert_eq!(assembler.assemble(&[Bytes::from_static(&[0x62, 1, 0x81, 3])]), Err(PayloadError::Fragment));
        assert_eq!(assembler.assemble(&[Bytes::from_static(&[0x60, 1, 0])]), Err(PayloadError::Short));
        assert_eq!(assembler.assemble(&[Bytes::from_static(&[0x60, 1, 0, 9, 2])]), Err(PayloadError::Short));
        assert_eq!(assembler.assemble(&[Bytes::from_static(&[0x64, 1, 0])]), Err(PayloadError::Type(50)));
    }
}
