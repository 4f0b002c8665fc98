//! The streams that we receive.

use crate::codecs::codec_of;
use crate::missing::Missing;
use crate::tally::{Arrived, Tally};
use crate::{ReceiveStats, Received, SenderClock};
use rtc::peer_connection::RTCPeerConnection;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::{TransportLayerNack, nack_pairs_from_sequence_numbers};
use rtc::rtp::Packet;
use rtc::rtp_transceiver::{RTCRtpReceiverId, RTCRtpTransceiverId};
use std::time::{Duration, Instant};
use trellis_media::{Codec, Kind, MediaTime, RtpPacket, SourceClock};
use trellis_rtp::{Duplicates, Timeline};

/// Streams that are told apart; a remote with more loses the oldest.
const MOST_STREAMS: usize = 16;

/// All streams of one remote.
#[derive(Default)]
pub struct Inbound {
    /// By payload type.
    codecs: Vec<(u8, Codec)>,
    /// Which receiver webrtc-rs keeps for a kind.
    receivers: Vec<(Kind, RTCRtpReceiverId)>,
    streams: Vec<Stream>,
    clock: SourceClock,
    /// The most video that the remote was last told to send, in bits a second.
    pub limit: Option<u64>,
}

struct Stream {
    ssrc: u32,
    codec: Codec,
    duplicates: Duplicates,
    timeline: Timeline,
    tally: Tally,
    missing: Missing,
    /// The remote has said that it sends no more of it (RFC 3550 section 6.6).
    gone: bool,
}

impl Inbound {
    /// Reads from the connection what the remote may send.
    pub fn negotiated(&mut self, rtc: &mut RTCPeerConnection) {
        let ids: Vec<RTCRtpTransceiverId> = rtc.get_transceivers().collect();
        for id in ids {
            let receives = rtc
                .rtp_transceiver(id)
                .is_some_and(|transceiver| transceiver.mid().is_some() && transceiver.current_direction().has_recv());
            let id = RTCRtpReceiverId::from(id);
            let Some(mut receiver) = rtc.rtp_receiver(id).filter(|_| receives) else { continue };
            let mut kind = None;
            for parameters in &receiver.get_parameters().rtp_parameters.codecs {
                if let Some(codec) = codec_of(&parameters.rtp_codec.mime_type) {
                    kind = Some(codec.kind());
                    self.codecs.push((parameters.payload_type, codec));
                }
            }
            self.receivers.extend(kind.map(|kind| (kind, id)));
        }
    }

    pub fn receives(&self, kind: Kind) -> bool {
        self.receivers.iter().any(|(known, _)| *known == kind)
    }

    /// What a packet is worth: `None` for duplicates, padding and unknown payload types.
    pub fn packet(&mut self, packet: Packet, arrival: MediaTime, now: Instant) -> Option<Received> {
        let header = packet.header;
        let (_, codec) = *self.codecs.iter().find(|(payload_type, _)| *payload_type == header.payload_type)?;
        let place = self.place_of(header.ssrc, codec);
        let stream = &mut self.streams[place];
        if !stream.duplicates.is_new(header.sequence_number) {
            stream.tally.duplicate(packet.payload.len());
            return None;
        }
        stream.gone = false;
        let video = codec.kind() == Kind::Video;
        let arrived = if video { stream.missing.packet(header.sequence_number, now) } else { Arrived::Unasked };
        stream.tally.packet(&header, packet.payload.len(), arrived);
        if arrived == Arrived::Unasked {
            stream.tally.time(&header, arrival, codec.clock_rate());
        }
        if packet.payload.is_empty() {
            return None;
        }
        let time = stream.timeline.time(header.timestamp, arrival, &mut self.clock);
        let packet = RtpPacket {
            payload_type: header.payload_type,
            marker: header.marker,
            sequence: header.sequence_number,
            timestamp: header.timestamp,
            ssrc: header.ssrc,
            starts_keyframe: trellis_rtp::starts_keyframe(codec, &packet.payload),
            payload: packet.payload,
        };
        Some(Received { codec, packet, time })
    }

