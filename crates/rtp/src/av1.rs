//! AV1 (RTP Payload Format for AV1, Alliance for Open Media, version 1.0).
//!
//! On a link a temporal unit is a row of OBUs with sizes; in RTP the sizes go (section 4.5), and OBUs that mean nothing
//! to a receiver (temporal delimiters, tile lists, padding) are not sent.

use crate::payload::{Assembled, PayloadError};
use bytes::{BufMut, Bytes, BytesMut};
use trellis_media::MediaTime;

/// Bits of the aggregation header (section 4.4).
const CONTINUES: u8 = 0x80;
const CONTINUED: u8 = 0x40;
const NEW_SEQUENCE: u8 = 0x08;

/// OBU types (AV1 bitstream, section 6.2.2) and bits of the OBU header (section 5.3.2).
const SEQUENCE_HEADER: u8 = 1;
const TEMPORAL_DELIMITER: u8 = 2;
const TILE_LIST: u8 = 8;
const PADDING: u8 = 15;
const HAS_EXTENSION: u8 = 0x04;
const HAS_SIZE: u8 = 0x02;

/// Bytes that a cut costs, and the fewest that make a fragment worth its size.
const CUT: usize = 3;
/// Elements that a packet can hold without a size on the last one: W is two bits.
const MOST_COUNTED: usize = 3;

const fn kind(header: u8) -> u8 {
    header >> 3 & 0x0f
}

pub(crate) fn packetise(unit: &Bytes, limit: usize, payloads: &mut Vec<Bytes>) -> Result<(), PayloadError> {
    let mut elements = Vec::new();
    let mut rest = unit.as_ref();
    let mut new_sequence = false;
    while !rest.is_empty() {
        let (obu, following) = split_obu(rest)?;
        rest = following;
        new_sequence |= kind(obu.header) == SEQUENCE_HEADER;
        if !matches!(kind(obu.header), TEMPORAL_DELIMITER | TILE_LIST | PADDING) {
            elements.push(obu.without_size());
        }
    }
    let total: usize = elements.iter().map(|element| element.len() + leb128_len(element.len())).sum();
    // Beside the aggregation header, an element that is cut has a size once more.
    let room = limit.saturating_sub(1 + CUT).max(CUT);
    let budget = total.div_ceil(total.div_ceil(room).max(1)) + CUT;
    let mut packet = Packet::default();
    let first = payloads.len();
    for element in &elements {
        let mut at = 0;
        while at < element.len() {
            let left = element.len() - at;
            let free = budget.saturating_sub(packet.size);
            if free < CUT && packet.size > 0 {
                packet.flush(at > 0, payloads);
                continue;
            }
            let part = left.min(free.saturating_sub(leb128_len(free.min(left))).max(1));
            packet.push(element.slice(at..at + part));
            at += part;
            if at < element.len() {
                packet.flush(true, payloads);
            }
        }
    }
    packet.flush(false, payloads);
    if let Some(payload) = payloads.get_mut(first).filter(|_| new_sequence) {
        let mut marked = BytesMut::from(payload.as_ref());
        if let Some(header) = marked.first_mut() {
            *header |= NEW_SEQUENCE;
        }
        *payload = marked.freeze();
    }
    Ok(())
}

/// Elements on their way into a packet.
#[derive(Default)]
struct Packet {
    elements: Vec<Bytes>,
    /// Bytes of the elements with a size before each.
    size: usize,
    /// Whether the first element continues one of the packet before.
    continues: bool,
}

impl Packet {
    fn push(&mut self, element: Bytes) {
        self.size += element.len() + leb128_len(element.len());
        self.elements.push(element);
    }

