//! Module `core`, part `stats`.
//!
//! Made from the declarations of the remote classes: `trellis model rust core/stats`.

use super::MediaType;
use trellis_client::generated::*;

/// What every record has.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
}

impl FromWire for Stats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Stats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(Stats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
        })
    }
}

/// How long media takes to a pad.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaLatencyStat {
    /// The pad: `sink_video_default`.
    pub name: String,
    /// The kind of media.
    pub kind: MediaType,
    /// The mean, in nanoseconds.
    pub avg: f64,
}

impl FromWire for MediaLatencyStat {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<MediaLatencyStat, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(MediaLatencyStat {
            name: fields.get("name")?,
            kind: fields.get("type")?,
            avg: fields.get("avg")?,
        })
    }
}

/// An element. Its lists are empty unless its pipeline has `latencyStats` set.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementStats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// How long media takes from its source to this element, a pad each.
    pub input_latency: Vec<MediaLatencyStat>,
}

impl FromWire for ElementStats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<ElementStats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(ElementStats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            input_latency: fields.get("inputLatency")?,
        })
    }
}

impl Register for ElementStats {
    const NAME: &'static str = "ElementStats";
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointStats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// How long media takes from its source to this element, a pad each.
    pub input_latency: Vec<MediaLatencyStat>,
    /// How long media takes from where it entered the pipeline until it leaves here, a pad each.
    pub e2e_latency: Vec<MediaLatencyStat>,
}

impl FromWire for EndpointStats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<EndpointStats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(EndpointStats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            input_latency: fields.get("inputLatency")?,
            e2e_latency: fields.get("E2ELatency")?,
        })
    }
}

impl Register for EndpointStats {
    const NAME: &'static str = "EndpointStats";
}

/// What every record about WebRTC or RTP has.
#[derive(Clone, Debug, PartialEq)]
pub struct RTCStats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
}

impl FromWire for RTCStats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RTCStats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RTCStats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
        })
    }
}

impl Register for RTCStats {
    const NAME: &'static str = "RTCStats";
}

/// A stream of RTP.
#[derive(Clone, Debug, PartialEq)]
pub struct RTCRTPStreamStats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// Its SSRC, a decimal number.
    pub ssrc: String,
    /// The record of the other direction; empty when not said.
    pub associate_stats_id: String,
    /// Whether the remote measured it; always `false`.
    pub is_remote: bool,
    /// The record of the track; empty when not said.
    pub media_track_id: String,
    /// The record of the transport; empty when not said.
    pub transport_id: String,
    /// The record of the codec; empty when not said.
    pub codec_id: String,
    /// Full intra requests (FIR), sent for what is received and received for what is sent.
    pub fir_count: i64,
    /// Picture loss indications (PLI), in the same way.
    pub pli_count: i64,
    /// Requests to send packets again (NACK), in the same way.
    pub nack_count: i64,
    /// Slice loss indications (SLI); none are used, so 0.
    pub sli_count: i64,
    /// The last estimate of the receiver (REMB), in bits a second.
    pub remb: i64,
    /// Packets that never came.
    pub packets_lost: i64,
    /// The part that was lost lately, in 256ths.
    pub fraction_lost: f64,
}

impl FromWire for RTCRTPStreamStats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RTCRTPStreamStats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RTCRTPStreamStats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            ssrc: fields.get("ssrc")?,
            associate_stats_id: fields.get("associateStatsId")?,
            is_remote: fields.get("isRemote")?,
            media_track_id: fields.get("mediaTrackId")?,
            transport_id: fields.get("transportId")?,
            codec_id: fields.get("codecId")?,
            fir_count: fields.get("firCount")?,
            pli_count: fields.get("pliCount")?,
            nack_count: fields.get("nackCount")?,
            sli_count: fields.get("sliCount")?,
            remb: fields.get("remb")?,
            packets_lost: fields.get("packetsLost")?,
            fraction_lost: fields.get("fractionLost")?,
        })
    }
}

impl Register for RTCRTPStreamStats {
    const NAME: &'static str = "RTCRTPStreamStats";
}

/// A codec of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct RTCCodec {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// The payload type of its packets.
    pub payload_type: i64,
    /// The media type: `video/vp8`.
    pub codec: String,
    /// Clock rate of the timestamps, in hertz.
    pub clock_rate: i64,
    /// Channels of sound.
    pub channels: i64,
    /// Its format parameters, as the description has them.
    pub parameters: String,
}

