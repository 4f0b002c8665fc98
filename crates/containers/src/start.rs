//! How a track of a muxer begins: what its header must say, found in the track's own first frames.

use crate::error::ContainerError;
use crate::filter::Filter;
use crate::parameters::{Announcement, announce};
use ffmpeg_next as ff;
use ffmpeg_next::codec::Parameters;
use ffmpeg_next::codec::packet::{Packet, side_data};
use std::sync::Arc;
use trellis_media::{Codec, EncodedFrame, Format, Kind};

/// A track to be written.
#[derive(Clone, Debug)]
pub struct TrackSpec {
    /// Encoded audio or video. Size and sampling may be unstated: they are then read from the first frames.
    pub format: Format,
    /// Out-of-band configuration, when it is known before the first frame that brings it.
    pub config: Option<Arc<[u8]>>,
}

/// `OpusHead` (RFC 7845, section 5.1) of a stream that brought none: no pre-skip, no gain, mapping family 0.
const OPUS_HEAD: [u8; 19] = *b"OpusHead\x01\x02\x00\x00\x80\xbb\x00\x00\x00\x00\x00";
/// Where it has the channels and the pre-skip.
const OPUS_CHANNELS: usize = 9;
const OPUS_PRE_SKIP: usize = 10;

/// Samples a second of each `samplingFrequencyIndex` of AAC (ISO/IEC 14496-3, table 1.18).
const AAC_RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// What a track's header is made of.
pub(crate) struct Start<'a> {
    /// The track's number, for errors.
    pub track: usize,
    pub codec: Codec,
    pub spec: &'a TrackSpec,
    /// Its first frame: of video the first keyframe.
    pub first: Option<&'a EncodedFrame>,
}

impl Start<'_> {
    /// The parameters that a muxer wants.
    ///
    /// # Errors
    /// [`ContainerError::Start`] when the frame is no frame of the codec, or the configuration is missing.
    pub fn parameters(&self) -> Result<Parameters, ContainerError> {
        let announced = match self.codec.kind() {
            Kind::Video => self.video(),
            Kind::Audio | Kind::Data => self.audio(),
        };
        announced?.ok_or_else(|| self.fails("out of memory"))
    }

    fn fails(&self, cause: impl ToString) -> ContainerError {
        ContainerError::Start(self.track, cause.to_string())
    }

    fn video(&self) -> Result<Option<Parameters>, ContainerError> {
        let first = self.first.ok_or_else(|| self.fails("no keyframe has come"))?;
        let size = match self.spec.format.size() {
            Some(size) => size,
            None => picture_size(self.codec, &first.data).map_err(|error| self.fails(error))?,
        };
        let extradata = match self.codec {
            Codec::H264 | Codec::H265 | Codec::Av1 => self.in_band_configuration(first)?,
            _ => Vec::new(),
        };
        Ok(announce(&self.announcement(size, (0, 0), &extradata)))
    }

    /// Parameter sets or sequence header out of a keyframe.
    fn in_band_configuration(&self, first: &EncodedFrame) -> Result<Vec<u8>, ContainerError> {
        let bare = announce(&self.announcement((0, 0), (0, 0), &[])).ok_or_else(|| self.fails("out of memory"))?;
        let mut packets = Vec::new();
        let mut filter = Filter::open(c"extract_extradata", &bare, ff::Rational(1, 1_000_000_000))
            .map_err(|error| self.fails(error))?;
        filter.push(Packet::copy(&first.data), &mut packets).map_err(|error| self.fails(error))?;
        let found = packets.iter().flat_map(Packet::side_data);
        found
            .filter(|data| data.kind() == side_data::Type::NewExtraData)
            .map(|data| data.data().to_vec())
            .next()
            .ok_or_else(|| self.fails("the first keyframe has no parameter sets"))
    }

    fn audio(&self) -> Result<Option<Parameters>, ContainerError> {
        let in_frame = self.first.and_then(|frame| frame.config.as_deref());
        let config = self.spec.config.as_deref().or(in_frame);
        let stated = self.spec.format.sampling();
        match (self.codec, config) {
            (Codec::Opus, config) => {
                let head = opus_head(config, stated.map(|(_, channels)| channels));
                let channels = u16::from(head.get(OPUS_CHANNELS).copied().unwrap_or(2));
                let skip = head.get(OPUS_PRE_SKIP..OPUS_PRE_SKIP + 2).and_then(|bytes| bytes.try_into().ok());
                let padding = u32::from(skip.map_or(0, u16::from_le_bytes));
                let announcement = self.announcement((0, 0), (48_000, channels), &head);
                Ok(announce(&Announcement { padding, ..announcement }))
            }
            (Codec::Aac, Some(config)) => {
                let sampling = stated.or_else(|| aac_sampling(config));
                let sampling = sampling.ok_or_else(|| self.fails("the AudioSpecificConfig is not readable"))?;
                let announcement = self.announcement((0, 0), sampling, config);
                Ok(announce(&Announcement { frame_size: 1_024, ..announcement }))
            }
            (_, Some(config)) => {
                let sampling = stated.ok_or_else(|| self.fails("its sampling is not known"))?;
                Ok(announce(&self.announcement((0, 0), sampling, config)))
            }
            (_, None) => Err(self.fails("its configuration is missing")),
        }
    }

    fn announcement<'a>(&self, size: (u32, u32), sampling: (u32, u16), extradata: &'a [u8]) -> Announcement<'a> {
        Announcement { codec: self.codec, size, sampling, frame_size: 0, padding: 0, extradata }
    }
}

