//! Module `elements`, part `rtp`.
//!
//! Made from the declarations of the remote classes: `trellis model rust elements/rtp`.

use trellis_client::classes::core::{BaseRtpEndpoint, MediaObject, MediaPipeline, MediaType, Tag};
use trellis_client::generated::*;

/// A master key and salt for SRTP: 30 bytes for the suites of AES-128, 46 for those of AES-256.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SDES {
    /// The bytes, as ASCII text.
    pub key: Option<String>,
    /// The bytes, in Base64.
    pub key_base64: Option<String>,
    /// The suite.
    pub crypto: Option<CryptoSuite>,
}

impl ToWire for SDES {
    fn to_wire(&self) -> Json {
        record("kurento", "SDES", vec![
            ("key", self.key.to_wire()),
            ("keyBase64", self.key_base64.to_wire()),
            ("crypto", self.crypto.to_wire()),
        ])
    }
}

impl FromWire for SDES {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<SDES, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(SDES {
            key: fields.get("key")?,
            key_base64: fields.get("keyBase64")?,
            crypto: fields.get("crypto")?,
        })
    }
}

/// How SRTP encrypts and authenticates (RFC 4568 section 6.2, RFC 6188).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CryptoSuite {
    /// `AES_128_CM_HMAC_SHA1_32`.
    Aes128CmHmacSha1_32,
    /// `AES_128_CM_HMAC_SHA1_80`.
    Aes128CmHmacSha1_80,
    /// `AES_256_CM_HMAC_SHA1_32`.
    Aes256CmHmacSha1_32,
    /// `AES_256_CM_HMAC_SHA1_80`.
    Aes256CmHmacSha1_80,
    /// A value that is not declared here.
    Unknown(String),
}

impl CryptoSuite {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            CryptoSuite::Aes128CmHmacSha1_32 => "AES_128_CM_HMAC_SHA1_32",
            CryptoSuite::Aes128CmHmacSha1_80 => "AES_128_CM_HMAC_SHA1_80",
            CryptoSuite::Aes256CmHmacSha1_32 => "AES_256_CM_HMAC_SHA1_32",
            CryptoSuite::Aes256CmHmacSha1_80 => "AES_256_CM_HMAC_SHA1_80",
            CryptoSuite::Unknown(name) => name,
        }
    }
}

impl ToWire for CryptoSuite {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for CryptoSuite {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<CryptoSuite, ClientError> {
        Ok(match text(json)? {
            "AES_128_CM_HMAC_SHA1_32" => CryptoSuite::Aes128CmHmacSha1_32,
            "AES_128_CM_HMAC_SHA1_80" => CryptoSuite::Aes128CmHmacSha1_80,
            "AES_256_CM_HMAC_SHA1_32" => CryptoSuite::Aes256CmHmacSha1_32,
            "AES_256_CM_HMAC_SHA1_80" => CryptoSuite::Aes256CmHmacSha1_80,
            other => CryptoSuite::Unknown(other.to_owned()),
        })
    }
}

/// A key has encrypted nearly as many packets as it may.
#[derive(Clone, Debug, PartialEq)]
pub struct OnKeySoftLimit {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The name of the event.
    pub kind: String,
    /// The kind of media that it encrypts.
    pub media_type: MediaType,
}

impl Event for OnKeySoftLimit {
    const NAME: &'static str = "OnKeySoftLimit";

    fn of(fields: &Fields<'_>) -> Result<OnKeySoftLimit, ClientError> {
        Ok(OnKeySoftLimit {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            kind: fields.get("type")?,
            media_type: fields.get("mediaType")?,
        })
    }
}

/// Sends and receives plain RTP, or SRTP with keys in the session description (RFC 4568).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RtpEndpoint(BaseRtpEndpoint);

impl Deref for RtpEndpoint {
    type Target = BaseRtpEndpoint;

    fn deref(&self) -> &BaseRtpEndpoint {
        &self.0
    }
}

impl Class for RtpEndpoint {
    const NAME: &'static str = "RtpEndpoint";

    fn of(object: Object) -> RtpEndpoint {
        RtpEndpoint(BaseRtpEndpoint::of(object))
    }
}

impl ToWire for RtpEndpoint {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for RtpEndpoint {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<RtpEndpoint, ClientError> {
        Object::from_wire(json, server).map(RtpEndpoint::of)
    }
}

impl RtpEndpoint {
    /// Makes one. Its ports are open from its first description on. What may be left out is set on the builder.
    ///
    /// - `media_pipeline`: The pipeline.
    pub fn build(media_pipeline: &MediaPipeline) -> RtpEndpointBuilder {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        RtpEndpointBuilder(Creation::new(media_pipeline.server(), "RtpEndpoint", params))
    }

    /// Makes one. Its ports are open from its first description on. Nothing that may be left out is set.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<RtpEndpoint, ClientError> {
        RtpEndpoint::build(media_pipeline).create().await
    }
}

/// What a `RtpEndpoint` is made with; `create` makes it.
#[derive(Clone, Debug)]
#[must_use]
pub struct RtpEndpointBuilder(Creation);

impl RtpEndpointBuilder {
    /// The key that it sends with; without one, nothing is encrypted. Error 40107 for a key that has not the length of
    /// its suite. Left out, it is `{}`.
    pub fn crypto(self, crypto: &SDES) -> Self {
        RtpEndpointBuilder(self.0.with("crypto", crypto.to_wire()))
    }

    /// Whether its addresses are of IPv6. Left out, it is `false`.
    pub fn use_ipv6(self, use_ipv6: bool) -> Self {
        RtpEndpointBuilder(self.0.with("useIpv6", use_ipv6.to_wire()))
    }

    /// Makes it.
    pub async fn create(self) -> Result<RtpEndpoint, ClientError> {
        self.0.create().await
    }
}
