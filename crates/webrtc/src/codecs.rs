//! The codecs that a peer offers and accepts, and how webrtc-rs calls them.

use crate::PeerConfig;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_RTX, MediaEngine};
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodec, RTCRtpCodecParameters, RtpCodecKind};
use rtc::shared::error::Error;
use trellis_media::{Codec, Kind};

/// One codec as it stands in a description of ours.
struct Entry {
    codec: Codec,
    mime: &'static str,
    channels: u16,
    fmtp: &'static str,
    payload_type: u8,
}

/// Payload types of our offers; an answer takes those of the remote. The one after a video codec's is its RTX.
static ENTRIES: [Entry; 7] = [
    Entry {
        codec: Codec::Opus,
        mime: "audio/opus",
        channels: 2,
        fmtp: "minptime=10;useinbandfec=1",
        payload_type: 111,
    },
    Entry { codec: Codec::Pcmu, mime: "audio/PCMU", channels: 0, fmtp: "", payload_type: 0 },
    Entry { codec: Codec::Pcma, mime: "audio/PCMA", channels: 0, fmtp: "", payload_type: 8 },
    Entry { codec: Codec::Vp8, mime: "video/VP8", channels: 0, fmtp: "", payload_type: 96 },
    Entry { codec: Codec::Vp9, mime: "video/VP9", channels: 0, fmtp: "profile-id=0", payload_type: 98 },
    Entry { codec: Codec::H264, mime: "video/H264", channels: 0, fmtp: H264, payload_type: 102 },
    Entry { codec: Codec::Av1, mime: "video/AV1", channels: 0, fmtp: "profile=0", payload_type: 104 },
];

/// Constrained baseline, level 3.1 (RFC 6184 section 8.1).
const H264: &str = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";

/// What we hear and say in RTCP about each kind (RFC 4585 section 4.2). Descriptions alone have to say it: webrtc-rs, which
/// sends the reports for congestion control, goes by the header extension, and would keep these many times over for each
/// peer.
const AUDIO_FEEDBACK: [&str; 1] = ["transport-cc"];
const VIDEO_FEEDBACK: [&str; 5] = ["goog-remb", "ccm fir", "nack", "nack pli", "transport-cc"];

/// Feedback for a payload type.
pub type FeedbackFor = (u8, &'static str);

/// The feedback of a kind.
pub fn feedback(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Audio => &AUDIO_FEEDBACK,
        Kind::Video => &VIDEO_FEEDBACK,
        Kind::Data => &[],
    }
}

/// The feedback of our offers.
pub fn offered_feedback(config: &PeerConfig) -> Vec<FeedbackFor> {
    let codecs = config.audio.iter().chain(&config.video);
    let entries = codecs.filter_map(|codec| ENTRIES.iter().find(|entry| entry.codec == *codec));
    let of = |entry: &'static Entry| feedback(entry.codec.kind()).iter().map(|what| (entry.payload_type, *what));
    entries.flat_map(of).collect()
}

/// A media engine with the codecs of `config` in their order.
pub fn engine(config: &PeerConfig) -> Result<MediaEngine, Error> {
    let mut engine = MediaEngine::default();
    for codec in config.audio.iter().chain(&config.video) {
        let Some(entry) = ENTRIES.iter().find(|entry| entry.codec == *codec) else { continue };
        engine.register_codec(entry.parameters(), rtc_kind(codec.kind()))?;
        if codec.kind() == Kind::Video {
            engine.register_codec(entry.retransmission(), RtpCodecKind::Video)?;
        }
    }
    Ok(engine)
}

impl Entry {
    fn parameters(&self) -> RTCRtpCodecParameters {
        RTCRtpCodecParameters {
            rtp_codec: RTCRtpCodec {
                mime_type: self.mime.to_owned(),
                clock_rate: self.codec.clock_rate(),
                channels: self.channels,
                sdp_fmtp_line: self.fmtp.to_owned(),
                rtcp_feedback: Vec::new(),
            },
            payload_type: self.payload_type,
        }
    }

    /// RFC 4588.
    fn retransmission(&self) -> RTCRtpCodecParameters {
        RTCRtpCodecParameters {
            rtp_codec: RTCRtpCodec {
                mime_type: MIME_TYPE_RTX.to_owned(),
                clock_rate: 90_000,
                channels: 0,
                sdp_fmtp_line: format!("apt={}", self.payload_type),
                rtcp_feedback: Vec::new(),
            },
            payload_type: self.payload_type + 1,
        }
    }
}

/// webrtc-rs' description of a codec of ours, for a sending track.
pub fn rtc_codec(codec: Codec) -> Option<RTCRtpCodec> {
    ENTRIES.iter().find(|entry| entry.codec == codec).map(|entry| entry.parameters().rtp_codec)
}

/// The MIME type that descriptions and statistics name a codec by; `None` for one that no peer is sent.
pub fn mime_type(codec: Codec) -> Option<&'static str> {
    ENTRIES.iter().find(|entry| entry.codec == codec).map(|entry| entry.mime)
}

/// Which codec a MIME type of a description names; `None` for retransmission and what we do not handle.
pub fn codec_of(mime: &str) -> Option<Codec> {
    ENTRIES.iter().find(|entry| entry.mime.eq_ignore_ascii_case(mime)).map(|entry| entry.codec)
}

/// The kind in webrtc-rs' terms.
pub fn rtc_kind(kind: Kind) -> RtpCodecKind {
    match kind {
        Kind::Audio => RtpCodecKind::Audio,
        Kind::Video => RtpCodecKind::Video,
        Kind::Data => RtpCodecKind::Application,
    }
}
