//! Formats: one exact description of what flows on a link, as a vector of small numbers, one for each field.
//!
//! The vector form is what makes the negotiator simple: it compares, copies and enumerates fields without knowing
//! what they mean. Everything typed about a format is on this page and on that of its fields.

use crate::field::{level_name, level_number};
use crate::{Carriage, Codec, Colour, Field, FrameRate, Kind, Packetization, PixelLayout, Profile, SampleLayout};
use std::fmt;
use std::str::FromStr;

/// Why a text is not a format or not caps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// A word that means nothing here.
    #[error(
        "'{0}' is not a word of a format; a format looks like 'video/vp8 1280x720@30', 'video/raw I420 640x480', 'audio/opus 48000/2' or 'rtp(video/h264)'"
    )]
    Word(String),
    /// A codec of the other kind, as in `audio/vp8`.
    #[error("{0} is not a codec of {1}")]
    WrongKind(Codec, Kind),
}

/// One exact description of what flows. Fields that are not stated (0) follow the stream: a decoder of a stream whose
/// size is not known yet gives pictures of whatever size comes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Format {
    values: [u32; Field::COUNT],
}

impl Format {
    const EMPTY: Format = Format { values: [0; Field::COUNT] };

    /// Data messages.
    pub const fn data() -> Format {
        Format::EMPTY.with(Field::Kind, Kind::Data as u32).with(Field::Carriage, Carriage::Raw as u32)
    }

    /// Encoded media in frames.
    pub const fn encoded(codec: Codec) -> Format {
        Format::EMPTY
            .with(Field::Kind, codec.kind() as u32)
            .with(Field::Carriage, Carriage::Frames as u32)
            .with(Field::Codec, codec as u32)
    }

    /// Encoded media in RTP packets.
    pub const fn rtp(codec: Codec) -> Format {
        Format::encoded(codec).with(Field::Carriage, Carriage::Rtp as u32)
    }

    /// Raw I420 pictures of a size that follows the stream.
    pub const fn raw_video() -> Format {
        Format::EMPTY
            .with(Field::Kind, Kind::Video as u32)
            .with(Field::Carriage, Carriage::Raw as u32)
            .with(Field::Pixels, PixelLayout::I420 as u32)
    }

    /// Raw interleaved 16 bit sound; a zero rate or channel count follows the stream.
    pub const fn raw_audio(rate: u32, channels: u16) -> Format {
        Format::EMPTY
            .with(Field::Kind, Kind::Audio as u32)
            .with(Field::Carriage, Carriage::Raw as u32)
            .with(Field::Samples, SampleLayout::S16 as u32)
            .with(Field::SampleRate, rate)
            .with(Field::Channels, channels as u32)
    }

    /// This format with one field set; 0 means not stated.
    pub const fn with(mut self, field: Field, value: u32) -> Format {
        self.values[field.index()] = value;
        self
    }

    /// This format with a size in pixels.
    pub const fn with_size(self, width: u32, height: u32) -> Format {
        self.with(Field::Width, width).with(Field::Height, height)
    }

    /// This format with a frame rate.
    pub const fn with_frame_rate(self, rate: FrameRate) -> Format {
        self.with(Field::FrameRate, rate.0)
    }

    /// This format with a profile.
    pub const fn with_profile(self, profile: Profile) -> Format {
        self.with(Field::Profile, profile as u32)
    }

    /// This format with a sample rate in hertz and a channel count.
    pub const fn with_sampling(self, rate: u32, channels: u16) -> Format {
        self.with(Field::SampleRate, rate).with(Field::Channels, channels as u32)
    }

    /// The number in a field, 0 when it is not stated.
    pub const fn value(&self, field: Field) -> u32 {
        self.values[field.index()]
    }

    /// The number in a field, `None` when it is not stated.
    pub fn stated(&self, field: Field) -> Option<u32> {
        Some(self.value(field)).filter(|value| *value != 0)
    }

