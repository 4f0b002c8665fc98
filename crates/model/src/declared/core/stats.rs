//! What `getStats` gives.

crate::declarations! {
    pub(super) static PART in "core";

    registers {
        /// What every record has.
        Stats {
            /// The id of the record; it stays while what it is about lives.
            id: String,
            /// What the record is about.
            type: StatsType,
            /// When it was taken, in milliseconds of Unix time.
            timestampMillis: int64,
        }
        /// How long media takes to a pad.
        MediaLatencyStat {
            /// The pad: `sink_video_default`.
            name: String,
            /// The kind of media.
            type: MediaType,
            /// The mean, in nanoseconds.
            avg: double,
        }
        /// An element. Its lists are empty unless its pipeline has `latencyStats` set.
        ElementStats: Stats {
            /// How long media takes from its source to this element, a pad each.
            inputLatency: [MediaLatencyStat],
        }
        /// An endpoint.
        EndpointStats: ElementStats {
            /// How long media takes from where it entered the pipeline until it leaves here, a pad each.
            E2ELatency: [MediaLatencyStat],
        }
        /// What every record about WebRTC or RTP has.
        RTCStats: Stats {}
        /// A stream of RTP.
        RTCRTPStreamStats: RTCStats {
            /// Its SSRC, a decimal number.
            ssrc: String,
            /// The record of the other direction; empty when not said.
            associateStatsId: String,
            /// Whether the remote measured it; always `false`.
            isRemote: boolean,
            /// The record of the track; empty when not said.
            mediaTrackId: String,
            /// The record of the transport; empty when not said.
            transportId: String,
            /// The record of the codec; empty when not said.
            codecId: String,
            /// Full intra requests (FIR), sent for what is received and received for what is sent.
            firCount: int64,
            /// Picture loss indications (PLI), in the same way.
            pliCount: int64,
            /// Requests to send packets again (NACK), in the same way.
            nackCount: int64,
            /// Slice loss indications (SLI); none are used, so 0.
            sliCount: int64,
            /// The last estimate of the receiver (REMB), in bits a second.
            remb: int64,
            /// Packets that never came.
            packetsLost: int64,
            /// The part that was lost lately, in 256ths.
            fractionLost: double,
        }
        /// A codec of a stream.
        RTCCodec: RTCStats {
            /// The payload type of its packets.
            payloadType: int64,
            /// The media type: `video/vp8`.
            codec: String,
            /// Clock rate of the timestamps, in hertz.
            clockRate: int64,
            /// Channels of sound.
            channels: int64,
            /// Its format parameters, as the description has them.
            parameters: String,
        }
        /// A stream that is received.
        RTCInboundRTPStreamStats: RTCRTPStreamStats {
            /// Packets that came.
            packetsReceived: int64,
            /// Bytes of payload that came.
            bytesReceived: int64,
            /// How unevenly they come, in seconds (RFC 3550 section 6.4.1).
            jitter: double,
        }
        /// A stream that is sent.
        RTCOutboundRTPStreamStats: RTCRTPStreamStats {
            /// Packets that went.
            packetsSent: int64,
            /// Bytes of payload that went.
            bytesSent: int64,
            /// What it aims at, in bits a second.
            targetBitrate: double,
            /// To the remote and back, in seconds.
            roundTripTime: double,
        }
        /// A connection with a peer.
        RTCPeerConnectionStats: RTCStats {
            /// Data channels that were opened.
            dataChannelsOpened: int64,
            /// Data channels that were closed.
            dataChannelsClosed: int64,
        }
        /// A stream of tracks that belong together.
        RTCMediaStreamStats: RTCStats {
            /// Its id in the description.
            streamIdentifier: String,
            /// Records of its tracks.
            trackIds: [String],
        }
        /// A track: the sound of one source, or its pictures.
        RTCMediaStreamTrackStats: RTCStats {
            /// Its id in the description.
            trackIdentifier: String,
            /// Whether it comes from the remote.
            remoteSource: boolean,
            /// SSRCs of its streams, decimal numbers.
            ssrcIds: [String],
            /// Width of the last picture, in pixels.
            frameWidth: int64,
            /// Height of the last picture, in pixels.
            frameHeight: int64,
            /// Pictures a second.
            framesPerSecond: double,
            /// Pictures that were sent.
            framesSent: int64,
            /// Pictures that came whole.
            framesReceived: int64,
            /// Pictures that were decoded.
            framesDecoded: int64,
            /// Pictures that came and were not shown.
            framesDropped: int64,
            /// Pictures that came damaged.
            framesCorrupted: int64,
            /// Loudness, from 0 to 1, which is full scale.
            audioLevel: double,
            /// Echo return loss, in decibels.
            echoReturnLoss: double,
            /// Echo return loss enhancement, in decibels.
            echoReturnLossEnhancement: double,
        }
        /// A data channel.
        RTCDataChannelStats: RTCStats {
            /// Its label.
            label: String,
            /// The protocol spoken on it.
            protocol: String,
            /// Its number.
            datachannelid: int64,
            /// Whether it is open.
            state: RTCDataChannelState,
            /// Messages that went.
            messagesSent: int64,
            /// Bytes of those.
            bytesSent: int64,
            /// Messages that came.
            messagesReceived: int64,
            /// Bytes of those.
            bytesReceived: int64,
        }
        /// A transport: the way that packets take.
        RTCTransportStats: RTCStats {
            /// Bytes that went.
            bytesSent: int64,
            /// Bytes that came.
            bytesReceived: int64,
            /// The record of the transport of RTCP, where that has its own.
            rtcpTransportStatsId: String,
            /// Whether it is in use.
            activeConnection: boolean,
            /// The record of the pair of candidates in use.
            selectedCandidatePairId: String,
            /// The record of our certificate.
            localCertificateId: String,
            /// The record of the remote's certificate.
            remoteCertificateId: String,
        }
        /// A candidate: an address where a peer may be reached.
        RTCIceCandidateAttributes: RTCStats {
            /// The address.
            ipAddress: String,
            /// The port.
            portNumber: int64,
            /// `udp` or `tcp`.
            transport: String,
            /// How it was found.
            candidateType: RTCStatsIceCandidateType,
            /// Its priority (RFC 8445 section 5.1.2).
            priority: int64,
            /// The server that told of it.
            addressSourceUrl: String,
        }
        /// A pair of candidates: a way between two peers.
        RTCIceCandidatePairStats: RTCStats {
            /// The record of the transport.
            transportId: String,
            /// The record of our candidate.
            localCandidateId: String,
            /// The record of the remote's candidate.
            remoteCandidateId: String,
            /// How far the checks of it are.
            state: RTCStatsIceCandidatePairState,
            /// Its priority (RFC 8445 section 6.1.2.3).
            priority: int64,
            /// Whether it was chosen for use.
            nominated: boolean,
            /// Whether checks that we sent were answered.
            writable: boolean,
            /// Whether checks of the remote came.
            readable: boolean,
            /// Bytes that went.
            bytesSent: int64,
            /// Bytes that came.
            bytesReceived: int64,
            /// To the remote and back, in seconds.
            roundTripTime: double,
            /// What can be sent, in bits a second.
            availableOutgoingBitrate: double,
            /// What can be received, in bits a second.
            availableIncomingBitrate: double,
        }
        /// A certificate.
        RTCCertificateStats: RTCStats {
            /// Its fingerprint: hexadecimal bytes between colons.
            fingerprint: String,
            /// The hash that the fingerprint is made by: `sha-256`.
            fingerprintAlgorithm: String,
            /// The certificate, in Base64.
            base64Certificate: String,
            /// The record of who issued it.
            issuerCertificateId: String,
        }
    }

    enums {
        /// What a record is about.
        StatsType {
            inboundrtp, outboundrtp, session, datachannel, track, transport, candidatepair, localcandidate,
            remotecandidate, element, endpoint,
        }
        /// How far a data channel is.
        RTCDataChannelState { connecting, open, closing, closed }
        /// How a candidate was found (RFC 8445 section 4).
        RTCStatsIceCandidateType { host, serverreflexive, peerreflexive, relayed }
        /// How far the checks of a pair of candidates are (RFC 8445 section 6.1.2.6).
        RTCStatsIceCandidatePairState { frozen, waiting, inprogress, failed, succeeded, cancelled }
    }
}
