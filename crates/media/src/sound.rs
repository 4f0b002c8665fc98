//! Blocks of raw sound.

use crate::MediaTime;
use std::sync::Arc;

/// A block of raw samples, interleaved, signed 16 bit.
#[derive(Clone, Debug)]
pub struct Sound {
    /// Samples a second, for each channel.
    pub rate: u32,
    /// Channels, interleaved in FFmpeg's default order for that count.
    pub channels: u16,
    /// `frames() * channels` samples.
    pub samples: Arc<[i16]>,
}

impl Sound {
    /// Samples for each channel.
    pub fn frames(&self) -> usize {
        self.samples.len() / usize::from(self.channels.max(1))
    }

    /// How long the block lasts.
    pub fn duration(&self) -> MediaTime {
        MediaTime::from_ticks(self.frames() as i64, self.rate)
    }
}
