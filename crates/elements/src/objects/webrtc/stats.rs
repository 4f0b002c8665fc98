//! `getStats` of a WebRtcEndpoint: a record for each stream and data channel, as Kurento has them.

use super::channels::Totals;
use crate::objects::records::{self, Fields, Records, count};
use std::collections::BTreeMap;
use trellis_media::Kind;
use trellis_model::Value;
use trellis_webrtc::{ChannelState, ChannelStats, PeerStats, ReceiveStats, SendStats};

/// What was counted at one moment: by the peer, and of its channels.
pub(super) struct Counted {
    pub peer: PeerStats,
    pub channels: Totals,
}

impl Counted {
    /// The records of these kinds of media, by id. A stream's id stays as long as the stream; `endpoint` begins the
    /// others.
    pub fn records(&self, kinds: &[Kind], endpoint: &str) -> BTreeMap<String, Value> {
        let peer = &self.peer;
        let mut all = Records::new();
        for stream in peer.received.iter().filter(|stream| kinds.contains(&stream.codec.0.kind())) {
            let told = peer.available_incoming.filter(|_| stream.codec.0.kind() == Kind::Video);
            all.add(stream.id.clone(), "RTCInboundRTPStreamStats", inbound(stream, told.unwrap_or_default()));
        }
        for stream in peer.sent.iter().filter(|stream| kinds.contains(&stream.kind) && stream.codec.is_some()) {
            let available = peer.available_outgoing.filter(|_| stream.kind == Kind::Video);
            all.add(stream.id.clone(), "RTCOutboundRTPStreamStats", outbound(stream, available.unwrap_or_default()));
        }
        if kinds.contains(&Kind::Data) && !peer.channels.is_empty() {
            for channel in &peer.channels {
                let id = format!("{endpoint}/datachannel/{}", channel.channel);
                all.add(id, "RTCDataChannelStats", data_channel(channel));
            }
            let session = vec![
                ("type", "session".into()),
                ("dataChannelsOpened", count(self.channels.opened)),
                ("dataChannelsClosed", count(self.channels.closed)),
            ];
            all.add(format!("{endpoint}/session"), "RTCPeerConnectionStats", session);
        }
        all.done()
    }
}

fn inbound(stream: &ReceiveStats, told: u64) -> Fields {
    records::stream([
        ("type", "inboundrtp".into()),
        ("ssrc", stream.ssrc.to_string().into()),
        ("packetsReceived", count(stream.packets + stream.duplicates)),
        ("bytesReceived", count(stream.bytes + stream.duplicate_bytes)),
        ("jitter", Value::Float(stream.jitter.as_secs_f64())),
        ("packetsLost", Value::Int(stream.packets_lost.max(0))),
        ("fractionLost", of_256(stream.fraction_lost)),
        // Never asked for: a picture loss indication says the same.
        ("firCount", Value::Int(0)),
        ("pliCount", count(stream.picture_losses)),
        ("nackCount", count(stream.nacks)),
        ("remb", count(told)),
    ])
}

fn outbound(stream: &SendStats, available: u64) -> Fields {
    let remote = stream.remote;
    let round_trip = remote.and_then(|remote| remote.round_trip).unwrap_or_default();
    records::stream([
        ("type", "outboundrtp".into()),
        ("ssrc", stream.ssrc.to_string().into()),
        ("packetsSent", count(stream.packets + stream.retransmitted_packets)),
        ("bytesSent", count(stream.bytes + stream.retransmitted_bytes)),
        ("targetBitrate", Value::Float(stream.bitrate as f64)),
        ("roundTripTime", Value::Float(round_trip.as_secs_f64())),
        ("packetsLost", Value::Int(remote.map_or(0, |remote| remote.packets_lost.max(0)))),
        ("fractionLost", of_256(remote.map_or(0.0, |remote| remote.fraction_lost))),
        ("firCount", count(stream.full_intra_requests)),
        ("pliCount", count(stream.picture_losses)),
        ("nackCount", count(stream.nacks)),
        ("remb", count(available)),
    ])
}

fn data_channel(channel: &ChannelStats) -> Fields {
    vec![
        ("type", "datachannel".into()),
        ("label", channel.label.as_str().into()),
        ("protocol", channel.protocol.as_str().into()),
        ("datachannelid", Value::Int(channel.channel.into())),
        ("state", channel_state(channel.state).into()),
        ("messagesSent", count(channel.messages_sent)),
        ("bytesSent", count(channel.bytes_sent)),
        ("messagesReceived", count(channel.messages_received)),
        ("bytesReceived", count(channel.bytes_received)),
    ]
}

/// `RTCDataChannelState`, which Kurento and the W3C write alike.
pub(super) fn channel_state(state: ChannelState) -> &'static str {
    match state {
        ChannelState::Connecting => "connecting",
        ChannelState::Open => "open",
        ChannelState::Closing => "closing",
        ChannelState::Closed => "closed",
    }
}

/// A share as it stands in a report on the wire (RFC 3550 section 6.4.1).
fn of_256(share: f64) -> Value {
    Value::Float((share * 256.0).floor().min(255.0))
}
