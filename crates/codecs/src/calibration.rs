//! What conversions cost on the machine that they were measured on.
//!
//! Written by `cargo bench --bench calibrate -- --write`: the tables are its output, not opinions.

use trellis_media::Codec;

/// Where and when it was measured.
pub const MACHINE: &str = "2 CPUs, AMD EPYC, FFmpeg 5.1.9-0+deb12u1, 2026-11-26";

/// Microseconds of CPU to decode one picture of 1280x720.
pub(crate) const DECODE_PICTURE: &[(Codec, u64)] = &[
    (Codec::Vp8, 1918),
    (Codec::Vp9, 3239),
    (Codec::H264, 2914),
    (Codec::H265, 3663),
    (Codec::Av1, 3431),
    (Codec::Mjpeg, 4347),
    (Codec::Mpeg4, 1707),
    (Codec::Mpeg2, 1572),
    (Codec::Theora, 2227),
    (Codec::Flv1, 1495),
];

/// Microseconds of CPU to encode one picture of 1280x720.
pub(crate) const ENCODE_PICTURE: &[(Codec, u64)] = &[(Codec::Vp8, 11224), (Codec::Vp9, 10971), (Codec::H264, 5017)];

/// Microseconds of CPU to decode one second of sound.
pub(crate) const DECODE_SOUND: &[(Codec, u64)] = &[
    (Codec::Opus, 1879),
    (Codec::Pcmu, 173),
    (Codec::Pcma, 176),
    (Codec::G722, 450),
    (Codec::Aac, 1156),
    (Codec::Vorbis, 1199),
    (Codec::Mp3, 1366),
    (Codec::Ac3, 1238),
    (Codec::Flac, 485),
    (Codec::PcmS16, 220),
    (Codec::Speex, 586),
];

/// Microseconds of CPU to encode one second of sound.
pub(crate) const ENCODE_SOUND: &[(Codec, u64)] =
    &[(Codec::Opus, 6357), (Codec::Pcmu, 24), (Codec::Pcma, 25), (Codec::Aac, 20803)];

/// Microseconds of CPU to scale one picture of 1280x720 to 640x360.
pub(crate) const SCALE_PICTURE: u64 = 439;

/// Microseconds of CPU to resample one second of stereo, 48,000 to 44,100 hertz.
pub(crate) const RESAMPLE_SOUND: u64 = 434;
