//! One stream that we send.

use crate::codecs::codec_of;
use crate::rewriter::{Rewriter, Rewritten};
use rtc::peer_connection::RTCPeerConnection;
use rtc::rtp::{self, Packet};
use rtc::rtp_transceiver::{RTCRtpSenderId, RTCRtpTransceiverId};
use std::time::Instant;
use trellis_media::{Codec, MediaTime, RtpPacket};
use uuid::Uuid;

/// The stream of one kind: its identity, its payload types, and its numbering.
pub struct Outbound {
    sender: RTCRtpSenderId,
    pub ssrc: u32,
    /// In the order in which the remote prefers them. Empty when it does not receive.
    codecs: Vec<(Codec, u8)>,
    rewriter: Rewriter,
}

impl Outbound {
    pub fn new(sender: RTCRtpSenderId, ssrc: u32) -> Outbound {
        let random = Uuid::new_v4().as_u128();
        // Below 2^15, as RFC 3711 section 3.3.1 advises: the first packets may be lost before the wrap.
        let first = Rewritten { sequence: (random as u16) >> 1, timestamp: (random >> 64) as u32 };
        Outbound { sender, ssrc, codecs: Vec::new(), rewriter: Rewriter::new(first) }
    }

    /// Reads from the connection which codecs the remote takes.
    pub fn negotiated(&mut self, rtc: &mut RTCPeerConnection) {
        let sends = rtc
            .rtp_transceiver(RTCRtpTransceiverId::from(self.sender))
            .is_some_and(|transceiver| transceiver.mid().is_some() && transceiver.current_direction().has_send());
        let Some(mut sender) = rtc.rtp_sender(self.sender).filter(|_| sends) else { return };
        for parameters in &sender.get_parameters().rtp_parameters.codecs {
            if let Some(codec) = codec_of(&parameters.rtp_codec.mime_type)
                && !self.codecs.iter().any(|(known, _)| *known == codec)
            {
                self.codecs.push((codec, parameters.payload_type));
            }
        }
    }

    /// Puts the codecs into the order of the remote's payload types.
    pub fn prefer(&mut self, order: &[u8]) {
        let place = |payload_type: u8| order.iter().position(|wanted| *wanted == payload_type).unwrap_or(order.len());
        self.codecs.sort_by_key(|(_, payload_type)| place(*payload_type));
    }

    pub fn codecs(&self) -> Vec<Codec> {
        self.codecs.iter().map(|(codec, _)| *codec).collect()
    }

    /// Hands a packet to the connection; whether it was taken.
    pub fn push(
        &mut self,
        rtc: &mut RTCPeerConnection,
        codec: Codec,
        packet: &RtpPacket,
        time: MediaTime,
        now: Instant,
    ) -> bool {
        let Some((_, payload_type)) = self.codecs.iter().find(|(known, _)| *known == codec) else { return false };
        let Some(mut sender) = rtc.rtp_sender(self.sender) else { return false };
        let numbers = self.rewriter.rewrite(codec, packet, time);
        let header = rtp::Header {
            version: 2,
            marker: packet.marker,
            payload_type: *payload_type,
            sequence_number: numbers.sequence,
            timestamp: numbers.timestamp,
            ssrc: self.ssrc,
            ..rtp::Header::default()
        };
        sender.write_rtp(now, Packet { header, payload: packet.payload.clone() }).is_ok()
    }
}
