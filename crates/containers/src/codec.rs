//! Codecs under FFmpeg's names.

use ffmpeg_next::codec::Id;
use trellis_media::Codec;

/// What FFmpeg calls a codec.
const NAMES: &[(Codec, Id)] = &[
    (Codec::Vp8, Id::VP8),
    (Codec::Vp9, Id::VP9),
    (Codec::H264, Id::H264),
    (Codec::H265, Id::HEVC),
    (Codec::Av1, Id::AV1),
    (Codec::Mjpeg, Id::MJPEG),
    (Codec::Mpeg4, Id::MPEG4),
    (Codec::Mpeg2, Id::MPEG2VIDEO),
    (Codec::Theora, Id::THEORA),
    (Codec::Flv1, Id::FLV1),
    (Codec::H263, Id::H263),
    (Codec::Opus, Id::OPUS),
    (Codec::Pcmu, Id::PCM_MULAW),
    (Codec::Pcma, Id::PCM_ALAW),
    (Codec::G722, Id::ADPCM_G722),
    (Codec::Aac, Id::AAC),
    (Codec::Vorbis, Id::VORBIS),
    (Codec::Mp3, Id::MP3),
    (Codec::Ac3, Id::AC3),
    (Codec::Flac, Id::FLAC),
    (Codec::AmrNb, Id::AMR_NB),
    (Codec::AmrWb, Id::AMR_WB),
    (Codec::PcmS16, Id::PCM_S16LE),
    (Codec::AdpcmIma, Id::ADPCM_IMA_WAV),
    (Codec::Speex, Id::SPEEX),
];

/// The codec that FFmpeg calls so; `None` for those not known here.
pub(crate) fn from_id(id: Id) -> Option<Codec> {
    NAMES.iter().find(|(_, name)| *name == id).map(|(codec, _)| *codec)
}

/// FFmpeg's name for a codec.
pub(crate) fn to_id(codec: Codec) -> Id {
    NAMES.iter().find(|(known, _)| *known == codec).map_or(Id::None, |(_, id)| *id)
}
