//! `getStats` of a WebRtcEndpoint: a record for each stream, by an id that stays while the stream does.

use std::collections::BTreeMap;
use std::time::SystemTime;
use trellis_media::Kind;
use trellis_model::Value;
use trellis_webrtc::{PeerStats, ReceiveStats, SendStats};

/// Counters of these kinds of media, of the endpoint with this id.
pub fn records(peer: &PeerStats, kinds: &[Kind], endpoint: &str) -> BTreeMap<String, Value> {
    let nacks: u64 = peer.sent.iter().map(|stream| stream.nacks).sum();
    let received = peer.received.iter().filter(|stream| kinds.contains(&stream.codec.0.kind()));
    let received = received.map(|stream| (format!("{endpoint}/inboundrtp/{}", stream.ssrc), inbound(stream, nacks)));
    let sent = peer.sent.iter().filter(|stream| kinds.contains(&stream.kind) && stream.codec.is_some());
    let sent = sent.map(|stream| {
        let available = peer.available_outgoing.filter(|_| stream.kind == Kind::Video).unwrap_or_default();
        (format!("{endpoint}/outboundrtp/{}", stream.ssrc), outbound(stream, available))
    });
    let named = |(id, (class, mut fields)): (String, Record)| {
        fields.extend([("id", Value::from(&*id)), ("timestampMillis", Value::Int(milliseconds()))]);
        (id, Value::record(class, fields))
    };
    received.chain(sent).map(named).collect()
}

/// What this server has nothing to say of, as Kurento says it.
fn unsaid() -> [(&'static str, Value); 6] {
    [
        ("associateStatsId", "".into()),
        ("isRemote", Value::Bool(false)),
        ("mediaTrackId", "".into()),
        ("transportId", "".into()),
        ("codecId", "".into()),
        ("sliCount", Value::Int(0)),
    ]
}

type Record = (&'static str, Vec<(&'static str, Value)>);

fn inbound(stream: &ReceiveStats, nacks: u64) -> Record {
    let expected = stream.packets_lost.max(0) as f64 + stream.packets as f64;
    let fraction = if expected > 0.0 { stream.packets_lost.max(0) as f64 / expected * 256.0 } else { 0.0 };
    let fields = [
        ("type", "inboundrtp".into()),
        ("ssrc", stream.ssrc.to_string().into()),
        ("packetsReceived", count(stream.packets)),
        ("bytesReceived", count(stream.bytes)),
        ("jitter", Value::Float(stream.jitter.as_secs_f64())),
        ("packetsLost", Value::Int(stream.packets_lost.max(0))),
        ("fractionLost", Value::Float(fraction.floor())),
        ("firCount", Value::Int(0)),
        ("pliCount", count(stream.picture_losses)),
        ("nackCount", count(nacks)),
        ("remb", Value::Int(0)),
    ];
    let fields = fields.into_iter().chain(unsaid()).collect();
    ("RTCInboundRTPStreamStats", fields)
}

fn outbound(stream: &SendStats, available: u64) -> Record {
    let remote = stream.remote;
    let round_trip = remote.and_then(|remote| remote.round_trip).unwrap_or_default();
    let fields = [
        ("type", "outboundrtp".into()),
        ("ssrc", stream.ssrc.to_string().into()),
        ("packetsSent", count(stream.packets)),
        ("bytesSent", count(stream.bytes)),
        ("targetBitrate", Value::Float(stream.bitrate as f64)),
        ("roundTripTime", Value::Float(round_trip.as_secs_f64())),
        ("packetsLost", Value::Int(remote.map_or(0, |remote| remote.packets_lost.max(0)))),
        // Of 256, as on the wire.
        ("fractionLost", Value::Float(remote.map_or(0.0, |remote| remote.fraction_lost * 256.0))),
        ("firCount", count(stream.full_intra_requests)),
        ("pliCount", count(stream.picture_losses)),
        ("nackCount", count(stream.nacks)),
        ("remb", count(available)),
    ];
    let fields = fields.into_iter().chain(unsaid()).collect();
    ("RTCOutboundRTPStreamStats", fields)
}

fn count(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn milliseconds() -> i64 {
    let passed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
}
