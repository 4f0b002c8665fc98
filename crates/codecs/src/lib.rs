//! Codec wrappers and the converters around them: decoders and AAC by FFmpeg, VP8 and VP9 encoding by libvpx, H.264
//! encoding by openh264, Opus encoding by libopus, G.711, scaling and resampling.
//!
//! `unsafe` stands in the modules that call C, and nowhere else.
#![deny(unsafe_code)]

mod aac;
mod calibration;
mod decode;
mod encode;
mod ffmpeg;
mod g711;
mod h264;
mod joining;
mod opus_encode;
mod resample;
mod rules;
mod scale;
mod vpx;

pub use calibration::MACHINE as CALIBRATION_MACHINE;
pub use encode::EncoderSettings;
pub use rules::converters;
pub use scale::PictureScaler;

/// The linked libraries and their versions.
pub fn versions() -> Vec<(&'static str, String)> {
    let avcodec = ffmpeg_next::codec::version();
    vec![
        ("libavcodec", format!("{}.{}.{}", avcodec >> 16, avcodec >> 8 & 0xff, avcodec & 0xff)),
        ("libopus", opus::version().to_owned()),
    ]
}
