//! `getStats` of an RtpEndpoint: a record for each stream, by an id that stays while the stream does.

use crate::objects::records::{self, Fields, Records, count};
use std::collections::BTreeMap;
use trellis_media::Kind;
use trellis_model::Value;
use trellis_rtp::session::{InboundStats, OutboundStats, Session};

/// Counters of these kinds of media, of the endpoint with this id.
pub(super) fn streams(session: &Session, kinds: &[Kind], endpoint: &str) -> BTreeMap<String, Value> {
    let mut all = Records::new();
    for (_, stats, asked) in session.received().into_iter().filter(|(kind, ..)| kinds.contains(kind)) {
        let id = format!("{endpoint}/inboundrtp/{}", stats.ssrc);
        all.add(id, "RTCInboundRTPStreamStats", inbound(&stats, asked));
    }
    for (_, stats) in session.sent().into_iter().filter(|(kind, _)| kinds.contains(kind)) {
        if stats.payload_type.is_some() {
            let id = format!("{endpoint}/outboundrtp/{}", stats.ssrc);
            all.add(id, "RTCOutboundRTPStreamStats", outbound(&stats));
        }
    }
    all.done()
}

fn inbound(stats: &InboundStats, asked: u64) -> Fields {
    records::stream([
        ("type", "inboundrtp".into()),
        ("ssrc", stats.ssrc.to_string().into()),
        ("packetsReceived", count(stats.packets)),
        ("bytesReceived", count(stats.bytes)),
        ("jitter", Value::Float(stats.jitter.secs_f64())),
        ("packetsLost", Value::Int(stats.lost.max(0))),
        // Of 256, as on the wire.
        ("fractionLost", Value::Float(stats.fraction_lost.into())),
        ("firCount", Value::Int(0)),
        ("pliCount", count(asked)),
        ("nackCount", Value::Int(0)),
        ("remb", Value::Int(0)),
    ])
}

fn outbound(stats: &OutboundStats) -> Fields {
    records::stream([
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
    ])
}
