//! `getStats` of an RtpEndpoint: a record for each stream, by an id that stays while the stream does.

use std::collections::BTreeMap;
use std::time::SystemTime;
use trellis_media::Kind;
use trellis_model::Value;
use trellis_rtp::session::{InboundStats, OutboundStats, Session};

/// Counters of these kinds of media, of the endpoint with this id.
pub(super) fn records(session: &Session, kinds: &[Kind], endpoint: &str) -> BTreeMap<String, Value> {
    let received = session.received().into_iter().filter(|(kind, ..)| kinds.contains(kind));
    let received = received.map(|(_, stats, asked)| {
        let id = format!("{endpoint}/inboundrtp/{}", stats.ssrc);
        (id.clone(), Value::record("RTCInboundRTPStreamStats", inbound(&stats, asked).into_iter().chain(common(&id))))
    });
    let sent = session.sent().into_iter().filter(|(kind, stats)| kinds.contains(kind) && stats.payload_type.is_some());
    let sent = sent.map(|(_, stats)| {
        let id = format!("{endpoint}/outboundrtp/{}", stats.ssrc);
        (id.clone(), Value::record("RTCOutboundRTPStreamStats", outbound(&stats).into_iter().chain(common(&id))))
    });
    received.chain(sent).collect()
}

/// What is the same in all, with what this server has nothing to say of.
fn common(id: &str) -> [(&'static str, Value); 8] {
    let passed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    [
        ("id", id.into()),
        ("timestampMillis", Value::Int(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX))),
        ("associateStatsId", "".into()),
        ("isRemote", Value::Bool(false)),
        ("mediaTrackId", "".into()),
        ("transportId", "".into()),
        ("codecId", "".into()),
        ("sliCount", Value::Int(0)),
    ]
}

fn inbound(stats: &InboundStats, asked: u64) -> [(&'static str, Value); 11] {
    let expected = stats.lost.max(0) as f64 + stats.packets as f64;
    let fraction = if expected > 0.0 { stats.lost.max(0) as f64 / expected * 256.0 } else { 0.0 };
    [
        ("type", "inboundrtp".into()),
        ("ssrc", stats.ssrc.to_string().into()),
        ("packetsReceived", count(stats.packets)),
        ("bytesReceived", count(stats.bytes)),
        ("jitter", Value::Float(stats.jitter.secs_f64())),
        ("packetsLost", Value::Int(stats.lost.max(0))),
        ("fractionLost", Value::Float(fraction.floor())),
        ("firCount", Value::Int(0)),
        ("pliCount", count(asked)),
        ("nackCount", Value::Int(0)),
        ("remb", Value::Int(0)),
    ]
}

fn outbound(stats: &OutboundStats) -> [(&'static str, Value); 12] {
    [
        ("type", "outboundrtp".into()),
        ("ssrc", stats.ssrc.to_string().into()),
        ("packetsSent", count(stats.packets)),
        ("bytesSent", count(stats.bytes)),
        ("targetBitrate", Value::Float(stats.bitrate as f64)),
        ("roundTripTime", Value::Float(stats.round_trip.unwrap_or_default().secs_f64())),
        ("packetsLost", Value::Int(stats.lost.max(0))),
        // Of 256, as on the wire.
        ("fractionLost", Value::Float(stats.fraction_lost.into())),
        ("firCount", count(stats.full_intras)),
        ("pliCount", count(stats.picture_losses)),
        ("nackCount", count(stats.nacks)),
        ("remb", Value::Int(0)),
    ]
}

fn count(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}
