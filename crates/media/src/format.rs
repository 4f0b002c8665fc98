//! Formats: one exact description of what flows on a link, as a vector of small numbers, one for each field.
//!
//! The vector form is what makes the negotiator simple: it compares, copies and enumerates fields without knowing
//! what they mean. Everything typed about a format is on this page.

use crate::FrameRate;
use std::fmt;
use std::str::FromStr;

/// Defines an enum whose values fit a format's field (1 and up; 0 is "not stated") and their written names.
macro_rules! field_values {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $number:literal $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$vmeta])* $variant = $number),+ }
        impl $name {
            /// Every value, in order of number.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The number that stands for it in a field.
            pub const fn number(self) -> u32 { self as u32 }
            /// The value that a field's number stands for.
            pub fn from_number(number: u32) -> Option<Self> { Self::ALL.iter().copied().find(|value| value.number() == number) }
            /// Its written name.
            pub const fn name(self) -> &'static str { match self { $($name::$variant => $text),+ } }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.name()) }
        }
        impl FromStr for $name {
            type Err = FormatError;
            fn from_str(text: &str) -> Result<Self, FormatError> {
                Self::ALL.iter().copied().find(|value| value.name().eq_ignore_ascii_case(text))
                    .ok_or_else(|| FormatError::Word(text.chars().take(40).collect()))
            }
        }
    };
}

field_values! {
    /// The three kinds of media that pads carry.
    Kind { /// Sound.
        Audio = 1 "audio", /// Pictures.
        Video = 2 "video", /// Messages.
        Data = 3 "data" }
}

field_values! {
    /// How the media is carried on a link.
    Carriage { /// Uncompressed.
        Raw = 1 "raw", /// Encoded access units or audio frames.
        Frames = 2 "frames", /// RTP packets.
        Rtp = 3 "rtp" }
}

field_values! {
    /// Codecs. Those that Trellis cannot encode are here because files bring them.
    Codec {
        /// VP8 (RFC 6386).
        Vp8 = 1 "vp8", /// VP9.
        Vp9 = 2 "vp9", /// H.264 (ITU-T H.264).
        H264 = 3 "h264", /// H.265 (ITU-T H.265).
        H265 = 4 "h265", /// AV1.
        Av1 = 5 "av1", /// Motion JPEG.
        Mjpeg = 6 "mjpeg", /// MPEG-4 part 2.
        Mpeg4 = 7 "mpeg4", /// MPEG-2 video.
        Mpeg2 = 8 "mpeg2", /// Theora.
        Theora = 9 "theora", /// Sorenson Spark, the H.263 of Flash.
        Flv1 = 10 "flv1", /// H.263.
        H263 = 11 "h263",
        /// Opus (RFC 6716).
        Opus = 32 "opus", /// G.711 µ-law.
        Pcmu = 33 "pcmu", /// G.711 A-law.
        Pcma = 34 "pcma", /// G.722.
        G722 = 35 "g722", /// AAC (MPEG-4 part 3).
        Aac = 36 "aac", /// Vorbis.
        Vorbis = 37 "vorbis", /// MPEG layer 3.
        Mp3 = 38 "mp3", /// AC-3.
        Ac3 = 39 "ac3", /// FLAC.
        Flac = 40 "flac", /// AMR narrow band.
        AmrNb = 41 "amr-nb", /// AMR wide band.
        AmrWb = 42 "amr-wb", /// Little-endian 16 bit samples in a container.
        PcmS16 = 43 "pcm-s16", /// IMA ADPCM in WAV.
        AdpcmIma = 44 "adpcm-ima", /// Speex.
        Speex = 45 "speex",
    }
}

impl Codec {
    /// The kind of media it encodes.
    pub const fn kind(self) -> Kind {
        if (self as u8) < 32 { Kind::Video } else { Kind::Audio }
    }

    /// Clock rate of its RTP timestamps, in hertz (RFC 3551, 7587, 7741, 6184, 9628). G.722's is 8000 by history.
    pub const fn clock_rate(self) -> u32 {
        match self {
            Codec::Opus => 48_000,
            Codec::Pcmu | Codec::Pcma | Codec::G722 | Codec::AmrNb => 8_000,
            Codec::AmrWb => 16_000,
            _ => 90_000,
        }
    }
}