    /// Writes the packet; `continued` tells whether its last element goes on in the next.
    fn flush(&mut self, continued: bool, payloads: &mut Vec<Bytes>) {
        let packet = std::mem::replace(self, Packet { continues: continued, ..Packet::default() });
        let Some(last) = packet.elements.len().checked_sub(1) else {
            self.continues = packet.continues;
            return;
        };
        let counted = packet.elements.len() <= MOST_COUNTED;
        let mut header = if counted { (packet.elements.len() as u8) << 4 } else { 0 };
        header |= if packet.continues { CONTINUES } else { 0 } | if continued { CONTINUED } else { 0 };
        let mut payload = BytesMut::with_capacity(1 + packet.size);
        payload.put_u8(header);
        for (index, element) in packet.elements.iter().enumerate() {
            if !counted || index != last {
                put_leb128(&mut payload, element.len());
            }
            payload.put_slice(element);
        }
        payloads.push(payload.freeze());
    }
}

pub(crate) fn assemble(payloads: &[Bytes]) -> Result<Assembled, PayloadError> {
    let mut unit = BytesMut::with_capacity(payloads.iter().map(|payload| payload.len() + 2).sum());
    let mut open = BytesMut::new();
    let mut expects_more = false;
    let mut keyframe = false;
    for payload in payloads {
        let (header, body) = payload.split_first().ok_or(PayloadError::Short)?;
        if (header & CONTINUES != 0) != expects_more {
            return Err(PayloadError::Fragment);
        }
        keyframe |= header & NEW_SEQUENCE != 0;
        let mut elements = elements(*header, body).peekable();
        while let Some(element) = elements.next() {
            open.put_slice(element?);
            if elements.peek().is_some() || header & CONTINUED == 0 {
                keyframe |= put_obu(&mut unit, &open)?;
                open.clear();
            }
        }
        expects_more = header & CONTINUED != 0;
    }
    if expects_more {
        return Err(PayloadError::Fragment);
    }
    Ok(Assembled { data: unit.freeze(), keyframe, duration: MediaTime::ZERO })
}

/// Appends an OBU with its size; answers whether it is a sequence header.
fn put_obu(unit: &mut BytesMut, element: &[u8]) -> Result<bool, PayloadError> {
    if element.is_empty() {
        return Ok(false);
    }
    // An element should have no size of its own, but may (section 4.5).
    let (obu, _) = split_obu(element)?;
    if matches!(kind(obu.header), TEMPORAL_DELIMITER | TILE_LIST | PADDING) {
        return Ok(false);
    }
    unit.put_u8(obu.header | HAS_SIZE);
    unit.extend(obu.extension);
    put_leb128(unit, obu.body.len());
    unit.put_slice(obu.body);
    Ok(kind(obu.header) == SEQUENCE_HEADER)
}

pub(crate) fn starts_keyframe(payload: &[u8]) -> bool {
    let Some((header, body)) = payload.split_first() else { return false };
    if header & CONTINUES != 0 {
        return false;
    }
    let first = elements(*header, body).filter_map(Result::ok).find(|element| !element.is_empty());
    header & NEW_SEQUENCE != 0 || first.and_then(<[u8]>::first).is_some_and(|obu| kind(*obu) == SEQUENCE_HEADER)
}

/// The OBU elements after an aggregation header.
fn elements(header: u8, mut body: &[u8]) -> impl Iterator<Item = Result<&[u8], PayloadError>> {
    let counted = usize::from(header >> 4 & 0x03);
    let mut index = 0;
    std::iter::from_fn(move || {
        index += 1;
        if body.is_empty() {
            // Fewer elements than W says.
            return (index <= counted).then_some(Err(PayloadError::Short));
        }
        if index == counted {
            return Some(Ok(std::mem::take(&mut body)));
        }
        let split = read_leb128(body).and_then(|(size, rest)| rest.split_at_checked(size));
        let (element, rest) = match split {
            Some((element, rest)) => (Ok(element), rest),
            None => (Err(PayloadError::Short), &[][..]),
        };
        body = rest;
        Some(element)
    })
}

/// An OBU without its size.
struct Obu<'a> {
    header: u8,
    extension: Option<u8>,
    body: &'a [u8],
}

impl Obu<'_> {
    fn without_size(&self) -> Bytes {
        let mut element = BytesMut::with_capacity(2 + self.body.len());
        element.put_u8(self.header & !HAS_SIZE);
        element.extend(self.extension);
        element.put_slice(self.body);
        element.freeze()
    }
}

