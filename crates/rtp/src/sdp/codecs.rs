//! How codecs stand in descriptions: payload types, names, parameters.

use super::description::{Description, Section};
use crate::session::PayloadType;
use trellis_media::{Codec, Kind};

/// One codec of a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecLine {
    /// Its number in the section, and what it is.
    pub payload_type: PayloadType,
    /// The value of its `a=fmtp`, without the number; empty when it has none.
    pub parameters: String,
}

/// A codec as we write it.
struct Entry {
    codec: Codec,
    name: &'static str,
    parameters: &'static str,
    /// In our offers; an answer takes those of the remote.
    number: u8,
}

/// Constrained baseline, level 3.1 (RFC 6184 section 8.1).
const BASELINE: &str = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";

const ENTRIES: [Entry; 9] = [
    Entry { codec: Codec::Opus, name: "opus/48000/2", parameters: "", number: 96 },
    Entry { codec: Codec::Pcmu, name: "PCMU/8000", parameters: "", number: 0 },
    Entry { codec: Codec::Pcma, name: "PCMA/8000", parameters: "", number: 8 },
    // RFC 3551 section 4.5.2: the rate is half of what is sampled.
    Entry { codec: Codec::G722, name: "G722/8000", parameters: "", number: 9 },
    Entry { codec: Codec::Vp8, name: "VP8/90000", parameters: "", number: 97 },
    Entry { codec: Codec::H264, name: "H264/90000", parameters: BASELINE, number: 98 },
    Entry { codec: Codec::Vp9, name: "VP9/90000", parameters: "profile-id=0", number: 99 },
    Entry { codec: Codec::Av1, name: "AV1/90000", parameters: "level-idx=5;profile=0;tier=0", number: 100 },
    Entry { codec: Codec::H265, name: "H265/90000", parameters: "", number: 101 },
];

fn entry(codec: Codec) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.codec == codec)
}

/// The codecs of an offer of ours.
pub fn offered_codecs(codecs: &[Codec]) -> Vec<CodecLine> {
    let line = |entry: &Entry| CodecLine {
        payload_type: PayloadType { number: entry.number, codec: entry.codec },
        parameters: entry.parameters.to_owned(),
    };
    codecs.iter().filter_map(|codec| entry(*codec).map(line)).collect()
}

impl CodecLine {
    /// What `a=rtpmap` says of it, such as `opus/48000/2`.
    pub fn name(&self) -> &'static str {
        entry(self.payload_type.codec).map_or("", |entry| entry.name)
    }

    /// A parameter of its `a=fmtp`.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.parameters.split(';').filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(key, value)| (key.trim(), value.trim()))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Whether H.264 of this line is of the constrained baseline profile (RFC 6184 section 8.1: the first byte is the
    /// profile, the second its constraints).
    pub fn is_constrained_baseline(&self) -> bool {
        let level = self.parameter("profile-level-id").and_then(|id| u32::from_str_radix(id, 16).ok());
        level.is_some_and(|level| level >> 16 == 0x42 && level >> 8 & 0x40 != 0)
    }

    /// The line as our answer has it: with the remote's number, and its profile of H.264.
    pub fn answered(&self) -> CodecLine {
        let ours = entry(self.payload_type.codec).map_or("", |entry| entry.parameters);
        let parameters = match (self.payload_type.codec, self.parameter("profile-level-id")) {
            // Of constrained baseline it is only an example: what the remote has is echoed.
            (Codec::H264, Some(level)) if level.len() == 6 => ours.replace("42e01f", level),
            _ => ours.to_owned(),
        };
        CodecLine { payload_type: self.payload_type, parameters }
    }

    /// Whether what it says can be handled: H.264 in fragments, VP9 in its first profile.
    fn suits(&self) -> bool {
        match self.payload_type.codec {
            Codec::Vp9 => self.parameter("profile-id").is_none_or(|profile| profile == "0"),
            Codec::Av1 => self.parameter("profile").is_none_or(|profile| profile == "0"),
            _ => true,
        }
    }
}

