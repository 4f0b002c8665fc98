//! Items: the units of media that travel along links.

use crate::{Kind, MediaTime, Picture, Sound};
use bytes::Bytes;
use std::sync::Arc;

/// One unit of media on a link, with its time on the pipeline's clock.
///
/// Cloning is cheap: payloads are shared, never copied.
#[derive(Clone, Debug)]
pub struct Item {
    /// Presentation time on the pipeline's clock.
    pub time: MediaTime,
    /// The media itself.
    pub payload: Payload,
}

/// What an [`Item`] carries.
#[derive(Clone, Debug)]
pub enum Payload {
    /// One RTP packet (RFC 3550).
    Rtp(RtpPacket),
    /// One access unit or audio frame, encoded.
    Frame(EncodedFrame),
    /// One raw picture.
    Picture(Picture),
    /// One block of raw samples.
    Sound(Sound),
    /// One message of a data channel.
    Data(DataMessage),
}

/// An RTP packet without its header's wire form: what a sink needs to write a header of its own.
#[derive(Clone, Debug)]
pub struct RtpPacket {
    /// Payload type of the sender; a sink replaces it by its own.
    pub payload_type: u8,
    /// Marker bit: for video, the last packet of a frame.
    pub marker: bool,
    /// Sequence number of the sender.
    pub sequence: u16,
    /// RTP timestamp in the codec's clock rate.
    pub timestamp: u32,
    /// Synchronisation source of the sender.
    pub ssrc: u32,
    /// Whether a decoder can start at this packet: the first packet of a key picture. Audio: always.
    pub starts_keyframe: bool,
    /// The payload, without header, extensions and padding.
    pub payload: Bytes,
}

/// One encoded video access unit, or one encoded audio frame.
///
/// H.264 is in Annex B form with parameter sets in band before every IDR picture; AV1 is a temporal unit of
/// OBUs with sizes (low-overhead format); VP8 and VP9 are one (super)frame; AAC is one raw access unit.
#[derive(Clone, Debug)]
pub struct EncodedFrame {
    /// The encoded bytes.
    pub data: Bytes,
    /// Whether a decoder can start here. Audio: always true.
    pub keyframe: bool,
    /// Decoding time on the pipeline's clock; differs from the item's time only for reordered video.
    pub decode_time: MediaTime,
    /// How long it lasts; zero when not known.
    pub duration: MediaTime,
    /// Out-of-band decoder configuration, on the first frame and on every keyframe for the codecs that need one:
    /// AAC: AudioSpecificConfig; Vorbis: the three headers, Xiph-laced; Opus: OpusHead when the container had one.
    pub config: Option<Arc<[u8]>>,
}

/// A message of a data channel (RFC 8831).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataMessage {
    /// Whether the sender sent it as a string or as binary.
    pub text: bool,
    /// The message.
    pub data: Bytes,
}

impl Item {
    /// The kind of media that this item is; `None` for RTP and encoded frames, whose link knows it.
    pub fn raw_kind(&self) -> Option<Kind> {
        match self.payload {
            Payload::Picture(_) => Some(Kind::Video),
            Payload::Sound(_) => Some(Kind::Audio),
            Payload::Data(_) => Some(Kind::Data),
            Payload::Rtp(_) | Payload::Frame(_) => None,
        }
    }

    /// Whether a decoder, or a viewer, can start at this item.
    pub fn starts_keyframe(&self) -> bool {
        match &self.payload {
            Payload::Rtp(packet) => packet.starts_keyframe,
            Payload::Frame(frame) => frame.keyframe,
            Payload::Picture(_) | Payload::Sound(_) | Payload::Data(_) => true,
        }
    }

    /// Bytes of media in this item.
    pub fn size(&self) -> usize {
        match &self.payload {
            Payload::Rtp(packet) => packet.payload.len(),
            Payload::Frame(frame) => frame.data.len(),
            Payload::Picture(picture) => picture.byte_len(),
            Payload::Sound(sound) => sound.samples.len() * 2,
            Payload::Data(message) => message.data.len(),
        }
    }
}