impl FromWire for RTCCodec {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RTCCodec, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RTCCodec {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            payload_type: fields.get("payloadType")?,
            codec: fields.get("codec")?,
            clock_rate: fields.get("clockRate")?,
            channels: fields.get("channels")?,
            parameters: fields.get("parameters")?,
        })
    }
}

impl Register for RTCCodec {
    const NAME: &'static str = "RTCCodec";
}

/// A stream that is received.
#[derive(Clone, Debug, PartialEq)]
pub struct RTCInboundRTPStreamStats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// Its SSRC, a decimal number.
    pub ssrc: String,
    /// The record of the other direction; empty when not said.
    pub associate_stats_id: String,
    /// Whether the remote measured it; always `false`.
    pub is_remote: bool,
    /// The record of the track; empty when not said.
    pub media_track_id: String,
    /// The record of the transport; empty when not said.
    pub transport_id: String,
    /// The record of the codec; empty when not said.
    pub codec_id: String,
    /// Full intra requests (FIR), sent for what is received and received for what is sent.
    pub fir_count: i64,
    /// Picture loss indications (PLI), in the same way.
    pub pli_count: i64,
    /// Requests to send packets again (NACK), in the same way.
    pub nack_count: i64,
    /// Slice loss indications (SLI); none are used, so 0.
    pub sli_count: i64,
    /// The last estimate of the receiver (REMB), in bits a second.
    pub remb: i64,
    /// Packets that never came.
    pub packets_lost: i64,
    /// The part that was lost lately, in 256ths.
    pub fraction_lost: f64,
    /// Packets that came.
    pub packets_received: i64,
    /// Bytes of payload that came.
    pub bytes_received: i64,
    /// How unevenly they come, in seconds (RFC 3550 section 6.4.1).
    pub jitter: f64,
}

impl FromWire for RTCInboundRTPStreamStats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RTCInboundRTPStreamStats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RTCInboundRTPStreamStats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            ssrc: fields.get("ssrc")?,
            associate_stats_id: fields.get("associateStatsId")?,
            is_remote: fields.get("isRemote")?,
            media_track_id: fields.get("mediaTrackId")?,
            transport_id: fields.get("transportId")?,
            codec_id: fields.get("codecId")?,
            fir_count: fields.get("firCount")?,
            pli_count: fields.get("pliCount")?,
            nack_count: fields.get("nackCount")?,
            sli_count: fields.get("sliCount")?,
            remb: fields.get("remb")?,
            packets_lost: fields.get("packetsLost")?,
            fraction_lost: fields.get("fractionLost")?,
            packets_received: fields.get("packetsReceived")?,
            bytes_received: fields.get("bytesReceived")?,
            jitter: fields.get("jitter")?,
        })
    }
}

impl Register for RTCInboundRTPStreamStats {
    const NAME: &'static str = "RTCInboundRTPStreamStats";
}

/// A stream that is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct RTCOutboundRTPStreamStats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// Its SSRC, a decimal number.
    pub ssrc: String,
    /// The record of the other direction; empty when not said.
    pub associate_stats_id: String,
    /// Whether the remote measured it; always `false`.
    pub is_remote: bool,
    /// The record of the track; empty when not said.
    pub media_track_id: String,
    /// The record of the transport; empty when not said.
    pub transport_id: String,
    /// The record of the codec; empty when not said.
    pub codec_id: String,
    /// Full intra requests (FIR), sent for what is received and received for what is sent.
    pub fir_count: i64,
    /// Picture loss indications (PLI), in the same way.
    pub pli_count: i64,
    /// Requests to send packets again (NACK), in the same way.
    pub nack_count: i64,
    /// Slice loss indications (SLI); none are used, so 0.
    pub sli_count: i64,
    /// The last estimate of the receiver (REMB), in bits a second.
    pub remb: i64,
    /// Packets that never came.
    pub packets_lost: i64,
    /// The part that was lost lately, in 256ths.
    pub fraction_lost: f64,
    /// Packets that went.
    pub packets_sent: i64,
    /// Bytes of payload that went.
    pub bytes_sent: i64,
    /// What it aims at, in bits a second.
    pub target_bitrate: f64,
    /// To the remote and back, in seconds.
    pub round_trip_time: f64,
}