    /// Kind of media.
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_number(self.value(Field::Kind))
    }

    /// How it is carried.
    pub fn carriage(&self) -> Option<Carriage> {
        Carriage::from_number(self.value(Field::Carriage))
    }

    /// Codec; `None` for raw media and data.
    pub fn codec(&self) -> Option<Codec> {
        Codec::from_number(self.value(Field::Codec))
    }

    /// Profile, when stated.
    pub fn profile(&self) -> Option<Profile> {
        Profile::from_number(self.value(Field::Profile))
    }

    /// Width and height, when both are stated.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.stated(Field::Width).zip(self.stated(Field::Height))
    }

    /// Frame rate, when stated.
    pub fn frame_rate(&self) -> Option<FrameRate> {
        self.stated(Field::FrameRate).map(FrameRate)
    }

    /// Sample rate in hertz and channels, when both are stated.
    pub fn sampling(&self) -> Option<(u32, u16)> {
        self.stated(Field::SampleRate).zip(self.stated(Field::Channels).and_then(|count| u16::try_from(count).ok()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind().map_or("?", Kind::name);
        let rtp = self.carriage() == Some(Carriage::Rtp);
        match (self.kind(), self.codec()) {
            (Some(Kind::Data), _) => return f.write_str("data"),
            (_, Some(codec)) if rtp => write!(f, "rtp({kind}/{codec})")?,
            (_, Some(codec)) => write!(f, "{kind}/{codec}")?,
            (_, None) => write!(f, "{kind}/raw")?,
        }
        if let Some(layout) = PixelLayout::from_number(self.value(Field::Pixels)) {
            write!(f, " {layout}")?;
        }
        if let Some(layout) = SampleLayout::from_number(self.value(Field::Samples)) {
            write!(f, " {layout}")?;
        }
        if let Some(profile) = self.profile() {
            write!(f, " {profile}")?;
        }
        if let Some(level) = self.stated(Field::Level) {
            write!(f, " level {}", level_name(level))?;
        }
        if let Some(packetization) = Packetization::from_number(self.value(Field::Packetization)) {
            write!(f, " {packetization}")?;
        }
        if self.value(Field::Reordered) == 2 {
            f.write_str(" reordered")?;
        }
        if let Some((width, height)) = self.size() {
            write!(f, " {width}x{height}")?;
        }
        if let Some(rate) = self.frame_rate() {
            write!(f, "{}@{rate}", if self.size().is_some() { "" } else { " " })?;
        }
        if let Some((rate, channels)) = self.sampling() {
            write!(f, " {rate}/{channels}")?;
        }
        if let Some(colour) = Colour::from_number(self.value(Field::Colour)) {
            write!(f, " {colour}")?;
        }
        if let Some(class) = self.stated(Field::RateClass) {
            write!(f, " class {class}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Format, FormatError> {
        let bad = |word: &str| FormatError::Word(word.chars().take(40).collect());
        let mut words = text.split_whitespace();
        let head = words.next().ok_or_else(|| bad(text))?;
        let mut format = parse_head(head)?;
        let words: Vec<&str> = words.collect();
        let mut at = 0;
        while at < words.len() {
            let (word, next) = (words[at], words.get(at + 1));
            let pair = match word {
                "class" => Some((Field::RateClass, next.and_then(|word| word.parse().ok()))),
                "level" => Some((Field::Level, next.and_then(|word| level_number(word)))),
                _ => None,
            };
            format = match pair {
                Some((field, value)) => format.with(field, value.ok_or_else(|| bad(word))?),
                None => parse_detail(format, word).ok_or_else(|| bad(word))?,
            };
            at += if pair.is_some() { 2 } else { 1 };
        }
        Ok(format)
    }
}

/// `video/vp8`, `audio/raw`, `rtp(video/vp8)` or `data`.
fn parse_head(head: &str) -> Result<Format, FormatError> {
    let bad = || FormatError::Word(head.chars().take(40).collect());
    if head == "data" {
        return Ok(Format::data());
    }
    let (inner, rtp) = match head.strip_prefix("rtp(").and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => (inner, true),
        None => (head, false),
    };
    let (kind, codec) = inner.split_once('/').ok_or_else(bad)?;
    let kind: Kind = kind.parse()?;
    if codec == "raw" && !rtp {
        return match kind {
            Kind::Video => Ok(Format::raw_video()),
            Kind::Audio => Ok(Format::raw_audio(0, 0)),
            Kind::Data => Err(bad()),
        };
    }
    let codec: Codec = codec.parse()?;
    if codec.kind() != kind {
        return Err(FormatError::WrongKind(codec, kind));
    }
    Ok(if rtp { Format::rtp(codec) } else { Format::encoded(codec) })
}

/// `I420`, `s16`, `high`, `single-nal`, `bt709-limited`, `reordered`, `1280x720@30`, `1280x720`, `@30` or `48000/2`.
fn parse_detail(format: Format, word: &str) -> Option<Format> {
    if let Ok(layout) = word.parse::<PixelLayout>() {
        return Some(format.with(Field::Pixels, layout.number()));
    }
    if let Ok(layout) = word.parse::<SampleLayout>() {
        return Some(format.with(Field::Samples, layout.number()));
    }
    if let Ok(profile) = word.parse::<Profile>() {
        return Some(format.with_profile(profile));
    }
    if let Ok(packetization) = word.parse::<Packetization>() {
        return Some(format.with(Field::Packetization, packetization.number()));
    }
    if let Ok(colour) = word.parse::<Colour>() {
        return Some(format.with(Field::Colour, colour.number()));
    }
    if word == "reordered" {
        return Some(format.with(Field::Reordered, 2));
    }
    if let Some((rate, channels)) = word.split_once('/') {
        return Some(format.with_sampling(rate.parse().ok()?, channels.parse().ok()?));
    }
    let (size, rate) = match word.split_once('@') {
        Some((size, rate)) => (size, Some(rate)),
        None => (word, None),
    };
    let mut format = format;
    if !size.is_empty() {
        let (width, height) = size.split_once('x')?;
        format = format.with_size(width.parse().ok()?, height.parse().ok()?);
    }
    if let Some(rate) = rate {
        let rate: f64 = rate.parse().ok()?;
        if !(0.001..=1_000.0).contains(&rate) {
            return None;
        }
        format = format.with_frame_rate(FrameRate((rate * 1_000.0).round() as u32));
    }
    Some(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_format_reads_back_as_itself() {
        for text in [
            "video/vp8 1280x720@30",
            "video/raw I420 640x480",
            "audio/opus 48000/2",
            "rtp(video/h264) constrained-baseline",
            "video/h264 high reordered 1920x1080@29.97",
            "audio/raw s16 44100/1",
            "video/vp8 640x360 class 2",
            "rtp(video/h264) high level 3.1 non-interleaved reordered 1280x720@30 class 7",
            "video/h265 level 4",
            "video/raw I420 1920x1080@25 bt709-limited",
            "video/mjpeg bt601-full",
            "data",
        ] {
            let format: Format = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(format.to_string(), text);
        }
    }

    #[test]
    fn a_bad_word_is_named() {
        for text in [
            "",
            "video",
            "video/vp8 640",
            "audio/vp8",
            "video/raw 0x",
            "rtp(video/raw)",
            "video/vp8 class",
            "video/h264 level",
            "video/h264 level 3.14",
            "video/h264 level 0",
        ] {
            assert!(text.parse::<Format>().is_err(), "{text}");
        }
    }
}
