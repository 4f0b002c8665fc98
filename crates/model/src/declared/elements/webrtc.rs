//! WebRTC: browsers.

crate::declarations! {
    pub(super) static PART in "elements";

    classes {
        /// Sends media to a browser and receives from it: ICE, DTLS, SRTP and data channels over one port.
        class WebRtcEndpoint: BaseRtpEndpoint {
            /// Makes one that has not agreed on anything yet.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// Whether it only receives.
                recvonly?: boolean = false,
                /// Whether it only sends.
                sendonly?: boolean = false,
                /// Whether its descriptions have a section for data channels.
                useDataChannels?: boolean = false,
                /// The kind of key in its certificate. Taken for compatibility, without effect.
                certificateKeyType?: CertificateKeyType = "RSA",
                /// What its packets say of their importance to routers (RFC 2474). Without effect: all endpoints share one UDP
                /// port.
                qosDscp?: DSCPValue = "NO_VALUE",
            }
            properties {
                /// Names of the network interfaces whose addresses are candidates, between commas; empty for all.
                property networkInterfaces: String,
                /// Kept and given back, without effect: there are no candidates for TCP.
                property iceTcp: boolean,
                /// IP address of the STUN server that is asked how it sees the server's port; empty for none. What is no IP address
                /// is kept and given back, without effect.
                property stunServerAddress: String,
                /// Port of that STUN server; at first 3478. Error 40107 for what is no port.
                property stunServerPort: int,
                /// The TURN server that is asked to relay, over UDP: `user:password@address:port`; empty for none. What is not of
                /// that form is kept and given back, without effect.
                property turnUrl: String,
                /// The address that stands in candidates instead of a local one of IPv4; empty for none. Error 40107 for
                /// what is no address.
                property externalIPv4: String,
                /// The address that stands in candidates instead of a local one of IPv6; empty for none. Error 40107 for
                /// what is no address.
                property externalIPv6: String,
                /// The pairs of candidates that are in use.
                readonly ICECandidatePairs: [IceCandidatePair],
                /// How far ICE is, for each component.
                readonly IceConnectionState: [IceConnection],
                /// How far DTLS is, for each component.
                readonly DtlsConnectionState: [DtlsConnection],
            }
            methods {
                /// Tells our candidates: an `IceCandidateFound` each, then `IceGatheringDone`. It comes after the offer, or
                /// after the remote's offer was processed; error 40400 when it cannot be done.
                gatherCandidates(),
                /// Takes a candidate of the remote; it may come before the description. An empty one says that there are no
                /// more. Error 40401 for what is no candidate.
                addIceCandidate(
                    /// The candidate.
                    candidate: IceCandidate,
                ),
                /// Says what `getStats` says in today's terms of the W3C (webrtc-stats). It is our own.
                getRtcStats(
                    /// The kind of media; all kinds when left out.
                    mediaType?: MediaType,
                ) -> {
                    /// JSON as text: dictionaries by their ids.
                    String
                },
                /// Opens a data channel; before the descriptions are there, it is opened as soon as they are. Error 40111
                /// without `useDataChannels` or when the remote has no data channels, 40107 for both limits at once, 40009
                /// for more than 256 channels.
                createDataChannel(
                    /// A name for people.
                    label?: String = "",
                    /// Whether messages come in the order in which they were sent.
                    ordered?: boolean = true,
                    /// How long a message is sent again when it is lost, in milliseconds; -1 for ever.
                    maxPacketLifeTime?: int = -1,
                    /// How often a message is sent again when it is lost; -1 for ever.
                    maxRetransmits?: int = -1,
                    /// The protocol that is spoken on it.
                    protocol?: String = "",
                ),
                /// Closes a data channel; error 40107 when there is none of that number.
                closeDataChannel(
                    /// The number that `DataChannelOpened` told.
                    channelId: int,
                ),
            }
            events {
                IceCandidateFound, IceGatheringDone, IceComponentStateChanged, DtlsConnectionStateChange,
                DataChannelOpened, DataChannelClosed, NewCandidatePairSelected,
            }
        }
    }

    registers {
        /// A candidate, as browsers have it: an address where a peer may be reached.
        IceCandidate {
            /// The candidate, as a description has it behind `a=` (RFC 8839 section 5.1); empty for the end of candidates.
            candidate: String,
            /// The `mid` of the section that it is for.
            sdpMid: String,
            /// The number of that section, from 0.
            sdpMLineIndex: int,
        }
        /// A pair of candidates that is in use.
        IceCandidatePair {
            /// The ICE stream.
            streamId: String,
            /// Its component: 1, for RTP.
            componentId: int,
            /// Our candidate.
            localCandidate: String,
            /// The remote's candidate.
            remoteCandidate: String,
        }
        /// How far ICE is.
        IceConnection {
            /// The ICE stream.
            streamId: String,
            /// Its component: 1, for RTP.
            componentId: int,
            /// How far it is.
            state: IceComponentState,
        }
        /// How far DTLS is.
        DtlsConnection {
            /// The ICE stream that it goes over.
            streamId: String,
            /// Its component: 1, for RTP.
            componentId: String,
            /// The id of the connection.
            connectionId: String,
            /// How far it is.
            state: DtlsConnectionState,
        }
    }

    enums {
        /// How far ICE is: `CONNECTED` when a pair works, `READY` when it is final.
        IceComponentState { DISCONNECTED, GATHERING, CONNECTING, CONNECTED, READY, FAILED }
        /// How far DTLS is.
        DtlsConnectionState { NEW, CLOSED, FAILED, CONNECTING, CONNECTED }
        /// The kind of key in a certificate.
        CertificateKeyType { RSA, ECDSA }
        /// What packets say of their importance to routers (RFC 2474, RFC 8837, RFC 8622). `NO_VALUE` leaves it to the
        /// configuration, `NO_DSCP` says nothing; the others are classes by their usual names, or by what they are for.
        DSCPValue {
            NO_DSCP, NO_VALUE, AUDIO_VERYLOW, AUDIO_LOW, AUDIO_MEDIUM, AUDIO_HIGH, VIDEO_VERYLOW, VIDEO_LOW,
            VIDEO_MEDIUM, VIDEO_MEDIUM_THROUGHPUT, VIDEO_HIGH, VIDEO_HIGH_THROUGHPUT, DATA_VERYLOW, DATA_LOW,
            DATA_MEDIUM, DATA_HIGH, CHROME_HIGH, CHROME_MEDIUM, CHROME_LOW, CHROME_VERYLOW, CS0, CS1, CS2, CS3, CS4,
            CS5, CS6, CS7, AF11, AF12, AF13, AF21, AF22, AF23, AF31, AF32, AF33, AF41, AF42, AF43, EF, VOICEADMIT, LE,
        }
    }

    events {
        /// A candidate of ours, for the application to send to the remote.
        IceCandidateFound: Media {
            /// The candidate.
            candidate: IceCandidate,
        }
        /// All our candidates have been told.
        IceGatheringDone: Media {}
        /// ICE has come further or fallen back.
        IceComponentStateChanged: Media {
            /// The ICE stream.
            streamId: int,
            /// Its component: 1, for RTP.
            componentId: int,
            /// How far it is now.
            state: IceComponentState,
        }
        /// DTLS has come further or ended.
        DtlsConnectionStateChange: Media {
            /// The ICE stream that it goes over.
            streamId: String,
            /// Its component: 1, for RTP.
            componentId: String,
            /// The id of the connection.
            connectionId: String,
            /// How far it is now.
            state: DtlsConnectionState,
        }
        /// A data channel is open, whoever opened it. It is told once for each channel.
        DataChannelOpened: Media {
            /// Its number.
            channelId: int,
        }
        /// A data channel is closed, whoever closed it. It is told once for each channel.
        DataChannelClosed: Media {
            /// Its number.
            channelId: int,
        }
        /// Another pair of candidates is in use.
        NewCandidatePairSelected: Media {
            /// The pair.
            candidatePair: IceCandidatePair,
        }
    }
}
