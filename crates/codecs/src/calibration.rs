//! What conversions cost on the machine that they were measured on.
//!
//! Written by `cargo bench --bench calibrate -- --write`: the tables are its output, not opinions.

use trellis_media::Codec;

/// Where and when it was measured.
pub const MACHINE: &str = "2 CPUs, AMD EPYC, FFmpeg 5.1.9-0+deb12u1, 2026-11-26";

/// Microseconds of CPU to decode one picture of 1280x720.
pub(crate) const DECODE_PICTURE: &[(Codec, u64)] = &[
    (Codec::Vp8, 1888),
    (Codec::Vp9, 3435),
    (Codec::H264, 3062),
    (Codec::H265, 3701),
    (Codec::Av1, 2870),
    (Codec::Mjpeg, 3902),
    (Codec::Mpeg4, 1763),
    (Codec::Mpeg2, 1580),
    (Codec::Theora, 2256),
    (Codec::Flv1, 1580),
];

/// Microseconds of CPU to encode one picture of 1280x720.
pub(crate) const ENCODE_PICTURE: &[(Codec, u64)] = &[(Codec::Vp8, 5475), (Codec::Vp9, 9116), (Codec::H264, 4272)];

/// Microseconds of CPU to decode one second of sound.
pub(crate) const DECODE_SOUND: &[(Codec, u64)] = &[
    (Codec::Opus, 1962),
    (Codec::Pcmu, 168),
    (Codec::Pcma, 177),
    (Codec::G722, 518),
    (Codec::Aac, 1341),
    (Codec::Vorbis, 1231),
    (Codec::Mp3, 1383),
    (Codec::Ac3, 1256),
    (Codec::Flac, 499),
    (Codec::PcmS16, 247),
    (Codec::Speex, 742),
];

/// Microseconds of CPU to encode one second of sound.
pub(crate) const ENCODE_SOUND: &[(Codec, u64)] =
    &[(Codec::Opus, 7766), (Codec::Pcmu, 24), (Codec::Pcma, 25), (Codec::Aac, 23223)];

/// Microseconds of CPU to scale one picture of 1280x720 to 640x360.
pub(crate) const SCALE_PICTURE: u64 = 527;

/// Microseconds of CPU to resample one second of stereo, 48,000 to 44,100 hertz.
pub(crate) const RESAMPLE_SOUND: u64 = 454;