/// The container's own head when it is one, else ours.
fn opus_head(config: Option<&[u8]>, channels: Option<u16>) -> Vec<u8> {
    if let Some(config) = config.filter(|config| config.len() >= OPUS_HEAD.len() && config.starts_with(b"OpusHead")) {
        return config.to_vec();
    }
    let mut head = OPUS_HEAD;
    head[OPUS_CHANNELS] = if channels == Some(1) { 1 } else { 2 };
    head.to_vec()
}

/// Sample rate and channels from an AudioSpecificConfig (ISO/IEC 14496-3, section 1.6.2.1) in its short form.
fn aac_sampling(config: &[u8]) -> Option<(u32, u16)> {
    let (first, second) = (u16::from(*config.first()?), u16::from(*config.get(1)?));
    let bits = first << 8 | second;
    let rate = AAC_RATES.get(usize::from(bits >> 7 & 0x0f))?;
    let channels = match bits >> 3 & 0x0f {
        channels @ 1..=6 => channels,
        7 => 8,
        _ => return None,
    };
    Some((*rate, channels))
}

/// Decodes one keyframe for its size: the one thing that every codec's decoder tells in the same way.
fn picture_size(codec: Codec, keyframe: &[u8]) -> Result<(u32, u32), String> {
    let id = crate::codec::to_id(codec);
    let decoder = ff::decoder::find(id).ok_or("this FFmpeg has no decoder for it")?;
    let open = || -> Result<(u32, u32), ff::Error> {
        let mut decoder = ff::codec::Context::new_with_codec(decoder).decoder().video()?;
        decoder.send_packet(&Packet::copy(keyframe))?;
        decoder.send_eof()?;
        let mut picture = ff::frame::Video::empty();
        decoder.receive_frame(&mut picture)?;
        Ok((picture.width(), picture.height()))
    };
    match open() {
        Ok((width @ 1.., height @ 1..)) => Ok((width, height)),
        Ok(_) => Err("its first keyframe has no size".into()),
        Err(error) => Err(format!("its first keyframe cannot be decoded ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aac_sampling_is_read_from_the_short_configuration() {
        assert_eq!(aac_sampling(&[0x12, 0x10]), Some((44_100, 2)));
        assert_eq!(aac_sampling(&[0x11, 0x88]), Some((48_000, 1)));
        assert_eq!(aac_sampling(&[0x17, 0x80]), None, "rate written out");
        assert_eq!(aac_sampling(&[0x12]), None);
    }

    #[test]
    fn opus_without_a_head_gets_one_with_its_channels() {
        assert_eq!(opus_head(None, Some(1))[OPUS_CHANNELS], 1);
        assert_eq!(opus_head(Some(b"OpusHead"), None)[OPUS_CHANNELS], 2, "a head cut short is not used");
        assert_eq!(u32::from_le_bytes(OPUS_HEAD[12..16].try_into().unwrap()), 48_000);
    }
}
