//! The byte stream format of H.264 and H.265 (Annex B of either).

use bytes::Bytes;

/// Written before every NAL unit.
pub(crate) const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// The NAL units of an access unit, without start codes and the zero bytes around them. None is empty.
pub(crate) fn nal_units(stream: &Bytes) -> impl Iterator<Item = Bytes> {
    let mut at = next_start_code(stream, 0).map(|(_, after)| after);
    std::iter::from_fn(move || {
        loop {
            let start = at?;
            let following = next_start_code(stream, start);
            let end = following.map_or(stream.len(), |(before, _)| before);
            at = following.map(|(_, after)| after);
            let unit = stream.get(start..end)?;
            // A NAL unit never ends in a zero byte (H.264, section 7.4.1): those belong to the byte stream.
            let len = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            if len > 0 {
                return Some(stream.slice(start..start + len));
            }
        }
    })
}

/// Where the next `00 00 01` begins and ends, from `from` on.
fn next_start_code(stream: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    while let Some([first, second, third]) = stream.get(at..at + 3) {
        match third {
            // No start code can contain a byte above 1: the next may begin after it.
            2.. => at += 3,
            1 if *first == 0 && *second == 0 => return Some((at, at + 3)),
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(stream: &'static [u8]) -> Vec<Vec<u8>> {
        nal_units(&Bytes::from_static(stream)).map(|unit| unit.to_vec()).collect()
    }

    #[test]
    fn short_and_long_start_codes_and_zeros_between_are_no_part_of_a_unit() {
        assert_eq!(
            units(&[0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 0, 0, 0, 1, 0x65, 3, 0, 0]),
            [vec![0x67, 1], vec![0x68, 2], vec![0x65, 3]]
        );
    }

    #[test]
    fn emulation_prevention_bytes_do_not_end_a_unit() {
        assert_eq!(units(&[0, 0, 1, 0x65, 0, 0, 3, 1, 9]), [vec![0x65, 0, 0, 3, 1, 9]]);
    }

    #[test]
    fn a_stream_without_start_codes_has_no_units() {
        assert!(units(&[1, 2, 3, 4]).is_empty());
        assert!(units(&[0, 0, 1]).is_empty());
        assert!(units(&[]).is_empty());
    }
}
