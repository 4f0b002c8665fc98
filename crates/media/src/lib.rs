//! What flows through Trellis: formats and caps, items, timestamps and the buffers that carry them.
//!
//! This crate knows no codec, no protocol and no graph; everything else stands on it.
#![forbid(unsafe_code)]

mod alternative;
mod caps;
mod constraint;
mod field;
mod format;
mod fraction;
mod item;
mod picture;
mod sound;
mod source_clock;
mod time;

pub use alternative::Alternative;
pub use caps::Caps;
pub use constraint::Constraint;
pub use field::{Carriage, Codec, Colour, Field, FieldSet, Kind, Packetization, PixelLayout, Profile, SampleLayout};
pub use format::{Format, FormatError};
pub use fraction::FrameRate;
pub use item::{DataMessage, EncodedFrame, Item, Payload, RtpPacket};
pub use picture::{Picture, PictureError, PicturePool, Plane};
pub use sound::Sound;
pub use source_clock::SourceClock;
pub use time::MediaTime;