    /// The place of a stream, which is made when it is new.
    fn place_of(&mut self, ssrc: u32, codec: Codec) -> usize {
        let place = self.streams.iter().position(|stream| stream.ssrc == ssrc);
        let place = place.unwrap_or_else(|| {
            if self.streams.len() >= MOST_STREAMS {
                self.streams.remove(0);
            }
            let timeline = Timeline::new(codec.clock_rate());
            let (duplicates, missing, tally) = (Duplicates::default(), Missing::default(), Tally::new());
            self.streams.push(Stream { ssrc, codec, duplicates, timeline, tally, missing, gone: false });
            self.streams.len() - 1
        });
        let stream = &mut self.streams[place];
        if stream.codec.clock_rate() != codec.clock_rate() {
            stream.timeline = Timeline::new(codec.clock_rate());
        }
        stream.codec = codec;
        place
    }

    /// A sender report of the remote.
    pub fn sender_report(&mut self, ssrc: u32, clock: SenderClock) {
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.ssrc == ssrc) {
            stream.timeline.sender_report(clock.timestamp, clock.ntp);
            stream.tally.reported = Some(clock);
        }
    }

    /// The remote ends a stream; whether it sends nothing any more.
    pub fn goodbye(&mut self, ssrc: u32) -> bool {
        for stream in self.streams.iter_mut().filter(|stream| stream.ssrc == ssrc) {
            stream.gone = true;
        }
        !self.streams.is_empty() && self.streams.iter().all(|stream| stream.gone)
    }

    /// A second or so has passed.
    pub fn interval(&mut self) {
        for stream in &mut self.streams {
            stream.tally.interval();
        }
    }

    /// When packets have to be asked for.
    pub fn due(&self) -> Option<Instant> {
        self.streams.iter().filter_map(|stream| stream.missing.due()).min()
    }

    /// Asks the remote for the packets that are missing and due; whether there were any.
    pub fn ask(&mut self, rtc: &mut RTCPeerConnection, now: Instant, round_trip: Option<Duration>) -> bool {
        let mut requests = Vec::new();
        for stream in &mut self.streams {
            let missing = stream.missing.ask(now, round_trip);
            if !missing.is_empty() {
                stream.tally.nacks += 1;
                requests.push((stream.ssrc, missing));
            }
        }
        for (media_ssrc, missing) in &requests {
            let nacks = nack_pairs_from_sequence_numbers(missing);
            self.write(rtc, Box::new(TransportLayerNack { sender_ssrc: 0, media_ssrc: *media_ssrc, nacks }), now);
        }
        !requests.is_empty()
    }

    /// Asks the remote for key pictures of its video (RFC 4585 section 6.3.1).
    pub fn request_keyframe(&mut self, rtc: &mut RTCPeerConnection, now: Instant) {
        let ssrcs: Vec<u32> = self.video().collect();
        for stream in self.streams.iter_mut().filter(|stream| stream.codec.kind() == Kind::Video) {
            stream.tally.picture_losses += 1;
        }
        for ssrc in ssrcs {
            let request = PictureLossIndication { sender_ssrc: 0, media_ssrc: ssrc };
            self.write(rtc, Box::new(request), now);
        }
    }

    /// Tells the remote how much video we take, in bits a second (REMB).
    pub fn tell_limit(&mut self, rtc: &mut RTCPeerConnection, bits: u64, now: Instant) {
        let ssrcs: Vec<u32> = self.video().collect();
        if !ssrcs.is_empty() {
            self.limit = Some(bits);
            let limit = ReceiverEstimatedMaximumBitrate { sender_ssrc: 0, bitrate: bits as f32, ssrcs };
            self.write(rtc, Box::new(limit), now);
        }
    }

    /// What has been counted of each stream.
    pub fn stats(&self) -> Vec<ReceiveStats> {
        self.streams.iter().map(|stream| stream.tally.stats(stream.ssrc, stream.codec)).collect()
    }

    fn video(&self) -> impl Iterator<Item = u32> {
        self.streams.iter().filter(|stream| stream.codec.kind() == Kind::Video).map(|stream| stream.ssrc)
    }

    fn write(&self, rtc: &mut RTCPeerConnection, block: Box<dyn rtc::rtcp::Packet>, now: Instant) {
        let Some((_, id)) = self.receivers.iter().find(|(kind, _)| *kind == Kind::Video) else { return };
        let written = rtc.rtp_receiver(*id).map(|mut receiver| receiver.write_rtcp(now, vec![block]));
        if let Some(Err(error)) = written {
            tracing::debug!(%error, "feedback not written");
        }
    }
}