impl FromWire for RTCOutboundRTPStreamStats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RTCOutboundRTPStreamStats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RTCOutboundRTPStreamStats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            ssrc: fields.get("ssrc")?,
            associate_stats_id: fields.get("associateStatsId")?,
            is_remote: fields.get("isRemote")?,
            media_track_id: fields.get("mediaTrackId")?,
            transport_id: fields.get("transportId")?,
            codec_id: fields.get("codecId")?,
            fir_count: fields.get("firCount")?,
            pli_count: fields.get("pliCount")?,
            nack_count: fields.get("nackCount")?,
            sli_count: fields.get("sliCount")?,
            remb: fields.get("remb")?,
            packets_lost: fields.get("packetsLost")?,
            fraction_lost: fields.get("fractionLost")?,
            packets_sent: fields.get("packetsSent")?,
            bytes_sent: fields.get("bytesSent")?,
            target_bitrate: fields.get("targetBitrate")?,
            round_trip_time: fields.get("roundTripTime")?,
        })
    }
}

impl Register for RTCOutboundRTPStreamStats {
    const NAME: &'static str = "RTCOutboundRTPStreamStats";
}

/// A connection with a peer.
#[derive(Clone, Debug, PartialEq)]
pub struct RTCPeerConnectionStats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// Data channels that were opened.
    pub data_channels_opened: i64,
    /// Data channels that were closed.
    pub data_channels_closed: i64,
}

impl FromWire for RTCPeerConnectionStats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RTCPeerConnectionStats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RTCPeerConnectionStats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            data_channels_opened: fields.get("dataChannelsOpened")?,
            data_channels_closed: fields.get("dataChannelsClosed")?,
        })
    }
}

impl Register for RTCPeerConnectionStats {
    const NAME: &'static str = "RTCPeerConnectionStats";
}

/// A stream of tracks that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct RTCMediaStreamStats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// Its id in the description.
    pub stream_identifier: String,
    /// Records of its tracks.
    pub track_ids: Vec<String>,
}

impl FromWire for RTCMediaStreamStats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RTCMediaStreamStats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RTCMediaStreamStats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            stream_identifier: fields.get("streamIdentifier")?,
            track_ids: fields.get("trackIds")?,
        })
    }
}

impl Register for RTCMediaStreamStats {
    const NAME: &'static str = "RTCMediaStreamStats";
}

/// A track: the sound of one source, or its pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct RTCMediaStreamTrackStats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// Its id in the description.
    pub track_identifier: String,
    /// Whether it comes from the remote.
    pub remote_source: bool,
    /// SSRCs of its streams, decimal numbers.
    pub ssrc_ids: Vec<String>,
    /// Width of the last picture, in pixels.
    pub frame_width: i64,
    /// Height of the last picture, in pixels.
    pub frame_height: i64,
    /// Pictures a second.
    pub frames_per_second: f64,
    /// Pictures that were sent.
    pub frames_sent: i64,
    /// Pictures that came whole.
    pub frames_received: i64,
    /// Pictures that were decoded.
    pub frames_decoded: i64,
    /// Pictures that came and were not shown.
    pub frames_dropped: i64,
    /// Pictures that came damaged.
    pub frames_corrupted: i64,
    /// Loudness, from 0 to 1, which is full scale.
    pub audio_level: f64,
    /// Echo return loss, in decibels.
    pub echo_return_loss: f64,
    /// Echo return loss enhancement, in decibels.
    pub echo_return_loss_enhancement: f64,
}

impl FromWire for RTCMediaStreamTrackStats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RTCMediaStreamTrackStats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RTCMediaStreamTrackStats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            track_identifier: fields.get("trackIdentifier")?,
            remote_source: fields.get("remoteSource")?,
            ssrc_ids: fields.get("ssrcIds")?,
            frame_width: fields.get("frameWidth")?,
            frame_height: fields.get("frameHeight")?,
            frames_per_second: fields.get("framesPerSecond")?,
            frames_sent: fields.get("framesSent")?,
            frames_received: fields.get("framesReceived")?,
            frames_decoded: fields.get("framesDecoded")?,
            frames_dropped: fields.get("framesDropped")?,
            frames_corrupted: fields.get("framesCorrupted")?,
            audio_level: fields.get("audioLevel")?,
            echo_return_loss: fields.get("echoReturnLoss")?,
            echo_return_loss_enhancement: fields.get("echoReturnLossEnhancement")?,
        })
    }
}

