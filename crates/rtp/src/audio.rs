//! Audio: one frame is one packet (Opus RFC 7587; G.711 and G.722 RFC 3551, section 4.5).

use crate::payload::{Assembled, PayloadError};
use bytes::Bytes;
use trellis_media::{Codec, MediaTime};

/// Bytes of G.711 or G.722 in 20 ms, the usual packet, and in 60 ms, the longest that is sent as it comes.
const USUAL: usize = 160;
const LONGEST: usize = 480;

pub(crate) fn packetise(frame: &Bytes, _limit: usize, payloads: &mut Vec<Bytes>) -> Result<(), PayloadError> {
    if !frame.is_empty() {
        payloads.push(frame.clone());
    }
    Ok(())
}

/// G.711 and G.722, which can be cut at any byte: a byte is a tick of the RTP clock.
pub(crate) fn packetise_samples(frame: &Bytes, _: usize, payloads: &mut Vec<Bytes>) -> Result<(), PayloadError> {
    let part = if frame.len() > LONGEST { USUAL } else { LONGEST };
    let cuts = (0..frame.len()).step_by(part);
    payloads.extend(cuts.map(|start| frame.slice(start..(start + part).min(frame.len()))));
    Ok(())
}

/// Assembles packets of one codec: each is a frame.
pub(crate) fn assemble(codec: Codec, payloads: &[Bytes]) -> Result<Assembled, PayloadError> {
    let data = payloads.first().ok_or(PayloadError::Short)?.clone();
    let duration = duration(codec, &data);
    Ok(Assembled { data, keyframe: true, duration })
}

/// How long a packet lasts. G.711 and G.722 carry 64 kbit/s.
fn duration(codec: Codec, packet: &[u8]) -> MediaTime {
    match codec {
        Codec::Opus => opus_duration(packet).unwrap_or(MediaTime::ZERO),
        _ => MediaTime::from_ticks(i64::try_from(packet.len()).unwrap_or(0), 8_000),
    }
}

/// From the table of contents byte (RFC 6716, section 3.1).
fn opus_duration(packet: &[u8]) -> Option<MediaTime> {
    let toc = *packet.first()?;
    let configuration = toc >> 3;
    let frame_micros = match configuration {
        // SILK: 10, 20, 40, 60 ms; hybrid: 10, 20 ms; CELT: 2.5, 5, 10, 20 ms.
        0..=11 => [10_000, 20_000, 40_000, 60_000][usize::from(configuration % 4)],
        12..=15 => [10_000, 20_000][usize::from(configuration % 2)],
        _ => [2_500, 5_000, 10_000, 20_000][usize::from(configuration % 4)],
    };
    let frames = match toc & 0x03 {
        0 => 1,
        1 | 2 => 2,
        _ => i64::from(packet.get(1)? & 0x3f),
    };
    // Section 3.2.5 allows 120 ms at most.
    Some(MediaTime::from_micros((frame_micros * frames).min(120_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_opus_packets_follow_the_table_of_contents() {
        assert_eq!(opus_duration(&[0x78]), Some(MediaTime::from_millis(20))); // hybrid, 20 ms, one frame
        assert_eq!(opus_duration(&[0xfc]), Some(MediaTime::from_millis(20))); // CELT, 20 ms, stereo
        assert_eq!(opus_duration(&[0x19]), Some(MediaTime::from_millis(120))); // SILK, two of 60 ms
        assert_eq!(opus_duration(&[0x83, 4]), Some(MediaTime::from_millis(10))); // CELT, four of 2.5 ms
        assert_eq!(opus_duration(&[0x83]), None);
        assert_eq!(opus_duration(&[]), None);
    }

    #[test]
    fn twenty_milliseconds_of_g711_are_160_bytes() {
        assert_eq!(duration(Codec::Pcmu, &[0; 160]), MediaTime::from_millis(20));
    }
}
