//! What flows through Trellis: formats and caps, items, timestamps and the buffers that carry them.
//!
//! This crate knows no codec, no protocol and no graph; everything else stands on it.
#![forbid(unsafe_code)]

mod caps;
mod format;
mod fraction;
mod item;
mod picture;
mod sound;
mod time;

pub use caps::{Alternative, Caps, Constraint};
pub use format::{Carriage, Codec, Field, FieldSet, Format, FormatError, Kind, PixelLayout, Profile, SampleLayout};
pub use fraction::FrameRate;
pub use item::{DataMessage, EncodedFrame, Item, Payload, RtpPacket};
pub use picture::{Picture, PictureError, PicturePool, Plane};
pub use sound::Sound;
pub use time::MediaTime;