/// The codecs of a section that there is a payload format for, in its order; one line for each.
pub(super) fn read(description: &Description<'_>, section: &Section<'_>, kind: Kind) -> Vec<CodecLine> {
    let mut lines: Vec<CodecLine> = Vec::new();
    let numbers = section.formats.iter().filter_map(|format| format.parse().ok()).filter(|number| *number < 128u8);
    for number in numbers {
        let Some(line) = line(description, section, number).filter(|line| line.suits()) else { continue };
        let codec = line.payload_type.codec;
        if codec.kind() != kind {
            continue;
        }
        // H.264 may stand there once for each way of packetising, and fragments are what we make.
        let fragments = |line: &CodecLine| line.parameter("packetization-mode") == Some("1");
        match lines.iter_mut().find(|known| known.payload_type.codec == codec) {
            Some(known) if codec == Codec::H264 && !fragments(known) && fragments(&line) => *known = line,
            Some(_) => {}
            None => lines.push(line),
        }
    }
    lines
}

fn line(description: &Description<'_>, section: &Section<'_>, number: u8) -> Option<CodecLine> {
    let of_number = |key: &str| {
        let all =
            section.attributes.iter().chain(&description.attributes).filter(move |attribute| attribute.key == key);
        let mut values = all.filter_map(|attribute| attribute.value.split_once(char::is_whitespace));
        values.find(|(of, _)| of.parse() == Ok(number)).map(|(_, value)| value.trim())
    };
    let codec = match of_number("rtpmap") {
        Some(name) => named(name)?,
        // RFC 3551 section 6: these have their numbers for ever.
        None => ENTRIES.iter().find(|entry| entry.number == number && number < 96)?.codec,
    };
    let parameters = of_number("fmtp").unwrap_or_default().to_owned();
    Some(CodecLine { payload_type: PayloadType { number, codec }, parameters })
}

/// `name/rate/channels`, of which the channels may be missing.
fn named(name: &str) -> Option<Codec> {
    let same = |entry: &&Entry| {
        let (mut theirs, mut ours) = (name.split('/').map(str::trim), entry.name.split('/'));
        let both = (theirs.next(), ours.next());
        let rate = theirs.next() == ours.next();
        let channels = (theirs.next().unwrap_or("1"), ours.next().unwrap_or("1"));
        matches!(both, (Some(one), Some(other)) if one.eq_ignore_ascii_case(other))
            && rate
            && (channels.0 == channels.1 || entry.codec == Codec::Opus)
    };
    ENTRIES.iter().find(same).map(|entry| entry.codec)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codecs(section: &str, kind: Kind) -> Vec<(u8, Codec)> {
        let text = format!("v=0\r\n{section}");
        let description = Description::parse(&text).expect("a description");
        let lines = read(&description, &description.sections[0], kind);
        lines.iter().map(|line| (line.payload_type.number, line.payload_type.codec)).collect()
    }

    #[test]
    fn names_and_fixed_numbers_are_read_and_the_rest_is_left() {
        let audio = "m=audio 9 RTP/AVP 8 0 3 96 97 500 x\r\na=rtpmap:96 OPUS/48000/2\r\na=rtpmap:97 PCMU/8000/2\r\n";
        assert_eq!(codecs(audio, Kind::Audio), [(8, Codec::Pcma), (0, Codec::Pcmu), (96, Codec::Opus)]);
        assert_eq!(codecs(audio, Kind::Video), []);
    }

    #[test]
    fn of_two_ways_to_packetise_the_one_with_fragments_is_taken() {
        let video = "m=video 9 RTP/AVP 96 97 98\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=0\r\n\
            a=rtpmap:97 H264/90000\r\na=fmtp:97 profile-level-id=4d0028; packetization-mode=1\r\n\
            a=rtpmap:98 VP9/90000\r\na=fmtp:98 profile-id=2\r\n";
        assert_eq!(codecs(video, Kind::Video), [(97, Codec::H264)]);
    }

    #[test]
    fn the_profile_of_the_remote_is_echoed() {
        let payload_type = PayloadType { number: 97, codec: Codec::H264 };
        let line = CodecLine { payload_type, parameters: "sprop-parameter-sets=x; profile-level-id=4D0028".to_owned() };
        assert_eq!(
            line.answered().parameters,
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4D0028"
        );
        assert!(!line.is_constrained_baseline() && offered_codecs(&[Codec::H264])[0].is_constrained_baseline());
    }
}
