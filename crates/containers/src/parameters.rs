//! The fields of FFmpeg's codec parameters that its safe wrapper does not show.
#![allow(unsafe_code)]

use ffmpeg_next as ff;
use ffmpeg_next::codec::Parameters;
use ffmpeg_next::ffi;
use trellis_media::{Codec, Kind};

/// What a demuxer says of a track.
pub(crate) struct Description {
    /// H.264 with constraints in bit 9 and up, as FFmpeg has it.
    pub profile: i32,
    /// Pictures that a decoder holds back.
    pub delay: i32,
    pub width: i32,
    pub height: i32,
    pub sample_rate: i32,
    pub channels: i32,
    /// Samples at the start that are not meant to be heard.
    pub padding: i32,
    pub extradata: Vec<u8>,
}

/// Reads parameters.
pub(crate) fn describe(parameters: &Parameters) -> Description {
    // SAFETY: the pointer is valid as long as `parameters`; extradata, when not null, has extradata_size bytes.
    unsafe {
        let raw = &*parameters.as_ptr();
        let len = usize::try_from(raw.extradata_size).unwrap_or(0);
        let extradata =
            if raw.extradata.is_null() { Vec::new() } else { std::slice::from_raw_parts(raw.extradata, len).to_vec() };
        Description {
            profile: raw.profile,
            delay: raw.video_delay,
            width: raw.width,
            height: raw.height,
            sample_rate: raw.sample_rate,
            channels: raw.ch_layout.nb_channels,
            padding: raw.initial_padding,
            extradata,
        }
    }
}

/// Whether a file's duration is what its header says, and no estimate.
pub(crate) fn duration_is_stated(input: &ff::format::context::Input) -> bool {
    // SAFETY: the pointer is valid as long as `input`.
    let method = unsafe { (*input.as_ptr()).duration_estimation_method };
    method == ffi::AVDurationEstimationMethod::AVFMT_DURATION_FROM_STREAM
}

/// What a muxer must know of a track.
pub(crate) struct Announcement<'a> {
    pub codec: Codec,
    /// Video: width and height in pixels.
    pub size: (u32, u32),
    /// Audio: samples a second and channels.
    pub sampling: (u32, u16),
    /// Audio: samples in a frame, 0 when they differ.
    pub frame_size: u32,
    /// Audio: samples at the start that are not meant to be heard.
    pub padding: u32,
    pub extradata: &'a [u8],
}

/// Parameters for a muxer or a bitstream filter; `None` when memory is short.
pub(crate) fn announce(announcement: &Announcement) -> Option<Parameters> {
    let mut parameters = Parameters::new();
    let medium = match announcement.codec.kind() {
        Kind::Video => ff::media::Type::Video,
        Kind::Audio | Kind::Data => ff::media::Type::Audio,
    };
    parameters.set_medium(medium);
    parameters.set_id(crate::codec::to_id(announcement.codec));
    let int = |value: u32| i32::try_from(value).unwrap_or(0);
    // SAFETY: the parameters are ours alone. Extradata is allocated by FFmpeg's allocator with the padding that it
    // asks for, and freed with the parameters.
    unsafe {
        let raw = &mut *parameters.as_mut_ptr();
        raw.width = int(announcement.size.0);
        raw.height = int(announcement.size.1);
        raw.sample_rate = int(announcement.sampling.0);
        raw.frame_size = int(announcement.frame_size);
        raw.initial_padding = int(announcement.padding);
        if announcement.sampling.1 > 0 {
            ffi::av_channel_layout_default(&mut raw.ch_layout, i32::from(announcement.sampling.1));
        }
        let len = announcement.extradata.len();
        if len > 0 {
            let copy = ffi::av_mallocz(len + ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize).cast::<u8>();
            if copy.is_null() {
                return None;
            }
            std::ptr::copy_nonoverlapping(announcement.extradata.as_ptr(), copy, len);
            raw.extradata = copy;
            raw.extradata_size = i32::try_from(len).ok()?;
        }
    }
    Some(parameters)
}