field_values! {
    /// Profiles that decide who can decode a stream.
    Profile {
        /// H.264 constrained baseline: what every WebRTC peer decodes.
        ConstrainedBaseline = 1 "constrained-baseline", /// H.264 baseline.
        Baseline = 2 "baseline", /// H.264 main.
        Main = 3 "main", /// H.264 high.
        High = 4 "high", /// H.264 profiles beyond 8 bit 4:2:0.
        HighPlus = 5 "high-plus", /// VP9 profile 0 or AV1 main: 8 bit 4:2:0.
        Profile0 = 6 "profile0", /// VP9 profiles 1 to 3, AV1 high and professional.
        ProfileN = 7 "profile-n",
    }
}

field_values! {
    /// Layouts of raw pictures.
    PixelLayout { /// Planar 4:2:0, 8 bit, planes Y, U, V.
        I420 = 1 "I420" }
}

field_values! {
    /// Layouts of raw sound.
    SampleLayout { /// Signed 16 bit, interleaved.
        S16 = 1 "s16" }
}

field_values! {
    /// The fields of a format.
    Field {
        /// [`Kind`].
        Kind = 1 "kind", /// [`Carriage`].
        Carriage = 2 "carriage", /// [`Codec`]; not stated for raw media.
        Codec = 3 "codec", /// [`Profile`].
        Profile = 4 "profile", /// Whether decoding order differs from presentation order (B pictures): 1 no, 2 yes.
        Reordered = 5 "reordered", /// [`PixelLayout`].
        Pixels = 6 "pixels", /// Width in pixels.
        Width = 7 "width", /// Height in pixels.
        Height = 8 "height", /// [`FrameRate`], in thousandths of a frame a second.
        FrameRate = 9 "frame rate", /// [`SampleLayout`].
        Samples = 10 "samples", /// Samples a second.
        SampleRate = 11 "sample rate", /// Channels of sound.
        Channels = 12 "channels", /// Rate class of an encoder's output: streams of one class share an encoder.
        RateClass = 13 "rate class",
    }
}

impl Field {
    /// How many fields a format has.
    pub const COUNT: usize = Field::ALL.len();

    const fn index(self) -> usize {
        self as usize - 1
    }

    /// What a number in this field means, in words: `vp8`, `1280`, `29.97`. 0 is "not stated".
    pub fn value_name(self, value: u32) -> String {
        let name = match self {
            Field::Kind => Kind::from_number(value).map(Kind::name),
            Field::Carriage => Carriage::from_number(value).map(Carriage::name),
            Field::Codec => Codec::from_number(value).map(Codec::name),
            Field::Profile => Profile::from_number(value).map(Profile::name),
            Field::Reordered => [None, Some("no"), Some("yes")].get(value as usize).copied().flatten(),
            Field::Pixels => PixelLayout::from_number(value).map(PixelLayout::name),
            Field::Samples => SampleLayout::from_number(value).map(SampleLayout::name),
            _ => None,
        };
        match name {
            Some(name) => name.to_owned(),
            None if value == 0 => String::from("not stated"),
            None if self == Field::FrameRate => FrameRate(value).to_string(),
            None => value.to_string(),
        }
    }
}

/// A set of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldSet(u16);

impl FieldSet {
    /// No field.
    pub const NONE: FieldSet = FieldSet(0);
    /// Every field.
    pub const ALL: FieldSet = FieldSet::of(Field::ALL);

    /// The set of these fields.
    pub const fn of(fields: &[Field]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < fields.len() {
            bits |= 1 << fields[at].index();
            at += 1;
        }
        FieldSet(bits)
    }

    /// Whether it holds a field.
    pub const fn contains(self, field: Field) -> bool {
        self.0 & (1 << field.index()) != 0
    }

    /// The fields of both.
    pub const fn union(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 | other.0)
    }

    /// The fields of this one that the other lacks.
    pub const fn without(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 & !other.0)
    }

    /// The fields in it.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.iter().copied().filter(move |field| self.contains(*field))
    }
}

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
            let word = words[at];
            if word == "class" {
                let class = words.get(at + 1).and_then(|word| word.parse().ok()).ok_or_else(|| bad(word))?;
                format = format.with(Field::RateClass, class);
                at += 1;
            } else {
                format = parse_detail(format, word).ok_or_else(|| bad(word))?;
            }
            at += 1;
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

/// `I420`, `s16`, `high`, `reordered`, `1280x720@30`, `1280x720`, `@30` or `48000/2`.
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
            "data",
        ] {
            let format: Format = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(format.to_string(), text);
        }
    }

    #[test]
    fn a_bad_word_is_named() {
        for text in ["", "video", "video/vp8 640", "audio/vp8", "video/raw 0x", "rtp(video/raw)", "video/vp8 class"] {
            assert!(text.parse::<Format>().is_err(), "{text}");
        }
    }
}
