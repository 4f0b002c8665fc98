//! What a file says of its tracks.

use crate::codec;
use crate::parameters::{Description, describe};
use crate::time::from_ticks;
use ffmpeg_next as ff;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::format::stream::{Disposition, Stream};
use std::sync::Arc;
use trellis_media::{Codec, Field, Format, FrameRate, Kind, MediaTime, Profile};

/// A track of a file.
#[derive(Clone, Debug)]
pub struct Track {
    /// Its number in the file: what [`crate::Demuxer::next`] names it by.
    pub id: usize,
    /// Encoded audio or video, with what the file tells of profile, reordering, size, frame rate and sampling.
    pub format: Format,
    /// How long it lasts; the whole file's length when the track does not say, zero when nothing does.
    pub duration: MediaTime,
    /// Out-of-band decoder configuration (see [`trellis_media::EncodedFrame::config`]).
    pub config: Option<Arc<[u8]>>,
    /// Degrees, clockwise, by which pictures are to be turned for display: 0, 90, 180 or 270.
    pub rotation: u16,
}

/// More frames a second than this are a time base that was taken for a rate.
const FASTEST: FrameRate = FrameRate(300_000);
/// What MP4 writes where it does not know a duration.
const UNKNOWN_DURATION: i64 = u32::MAX as i64;

impl Track {
    /// `None` for streams that are not audio or video, are pictures of a cover, or of a codec not known here.
    pub(crate) fn of(stream: &Stream, whole: MediaTime) -> Option<Track> {
        let parameters = stream.parameters();
        let codec = codec::from_id(parameters.id())?;
        if stream.disposition().contains(Disposition::ATTACHED_PIC) {
            return None;
        }
        let description = describe(&parameters);
        let format = match codec.kind() {
            Kind::Video => video_format(codec, &description, stream),
            Kind::Audio | Kind::Data => audio_format(codec, &description),
        };
        Some(Track {
            id: stream.index(),
            format,
            duration: stated_duration(stream).unwrap_or(whole),
            config: config(codec, &description),
            rotation: rotation(stream),
        })
    }
}

/// How long a file is as a whole; zero when it does not tell.
pub(crate) fn whole_duration(input: &Input) -> MediaTime {
    // FFmpeg takes the longest track for the whole, even when that one says that it does not know.
    if input.streams().any(|stream| stream.duration() == UNKNOWN_DURATION) {
        return MediaTime::ZERO;
    }
    MediaTime::from_micros(input.duration().max(0))
}

fn stated_duration(stream: &Stream) -> Option<MediaTime> {
    let ticks = Some(stream.duration()).filter(|ticks| *ticks > 0 && *ticks != UNKNOWN_DURATION)?;
    Some(from_ticks(ticks, stream.time_base()))
}

fn video_format(codec: Codec, description: &Description, stream: &Stream) -> Format {
    let mut format = Format::encoded(codec).with(Field::Reordered, if description.delay > 0 { 2 } else { 1 });
    if let Some(profile) = profile(codec, description.profile) {
        format = format.with_profile(profile);
    }
    if let (Ok(width @ 1..), Ok(height @ 1..)) = (description.width.try_into(), description.height.try_into()) {
        format = format.with_size(width, height);
    }
    match frame_rate(stream.avg_frame_rate()).or_else(|| frame_rate(stream.rate())) {
        Some(rate) => format.with_frame_rate(rate),
        None => format,
    }
}

fn audio_format(codec: Codec, description: &Description) -> Format {
    let rate = u32::try_from(description.sample_rate).unwrap_or(0);
    Format::encoded(codec).with_sampling(rate, u16::try_from(description.channels).unwrap_or(0))
}

fn frame_rate(rate: ff::Rational) -> Option<FrameRate> {
    let rate = FrameRate::from_fraction(rate.numerator().try_into().ok()?, rate.denominator().try_into().ok()?)?;
    (rate <= FASTEST).then_some(rate)
}

/// From FFmpeg's numbers: those of the standards, for H.264 with `constraint_set1_flag` in bit 9.
fn profile(codec: Codec, number: i32) -> Option<Profile> {
    const CONSTRAINED: i32 = 1 << 9;
    match (codec, number) {
        (_, ..0) => None,
        (Codec::H264, 66) => Some(Profile::Baseline),
        (Codec::H264, number) if number == 66 | CONSTRAINED => Some(Profile::ConstrainedBaseline),
        (Codec::H264, 77) => Some(Profile::Main),
        (Codec::H264, 100) => Some(Profile::High),
        (Codec::H264, _) => Some(Profile::HighPlus),
        (Codec::Vp9 | Codec::Av1, 0) => Some(Profile::Profile0),
        (Codec::Vp9 | Codec::Av1, _) => Some(Profile::ProfileN),
        _ => None,
    }
}

/// Configuration that goes with the frames. H.264, H.265, VP8, VP9 and AV1 have everything in band.
fn config(codec: Codec, description: &Description) -> Option<Arc<[u8]>> {
    let in_band = matches!(codec, Codec::H264 | Codec::H265 | Codec::Vp8 | Codec::Vp9 | Codec::Av1);
    (!in_band && !description.extradata.is_empty()).then(|| description.extradata.as_slice().into())
}

/// From the display matrix: nine numbers of 32 bits, of which the first two are cosine and sine of the turn.
fn rotation(stream: &Stream) -> u16 {
    let matrix = stream.side_data().find(|data| data.kind() == ff::codec::packet::side_data::Type::DisplayMatrix);
    let Some((cosine, sine)) = matrix.and_then(|matrix| {
        let (cosine, rest) = matrix.data().split_first_chunk::<4>()?;
        let sine = rest.first_chunk::<4>()?;
        Some((i32::from_ne_bytes(*cosine), i32::from_ne_bytes(*sine)))
    }) else {
        return 0;
    };
    match (cosine, sine) {
        (_, 0) if cosine >= 0 => 0,
        (_, 0) => 180,
        (0, _) if sine > 0 => 90,
        (0, _) => 270,
        _ => 0,
    }
}