/// Splits the first OBU off; one without a size reaches to the end.
fn split_obu(bytes: &[u8]) -> Result<(Obu<'_>, &[u8]), PayloadError> {
    let (&header, mut rest) = bytes.split_first().ok_or(PayloadError::Short)?;
    let mut extension = None;
    if header & HAS_EXTENSION != 0 {
        let (byte, after) = rest.split_first().ok_or(PayloadError::Short)?;
        extension = Some(*byte);
        rest = after;
    }
    let mut size = rest.len();
    if header & HAS_SIZE != 0 {
        (size, rest) = read_leb128(rest).ok_or(PayloadError::Short)?;
    }
    let (body, rest) = rest.split_at_checked(size).ok_or(PayloadError::Short)?;
    Ok((Obu { header, extension, body }, rest))
}

/// A number in LEB128 (AV1 bitstream, section 4.10.5) and what follows it.
fn read_leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(8).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, bytes.get(index + 1..)?));
        }
    }
    None
}

fn put_leb128(out: &mut BytesMut, mut value: usize) {
    while value >= 0x80 {
        out.put_u8(value as u8 | 0x80);
        value >>= 7;
    }
    out.put_u8(value as u8);
}

fn leb128_len(value: usize) -> usize {
    let bits = usize::BITS - value.max(1).leading_zeros();
    bits.div_ceil(7) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An OBU with a size.
    fn obu(kind: u8, len: usize) -> Vec<u8> {
        let mut out = BytesMut::new();
        out.put_u8(kind << 3 | HAS_SIZE);
        put_leb128(&mut out, len);
        out.put_bytes(kind, len);
        out.to_vec()
    }

    #[test]
    fn temporal_units_come_back_without_their_delimiters() {
        for sizes in [vec![10, 3_000], vec![1, 1, 1, 1, 1], vec![130, 1_130, 5], vec![0, 127, 128, 1_139, 1_140]] {
            let obus: Vec<u8> = std::iter::once(obu(SEQUENCE_HEADER, 11))
                .chain(sizes.iter().map(|len| obu(6, *len)))
                .flatten()
                .collect();
            let unit: Bytes = [obu(TEMPORAL_DELIMITER, 0), obus.clone(), obu(PADDING, 9)].concat().into();
            let mut payloads = Vec::new();
            packetise(&unit, 1_140, &mut payloads).unwrap();
            assert!(payloads.iter().all(|payload| payload.len() <= 1_140), "{sizes:?}");
            assert!(starts_keyframe(&payloads[0]) && payloads[1..].iter().all(|payload| !starts_keyframe(payload)));
            let whole = assemble(&payloads).unwrap();
            assert_eq!((whole.data.as_ref(), whole.keyframe), (obus.as_slice(), true), "{sizes:?}");
        }
    }

    #[test]
    fn lost_fragments_and_wrong_counts_are_refused() {
        let start = Bytes::from_static(&[0x50, 0x30, 1]);
        let end = Bytes::from_static(&[0x90, 2, 3]);
        assert_eq!(assemble(std::slice::from_ref(&start)), Err(PayloadError::Fragment));
        assert_eq!(assemble(std::slice::from_ref(&end)), Err(PayloadError::Fragment));
        assert_eq!(assemble(&[start, end]).unwrap().data.as_ref(), [0x32, 3, 1, 2, 3]);
        assert_eq!(assemble(&[Bytes::from_static(&[0x20, 0x01, 0x30])]), Err(PayloadError::Short));
        assert_eq!(assemble(&[Bytes::from_static(&[0x00, 0x09, 0x30])]), Err(PayloadError::Short));
    }

    #[test]
    fn sizes_longer_than_needed_are_read() {
        assert_eq!(read_leb128(&[0x85, 0x80, 0x00, 7]), Some((5, [7].as_slice())));
        assert_eq!(read_leb128(&[0x80; 9]), None);
        assert_eq!([0, 127, 128, 16_383, 16_384].map(leb128_len), [1, 1, 2, 2, 3]);
    }
}
