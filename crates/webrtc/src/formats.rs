//! The payload types of a section that can be negotiated, and their attributes in the form that webrtc-rs reads.

use crate::PeerConfig;
use crate::codecs::{self, FeedbackFor, codec_of};
use std::fmt::Write;
use trellis_media::{Codec, Kind};
use trellis_rtp::sdp::Section;

/// Payload types that need no `a=rtpmap` (RFC 3551 section 6), of the codecs that are handled.
const STATIC: [(u8, &str); 2] = [(0, "PCMU/8000"), (8, "PCMA/8000")];
/// RFC 4588.
const RETRANSMISSION: &str = "rtx";

/// A payload type, its mapping, and its parameters without spaces.
struct Format<'a> {
    payload_type: u8,
    mapping: &'a str,
    parameters: String,
}

/// The payload types of one section, in the order of the remote's preference.
pub struct Formats<'a>(Vec<Format<'a>>);

impl<'a> Formats<'a> {
    /// Those whose codec the configuration has, and their retransmissions. What the section's first line does not
    /// list is not part of it, whatever its attributes say.
    pub fn of(section: &Section<'a>, kind: Kind, config: &PeerConfig) -> Formats<'a> {
        let wanted = if kind == Kind::Audio { &config.audio } else { &config.video };
        let mut formats: Vec<Format<'a>> = Vec::new();
        for payload_type in section.formats.iter().filter_map(|format| format.parse().ok()) {
            let known = formats.iter().any(|format| format.payload_type == payload_type);
            if payload_type <= 127
                && !known
                && let Some(format) = Format::of(section, payload_type)
            {
                formats.push(format);
            }
        }
        let media: Vec<u8> = formats
            .iter()
            .filter(|format| format.codec(kind).is_some_and(|codec| wanted.contains(&codec)))
            .map(|format| format.payload_type)
            .collect();
        formats.retain(|format| match format.repairs() {
            Some(repaired) => media.contains(&repaired),
            None => media.contains(&format.payload_type),
        });
        Formats(formats)
    }

    /// The codecs, each once, in the order of preference.
    pub fn codecs(&self, kind: Kind) -> Vec<Codec> {
        let mut codecs = Vec::new();
        for codec in self.0.iter().filter_map(|format| format.codec(kind)) {
            if !codecs.contains(&codec) {
                codecs.push(codec);
            }
        }
        codecs
    }

    /// Puts the payload types of a codec before all others.
    pub fn prefer(&mut self, codec: Codec) {
        self.0.sort_by_key(|format| format.codec(codec.kind()) != Some(codec));
    }

    /// webrtc-rs has one table of payload types for all sections of a kind: the first section fills it, and later ones
    /// keep what they share with it.
    pub fn share(&mut self, first: &Formats<'_>) {
        let same = |one: &Format<'_>, other: &Format<'_>| {
            one.payload_type == other.payload_type && one.mapping.eq_ignore_ascii_case(other.mapping)
        };
        self.0.retain(|format| first.0.iter().any(|known| same(format, known)));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The list at the end of the section's first line.
    pub fn list(&self) -> String {
        let payload_types: Vec<String> = self.0.iter().map(|format| format.payload_type.to_string()).collect();
        payload_types.join(" ")
    }

    /// `a=rtpmap` and `a=fmtp`.
    pub fn write(&self, out: &mut String) {
        for Format { payload_type, mapping, parameters } in &self.0 {
            let _ = write!(out, "a=rtpmap:{payload_type} {mapping}\r\n");
            if !parameters.is_empty() {
                let _ = write!(out, "a=fmtp:{payload_type} {parameters}\r\n");
            }
        }
    }

    /// The feedback that the remote does and we do too (`a=rtcp-fb`, RFC 4585 section 4.2).
    pub fn feedback(&self, section: &Section<'_>, kind: Kind) -> Vec<FeedbackFor> {
        let mut feedback = Vec::new();
        for attribute in section.attributes.iter().filter(|attribute| attribute.key == "rtcp-fb") {
            let Some((target, what)) = attribute.value.split_once(' ') else { continue };
            let known = codecs::feedback(kind).iter().find(|known| **known == what.trim());
            let target: Option<u8> = if target == "*" { None } else { Some(target.parse().unwrap_or(u8::MAX)) };
            let media = self.0.iter().filter(|format| format.repairs().is_none()).map(|format| format.payload_type);
            let meant = media.filter(|payload_type| target.is_none_or(|target| target == *payload_type));
            feedback.extend(meant.filter_map(|payload_type| Some((payload_type, *known?))));
        }
        feedback.sort_unstable();
        feedback.dedup();
        feedback.shrink_to_fit();
        feedback
    }
}

impl<'a> Format<'a> {
    fn of(section: &Section<'a>, payload_type: u8) -> Option<Format<'a>> {
        let mut found = section.attributes.iter().filter_map(|attribute| {
            let (target, value) = attribute.value.split_once([' ', '\t'])?;
            (target.parse() == Ok(payload_type)).then_some((attribute.key, value.trim()))
        });
        let mapping = found.clone().find(|(key, _)| *key == "rtpmap").map(|(_, mapping)| mapping);
        let fixed = || STATIC.iter().find(|(known, _)| *known == payload_type).map(|(_, mapping)| *mapping);
        let mapping = mapping.or_else(fixed)?;
        let (encoding, rate) = mapping.split_once('/')?;
        let rate = rate.split('/').next().unwrap_or_default().parse::<u32>();
        if encoding.is_empty() || rate.is_err() || mapping.contains(char::is_whitespace) {
            return None;
        }
        // webrtc-rs takes parameters with spaces for none at all.
        let parameters = found.find(|(key, _)| *key == "fmtp").map(|(_, parameters)| parameters).unwrap_or_default();
        let parameters = parameters.split_ascii_whitespace().collect();
        Some(Format { payload_type, mapping, parameters })
    }

    /// What it carries; `None` for retransmissions and what is not handled.
    fn codec(&self, kind: Kind) -> Option<Codec> {
        codec_of(&format!("{kind}/{}", self.encoding()))
    }

    fn encoding(&self) -> &str {
        self.mapping.split('/').next().unwrap_or_default()
    }

    /// The payload type that this one carries again.
    fn repairs(&self) -> Option<u8> {
        if !self.encoding().eq_ignore_ascii_case(RETRANSMISSION) {
            return None;
        }
        let target = self.parameters.split(';').find_map(|parameter| parameter.strip_prefix("apt="));
        Some(target.and_then(|target| target.parse().ok()).unwrap_or(u8::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trellis_rtp::sdp::Description;

    fn written(text: &str, kind: Kind) -> (String, String) {
        let Ok(description) = Description::parse(text) else { panic!("refused") };
        let formats = Formats::of(&description.sections[0], kind, &PeerConfig::default());
        let mut out = String::new();
        formats.write(&mut out);
        (formats.list(), out)
    }

    #[test]
    fn static_types_get_a_mapping_and_unlisted_ones_are_dropped() {
        let text = "v=0\nm=audio 9 RTP/SAVPF 8 0 13 101\na=rtpmap:111 opus/48000/2\na=fmtp:111 x=1\na=rtpmap:101 telephone-event/8000";
        let (list, out) = written(text, Kind::Audio);
        assert_eq!(list, "8 0");
        assert_eq!(out, "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n");
    }

    #[test]
    fn a_preferred_codec_comes_first_and_the_rest_stays_in_order() {
        let text = "v=0\nm=video 9 RTP/SAVPF 96 102 103 98\na=rtpmap:96 VP8/90000\na=rtpmap:102 H264/90000\n\
            a=rtpmap:103 rtx/90000\na=fmtp:103 apt=102\na=rtpmap:98 VP9/90000";
        let Ok(description) = Description::parse(text) else { panic!("refused") };
        let mut formats = Formats::of(&description.sections[0], Kind::Video, &PeerConfig::default());
        assert_eq!(formats.codecs(Kind::Video), [Codec::Vp8, Codec::H264, Codec::Vp9]);
        formats.prefer(Codec::H264);
        assert_eq!(formats.list(), "102 96 103 98");
    }

    #[test]
    fn retransmission_stays_with_its_codec() {
        let text = "v=0\nm=video 9 RTP/SAVPF 100 96 120 97 500 x\na=rtpmap:96 rtx/90000\na=fmtp:96 apt=100\n\
            a=rtpmap:97 rtx/90000\na=fmtp:97 apt=99\na=rtpmap:100 VP8/90000\na=rtpmap:120 theora/90000";
        assert_eq!(written(text, Kind::Video).0, "100 96");
    }

    #[test]
    fn parameters_have_no_spaces() {
        let text = "v=0\nm=video 9 RTP/SAVPF 100 126\na=rtpmap:100 VP8/90000\na=rtpmap:126 H264/90000\n\
            a=fmtp:126 profile-level-id=42e01f; packetization-mode=1";
        let (_, out) = written(text, Kind::Video);
        assert!(out.contains("a=fmtp:126 profile-level-id=42e01f;packetization-mode=1\r\n"), "{out}");
    }

    #[test]
    fn feedback_is_what_both_sides_do() {
        let text = "v=0\nm=video 9 RTP/SAVPF 100 96 126\na=rtpmap:100 VP8/90000\na=rtpmap:96 rtx/90000\na=fmtp:96 apt=100\n\
            a=rtpmap:126 H264/90000\na=rtcp-fb:* nack pli\na=rtcp-fb:126 nack pli\na=rtcp-fb:126 ccm tmmbr\n\
            a=rtcp-fb:126 ccm fir\na=rtcp-fb:99 nack\na=rtcp-fb:* transport-cc";
        let Ok(description) = Description::parse(text) else { panic!("refused") };
        let formats = Formats::of(&description.sections[0], Kind::Video, &PeerConfig::default());
        let feedback = formats.feedback(&description.sections[0], Kind::Video);
        let both = |payload_type| [(payload_type, "nack pli"), (payload_type, "transport-cc")];
        assert_eq!(feedback, [&both(100)[..], &[(126, "ccm fir")], &both(126)].concat());
    }
}
