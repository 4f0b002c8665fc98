//! H.264 (RFC 6184), packetization-mode 1: single NAL units, STAP-A and FU-A.

use crate::annexb::{START_CODE, nal_units};
use crate::bits::BitReader;
use crate::parameter_sets::ParameterSets;
use crate::payload::{Assemble, Assembled, PayloadError};
use crate::split::evenly;
use bytes::{BufMut, Bytes, BytesMut};
use trellis_media::MediaTime;

/// NAL unit types (H.264, table 7-1) and packet types (RFC 6184, table 1).
const IDR: u8 = 5;
const SEQUENCE_SET: u8 = 7;
const PICTURE_SET: u8 = 8;
const DELIMITER: u8 = 9;
const END_OF_SEQUENCE: u8 = 10;
const END_OF_STREAM: u8 = 11;
const FILLER: u8 = 12;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// Bits of the FU header (section 5.8).
const FU_START: u8 = 0x80;
const FU_END: u8 = 0x40;
const FU_HEADER: usize = 2;

const fn kind(header: u8) -> u8 {
    header & 0x1f
}

pub(crate) fn packetise(frame: &Bytes, limit: usize, payloads: &mut Vec<Bytes>) -> Result<(), PayloadError> {
    let mut small = Aggregate::default();
    for unit in nal_units(frame) {
        let Some(header) = unit.first().copied() else { continue };
        if matches!(kind(header), DELIMITER | END_OF_SEQUENCE | END_OF_STREAM | FILLER) {
            continue;
        }
        if unit.len() > limit {
            small.flush(payloads);
            fragment(header, &unit, limit, payloads);
        } else {
            if small.size_with(&unit) > limit {
                small.flush(payloads);
            }
            small.units.push(unit);
        }
    }
    small.flush(payloads);
    Ok(())
}

/// NAL units on their way into one packet.
#[derive(Default)]
struct Aggregate {
    units: Vec<Bytes>,
}

impl Aggregate {
    /// Bytes of a STAP-A of these units and one more: one for the header, two for each size (section 5.7.1).
    fn size_with(&self, unit: &Bytes) -> usize {
        self.units.iter().fold(1 + 2 + unit.len(), |sum, unit| sum + 2 + unit.len())
    }

    /// Writes the units as a single NAL unit packet or as a STAP-A.
    fn flush(&mut self, payloads: &mut Vec<Bytes>) {
        if self.units.len() < 2 {
            payloads.append(&mut self.units);
            return;
        }
        // The header's reference value is the highest of the units' (section 5.7).
        let reference = self.units.iter().filter_map(|unit| unit.first()).map(|header| header & 0x60).max();
        let mut payload = BytesMut::with_capacity(self.units.iter().fold(1, |sum, unit| sum + 2 + unit.len()));
        payload.put_u8(STAP_A | reference.unwrap_or(0));
        for unit in self.units.drain(..) {
            payload.put_u16(u16::try_from(unit.len()).unwrap_or(u16::MAX));
            payload.put_slice(&unit);
        }
        payloads.push(payload.freeze());
    }
}

fn fragment(header: u8, unit: &Bytes, limit: usize, payloads: &mut Vec<Bytes>) {
    let body = unit.get(1..).unwrap_or_default();
    for range in evenly(body.len(), limit.saturating_sub(FU_HEADER), 0) {
        let start = if range.start == 0 { FU_START } else { 0 };
        let end = if range.end == body.len() { FU_END } else { 0 };
        let mut payload = BytesMut::with_capacity(FU_HEADER + range.len());
        payload.put_u8(FU_A | header & 0x60);
        payload.put_u8(start | end | kind(header));
        payload.put_slice(body.get(range).unwrap_or_default());
        payloads.push(payload.freeze());
    }
}

pub(crate) fn starts_keyframe(payload: &[u8]) -> bool {
    let Some((header, body)) = payload.split_first() else { return false };
    match kind(*header) {
        STAP_A => aggregated(body).any(|unit| unit.is_ok_and(unit_starts_keyframe)),
        FU_A => body.split_first().is_some_and(|(fu, body)| {
            fu & FU_START != 0 && (kind(*fu) == SEQUENCE_SET || kind(*fu) == IDR && is_first_slice(body))
        }),
        _ => unit_starts_keyframe(payload),
    }
}

