//! Sound that a file holds in blocks of any length, cut into short frames: what is played at the pace of a clock must
//! not come half a second at a time.

use trellis_media::{Codec, EncodedFrame, Item, MediaTime, Payload};

/// Frames a second that a block is cut into.
const FRAMES: u32 = 50;

/// How a codec of plain samples lies in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    /// Bytes that belong together: one sample of every channel.
    block: usize,
    /// Such blocks a second.
    rate: u32,
}

impl Layout {
    /// `None` for codecs whose packets are frames already.
    pub fn of(codec: Codec, sampling: Option<(u32, u16)>) -> Option<Layout> {
        let (rate, channels) = sampling?;
        let channels = usize::from(channels);
        match codec {
            Codec::PcmS16 => Some(Layout { block: channels * 2, rate }),
            Codec::Pcmu | Codec::Pcma => Some(Layout { block: channels, rate }),
            // Two samples of 16 kHz in a byte.
            Codec::G722 => Some(Layout { block: channels, rate: rate / 2 }),
            _ => None,
        }
    }

    /// Cuts an item into frames of 20 ms.
    pub fn cut(self, item: Item) -> Vec<Item> {
        let Payload::Frame(frame) = &item.payload else { return vec![item] };
        let blocks = usize::try_from(self.rate / FRAMES).unwrap_or(1).max(1);
        let part = blocks.saturating_mul(self.block).max(1);
        let cuts = (0..frame.data.len()).step_by(part);
        cuts.map(|start| {
            let end = start.saturating_add(part).min(frame.data.len());
            let at = |bytes: usize| {
                MediaTime::from_ticks(i64::try_from(bytes / self.block.max(1)).unwrap_or(i64::MAX), self.rate)
            };
            let time = item.time + at(start);
            let data = frame.data.slice(start..end);
            let frame = EncodedFrame { data, decode_time: time, duration: at(end - start), ..frame.clone() };
            Item { time, payload: Payload::Frame(frame) }
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_block_becomes_frames_of_20_milliseconds_without_a_gap() {
        let layout = Layout::of(Codec::PcmS16, Some((44_100, 2))).unwrap();
        let start = MediaTime::from_secs(1);
        let frame = EncodedFrame {
            data: vec![7; 4_100 * 4].into(),
            keyframe: true,
            decode_time: start,
            duration: MediaTime::ZERO,
            config: None,
        };
        let parts = layout.cut(Item { time: start, payload: Payload::Frame(frame) });
        assert_eq!(parts.len(), 5);
        let mut end = start;
        let mut bytes = 0;
        for part in &parts {
            let Payload::Frame(frame) = &part.payload else { panic!("not a frame") };
            assert!((part.time - end).nanos().abs() < 100 && frame.duration.millis() <= 20);
            assert_eq!(frame.data.len() % 4, 0);
            end = part.time + frame.duration;
            bytes += frame.data.len();
        }
        assert_eq!(bytes, 4_100 * 4);
    }

    #[test]
    fn frames_of_other_codecs_are_left_whole() {
        assert!(Layout::of(Codec::Opus, Some((48_000, 2))).is_none());
        assert!(Layout::of(Codec::PcmS16, None).is_none());
    }
}
