//! RTP without a browser.

crate::declarations! {
    pub(super) static PART in "elements";

    classes {
        /// Sends and receives plain RTP, or SRTP with keys in the session description (RFC 4568).
        class RtpEndpoint: BaseRtpEndpoint {
            /// Makes one. Its ports are open from its first description on.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// The key that it sends with; without one, nothing is encrypted. Error 40107 for a key that has not the
                /// length of its suite.
                crypto?: SDES = {},
                /// Whether its addresses are of IPv6.
                useIpv6?: boolean = false,
            }
            events { OnKeySoftLimit }
        }
    }

    registers {
        /// A master key and salt for SRTP: 30 bytes for the suites of AES-128, 46 for those of AES-256.
        SDES {
            /// The bytes, as ASCII text.
            key?: String,
            /// The bytes, in Base64.
            keyBase64?: String,
            /// The suite.
            crypto?: CryptoSuite,
        }
    }

    enums {
        /// How SRTP encrypts and authenticates (RFC 4568 section 6.2, RFC 6188).
        CryptoSuite {
            AES_128_CM_HMAC_SHA1_32, AES_128_CM_HMAC_SHA1_80, AES_256_CM_HMAC_SHA1_32, AES_256_CM_HMAC_SHA1_80,
        }
    }

    events {
        /// A key has encrypted nearly as many packets as it may.
        OnKeySoftLimit: Media {
            /// The kind of media that it encrypts.
            mediaType: MediaType,
        }
    }
}