impl Register for RTCMediaStreamTrackStats {
    const NAME: &'static str = "RTCMediaStreamTrackStats";
}

/// A data channel.
#[derive(Clone, Debug, PartialEq)]
pub struct RTCDataChannelStats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// Its label.
    pub label: String,
    /// The protocol spoken on it.
    pub protocol: String,
    /// Its number.
    pub datachannelid: i64,
    /// Whether it is open.
    pub state: RTCDataChannelState,
    /// Messages that went.
    pub messages_sent: i64,
    /// Bytes of those.
    pub bytes_sent: i64,
    /// Messages that came.
    pub messages_received: i64,
    /// Bytes of those.
    pub bytes_received: i64,
}

impl FromWire for RTCDataChannelStats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RTCDataChannelStats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RTCDataChannelStats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            label: fields.get("label")?,
            protocol: fields.get("protocol")?,
            datachannelid: fields.get("datachannelid")?,
            state: fields.get("state")?,
            messages_sent: fields.get("messagesSent")?,
            bytes_sent: fields.get("bytesSent")?,
            messages_received: fields.get("messagesReceived")?,
            bytes_received: fields.get("bytesReceived")?,
        })
    }
}

impl Register for RTCDataChannelStats {
    const NAME: &'static str = "RTCDataChannelStats";
}

/// A transport: the way that packets take.
#[derive(Clone, Debug, PartialEq)]
pub struct RTCTransportStats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// Bytes that went.
    pub bytes_sent: i64,
    /// Bytes that came.
    pub bytes_received: i64,
    /// The record of the transport of RTCP, where that has its own.
    pub rtcp_transport_stats_id: String,
    /// Whether it is in use.
    pub active_connection: bool,
    /// The record of the pair of candidates in use.
    pub selected_candidate_pair_id: String,
    /// The record of our certificate.
    pub local_certificate_id: String,
    /// The record of the remote's certificate.
    pub remote_certificate_id: String,
}

impl FromWire for RTCTransportStats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RTCTransportStats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RTCTransportStats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            bytes_sent: fields.get("bytesSent")?,
            bytes_received: fields.get("bytesReceived")?,
            rtcp_transport_stats_id: fields.get("rtcpTransportStatsId")?,
            active_connection: fields.get("activeConnection")?,
            selected_candidate_pair_id: fields.get("selectedCandidatePairId")?,
            local_certificate_id: fields.get("localCertificateId")?,
            remote_certificate_id: fields.get("remoteCertificateId")?,
        })
    }
}

impl Register for RTCTransportStats {
    const NAME: &'static str = "RTCTransportStats";
}

/// A candidate: an address where a peer may be reached.
#[derive(Clone, Debug, PartialEq)]
pub struct RTCIceCandidateAttributes {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// The address.
    pub ip_address: String,
    /// The port.
    pub port_number: i64,
    /// `udp` or `tcp`.
    pub transport: String,
    /// How it was found.
    pub candidate_type: RTCStatsIceCandidateType,
    /// Its priority (RFC 8445 section 5.1.2).
    pub priority: i64,
    /// The server that told of it.
    pub address_source_url: String,
}

impl FromWire for RTCIceCandidateAttributes {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RTCIceCandidateAttributes, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RTCIceCandidateAttributes {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            ip_address: fields.get("ipAddress")?,
            port_number: fields.get("portNumber")?,
            transport: fields.get("transport")?,
            candidate_type: fields.get("candidateType")?,
            priority: fields.get("priority")?,
            address_source_url: fields.get("addressSourceUrl")?,
        })
    }
}

impl Register for RTCIceCandidateAttributes {
    const NAME: &'static str = "RTCIceCandidateAttributes";
}

/// A pair of candidates: a way between two peers.
#[derive(Clone, Debug, PartialEq)]
pub struct RTCIceCandidatePairStats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// The record of the transport.
    pub transport_id: String,
    /// The record of our candidate.
    pub local_candidate_id: String,
    /// The record of the remote's candidate.
    pub remote_candidate_id: String,
    /// How far the checks of it are.
    pub state: RTCStatsIceCandidatePairState,
    /// Its priority (RFC 8445 section 6.1.2.3).
    pub priority: i64,
    /// Whether it was chosen for use.
    pub nominated: bool,
    /// Whether checks that we sent were answered.
    pub writable: bool,
    /// Whether checks of the remote came.
    pub readable: bool,
    /// Bytes that went.
    pub bytes_sent: i64,
    /// Bytes that came.
    pub bytes_received: i64,
    /// To the remote and back, in seconds.
    pub round_trip_time: f64,
    /// What can be sent, in bits a second.
    pub available_outgoing_bitrate: f64,
    /// What can be received, in bits a second.
    pub available_incoming_bitrate: f64,
}

