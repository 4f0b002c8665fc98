//! What a file says it is over HTTP: its media type and its codecs by their names (RFC 6381).

use crate::ContainerKind;
use crate::parameters::{Description, describe};
use ffmpeg_next::codec::Parameters;
use trellis_media::{Codec, Kind};

/// The media type of a container with a kind of media; sound with pictures is video.
pub fn media_type(container: ContainerKind, kind: Kind) -> &'static str {
    match (container, kind) {
        (ContainerKind::WebM, Kind::Audio) => "audio/webm",
        (ContainerKind::WebM, _) => "video/webm",
        (ContainerKind::Mp4, Kind::Audio) => "audio/mp4",
        (ContainerKind::Mp4, _) => "video/mp4",
        (ContainerKind::Matroska, Kind::Audio) => "audio/x-matroska",
        (ContainerKind::Matroska, _) => "video/x-matroska",
    }
}

/// The media type of a file with these tracks; with its codecs, when all of them have names.
pub(crate) fn of(container: ContainerKind, tracks: &[(Codec, Parameters)]) -> String {
    let only_audio = tracks.iter().all(|(codec, _)| codec.kind() == Kind::Audio);
    let plain = media_type(container, if only_audio { Kind::Audio } else { Kind::Video });
    let names = tracks.iter().map(|(codec, parameters)| name(*codec, &describe(parameters)));
    match names.collect::<Option<Vec<String>>>() {
        Some(names) => format!("{plain}; codecs=\"{}\"", names.join(",")),
        None => plain.to_owned(),
    }
}

fn name(codec: Codec, description: &Description) -> Option<String> {
    let extradata = &description.extradata;
    match codec {
        Codec::Vp8 => Some("vp8".into()),
        Codec::Vp9 => Some("vp9".into()),
        Codec::Opus => Some("opus".into()),
        Codec::Vorbis => Some("vorbis".into()),
        Codec::H264 => avc(extradata),
        Codec::Av1 => av1(extradata),
        Codec::Aac => extradata.first().map(|first| format!("mp4a.40.{}", (first >> 3).max(1))),
        _ => None,
    }
}

/// `avc1.` and the three bytes that follow the header of the sequence parameter set (ISO/IEC 14496-15, annex E).
fn avc(annex_b: &[u8]) -> Option<String> {
    const SEQUENCE_PARAMETER_SET: u8 = 7;
    let at = annex_b
        .windows(4)
        .position(|bytes| matches!(bytes, [0, 0, 1, unit] if unit & 0x1f == SEQUENCE_PARAMETER_SET))?;
    let [profile, constraints, level] = annex_b.get(at + 4..at + 7)?.try_into().ok()?;
    Some(format!("avc1.{profile:02X}{constraints:02X}{level:02X}"))
}

/// `av01.` with profile, level and tier from a sequence header OBU (AV1, section 5.5.1) that has no timing information;
/// depth is that of the main profile.
fn av1(sequence_header: &[u8]) -> Option<String> {
    // Behind the OBU's header, and its size when it has one.
    let header = *sequence_header.first()?;
    let behind = 1 + usize::from(header >> 2 & 1) + usize::from(header >> 1 & 1);
    let bits = u64::from_be_bytes(sequence_header.get(behind..behind + 8)?.try_into().ok()?);
    let field = |from: u32, count: u32| bits << from >> (64 - count);
    let (profile, reduced) = (field(0, 3), field(4, 1) == 1);
    let (level, tier) = match reduced {
        true => (field(5, 5), 0),
        // Timing information moves the level to where it is not worth following.
        false if field(5, 1) == 1 => return None,
        false => {
            let level = field(24, 5);
            (level, if level > 7 { field(29, 1) } else { 0 })
        }
    };
    Some(format!("av01.{profile}.{level:02}{}.08", if tier == 1 { 'H' } else { 'M' }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_have_the_names_that_browsers_know() {
        let description = |extradata: &[u8]| Description {
            profile: 0,
            delay: 0,
            width: 0,
            height: 0,
            sample_rate: 0,
            channels: 0,
            padding: 0,
            extradata: extradata.to_vec(),
        };
        let name = |codec, extradata: &[u8]| name(codec, &description(extradata));
        let sps = [0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0xd9];
        assert_eq!(name(Codec::H264, &sps).as_deref(), Some("avc1.42C01F"));
        assert_eq!(name(Codec::H264, &sps[..6]), None, "cut off");
        assert_eq!(name(Codec::Aac, &[0x12, 0x10]).as_deref(), Some("mp4a.40.2"));
        // Of an encoder's stream of 320x240: OBU header with size, profile 0, level 2.0.
        let av1 = [0x0a, 0x0b, 0, 0, 0, 0x02, 0xa7, 0x69, 0xff, 0xe6, 0, 0];
        assert_eq!(name(Codec::Av1, &av1).as_deref(), Some("av01.0.00M.08"));
        assert_eq!(name(Codec::H265, &[1]), None);
    }
}