fn unit_starts_keyframe(unit: &[u8]) -> bool {
    unit.split_first()
        .is_some_and(|(header, body)| kind(*header) == SEQUENCE_SET || kind(*header) == IDR && is_first_slice(body))
}

/// Whether a slice begins at macroblock 0: `first_mb_in_slice`, an Exp-Golomb number, is the single bit 1.
fn is_first_slice(slice: &[u8]) -> bool {
    slice.first().is_some_and(|byte| byte & 0x80 != 0)
}

/// The NAL units of a STAP-A, after its header.
fn aggregated(mut body: &[u8]) -> impl Iterator<Item = Result<&[u8], PayloadError>> {
    std::iter::from_fn(move || {
        if body.is_empty() {
            return None;
        }
        let Some(([high, low], rest)) = body.split_first_chunk::<2>() else {
            body = &[];
            return Some(Err(PayloadError::Short));
        };
        let Some((unit, rest)) = rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low]))) else {
            body = &[];
            return Some(Err(PayloadError::Short));
        };
        body = rest;
        Some(Ok(unit))
    })
}

/// Puts access units together, and parameter sets before IDR pictures that lack them.
#[derive(Default)]
pub(crate) struct H264Assembler {
    sets: ParameterSets,
}

/// What was seen of an access unit so far.
#[derive(Default)]
struct AccessUnit {
    stream: BytesMut,
    /// Where the unit that is being put together from fragments begins.
    open: Option<usize>,
    idr: bool,
    sequence_set: bool,
    picture_set: bool,
}

impl Assemble for H264Assembler {
    fn assemble(&mut self, payloads: &[Bytes]) -> Result<Assembled, PayloadError> {
        let len: usize = payloads.iter().map(|payload| payload.len() + START_CODE.len()).sum();
        let mut unit = AccessUnit { stream: BytesMut::with_capacity(len), ..AccessUnit::default() };
        for payload in payloads {
            self.add_packet(payload, &mut unit)?;
        }
        if unit.open.is_some() {
            return Err(PayloadError::Fragment);
        }
        if unit.idr && !(unit.sequence_set && unit.picture_set) {
            if !self.sets.has_all(&[SEQUENCE_SET, PICTURE_SET]) {
                return Err(PayloadError::ParameterSets);
            }
            unit.stream = self.sets.before(&unit.stream);
        }
        Ok(Assembled { data: unit.stream.freeze(), keyframe: unit.idr, duration: MediaTime::ZERO })
    }
}

impl H264Assembler {
    fn add_packet(&mut self, payload: &[u8], access: &mut AccessUnit) -> Result<(), PayloadError> {
        let (header, body) = payload.split_first().ok_or(PayloadError::Short)?;
        if access.open.is_some() && kind(*header) != FU_A {
            return Err(PayloadError::Fragment);
        }
        match kind(*header) {
            1..=23 => {
                self.add_unit(payload, access);
                Ok(())
            }
            STAP_A => aggregated(body).try_for_each(|unit| {
                self.add_unit(unit?, access);
                Ok(())
            }),
            FU_A => self.add_fragment(*header, body, access),
            other => Err(PayloadError::Type(other)),
        }
    }

    fn add_unit(&mut self, unit: &[u8], access: &mut AccessUnit) {
        if !unit.is_empty() {
            access.stream.put_slice(&START_CODE);
            access.stream.put_slice(unit);
            self.note(unit, access);
        }
    }