impl FromWire for RTCIceCandidatePairStats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RTCIceCandidatePairStats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RTCIceCandidatePairStats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            transport_id: fields.get("transportId")?,
            local_candidate_id: fields.get("localCandidateId")?,
            remote_candidate_id: fields.get("remoteCandidateId")?,
            state: fields.get("state")?,
            priority: fields.get("priority")?,
            nominated: fields.get("nominated")?,
            writable: fields.get("writable")?,
            readable: fields.get("readable")?,
            bytes_sent: fields.get("bytesSent")?,
            bytes_received: fields.get("bytesReceived")?,
            round_trip_time: fields.get("roundTripTime")?,
            available_outgoing_bitrate: fields.get("availableOutgoingBitrate")?,
            available_incoming_bitrate: fields.get("availableIncomingBitrate")?,
        })
    }
}

impl Register for RTCIceCandidatePairStats {
    const NAME: &'static str = "RTCIceCandidatePairStats";
}

/// A certificate.
#[derive(Clone, Debug, PartialEq)]
pub struct RTCCertificateStats {
    /// The id of the record; it stays while what it is about lives.
    pub id: String,
    /// What the record is about.
    pub kind: StatsType,
    /// When it was taken, in milliseconds of Unix time.
    pub timestamp_millis: i64,
    /// Its fingerprint: hexadecimal bytes between colons.
    pub fingerprint: String,
    /// The hash that the fingerprint is made by: `sha-256`.
    pub fingerprint_algorithm: String,
    /// The certificate, in Base64.
    pub base64_certificate: String,
    /// The record of who issued it.
    pub issuer_certificate_id: String,
}

impl FromWire for RTCCertificateStats {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RTCCertificateStats, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(RTCCertificateStats {
            id: fields.get("id")?,
            kind: fields.get("type")?,
            timestamp_millis: fields.get("timestampMillis")?,
            fingerprint: fields.get("fingerprint")?,
            fingerprint_algorithm: fields.get("fingerprintAlgorithm")?,
            base64_certificate: fields.get("base64Certificate")?,
            issuer_certificate_id: fields.get("issuerCertificateId")?,
        })
    }
}

impl Register for RTCCertificateStats {
    const NAME: &'static str = "RTCCertificateStats";
}

/// What a record is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatsType {
    /// `inboundrtp`.
    Inboundrtp,
    /// `outboundrtp`.
    Outboundrtp,
    /// `session`.
    Session,
    /// `datachannel`.
    Datachannel,
    /// `track`.
    Track,
    /// `transport`.
    Transport,
    /// `candidatepair`.
    Candidatepair,
    /// `localcandidate`.
    Localcandidate,
    /// `remotecandidate`.
    Remotecandidate,
    /// `element`.
    Element,
    /// `endpoint`.
    Endpoint,
    /// A value that is not declared here.
    Unknown(String),
}

impl StatsType {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            StatsType::Inboundrtp => "inboundrtp",
            StatsType::Outboundrtp => "outboundrtp",
            StatsType::Session => "session",
            StatsType::Datachannel => "datachannel",
            StatsType::Track => "track",
            StatsType::Transport => "transport",
            StatsType::Candidatepair => "candidatepair",
            StatsType::Localcandidate => "localcandidate",
            StatsType::Remotecandidate => "remotecandidate",
            StatsType::Element => "element",
            StatsType::Endpoint => "endpoint",
            StatsType::Unknown(name) => name,
        }
    }
}

