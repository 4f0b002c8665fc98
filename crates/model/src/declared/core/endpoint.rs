//! What endpoints have in common: files and URLs, sessions, descriptions, RTP.

crate::declarations! {
    pub(super) static PART in "core";

    classes {
        /// An endpoint whose media is in a file or behind a URL.
        abstract UriEndpoint: Endpoint {
            properties {
                /// The file or URL. Without a scheme it is a file, below the folder that the server is configured with.
                final uri: String,
                /// Whether it runs, stands or waits. At first it is `STOP`.
                readonly state: UriEndpointState,
            }
            methods {
                /// Stands still until it is started again.
                pause(),
                /// Ends. The answer does not wait until that is done.
                stop(),
            }
            events { UriEndpointStateChanged }
        }

        /// An endpoint with a session that a remote begins and ends.
        abstract SessionEndpoint: Endpoint {
            events { MediaSessionTerminated, MediaSessionStarted }
        }

        /// An endpoint that agrees with its remote by session descriptions (SDP), once in its life.
        ///
        /// Errors: 40201 for a description that cannot be read, 40208 for a second negotiation, 40209 for an answer
        /// without an offer, 40202 and 40203 for a description that is asked for and not there yet.
        abstract SdpEndpoint: SessionEndpoint {
            properties {
                /// The most sound that the remote is asked to send, in kbit/s; 0 is no limit. It stands in the
                /// description, so it is set before there is one.
                property maxAudioRecvBandwidth: int,
                /// The most video that the remote is asked to send, in kbit/s; 0 is no limit. It stands in the
                /// description; what is set later is told over RTCP.
                property maxVideoRecvBandwidth: int,
            }
            methods {
                /// Makes an offer for the remote.
                generateOffer(
                    /// What to ask for; sound and pictures when left out.
                    options?: OfferOptions,
                ) -> {
                    /// The offer.
                    String
                },
                /// Takes the remote's offer, and begins the session.
                processOffer(
                    /// The offer.
                    offer: String,
                ) -> {
                    /// The answer for the remote.
                    String
                },
                /// Takes the remote's answer to our offer, and begins the session.
                processAnswer(
                    /// The answer.
                    answer: String,
                ) -> {
                    /// Our description, as it is now.
                    String
                },
                /// Gives our description; error 40202 while there is none.
                getLocalSessionDescriptor() -> {
                    /// The description.
                    String
                },
                /// Gives the remote's description; error 40203 while there is none.
                getRemoteSessionDescriptor() -> {
                    /// The description.
                    String
                },
            }
        }

        /// An endpoint that sends and receives RTP.
        abstract BaseRtpEndpoint: SdpEndpoint {
            properties {
                /// What the limit of received video is never below, in kbit/s.
                property minVideoRecvBandwidth: int,
                /// What video is sent with at least, in kbit/s, however little the remote says it can take; 0 is no limit.
                property minVideoSendBandwidth: int,
                /// The most video that is sent, in kbit/s; 0 is no limit. A lower limit of the remote counts.
                property maxVideoSendBandwidth: int,
                /// Whether media comes from the remote.
                readonly mediaState: MediaState,
                /// Whether there is a way to the remote and back.
                readonly connectionState: ConnectionState,
                /// The largest RTP packet, in bytes; at first 1200. What is made here has never more than that, and what others
                /// made is not cut. Error 40107 outside 1 to 65507.
                property mtu: int,
                /// How the remote's bandwidth is estimated.
                property rembParams: RembParams,
            }
            methods {
                /// Asks the remote for a keyframe; error 40111 when no video is received.
                requestKeyframe(),
            }
            events { MediaStateChanged, ConnectionStateChanged }
        }
    }

    registers {
        /// What an offer asks for.
        OfferOptions {
            /// Whether it has sound.
            offerToReceiveAudio?: boolean = true,
            /// Whether it has pictures.
            offerToReceiveVideo?: boolean = true,
        }
        /// A codec and how it is used.
        CodecConfiguration {
            /// The codec, as descriptions have it: `VP8/90000`.
            name?: String,
            /// Parameters of the codec, by name.
            properties?: {String},
        }
        /// Constants of an estimator of bandwidth. Only `rembOnConnect` has an effect: receivers' own estimates are used.
        RembParams {
            /// Packets that losses are counted over.
            packetsRecvIntervalTop?: int = 100,
            /// How fast the estimate grows while nothing is lost, as a part of itself.
            exponentialFactor?: float = 0.04,
            /// The least growth near the threshold, in bits a second.
            linealFactorMin?: int,
            /// Steps of growth between the threshold and the estimate.
            linealFactorGrade?: float = 30,
            /// What is left of the estimate when much is lost.
            decrementFactor?: float = 0.5,
            /// What the threshold is of the bitrate when little is lost.
            thresholdFactor?: float = 0.8,
            /// Losses that are much, in 256ths.
            upLosses?: int = 12,
            /// What the remote is taken to be able to receive until it says so itself, in bits a second.
            rembOnConnect?: int = 300000,
        }
    }

    enums {
        /// What an endpoint with a URI does: nothing yet or no more, run, or stand still.
        UriEndpointState { STOP, START, PAUSE }
        /// Whether media comes from a remote.
        MediaState { DISCONNECTED, CONNECTED }
        /// Whether there is a way to a remote and back.
        ConnectionState { DISCONNECTED, CONNECTED }
    }

    events {
        /// An endpoint starts, pauses or stops.
        UriEndpointStateChanged: Media {
            /// What it does now.
            state: UriEndpointState,
        }
        /// A session has ended: the remote is gone.
        MediaSessionTerminated: Media {}
        /// A session has begun: both sides have agreed.
        MediaSessionStarted: Media {}
        /// Media begins or ceases to come from the remote.
        MediaStateChanged: Media {
            /// Whether it came before.
            oldState: MediaState,
            /// Whether it comes now.
            newState: MediaState,
        }
        /// The way to the remote is found or lost.
        ConnectionStateChanged: Media {
            /// Whether there was one before.
            oldState: ConnectionState,
            /// Whether there is one now.
            newState: ConnectionState,
        }
    }
}
