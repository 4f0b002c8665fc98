//! RTP headers and RTCP packets on the wire.

use bytes::Bytes;
use trellis_media::RtpPacket;

/// Why bytes are no RTP or RTCP packet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Version other than 2 (RFC 3550, section 5.1).
    #[error("RTP version {0} instead of 2")]
    Version(u8),
    /// A header, an extension or the padding is longer than the packet.
    #[error("the packet is shorter than its header says")]
    Short,
    /// Not RTCP, in the words of the parser.
    #[error("not RTCP: {0}")]
    Rtcp(String),
}

/// Parses an RTP packet (RFC 3550, section 5.1): CSRCs, header extension and padding are left out.
///
/// The codec is not known here: `starts_keyframe` is false, and whoever knows the codec sets it by
/// [`crate::starts_keyframe`].
///
/// # Errors
/// [`WireError::Version`] and [`WireError::Short`].
pub fn parse_rtp(packet: &[u8]) -> Result<RtpPacket, WireError> {
    let (header, mut rest) = packet.split_at_checked(12).ok_or(WireError::Short)?;
    let [flags, type_byte, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *header else { return Err(WireError::Short) };
    if flags >> 6 != 2 {
        return Err(WireError::Version(flags >> 6));
    }
    rest = rest.get(usize::from(flags & 0x0f) * 4..).ok_or(WireError::Short)?;
    if flags & 0x10 != 0 {
        let [_, _, high, low, ..] = *rest else { return Err(WireError::Short) };
        let words = usize::from(u16::from_be_bytes([high, low]));
        rest = rest.get(4 + words * 4..).ok_or(WireError::Short)?;
    }
    if flags & 0x20 != 0 {
        let padding = usize::from(*rest.last().ok_or(WireError::Short)?);
        let len = rest.len().checked_sub(padding.max(1)).ok_or(WireError::Short)?;
        rest = rest.get(..len).ok_or(WireError::Short)?;
    }
    Ok(RtpPacket {
        payload_type: type_byte & 0x7f,
        marker: type_byte & 0x80 != 0,
        sequence: u16::from_be_bytes([s0, s1]),
        timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
        ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
        starts_keyframe: false,
        payload: Bytes::copy_from_slice(rest),
    })
}

/// Appends a packet to a buffer: a header without extensions and CSRCs (RFC 3550, section 5.1), and the payload.
pub fn write_rtp(packet: &RtpPacket, buffer: &mut Vec<u8>) {
    let marker = if packet.marker { 0x80 } else { 0 };
    buffer.extend([0x80, marker | (packet.payload_type & 0x7f)]);
    buffer.extend(packet.sequence.to_be_bytes());
    buffer.extend(packet.timestamp.to_be_bytes());
    buffer.extend(packet.ssrc.to_be_bytes());
    buffer.extend(&packet.payload);
}

/// Parses a compound or reduced-size RTCP packet (RFC 3550, section 6; RFC 5506).
///
/// # Errors
/// [`WireError::Rtcp`] with the parser's words.
pub fn parse_rtcp(mut packet: &[u8]) -> Result<Vec<Box<dyn rtc_rtcp::packet::Packet>>, WireError> {
    rtc_rtcp::packet::unmarshal(&mut packet).map_err(|error| WireError::Rtcp(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_csrcs_and_padding_are_left_out() {
        let packet = [
            0xb1, 0xe0, 0x12, 0x34, 0, 0, 0, 1, 0, 0, 0,
            2, // header: padding, extension, one CSRC, marker, type 96
            9, 9, 9, 9, // CSRC
            0xbe, 0xde, 0, 1, 0xf0, 1, 2, 3, // extension with the reserved id 15, one word
            7, 8, 0, 0, 3, // payload and three bytes of padding
        ];
        let parsed = parse_rtp(&packet).unwrap();
        assert_eq!((parsed.payload_type, parsed.marker, parsed.sequence), (96, true, 0x1234));
        assert_eq!((parsed.timestamp, parsed.ssrc, parsed.payload.as_ref()), (1, 2, [7, 8].as_slice()));
    }

    #[test]
    fn every_cut_of_a_packet_is_an_error_or_a_shorter_payload() {
        let packet = [0x91, 0x60, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 9, 9, 9, 9, 0xbe, 0xde, 0, 1, 1, 1, 2, 3, 7];
        for len in 0..24 {
            assert_eq!(parse_rtp(&packet[..len]).unwrap_err(), WireError::Short, "{len}");
        }
        assert_eq!(parse_rtp(&packet).unwrap().payload.as_ref(), [7]);
    }

    #[test]
    fn what_is_written_reads_back() {
        let written = RtpPacket {
            payload_type: 111,
            marker: true,
            sequence: 65_535,
            timestamp: 0xdead_beef,
            ssrc: 0x0102_0304,
            starts_keyframe: false,
            payload: Bytes::from_static(&[1, 2, 3]),
        };
        let mut buffer = vec![9];
        write_rtp(&written, &mut buffer);
        assert_eq!(format!("{:?}", parse_rtp(&buffer[1..]).unwrap()), format!("{written:?}"));
    }

    #[test]
    fn another_version_is_refused() {
        assert_eq!(parse_rtp(&[0x40; 20]).unwrap_err(), WireError::Version(1));
    }
}