impl ToWire for StatsType {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for StatsType {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<StatsType, ClientError> {
        Ok(match text(json)? {
            "inboundrtp" => StatsType::Inboundrtp,
            "outboundrtp" => StatsType::Outboundrtp,
            "session" => StatsType::Session,
            "datachannel" => StatsType::Datachannel,
            "track" => StatsType::Track,
            "transport" => StatsType::Transport,
            "candidatepair" => StatsType::Candidatepair,
            "localcandidate" => StatsType::Localcandidate,
            "remotecandidate" => StatsType::Remotecandidate,
            "element" => StatsType::Element,
            "endpoint" => StatsType::Endpoint,
            other => StatsType::Unknown(other.to_owned()),
        })
    }
}

/// How far a data channel is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RTCDataChannelState {
    /// `connecting`.
    Connecting,
    /// `open`.
    Open,
    /// `closing`.
    Closing,
    /// `closed`.
    Closed,
    /// A value that is not declared here.
    Unknown(String),
}

impl RTCDataChannelState {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            RTCDataChannelState::Connecting => "connecting",
            RTCDataChannelState::Open => "open",
            RTCDataChannelState::Closing => "closing",
            RTCDataChannelState::Closed => "closed",
            RTCDataChannelState::Unknown(name) => name,
        }
    }
}

impl ToWire for RTCDataChannelState {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for RTCDataChannelState {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<RTCDataChannelState, ClientError> {
        Ok(match text(json)? {
            "connecting" => RTCDataChannelState::Connecting,
            "open" => RTCDataChannelState::Open,
            "closing" => RTCDataChannelState::Closing,
            "closed" => RTCDataChannelState::Closed,
            other => RTCDataChannelState::Unknown(other.to_owned()),
        })
    }
}

/// How a candidate was found (RFC 8445 section 4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RTCStatsIceCandidateType {
    /// `host`.
    Host,
    /// `serverreflexive`.
    Serverreflexive,
    /// `peerreflexive`.
    Peerreflexive,
    /// `relayed`.
    Relayed,
    /// A value that is not declared here.
    Unknown(String),
}

impl RTCStatsIceCandidateType {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            RTCStatsIceCandidateType::Host => "host",
            RTCStatsIceCandidateType::Serverreflexive => "serverreflexive",
            RTCStatsIceCandidateType::Peerreflexive => "peerreflexive",
            RTCStatsIceCandidateType::Relayed => "relayed",
            RTCStatsIceCandidateType::Unknown(name) => name,
        }
    }
}

impl ToWire for RTCStatsIceCandidateType {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for RTCStatsIceCandidateType {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<RTCStatsIceCandidateType, ClientError> {
        Ok(match text(json)? {
            "host" => RTCStatsIceCandidateType::Host,
            "serverreflexive" => RTCStatsIceCandidateType::Serverreflexive,
            "peerreflexive" => RTCStatsIceCandidateType::Peerreflexive,
            "relayed" => RTCStatsIceCandidateType::Relayed,
            other => RTCStatsIceCandidateType::Unknown(other.to_owned()),
        })
    }
}

/// How far the checks of a pair of candidates are (RFC 8445 section 6.1.2.6).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RTCStatsIceCandidatePairState {
    /// `frozen`.
    Frozen,
    /// `waiting`.
    Waiting,
    /// `inprogress`.
    Inprogress,
    /// `failed`.
    Failed,
    /// `succeeded`.
    Succeeded,
    /// `cancelled`.
    Cancelled,
    /// A value that is not declared here.
    Unknown(String),
}

impl RTCStatsIceCandidatePairState {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            RTCStatsIceCandidatePairState::Frozen => "frozen",
            RTCStatsIceCandidatePairState::Waiting => "waiting",
            RTCStatsIceCandidatePairState::Inprogress => "inprogress",
            RTCStatsIceCandidatePairState::Failed => "failed",
            RTCStatsIceCandidatePairState::Succeeded => "succeeded",
            RTCStatsIceCandidatePairState::Cancelled => "cancelled",
            RTCStatsIceCandidatePairState::Unknown(name) => name,
        }
    }
}

impl ToWire for RTCStatsIceCandidatePairState {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for RTCStatsIceCandidatePairState {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<RTCStatsIceCandidatePairState, ClientError> {
        Ok(match text(json)? {
            "frozen" => RTCStatsIceCandidatePairState::Frozen,
            "waiting" => RTCStatsIceCandidatePairState::Waiting,
            "inprogress" => RTCStatsIceCandidatePairState::Inprogress,
            "failed" => RTCStatsIceCandidatePairState::Failed,
            "succeeded" => RTCStatsIceCandidatePairState::Succeeded,
            "cancelled" => RTCStatsIceCandidatePairState::Cancelled,
            other => RTCStatsIceCandidatePairState::Unknown(other.to_owned()),
        })
    }
}
