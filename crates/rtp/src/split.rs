//! Cutting into equal parts.

use std::ops::Range;

/// Cuts `len` bytes into the fewest ranges of at most `limit`, all of one size except the last, which may be shorter.
/// Packets of one size let the kernel cut a whole frame out of one buffer (UDP segmentation offload), and spread
/// the bytes of a frame evenly over the packets that may be lost. The first range is shorter by `reserved` bytes,
/// which the first packet needs for a longer header.
pub(crate) fn evenly(len: usize, limit: usize, reserved: usize) -> impl Iterator<Item = Range<usize>> {
    let limit = limit.max(reserved + 1);
    let total = len + reserved;
    let part = total.div_ceil(total.div_ceil(limit).max(1));
    let mut start = 0;
    let mut end = part.saturating_sub(reserved).min(len);
    std::iter::from_fn(move || {
        if start >= len {
            return None;
        }
        let range = start..end;
        start = end;
        end = (end + part).min(len);
        Some(range)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_everything_are_equal_but_the_last_and_keep_the_limit() {
        for len in 0..3_000 {
            for (limit, reserved) in [(1, 0), (7, 0), (100, 8), (1_140, 8)] {
                let parts: Vec<Range<usize>> = evenly(len, limit, reserved).collect();
                let mut at = 0;
                for (index, part) in parts.iter().enumerate() {
                    assert_eq!(part.start, at);
                    at = part.end;
                    let size = part.len() + if index == 0 { reserved } else { 0 };
                    assert!(size <= limit, "{size} of {limit}");
                    let first = parts[0].len() + reserved;
                    assert!(size == first || (index + 1 == parts.len() && size < first));
                }
                assert_eq!(at, len);
            }
        }
    }
}
