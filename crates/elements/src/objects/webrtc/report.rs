//! `getRtcStats` of a WebRtcEndpoint: the same counters as dictionaries of the W3C (webrtc-stats), so that what reads a
//! browser's `getStats` reads a server's.
//!
//! A dictionary has the members that are known here, under their names there; times are seconds, `timestamp` is in
//! milliseconds since 1970.

use super::states::Progress;
use super::stats::{Counted, channel_state};
use crate::objects::records::{count, milliseconds};
use std::collections::BTreeMap;
use std::time::Duration;
use trellis_media::{Codec, Kind};
use trellis_model::Value;
use trellis_webrtc::{CandidateStats, PathStats, ReceiveStats, SendStats, SrtpProfile, mime_type};

/// There is one transport: all media is bundled.
const TRANSPORT: &str = "transport";
const PAIR: &str = "candidate-pair";
const LOCAL: &str = "local-candidate";
const REMOTE: &str = "remote-candidate";

/// The dictionaries by id.
pub(super) struct Report {
    time: i64,
    dictionaries: BTreeMap<String, Value>,
}

type Members = Vec<(&'static str, Value)>;

impl Report {
    /// What was counted of these kinds of media, and of the transport of all.
    pub fn new(counted: &Counted, kinds: &[Kind], progress: Progress) -> Report {
        let mut report = Report { time: milliseconds(), dictionaries: BTreeMap::new() };
        report.transport(counted, progress);
        if let Some(path) = &counted.peer.path {
            report.pair(path, counted);
        }
        for stream in counted.peer.received.iter().filter(|stream| kinds.contains(&stream.codec.0.kind())) {
            report.inbound(stream);
        }
        for stream in counted.peer.sent.iter().filter(|stream| kinds.contains(&stream.kind)) {
            report.outbound(stream);
        }
        if kinds.contains(&Kind::Data) {
            report.data_channels(counted);
        }
        report
    }

    /// The dictionaries as one JSON object.
    pub fn text(self) -> String {
        trellis_model::json::write(&Value::Map(self.dictionaries)).to_string()
    }

    fn add(&mut self, id: &str, kind: &str, members: Members) {
        let own = [("id", id.into()), ("type", kind.into()), ("timestamp", Value::Int(self.time))];
        let all = own.into_iter().chain(members).map(|(name, value)| (name.to_owned(), value)).collect();
        self.dictionaries.insert(id.to_owned(), Value::Map(all));
    }

    /// RTCTransportStats.
    fn transport(&mut self, counted: &Counted, progress: Progress) {
        let mut members = vec![("iceState", progress.ice.into()), ("dtlsState", progress.dtls.into())];
        if let Some(path) = &counted.peer.path {
            members.extend(traffic(path));
            members.push(("selectedCandidatePairId", PAIR.into()));
        }
        members.extend(counted.peer.srtp.map(|profile| ("srtpCipher", cipher(profile).into())));
        self.add(TRANSPORT, TRANSPORT, members);
    }

    /// RTCIceCandidatePairStats, and RTCIceCandidateStats of both ends.
    fn pair(&mut self, path: &PathStats, counted: &Counted) {
        let mut members = vec![
            ("transportId", TRANSPORT.into()),
            ("localCandidateId", LOCAL.into()),
            ("remoteCandidateId", REMOTE.into()),
            ("state", "succeeded".into()),
            ("nominated", Value::Bool(true)),
            ("responsesReceived", count(path.responses)),
            ("totalRoundTripTime", seconds(path.total_round_trip)),
        ];
        members.extend(traffic(path));
        members.extend(path.round_trip.map(|trip| ("currentRoundTripTime", seconds(trip))));
        members.extend(counted.peer.available_outgoing.map(|bits| ("availableOutgoingBitrate", count(bits))));
        members.extend(counted.peer.available_incoming.map(|bits| ("availableIncomingBitrate", count(bits))));
        self.add(PAIR, PAIR, members);
        self.candidate(LOCAL, &path.local);
        self.candidate(REMOTE, &path.remote);
    }

    fn candidate(&mut self, end: &str, candidate: &CandidateStats) {
        let members = vec![
            ("transportId", TRANSPORT.into()),
            ("address", candidate.address.as_str().into()),
            ("port", Value::Int(candidate.port.into())),
            ("protocol", "udp".into()),
            ("candidateType", candidate.kind.as_str().into()),
            ("priority", Value::Int(candidate.priority.into())),
        ];
        self.add(end, end, members);
    }

    /// RTCCodecStats; its id.
    fn codec(&mut self, (codec, payload_type): (Codec, u8)) -> Value {
        let mime = mime_type(codec).unwrap_or_default();
        let id = format!("codec/{payload_type}/{mime}");
        let mut members = vec![
            ("transportId", TRANSPORT.into()),
            ("payloadType", Value::Int(payload_type.into())),
            ("mimeType", mime.into()),
            ("clockRate", Value::Int(codec.clock_rate().into())),
        ];
        // RFC 7587 section 7: Opus is always announced as stereo.
        members.extend((codec == Codec::Opus).then_some(("channels", Value::Int(2))));
        self.add(&id, "codec", members);
        id.into()
    }

    /// RTCInboundRtpStreamStats.
    fn inbound(&mut self, stream: &ReceiveStats) {
        let kind = stream.codec.0.kind();
        let codec = self.codec(stream.codec);
        let mut members = vec![
            ("ssrc", Value::Int(stream.ssrc.into())),
            ("kind", kind.name().into()),
            ("transportId", TRANSPORT.into()),
            ("codecId", codec),
            ("packetsReceived", count(stream.packets + stream.duplicates)),
            ("bytesReceived", count(stream.bytes + stream.duplicate_bytes)),
            ("packetsLost", Value::Int(stream.packets_lost)),
            ("retransmittedPacketsReceived", count(stream.repaired)),
            ("jitter", seconds(stream.jitter)),
        ];
        if kind == Kind::Video {
            members.extend([
                ("framesReceived", count(stream.marked)),
                ("nackCount", count(stream.nacks)),
                ("pliCount", count(stream.picture_losses)),
                ("firCount", Value::Int(0)),
            ]);
        }
        self.add(&format!("inbound-rtp/{}", stream.id), "inbound-rtp", members);
    }

    /// RTCOutboundRtpStreamStats and, once the remote has reported, RTCRemoteInboundRtpStreamStats.
    fn outbound(&mut self, stream: &SendStats) {
        let Some(codec) = stream.codec else { return };
        let codec = self.codec(codec);
        let (id, remote_id) = (format!("outbound-rtp/{}", stream.id), format!("remote-inbound-rtp/{}", stream.id));
        let common = || {
            vec![
                ("ssrc", Value::Int(stream.ssrc.into())),
                ("kind", stream.kind.name().into()),
                ("transportId", TRANSPORT.into()),
                ("codecId", codec.clone()),
            ]
        };
        let mut members = common();
        members.extend([
            ("packetsSent", count(stream.packets + stream.retransmitted_packets)),
            ("bytesSent", count(stream.bytes + stream.retransmitted_bytes)),
            ("retransmittedPacketsSent", count(stream.retransmitted_packets)),
            ("retransmittedBytesSent", count(stream.retransmitted_bytes)),
        ]);
        if stream.kind == Kind::Video {
            members.extend([
                ("framesSent", count(stream.marked)),
                ("nackCount", count(stream.nacks)),
                ("pliCount", count(stream.picture_losses)),
                ("firCount", count(stream.full_intra_requests)),
            ]);
        }
        if let Some(remote) = stream.remote {
            members.push(("remoteId", remote_id.as_str().into()));
            let mut told = common();
            told.extend([
                ("localId", id.as_str().into()),
                ("packetsLost", Value::Int(remote.packets_lost)),
                ("fractionLost", Value::Float(remote.fraction_lost)),
                ("jitter", seconds(remote.jitter)),
            ]);
            told.extend(remote.round_trip.map(|trip| ("roundTripTime", seconds(trip))));
            self.add(&remote_id, "remote-inbound-rtp", told);
        }
        self.add(&id, "outbound-rtp", members);
    }

    /// RTCDataChannelStats of each, and RTCPeerConnectionStats, which counts them.
    fn data_channels(&mut self, counted: &Counted) {
        for channel in &counted.peer.channels {
            let members = vec![
                ("dataChannelIdentifier", Value::Int(channel.channel.into())),
                ("label", channel.label.as_str().into()),
                ("protocol", channel.protocol.as_str().into()),
                ("state", channel_state(channel.state).into()),
                ("messagesSent", count(channel.messages_sent)),
                ("bytesSent", count(channel.bytes_sent)),
                ("messagesReceived", count(channel.messages_received)),
                ("bytesReceived", count(channel.bytes_received)),
            ];
            self.add(&format!("data-channel/{}", channel.channel), "data-channel", members);
        }
        let members = vec![
            ("dataChannelsOpened", count(counted.channels.opened)),
            ("dataChannelsClosed", count(counted.channels.closed)),
        ];
        self.add("peer-connection", "peer-connection", members);
    }
}

fn traffic(path: &PathStats) -> [(&'static str, Value); 4] {
    [
        ("packetsSent", count(path.packets_sent)),
        ("bytesSent", count(path.bytes_sent)),
        ("packetsReceived", count(path.packets_received)),
        ("bytesReceived", count(path.bytes_received)),
    ]
}

fn seconds(time: Duration) -> Value {
    Value::Float(time.as_secs_f64())
}

/// Names of the IANA's registry of DTLS-SRTP profiles.
fn cipher(profile: SrtpProfile) -> &'static str {
    match profile {
        SrtpProfile::AesCmSha1 => "SRTP_AES128_CM_HMAC_SHA1_80",
        SrtpProfile::AesGcm => "SRTP_AEAD_AES_128_GCM",
    }
}