    fn add_fragment(&mut self, header: u8, body: &[u8], access: &mut AccessUnit) -> Result<(), PayloadError> {
        let (fu, body) = body.split_first().ok_or(PayloadError::Short)?;
        match (fu & FU_START != 0, access.open) {
            (true, None) => {
                access.stream.put_slice(&START_CODE);
                access.open = Some(access.stream.len());
                access.stream.put_u8(header & 0xe0 | kind(*fu));
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
        let Some((header, body)) = unit.split_first() else { return };
        match kind(*header) {
            IDR => access.idr = true,
            SEQUENCE_SET => {
                access.sequence_set = true;
                // The id follows profile, constraints and level (section 7.3.2.1.1).
                let id = body.get(3..).and_then(|rest| BitReader::new(rest).exp_golomb());
                self.sets.remember(SEQUENCE_SET, id.unwrap_or(0), unit);
            }
            PICTURE_SET => {
                access.picture_set = true;
                self.sets.remember(PICTURE_SET, BitReader::new(body).exp_golomb().unwrap_or(0), unit);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(units: &[&[u8]]) -> Bytes {
        units.iter().flat_map(|unit| START_CODE.iter().chain(unit.iter())).copied().collect()
    }

    const SPS: &[u8] = &[0x67, 0x42, 0xe0, 0x1f, 0x80, 0x11];
    const PPS: &[u8] = &[0x68, 0xce, 0x3c, 0x80];
    const IDR_SLICE: &[u8] = &[0x65, 0x88, 0x80, 0x14];

    #[test]
    fn parameter_sets_share_a_packet_and_a_large_slice_is_cut_evenly() {
        let slice: Vec<u8> = [0x65, 0x88].into_iter().chain([7; 3_000]).collect();
        let mut payloads = Vec::new();
        packetise(&stream(&[&[0x09, 0x10], SPS, PPS, &slice]), 1_140, &mut payloads).unwrap();
        let kinds: Vec<u8> = payloads.iter().map(|payload| kind(payload[0])).collect();
        assert_eq!(kinds, [STAP_A, FU_A, FU_A, FU_A]);
        let sizes: Vec<usize> = payloads[1..].iter().map(Bytes::len).collect();
        assert!(sizes[0] == sizes[1] && sizes[2] <= sizes[1], "{sizes:?}");
        assert!(starts_keyframe(&payloads[0]) && starts_keyframe(&payloads[1]) && !starts_keyframe(&payloads[2]));
        let whole = H264Assembler::default().assemble(&payloads).unwrap();
        assert_eq!((whole.data, whole.keyframe), (stream(&[SPS, PPS, &slice]), true));
    }

    #[test]
    fn an_idr_picture_without_parameter_sets_gets_those_seen_before() {
        let mut assembler = H264Assembler::default();
        let idr = [Bytes::from_static(IDR_SLICE)];
        assert_eq!(assembler.assemble(&idr), Err(PayloadError::ParameterSets));
        assembler.assemble(&[Bytes::from_static(SPS), Bytes::from_static(PPS)]).unwrap();
        assert_eq!(assembler.assemble(&idr).unwrap().data, stream(&[SPS, PPS, IDR_SLICE]));
    }

    #[test]
    fn lost_fragments_and_cut_aggregates_are_refused() {
        let mut assembler = H264Assembler::default();
        let start = Bytes::from_static(&[0x7c, 0x81, 1, 2]);
        let end = Bytes::from_static(&[0x7c, 0x41, 3, 4]);
        assert_eq!(assembler.assemble(std::slice::from_ref(&end)), Err(PayloadError::Fragment));
        assert_eq!(assembler.assemble(std::slice::from_ref(&start)), Err(PayloadError::Fragment));
        assert!(assembler.assemble(&[start, end]).is_ok());
        for cut in [&[0x78, 0][..], &[0x78, 0, 5, 1], &[0x78, 0, 1, 0x41, 9]] {
            assert_eq!(assembler.assemble(&[Bytes::from_static(cut)]), Err(PayloadError::Short), "{cut:?}");
        }
        assert_eq!(assembler.assemble(&[Bytes::from_static(&[0x7d, 0, 0])]), Err(PayloadError::Type(29)));
    }

    #[test]
    fn only_the_first_slice_of_an_idr_picture_starts_it() {
        assert!(starts_keyframe(IDR_SLICE) && starts_keyframe(SPS));
        assert!(!starts_keyframe(&[0x65, 0x40]), "a later slice");
        assert!(!starts_keyframe(&[0x41, 0x88]) && !starts_keyframe(PPS) && !starts_keyframe(&[]));
    }
}
