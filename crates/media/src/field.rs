//! The fields of a format: what the numbers in them stand for.

use crate::{FormatError, FrameRate};
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
    /// How H.264 is packetised, by the `packetization-mode` of RFC 6184, section 8.1.
    Packetization {
        /// Mode 0: every packet holds one whole NAL unit.
        SingleNal = 1 "single-nal", /// Mode 1: NAL units are fragmented and aggregated, in decoding order.
        NonInterleaved = 2 "non-interleaved", /// Mode 2: in any order.
        Interleaved = 3 "interleaved",
    }
}

field_values! {
    /// What the numbers in a picture mean as colours: the matrix, and whether black is 16 or 0 (ITU-T H.273).
    Colour {
        /// Standard definition, 16 to 235.
        Bt601Limited = 1 "bt601-limited", /// Standard definition, 0 to 255: JPEG.
        Bt601Full = 2 "bt601-full", /// High definition, 16 to 235.
        Bt709Limited = 3 "bt709-limited", /// High definition, 0 to 255.
        Bt709Full = 4 "bt709-full", /// Ultra high definition, 16 to 235.
        Bt2020Limited = 5 "bt2020-limited", /// Ultra high definition, 0 to 255.
        Bt2020Full = 6 "bt2020-full",
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
        RateClass = 13 "rate class", /// Level of a video codec, in tenths: 31 is level 3.1.
        Level = 14 "level", /// [`Packetization`].
        Packetization = 15 "packetization", /// [`Colour`].
        Colour = 16 "colour",
    }
}

impl Field {
    /// How many fields a format has.
    pub const COUNT: usize = Field::ALL.len();

    /// Its place in [`Field::ALL`].
    pub(crate) const fn index(self) -> usize {
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
            Field::Packetization => Packetization::from_number(value).map(Packetization::name),
            Field::Colour => Colour::from_number(value).map(Colour::name),
            _ => None,
        };
        match name {
            Some(name) => name.to_owned(),
            None if value == 0 => String::from("not stated"),
            None if self == Field::FrameRate => FrameRate(value).to_string(),
            None if self == Field::Level => level_name(value),
            None => value.to_string(),
        }
    }
}

/// A level as it is written: `3.1`, `4`.
pub(crate) fn level_name(tenths: u32) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

/// The level that is written so.
pub(crate) fn level_number(text: &str) -> Option<u32> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let rest: u32 = rest.parse().ok().filter(|rest| *rest < 10)?;
    whole.parse::<u32>().ok()?.checked_mul(10)?.checked_add(rest).filter(|level| *level > 0)
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

    /// The fields of either.
    pub const fn union(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 | other.0)
    }

    /// The fields of this one that the other lacks.
    pub const fn without(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 & !other.0)
    }

    /// The fields of both sets.
    pub const fn intersect(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 & other.0)
    }

    /// Whether it holds no field.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many fields come before one, in order of [`Field::ALL`].
    pub(crate) const fn before(self, field: Field) -> usize {
        (self.0 & ((1 << field.index()) - 1)).count_ones() as usize
    }

    /// The fields in it, in order of [`Field::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Field> {
        let rest = |left: &u16| Some(left & left.wrapping_sub(1)).filter(|left| *left != 0);
        std::iter::successors(Some(self.0).filter(|all| *all != 0), rest)
            .map(|left| Field::ALL[left.trailing_zeros() as usize])
    }
}
